// request_test.c -- what a user asks of matchers, until one has answered.

#include <string.h>

#include "support/cmocka_all.h"
#include "unit/scene.h"

// How often a word is in what was said.
static size_t
times (const char *said, const char *word)
{
    size_t count = 0;
    while ((said = strstr (said, word)) != NULL) {
        said += strlen (word);
        count++;
    }
    return count;
}

static void
test_a_search_is_repeated_with_its_turn_at_another_matcher (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED);
    assert_int_equal (scene.attempt, 0);
    scene_waits (480);
    SAYS ("");
    scene_waits (50);
    SAYS ("SEARCH 1");
    assert_int_equal (scene.attempt, 1);
    scene_waits (530);
    // A second is as long as one is left in the dark.
    SAYS ("SEARCH 1, error no_matcher, answer 1 waiting");
    assert_int_equal (scene.attempt, 2);
    scene_waits (530);
    SAYS ("SEARCH 1");
}

static void
test_who_stands_in_line_asks_the_same_matcher_every_two_seconds (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_WAITS);
    SAYS ("answer 1 waiting, waiting");
    scene_waits (1900);
    SAYS ("");
    scene_waits (200);
    SAYS ("SEARCH 1");
    for (int i = 0; i < 5; i++) {
        scene_happens (USER_WAITS);
        scene_waits (2100);
        SAYS ("SEARCH 1");
        assert_int_equal (scene.attempt, 1);
    }
}

static void
test_a_match_ends_the_asking (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED);
    scene_waits (9000);
    SAYS ("");
}

static void
test_each_request_has_a_higher_turn (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_ENDED, USER_SEARCHED);
    SAYS ("answer 2 idle, SEARCH 3");
    scene_happens (USER_MATCHED);
    scene_happens (USER_SKIPPED);
    SAYS ("GONE 1 skipped, SEARCH 4 of 1 sent 0 received 0");
}

static void
test_a_leave_is_repeated_until_it_is_confirmed (void **state)
{
    (void) state;
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_MATCHED, USER_WROTE, USER_ENDED);
    for (unsigned i = 1; i <= 5; i++) {
        scene_waits (520);
        // A second is as long as one is left in the dark.
        SAYS (i == 2 ? "LEAVE 2 ended of 1 sent 1 received 0, answer 3 idle"
                     : "LEAVE 2 ended of 1 sent 1 received 0");
        assert_int_equal (scene.attempt, i);
    }
    scene_happens (USER_LEFT);
    scene_waits (5000);
    SAYS ("");
}

static void
test_a_search_that_follows_takes_over_the_farewell (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_MATCHED, USER_HEARD, USER_ENDED, USER_SEARCHED);
    SAYS ("answer 2 idle, SEARCH 3 of 1 sent 0 received 1");
    scene_waits (520);
    SAYS ("SEARCH 3 of 1 sent 0 received 1");
    scene_happens (USER_WAITS); // The matcher knows by now that chat 1 is over.
    scene_waits (2050);
    SAYS ("SEARCH 3");
}

static void
test_a_farewell_counts_both_directions (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_MATCHED, USER_WROTE, USER_HEARD, USER_WROTE,
             USER_WROTE, USER_HEARD, USER_RECEIPTED, USER_SKIPPED);
    SAYS ("GONE 1 skipped, SEARCH 2 of 1 sent 3 received 2");
}

static void
test_the_next_search_tells_of_a_chat_that_the_partner_left (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_MATCHED, USER_HEARD, USER_PARTNER_GONE,
             USER_SEARCHED);
    SAYS ("SEARCH 2 of 1 sent 0 received 1");
}

static void
test_who_quits_after_its_partner_left_says_so_unless_matchers_know (void **state)
{
    (void) state;
    ENDS_IN (USER_GONE, USER_SEARCHED, USER_MATCHED, USER_HEARD, USER_PARTNER_GONE, USER_QUIT);
    SAYS ("LEAVE 2 skipped of 1 sent 0 received 1");
    ENDS_IN (USER_GONE, USER_SEARCHED, USER_MATCHED, USER_HEARD, USER_PARTNER_GONE, USER_GIVEN_UP);
    SAYS ("LEAVE 2 disconnected of 1 sent 0 received 1");
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_MATCHED, USER_HEARD, USER_PARTNER_GONE);
    ident_t chat = chat_ident (1), other = chat_ident (2);
    user_knows_end (scene.user, &other);
    assert_false (ident_is_nil (&user_farewell (scene.user)->chat));
    user_knows_end (scene.user, &chat);
    scene_happens (USER_QUIT);
    SAYS ("done");
}

static void
test_a_partner_that_is_found_not_to_be_in_the_chat_may_have_told_no_matcher (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED);
    wire_t gone = {WIRE_GONE, .as.gone = {.chat = chat_ident (1), .user = scene.user->id,
                                          .partner = partner_ident (1), .reason = REASON_ORPHANED}};
    scene_says ();
    user_step (scene.user, USER_PARTNER_GONE, &gone);
    SAYS ("partner_left 1 ended, LEAVE 2 ended of 1 sent 0 received 0");
}

static void
test_a_farewell_is_said_of_the_latest_chat_only (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_MATCHED, USER_SKIPPED, USER_MATCHED, USER_WROTE,
             USER_SKIPPED);
    SAYS ("GONE 2 skipped, answer 3 error not_delivered, SEARCH 3 of 2 sent 1 received 0");
}

