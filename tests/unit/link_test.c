// link_test.c -- one user's half of the numbered, confirmed line to the partner, step by step.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/link.h"
#include "support/cmocka_all.h"
#include "unit/promise.h"

#define WORD_OF(text) ((word_t){text, sizeof text - 1})

static const sending_t *
take (link_t *link, uint64_t n)
{
    char text[32];
    snprintf (text, sizeof text, "text %" PRIu64, n);
    return link_take (link, 1000 + n, n, WORD_OF ("id"), (word_t){text, strlen (text)});
}

// The message of that number arrives, with that text.
static link_verdict_t
arrive (link_t *link, uint64_t number, const char *text)
{
    return link_arrive (link, number, WORD_OF ("id"), (word_t){text, strlen (text)});
}

static void
take_many (link_t *link, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        assert_non_null (take (link, link_taken (link) + 1));
    }
}

// A receipt says that all up to `number` have arrived.
static void
confirm_to (link_t *link, uint64_t number)
{
    link_pass (link, link_confirm (link, number));
}

// `count` messages were sent and have arrived; their reader has read up to `read`.
static link_t *
link_after (uint64_t count, uint64_t read)
{
    link_t *link = link_new ();
    for (uint64_t i = 0; i < count; i++) {
        take_many (link, 1);
        confirm_to (link, link_taken (link));
        link_forget (link, read < link_taken (link) ? read : link_taken (link));
    }
    return link;
}

// What is on its way is numbered from `first` to `last`.
static void
expect_sending (const link_t *link, uint64_t first, uint64_t last)
{
    assert_int_equal (link_unconfirmed (link), last + 1 - first);
    for (uint64_t number = first; number <= last; number++) {
        assert_int_equal (link_sending (link, (size_t) (number - first))->number, number);
    }
}

static void
test_messages_are_numbered_from_1_and_copied (void **state)
{
    (void) state;
    link_t *link = link_new ();
    char text[] = "hello";
    const sending_t *first = link_take (link, 5, 7, WORD_OF ("name"), WORD_OF (text));
    memset (text, 'x', sizeof text);
    assert_int_equal (first->number, 1);
    assert_int_equal (first->at_ms, 5);
    assert_int_equal (first->ack, 7);
    assert_int_equal (first->id.bytes, 4);
    assert_memory_equal (first->id.text, "name", 4);
    assert_int_equal (first->text.bytes, 5);
    assert_memory_equal (first->text.text, "hello", 5);
    assert_int_equal (take (link, 2)->number, 2);
    assert_int_equal (link_taken (link), 2);
    assert_int_equal (link_unconfirmed (link), 2);
    link_destroy (&link);
    assert_null (link);
    link_destroy (&link);
}

static void
test_a_message_may_have_no_name (void **state)
{
    (void) state;
    link_t *link = link_new ();
    const sending_t *sending = link_take (link, 1, 1, (word_t){NULL, 0}, WORD_OF ("a"));
    assert_int_equal (sending->id.bytes, 0);
    assert_memory_equal (sending->text.text, "a", 1);
    link_destroy (&link);
}

static void
test_the_window_holds_64_and_opens_with_each_receipt (void **state)
{
    (void) state;
    link_t *link = link_new ();
    for (uint64_t n = 1; n <= LINK_WINDOW; n++) {
        assert_int_equal (take (link, n)->number, n);
    }
    assert_null (take (link, 65));
    assert_int_equal (link_taken (link), LINK_WINDOW);
    assert_int_equal (link_confirm (link, 3), 3);
    link_pass (link, 3);
    for (uint64_t n = 65; n <= 67; n++) {
        assert_int_equal (take (link, n)->number, n);
    }
    assert_null (take (link, 68));
    for (size_t place = 0; place < LINK_WINDOW; place++) {
        assert_int_equal (link_sending (link, place)->number, 4 + place);
        assert_int_equal (link_sending (link, place)->ack, 4 + place);
    }
    link_destroy (&link);
}

static void
test_a_receipt_covers_all_up_to_its_number (void **state)
{
    (void) state;
    link_t *link = link_new ();
    for (uint64_t n = 1; n <= 5; n++) {
        take (link, n);
    }
    assert_int_equal (link_confirm (link, 0), 0);
    assert_int_equal (link_confirm (link, 2), 2);
    assert_int_equal (link_unconfirmed (link), 5); // They stay until they are passed.
    link_pass (link, 2);
    assert_int_equal (link_unconfirmed (link), 3);
    assert_int_equal (link_sending (link, 0)->number, 3);
    link_destroy (&link);
}

