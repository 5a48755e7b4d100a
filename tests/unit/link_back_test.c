// link_back_test.c -- what the partner's end gives back to an end that has moved, and what it tells.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "unit/links.h"

// --- What is given back ---

// "text n" as number n.
static void
give_back (link_t *link, uint64_t n)
{
    char text[32];
    snprintf (text, sizeof text, "text %" PRIu64, n);
    link_give_back (link, n, 1000 + n, WORD_OF ("id"), (word_t){text, strlen (text)});
}

static void
test_what_is_given_back_is_on_its_way_again_before_all_else (void **state)
{
    (void) state;
    link_t *link = link_resume (0, NULL, 0);
    links_take_many (link, 2);
    give_back (link, 42);
    give_back (link, 40);
    give_back (link, 42); // The network doubles.
    assert_false (link_has_back (link, 42, 3));
    assert_true (link_has_back (link, 42, 1));
    assert_true (link_has_back (link, 42, 0));
    give_back (link, 41);
    assert_true (link_has_back (link, 42, 3));
    assert_false (link_has_back (link, 43, 3));
    link_agree (link, 39);
    links_expect_sending (link, 40, 44);
    assert_int_equal (link_first (link), 40);
    assert_memory_equal (link_sending (link, 0)->text.text, "text 40", 7);
    assert_int_equal (link_sending (link, 0)->at_ms, 1040);
    assert_true (link_sending (link, 0)->ack == LINK_NO_ACK);
    assert_memory_equal (link_sending (link, 3)->text.text, "text 1", 6);
    assert_int_equal (link_sending (link, 3)->ack, 1);
    links_confirm_to (link, 42); // So far all is out there; should that end move, it goes again.
    links_expect_sending (link, 43, 44);
    link_agree (link, 40);
    links_expect_sending (link, 41, 44);
    give_back (link, 45); // Late.
    links_expect_sending (link, 41, 44);
    link_destroy (&link);
}

static void
test_who_says_again_what_is_given_back_is_answered_when_it_arrives (void **state)
{
    (void) state;
    sending_t known;
    link_t *link = link_resume (0, NULL, 0);
    for (uint64_t n = 41; n <= 43; n++) {
        links_take (link, n); // Before the two have agreed,
    }
    for (uint64_t n = 40; n <= 42; n++) {
        give_back (link, n);
    }
    link_agree (link, 39);
    links_expect_sending (link, 40, 43);
    assert_true (link_sending (link, 0)->ack == LINK_NO_ACK);
    assert_int_equal (link_sending (link, 1)->ack, 41);
    assert_int_equal (link_sending (link, 2)->ack, 42);
    assert_int_equal (link_sending (link, 3)->ack, 43);
    assert_int_equal (link_find (link, WORD_OF ("id"), WORD_OF ("text 40"), 9, &known),
                      LINK_SENDING); // or after that.
    assert_int_equal (link_sending (link, 0)->ack, 9);
    link_destroy (&link);
}

static void
test_only_what_goes_on_without_a_gap_can_be_had_back (void **state)
{
    (void) state;
    link_t *link = link_resume (0, NULL, 0);
    links_take (link, 7);
    give_back (link, 11);
    give_back (link, 12);
    give_back (link, 14);
    link_agree (link, 10);
    links_expect_sending (link, 11, 13);
    assert_memory_equal (link_sending (link, 2)->text.text, "text 7", 6);
    link_destroy (&link);
}

static void
test_a_window_full_fits_behind_all_that_can_be_given_back (void **state)
{
    (void) state;
    link_t *link = link_resume (0, NULL, 0);
    for (uint64_t n = 1; n <= LINK_WINDOW; n++) {
        links_take (link, 1000 + n);
    }
    for (uint64_t n = 1; n <= LINK_KEPT + 5; n++) {
        give_back (link, n);
    }
    assert_true (link_has_back (link, LINK_KEPT, LINK_KEPT));
    assert_false (link_has_back (link, LINK_KEPT + 1, 1));
    link_agree (link, 0);
    links_expect_sending (link, 1, LINK_KEPT + LINK_WINDOW);
    assert_true (link_is_full (link));
    links_confirm_to (link, LINK_KEPT + LINK_WINDOW);
    assert_true (link_is_full (link));
    link_forget (link, LINK_WINDOW + 1);
    assert_false (link_is_full (link));
    link_destroy (&link);
}

