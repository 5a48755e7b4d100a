// return_test.c -- a user who was cut off comes back, or does not.

#include <stdio.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "unit/scene.h"

#define RECOVERY_MS SCENE_RECOVERY_MS

// A user who may come back, and to whom these events have happened.
static void
begin (const user_event_t *events, size_t count)
{
    scene_open_with (RECOVERY_MS);
    for (size_t i = 0; i < count; i++) {
        scene_happens (events[i]);
    }
}

// The end of what the browser got last.
static void
assert_offset (const char *offset)
{
    char expected[64];
    size_t bytes = (size_t) snprintf (expected, sizeof expected, ",\"%s\"", offset);
    assert_string_equal (scene.json + strlen (scene.json) - bytes, expected);
}

#define BEGIN(...)                                                                           \
    begin ((const user_event_t[]){__VA_ARGS__},                                              \
           sizeof (const user_event_t[]){__VA_ARGS__} / sizeof (user_event_t))

static void
test_who_may_come_back_has_a_secret_of_its_own (void **state)
{
    (void) state;
    scene_open_with (RECOVERY_MS);
    user_t *other = user_new (&scene.users, &scene);
    assert_false (ident_is_nil (&scene.user->token));
    assert_false (ident_equal (&scene.user->token, &other->token));
    assert_false (ident_equal (&scene.user->token, &scene.user->id));
    assert_string_not_equal (scene.user->sid, other->sid);
    user_destroy (&other);
    scene_open_with (0);
    assert_true (ident_is_nil (&scene.user->token));
}

static void
test_events_are_numbered_and_answers_are_not (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_MATCHED);
    assert_offset ("1.0.00000000"); // And the message of the chat, and the end of the chat's id.
    scene_happens (USER_HEARD);
    assert_offset ("2.1.00000000");
    scene_happens (USER_SEARCHED);
    assert_non_null (strstr (scene.json, "{\"error\":")); // The answer, behind event 3.
    scene_happens (USER_PARTNER_TYPED);
    assert_offset ("4.1.00000000");
    scene_happens (USER_PARTNER_GONE);
    assert_offset ("5.x.00000000"); // It knows that that chat is over.
}

static void
test_a_chat_outlasts_a_short_absence (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_MATCHED, USER_CUT_OFF);
    SAYS ("AWAY 1");
    scene_waits (9000);
    SAYS ("");
    scene_happens (USER_RETURNED);
    SAYS ("accept, state chatting 1, BACK 1");
    scene_waits (RECOVERY_MS + 1000);
    assert_int_equal (scene.user->state, USER_CHATTING);
    scene_happens (USER_WROTE);
    SAYS ("MESSAGE 1 #1 hello");
}

static void
test_who_does_not_come_back_in_time_leaves_the_chat (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_MATCHED, USER_CUT_OFF);
    scene_waits (RECOVERY_MS - 100);
    assert_null (strstr (scene_says (), "GONE"));
    assert_int_equal (scene.user->state, USER_CHATTING);
    scene_waits (200);
    SAYS ("GONE 1 disconnected, LEAVE 2 disconnected of 1 sent 0 received 0");
    assert_int_equal (scene.user->state, USER_GONE);
    scene_happens (USER_LEFT);
    SAYS ("done");
}

static void
test_who_is_away_takes_no_message_and_confirms_none (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_MATCHED, USER_HEARD, USER_CUT_OFF);
    scene_happens (USER_HEARD);
    SAYS ("");
    scene_happens (USER_RETURNED);
    scene.heard = 1;
    scene_happens (USER_HEARD); // The partner's gateway sends it again.
    SAYS ("message 1 hi");
    scene_is_written ();
    SAYS ("RECEIPT 1 #2");
}

static void
test_what_was_on_its_way_to_a_browser_that_is_cut_off_is_confirmed_when_it_has_it (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_MATCHED, USER_HEARD, USER_CUT_OFF);
    scene.heard = 0;
    scene_happens (USER_HEARD);
    SAYS ("");
    scene_happens (USER_RETURNED); // The gateway gives it the message once more.
    scene_is_written ();
    SAYS ("RECEIPT 1 #1");
}

