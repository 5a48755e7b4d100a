// come_test.c -- a gateway alone: people come to it from another one.

#include <stdio.h>

#include "person.h"

#define IN_CHAT "7.3.%s" // Event 7; message 3 of a chat.
#define TURN 65536

// What a matcher says of somebody who comes back, besides who that is.
static void
answer_resume (const wire_resume_t *resume, wire_resumed_t resumed)
{
    resumed.user = resume->user;
    resumed.nonce = resume->nonce;
    wire_t wire = {WIRE_RESUMED, .as.resumed = resumed};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &wire);
}

static wire_resumed_t
in_chat (doing_t doing, ident_t chat, ident_t partner)
{
    return (wire_resumed_t){
        .doing = doing, .turn = TURN, .chat = chat, .partner = partner,
        .partner_gateway = fixture.other_gateway, .side = SIDE_A, .started_ms = 7,
        .reason = doing == DOING_PARTED ? REASON_SKIPPED : REASON_NONE,
    };
}

// Comes with an offset that is about `chat`.
static ident_t
come_over_from (person_t *person, const ident_t *chat)
{
    char text[IDENT_TEXT_SIZE];
    char offset[64];
    ident_print (chat, text);
    snprintf (offset, sizeof offset, IN_CHAT, text + strlen (text) - 8);
    return person_come_over (person, offset);
}

static wire_resume_t
expect_resume (const ident_t *user)
{
    wire_resume_t resume = peer_expect (fixture.matcher, WIRE_RESUME, NULL)->as.resume;
    assert_true (ident_equal (&resume.user, user));
    return resume;
}

static void
stand (const wire_moved_t *moved, uint64_t number, uint64_t taken)
{
    wire_t stands = {WIRE_STANDS,
                     .as.stands = {fixture.instance, fixture.other_gateway, moved->chat,
                                   moved->partner, moved->user, number, 1, taken}};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &stands);
}

// Comes over in a chat, as a matcher says of it. Returns its user's id.
static ident_t
come_over_chatting (person_t *person, const ident_t *chat, const ident_t *partner)
{
    ident_t user = come_over_from (person, chat);
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume, in_chat (DOING_CHATTING, *chat, *partner));
    return user;
}

static void
test_a_matcher_is_asked_about_an_unknown_token_until_it_answers (void **state)
{
    (void) state;
    person_t person;
    ident_t user = person_come_over (&person, "7");
    wire_resume_t resume = expect_resume (&user);
    wire_resume_t again = expect_resume (&user);
    assert_true (ident_equal (&resume.nonce, &again.nonce));
    assert_null (browser_hears (person.browser, "4", 20));
    wire_resume_t old = {user, ident_random ()};
    answer_resume (&old, (wire_resumed_t){.doing = DOING_UNKNOWN}); // About another coming back.
    answer_resume (&resume, (wire_resumed_t){.doing = DOING_NOTHING, .turn = TURN});
    person_enter (&person);
    assert_string_equal (person.before, "");
    person_is_known (&person, true);
    assert_string_equal (person_state (&person), "42[\"state\",{\"state\":\"idle\"},\"8\"]");
    person_leave (&person);
}

static void
test_whom_nobody_knows_is_somebody_new (void **state)
{
    (void) state;
    person_t person;
    ident_t user = person_come_over (&person, "7.3.00000001");
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume, (wire_resumed_t){.doing = DOING_UNKNOWN});
    person_enter (&person);
    person_is_known (&person, false);
    assert_string_equal (person_state (&person), "42[\"state\",{\"state\":\"idle\"},\"1\"]");
    browser_send (person.browser, "42[\"search\"]");
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    assert_false (ident_equal (&search.user, &user));
    assert_int_equal (search.turn, 1);
    person_leave (&person);
}

