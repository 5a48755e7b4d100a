// link_test.c -- one user's half of the numbered, confirmed line to the partner, step by step.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "unit/links.h"
#include "unit/promise.h"

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
    assert_int_equal (links_take (link, 2)->number, 2);
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
        assert_int_equal (links_take (link, n)->number, n);
    }
    assert_null (links_take (link, 65));
    assert_int_equal (link_taken (link), LINK_WINDOW);
    assert_int_equal (link_confirm (link, 3), 3);
    link_pass (link, 3);
    for (uint64_t n = 65; n <= 67; n++) {
        assert_int_equal (links_take (link, n)->number, n);
    }
    assert_null (links_take (link, 68));
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
        links_take (link, n);
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
    links_take (link, 1);
    links_take (link, 2);
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
    assert_int_equal (links_arrive (link, 2, "b"), LINK_AHEAD);
    assert_int_equal (link_arrived (link), 0);
    assert_int_equal (links_arrive (link, 1, "a"), LINK_NEXT);
    assert_int_equal (links_arrive (link, 1, "a"), LINK_DOUBLE);
    assert_int_equal (links_arrive (link, 0, "a"), LINK_DOUBLE);
    assert_int_equal (links_arrive (link, 3, "c"), LINK_AHEAD);
    assert_int_equal (links_arrive (link, UINT64_MAX, "c"), LINK_AHEAD);
    assert_int_equal (links_arrive (link, 2, "b"), LINK_NEXT);
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
    links_take (link, 1);
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
    links_take_many (link, 5);
    links_confirm_to (link, 4);
    assert_int_equal (link_first (link), 1);
    link_forget (link, 3);
    assert_int_equal (link_first (link), 4);
    link_forget (link, 2); // An old receipt.
    assert_int_equal (link_first (link), 4);
    link_forget (link, UINT64_MAX); // What is on its way has not been read, whoever says so.
    assert_int_equal (link_first (link), 5);
    links_expect_sending (link, 5, 5);
    links_confirm_to (link, 5);
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
        links_take_many (link, 1);
        links_confirm_to (link, n);
    }
    assert_int_equal (link_unconfirmed (link), 0);
    assert_true (link_is_full (link));
    assert_null (links_take (link, 129));
    link_forget (link, 2);
    links_take_many (link, 2);
    assert_true (link_is_full (link));
    link_forget (link, LINK_KEPT);
    links_take_many (link, LINK_WINDOW - 2);
    assert_true (link_is_full (link)); // Now it is the window.
    links_expect_sending (link, LINK_KEPT + 1, LINK_KEPT + LINK_WINDOW);
    link_destroy (&link);
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
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
