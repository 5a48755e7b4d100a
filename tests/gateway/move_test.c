// move_test.c -- a gateway alone: people come to it from another one, or their partners go to another.

#include <stdio.h>

#include "base/clock.h"
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

// A message of the partner, from that gateway.
static void
say_from (ident_t from, const ident_t *user, const ident_t *partner, const ident_t *chat,
          uint64_t number, const char *text)
{
    wire_t message = {WIRE_MESSAGE,
                      .as.message = {fixture.instance, from, *chat, *user, *partner, number, 7,
                                     {text, strlen (text)}, {text, strlen (text)}}};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &message);
}

// A partner's MOVED, from that gateway.
static void
move_partner (ident_t from, const ident_t *user, const ident_t *partner, const ident_t *chat,
              uint64_t turn, uint64_t number)
{
    wire_t moved = {WIRE_MOVED,
                    .as.moved = {fixture.instance, from, *chat, *user, *partner, turn, number}};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &moved);
}

static void
say_leased (ident_t generation)
{
    wire_t leased = {WIRE_LEASED, .as.leased = {generation}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &leased);
}

// --- Whoever comes ---

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
    ident_t user = come_over_from (&person, &chat);
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume, in_chat (DOING_CHATTING, chat, partner));
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
    say_from (fixture.other_gateway, &user, &partner, &chat, 4, "four");
    say_from (fixture.other_gateway, &user, &partner, &chat, 5, "five");
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
    say_from (fixture.other_gateway, &user, &partner, &chat, 1, "one");
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
    ident_t user = come_over_from (&person, &chat);
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume, in_chat (DOING_CHATTING, chat, partner));
    person_enter (&person); // Within the window of 4 s, in which it would have become somebody new.
    person_is_known (&person, true);
    assert_non_null (strstr (person_state (&person), "\"chatting\""));
    browser_send (person.browser, "42[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    wire_moved_t moved = peer_expect (fixture.relay, WIRE_MOVED, NULL)->as.moved;
    stand (&moved, 8, 4);
    assert_int_equal (peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message.number, 9);
    say_from (fixture.other_gateway, &user, &partner, &chat, 4, "four");
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
    ident_t user = come_over_from (&person, &chat);
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume, in_chat (DOING_CHATTING, chat, partner));
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

// --- Whoever goes ---

static void
test_who_has_gone_on_elsewhere_is_told_put_out_and_forgotten (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive (&person);
    match (person.browser, &user, &partner, &chat);
    wire_t taken = {WIRE_TAKEN, .as.taken = {user, 0}}; // It has asked for more since.
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &taken);
    relay_message (&user, &partner, &chat, 1, "one");
    browser_expect (person.browser, "42[\"message\"");
    taken.as.taken.turn = 1;
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &taken);
    assert_non_null (
        strstr (browser_expect (person.browser, "42[\"error\""), "\"code\":\"taken_over\"}]"));
    browser_expect (person.browser, "41");
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_users") == 0);
    relay_message (&user, &partner, &chat, 2, "two"); // Its partner learns that it is not here.
    const wire_away_t *away = &peer_expect (fixture.relay, WIRE_AWAY, NULL)->as.away;
    assert_true (ident_equal (&away->to, &fixture.other_gateway));
    assert_true (ident_equal (&away->user, &partner));
    assert_true (ident_equal (&away->partner, &user));
    assert_false (peer_hears (fixture.relay, WIRE_GONE, 20));
    assert_false (peer_hears (fixture.matcher, WIRE_LEAVE, 20));
    person_leave (&person);
}

static void
test_what_is_stale_three_times_is_elsewhere (void **state)
{
    (void) state;
    person_t person;
    person_arrive (&person);
    browser_send (person.browser, "42[\"search\"]");
    for (int i = 0; i < 3; i++) {
        wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
        wire_t refused = {WIRE_REFUSED,
                          .as.refused = {WIRE_SEARCH, REFUSAL_STALE, search.user}};
        peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &refused);
    }
    browser_expect (person.browser, "41");
    person_leave (&person);
}

// --- A partner moves ---

