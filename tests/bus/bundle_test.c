// bundle_test.c -- many wire messages in one ZeroMQ message, between two mailboxes: each arrives, in order,
// or is told of.

#include <czmq.h>
#include <poll.h>

#include "bus/mailboxes.h"
#include "support/cmocka_all.h"
#include "support/service.h"
#include "unit/dice.h"
#include "wire/codec.h"

static bool
is_greeted (mailbox_t *dialler)
{
    turn (fixture.listener);
    turn (dialler);
    return mailbox_is_ready (dialler);
}

static void
connect_both (void)
{
    listen_here ();
    fixture.dialler = mailbox_dial (&fixture.there, fixture.endpoint, ROLE_RELAY);
    WAIT_FOR (is_greeted (fixture.dialler));
}

// Takes MESSAGEs whose numbers follow *number, and counts on.
static bool
hears_up_to (mailbox_t *mailbox, uint64_t *number, uint64_t last)
{
    letter_t letter;
    mailbox_tick (mailbox, now_ms ());
    while (mailbox_receive (mailbox, &letter, now_ms ())) {
        wire_t alone;
        assert_int_equal (letter.wire.kind, WIRE_MESSAGE);
        assert_int_equal (letter.wire.as.message.number, ++*number);
        // Its bytes are its own and no other's.
        assert_int_equal (codec_decode (letter.data, letter.bytes, &alone), REFUSAL_NONE);
        assert_int_equal (alone.as.message.number, *number);
    }
    mailbox_flush (mailbox);
    return *number == last;
}

static void
test_ten_thousand_messages_keep_their_order (void **state)
{
    (void) state;
    dice_t dice = dice_from (7);
    uint64_t said = 0;
    uint64_t heard = 0;
    connect_both ();
    uint64_t received = fixture.here.received;
    while (said < 10000) {
        for (uint64_t burst = dice_throw (&dice, 200) + 1; burst > 0 && said < 10000; burst--) {
            size_t text_bytes = dice_throw (&dice, 50) == 0 ? TEXT_BYTES : dice_throw (&dice, 300);
            assert_true (say (fixture.dialler, NULL, ++said, text_bytes));
        }
        mailbox_flush (fixture.dialler);
        hears_up_to (fixture.listener, &heard, said);
    }
    WAIT_FOR (hears_up_to (fixture.listener, &heard, said));
    assert_in_range (fixture.here.received, received + 10000, received + 10100);
    assert_in_range (fixture.there.sent, 10000, 10100); // Hellos, too.
    assert_int_equal (fixture.told.count, 0);
}

static void
test_what_waits_when_a_mailbox_ends_is_sent (void **state)
{
    (void) state;
    uint64_t heard = 0;
    connect_both ();
    for (uint64_t number = 1; number <= 100; number++) {
        assert_true (say (fixture.dialler, NULL, number, 200));
    }
    mailbox_destroy (&fixture.dialler);
    WAIT_FOR (hears_up_to (fixture.listener, &heard, 100));
}

static void
test_whoever_has_not_said_hello_is_sent_nothing (void **state)
{
    (void) state;
    ident_t nobody = ident_random ();
    connect_both ();
    uint64_t unsendable = fixture.here.unsendable;
    assert_false (say (fixture.listener, &nobody, 1, 5));
    wire_t wire = message (1, 5); // A gateway's instance is no matcher's.
    assert_false (mailbox_send (fixture.listener, &fixture.there.instance, ROLE_MATCHER, &wire));
    assert_int_equal (fixture.here.unsendable, unsendable + 2);
    assert_false (mailbox_pending (fixture.listener));
}

static size_t
peers_at (uint64_t at_ms)
{
    mailbox_tick (fixture.listener, at_ms);
    return mailbox_peers (fixture.listener, ROLE_GATEWAY);
}

static void
test_who_is_silent_is_sent_nothing_but_not_if_we_slept (void **state)
{
    (void) state;
    connect_both ();
    uint64_t at_ms = now_ms () + 60000; // It was stopped for a minute.
    assert_int_equal (peers_at (at_ms), 1);
    assert_true (say (fixture.listener, &fixture.there.instance, 1, 5));
    for (int i = 1; i <= 40; i++) {
        assert_int_equal (peers_at (at_ms += 100), 1);
    }
    for (int i = 0; i < 20; i++) {
        peers_at (at_ms += 100);
    }
    assert_int_equal (peers_at (at_ms), 0);
    assert_false (say (fixture.listener, &fixture.there.instance, 2, 5));
}