static void
test_receipts_that_are_old_or_ahead_confirm_nothing (void **state)
{
    (void) state;
    link_t *link = link_new ();
    assert_int_equal (link_confirm (link, 1), 0); // Nothing was sent yet.
    take (link, 1);
    take (link, 2);
    assert_int_equal (link_confirm (link, 3), 0);
    assert_int_equal (link_confirm (link, UINT32_MAX), 0);
    assert_int_equal (link_confirm (link, UINT64_MAX), 0);
    link_pass (link, link_confirm (link, 2));
    assert_int_equal (link_confirm (link, 2), 0);
    assert_int_equal (link_confirm (link, 1), 0);
    assert_int_equal (link_unconfirmed (link), 0);
    link_destroy (&link);
}

static void
test_only_the_next_number_is_taken_in (void **state)
{
    (void) state;
    link_t *link = link_new ();
    assert_int_equal (arrive (link, 2, "b"), LINK_AHEAD);
    assert_int_equal (link_arrived (link), 0);
    assert_int_equal (arrive (link, 1, "a"), LINK_NEXT);
    assert_int_equal (arrive (link, 1, "a"), LINK_DOUBLE);
    assert_int_equal (arrive (link, 0, "a"), LINK_DOUBLE);
    assert_int_equal (arrive (link, 3, "c"), LINK_AHEAD);
    assert_int_equal (arrive (link, UINT64_MAX, "c"), LINK_AHEAD);
    assert_int_equal (arrive (link, 2, "b"), LINK_NEXT);
    assert_int_equal (link_arrived (link), 2);
    assert_int_equal (link_taken (link), 0); // The other direction is another matter.
    link_destroy (&link);
}

static void
test_a_message_is_known_by_its_name_and_text (void **state)
{
    (void) state;
    link_t *link = link_new ();
    sending_t known;
    assert_int_equal (link_find (link, WORD_OF ("a"), WORD_OF ("text"), 1, &known), LINK_NEW);
    link_take (link, 500, 1, WORD_OF ("a"), WORD_OF ("text"));
    link_take (link, 501, 2, (word_t){NULL, 0}, WORD_OF ("text"));
    assert_int_equal (link_find (link, WORD_OF ("b"), WORD_OF ("text"), 3, &known), LINK_NEW);
    assert_int_equal (link_find (link, WORD_OF ("a"), WORD_OF ("other"), 3, &known), LINK_NEW);
    assert_int_equal (link_find (link, (word_t){NULL, 0}, WORD_OF ("text"), 3, &known), LINK_NEW);
    assert_int_equal (link_find (link, WORD_OF ("a"), WORD_OF ("text"), 4, &known), LINK_SENDING);
    assert_int_equal (link_sending (link, 0)->ack, 4);
    link_pass (link, 2);
    assert_int_equal (link_find (link, WORD_OF ("a"), WORD_OF ("text"), 5, &known), LINK_CONFIRMED);
    assert_int_equal (known.number, 1);
    assert_int_equal (known.at_ms, 500);
    assert_int_equal (known.ack, 5);
    assert_memory_equal (known.id.text, "a", 1);
    link_destroy (&link);
}

static void
test_names_of_the_last_64_are_known (void **state)
{
    (void) state;
    link_t *link = link_new ();
    sending_t known;
    for (uint64_t n = 1; n <= 200; n++) {
        char id[32];
        snprintf (id, sizeof id, "id %" PRIu64, n);
        link_take (link, n, n, (word_t){id, strlen (id)}, WORD_OF ("text"));
        link_pass (link, n % 3 == 0 ? link_unconfirmed (link) : 0);
        link_forget (link, n % 5 == 0 ? link_taken (link) : 0);
        for (uint64_t old = 1; old <= n; old++) {
            snprintf (id, sizeof id, "id %" PRIu64, old);
            link_memory_t memory =
                link_find (link, (word_t){id, strlen (id)}, WORD_OF ("text"), old, &known);
            assert_int_equal (memory != LINK_NEW, old + LINK_WINDOW > n);
            assert_true (memory != LINK_CONFIRMED || (known.number == old && known.at_ms == old));
        }
    }
    link_destroy (&link);
}

static void
pass_too_many (void)
{
    link_t *link = link_new ();
    take (link, 1);
    link_pass (link, 2);
}

