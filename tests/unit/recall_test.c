// recall_test.c -- what a browser may have missed is given again, all of it and nothing else.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/recall.h"
#include "support/cmocka_all.h"

static recall_t recall;
static uint64_t next; // The offset that must be given next.

static int
set_up (void **state)
{
    (void) state;
    recall = (recall_t){0};
    return 0;
}

static int
tear_down (void **state)
{
    (void) state;
    recall_clear (&recall);
    assert_int_equal (queue_bytes (&recall.events), 0);
    return 0;
}

static void
emit (uint64_t count, size_t padding)
{
    for (uint64_t i = 0; i < count; i++) {
        char json[8192];
        int bytes = snprintf (json, sizeof json, "{\"padding\":\"%*s\"},\"%" PRIu64 "\"",
                              (int) padding, "", ++recall.emitted);
        recall_keep (&recall, recall.emitted % 2 == 0 ? "message" : "typing", json,
                     (size_t) bytes);
    }
}

static void
take (void *self, const char *event, const char *json, size_t bytes)
{
    char offset[32];
    assert_ptr_equal (self, &recall);
    assert_string_equal (event, next % 2 == 0 ? "message" : "typing");
    int size = snprintf (offset, sizeof offset, ",\"%" PRIu64 "\"", next);
    assert_memory_equal (json + bytes - size, offset, (size_t) size);
    next++;
}

static void
expect_all_after (uint64_t offset)
{
    assert_true (recall_has (&recall, offset));
    next = offset + 1;
    recall_give (&recall, offset, take, &recall);
    assert_int_equal (next, recall.emitted + 1);
}

static void
test_all_after_an_offset_is_given_in_order (void **state)
{
    (void) state;
    expect_all_after (0);
    emit (20, 5);
    for (uint64_t offset = 0; offset <= 20; offset++) {
        expect_all_after (offset);
        expect_all_after (offset); // And again, as often as it is asked for.
    }
}

static void
test_what_has_not_been_emitted_cannot_have_been_seen (void **state)
{
    (void) state;
    assert_false (recall_has (&recall, 1));
    emit (3, 5);
    assert_false (recall_has (&recall, 4));
    assert_false (recall_has (&recall, UINT64_MAX));
}

static void
test_what_was_emitted_before_the_ping_is_forgotten_on_the_answer (void **state)
{
    (void) state;
    emit (3, 5);
    recall_pinged (&recall);
    expect_all_after (0); // It may never arrive.
    emit (2, 5);          // This may be on its way when the answer comes.
    recall_answered (&recall);
    assert_false (recall_has (&recall, 2));
    expect_all_after (3);
    recall_answered (&recall); // An answer to no ping says nothing more.
    expect_all_after (3);
    recall_pinged (&recall);
    recall_answered (&recall);
    assert_false (recall_has (&recall, 4));
    expect_all_after (5);
    assert_int_equal (queue_bytes (&recall.events), 0);
}

static void
test_an_answer_before_any_ping_forgets_nothing (void **state)
{
    (void) state;
    emit (3, 5);
    recall_answered (&recall);
    expect_all_after (0);
}

static void
test_a_ping_that_is_not_answered_forgets_nothing (void **state)
{
    (void) state;
    emit (3, 5);
    recall_pinged (&recall);
    emit (3, 5);
    recall_pinged (&recall); // On another connection: that before is lost.
    emit (3, 5);
    expect_all_after (0);
    recall_answered (&recall);
    assert_false (recall_has (&recall, 5));
    expect_all_after (6);
}

static void
test_an_answer_after_all_was_forgotten_is_no_harm (void **state)
{
    (void) state;
    emit (3, 5);
    recall_pinged (&recall);
    emit (1, 5);
    recall_clear (&recall);
    recall_answered (&recall);
    expect_all_after (4);
    emit (200, 1000); // The oldest of these are forgotten, for want of memory.
    uint64_t oldest = recall.forgotten;
    assert_true (oldest > 4);
    recall_answered (&recall);
    assert_int_equal (recall.forgotten, oldest);
    expect_all_after (oldest);
}

static void
test_somebody_who_has_come_from_elsewhere_is_counted_on (void **state)
{
    (void) state;
    recall = (recall_t){.emitted = 1000, .forgotten = 1000};
    expect_all_after (1000);
    assert_false (recall_has (&recall, 999));
    recall_answered (&recall);
    emit (4, 5);
    assert_false (recall_has (&recall, 999));
    for (uint64_t offset = 1000; offset <= 1004; offset++) {
        expect_all_after (offset);
    }
}

static void
test_memory_is_bounded_and_the_oldest_are_forgotten (void **state)
{
    (void) state;
    emit (1000, 1000);
    assert_true (queue_bytes (&recall.events) <= RECALL_BYTES);
    assert_true (queue_bytes (&recall.events) > RECALL_BYTES - 1200);
    assert_false (recall_has (&recall, 0));
    assert_false (recall_has (&recall, recall.forgotten - 1));
    expect_all_after (recall.forgotten);
    expect_all_after (990);
    recall_pinged (&recall);
    recall_answered (&recall);
    expect_all_after (1000);
}

static void
test_clearing_forgets_all (void **state)
{
    (void) state;
    emit (10, 5);
    recall_clear (&recall);
    assert_false (recall_has (&recall, 9));
    expect_all_after (10);
    emit (1, 5);
    expect_all_after (10);
}

#define WITH_RECALL(test) cmocka_unit_test_setup_teardown (test, set_up, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECALL (test_all_after_an_offset_is_given_in_order),
        WITH_RECALL (test_what_has_not_been_emitted_cannot_have_been_seen),
        WITH_RECALL (test_what_was_emitted_before_the_ping_is_forgotten_on_the_answer),
        WITH_RECALL (test_an_answer_before_any_ping_forgets_nothing),
        WITH_RECALL (test_a_ping_that_is_not_answered_forgets_nothing),
        WITH_RECALL (test_an_answer_after_all_was_forgotten_is_no_harm),
        WITH_RECALL (test_somebody_who_has_come_from_elsewhere_is_counted_on),
        WITH_RECALL (test_memory_is_bounded_and_the_oldest_are_forgotten),
        WITH_RECALL (test_clearing_forgets_all),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
