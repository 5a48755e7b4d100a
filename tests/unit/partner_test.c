// partner_test.c -- where the partner is: away, back, not reached, lost, or at another gateway.

#include <string.h>

#include "gateway/chat.h"
#include "support/cmocka_all.h"
#include "unit/scene.h"

static int
set_up (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED);
    return 0;
}

static void
receive_receipt (uint64_t number)
{
    wire_t wire = {.kind = WIRE_RECEIPT, .as.receipt = {.number = number}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_RECEIPTED, &wire);
}

static void
test_a_partner_is_away_when_its_gateway_is_not_reached_for_a_second (void **state)
{
    (void) state;
    scene_happens (USER_PARTNER_UNREACHED);
    scene_waits (900);
    scene_happens (USER_PARTNER_UNREACHED);
    SAYS ("");
    scene_waits (100);
    SAYS ("RECEIPT 1 #0"); // A quiet chat looks every second whether it is back.
    scene_happens (USER_PARTNER_UNREACHED);
    SAYS ("partner_away 1");
    scene_waits (1000);
    scene_happens (USER_PARTNER_UNREACHED);
    SAYS ("");
    scene_happens (USER_HEARD);
    SAYS ("partner_back 1, message 1 hi");
    scene_happens (USER_PARTNER_UNREACHED); // That is a new second.
    SAYS ("");
}

static void
test_a_receipt_says_that_the_partner_is_reached_too (void **state)
{
    (void) state;
    scene_happens (USER_PARTNER_UNREACHED);
    scene_waits (1000);
    scene_happens (USER_PARTNER_UNREACHED);
    SAYS ("partner_away 1");
    receive_receipt (0);
    SAYS ("partner_back 1");
}

static void
test_away_and_back_are_shown_once_whoever_says_them (void **state)
{
    (void) state;
    wire_t away = {WIRE_AWAY, .as.away = {.from = ident_nil}}; // A matcher.
    scene_happens (USER_PARTNER_BACK);
    SAYS ("");
    scene_happens (USER_PARTNER_AWAY);
    SAYS ("partner_away 1");
    scene_happens (USER_PARTNER_AWAY);
    SAYS ("");
    user_step (scene.user, USER_PARTNER_AWAY, &away);
    SAYS ("");
    scene_happens (USER_PARTNER_BACK);
    SAYS ("partner_back 1");
    scene_happens (USER_PARTNER_BACK);
    SAYS ("");
    user_step (scene.user, USER_PARTNER_AWAY, &away);
    SAYS ("partner_away 1");
    receive_receipt (0); // Its gateway is not silent after all.
    SAYS ("partner_back 1");
}

static void
test_a_partner_whose_gateway_says_that_it_is_away_is_not_back_by_a_receipt (void **state)
{
    (void) state;
    wire_t away = {WIRE_AWAY, .as.away = {.from = ident_nil}};
    scene_happens (USER_PARTNER_AWAY);
    SAYS ("partner_away 1");
    receive_receipt (0);
    SAYS ("");
    user_step (scene.user, USER_PARTNER_AWAY, &away); // And now its gateway is silent.
    receive_receipt (0); // And now it is not.
    SAYS ("");
    scene_happens (USER_PARTNER_BACK);
    SAYS ("partner_back 1");
}

static void
test_whether_a_chat_stands_is_asked_every_five_seconds_at_most (void **state)
{
    (void) state;
    scene_happens (USER_PARTNER_AWAY);
    scene_waits (10);
    SAYS ("HOLD 1 in 1");
    scene_happens (USER_HELD);
    for (int i = 0; i < 49; i++) {
        scene_waits (100);
        SAYS ("");
        scene_happens (USER_PARTNER_AWAY);
    }
    scene_waits (100);
    scene_happens (USER_PARTNER_AWAY);
    scene_waits (10);
    SAYS ("HOLD 1 in 1");
}

