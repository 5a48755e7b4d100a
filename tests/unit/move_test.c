// move_test.c -- a user comes to another gateway, planned or by the death of its own.

#include <stdio.h>
#include <string.h>

#include "gateway/chat.h"
#include "support/cmocka_all.h"
#include "unit/scene.h"

#define IN_CHAT "7.3.00000000" // Event 7; message 3 of the chat that a RESUMED tells of.

// The end of what the browser got last: the offset.
static void
assert_offset (const char *offset)
{
    char expected[128];
    size_t bytes = (size_t) snprintf (expected, sizeof expected, ",\"%s\"", offset);
    assert_true (strlen (scene.json) > bytes);
    assert_string_equal (scene.json + strlen (scene.json) - bytes, expected);
}

static void
hear_number (uint64_t number)
{
    scene.heard = number - 1;
    scene_happens (USER_HEARD);
}

// The partner says "hi" under that number and name.
static void
hear_named (uint64_t number, const char *name)
{
    wire_t message = {WIRE_MESSAGE,
                      .as.message = {.chat = chat_ident (1), .number = number,
                                     .id = {name, strlen (name)}, .text = {"hi", 2}}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_HEARD, &message);
}

// The partner's gateway has got all that was written, and sends what was missed up to `taken`.
static void
stand (uint64_t number, uint64_t first, uint64_t taken)
{
    wire_t stands = {WIRE_STANDS,
                     .as.stands = {.from = scene.there, .number = number, .first = first,
                                   .taken = taken}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_PARTNER_STANDS, &stands);
}

// --- A matcher is asked ---

static void
test_a_matcher_is_asked_until_it_answers (void **state)
{
    (void) state;
    COMES_TO (USER_RETURNING, IN_CHAT);
    SAYS ("RESUME");
    ident_t nonce = scene.wire.as.resume.nonce;
    scene_waits (520);
    SAYS ("RESUME");
    assert_true (ident_equal (&scene.wire.as.resume.nonce, &nonce));
    assert_int_equal (scene.attempt, 1); // Another matcher.
    scene_happens (USER_WAS_IDLE);
    SAYS ("accept, state idle");
    scene_waits (5000);
    SAYS ("");
}

static void
test_each_coming_back_has_a_name_of_its_own (void **state)
{
    (void) state;
    COMES_TO (USER_RETURNING, IN_CHAT);
    ident_t nonce = scene.wire.as.resume.nonce;
    COMES_TO (USER_RETURNING, IN_CHAT);
    assert_false (ident_is_nil (&nonce));
    assert_false (ident_equal (&scene.wire.as.resume.nonce, &nonce));
}

static void
test_the_id_follows_from_the_token_and_does_not_tell_it (void **state)
{
    (void) state;
    scene_open_with (SCENE_RECOVERY_MS);
    ident_t id = user_of_token (&scene.user->token);
    assert_true (ident_equal (&scene.user->id, &id));
    assert_false (ident_equal (&id, &scene.user->token));
    user_t *elsewhere = user_resume (&scene.users, &scene, &scene.user->token, &(offset_t){0});
    assert_true (ident_equal (&elsewhere->id, &id));
    user_destroy (&elsewhere);
}

static void
test_who_is_not_known_any_more_is_somebody_new (void **state)
{
    (void) state;
    COMES_TO (USER_RETURNING, IN_CHAT);
    ident_t token = scene.user->token;
    scene_happens (USER_WAS_UNKNOWN);
    SAYS ("renamed, accept, state idle");
    assert_offset ("1");
    assert_false (ident_equal (&token, &scene.user->token));
    scene_happens (USER_SEARCHED);
    SAYS ("SEARCH 1");
}

static void
test_if_no_matcher_knows_in_time_it_is_somebody_new_too (void **state)
{
    (void) state;
    scene_open_with (SCENE_RECOVERY_MS);
    scene_open_returning (SCENE_RECOVERY_MS, IN_CHAT);
    scene.no_matcher = true;
    scene_waits (SCENE_RECOVERY_MS - 10);
    SAYS (""); // Not a word of an error: the browser does not know that anybody is asked.
    assert_int_equal (scene.user->state, USER_RETURNING);
    scene_waits (600);
    SAYS ("renamed, accept, state idle");
}

