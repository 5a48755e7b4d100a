// chat_test.c -- a user's half of a chat: writes, hears, confirms, sends again.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/chat.h"
#include "support/cmocka_all.h"
#include "unit/scene.h"

static void
hear_number (uint64_t number)
{
    scene.heard = number - 1;
    scene_happens (USER_HEARD);
}

static void
receive_receipt (uint64_t number)
{
    wire_t wire = {.kind = WIRE_RECEIPT, .as.receipt = {.number = number}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_RECEIPTED, &wire);
}

// The partner's gateway says that all up to `number` have been read.
static void
receive_seen (uint64_t number)
{
    wire_t wire = {.kind = WIRE_RECEIPT, .as.receipt = {.number = number, .seen = number}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_RECEIPTED, &wire);
}

// Waits until something is said, at most `most_ms`. Returns for how long.
static uint64_t
wait_for_word (uint64_t most_ms)
{
    uint64_t begin_ms = scene.users.now_ms;
    scene.said[0] = '\0';
    while (scene.said[0] == '\0' && scene.users.now_ms < begin_ms + most_ms) {
        scene_waits (10);
    }
    return scene.users.now_ms - begin_ms;
}

static void
write_named (const char *id, const char *text)
{
    request_t request = {.ack = ++scene.ack, .id = {id, strlen (id)},
                         .text = {text, strlen (text)}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_WROTE, &request);
}

static int
set_up (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED);
    return 0;
}

static void
test_a_message_is_sent_and_answered_when_it_has_arrived (void **state)
{
    (void) state;
    write_named ("m1", "hello");
    SAYS ("MESSAGE 1 #1 hello");
    receive_receipt (1);
    SAYS ("answer 2 delivered m1");
    assert_string_equal (scene.json, "{\"id\":\"m1\",\"timestamp\":1767225600000}");
    assert_int_equal (scene.users.written, 1);
    assert_int_equal (scene.users.delivered, 1);
}

static void
test_a_message_without_a_name_gets_one (void **state)
{
    (void) state;
    write_named ("", "hello");
    assert_int_equal (scene.wire.as.message.id.bytes, IDENT_SECRET_SIZE - 1);
    assert_int_equal (scene.wire.as.message.at_ms, SCENE_WALL_MS);
}

static void
test_a_receipt_answers_each_message_that_it_covers_once (void **state)
{
    (void) state;
    write_named ("a", "1");
    write_named ("b", "2");
    write_named ("c", "3");
    receive_receipt (2);
    SAYS ("answer 2 delivered a, answer 3 delivered b");
    receive_receipt (2);
    SAYS ("");
    receive_receipt (1);
    SAYS ("");
    receive_receipt (4); // Ahead of what was sent.
    SAYS ("");
    receive_receipt (3);
    SAYS ("answer 4 delivered c");
}

static void
test_what_is_heard_is_shown_once_and_in_order (void **state)
{
    (void) state;
    hear_number (2);
    SAYS ("RECEIPT 1 #0"); // 1 is missing.
    hear_number (1);
    SAYS ("message 1 hi");
    scene_is_written ();
    SAYS ("RECEIPT 1 #1");
    hear_number (1);
    SAYS ("RECEIPT 1 #1"); // A receipt was lost.
    hear_number (2);
    SAYS ("message 1 hi");
}

static void
test_what_is_heard_is_confirmed_when_it_is_out_to_the_browser (void **state)
{
    (void) state;
    hear_number (1);
    hear_number (2);
    hear_number (1); // Sent again meanwhile: it is still on its way to the browser.
    SAYS ("RECEIPT 1 #0");
    scene_is_written ();
    SAYS ("RECEIPT 1 #2");
    scene_is_written (); // Of something else.
    SAYS ("");
}

static void
test_a_browser_that_may_have_missed_sixteen_is_pinged_and_its_answer_is_passed_on (void **state)
{
    (void) state;
    for (uint64_t number = 1; number <= 15; number++) {
        hear_number (number);
        SAYS ("message 1 hi");
    }
    hear_number (16);
    SAYS ("message 1 hi, ping");
    chat_pinged (scene.user);
    hear_number (17);
    scene_is_written ();
    SAYS ("RECEIPT 1 #17");
    chat_answered (scene.user);
    SAYS ("RECEIPT 1 #17 seen 16");
    chat_pinged (scene.user);
    chat_answered (scene.user); // One more is not worth a word.
    SAYS ("");
    hear_number (18);
    scene_is_written ();
    SAYS ("RECEIPT 1 #18 seen 17");
}

