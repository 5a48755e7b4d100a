// asks_test.c -- what a user asks matchers again, and what it makes of their silence.

#include "support/cmocka_all.h"
#include "unit/scene.h"

#define LEFT_1 " of 1 sent 0 received 0"

// --- What matchers do not answer, and what they refuse ---

static void
test_two_unanswered_searches_are_told_once (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED);
    scene_waits (520);
    SAYS ("SEARCH 1");
    scene_waits (500);
    SAYS ("SEARCH 1, error no_matcher, answer 1 waiting");
    scene_waits (500);
    SAYS ("SEARCH 1");
    scene_happens (USER_WAITS);
    SAYS ("waiting");
    scene_waits (2020); // Where it stands in line is asked again; then that, too, is not answered.
    SAYS ("SEARCH 1");
    scene_waits (500);
    SAYS ("SEARCH 1, error no_matcher");
}

static void
test_a_search_that_a_matcher_is_too_busy_for_is_asked_of_another_soon (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED);
    scene_says ();
    user_refused (scene.user, WIRE_LEAVE, REFUSAL_BUSY); // That was before.
    scene_waits (130);
    SAYS ("");
    for (unsigned i = 1; i <= 6; i++) {
        user_refused (scene.user, WIRE_SEARCH, REFUSAL_BUSY);
        scene_waits (50);
        SAYS ("");
        scene_waits (90);
        SAYS ("SEARCH 1");
        assert_int_equal (scene.attempt, i);
    }
    user_refused (scene.user, WIRE_SEARCH, REFUSAL_BUSY); // A second is too long to say nothing.
    scene_waits (130);
    SAYS ("SEARCH 1, error no_matcher, answer 1 waiting");
    user_refused (scene.user, WIRE_SEARCH, REFUSAL_BUSY);
    scene_waits (130);
    SAYS ("SEARCH 1");
}

static void
test_who_leaves_is_not_told_that_nobody_can_be_found (void **state)
{
    (void) state;
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_ENDED);
    scene_says ();
    user_refused (scene.user, WIRE_LEAVE, REFUSAL_BUSY);
    SAYS ("");
    scene_waits (1520);
    SAYS ("LEAVE 2 ended, LEAVE 2 ended, LEAVE 2 ended, answer 2 idle");
}

static void
test_what_is_stale_three_times_in_a_row_means_that_the_user_is_elsewhere (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED);
    user_refused (scene.user, WIRE_SEARCH, REFUSAL_STALE);
    user_refused (scene.user, WIRE_SEARCH, REFUSAL_STALE);
    scene_happens (USER_WAITS); // It is here after all.
    user_refused (scene.user, WIRE_SEARCH, REFUSAL_STALE);
    user_refused (scene.user, WIRE_LEAVE, REFUSAL_STALE); // It has left nothing.
    user_refused (scene.user, WIRE_SEARCH, REFUSAL_STALE);
    SAYS ("answer 1 waiting, waiting");
    user_refused (scene.user, WIRE_SEARCH, REFUSAL_STALE);
    SAYS ("error taken_over, put_out, done");
    assert_null (scene.user);
}

static void
test_who_searches_says_for_how_long (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED);
    assert_int_equal (scene.wire.as.search.waits_ms, 0);
    scene_waits (300);
    scene_waits (220);
    SAYS ("SEARCH 1");
    assert_in_range (scene.wire.as.search.waits_ms, 500, 520);
    wire_t waiting = {WIRE_WAITING, .as.waiting = {scene.user->id, 1, 7000, SCENE_AGAIN_MS, 1}};
    user_step (scene.user, USER_WAITS, &waiting); // A matcher knows better.
    scene_waits (2020);
    SAYS ("SEARCH 1");
    assert_in_range (scene.wire.as.search.waits_ms, 9000, 9020);
}

// --- What the browser is answered ---

static void
test_what_is_asked_is_answered_once_a_matcher_has_heard_it (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED);
    SAYS ("SEARCH 1");
    scene_happens (USER_WAITS);
    SAYS ("answer 1 waiting, waiting");
    scene_happens (USER_ENDED);
    SAYS ("LEAVE 2 ended");
    scene_happens (USER_ENDED); // It is asked no more often; each gets its answer.
    SAYS ("answer 2 idle");
    scene_happens (USER_LEFT);
    SAYS ("answer 3 idle");
    scene_happens (USER_LEFT);
    SAYS ("");
}