static void
test_a_chat_with_nobody_at_the_other_end_is_asked_about_too (void **state)
{
    (void) state;
    scene_happens (USER_PARTNER_UNREACHED);
    scene_waits (1000);
    scene_happens (USER_PARTNER_UNREACHED);
    scene_waits (10);
    SAYS ("HOLD 1 in 1");
    wire_t ended = {WIRE_ENDED, .as.ended = {scene.user->id, chat_ident (1), REASON_SKIPPED}};
    user_step (scene.user, USER_PARTNER_GONE, &ended); // It does not.
    SAYS ("partner_left 1 skipped");
    scene_waits (1000);
    SAYS ("");
}

static void
test_a_partner_s_gateway_is_lost_when_it_is_not_reached_for_long (void **state)
{
    (void) state;
    scene_waits (2 * SCENE_LOST_MS); // Nobody says that it is not there.
    assert_false (chat_is_lost (scene.user));
    scene_happens (USER_PARTNER_UNREACHED);
    scene_waits (SCENE_LOST_MS - 10);
    assert_false (chat_is_lost (scene.user));
    scene_happens (USER_HEARD); // There it is.
    scene_happens (USER_PARTNER_UNREACHED);
    scene_waits (SCENE_LOST_MS - 10);
    receive_receipt (0); // And again.
    scene_happens (USER_PARTNER_UNREACHED);
    scene_waits (SCENE_LOST_MS - 10);
    assert_false (chat_is_lost (scene.user));
    scene_waits (10);
    assert_true (chat_is_lost (scene.user));
    scene_happens (USER_PARTNER_LOST);
    SAYS ("partner_left 1 timeout, LEAVE 2 timeout of 1 sent 0 received 1");
}

// --- To another gateway ---

// The partner is at its next gateway, as its RESUMED of that turn said, and has read up to `number`.
static void
move_partner (uint64_t turn, uint64_t number)
{
    scene.there = next_gateway_ident (scene.chat);
    wire_t moved = {WIRE_MOVED,
                    .as.moved = {.from = scene.there, .turn = turn, .number = number}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_PARTNER_MOVED, &moved);
}

static void
test_what_a_partner_that_moves_has_not_read_is_sent_again (void **state)
{
    (void) state;
    scene_happens (USER_HEARD);
    scene_is_written ();
    for (int i = 0; i < 4; i++) {
        scene_happens (USER_WROTE);
    }
    receive_receipt (3); // Written out by a gateway that is dead now: of that, one was read.
    move_partner (SCENE_TURN, 1);
    SAYS ("STANDS 1 #1 first 1 taken 4 said 1, MESSAGE 1 #2 hello, MESSAGE 1 #3 hello, MESSAGE 1 #4 hello");
    receive_receipt (3); // Their writer knows that they have arrived.
    SAYS ("");
    receive_receipt (4);
    assert_memory_equal (scene_says (), "answer 5 delivered ", strlen ("answer 5 delivered "));
}

static void
test_a_partner_that_moves_may_know_of_more_than_was_confirmed (void **state)
{
    (void) state;
    scene_happens (USER_WROTE);
    scene_happens (USER_WROTE);
    move_partner (SCENE_TURN, 1);
    const char *said = scene_says ();
    assert_memory_equal (said, "answer 2 delivered ", strlen ("answer 2 delivered "));
    assert_non_null (strstr (said, ", STANDS 1 #0 first 1 taken 2 said 1, MESSAGE 1 #2 hello"));
}

static void
test_what_a_partner_has_read_cannot_be_sent_any_more (void **state)
{
    (void) state;
    for (int i = 0; i < 3; i++) {
        scene_happens (USER_WROTE);
    }
    wire_t read = {WIRE_RECEIPT, .as.receipt = {.number = 3, .seen = 2}};
    user_step (scene.user, USER_RECEIPTED, &read);
    move_partner (SCENE_TURN, 0);
    SAYS ("STANDS 1 #0 first 3 taken 3, MESSAGE 1 #3 hello");
}