static void
test_what_was_not_read_is_kept_and_what_is_kept_has_a_bound (void **state)
{
    (void) state;
    scene.users.messages_per_minute = 0;
    for (int i = 1; i <= LINK_KEPT; i++) {
        write_named ("", "x");
        receive_receipt ((uint64_t) i);
    }
    write_named ("", "x");
    SAYS ("error window_full, answer 258 error window_full");
    receive_seen (1);
    write_named ("", "x");
    SAYS ("MESSAGE 1 #257 x");
}

static void
test_the_browser_gets_text_time_name_and_chat_and_nothing_else (void **state)
{
    (void) state;
    hear_number (1);
    assert_string_equal (scene.json,
                         "{\"text\":\"hi\",\"timestamp\":1767225599995,\"id\":\"p1\","
                         "\"chatId\":\"63010000-0000-0000-0000-000000000000\"}");
}

static void
test_the_browser_never_learns_who_the_partner_is (void **state)
{
    (void) state;
    char partner[IDENT_TEXT_SIZE];
    char alias[IDENT_TEXT_SIZE];
    ident_t ident = partner_ident (1);
    ident_print (&ident, partner);
    ident_print (&scene.user->chat->partner_alias, alias);
    assert_string_not_equal (partner, alias);
    assert_non_null (strstr (scene.json, alias));
    assert_null (strstr (scene.json, partner));
    char expected[256];
    snprintf (expected, sizeof expected,
              "{\"partnerId\":\"%s\",\"chatId\":\"63010000-0000-0000-0000-000000000000\","
              "\"interests\":[]}", alias);
    assert_string_equal (scene.json, expected);
}

static void
test_a_partner_has_another_alias_in_the_next_chat (void **state)
{
    (void) state;
    ident_t first = scene.user->chat->partner_alias;
    scene_happens (USER_SKIPPED);
    scene_happens (USER_MATCHED);
    assert_false (ident_equal (&first, &scene.user->chat->partner_alias));
}

static void
test_what_is_not_confirmed_is_sent_again_by_another_relay_and_less_often (void **state)
{
    (void) state;
    write_named ("a", "1");
    write_named ("b", "2");
    assert_int_equal (scene.attempt, 0);
    static const uint64_t waits[] = {300, 600, 1200, 2000, 2000, 2000};
    for (unsigned i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        // A quarter more or less, besides a tick or two that it was late.
        assert_in_range (wait_for_word (5000), waits[i] * 3 / 4 - 20, waits[i] * 5 / 4 + 20);
        SAYS ("MESSAGE 1 #1 1, MESSAGE 1 #2 2");
        assert_int_equal (scene.attempt, i + 1);
    }
    assert_int_equal (scene.users.resent, 12);
    receive_receipt (2);
    scene_waits (9000);
    SAYS ("");
}

static void
test_how_long_a_receipt_took_decides_how_long_the_next_is_waited_for (void **state)
{
    (void) state;
    write_named ("a", "1");
    scene_waits (200);
    receive_receipt (1); // 200 ms, and twice as much more for what is not known yet.
    write_named ("b", "2");
    assert_in_range (wait_for_word (5000), 450 - 20, 750 + 20);
    SAYS ("MESSAGE 1 #2 2");
    scene_waits (10);
    receive_receipt (2); // Of which of the two is not known: nothing was measured.
    write_named ("c", "3");
    assert_in_range (wait_for_word (5000), 900 - 20, 1500 + 20);
    receive_receipt (3);
    for (uint64_t number = 4; number < 20; number++) {
        write_named ("", "x");
        receive_receipt (number); // At once.
    }
    write_named ("d", "4");
    assert_in_range (wait_for_word (5000), 150 - 20, 250 + 20);
}

static void
test_a_relay_that_comes_or_goes_is_no_reason_to_wait (void **state)
{
    (void) state;
    chat_relay_changed (scene.user); // Nothing is on its way.
    write_named ("a", "1");
    assert_in_range (wait_for_word (5000), 200, 400);
    assert_int_equal (scene.attempt, 1);
    scene_says ();
    chat_relay_changed (scene.user);
    SAYS ("MESSAGE 1 #1 1");
    assert_int_equal (scene.attempt, 0); // By whichever is best now.
}

static void
test_a_message_sent_again_keeps_its_time_and_name (void **state)
{
    (void) state;
    write_named ("", "hello");
    wait_for_word (1000);
    SAYS ("MESSAGE 1 #1 hello");
    assert_int_equal (scene.wire.as.message.at_ms, SCENE_WALL_MS);
    receive_receipt (1);
    assert_non_null (strstr (scene.json, "\"timestamp\":1767225600000"));
}