static void
test_after_the_window_it_is_somebody_new_and_who_it_was_leaves (void **state)
{
    (void) state;
    person_t person;
    ident_t user = person_come_over (&person, "7");
    wire_resume_t resume = expect_resume (&user);
    person_enter (&person);
    person_is_known (&person, false);
    assert_string_equal (person_state (&person), "42[\"state\",{\"state\":\"idle\"},\"1\"]");
    answer_resume (&resume, in_chat (DOING_CHATTING, ident_timed (1), ident_random ()));
    wire_leave_t leave = peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave;
    assert_true (ident_equal (&leave.user, &user));
    assert_int_equal (leave.turn, TURN + 1);
    assert_int_equal (leave.reason, REASON_DISCONNECTED);
    assert_true (ident_is_nil (&leave.chat));
    person_leave (&person);
}

static void
test_who_was_left_meanwhile_is_told_before_it_is_let_in (void **state)
{
    (void) state;
    person_t person;
    ident_t chat = ident_timed (1);
    ident_t user = come_over_from (&person, &chat);
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume, in_chat (DOING_PARTED, chat, ident_random ()));
    person_enter (&person);
    assert_memory_equal (person.before, "42[\"partner_left\",{\"chatId\":\"", 29);
    assert_non_null (strstr (person.before, "\"reason\":\"skipped\"},\"8.x."));
    assert_memory_equal (person_state (&person), "42[\"state\",{\"state\":\"idle\"},\"9.x.", 33);
    person_leave (&person);

    user = person_come_over (&person, "7"); // It had not read that there was a chat.
    resume = expect_resume (&user);
    answer_resume (&resume, in_chat (DOING_PARTED, chat, ident_random ()));
    person_enter (&person);
    assert_string_equal (person.before, "");
    person_is_known (&person, true);
    person_leave (&person);
}

static void
test_who_searched_searches_on_and_keeps_its_place (void **state)
{
    (void) state;
    person_t person;
    ident_t user = person_come_over (&person, "7");
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume,
                   (wire_resumed_t){.doing = DOING_SEARCHING, .turn = TURN, .waits_ms = 7000});
    person_enter (&person);
    person_is_known (&person, true);
    assert_non_null (strstr (person_state (&person), "\"searching\""));
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    assert_true (ident_equal (&search.user, &user));
    assert_int_equal (search.turn, TURN + 1);
    assert_true (search.waits_ms >= 7000);
    person_leave (&person);
}

static void
test_who_chatted_gets_what_it_missed_and_is_then_let_in (void **state)
{
    (void) state;
    person_t person;
    ident_t chat = ident_timed (1);
    ident_t partner = ident_random ();
    ident_t user = come_over_chatting (&person, &chat, &partner);
    wire_moved_t moved = peer_expect (fixture.relay, WIRE_MOVED, NULL)->as.moved;
    assert_true (ident_equal (&moved.to, &fixture.other_gateway));
    assert_true (ident_equal (&moved.from, &fixture.instance));
    assert_true (ident_equal (&moved.user, &partner));
    assert_true (ident_equal (&moved.partner, &user));
    assert_int_equal (moved.turn, TURN);
    assert_int_equal (moved.number, 3);
    peer_expect (fixture.relay, WIRE_MOVED, NULL); // Until it is answered.
    stand (&moved, 2, 5);
    relay_message (&user, &partner, &chat, 5, "five");
    relay_message_from (fixture.other_gateway, &user, &partner, &chat, 4, "four");
    relay_message_from (fixture.other_gateway, &user, &partner, &chat, 5, "five");
    person_enter (&person);
    person_is_known (&person, true);
    const char *four = strstr (person.before, "42[\"message\",{\"text\":\"four\"");
    assert_ptr_equal (four, person.before);
    assert_non_null (strstr (four, "\n42[\"message\",{\"text\":\"five\""));
    assert_null (strstr (person.before, "matched"));
    assert_non_null (strstr (person_state (&person), "{\"state\":\"chatting\",\"partnerId\":"));
    while (peer_expect (fixture.relay, WIRE_RECEIPT, NULL)->as.receipt.number < 5) {
    }
    assert_int_equal (peer_heard (fixture.relay)->as.receipt.seen, 3);
    browser_send (person.browser, "425[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    assert_int_equal (peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message.number, 3);
    relay_receipt (&user, &partner, &chat, 3);
    browser_expect (person.browser, "435[{\"id\":\"a\"");
    person_leave (&person);
}

static void
test_who_had_not_read_of_its_chat_is_told_of_it_first (void **state)
{
    (void) state;
    person_t person;
    ident_t chat = ident_timed (1);
    ident_t partner = ident_random ();
    ident_t user = person_come_over (&person, "7");
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume, in_chat (DOING_CHATTING, chat, partner));
    wire_moved_t moved = peer_expect (fixture.relay, WIRE_MOVED, NULL)->as.moved;
    assert_int_equal (moved.number, 0);
    stand (&moved, 0, 1);
    relay_message_from (fixture.other_gateway, &user, &partner, &chat, 1, "one");
    person_enter (&person);
    assert_memory_equal (person.before, "42[\"matched\",{\"partnerId\":", 26);
    assert_non_null (strstr (person.before, "\n42[\"message\",{\"text\":\"one\""));
    assert_non_null (strstr (person_state (&person), "\"chatting\""));
    person_leave (&person);
}

