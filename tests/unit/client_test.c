// client_test.c -- what browsers may send, and what they may not.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/client.h"
#include "support/cmocka_all.h"
#include "unit/scene.h"

#define CHAT_1 "\"63010000-0000-0000-0000-000000000000\""
#define CHAT_2 "\"63020000-0000-0000-0000-000000000000\""
#define REFUSED(code) "error " code ", answer 9 error " code
#define GRIN "\xf0\x9f\x98\x80"

// A browser sends the event that the JSON array has at its beginning.
static const char *
says_to (const char *json)
{
    size_t bytes;
    value_t *arguments = value_read (json, strlen (json));
    assert_non_null (arguments);
    const char *name = value_text (value_item (arguments, 0), &bytes);
    scene.said[0] = '\0';
    client_hear (scene.user, name, arguments, 9);
    value_free (&arguments);
    return scene_says ();
}

static void
begin_chat (void)
{
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED);
}

typedef struct {
    const char *json;
    const char *says; // In a chat.
} row_t;

static void
check_rows (const row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        begin_chat ();
        const char *said = says_to (rows[i].json);
        if (strcmp (said, rows[i].says) != 0) {
            fail_msg ("%s: said \"%s\", not \"%s\"", rows[i].json, said, rows[i].says);
        }
    }
}

#define CHECK(rows) check_rows (rows, sizeof rows / sizeof rows[0])

static void
test_messages_are_taken_as_they_should_be (void **state)
{
    (void) state;
    static const row_t rows[] = {
        {"[\"message\",{\"text\":\"hello\"}]", "MESSAGE 1 #1 hello"},
        {"[\"message\",{\"text\":\" a \"}]", "MESSAGE 1 #1  a "},
        {"[\"message\",{\"text\":\"hello\",\"id\":\"m1\"}]", "MESSAGE 1 #1 hello"},
        {"[\"message\",{\"text\":\"hello\",\"id\":\"\"}]", "MESSAGE 1 #1 hello"},
        {"[\"message\",{\"text\":\"hello\",\"chatId\":" CHAT_1 "}]", "MESSAGE 1 #1 hello"},
        {"[\"message\",{\"text\":\"<img src=1 onerror=alert(1)>\"}]",
         "MESSAGE 1 #1 <img src=1 onerror=alert(1)>"},
        {"[\"message\",{\"text\":\"\xf0\x9f\x91\x8d\xe2\x80\x8d\"}]",
         "MESSAGE 1 #1 \xf0\x9f\x91\x8d\xe2\x80\x8d"},
        {"[\"message\",{\"text\":\"a\\r\\nb\\n\\n\\n\\nc\"}]", "MESSAGE 1 #1 a\nb\n\nc"},
        {"[\"message\",{\"text\":\"hello\"},1,null,[]]", "MESSAGE 1 #1 hello"},
    };
    CHECK (rows);
}

