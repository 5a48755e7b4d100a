// back_test.c -- what a browser may not have read goes back to a partner who has moved, and is waited for.

#include <stdio.h>
#include <string.h>

#include "gateway/chat.h"
#include "gateway/unread.h"
#include "support/cmocka_all.h"
#include "unit/scene.h"

#define IN_CHAT "7.3.00000000" // Event 7; message 3 of the chat that a RESUMED tells of.

// In a chat, as somebody who may come back.
static int
set_up (void **state)
{
    (void) state;
    scene_open_with (SCENE_RECOVERY_MS);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    return 0;
}

static void
move_partner (uint64_t turn, uint64_t number)
{
    scene.there = next_gateway_ident (scene.chat);
    wire_t moved = {WIRE_MOVED, .as.moved = {.from = scene.there, .turn = turn, .number = number}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_PARTNER_MOVED, &moved);
}

static void
hear (uint64_t number, const char *name, const char *text)
{
    wire_t message = {WIRE_MESSAGE,
                      .as.message = {.chat = chat_ident (1), .number = number, .at_ms = 5 + number,
                                     .id = {name, strlen (name)}, .text = {text, strlen (text)}}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_HEARD, &message);
}

static void
read_all (void)
{
    chat_pinged (scene.user);
    recall_pinged (&scene.user->recall);
    chat_answered (scene.user);
    recall_answered (&scene.user->recall);
    scene.said[0] = '\0';
}

// --- Giving back ---

static void
test_what_may_not_have_been_read_goes_back_before_the_answer (void **state)
{
    (void) state;
    hear (1, "a", "one");
    read_all ();
    hear (2, "b", "two");
    scene_happens (USER_PARTNER_TYPED); // Other events lie between.
    scene_happens (USER_PARTNER_AWAY);
    scene_happens (USER_PARTNER_BACK);
    hear (3, "c", "\"three\" \\ \xf0\x9f\x98\x80");
    scene_is_written ();
    hear (4, "d", "four"); // This one is not even out to the browser.
    move_partner (SCENE_TURN, 0);
    SAYS ("GIVES BACK 1 #2 two, GIVES BACK 1 #3 \"three\" \\ \xf0\x9f\x98\x80, "
          "GIVES BACK 1 #4 four, STANDS 1 #4 first 1 taken 0 back 3");
}

static void
keep_given (user_t *user, const wire_message_t *message)
{
    (void) user;
    assert_int_equal (message->number, 1);
    assert_int_equal (message->at_ms, 6);
    assert_int_equal (message->id.bytes, 3);
    assert_memory_equal (message->id.text, "a\"b", 3);
    assert_memory_equal (message->text.text, "one", 3);
}

static void
test_it_goes_back_with_its_name_and_its_time (void **state)
{
    (void) state;
    hear (1, "a\"b", "one");
    assert_int_equal (unread_give (scene.user, keep_given), 1);
}

static void
test_nothing_goes_back_of_what_was_read (void **state)
{
    (void) state;
    hear (1, "a", "one");
    scene_is_written ();
    read_all ();
    move_partner (SCENE_TURN, 0);
    SAYS ("STANDS 1 #1 first 1 taken 0");
}

// The partner has said it again under another number, and it was not shown again.
static void
test_a_number_under_which_nothing_was_shown_goes_back_empty (void **state)
{
    (void) state;
    hear (1, "a", "one");
    move_partner (SCENE_TURN, 0);
    hear (2, "a", "one");
    hear (3, "c", "three");
    hear (4, "c", "three");
    move_partner (2 * SCENE_TURN, 0);
    SAYS ("GIVES BACK 1 #1 one, GIVES BACK 1 #2 , GIVES BACK 1 #3 three, GIVES BACK 1 #4 , "
          "STANDS 1 #4 first 1 taken 0 back 4");
}

static void
test_only_messages_of_this_chat_go_back (void **state)
{
    (void) state;
    hear (1, "a", "one");
    scene_happens (USER_PARTNER_GONE);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    move_partner (SCENE_TURN, 0);
    SAYS ("STANDS 2 #0 first 1 taken 0");
}

static void
test_a_page_of_the_first_version_has_its_own_words_and_they_go_back_too (void **state)
{
    (void) state;
    scene.users.legacy = true;
    scene.user->connect = CONNECT_HELD; // What it is sent is only kept.
    hear (1, "a", "one");
    scene.user->connect = CONNECT_ANSWERED;
    move_partner (SCENE_TURN, 0);
    SAYS ("GIVES BACK 1 #1 one, STANDS 1 #1 first 1 taken 0 back 1");
}

// --- What is given back ---

static void
give_back (uint64_t number, const char *name, const char *text)
{
    wire_t message = {WIRE_MESSAGE,
                      .as.message = {.chat = chat_ident (1), .number = number, .at_ms = 5,
                                     .id = {name, strlen (name)}, .text = {text, strlen (text)}}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_GIVEN_BACK, &message);
}

static void
stand (uint64_t number, uint64_t given_back)
{
    wire_t stands = {WIRE_STANDS, .as.stands = {.from = scene.there, .number = number, .first = 1,
                                                .given_back = given_back}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_PARTNER_STANDS, &stands);
}

static void
write_text (const char *name, const char *text)
{
    request_t request = {.ack = ++scene.ack, .id = {name, strlen (name)},
                         .text = {text, strlen (text)}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_WROTE, &request);
}