static void
test_who_stops_a_search_leaves_the_chat_before_it_too (void **state)
{
    (void) state;
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_MATCHED, USER_SKIPPED, USER_ENDED);
    SAYS ("answer 2 waiting, LEAVE 3 skipped of 1 sent 0 received 0");
}

static void
test_without_a_matcher_the_user_is_told_once_and_the_search_goes_on (void **state)
{
    (void) state;
    scene_open_with (0);
    scene.no_matcher = true;
    scene_happens (USER_SEARCHED);
    SAYS ("error no_matcher");
    scene_waits (5000);
    SAYS ("answer 1 waiting");
    scene.no_matcher = false;
    scene_waits (520);
    SAYS ("SEARCH 1");
    scene_happens (USER_WAITS);
    scene.no_matcher = true;
    scene_waits (2100);
    SAYS ("error no_matcher"); // It was there, and is away again.
}

static void
test_without_a_matcher_a_leave_waits_in_silence (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED);
    scene.no_matcher = true;
    scene_happens (USER_ENDED);
    SAYS ("GONE 1 ended");
    scene.no_matcher = false;
    scene_waits (520);
    SAYS ("LEAVE 2 ended of 1 sent 0 received 0");
}

static void
test_who_is_gone_is_kept_until_the_leave_is_confirmed (void **state)
{
    (void) state;
    ENDS_IN (USER_GONE, USER_SEARCHED, USER_MATCHED, USER_GIVEN_UP);
    scene_waits (520);
    SAYS ("LEAVE 2 disconnected of 1 sent 0 received 0");
    scene_happens (USER_LEFT);
    SAYS ("done");
    assert_null (scene.user);
}

static void
test_who_is_gone_is_given_up_after_a_minute (void **state)
{
    (void) state;
    ENDS_IN (USER_GONE, USER_SEARCHED, USER_GIVEN_UP);
    scene_waits (59000);
    assert_non_null (scene.user);
    scene_waits (2000);
    const char *said = scene_says ();
    assert_null (scene.user);
    assert_int_equal (times (said, "done"), 1);
    assert_string_equal (said + strlen (said) - strlen (", done"), ", done");
}

static void
test_who_goes_while_a_leave_is_pending_says_it_again (void **state)
{
    (void) state;
    ENDS_IN (USER_GONE, USER_SEARCHED, USER_MATCHED, USER_ENDED, USER_QUIT);
    SAYS ("LEAVE 3 ended of 1 sent 0 received 0");
}

static void
test_who_has_left_nothing_open_is_forgotten_at_once (void **state)
{
    (void) state;
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_MATCHED, USER_ENDED, USER_LEFT);
    scene_happens (USER_QUIT);
    SAYS ("done");
}

static void
test_the_gone_are_told_nothing (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED, USER_WROTE);
    scene_happens (USER_GIVEN_UP); // The scene fails if a browser that is gone is spoken to.
    SAYS ("GONE 1 disconnected, LEAVE 2 disconnected of 1 sent 1 received 0");
}

static void
test_destroying_a_user_leaves_no_alarm (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED);
    user_destroy (&scene.user);
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED, USER_WROTE);
    user_destroy (&scene.user);
    assert_null (scene.user);
    user_destroy (&scene.user);
    scene_waits (60000);
    SAYS ("");
}

static void
test_two_users_are_never_the_same (void **state)
{
    (void) state;
    scene_open_with (0);
    user_t *other = user_new (&scene.users, &scene);
    assert_false (ident_equal (&other->id, &scene.user->id));
    assert_false (ident_is_nil (&other->id));
    user_destroy (&other);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_search_is_repeated_with_its_turn_at_another_matcher),
        cmocka_unit_test (test_who_stands_in_line_asks_the_same_matcher_every_two_seconds),
        cmocka_unit_test (test_a_match_ends_the_asking),
        cmocka_unit_test (test_each_request_has_a_higher_turn),
        cmocka_unit_test (test_a_leave_is_repeated_until_it_is_confirmed),
        cmocka_unit_test (test_a_search_that_follows_takes_over_the_farewell),
        cmocka_unit_test (test_a_farewell_counts_both_directions),
        cmocka_unit_test (test_the_next_search_tells_of_a_chat_that_the_partner_left),
        cmocka_unit_test (test_who_quits_after_its_partner_left_says_so_unless_matchers_know),
        cmocka_unit_test (test_a_partner_that_is_found_not_to_be_in_the_chat_may_have_told_no_matcher),
        cmocka_unit_test (test_a_farewell_is_said_of_the_latest_chat_only),
        cmocka_unit_test (test_who_stops_a_search_leaves_the_chat_before_it_too),
        cmocka_unit_test (test_without_a_matcher_the_user_is_told_once_and_the_search_goes_on),
        cmocka_unit_test (test_without_a_matcher_a_leave_waits_in_silence),
        cmocka_unit_test (test_who_is_gone_is_kept_until_the_leave_is_confirmed),
        cmocka_unit_test (test_who_is_gone_is_given_up_after_a_minute),
        cmocka_unit_test (test_who_goes_while_a_leave_is_pending_says_it_again),
        cmocka_unit_test (test_who_has_left_nothing_open_is_forgotten_at_once),
        cmocka_unit_test (test_the_gone_are_told_nothing),
        cmocka_unit_test (test_destroying_a_user_leaves_no_alarm),
        cmocka_unit_test (test_two_users_are_never_the_same),
    };
    return cmocka_run_group_tests (tests, NULL, scene_close);
}