static void
test_a_partner_that_moves_is_answered_and_gets_what_it_missed (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    ident_t next = ident_random ();
    person_arrive (&person);
    match (person.browser, &user, &partner, &chat);
    say_from (fixture.other_gateway, &user, &partner, &chat, 1, "one");
    browser_expect (person.browser, "42[\"message\"");
    browser_send (person.browser, "421[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    browser_send (person.browser, "422[\"message\",{\"text\":\"ho\",\"id\":\"b\"}]");
    peer_expect (fixture.relay, WIRE_MESSAGE, NULL);
    relay_receipt (&user, &partner, &chat, 2); // And then that gateway died.
    browser_expect (person.browser, "432");
    move_partner (next, &user, &partner, &chat, TURN, 1);
    wire_stands_t stands = peer_expect (fixture.relay, WIRE_STANDS, NULL)->as.stands;
    assert_true (ident_equal (&stands.to, &next));
    assert_true (ident_equal (&stands.user, &partner));
    assert_true (ident_equal (&stands.partner, &user));
    assert_int_equal (stands.number, 1);
    assert_int_equal (stands.first, 1);
    assert_int_equal (stands.taken, 2);
    const wire_message_t *message = &peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message;
    assert_true (ident_equal (&message->to, &next));
    assert_int_equal (message->number, 2);
    person_leave (&person);
}

static void
test_what_the_browser_may_not_have_read_goes_back_to_a_partner_that_moves (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    ident_t next = ident_random ();
    person_arrive (&person);
    match (person.browser, &user, &partner, &chat);
    say_from (fixture.other_gateway, &user, &partner, &chat, 1, "one");
    say_from (fixture.other_gateway, &user, &partner, &chat, 2, "two");
    browser_expect (person.browser, "42[\"message\",{\"text\":\"two\"");
    move_partner (next, &user, &partner, &chat, TURN, 0); // The gateway that kept them is dead.
    for (uint64_t number = 1; number <= 2; number++) {
        const wire_message_t *back = &peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message;
        assert_true (ident_equal (&back->to, &next));
        assert_true (ident_equal (&back->from, &fixture.instance));
        assert_true (ident_equal (&back->user, &user));
        assert_true (ident_equal (&back->partner, &partner));
        assert_int_equal (back->number, number);
        assert_int_equal (back->at_ms, 7);
        assert_memory_equal (back->text.text, number == 1 ? "one" : "two", 3);
        assert_memory_equal (back->id.text, number == 1 ? "one" : "two", 3);
    }
    assert_int_equal (peer_expect (fixture.relay, WIRE_STANDS, NULL)->as.stands.given_back, 2);
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
    ident_t user = come_over_from (&person, &chat);
    wire_resume_t resume = expect_resume (&user);
    answer_resume (&resume, in_chat (DOING_CHATTING, chat, partner));
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
    move_partner (next, &user, &partner, &chat, TURN, 4); // It goes on elsewhere, and has read four.
    for (uint64_t number = 5; number <= 6; number++) {
        const wire_message_t *message =
            &peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message;
        assert_true (ident_equal (&message->to, &next));
        assert_int_equal (message->number, number);
        assert_memory_equal (message->text.text, number == 5 ? "five" : "six", message->text.bytes);
    }
    person_leave (&person);
}

static void
test_only_the_gateway_where_the_partner_is_now_is_listened_to (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    ident_t next = ident_random ();
    person_arrive (&person);
    match (person.browser, &user, &partner, &chat);
    say_from (next, &user, &partner, &chat, 1, "too early");
    move_partner (next, &user, &partner, &chat, 2 * TURN, 0);
    peer_expect (fixture.relay, WIRE_STANDS, NULL);
    move_partner (ident_random (), &user, &partner, &chat, TURN, 0); // It was there before.
    say_from (fixture.other_gateway, &user, &partner, &chat, 1, "too late");
    relay_gone (&user, &partner, &chat);
    say_from (next, &user, &partner, &chat, 1, "from here");
    assert_non_null (strstr (browser_expect (person.browser, "42"), "\"from here\""));
    assert_false (peer_hears (fixture.relay, WIRE_STANDS, 20));
    browser_send (person.browser, "42[\"skip\"]");
    wire_gone_t gone = peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone;
    assert_true (ident_equal (&gone.to, &next));
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    assert_true (ident_equal (&search.partner_gateway, &next));
    person_leave (&person);
}

static void
test_who_speaks_to_nobody_here_is_told_where_that_leaves_it (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    ident_t nobody = ident_random ();
    person_arrive (&person);
    match (person.browser, &user, &partner, &chat);
    ident_t earlier = ident_timed (0);
    ident_t elsewhere = ident_timed (clock_wall_ms ());
    relay_receipt (&user, &partner, &elsewhere, 0); // It may be wanted back there.
    relay_receipt (&user, &partner, &earlier, 0);   // It is in another chat.
    assert_true (ident_equal (&peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone.chat, &earlier));
    relay_message (&nobody, &partner, &chat, 1, "is anybody there?");
    peer_expect (fixture.relay, WIRE_AWAY, NULL);
    move_partner (ident_random (), &nobody, &partner, &chat, TURN, 0);
    peer_expect (fixture.relay, WIRE_AWAY, NULL);
    browser_send (person.browser, "421[\"skip\"]");
    browser_expect (person.browser, "431");
    peer_expect (fixture.relay, WIRE_GONE, NULL);
    relay_receipt (&user, &partner, &elsewhere, 0); // The chat that it is about to learn of.
    relay_receipt (&user, &partner, &earlier, 0);   // It would know of that one by now.
    assert_true (ident_equal (&peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone.chat, &earlier));
    relay_message (&nobody, &partner, &chat, 1, "and now?");
    peer_expect (fixture.relay, WIRE_AWAY, NULL);
    assert_false (peer_hears (fixture.relay, WIRE_GONE, 20));
    person_leave (&person);
}

static void
test_a_partner_that_is_not_reached_for_a_second_is_away_until_it_is_heard (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive (&person);
    match (person.browser, &user, &partner, &chat);
    wire_t lost = {WIRE_LOST, .as.lost = {fixture.other_gateway, chat, user}};
    for (const char *away = NULL; away == NULL;) {
        peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &lost);
        away = browser_hears (person.browser, "42[\"partner_away\"", 100);
    }
    wire_hold_t hold = peer_expect (fixture.matcher, WIRE_HOLD, NULL)->as.hold;
    assert_true (ident_equal (&hold.chat, &chat));
    relay_receipt (&user, &partner, &chat, 0);
    browser_expect (person.browser, "42[\"partner_back\"");
    person_leave (&person);
}