static void
test_who_has_moved_sends_again_what_it_is_given_back (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    give_back (6, "f", "six");
    give_back (7, "g", "seven");
    SAYS ("");
    stand (7, 2);
    SAYS ("MESSAGE 1 #6 six, MESSAGE 1 #7 seven, accept, state chatting 1");
    write_text ("g", "seven"); // It has no answer for this one.
    SAYS ("");
    write_text ("h", "eight");
    SAYS ("MESSAGE 1 #8 eight");
    wire_t receipt = {WIRE_RECEIPT, .as.receipt = {.number = 7}};
    user_step (scene.user, USER_RECEIPTED, &receipt);
    assert_non_null (strstr (scene_says (), "answer 1 delivered g"));
    move_partner (SCENE_TURN, 5); // Where it is now nobody has them.
    SAYS ("STANDS 1 #3 first 6 taken 8, MESSAGE 1 #6 six, MESSAGE 1 #7 seven, MESSAGE 1 #8 eight");
}

static void
test_an_answer_of_which_something_is_missing_is_asked_for_again (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    give_back (7, "g", "seven");
    stand (7, 2);
    SAYS ("");
    write_text ("h", "eight");
    SAYS (""); // Nothing is sent before the two agree.
    scene_waits (700);
    assert_non_null (strstr (scene_says (), "MOVED 1 turn 65536 #3"));
    give_back (6, "f", "six");
    give_back (7, "g", "seven");
    stand (7, 2);
    SAYS ("MESSAGE 1 #6 six, MESSAGE 1 #7 seven, MESSAGE 1 #8 eight, accept, state chatting 1");
}

// It claims to have given back more than there ever was.
static void
test_an_answer_that_cannot_be_is_none (void **state)
{
    (void) state;
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    stand (1, 2);
    SAYS ("");
    give_back (1, "a", "one");
    stand (1, 2);
    SAYS ("");
    assert_false (link_is_agreed (scene.user->chat->link));
    stand (1, 1);
    SAYS ("MESSAGE 1 #1 one, accept, state chatting 1");
}

static void
test_to_who_has_not_moved_nothing_can_be_given_back (void **state)
{
    (void) state;
    scene_happens (USER_WROTE);
    give_back (2, "b", "two");
    SAYS ("");
    assert_int_equal (link_taken (scene.user->chat->link), 1);
}

// --- What the partner has read ---

static void
test_a_partner_that_moves_is_told_which_messages_it_has_read (void **state)
{
    (void) state;
    for (int i = 0; i < 3; i++) {
        scene_happens (USER_WROTE);
    }
    move_partner (SCENE_TURN, 2);
    const char *said = scene_says ();
    assert_non_null (strstr (said, "STANDS 1 #0 first 1 taken 3 said 2, MESSAGE 1 #3 hello"));
}

// Its partner's gateway dies next, and the partner says again what it has no answer for.
static void
test_what_the_browser_has_read_elsewhere_is_not_shown_again (void **state)
{
    (void) state;
    uint32_t said[LINK_WINDOW];
    char hex[LINK_WINDOW * 8 + 1] = "";
    link_t *partner = link_new ();
    for (int i = 1; i <= 3; i++) {
        char name[8];
        snprintf (name, sizeof name, "p%d", i);
        link_take (partner, 1, 1, (word_t){name, 2}, (word_t){"hi", 2});
    }
    size_t count = link_said (partner, 3, said);
    assert_int_equal (count, 3);
    for (size_t i = 0; i < count; i++) {
        snprintf (hex + 8 * i, 9, "%08x", said[i]);
    }
    link_destroy (&partner);
    COMES_TO (USER_CHATTING, IN_CHAT, USER_WAS_CHATTING);
    wire_t stands = {WIRE_STANDS, .as.stands = {.from = scene.there, .first = 1, .taken = 3,
                                                .said = {hex, strlen (hex)}}};
    user_step (scene.user, USER_PARTNER_STANDS, &stands);
    move_partner (SCENE_TURN, 0);
    hear (4, "p2", "hi");
    SAYS ("RECEIPT 1 #4 seen 3");
    hear (5, "p4", "hi");
    SAYS ("message 1 hi");
}

int
main (void)
{
#define TEST(name) cmocka_unit_test_setup_teardown (name, set_up, scene_close)
    const struct CMUnitTest tests[] = {
        TEST (test_what_may_not_have_been_read_goes_back_before_the_answer),
        TEST (test_it_goes_back_with_its_name_and_its_time),
        TEST (test_nothing_goes_back_of_what_was_read),
        TEST (test_a_number_under_which_nothing_was_shown_goes_back_empty),
        TEST (test_only_messages_of_this_chat_go_back),
        TEST (test_a_page_of_the_first_version_has_its_own_words_and_they_go_back_too),
        TEST (test_who_has_moved_sends_again_what_it_is_given_back),
        TEST (test_an_answer_of_which_something_is_missing_is_asked_for_again),
        TEST (test_an_answer_that_cannot_be_is_none),
        TEST (test_to_who_has_not_moved_nothing_can_be_given_back),
        TEST (test_a_partner_that_moves_is_told_which_messages_it_has_read),
        TEST (test_what_the_browser_has_read_elsewhere_is_not_shown_again),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
