// drain_test.c -- a gateway stops: its users are sent to others, each at its time.

#include <string.h>

#include "support/cmocka_all.h"
#include "unit/scene.h"

#define DRAIN_MS 40000

// The gateway begins to stop now; the user's connection is to be closed in `in_ms`.
static void
drain (uint64_t in_ms)
{
    scene.users.drain_by_ms = scene.users.now_ms + DRAIN_MS;
    scene.said[0] = '\0';
    user_drain (scene.user, scene.users.now_ms + in_ms);
}

static void
begin_chat (void)
{
    scene_open_with (SCENE_RECOVERY_MS);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    scene_waits (3000);
}

static void
test_a_connection_is_closed_at_its_time_and_the_partner_hears_that_the_user_is_away (void **state)
{
    (void) state;
    begin_chat ();
    drain (100);
    scene_waits (90);
    SAYS ("");
    scene_waits (30);
    SAYS ("dismiss, AWAY 1");
    assert_int_equal (scene.user->state, USER_CHATTING);
    scene_happens (USER_TAKEN_AWAY);
    SAYS ("done");
}

static void
test_who_has_gone_nowhere_in_time_has_left_as_the_gateway_was_drained (void **state)
{
    (void) state;
    begin_chat ();
    drain (0);
    scene_waits (20);
    SAYS ("dismiss, AWAY 1");
    scene_waits (SCENE_RECOVERY_MS - 100);
    assert_null (strstr (scene_says (), "GONE"));
    scene_waits (200);
    SAYS ("GONE 1 drained, LEAVE 2 drained of 1 sent 0 received 0");
}

static void
test_a_place_in_line_is_given_up_for_a_while_only (void **state)
{
    (void) state;
    scene_open_with (SCENE_RECOVERY_MS);
    scene_happens (USER_SEARCHED);
    drain (0);
    scene_waits (20);
    SAYS ("dismiss, LEAVE 2 disconnected");
    scene_happens (USER_LEFT);
    scene_waits (SCENE_RECOVERY_MS + 100);
    SAYS ("LEAVE 3 drained");
}

static void
test_who_is_away_already_has_the_time_that_it_had (void **state)
{
    (void) state;
    begin_chat ();
    scene_happens (USER_CUT_OFF);
    scene_waits (20000);
    drain (0);
    scene_waits (9000);
    assert_null (strstr (scene_says (), "GONE"));
    scene_waits (1100);
    SAYS ("GONE 1 drained, LEAVE 2 drained of 1 sent 0 received 0");
}

static void
test_a_message_on_its_way_is_waited_for (void **state)
{
    (void) state;
    begin_chat ();
    scene_happens (USER_WROTE);
    drain (0);
    scene_waits (200);
    assert_null (strstr (scene_says (), "dismiss"));
    scene_happens (USER_RECEIPTED);
    scene_waits (70);
    SAYS ("dismiss, AWAY 1");
}

static void
test_a_message_that_does_not_arrive_is_not_waited_for_too_long (void **state)
{
    (void) state;
    begin_chat ();
    scene_happens (USER_WROTE);
    drain (0);
    scene_waits (DRAIN_MS - SCENE_RECOVERY_MS - 100);
    assert_null (strstr (scene_says (), "dismiss"));
    scene_waits (200); // It must have its whole time to come back, elsewhere.
    assert_non_null (strstr (scene_says (), "dismiss"));
}

// --- Whoever is just coming ---

static void
test_who_is_just_coming_back_is_sent_on_without_a_state (void **state)
{
    (void) state;
    COMES_TO (USER_RETURNING, "7.3.00000000");
    drain (0);
    scene_waits (20);
    SAYS ("dismiss");
    COMES_TO (USER_CHATTING, "7.3.00000000", USER_WAS_CHATTING);
    drain (0);
    scene_waits (20);
    SAYS ("dismiss, AWAY 1");
}

static void
test_who_is_let_in_meanwhile_is_sent_on_all_the_same (void **state)
{
    (void) state;
    COMES_TO (USER_RETURNING, "7.3.00000000");
    drain (100);
    scene_happens (USER_WAS_IDLE);
    SAYS ("accept, state idle");
    scene_waits (200);
    SAYS ("dismiss");
    begin_chat ();
    scene_happens (USER_CUT_OFF);
    drain (0);
    scene_happens (USER_RETURNED); // On a connection that was there before the port was closed.
    SAYS ("accept, state chatting 1, BACK 1");
    scene_waits (200);
    SAYS ("dismiss, AWAY 1");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_a_connection_is_closed_at_its_time_and_the_partner_hears_that_the_user_is_away),
        cmocka_unit_test (test_who_has_gone_nowhere_in_time_has_left_as_the_gateway_was_drained),
        cmocka_unit_test (test_a_place_in_line_is_given_up_for_a_while_only),
        cmocka_unit_test (test_who_is_away_already_has_the_time_that_it_had),
        cmocka_unit_test (test_a_message_on_its_way_is_waited_for),
        cmocka_unit_test (test_a_message_that_does_not_arrive_is_not_waited_for_too_long),
        cmocka_unit_test (test_who_is_just_coming_back_is_sent_on_without_a_state),
        cmocka_unit_test (test_who_is_let_in_meanwhile_is_sent_on_all_the_same),
    };
    return cmocka_run_group_tests (tests, NULL, scene_close);
}