// --- A matcher asks for everything again ---

static void
test_a_new_generation_is_told_of_every_chat_and_every_search (void **state)
{
    (void) state;
    person_t person, searcher;
    ident_t user, partner, chat;
    ident_t generation = ident_random ();
    person_arrive (&person);
    match (person.browser, &user, &partner, &chat);
    say_leased (generation); // The first is no news.
    say_leased (generation);
    person_arrive (&searcher);
    browser_send (searcher.browser, "42[\"search\"]");
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    wire_t waiting = {WIRE_WAITING, .as.waiting = {search.user, search.turn, 0, 2000, 1}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &waiting);
    assert_false (peer_hears (fixture.matcher, WIRE_HOLD, 20));

    say_leased (ident_random ());
    wire_hold_t hold = peer_expect (fixture.matcher, WIRE_HOLD, NULL)->as.hold;
    assert_true (ident_equal (&hold.user, &user));
    assert_true (ident_equal (&hold.chat, &chat));
    assert_true (ident_equal (&hold.partner, &partner));
    assert_true (ident_equal (&hold.partner_gateway, &fixture.other_gateway));
    assert_int_equal (hold.turn, 1);
    assert_int_equal (hold.side, SIDE_B);
    peer_expect (fixture.matcher, WIRE_HOLD, NULL); // Until it is answered.
    wire_t held = {WIRE_HELD, .as.held = {user, 1}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &held);
    say_leased (ident_random ());
    wire_search_t again = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    assert_true (ident_equal (&again.user, &search.user));
    assert_int_equal (again.turn, search.turn);
    person_leave (&searcher);
    person_leave (&person);
}

static void
test_a_chat_that_no_matcher_knows_to_stand_ends (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive (&person);
    match (person.browser, &user, &partner, &chat);
    say_leased (ident_random ());
    say_leased (ident_random ());
    peer_expect (fixture.matcher, WIRE_HOLD, NULL);
    wire_t ended = {WIRE_ENDED, .as.ended = {user, chat, REASON_SKIPPED}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &ended);
    assert_non_null (strstr (browser_expect (person.browser, "42[\"partner_left\""), "skipped"));
    person_leave (&person);
}

// --- Matchers and relays that cannot ---

static void
test_a_matcher_that_is_too_busy_is_told_to_who_searches (void **state)
{
    (void) state;
    person_t person;
    person_arrive (&person);
    browser_send (person.browser, "42[\"search\"]");
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    wire_t refused = {WIRE_REFUSED, .as.refused = {WIRE_SEARCH, REFUSAL_BUSY, search.user}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &refused);
    assert_non_null (strstr (browser_expect (person.browser, "42[\"error\""), "no_matcher"));
    person_leave (&person);
}

static void
test_without_a_relay_who_writes_is_told_and_the_next_relay_has_it_at_once (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive (&person);
    match (person.browser, &user, &partner, &chat);
    peer_close (&fixture.relay);
    wait_ready (fixture.admin_port, false);
    browser_send (person.browser, "42[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    assert_non_null (strstr (browser_expect (person.browser, "42[\"error\""), "no_relay"));
    fixture.relay = peer_listen (fixture.relay_port, ROLE_RELAY);
    assert_int_equal (peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message.number, 1);
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
        WITH_MOVING_GATEWAY (test_who_has_gone_on_elsewhere_is_told_put_out_and_forgotten),
        WITH_MOVING_GATEWAY (test_what_is_stale_three_times_is_elsewhere),
        WITH_MOVING_GATEWAY (test_a_partner_that_moves_is_answered_and_gets_what_it_missed),
        WITH_MOVING_GATEWAY (test_what_the_browser_may_not_have_read_goes_back_to_a_partner_that_moves),
        WITH_MOVING_GATEWAY (test_who_comes_from_elsewhere_has_again_what_its_partner_may_not_have_read),
        WITH_MOVING_GATEWAY (test_only_the_gateway_where_the_partner_is_now_is_listened_to),
        WITH_MOVING_GATEWAY (test_who_speaks_to_nobody_here_is_told_where_that_leaves_it),
        WITH_MOVING_GATEWAY (
            test_a_partner_that_is_not_reached_for_a_second_is_away_until_it_is_heard),
        WITH_MOVING_GATEWAY (test_a_new_generation_is_told_of_every_chat_and_every_search),
        WITH_MOVING_GATEWAY (test_a_chat_that_no_matcher_knows_to_stand_ends),
        WITH_MOVING_GATEWAY (test_a_matcher_that_is_too_busy_is_told_to_who_searches),
        WITH_MOVING_GATEWAY (
            test_without_a_relay_who_writes_is_told_and_the_next_relay_has_it_at_once),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