static void
test_passing_what_was_not_sent_breaks_a_promise (void **state)
{
    (void) state;
    assert_true (breaks_a_promise (pass_too_many));
}

static void
test_what_is_confirmed_is_kept_until_it_is_read (void **state)
{
    (void) state;
    link_t *link = link_new ();
    assert_int_equal (link_first (link), 1);
    take_many (link, 5);
    confirm_to (link, 4);
    assert_int_equal (link_first (link), 1);
    link_forget (link, 3);
    assert_int_equal (link_first (link), 4);
    link_forget (link, 2); // An old receipt.
    assert_int_equal (link_first (link), 4);
    link_forget (link, UINT64_MAX); // What is on its way has not been read, whoever says so.
    assert_int_equal (link_first (link), 5);
    expect_sending (link, 5, 5);
    confirm_to (link, 5);
    link_forget (link, 5);
    assert_int_equal (link_first (link), 6); // There is none: the next one.
    link_destroy (&link);
}

static void
test_no_more_is_taken_while_128_are_not_known_to_be_read (void **state)
{
    (void) state;
    link_t *link = link_new ();
    for (uint64_t n = 1; n <= LINK_KEPT; n++) {
        assert_false (link_is_full (link));
        take_many (link, 1);
        confirm_to (link, n);
    }
    assert_int_equal (link_unconfirmed (link), 0);
    assert_true (link_is_full (link));
    assert_null (take (link, 129));
    link_forget (link, 2);
    take_many (link, 2);
    assert_true (link_is_full (link));
    link_forget (link, LINK_KEPT);
    take_many (link, LINK_WINDOW - 2);
    assert_true (link_is_full (link)); // Now it is the window.
    expect_sending (link, LINK_KEPT + 1, LINK_KEPT + LINK_WINDOW);
    link_destroy (&link);
}

// --- The partner's end moves ---

static void
test_what_a_partner_that_moves_has_not_read_goes_again (void **state)
{
    (void) state;
    link_t *link = link_after (10, 4);
    take_many (link, 2);
    assert_true (link_is_agreed (link));
    link_agree (link, 6);
    assert_true (link_is_agreed (link));
    expect_sending (link, 7, 12);
    assert_int_equal (link_first (link), 5);
    assert_memory_equal (link_sending (link, 0)->text.text, "text 7", 6);
    confirm_to (link, 12);
    expect_sending (link, 13, 12);
    assert_int_equal (link_first (link), 5);
    take_many (link, 1);
    expect_sending (link, 13, 13);
    link_destroy (&link);
}

static void
test_a_partner_that_moves_may_have_read_all (void **state)
{
    (void) state;
    link_t *link = link_after (3, 0);
    take_many (link, 2);
    link_agree (link, 5);
    expect_sending (link, 6, 5);
    link_agree (link, 9); // More than all it cannot have read.
    expect_sending (link, 6, 5);
    link_destroy (&link);
}

static void
test_what_is_not_kept_cannot_go_again (void **state)
{
    (void) state;
    link_t *link = link_after (10, 8);
    link_agree (link, 3);
    expect_sending (link, 9, 10);
    assert_int_equal (link_first (link), 9);
    link_destroy (&link);
}

static void
test_the_window_holds_when_much_goes_again (void **state)
{
    (void) state;
    link_t *link = link_after (100, 0);
    link_agree (link, 0);
    expect_sending (link, 1, 100);
    assert_true (link_is_full (link));
    assert_null (take (link, 101));
    confirm_to (link, 37);
    assert_false (link_is_full (link));
    take_many (link, 1);
    assert_true (link_is_full (link));
    link_destroy (&link);
}

static void
test_nobody_awaits_the_second_answer_to_what_goes_again (void **state)
{
    (void) state;
    sending_t known;
    link_t *link = link_after (2, 0);
    take_many (link, 1);
    link_agree (link, 0);
    assert_true (link_sending (link, 0)->ack == LINK_NO_ACK);
    assert_true (link_sending (link, 1)->ack == LINK_NO_ACK);
    assert_int_equal (link_sending (link, 2)->ack, 3); // It was not answered yet.
    assert_int_equal (link_find (link, WORD_OF ("id"), WORD_OF ("text 2"), 7, &known),
                      LINK_SENDING);
    assert_int_equal (link_sending (link, 1)->ack, 7); // Its writer has not got the answer.
    link_destroy (&link);
}

// --- This end moves ---