static void
test_a_partner_s_gateway_that_does_not_answer_is_not_waited_for_long (void **state)
{
    (void) state;
    person_t person;
    ident_t chat = ident_timed (1);
    ident_t partner = ident_random ();
    ident_t user = come_over_chatting (&person, &chat, &partner);
    person_enter (&person); // Within the window of 4 s, in which it would have become somebody new.
    person_is_known (&person, true);
    assert_non_null (strstr (person_state (&person), "\"chatting\""));
    browser_send (person.browser, "42[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    wire_moved_t moved = peer_expect (fixture.relay, WIRE_MOVED, NULL)->as.moved;
    stand (&moved, 8, 4);
    assert_int_equal (peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message.number, 9);
    relay_message_from (fixture.other_gateway, &user, &partner, &chat, 4, "four");
    browser_expect (person.browser, "42[\"message\",{\"text\":\"four\"");
    person_leave (&person);
}

static void
test_who_is_told_meanwhile_that_its_partner_has_left_is_let_in_idle (void **state)
{
    (void) state;
    person_t person;
    ident_t chat = ident_timed (1);
    ident_t partner = ident_random ();
    ident_t user = come_over_chatting (&person, &chat, &partner);
    peer_expect (fixture.relay, WIRE_MOVED, NULL);
    relay_gone (&user, &partner, &chat);
    person_enter (&person);
    assert_memory_equal (person.before, "42[\"partner_left\"", 17);
    assert_non_null (strstr (person_state (&person), "\"idle\""));
    person_leave (&person);
}

static void
test_who_does_not_wait_for_the_answer_to_connect_is_told_to (void **state)
{
    (void) state;
    person_t person;
    ident_t user = person_come_over (&person, "7");
    browser_send (person.browser, "425[\"message\",{\"text\":\"hi\"}]");
    assert_non_null (strstr (browser_expect (person.browser, "42[\"error\""), "\"returning\""));
    assert_non_null (strstr (browser_expect (person.browser, "435"), "\"returning\""));
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume, (wire_resumed_t){.doing = DOING_NOTHING, .turn = TURN});
    person_enter (&person);
    assert_string_equal (person_state (&person), "42[\"state\",{\"state\":\"idle\"},\"8\"]");
    person_leave (&person);
}