static void
test_a_partner_that_says_again_that_it_has_moved_is_answered_again (void **state)
{
    (void) state;
    move_partner (SCENE_TURN, 0);
    SAYS ("STANDS 1 #0 first 1 taken 0");
    scene_happens (USER_WROTE);
    SAYS ("MESSAGE 1 #1 hello");
    move_partner (SCENE_TURN, 0); // Before it had the answer.
    SAYS ("STANDS 1 #0 first 1 taken 1, MESSAGE 1 #1 hello");
}

static void
test_a_partner_that_has_moved_on_is_not_where_it_was (void **state)
{
    (void) state;
    move_partner (2 * SCENE_TURN, 0);
    scene_says ();
    wire_t late = {WIRE_MOVED, .as.moved = {.from = partner_gateway_ident (7), .turn = SCENE_TURN}};
    user_step (scene.user, USER_PARTNER_MOVED, &late);
    SAYS ("");
    scene_happens (USER_WROTE);
    SAYS ("MESSAGE 1 #1 hello");
}

static void
test_a_partner_that_was_away_is_back_at_another_gateway (void **state)
{
    (void) state;
    scene_happens (USER_PARTNER_AWAY);
    scene_happens (USER_PARTNER_MOVED);
    SAYS ("STANDS 1 #0 first 1 taken 0, partner_back 1");
    scene_happens (USER_PARTNER_UNREACHED);
    scene_waits (1000);
    scene_happens (USER_PARTNER_UNREACHED);
    scene_happens (USER_PARTNER_MOVED);
    SAYS ("STANDS 1 #0 first 1 taken 0, partner_back 1");
    scene_waits (SCENE_LOST_MS);
    assert_false (chat_is_lost (scene.user));
}

static void
test_a_partner_that_moves_learns_that_the_user_is_away (void **state)
{
    (void) state;
    scene_happens (USER_CUT_OFF);
    SAYS ("AWAY 1");
    scene_happens (USER_PARTNER_MOVED);
    SAYS ("STANDS 1 #0 first 1 taken 0, AWAY 1");
}

static void
test_a_matcher_is_asked_about_the_chat_with_the_gateway_where_the_partner_is_now (void **state)
{
    (void) state;
    scene_happens (USER_PARTNER_MOVED);
    user_say_again (scene.user, scene.users.now_ms);
    scene_waits (10);
    SAYS ("HOLD 1 in 1"); // The scene knows where the partner is.
    scene_happens (USER_ENDED);
    SAYS ("GONE 1 ended, LEAVE 2 ended of 1 sent 0 received 0");
}

#define IN_CHAT(test) cmocka_unit_test_setup (test, set_up)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        IN_CHAT (test_a_partner_is_away_when_its_gateway_is_not_reached_for_a_second),
        IN_CHAT (test_a_receipt_says_that_the_partner_is_reached_too),
        IN_CHAT (test_away_and_back_are_shown_once_whoever_says_them),
        IN_CHAT (test_a_partner_whose_gateway_says_that_it_is_away_is_not_back_by_a_receipt),
        IN_CHAT (test_whether_a_chat_stands_is_asked_every_five_seconds_at_most),
        IN_CHAT (test_a_chat_with_nobody_at_the_other_end_is_asked_about_too),
        IN_CHAT (test_a_partner_s_gateway_is_lost_when_it_is_not_reached_for_long),
        IN_CHAT (test_what_a_partner_that_moves_has_not_read_is_sent_again),
        IN_CHAT (test_a_partner_that_moves_may_know_of_more_than_was_confirmed),
        IN_CHAT (test_what_a_partner_has_read_cannot_be_sent_any_more),
        IN_CHAT (test_a_partner_that_says_again_that_it_has_moved_is_answered_again),
        IN_CHAT (test_a_partner_that_has_moved_on_is_not_where_it_was),
        IN_CHAT (test_a_partner_that_was_away_is_back_at_another_gateway),
        IN_CHAT (test_a_partner_that_moves_learns_that_the_user_is_away),
        IN_CHAT (test_a_matcher_is_asked_about_the_chat_with_the_gateway_where_the_partner_is_now),
    };
    return cmocka_run_group_tests (tests, NULL, scene_close);
}
