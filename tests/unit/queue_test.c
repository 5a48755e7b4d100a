// queue_test.c -- packets leave as they came, whatever is done to their room.

#include <stdio.h>
#include <string.h>

#include "gateway/queue.h"
#include "support/cmocka_all.h"
#include "unit/dice.h"

#define PACKETS 20000
#define BYTES_MOST 700

// Packet n has a length and bytes that follow from n.
static size_t
length_of (size_t n)
{
    return n * 2654435761U % BYTES_MOST;
}

static void
add (queue_t *queue, size_t n)
{
    char *place = queue_add (queue, length_of (n), n % 3 == 0);
    memset (place, (int) (n % 251), length_of (n));
}

static void
expect_first (queue_t *queue, size_t n)
{
    size_t bytes;
    bool binary;
    const char *packet = queue_first (queue, &bytes, &binary);
    assert_non_null (packet);
    assert_int_equal (bytes, length_of (n));
    assert_int_equal (binary, n % 3 == 0);
    for (size_t i = 0; i < bytes; i++) {
        assert_int_equal ((unsigned char) packet[i], n % 251);
    }
}

static void
test_packets_leave_in_order_and_unchanged (void **state)
{
    (void) state;
    queue_t queue = {0};
    dice_t dice = dice_from (6);
    size_t added = 0;
    for (size_t sent = 0; sent < PACKETS; sent++) {
        while (added == sent || (dice_throw (&dice, 100) < 49 && added < PACKETS)) {
            add (&queue, added++);
        }
        expect_first (&queue, sent);
        expect_first (&queue, sent); // It stays the first one until it is removed.
        queue_remove (&queue);
    }
    queue_clear (&queue);
}

static void
test_the_room_in_front_may_be_overwritten (void **state)
{
    (void) state;
    queue_t queue = {0};
    for (size_t n = 0; n < 100; n++) {
        add (&queue, n);
    }
    for (size_t n = 0; n < 100; n++) {
        size_t bytes;
        bool binary;
        expect_first (&queue, n);
        char *packet = queue_first (&queue, &bytes, &binary);
        memset (packet - QUEUE_ROOM, 0xee, QUEUE_ROOM);
        add (&queue, 100 + n); // Which may move everything.
        queue_remove (&queue);
        expect_first (&queue, n + 1);
    }
    queue_clear (&queue);
}

static void
test_an_empty_queue_owns_no_memory (void **state)
{
    (void) state;
    queue_t queue = {0};
    size_t bytes;
    bool binary;
    assert_null (queue_first (&queue, &bytes, &binary));
    for (int round = 0; round < 3; round++) {
        add (&queue, 1);
        add (&queue, 2);
        assert_non_null (queue.block);
        expect_first (&queue, 1);
        queue_remove (&queue);
        expect_first (&queue, 2);
        queue_remove (&queue);
        assert_null (queue.block);
        assert_int_equal (queue_bytes (&queue), 0);
        assert_null (queue_first (&queue, &bytes, &binary));
    }
}

static void
test_all_can_be_removed_at_once (void **state)
{
    (void) state;
    queue_t queue = {0};
    for (size_t n = 0; n < 100; n++) {
        add (&queue, n);
    }
    queue_clear (&queue);
    assert_null (queue.block);
    assert_int_equal (queue_bytes (&queue), 0);
    queue_clear (&queue);
    add (&queue, 7);
    expect_first (&queue, 7);
    queue_clear (&queue);
}

static void
test_its_bytes_are_those_of_the_packets_and_their_rooms (void **state)
{
    (void) state;
    queue_t queue = {0};
    queue_add (&queue, 0, false);
    assert_int_equal (queue_bytes (&queue), QUEUE_ROOM);
    queue_add (&queue, 1, false);
    queue_add (&queue, 16, false);
    queue_add (&queue, 17, false);
    assert_int_equal (queue_bytes (&queue), 4 * QUEUE_ROOM + 16 + 16 + 32);
    queue_clear (&queue);
}

static void
test_all_that_waits_can_be_looked_at (void **state)
{
    (void) state;
    queue_t queue = {0};
    size_t place = 0;
    size_t bytes;
    bool binary;
    assert_null (queue_walk (&queue, &place, &bytes, &binary));
    for (size_t n = 0; n < 100; n++) {
        add (&queue, n);
    }
    for (size_t first = 0; first < 50; first++) {
        place = 0;
        for (size_t n = first; n < 100; n++) {
            const char *packet = queue_walk (&queue, &place, &bytes, &binary);
            assert_int_equal (bytes, length_of (n));
            assert_true (bytes == 0 || (unsigned char) packet[bytes - 1] == n % 251);
        }
        assert_null (queue_walk (&queue, &place, &bytes, &binary));
        expect_first (&queue, first);
        queue_remove (&queue);
    }
    queue_clear (&queue);
}

static void
test_several_are_removed_at_once (void **state)
{
    (void) state;
    queue_t queue = {0};
    size_t place = 0;
    size_t bytes;
    bool binary;
    for (size_t n = 0; n < 10; n++) {
        add (&queue, n);
    }
    queue_drop (&queue, 0);
    expect_first (&queue, 0);
    for (size_t n = 0; n < 4; n++) {
        char *packet = queue_walk (&queue, &place, &bytes, &binary);
        memset (packet - QUEUE_ROOM, 0xee, QUEUE_ROOM);
    }
    queue_drop (&queue, place);
    expect_first (&queue, 4);
    for (place = 0; queue_walk (&queue, &place, &bytes, &binary) != NULL;) {
    }
    queue_drop (&queue, place);
    assert_int_equal (queue_bytes (&queue), 0);
    assert_null (queue.block);
}

static void
test_memory_is_bounded_by_what_waits (void **state)
{
    (void) state;
    queue_t queue = {0};
    size_t most = 0;
    for (size_t n = 0; n < PACKETS; n++) { // One leaves for each that comes; ten wait.
        add (&queue, n);
        if (n >= 10) {
            expect_first (&queue, n - 10);
            queue_remove (&queue);
        }
        most = queue.capacity > most ? queue.capacity : most;
    }
    assert_true (most <= 4 * 12 * (BYTES_MOST + 2 * QUEUE_ROOM));
    queue_clear (&queue);
}

static void
test_packets_begin_where_a_header_can_be_aligned (void **state)
{
    (void) state;
    queue_t queue = {0};
    for (size_t n = 0; n < 100; n++) {
        char *place = queue_add (&queue, length_of (n), false);
        assert_int_equal ((uintptr_t) place % 16, 0);
    }
    queue_clear (&queue);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_packets_leave_in_order_and_unchanged),
        cmocka_unit_test (test_the_room_in_front_may_be_overwritten),
        cmocka_unit_test (test_an_empty_queue_owns_no_memory),
        cmocka_unit_test (test_all_can_be_removed_at_once),
        cmocka_unit_test (test_its_bytes_are_those_of_the_packets_and_their_rooms),
        cmocka_unit_test (test_all_that_waits_can_be_looked_at),
        cmocka_unit_test (test_several_are_removed_at_once),
        cmocka_unit_test (test_memory_is_bounded_by_what_waits),
        cmocka_unit_test (test_packets_begin_where_a_header_can_be_aligned),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