static void
test_a_second_connection_while_a_matcher_is_asked_takes_the_place_of_the_first (void **state)
{
    (void) state;
    person_t person;
    ident_t chat = ident_timed (1);
    ident_t user = come_over_from (&person, &chat);
    wire_resume_t resume = expect_resume (&user);
    browser_t *first = person.browser;
    person_return (&person, "9");
    browser_end (first);
    browser_close (&first);
    answer_resume (&resume, (wire_resumed_t){.doing = DOING_NOTHING, .turn = TURN});
    person_enter (&person);
    person_is_known (&person, true);
    assert_string_equal (person_state (&person), "42[\"state\",{\"state\":\"idle\"},\"10\"]");
    person_leave (&person);
}

// A message of this user, back from where its reader is.
static void
give_back (const wire_moved_t *moved, uint64_t number, const char *text)
{
    wire_t message = {WIRE_MESSAGE,
                      .as.message = {fixture.instance, fixture.other_gateway, moved->chat,
                                     moved->user, moved->partner, number, 7,
                                     {text, strlen (text)}, {text, strlen (text)}}};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &message);
}

static void
test_who_comes_from_elsewhere_has_again_what_its_partner_may_not_have_read (void **state)
{
    (void) state;
    person_t person;
    ident_t chat = ident_timed (1);
    ident_t partner = ident_random ();
    ident_t next = ident_random ();
    ident_t user = come_over_chatting (&person, &chat, &partner);
    wire_moved_t moved = peer_expect (fixture.relay, WIRE_MOVED, NULL)->as.moved;
    wire_t stands = {WIRE_STANDS,
                     .as.stands = {fixture.instance, fixture.other_gateway, chat, user, partner,
                                   6, 1, 3, .given_back = 2}};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &stands);
    peer_expect (fixture.relay, WIRE_MOVED, NULL); // Not all is here: it asks on.
    give_back (&moved, 5, "five");
    give_back (&moved, 6, "six");
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &stands);
    person_enter (&person);
    browser_send (person.browser, "421[\"message\",{\"text\":\"six\",\"id\":\"six\"}]");
    relay_receipt (&user, &partner, &chat, 6);
    browser_expect (person.browser, "431[{\"id\":\"six\",\"timestamp\":7}]");
    while (peer_hears (fixture.relay, WIRE_MESSAGE, 20)) {
    }
    relay_moved (next, &user, &partner, &chat, TURN, 4); // It goes on elsewhere, and has read four.
    for (uint64_t number = 5; number <= 6; number++) {
        const wire_message_t *message =
            &peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message;
        assert_true (ident_equal (&message->to, &next));
        assert_int_equal (message->number, number);
        assert_memory_equal (message->text.text, number == 5 ? "five" : "six", message->text.bytes);
    }
    person_leave (&person);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_MOVING_GATEWAY (test_a_matcher_is_asked_about_an_unknown_token_until_it_answers),
        WITH_MOVING_GATEWAY (test_whom_nobody_knows_is_somebody_new),
        WITH_RECOVERING_GATEWAY (test_after_the_window_it_is_somebody_new_and_who_it_was_leaves),
        WITH_MOVING_GATEWAY (test_who_was_left_meanwhile_is_told_before_it_is_let_in),
        WITH_MOVING_GATEWAY (test_who_searched_searches_on_and_keeps_its_place),
        WITH_MOVING_GATEWAY (test_who_chatted_gets_what_it_missed_and_is_then_let_in),
        WITH_MOVING_GATEWAY (test_who_had_not_read_of_its_chat_is_told_of_it_first),
        WITH_MOVING_GATEWAY (test_a_partner_s_gateway_that_does_not_answer_is_not_waited_for_long),
        WITH_MOVING_GATEWAY (test_who_is_told_meanwhile_that_its_partner_has_left_is_let_in_idle),
        WITH_MOVING_GATEWAY (test_who_does_not_wait_for_the_answer_to_connect_is_told_to),
        WITH_MOVING_GATEWAY (
            test_a_second_connection_while_a_matcher_is_asked_takes_the_place_of_the_first),
        WITH_MOVING_GATEWAY (test_who_comes_from_elsewhere_has_again_what_its_partner_may_not_have_read),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