static void
test_a_moved_end_says_nothing_before_it_knows_its_numbers (void **state)
{
    (void) state;
    link_t *link = link_resume (0, NULL, 0);
    assert_false (link_is_agreed (link));
    take_many (link, 3);
    assert_int_equal (link_confirm (link, 1), 0);
    assert_int_equal (link_confirm (link, 3), 0);
    link_destroy (&link);
}

static void
test_a_moved_end_goes_on_from_the_number_it_is_told (void **state)
{
    (void) state;
    sending_t known;
    link_t *link = link_resume (0, NULL, 0);
    take_many (link, 3);
    link_agree (link, 40);
    assert_true (link_is_agreed (link));
    expect_sending (link, 41, 43);
    assert_int_equal (link_first (link), 41);
    assert_int_equal (link_taken (link), 43);
    for (uint64_t n = 1; n <= 3; n++) {
        const sending_t *sending = link_sending (link, (size_t) n - 1);
        assert_int_equal (sending->ack, n);
        assert_int_equal (sending->at_ms, 1000 + n);
        assert_memory_equal (sending->id.text, "id", 2);
        assert_int_equal (sending->text.text[5], '0' + (int) n);
    }
    assert_int_equal (link_find (link, WORD_OF ("id"), WORD_OF ("text 2"), 9, &known),
                      LINK_SENDING);
    assert_int_equal (link_sending (link, 1)->ack, 9);
    assert_int_equal (link_confirm (link, 3), 0); // It is about numbers of before.
    assert_int_equal (link_confirm (link, 42), 2);
    link_destroy (&link);
}

static void
test_a_moved_end_may_have_taken_nothing_or_a_window_full (void **state)
{
    (void) state;
    link_t *link = link_resume (5, NULL, 0);
    link_agree (link, 7);
    assert_int_equal (link_first (link), 8);
    assert_int_equal (take (link, 1)->number, 8);
    link_destroy (&link);
    link = link_resume (5, NULL, 0);
    take_many (link, LINK_WINDOW);
    assert_true (link_is_full (link));
    link_agree (link, UINT32_MAX - LINK_WINDOW);
    expect_sending (link, UINT32_MAX - LINK_WINDOW + 1, UINT32_MAX);
    link_destroy (&link);
}

static void
test_a_moved_end_goes_on_hearing_behind_what_was_read (void **state)
{
    (void) state;
    link_t *link = link_resume (12, NULL, 0);
    assert_int_equal (link_arrived (link), 12);
    assert_int_equal (arrive (link, 12, "l"), LINK_DOUBLE);
    assert_int_equal (arrive (link, 14, "n"), LINK_AHEAD);
    assert_int_equal (arrive (link, 13, "m"), LINK_NEXT);
    link_destroy (&link);
}

static void
test_what_cannot_be_had_any_more_is_passed_over (void **state)
{
    (void) state;
    link_t *link = link_resume (12, NULL, 0);
    link_skip (link, 13);
    assert_int_equal (link_arrived (link), 12);
    link_skip (link, 3); // All that was there.
    assert_int_equal (link_arrived (link), 12);
    link_skip (link, 20);
    assert_int_equal (link_arrived (link), 19);
    assert_int_equal (arrive (link, 19, "s"), LINK_DOUBLE);
    assert_int_equal (arrive (link, 20, "t"), LINK_NEXT);
    link_destroy (&link);
}

// --- What is known ---

static void
hear_many (link_t *link, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        char text[32];
        snprintf (text, sizeof text, "text %" PRIu64, link_arrived (link) + 1);
        assert_int_equal (arrive (link, link_arrived (link) + 1, text), LINK_NEXT);
    }
}

static void
test_until_an_end_moves_the_same_may_be_said_twice (void **state)
{
    (void) state;
    link_t *link = link_new ();
    assert_int_equal (arrive (link, 1, "yes"), LINK_NEXT);
    assert_int_equal (arrive (link, 2, "yes"), LINK_NEXT);
    link_destroy (&link);
}

static void
test_what_a_partner_that_has_moved_says_again_is_known (void **state)
{
    (void) state;
    link_t *link = link_new ();
    hear_many (link, 100);
    link_agree (link, 0);
    assert_int_equal (arrive (link, 101, "text 37"), LINK_KNOWN); // The 64th from the end.
    assert_int_equal (arrive (link, 102, "text 100"), LINK_KNOWN);
    assert_int_equal (link_arrived (link), 102); // It counts.
    assert_int_equal (arrive (link, 102, "text 100"), LINK_DOUBLE);
    assert_int_equal (arrive (link, 104, "text 99"), LINK_AHEAD);
    assert_int_equal (arrive (link, 103, "text 36"), LINK_NEXT);
    assert_int_equal (link_arrive (link, 104, WORD_OF ("no"), WORD_OF ("text 99")), LINK_NEXT);
    assert_int_equal (arrive (link, 105, "another"), LINK_NEXT);
    link_destroy (&link);
}

