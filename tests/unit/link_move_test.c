// link_move_test.c -- the line between two users when an end of it moves to another gateway.

#include "support/cmocka_all.h"
#include "unit/links.h"
#include "unit/promise.h"

// --- The partner's end moves ---

static void
test_what_a_partner_that_moves_has_not_read_goes_again (void **state)
{
    (void) state;
    link_t *link = links_after (10, 4);
    links_take_many (link, 2);
    assert_true (link_is_agreed (link));
    link_agree (link, 6);
    assert_true (link_is_agreed (link));
    links_expect_sending (link, 7, 12);
    assert_int_equal (link_first (link), 5);
    assert_memory_equal (link_sending (link, 0)->text.text, "text 7", 6);
    links_confirm_to (link, 12);
    links_expect_sending (link, 13, 12);
    assert_int_equal (link_first (link), 5);
    links_take_many (link, 1);
    links_expect_sending (link, 13, 13);
    link_destroy (&link);
}

static void
test_a_partner_that_moves_may_have_read_all (void **state)
{
    (void) state;
    link_t *link = links_after (3, 0);
    links_take_many (link, 2);
    link_agree (link, 5);
    links_expect_sending (link, 6, 5);
    link_agree (link, 9); // More than all it cannot have read.
    links_expect_sending (link, 6, 5);
    link_destroy (&link);
}

static void
test_what_is_not_kept_cannot_go_again (void **state)
{
    (void) state;
    link_t *link = links_after (10, 8);
    link_agree (link, 3);
    links_expect_sending (link, 9, 10);
    assert_int_equal (link_first (link), 9);
    link_destroy (&link);
}

static void
test_the_window_holds_when_much_goes_again (void **state)
{
    (void) state;
    link_t *link = links_after (100, 0);
    link_agree (link, 0);
    links_expect_sending (link, 1, 100);
    assert_true (link_is_full (link));
    assert_null (links_take (link, 101));
    links_confirm_to (link, 37);
    assert_false (link_is_full (link));
    links_take_many (link, 1);
    assert_true (link_is_full (link));
    link_destroy (&link);
}

static void
test_nobody_awaits_the_second_answer_to_what_goes_again (void **state)
{
    (void) state;
    sending_t known;
    link_t *link = links_after (2, 0);
    links_take_many (link, 1);
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
    links_take_many (link, 3);
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
    links_take_many (link, 3);
    link_agree (link, 40);
    assert_true (link_is_agreed (link));
    links_expect_sending (link, 41, 43);
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
    assert_int_equal (links_take (link, 1)->number, 8);
    link_destroy (&link);
    link = link_resume (5, NULL, 0);
    links_take_many (link, LINK_WINDOW);
    assert_true (link_is_full (link));
    link_agree (link, UINT32_MAX - LINK_WINDOW);
    links_expect_sending (link, UINT32_MAX - LINK_WINDOW + 1, UINT32_MAX);
    link_destroy (&link);
}

static void
test_a_moved_end_goes_on_hearing_behind_what_was_read (void **state)
{
    (void) state;
    link_t *link = link_resume (12, NULL, 0);
    assert_int_equal (link_arrived (link), 12);
    assert_int_equal (links_arrive (link, 12, "l"), LINK_DOUBLE);
    assert_int_equal (links_arrive (link, 14, "n"), LINK_AHEAD);
    assert_int_equal (links_arrive (link, 13, "m"), LINK_NEXT);
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
    assert_int_equal (links_arrive (link, 19, "s"), LINK_DOUBLE);
    assert_int_equal (links_arrive (link, 20, "t"), LINK_NEXT);
    link_destroy (&link);
}

// --- What is known ---

static void
test_until_an_end_moves_the_same_may_be_said_twice (void **state)
{
    (void) state;
    link_t *link = link_new ();
    assert_int_equal (links_arrive (link, 1, "yes"), LINK_NEXT);
    assert_int_equal (links_arrive (link, 2, "yes"), LINK_NEXT);
    link_destroy (&link);
}