static void
test_what_a_browser_was_told_while_it_waited_is_forgotten (void **state)
{
    (void) state;
    COMES_TO (USER_IDLE, IN_CHAT, USER_WROTE, USER_WAS_UNKNOWN); // Memory is looked after.
    assert_offset ("1");
    COMES_TO (USER_IDLE, IN_CHAT, USER_WROTE, USER_WAS_IDLE);
    assert_offset ("8");
}

// --- What it was doing ---

static void
test_who_was_idle_goes_on_with_its_next_event (void **state)
{
    (void) state;
    COMES_TO (USER_IDLE, "7", USER_WAS_IDLE);
    SAYS ("accept, state idle");
    assert_offset ("8");
    assert_true (recall_has (&scene.user->recall, 7));
    assert_false (recall_has (&scene.user->recall, 6));
    scene_happens (USER_SEARCHED);
    SAYS ("SEARCH 65537");
}

static void
test_who_was_left_meanwhile_is_told_if_it_knew_of_the_chat (void **state)
{
    (void) state;
    COMES_TO (USER_IDLE, IN_CHAT, USER_WAS_PARTED);
    SAYS ("partner_left 1 skipped, accept, state idle");
    COMES_TO (USER_IDLE, "7.3.0000000b", USER_WAS_PARTED); // It knew of another one.
    SAYS ("accept, state idle");
    COMES_TO (USER_IDLE, "7", USER_WAS_PARTED);
    SAYS ("accept, state idle");
}

static void
test_who_searched_keeps_its_place (void **state)
{
    (void) state;
    COMES_TO (USER_SEARCHING, "7", USER_WAS_SEARCHING);
    SAYS ("accept, state searching, SEARCH 65537");
    assert_int_equal (scene.wire.as.search.waits_ms, SCENE_WAITS_MS);
    scene_happens (USER_MATCHED);
    SAYS ("RECEIPT 2 #0, matched 2");
}

static void
test_who_chatted_is_let_in_when_the_partner_s_gateway_has_nothing_for_it (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    SAYS ("MOVED 1 turn 65536 #3");
    stand (2, 1, 3);
    SAYS ("accept, state chatting 1");
    assert_offset ("8.3.00000000");
    scene_happens (USER_WROTE);
    SAYS ("MESSAGE 1 #3 hello"); // Two had arrived before.
    scene_waits (10);
    hear_number (4);
    SAYS ("message 1 hi");
}

static void
test_what_was_missed_comes_before_it_is_let_in (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    stand (0, 1, 5);
    SAYS ("");
    hear_number (4);
    SAYS (""); // A client whose connection broke now would hear it twice.
    hear_number (5);
    SAYS ("message 1 hi, message 1 hi, accept, state chatting 1");
    assert_offset ("10.5.00000000");
    scene_is_written ();
    SAYS ("RECEIPT 1 #5 seen 3");
}

static void
test_who_had_not_read_of_its_chat_is_told_before_it_is_let_in (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, "7", USER_WAS_CHATTING);
    SAYS ("MOVED 1 turn 65536 #0");
    stand (0, 1, 1);
    hear_number (1);
    SAYS ("matched 1, message 1 hi, accept, state chatting 1");
    COMES_TO (USER_CHATTING, "7.3.0000000b", USER_WAS_CHATTING); // It knew of another one.
    SAYS ("MOVED 1 turn 65536 #0");
    stand (0, 1, 0);
    SAYS ("matched 1, accept, state chatting 1");
}

static void
test_what_nobody_has_any_more_is_not_waited_for (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, "7", USER_WAS_CHATTING);
    stand (0, 5, 5);
    SAYS ("");
    hear_number (5);
    SAYS ("matched 1, message 1 hi, accept, state chatting 1");
}

static void
test_the_partner_s_gateway_is_told_until_it_answers (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    scene_waits (400);
    SAYS ("MOVED 1 turn 65536 #3");
    assert_int_equal (scene.attempt, 1); // By another relay.
    chat_relay_changed (scene.user);
    SAYS ("MOVED 1 turn 65536 #3");
    stand (0, 1, 3);
    scene_waits (5000);
    SAYS ("");
}