static void
test_other_messages_are_refused (void **state)
{
    (void) state;
    static const row_t rows[] = {
        {"[\"message\"]", REFUSED ("invalid_message")},
        {"[\"message\",null]", REFUSED ("invalid_message")},
        {"[\"message\",5]", REFUSED ("invalid_message")},
        {"[\"message\",true]", REFUSED ("invalid_message")},
        {"[\"message\",\"hello\"]", REFUSED ("invalid_message")},
        {"[\"message\",[]]", REFUSED ("invalid_message")},
        {"[\"message\",[\"text\",\"hello\"]]", REFUSED ("invalid_message")},
        {"[\"message\",{}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"message\":{\"a\":1}}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":null}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":5}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":[\"hello\"]}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":{\"text\":\"hello\"}}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":\"\"}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":\" \\n\\t\"}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":\"\\u200b\"}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":\"\\u2800\"}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":\"\\u3164\"}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":\"\\u00a0\"}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":\"\\u2060\\ufeff\"}]", REFUSED ("invalid_message")},
        {"[\"message\",{\"text\":\"hello\",\"id\":5}]", REFUSED ("invalid_payload")},
        {"[\"message\",{\"text\":\"hello\",\"id\":{}}]", REFUSED ("invalid_payload")},
    };
    CHECK (rows);
}

static void
test_other_events_are_taken_or_refused (void **state)
{
    (void) state;
    static const row_t rows[] = {
        {"[\"typing\",{\"on\":true}]", "TYPING 1 on"},
        {"[\"typing\",{\"on\":false}]", "TYPING 1 off"},
        {"[\"typing\"]", REFUSED ("invalid_payload")},
        {"[\"typing\",true]", REFUSED ("invalid_payload")},
        {"[\"typing\",{\"on\":1}]", REFUSED ("invalid_payload")},
        {"[\"typing\",{\"on\":\"true\"}]", REFUSED ("invalid_payload")},
        {"[\"search\"]", REFUSED ("already_in_chat")},
        {"[\"search\",null]", REFUSED ("already_in_chat")},
        {"[\"search\",{\"interests\":[\"a\"],\"language\":\"en\",\"more\":{\"b\":[]}}]",
         REFUSED ("already_in_chat")},
        {"[\"block\",{}]", "GONE 1 ended, BLOCK 1 at 0, LEAVE 2 ended of 1 sent 0 received 0"},
        {"[\"block\",{\"chatId\":" CHAT_1 "}]",
         "GONE 1 ended, BLOCK 1 at 0, LEAVE 2 ended of 1 sent 0 received 0"},
        {"[\"block\",[]]", REFUSED ("invalid_payload")},
        {"[\"undo\"]", REFUSED ("already_in_chat")},
        {"[\"undo\",7]", REFUSED ("invalid_payload")},
        {"[\"search\",5]", REFUSED ("invalid_payload")},
        {"[\"search\",\"x\"]", REFUSED ("invalid_payload")},
        {"[\"search\",[]]", REFUSED ("invalid_payload")},
        {"[\"skip\",{\"a\":{\"b\":{\"c\":1}}}]",
         "GONE 1 skipped, SEARCH 2 of 1 sent 0 received 0"},
        {"[\"skip\",1]", REFUSED ("invalid_payload")},
        {"[\"end_chat\",{}]",
         "GONE 1 ended, LEAVE 2 ended of 1 sent 0 received 0"},
        {"[\"end_chat\",false]", REFUSED ("invalid_payload")},
        {"[\"\"]", REFUSED ("unknown_event")},
        {"[\"Search\"]", REFUSED ("unknown_event")},
        {"[\"searchx\"]", REFUSED ("unknown_event")},
        {"[\"matched\",{}]", REFUSED ("unknown_event")},
        {"[\"partner_left\"]", REFUSED ("unknown_event")},
        {"[\"__proto__\",{}]", REFUSED ("unknown_event")},
    };
    CHECK (rows);
}

static void
test_what_is_wished_is_read_or_refused (void **state)
{
    (void) state;
    static const row_t rows[] = {
        {"[\"search\",{\"interests\":[]}]", "SEARCH 1"},
        {"[\"search\",{\"interests\":null,\"language\":null}]", "SEARCH 1"},
        {"[\"search\",{\"interests\":[\"a\",\"A\",\"b\"],\"language\":\"pt-BR\"}]",
         "SEARCH 1"},
        {"[\"skip\",{\"interests\":[\"a\"]}]", "SEARCH 1"},
        {"[\"search\",{\"interests\":\"a\"}]", REFUSED ("invalid_interests")},
        {"[\"search\",{\"interests\":{\"0\":\"a\"}}]", REFUSED ("invalid_interests")},
        {"[\"search\",{\"interests\":[1]}]", REFUSED ("invalid_interests")},
        {"[\"search\",{\"interests\":[\"a\",null]}]", REFUSED ("invalid_interests")},
        {"[\"search\",{\"interests\":[[\"a\"]]}]", REFUSED ("invalid_interests")},
        {"[\"search\",{\"interests\":[\" \"]}]", REFUSED ("invalid_interests")},
        {"[\"search\",{\"interests\":[\"a\\u0000b\"]}]", REFUSED ("invalid_interests")},
        {"[\"search\",{\"interests\":[\"\\ud800\"]}]", REFUSED ("invalid_interests")},
        {"[\"skip\",{\"interests\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\","
         "\"10\",\"11\"]}]", REFUSED ("invalid_interests")},
        {"[\"search\",{\"language\":5}]", REFUSED ("invalid_language")},
        {"[\"search\",{\"language\":[\"en\"]}]", REFUSED ("invalid_language")},
        {"[\"search\",{\"language\":\"\"}]", REFUSED ("invalid_language")},
        {"[\"search\",{\"language\":\"e\\u0000n\"}]", REFUSED ("invalid_language")},
        {"[\"search\",{\"interests\":[\"a\"],\"language\":\"english!\"}]",
         REFUSED ("invalid_language")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scene_open_with (0);
        assert_string_equal (says_to (rows[i].json), rows[i].says);
    }
}

static void
test_what_names_another_chat_is_refused_and_reaches_nobody (void **state)
{
    (void) state;
    static const row_t rows[] = {
        {"[\"message\",{\"text\":\"late\",\"chatId\":" CHAT_2 "}]", REFUSED ("chat_over")},
        {"[\"message\",{\"text\":\"late\",\"chatId\":\"1\"}]", REFUSED ("chat_over")},
        {"[\"message\",{\"text\":\"late\",\"chatId\":5}]", REFUSED ("chat_over")},
        {"[\"message\",{\"text\":\"late\",\"chatId\":[]}]", REFUSED ("chat_over")},
        {"[\"skip\",{\"chatId\":" CHAT_2 "}]", REFUSED ("chat_over")},
        {"[\"block\",{\"chatId\":" CHAT_2 "}]", REFUSED ("chat_over")},
        {"[\"block\",{\"chatId\":\"00000000-0000-0000-0000-000000000000\"}]",
         REFUSED ("chat_over")},
        {"[\"undo\",{\"chatId\":" CHAT_2 "}]", REFUSED ("chat_over")},
        {"[\"end_chat\",{\"chatId\":" CHAT_2 "}]", REFUSED ("chat_over")},
        {"[\"end_chat\",{\"chatId\":" CHAT_1 "}]",
         "GONE 1 ended, LEAVE 2 ended of 1 sent 0 received 0"},
    };
    CHECK (rows);
    scene_open_with (0); // Nor does a user without a chat find one.
    assert_string_equal (says_to ("[\"message\",{\"text\":\"x\",\"chatId\":" CHAT_1 "}]"),
                         REFUSED ("chat_over"));
}

static void
test_a_late_message_does_not_reach_the_next_partner (void **state)
{
    (void) state;
    begin_chat ();
    scene_happens (USER_SKIPPED);
    scene_happens (USER_MATCHED);
    assert_string_equal (says_to ("[\"message\",{\"text\":\"late\",\"chatId\":" CHAT_1 "}]"),
                         REFUSED ("chat_over"));
    assert_string_equal (says_to ("[\"message\",{\"text\":\"now\",\"chatId\":" CHAT_2 "}]"),
                         "MESSAGE 2 #1 now");
}

static void
test_members_that_are_not_known_go_no_further (void **state)
{
    (void) state;
    begin_chat ();
    assert_string_equal (
        says_to ("[\"message\",{\"text\":\"x\",\"timestamp\":0,\"extra\":{\"a\":[1]},"
                 "\"__proto__\":{\"b\":1},\"to\":\"B\",\"senderId\":\"B\",\"partner\":\"B\"}]"),
        "MESSAGE 1 #1 x");
    // The scene has seen to who it comes from and goes to; the time is ours, and so is the name.
    assert_int_equal (scene.wire.as.message.at_ms, SCENE_WALL_MS);
    assert_int_equal (scene.wire.as.message.id.bytes, IDENT_SECRET_SIZE - 1);
}

// A message whose text is `part` so many times, and whose id has so many letters.
static const char *
says_to_long (const char *part, size_t times, size_t id_bytes)
{
    static char json[100000];
    char *end = stpcpy (json, "[\"message\",{\"text\":\"");
    for (size_t i = 0; i < times; i++) {
        end = stpcpy (end, part);
    }
    end = stpcpy (end, "\",\"id\":\"");
    for (size_t i = 0; i < id_bytes; i++) {
        end = stpcpy (end, "i");
    }
    stpcpy (end, "\"}]");
    begin_chat ();
    return says_to (json);
}

static bool
is_sent (const char *said)
{
    return strncmp (said, "MESSAGE 1 #1 ", 13) == 0;
}

static void
test_texts_are_limited_as_the_page_counts_them (void **state)
{
    (void) state;
    static const char family[] = "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d"
                                 "\xf0\x9f\x91\xa7\xe2\x80\x8d\xf0\x9f\x91\xa6"; // 11 units.
    static const struct {
        const char *part;
        size_t most;
    } rows[] = {{"a", 500}, {"\xc3\xa9", 500}, {"\\u00e9", 500}, {"\xe4\xbd\xa0", 500},
                {GRIN, 250}, {"\\ud83d\\ude00", 250}, {family, 45}, {"\\\"", 500}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true (is_sent (says_to_long (rows[i].part, rows[i].most, 1)));
        assert_string_equal (says_to_long (rows[i].part, rows[i].most + 1, 1),
                             REFUSED ("message_too_long"));
    }
    assert_string_equal (says_to_long ("a", 80000, 1), REFUSED ("message_too_long"));
}

static void
test_a_line_flood_is_refused_or_folded (void **state)
{
    (void) state;
    assert_string_equal (says_to_long ("\\n", 500, 1), REFUSED ("invalid_message"));
    assert_true (is_sent (says_to_long ("a\\n\\n\\n\\n", 100, 1)));
    assert_int_equal (scene.wire.as.message.text.bytes, 300);
}

static void
test_half_a_character_is_refused_and_null_is_nothing (void **state)
{
    (void) state;
    begin_chat ();
    assert_string_equal (says_to ("[\"message\",{\"text\":\"a\\ud83d\"}]"),
                         REFUSED ("invalid_message"));
    assert_string_equal (says_to ("[\"message\",{\"text\":\"a\\u0000b\"}]"),
                         REFUSED ("invalid_message"));
    assert_string_equal (says_to ("[\"message\",{\"text\":\"a\",\"id\":\"\\ude00\"}]"),
                         REFUSED ("invalid_payload"));
    assert_string_equal (says_to ("[\"message\",{\"text\":\"x\",\"id\":null,\"chatId\":null}]"),
                         "MESSAGE 1 #1 x");
}

static void
test_a_typing_notice_that_comes_too_late_disturbs_nobody (void **state)
{
    (void) state;
    begin_chat ();
    assert_string_equal (says_to ("[\"typing\",{\"on\":true,\"chatId\":" CHAT_2 "}]"), "");
}

static void
test_a_message_s_name_has_64_bytes_at_most (void **state)
{
    (void) state;
    assert_true (is_sent (says_to_long ("a", 1, 64)));
    assert_int_equal (scene.wire.as.message.id.bytes, 64);
    assert_string_equal (says_to_long ("a", 1, 65), REFUSED ("invalid_payload"));
}

static void
test_a_refusal_says_why_in_words_and_in_a_code (void **state)
{
    (void) state;
    begin_chat ();
    says_to ("[\"message\",null]");
    assert_string_equal (scene.json, "{\"error\":{\"message\":\"Invalid message\","
                                     "\"code\":\"invalid_message\"}}");
    assert_int_equal (scene_refused (), 1);
    says_to ("[\"frobnicate\"]");
    assert_string_equal (scene.json, "{\"error\":{\"message\":\"There is no such event\","
                                     "\"code\":\"unknown_event\"}}");
}

static void
test_searches_and_skips_have_a_budget_of_their_own (void **state)
{
    (void) state;
    scene_open_with (0);
    scene.users.searches_per_minute = 2;
    assert_string_equal (says_to ("[\"search\"]"), "SEARCH 1");
    for (int i = 0; i < 10; i++) { // What begins nothing costs nothing.
        assert_string_equal (says_to ("[\"search\"]"), "answer 9 waiting");
        assert_string_equal (says_to ("[\"skip\"]"), "answer 9 waiting");
    }
    scene_happens (USER_MATCHED);
    assert_string_equal (says_to ("[\"skip\"]"),
                         "GONE 1 skipped, SEARCH 2 of 1 sent 0 received 0");
    scene_happens (USER_MATCHED);
    assert_string_equal (says_to ("[\"skip\"]"), REFUSED ("too_many_searches"));
    assert_non_null (strstr (scene.json, "\"retryAfter\":30"));
    assert_string_equal (says_to ("[\"search\"]"), REFUSED ("already_in_chat"));
    assert_string_equal (says_to ("[\"message\",{\"text\":\"x\"}]"), "MESSAGE 2 #1 x");
    scene_waits (30000);
    says_to ("[\"skip\"]");
    assert_int_equal (scene.user->state, USER_SEARCHING);
}

static void
test_pages_of_the_first_version_are_understood_if_they_are_allowed (void **state)
{
    (void) state;
    begin_chat ();
    assert_string_equal (says_to ("[\"message\",{\"message\":\"x\"}]"),
                         REFUSED ("invalid_message"));
    scene.users.legacy = true;
    assert_string_equal (says_to ("[\"message\",{\"message\":\"x\"}]"), "MESSAGE 1 #1 x");
    assert_string_equal (says_to ("[\"message\",{\"text\":\"y\",\"message\":\"x\"}]"),
                         "MESSAGE 1 #2 y");
    assert_string_equal (says_to ("[\"message\",{\"message\":\"\"}]"),
                         REFUSED ("invalid_message"));
    scene_happens (USER_HEARD);
    assert_memory_equal (scene.json, "{\"message\":\"hi\",\"timestamp\":", 28);
    request_t request = {.ack = USER_NO_ACK};
    user_step (scene.user, USER_SEARCHED, &request);
    assert_string_equal (scene.json, "\"You are already in a chat\",{\"message\":\"You are "
                                     "already in a chat\",\"code\":\"already_in_chat\"}");
}

static void
test_after_all_that_the_chat_goes_on (void **state)
{
    (void) state;
    begin_chat ();
    says_to ("[\"message\"]");
    says_to ("[\"message\",[]]");
    says_to ("[\"search\",{\"a\":1}]");
    says_to ("[\"nonsense\",1,2,3]");
    assert_string_equal (says_to ("[\"message\",{\"text\":\"still here\"}]"),
                         "MESSAGE 1 #1 still here");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_messages_are_taken_as_they_should_be),
        cmocka_unit_test (test_other_messages_are_refused),
        cmocka_unit_test (test_other_events_are_taken_or_refused),
        cmocka_unit_test (test_what_is_wished_is_read_or_refused),
        cmocka_unit_test (test_what_names_another_chat_is_refused_and_reaches_nobody),
        cmocka_unit_test (test_a_late_message_does_not_reach_the_next_partner),
        cmocka_unit_test (test_members_that_are_not_known_go_no_further),
        cmocka_unit_test (test_texts_are_limited_as_the_page_counts_them),
        cmocka_unit_test (test_a_line_flood_is_refused_or_folded),
        cmocka_unit_test (test_half_a_character_is_refused_and_null_is_nothing),
        cmocka_unit_test (test_a_typing_notice_that_comes_too_late_disturbs_nobody),
        cmocka_unit_test (test_a_message_s_name_has_64_bytes_at_most),
        cmocka_unit_test (test_a_refusal_says_why_in_words_and_in_a_code),
        cmocka_unit_test (test_searches_and_skips_have_a_budget_of_their_own),
        cmocka_unit_test (test_pages_of_the_first_version_are_understood_if_they_are_allowed),
        cmocka_unit_test (test_after_all_that_the_chat_goes_on),
    };
    return cmocka_run_group_tests (tests, NULL, scene_close);
}