static void
test_a_moved_end_knows_what_was_read_before (void **state)
{
    (void) state;
    uint32_t prints[LINK_WINDOW];
    link_t *link = link_new ();
    hear_many (link, 20);
    assert_int_equal (link_fingerprints (link, prints, 12), 12);
    link_t *moved = link_resume (20, prints, 12);
    assert_int_equal (arrive (moved, 21, "text 9"), LINK_KNOWN);
    assert_int_equal (arrive (moved, 22, "text 20"), LINK_KNOWN);
    assert_int_equal (arrive (moved, 23, "text 8"), LINK_NEXT);
    link_destroy (&moved);
    link_destroy (&link);
}

static void
test_fingerprints_are_of_the_latest_and_the_latest_is_first (void **state)
{
    (void) state;
    uint32_t all[LINK_WINDOW];
    uint32_t some[LINK_WINDOW];
    link_t *link = link_new ();
    assert_int_equal (link_fingerprints (link, all, LINK_WINDOW), 0);
    hear_many (link, 3);
    assert_int_equal (link_fingerprints (link, all, LINK_WINDOW), 3);
    assert_int_equal (link_fingerprints (link, some, 2), 2);
    assert_memory_equal (all, some, 2 * sizeof *all);
    hear_many (link, 1);
    assert_int_equal (link_fingerprints (link, some, LINK_WINDOW), 4);
    assert_memory_equal (all, some + 1, 3 * sizeof *all);
    hear_many (link, 500);
    assert_int_equal (link_fingerprints (link, all, LINK_WINDOW), LINK_WINDOW);
    link_destroy (&link);
}

// Found by a storm: an end that had moved twice forgot the latest first.
static void
test_fingerprints_keep_their_order_when_an_end_moves (void **state)
{
    (void) state;
    uint32_t before[12];
    uint32_t after[12];
    link_t *link = link_new ();
    hear_many (link, 30);
    assert_int_equal (link_fingerprints (link, before, 12), 12);
    link_destroy (&link);
    link = link_resume (30, before, 12);
    assert_int_equal (link_fingerprints (link, after, 12), 12);
    assert_memory_equal (before, after, sizeof before);
    hear_many (link, 1);
    assert_int_equal (link_fingerprints (link, after, 12), 12);
    assert_memory_equal (before, after + 1, 11 * sizeof *before);
    link_destroy (&link);
}

// --- What the partner's end knows ---

static size_t
tell_heard (link_t *link, const link_t *partner)
{
    uint32_t prints[LINK_WINDOW];
    return link_heard_there (link, prints, link_fingerprints (partner, prints, LINK_WINDOW));
}

static void
test_what_the_end_there_has_heard_is_not_said_again (void **state)
{
    (void) state;
    sending_t known;
    link_t *partner = link_new ();
    hear_many (partner, 12);
    link_t *link = link_resume (0, NULL, 0);
    for (uint64_t n = 11; n <= 14; n++) {
        take (link, n);
    }
    assert_int_equal (tell_heard (link, partner), 2);
    link_pass (link, 2);
    link_agree (link, 12);
    expect_sending (link, 13, 14);
    assert_memory_equal (link_sending (link, 0)->text.text, "text 13", 7);
    assert_int_equal (link_first (link), 13);
    // Whoever says it again later is told so, too.
    assert_int_equal (link_find (link, WORD_OF ("id"), WORD_OF ("text 12"), 7, &known),
                      LINK_CONFIRMED);
    assert_int_equal (known.ack, 7);
    assert_int_equal (known.at_ms, 0);
    assert_memory_equal (known.id.text, "id", 2);
    assert_int_equal (link_find (link, WORD_OF ("no"), WORD_OF ("text 12"), 7, &known), LINK_NEW);
    assert_int_equal (link_find (link, (word_t){NULL, 0}, WORD_OF ("text 12"), 7, &known),
                      LINK_NEW);
    link_destroy (&link);
    link_destroy (&partner);
}