static void
test_without_a_relay_nothing_is_lost_and_its_writer_is_told_once (void **state)
{
    (void) state;
    scene.no_relay = true;
    write_named ("a", "1");
    SAYS (""); // It may be back in a moment.
    write_named ("b", "2");
    wait_for_word (1000);
    SAYS ("error no_relay");
    scene_waits (5000);
    SAYS ("");
    scene.no_relay = false;
    chat_relay_changed (scene.user);
    SAYS ("MESSAGE 1 #1 1, MESSAGE 1 #2 2");
    receive_receipt (2);
    scene.no_relay = true; // Another time is another time.
    chat_relay_changed (scene.user);
    write_named ("c", "3");
    wait_for_word (5000);
    SAYS ("error no_relay");
}

static void
test_the_65th_message_on_its_way_is_refused (void **state)
{
    (void) state;
    scene.users.messages_per_minute = 0;
    for (int i = 0; i < LINK_WINDOW; i++) {
        write_named ("", "x");
    }
    write_named ("", "x");
    SAYS ("error window_full, answer 66 error window_full");
    assert_string_equal (scene.json,
                         "{\"error\":{\"message\":\"Too many messages are waiting to be "
                         "delivered\",\"code\":\"window_full\",\"retryAfter\":1}}");
    receive_receipt (1);
    write_named ("", "x");
    SAYS ("MESSAGE 1 #65 x");
}

static void
test_of_25_messages_in_a_burst_20_are_sent (void **state)
{
    (void) state;
    for (int i = 1; i <= 20; i++) {
        char expected[64];
        snprintf (expected, sizeof expected, "MESSAGE 1 #%d x", i);
        write_named ("", "x");
        SAYS (expected);
    }
    for (int i = 0; i < 5; i++) {
        write_named ("", "x");
        assert_string_equal (scene.json,
                             "{\"error\":{\"message\":\"Too many messages sent\","
                             "\"code\":\"too_many_messages\",\"retryAfter\":3}}");
    }
    SAYS ("error too_many_messages, answer 26 error too_many_messages");
    assert_int_equal (scene_refused (), 5);
    receive_receipt (20);
    scene_waits (3000); // As long as was said.
    write_named ("", "x");
    SAYS ("MESSAGE 1 #21 x");
}

static void
test_the_budget_follows_the_user_into_the_next_chat (void **state)
{
    (void) state;
    for (int i = 0; i < 20; i++) {
        write_named ("", "x");
    }
    scene_happens (USER_SKIPPED);
    scene_happens (USER_MATCHED);
    write_named ("", "x");
    SAYS ("error too_many_messages, answer 23 error too_many_messages");
}

static void
test_what_did_not_arrive_when_the_chat_ends_is_answered_so (void **state)
{
    (void) state;
    write_named ("a", "1");
    write_named ("b", "2");
    receive_receipt (1);
    scene_happens (USER_PARTNER_GONE);
    SAYS ("answer 3 error not_delivered, partner_left 1 skipped");
    write_named ("c", "3");
    SAYS ("error not_in_chat, answer 4 error not_in_chat");
}

static void
test_who_skips_learns_what_did_not_arrive (void **state)
{
    (void) state;
    write_named ("a", "1");
    scene_happens (USER_SKIPPED);
    SAYS ("GONE 1 skipped, answer 2 error not_delivered, SEARCH 2 of 1 sent 1 received 0");
}

static void
test_a_request_without_an_ack_is_not_answered (void **state)
{
    (void) state;
    request_t request = {.ack = USER_NO_ACK, .id = {"a", 1}, .text = {"x", 1}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_WROTE, &request);
    SAYS ("MESSAGE 1 #1 x");
    receive_receipt (1);
    SAYS ("");
    user_step (scene.user, USER_SEARCHED, &request);
    SAYS ("error already_in_chat");
}

static void
test_a_message_said_twice_is_sent_once (void **state)
{
    (void) state;
    write_named ("a", "1");
    SAYS ("MESSAGE 1 #1 1");
    write_named ("a", "1"); // By a browser that has come back and does not know.
    SAYS ("");
    write_named ("b", "2");
    SAYS ("MESSAGE 1 #2 2");
    receive_receipt (1);
    SAYS ("answer 3 delivered a"); // The newer request is the one that is awaited.
    write_named ("a", "1");
    SAYS ("answer 5 delivered a");
    assert_string_equal (scene.json, "{\"id\":\"a\",\"timestamp\":1767225600000}");
    assert_int_equal (scene.users.written, 2);
}