static void
test_what_a_partner_that_has_moved_says_again_is_known (void **state)
{
    (void) state;
    link_t *link = link_new ();
    links_hear_many (link, 100);
    link_agree (link, 0);
    assert_int_equal (links_arrive (link, 101, "text 37"), LINK_KNOWN); // The 64th from the end.
    assert_int_equal (links_arrive (link, 102, "text 100"), LINK_KNOWN);
    assert_int_equal (link_arrived (link), 102); // It counts.
    assert_int_equal (links_arrive (link, 102, "text 100"), LINK_DOUBLE);
    assert_int_equal (links_arrive (link, 104, "text 99"), LINK_AHEAD);
    assert_int_equal (links_arrive (link, 103, "text 36"), LINK_NEXT);
    assert_int_equal (link_arrive (link, 104, WORD_OF ("no"), WORD_OF ("text 99")), LINK_NEXT);
    assert_int_equal (links_arrive (link, 105, "another"), LINK_NEXT);
    link_destroy (&link);
}

static void
test_a_moved_end_knows_what_was_read_before (void **state)
{
    (void) state;
    uint32_t prints[LINK_WINDOW];
    link_t *link = link_new ();
    links_hear_many (link, 20);
    assert_int_equal (link_fingerprints (link, prints, 12), 12);
    link_t *moved = link_resume (20, prints, 12);
    assert_int_equal (links_arrive (moved, 21, "text 9"), LINK_KNOWN);
    assert_int_equal (links_arrive (moved, 22, "text 20"), LINK_KNOWN);
    assert_int_equal (links_arrive (moved, 23, "text 8"), LINK_NEXT);
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
    links_hear_many (link, 3);
    assert_int_equal (link_fingerprints (link, all, LINK_WINDOW), 3);
    assert_int_equal (link_fingerprints (link, some, 2), 2);
    assert_memory_equal (all, some, 2 * sizeof *all);
    links_hear_many (link, 1);
    assert_int_equal (link_fingerprints (link, some, LINK_WINDOW), 4);
    assert_memory_equal (all, some + 1, 3 * sizeof *all);
    links_hear_many (link, 500);
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
    links_hear_many (link, 30);
    assert_int_equal (link_fingerprints (link, before, 12), 12);
    link_destroy (&link);
    link = link_resume (30, before, 12);
    assert_int_equal (link_fingerprints (link, after, 12), 12);
    assert_memory_equal (before, after, sizeof before);
    links_hear_many (link, 1);
    assert_int_equal (link_fingerprints (link, after, 12), 12);
    assert_memory_equal (before, after + 1, 11 * sizeof *before);
    link_destroy (&link);
}

// --- What the partner's end knows ---

static void
test_what_the_end_there_has_heard_is_not_said_again (void **state)
{
    (void) state;
    sending_t known;
    link_t *partner = link_new ();
    links_hear_many (partner, 12);
    link_t *link = link_resume (0, NULL, 0);
    for (uint64_t n = 11; n <= 14; n++) {
        links_take (link, n);
    }
    assert_int_equal (links_tell_heard (link, partner), 2);
    link_pass (link, 2);
    link_agree (link, 12);
    links_expect_sending (link, 13, 14);
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
    links_hear_many (partner, 12);
    link_t *link = link_resume (0, NULL, 0);
    links_take (link, 13);
    links_take (link, 12);
    assert_int_equal (links_tell_heard (link, partner), 0);
    link_agree (link, 12);
    links_expect_sending (link, 13, 14);
    link_destroy (&link);
    link_destroy (&partner);
}

static void
test_nothing_may_have_been_heard_there (void **state)
{
    (void) state;
    link_t *link = link_resume (0, NULL, 0);
    link_t *partner = link_new ();
    links_take_many (link, 2);
    assert_int_equal (links_tell_heard (link, partner), 0);
    link_agree (link, 0);
    links_expect_sending (link, 1, 2);
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
    links_hear_many (partner, 12);
    link_t *link = link_resume (0, NULL, 0);
    assert_int_equal (links_tell_heard (link, partner), 0);
    link_agree (link, 12);
    link_agree (link, 9); // So far it has read.
    assert_int_equal (link_find (link, WORD_OF ("id"), WORD_OF ("text 9"), 7, &known),
                      LINK_CONFIRMED);
    assert_int_equal (link_find (link, WORD_OF ("id"), WORD_OF ("text 10"), 7, &known), LINK_NEW);
    assert_int_equal (link_find (link, WORD_OF ("id"), WORD_OF ("text 12"), 7, &known), LINK_NEW);
    assert_int_equal (links_take (link, 12)->number, 13);
    link_agree (link, 0);
    assert_int_equal (link_find (link, WORD_OF ("id"), WORD_OF ("text 1"), 7, &known), LINK_NEW);
    link_destroy (&link);
    link_destroy (&partner);
}

static void
tell_an_agreed_one (void)
{
    link_t *link = link_new ();
    links_tell_heard (link, link);
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