// Says three to each of two; `gone` may be gone.
static bool
says_to_both (const ident_t *gone, uint64_t *said)
{
    for (int i = 0; i < 3; i++) {
        assert_true (say (fixture.listener, &fixture.there.instance, ++*said, 5));
        assert_true (say (fixture.listener, gone, *said, 5));
    }
    assert_true (mailbox_pending (fixture.listener));
    mailbox_flush (fixture.listener);
    return fixture.told.count > 0;
}

static void
test_of_a_peer_that_is_gone_all_is_told_and_others_hear_theirs (void **state)
{
    (void) state;
    uint64_t said = 0;
    uint64_t heard = 0;
    connect_both ();
    household_t other = household_of (ROLE_GATEWAY);
    mailbox_t *gone = mailbox_dial (&other, fixture.endpoint, ROLE_RELAY);
    WAIT_FOR (is_greeted (gone));
    mailbox_destroy (&gone);
    uint64_t unsendable = fixture.here.unsendable;
    // Until the connection is known to be closed it may still be sent something.
    WAIT_FOR (says_to_both (&other.instance, &said));
    assert_int_equal (fixture.told.count, 3);
    assert_int_equal (fixture.here.unsendable, unsendable + 3);
    assert_int_equal (fixture.told.role, ROLE_GATEWAY);
    assert_true (ident_equal (&fixture.told.to, &other.instance));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal (fixture.told.numbers[i], said - 2 + i);
    }
    WAIT_FOR (hears_up_to (fixture.dialler, &heard, said));
    codec_destroy (&other.codec);
}

// A peer that is gone, and more for it than one bundle holds.
static void
test_of_a_peer_that_is_gone_nothing_is_kept (void **state)
{
    (void) state;
    uint64_t said = 0;
    connect_both ();
    mailbox_destroy (&fixture.dialler);
    WAIT_FOR ((said++, say (fixture.listener, &fixture.there.instance, said, 5),
               mailbox_flush (fixture.listener), fixture.told.count > 0));
    uint64_t unsendable = fixture.here.unsendable;
    size_t told = fixture.told.count;
    size_t taken = 0;
    for (uint64_t number = 1; number <= 5; number++) {
        taken += say (fixture.listener, &fixture.there.instance, number, TEXT_BYTES / 2);
    }
    mailbox_flush (fixture.listener);
    assert_in_range (taken, 1, 4); // The first does not fit beside the second.
    assert_int_equal (fixture.told.count, told + taken);
    assert_int_equal (fixture.here.unsendable, unsendable + 5);
    assert_int_equal (fixture.told.numbers[told], 1);
}

static bool
is_signalled (const mailbox_t *mailbox)
{
    struct pollfd descriptor = {mailbox_fd (mailbox), POLLIN, 0};
    return poll (&descriptor, 1, 0) == 1;
}

static bool
is_quiet (mailbox_t *mailbox)
{
    turn (mailbox);
    return !mailbox_pending (mailbox) && !is_signalled (mailbox);
}

// ZeroMQ looks for input when it sends, but not each time.
static bool
send_eats_the_edge (void)
{
    assert_true (say (fixture.listener, &fixture.there.instance, 1, 5));
    mailbox_flush (fixture.listener);
    return !is_signalled (fixture.listener);
}

// A loop that sleeps until the descriptor tells of it would sleep for ever.
static void
test_input_is_pending_when_a_send_has_eaten_its_edge (void **state)
{
    (void) state;
    letter_t letter;
    connect_both ();
    WAIT_FOR (is_quiet (fixture.listener));
    assert_true (say (fixture.dialler, NULL, 7, 5));
    mailbox_flush (fixture.dialler);
    WAIT_FOR (is_signalled (fixture.listener));
    assert_false (mailbox_pending (fixture.listener)); // It is told of.
    WAIT_FOR (send_eats_the_edge ());
    assert_true (mailbox_pending (fixture.listener));
    assert_true (mailbox_receive (fixture.listener, &letter, now_ms ()));
    assert_int_equal (letter.wire.as.message.number, 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, set_up, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_ten_thousand_messages_keep_their_order),
        TEST (test_what_waits_when_a_mailbox_ends_is_sent),
        TEST (test_whoever_has_not_said_hello_is_sent_nothing),
        TEST (test_who_is_silent_is_sent_nothing_but_not_if_we_slept),
        TEST (test_of_a_peer_that_is_gone_all_is_told_and_others_hear_theirs),
        TEST (test_of_a_peer_that_is_gone_nothing_is_kept),
        TEST (test_input_is_pending_when_a_send_has_eaten_its_edge),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