static void
test_only_the_oldest_are_passed_over_as_heard (void **state)
{
    (void) state;
    link_t *partner = link_new ();
    hear_many (partner, 12);
    link_t *link = link_resume (0, NULL, 0);
    take (link, 13);
    take (link, 12);
    assert_int_equal (tell_heard (link, partner), 0);
    link_agree (link, 12);
    expect_sending (link, 13, 14);
    link_destroy (&link);
    link_destroy (&partner);
}

static void
test_nothing_may_have_been_heard_there (void **state)
{
    (void) state;
    link_t *link = link_resume (0, NULL, 0);
    link_t *partner = link_new ();
    take_many (link, 2);
    assert_int_equal (tell_heard (link, partner), 0);
    link_agree (link, 0);
    expect_sending (link, 1, 2);
    link_destroy (&link);
    link_destroy (&partner);
}

// Found by a storm: "delivered", although the gateway that had heard it was known to be dead.
static void
test_what_was_heard_there_is_unknown_when_the_partner_moves (void **state)
{
    (void) state;
    sending_t known;
    link_t *partner = link_new ();
    hear_many (partner, 12);
    link_t *link = link_resume (0, NULL, 0);
    assert_int_equal (tell_heard (link, partner), 0);
    link_agree (link, 12);
    link_agree (link, 9);
    assert_int_equal (link_find (link, WORD_OF ("id"), WORD_OF ("text 12"), 7, &known), LINK_NEW);
    assert_int_equal (take (link, 12)->number, 13);
    link_destroy (&link);
    link_destroy (&partner);
}

static void
tell_an_agreed_one (void)
{
    link_t *link = link_new ();
    tell_heard (link, link);
}

static void
test_telling_an_end_that_has_not_moved_breaks_a_promise (void **state)
{
    (void) state;
    assert_true (breaks_a_promise (tell_an_agreed_one));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_messages_are_numbered_from_1_and_copied),
        cmocka_unit_test (test_a_message_may_have_no_name),
        cmocka_unit_test (test_the_window_holds_64_and_opens_with_each_receipt),
        cmocka_unit_test (test_a_receipt_covers_all_up_to_its_number),
        cmocka_unit_test (test_receipts_that_are_old_or_ahead_confirm_nothing),
        cmocka_unit_test (test_only_the_next_number_is_taken_in),
        cmocka_unit_test (test_a_message_is_known_by_its_name_and_text),
        cmocka_unit_test (test_names_of_the_last_64_are_known),
        cmocka_unit_test (test_passing_what_was_not_sent_breaks_a_promise),
        cmocka_unit_test (test_what_is_confirmed_is_kept_until_it_is_read),
        cmocka_unit_test (test_no_more_is_taken_while_128_are_not_known_to_be_read),
        cmocka_unit_test (test_what_a_partner_that_moves_has_not_read_goes_again),
        cmocka_unit_test (test_a_partner_that_moves_may_have_read_all),
        cmocka_unit_test (test_what_is_not_kept_cannot_go_again),
        cmocka_unit_test (test_the_window_holds_when_much_goes_again),
        cmocka_unit_test (test_nobody_awaits_the_second_answer_to_what_goes_again),
        cmocka_unit_test (test_a_moved_end_says_nothing_before_it_knows_its_numbers),
        cmocka_unit_test (test_a_moved_end_goes_on_from_the_number_it_is_told),
        cmocka_unit_test (test_a_moved_end_may_have_taken_nothing_or_a_window_full),
        cmocka_unit_test (test_a_moved_end_goes_on_hearing_behind_what_was_read),
        cmocka_unit_test (test_what_cannot_be_had_any_more_is_passed_over),
        cmocka_unit_test (test_until_an_end_moves_the_same_may_be_said_twice),
        cmocka_unit_test (test_what_a_partner_that_has_moved_says_again_is_known),
        cmocka_unit_test (test_a_moved_end_knows_what_was_read_before),
        cmocka_unit_test (test_fingerprints_are_of_the_latest_and_the_latest_is_first),
        cmocka_unit_test (test_fingerprints_keep_their_order_when_an_end_moves),
        cmocka_unit_test (test_what_the_end_there_has_heard_is_not_said_again),
        cmocka_unit_test (test_only_the_oldest_are_passed_over_as_heard),
        cmocka_unit_test (test_nothing_may_have_been_heard_there),
        cmocka_unit_test (test_what_was_heard_there_is_unknown_when_the_partner_moves),
        cmocka_unit_test (test_telling_an_end_that_has_not_moved_breaks_a_promise),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