static void
test_a_name_is_new_in_the_next_chat (void **state)
{
    (void) state;
    write_named ("a", "1");
    receive_receipt (1);
    scene_happens (USER_SKIPPED);
    scene_happens (USER_MATCHED);
    write_named ("a", "2");
    SAYS ("MESSAGE 2 #1 2");
}

static void
test_the_matcher_s_notice_ends_a_chat_as_the_partner_s_does (void **state)
{
    (void) state;
    wire_t ended = {.kind = WIRE_ENDED,
                    .as.ended = {scene.user->id, chat_ident (1), REASON_DISCONNECTED}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_PARTNER_GONE, &ended);
    SAYS ("partner_left 1 disconnected");
    assert_string_equal (scene.json,
                         "{\"chatId\":\"63010000-0000-0000-0000-000000000000\","
                         "\"reason\":\"disconnected\"}");
}

static void
test_typing_is_shown_and_hidden (void **state)
{
    (void) state;
    wire_t typing = {.kind = WIRE_TYPING, .as.typing = {.on = 0}};
    scene_happens (USER_PARTNER_TYPED);
    SAYS ("typing 1 on");
    user_step (scene.user, USER_PARTNER_TYPED, &typing);
    SAYS ("typing 1 off");
    request_t request = {.ack = USER_NO_ACK, .on = false};
    user_step (scene.user, USER_TYPED, &request);
    SAYS ("TYPING 1 off");
}

static void
test_a_quiet_chat_shows_every_ten_seconds_that_it_stands (void **state)
{
    (void) state;
    scene_waits (9900);
    SAYS ("");
    scene_waits (200);
    SAYS ("RECEIPT 1 #0");
    hear_number (1);
    scene_is_written ();
    scene_waits (10100);
    SAYS ("RECEIPT 1 #1");
}

#define IN_CHAT(test) cmocka_unit_test_setup (test, set_up)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        IN_CHAT (test_a_message_is_sent_and_answered_when_it_has_arrived),
        IN_CHAT (test_a_message_without_a_name_gets_one),
        IN_CHAT (test_a_receipt_answers_each_message_that_it_covers_once),
        IN_CHAT (test_what_is_heard_is_shown_once_and_in_order),
        IN_CHAT (test_what_is_heard_is_confirmed_when_it_is_out_to_the_browser),
        IN_CHAT (test_a_browser_that_may_have_missed_sixteen_is_pinged_and_its_answer_is_passed_on),
        IN_CHAT (test_what_was_not_read_is_kept_and_what_is_kept_has_a_bound),
        IN_CHAT (test_the_browser_gets_text_time_name_and_chat_and_nothing_else),
        IN_CHAT (test_the_browser_never_learns_who_the_partner_is),
        IN_CHAT (test_a_partner_has_another_alias_in_the_next_chat),
        IN_CHAT (test_what_is_not_confirmed_is_sent_again_by_another_relay_and_less_often),
        IN_CHAT (test_how_long_a_receipt_took_decides_how_long_the_next_is_waited_for),
        IN_CHAT (test_a_relay_that_comes_or_goes_is_no_reason_to_wait),
        IN_CHAT (test_a_message_sent_again_keeps_its_time_and_name),
        IN_CHAT (test_without_a_relay_nothing_is_lost_and_its_writer_is_told_once),
        IN_CHAT (test_the_65th_message_on_its_way_is_refused),
        IN_CHAT (test_of_25_messages_in_a_burst_20_are_sent),
        IN_CHAT (test_the_budget_follows_the_user_into_the_next_chat),
        IN_CHAT (test_what_did_not_arrive_when_the_chat_ends_is_answered_so),
        IN_CHAT (test_who_skips_learns_what_did_not_arrive),
        IN_CHAT (test_a_request_without_an_ack_is_not_answered),
        IN_CHAT (test_a_message_said_twice_is_sent_once),
        IN_CHAT (test_a_name_is_new_in_the_next_chat),
        IN_CHAT (test_the_matcher_s_notice_ends_a_chat_as_the_partner_s_does),
        IN_CHAT (test_typing_is_shown_and_hidden),
        IN_CHAT (test_a_quiet_chat_shows_every_ten_seconds_that_it_stands),
    };
    return cmocka_run_group_tests (tests, NULL, scene_close);
}