static void
test_what_fills_a_gap_counts_and_is_not_shown (void **state)
{
    (void) state;
    link_t *link = link_resume (3, NULL, 0);
    assert_int_equal (link_arrive (link, 4, WORD_OF (""), WORD_OF ("")), LINK_KNOWN);
    assert_int_equal (link_arrive (link, 5, WORD_OF (""), WORD_OF ("")), LINK_KNOWN);
    assert_int_equal (links_arrive (link, 6, "f"), LINK_NEXT);
    link_destroy (&link);
}

static void
test_an_end_that_goes_unanswered_lets_go_of_what_it_was_given_back (void **state)
{
    (void) state;
    link_t *link = link_resume (0, NULL, 0);
    give_back (link, 1); // A sanitizer sees whether it is freed.
    link_destroy (&link);
    assert_null (link);
}

// --- What the partner's browser has read ---

static void
test_a_partner_that_moves_is_told_what_it_has_read (void **state)
{
    (void) state;
    uint32_t said[LINK_WINDOW];
    uint32_t heard[LINK_WINDOW];
    link_t *link = links_after (100, 0);
    link_t *partner = link_new ();
    links_hear_many (partner, 97);
    assert_int_equal (link_said (link, 97, said), LINK_WINDOW - 3); // The latest are not its.
    link_fingerprints (partner, heard, LINK_WINDOW);
    assert_memory_equal (said, heard, (LINK_WINDOW - 3) * sizeof *said);
    assert_int_equal (link_said (link, 0, said), 0);
    assert_int_equal (link_said (link, 101, said), 0); // So far it never was.
    assert_int_equal (link_said (link, 36, said), 0);  // That is not remembered.
    assert_int_equal (link_said (link, 37, said), 1);
    link_t *moved = link_resume (97, NULL, 0);
    link_recall (moved, heard, 12);
    link_agree (moved, 0);
    assert_int_equal (links_arrive (moved, 98, "text 86"), LINK_KNOWN);
    assert_int_equal (links_arrive (moved, 99, "text 85"), LINK_NEXT);
    link_destroy (&moved);
    link_destroy (&partner);
    link_destroy (&link);
}

static void
test_of_a_partner_s_memory_and_a_browser_s_the_longer_counts (void **state)
{
    (void) state;
    uint32_t heard[LINK_WINDOW];
    link_t *partner = link_new ();
    links_hear_many (partner, 20);
    assert_int_equal (link_fingerprints (partner, heard, LINK_WINDOW), 20);
    link_t *moved = link_resume (20, heard, 12);
    link_recall (moved, heard, 3);
    link_agree (moved, 0);
    assert_int_equal (links_arrive (moved, 21, "text 9"), LINK_KNOWN);
    link_destroy (&moved);
    moved = link_resume (20, heard, 12);
    link_recall (moved, heard, 20);
    link_agree (moved, 0);
    assert_int_equal (links_arrive (moved, 21, "text 1"), LINK_KNOWN);
    link_destroy (&moved);
    link_destroy (&partner);
}

static void
test_an_end_that_has_moved_tells_what_the_partner_had_heard_before (void **state)
{
    (void) state;
    uint32_t said[LINK_WINDOW];
    uint32_t heard[LINK_WINDOW];
    link_t *partner = link_new ();
    links_hear_many (partner, 12);
    link_fingerprints (partner, heard, LINK_WINDOW);
    link_t *link = link_resume (0, NULL, 0);
    assert_int_equal (links_tell_heard (link, partner), 0);
    link_agree (link, 12);
    links_take (link, 13);
    assert_int_equal (link_said (link, 13, said), 13);
    assert_memory_equal (said + 1, heard, 12 * sizeof *said);
    assert_int_equal (link_said (link, 12, said), 12);
    assert_memory_equal (said, heard, 12 * sizeof *said);
    assert_int_equal (link_said (link, 9, said), 9); // It has not read more.
    assert_memory_equal (said, heard + 3, 9 * sizeof *said);
    link_destroy (&link);
    link_destroy (&partner);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_what_is_given_back_is_on_its_way_again_before_all_else),
        cmocka_unit_test (test_who_says_again_what_is_given_back_is_answered_when_it_arrives),
        cmocka_unit_test (test_only_what_goes_on_without_a_gap_can_be_had_back),
        cmocka_unit_test (test_a_window_full_fits_behind_all_that_can_be_given_back),
        cmocka_unit_test (test_what_fills_a_gap_counts_and_is_not_shown),
        cmocka_unit_test (test_an_end_that_goes_unanswered_lets_go_of_what_it_was_given_back),
        cmocka_unit_test (test_a_partner_that_moves_is_told_what_it_has_read),
        cmocka_unit_test (test_of_a_partner_s_memory_and_a_browser_s_the_longer_counts),
        cmocka_unit_test (test_an_end_that_has_moved_tells_what_the_partner_had_heard_before),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