static void
test_it_is_let_in_after_a_second_whatever_it_may_miss (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    scene_waits (980);
    assert_null (strstr (scene_says (), "accept"));
    scene_waits (40);
    // A MOVED may be due in the same moment, sooner or later by chance.
    assert_non_null (strstr (scene_says (), "accept, state chatting 1"));
    scene_happens (USER_WROTE);
    SAYS (""); // Its number is not known yet.
    stand (6, 1, 4);
    SAYS ("MESSAGE 1 #7 hello");
    hear_number (4);
    SAYS ("message 1 hi");
}

static void
test_a_partner_that_has_left_meanwhile_is_told_before_it_is_let_in (void **state)
{
    (void) state;
    COMES_TO (USER_IDLE, IN_CHAT, USER_WAS_CHATTING, USER_PARTNER_GONE);
    SAYS ("partner_left 1 skipped, accept, state idle");
    scene_waits (5000);
    SAYS ("");
    scene_happens (USER_SEARCHED);
    SAYS ("SEARCH 65537 of 1 sent 0 received 3");
}

static void
test_both_may_move_at_once (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    SAYS ("MOVED 1 turn 65536 #3");
    scene_happens (USER_PARTNER_MOVED); // Nobody is left at the gateway that was told.
    SAYS ("STANDS 1 #3 first 1 taken 0, accept, state chatting 1");
    scene_waits (5000);
    SAYS ("");
    scene_happens (USER_WROTE);
    SAYS ("MESSAGE 1 #1 hello");
}

// Found by a storm: "delivered", but the browser had not been sent it. Its user was back where its
// partner still took it to be, heard the partner before the two had agreed, and called that read.
static void
test_nothing_is_taken_before_the_two_agree (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    SAYS ("MOVED 1 turn 65536 #3");
    hear_number (4);
    SAYS ("");
    chat_relay_changed (scene.user);
    SAYS ("MOVED 1 turn 65536 #3");
    stand (0, 1, 4);
    SAYS ("");
    hear_number (4);
    SAYS ("message 1 hi, accept, state chatting 1");
    scene_is_written ();
    SAYS ("RECEIPT 1 #4 seen 3");
}

// Both ends were at one gateway, and it is dead: only browsers know what was said. The partner's says
// again what it has no answer for, under the next number.
static void
test_what_is_said_again_by_a_partner_that_has_moved_is_not_shown_again (void **state)
{
    (void) state;
    char offset[128];
    scene_open_with (SCENE_RECOVERY_MS);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    scene.user->chat->partner_gateway = scene.users.gateway;
    scene.there = scene.users.gateway;
    scene_happens (USER_HEARD);
    const char *last = strrchr (scene.json, ',');
    assert_int_equal (sscanf (last, ",\"%127[^\"]", offset), 1);
    assert_memory_equal (offset, "2.1.00000000.", 13);
    scene_open_returning (SCENE_RECOVERY_MS, offset);
    scene_happens (USER_WAS_CHATTING);
    scene_happens (USER_PARTNER_MOVED);
    SAYS ("STANDS 1 #1 first 1 taken 0, accept, state chatting 1");
    hear_named (2, "p1"); // The same once more.
    SAYS ("RECEIPT 1 #2 seen 1");
    hear_named (3, "p3");
    SAYS ("message 1 hi");
    hear_named (4, "p1");
    scene_is_written ();
    SAYS ("RECEIPT 1 #4 seen 1");
}

// --- Its connection is lost again meanwhile ---

static void
test_who_is_cut_off_while_a_matcher_is_asked_may_come_back (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_CUT_OFF, USER_WAS_CHATTING);
    SAYS ("MOVED 1 turn 65536 #3, AWAY 1");
    stand (0, 1, 4);
    SAYS ("");
    scene_happens (USER_RETURNED);
    SAYS ("accept, state chatting 1, BACK 1");
    hear_number (4);
    SAYS ("message 1 hi");
    COMES_TO (USER_SEARCHING, IN_CHAT, USER_CUT_OFF, USER_WAS_SEARCHING);
    SAYS ("SEARCH 65537, LEAVE 65538 disconnected");
    COMES_TO (USER_IDLE, IN_CHAT, USER_CUT_OFF, USER_WAS_IDLE);
    SAYS ("");
    scene_waits (SCENE_RECOVERY_MS + 20);
    SAYS ("done");
}