static void
test_what_the_absent_wrote_still_arrives (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_MATCHED, USER_WROTE, USER_CUT_OFF);
    scene_waits (400); // 300 ms, and a quarter more at most.
    SAYS ("MESSAGE 1 #1 hello");
    scene_happens (USER_RECEIPTED);
    SAYS (""); // Nobody is there to be answered.
    assert_int_equal (scene.users.delivered, 1);
}

static void
test_a_partner_who_leaves_an_absent_one_is_no_surprise_later (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_MATCHED, USER_CUT_OFF, USER_PARTNER_GONE);
    SAYS ("");
    assert_int_equal (scene.user->state, USER_IDLE);
    scene_happens (USER_RETURNED);
    SAYS ("partner_left 1 skipped, accept, state idle");
    scene_waits (RECOVERY_MS + 1000);
    SAYS ("");
    assert_non_null (scene.user);
}

static void
test_nobody_is_matched_with_the_absent (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_WAITS, USER_CUT_OFF);
    assert_int_equal (scene.wire.kind, WIRE_LEAVE);
    scene_happens (USER_LEFT);
    scene_waits (5000);
    SAYS ("");
    scene_happens (USER_RETURNED);
    SAYS ("accept, state searching, SEARCH 3");
    scene_happens (USER_MATCHED);
    SAYS ("RECEIPT 1 #0, matched 1");
}

static void
test_the_idle_are_forgotten_when_they_do_not_come_back (void **state)
{
    (void) state;
    BEGIN (USER_CUT_OFF);
    SAYS ("");
    scene_waits (RECOVERY_MS + 100);
    SAYS ("done");
    assert_null (scene.user);
}

static void
test_who_is_cut_off_twice_has_the_whole_time_again (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_MATCHED, USER_CUT_OFF);
    scene_waits (RECOVERY_MS - 100);
    scene_happens (USER_RETURNED);
    scene_happens (USER_CUT_OFF);
    scene_waits (RECOVERY_MS - 100);
    assert_int_equal (scene.user->state, USER_CHATTING);
}

static void
test_the_partner_s_absence_is_shown_and_its_return_sends_again (void **state)
{
    (void) state;
    BEGIN (USER_SEARCHED, USER_MATCHED, USER_WROTE, USER_PARTNER_AWAY);
    SAYS ("partner_away 1");
    scene_happens (USER_PARTNER_BACK);
    SAYS ("partner_back 1, MESSAGE 1 #1 hello");
    scene_happens (USER_RECEIPTED);
    assert_memory_equal (scene_says (), "answer 2 delivered ", strlen ("answer 2 delivered "));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_who_may_come_back_has_a_secret_of_its_own),
        cmocka_unit_test (test_events_are_numbered_and_answers_are_not),
        cmocka_unit_test (test_a_chat_outlasts_a_short_absence),
        cmocka_unit_test (test_who_does_not_come_back_in_time_leaves_the_chat),
        cmocka_unit_test (test_who_is_away_takes_no_message_and_confirms_none),
        cmocka_unit_test (
            test_what_was_on_its_way_to_a_browser_that_is_cut_off_is_confirmed_when_it_has_it),
        cmocka_unit_test (test_what_the_absent_wrote_still_arrives),
        cmocka_unit_test (test_a_partner_who_leaves_an_absent_one_is_no_surprise_later),
        cmocka_unit_test (test_nobody_is_matched_with_the_absent),
        cmocka_unit_test (test_the_idle_are_forgotten_when_they_do_not_come_back),
        cmocka_unit_test (test_who_is_cut_off_twice_has_the_whole_time_again),
        cmocka_unit_test (test_the_partner_s_absence_is_shown_and_its_return_sends_again),
    };
    return cmocka_run_group_tests (tests, NULL, scene_close);
}