static void
test_the_next_connection_is_not_answered_what_the_last_one_asked (void **state)
{
    (void) state;
    scene_open_with (15000);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_CUT_OFF);
    scene_happens (USER_RETURNED);
    SAYS ("accept, state searching, SEARCH 3");
    scene_happens (USER_WAITS);
    SAYS ("waiting");
    scene_happens (USER_MATCHED);
    scene_happens (USER_BLOCKED);
    scene_happens (USER_CUT_OFF);
    scene_happens (USER_RETURNED);
    scene_happens (USER_BLOCK_NOTED);
    SAYS ("");
}

static void
test_who_leaves_after_it_has_come_back_leaves_by_itself (void **state)
{
    (void) state;
    scene_open_with (15000);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_CUT_OFF);
    SAYS ("LEAVE 2 disconnected");
    scene_happens (USER_RETURNED);
    scene_happens (USER_ENDED);
    SAYS ("LEAVE 4 ended");
}

// --- What a matcher is told again ---

static void
test_who_is_in_a_chat_says_so_until_it_is_heard (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED);
    user_say_again (scene.user, scene.users.now_ms + 100);
    scene_waits (90);
    SAYS ("");
    scene_waits (30);
    SAYS ("HOLD 1 in 1");
    scene_waits (520);
    SAYS ("HOLD 1 in 1");
    scene_happens (USER_HELD);
    SAYS ("");
    scene_waits (2000);
    SAYS ("");
    assert_int_equal (scene.user->state, USER_CHATTING);
}

static void
test_who_searches_searches_again_and_who_leaves_leaves_again (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_WAITS);
    user_say_again (scene.user, scene.users.now_ms);
    scene_waits (20);
    SAYS ("SEARCH 1");
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_ENDED);
    user_say_again (scene.user, scene.users.now_ms);
    scene_waits (20);
    SAYS ("LEAVE 2 ended");
}

static void
test_who_does_nothing_says_nothing (void **state)
{
    (void) state;
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_MATCHED, USER_PARTNER_GONE);
    user_say_again (scene.user, scene.users.now_ms);
    scene_waits (1000);
    SAYS ("");
}

static void
test_a_chat_that_is_over_is_not_held_any_more (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED);
    user_say_again (scene.user, scene.users.now_ms);
    scene_happens (USER_PARTNER_GONE);
    SAYS ("partner_left 1 skipped");
    scene_waits (1000);
    SAYS ("");
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED);
    user_say_again (scene.user, scene.users.now_ms);
    scene_happens (USER_SKIPPED);
    scene_happens (USER_HELD); // With a turn that is over, were it not for the gateway.
    scene_waits (520);
    SAYS ("SEARCH 2" LEFT_1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_two_unanswered_searches_are_told_once),
        cmocka_unit_test (test_a_search_that_a_matcher_is_too_busy_for_is_asked_of_another_soon),
        cmocka_unit_test (test_who_leaves_is_not_told_that_nobody_can_be_found),
        cmocka_unit_test (test_what_is_stale_three_times_in_a_row_means_that_the_user_is_elsewhere),
        cmocka_unit_test (test_who_searches_says_for_how_long),
        cmocka_unit_test (test_what_is_asked_is_answered_once_a_matcher_has_heard_it),
        cmocka_unit_test (test_the_next_connection_is_not_answered_what_the_last_one_asked),
        cmocka_unit_test (test_who_leaves_after_it_has_come_back_leaves_by_itself),
        cmocka_unit_test (test_who_is_in_a_chat_says_so_until_it_is_heard),
        cmocka_unit_test (test_who_searches_searches_again_and_who_leaves_leaves_again),
        cmocka_unit_test (test_who_does_nothing_says_nothing),
        cmocka_unit_test (test_a_chat_that_is_over_is_not_held_any_more),
    };
    return cmocka_run_group_tests (tests, NULL, scene_close);
}