static void
test_who_does_not_come_back_to_a_chat_that_it_has_brought_leaves_it (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_CUT_OFF, USER_WAS_CHATTING);
    stand (0, 1, 3);
    scene_waits (SCENE_RECOVERY_MS - 20);
    assert_null (strstr (scene_says (), "GONE"));
    scene_waits (40);
    SAYS ("GONE 1 disconnected, LEAVE 65537 disconnected of 1 sent 0 received 3");
}

// --- It goes on elsewhere ---

static void
test_who_has_gone_on_elsewhere_is_forgotten_and_its_partner_hears_nothing (void **state)
{
    (void) state;
    scene_open_with (SCENE_RECOVERY_MS);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    scene_happens (USER_WROTE);
    scene_happens (USER_CUT_OFF);
    scene_happens (USER_TAKEN_AWAY);
    SAYS ("done");
    assert_null (scene.user);
}

static void
test_a_connection_that_still_lives_is_told_and_put_out (void **state)
{
    (void) state;
    scene_open_with (SCENE_RECOVERY_MS);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    scene_happens (USER_WROTE);
    scene_happens (USER_TAKEN_AWAY);
    SAYS ("error taken_over, put_out, done");
    assert_string_equal (scene.json, "{\"message\":\"You have gone on somewhere else\","
                                     "\"code\":\"taken_over\"}"); // Without an offset.
}

static void
test_a_page_of_the_first_version_is_told_in_its_own_words (void **state)
{
    (void) state;
    scene_open_with (SCENE_RECOVERY_MS);
    scene.users.legacy = true;
    scene_happens (USER_TAKEN_AWAY);
    SAYS ("error taken_over, put_out, done");
    assert_string_equal (scene.json, "\"You have gone on somewhere else\","
                                     "{\"message\":\"You have gone on somewhere else\","
                                     "\"code\":\"taken_over\"}");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_matcher_is_asked_until_it_answers),
        cmocka_unit_test (test_each_coming_back_has_a_name_of_its_own),
        cmocka_unit_test (test_the_id_follows_from_the_token_and_does_not_tell_it),
        cmocka_unit_test (test_who_is_not_known_any_more_is_somebody_new),
        cmocka_unit_test (test_if_no_matcher_knows_in_time_it_is_somebody_new_too),
        cmocka_unit_test (test_what_a_browser_was_told_while_it_waited_is_forgotten),
        cmocka_unit_test (test_who_was_idle_goes_on_with_its_next_event),
        cmocka_unit_test (test_who_was_left_meanwhile_is_told_if_it_knew_of_the_chat),
        cmocka_unit_test (test_who_searched_keeps_its_place),
        cmocka_unit_test (test_who_chatted_is_let_in_when_the_partner_s_gateway_has_nothing_for_it),
        cmocka_unit_test (test_what_was_missed_comes_before_it_is_let_in),
        cmocka_unit_test (test_who_had_not_read_of_its_chat_is_told_before_it_is_let_in),
        cmocka_unit_test (test_what_nobody_has_any_more_is_not_waited_for),
        cmocka_unit_test (test_the_partner_s_gateway_is_told_until_it_answers),
        cmocka_unit_test (test_it_is_let_in_after_a_second_whatever_it_may_miss),
        cmocka_unit_test (test_a_partner_that_has_left_meanwhile_is_told_before_it_is_let_in),
        cmocka_unit_test (test_both_may_move_at_once),
        cmocka_unit_test (test_nothing_is_taken_before_the_two_agree),
        cmocka_unit_test (test_what_is_said_again_by_a_partner_that_has_moved_is_not_shown_again),
        cmocka_unit_test (test_who_is_cut_off_while_a_matcher_is_asked_may_come_back),
        cmocka_unit_test (test_who_does_not_come_back_to_a_chat_that_it_has_brought_leaves_it),
        cmocka_unit_test (test_who_has_gone_on_elsewhere_is_forgotten_and_its_partner_hears_nothing),
        cmocka_unit_test (test_a_connection_that_still_lives_is_told_and_put_out),
        cmocka_unit_test (test_a_page_of_the_first_version_is_told_in_its_own_words),
    };
    return cmocka_run_group_tests (tests, NULL, scene_close);
}
