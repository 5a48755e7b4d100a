// move_test.c -- a gateway alone: people, or their partners, go on at another one; matchers and relays
// begin anew, or cannot.

#include "base/clock.h"
#include "person.h"

#define TURN 65536

static void
say_leased (ident_t generation)
{
    wire_t leased = {WIRE_LEASED, .as.leased = {generation}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &leased);
}

// --- Whoever goes ---

static void
test_who_has_gone_on_elsewhere_is_told_put_out_and_forgotten (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
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
    person_arrive_matched (&person, &user, &partner, &chat);
    relay_message_from (fixture.other_gateway, &user, &partner, &chat, 1, "one");
    browser_expect (person.browser, "42[\"message\"");
    browser_send (person.browser, "421[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    browser_send (person.browser, "422[\"message\",{\"text\":\"ho\",\"id\":\"b\"}]");
    peer_expect (fixture.relay, WIRE_MESSAGE, NULL);
    relay_receipt (&user, &partner, &chat, 2); // And then that gateway died.
    browser_expect (person.browser, "432");
    relay_moved (next, &user, &partner, &chat, TURN, 1);
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
    person_arrive_matched (&person, &user, &partner, &chat);
    relay_message_from (fixture.other_gateway, &user, &partner, &chat, 1, "one");
    relay_message_from (fixture.other_gateway, &user, &partner, &chat, 2, "two");
    browser_expect (person.browser, "42[\"message\",{\"text\":\"two\"");
    relay_moved (next, &user, &partner, &chat, TURN, 0); // The gateway that kept them is dead.
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

static void
test_only_the_gateway_where_the_partner_is_now_is_listened_to (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    ident_t next = ident_random ();
    person_arrive_matched (&person, &user, &partner, &chat);
    relay_message_from (next, &user, &partner, &chat, 1, "too early");
    relay_moved (next, &user, &partner, &chat, 2 * TURN, 0);
    peer_expect (fixture.relay, WIRE_STANDS, NULL);
    relay_moved (ident_random (), &user, &partner, &chat, TURN, 0); // It was there before.
    relay_message_from (fixture.other_gateway, &user, &partner, &chat, 1, "too late");
    relay_gone (&user, &partner, &chat);
    relay_message_from (next, &user, &partner, &chat, 1, "from here");
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
    person_arrive_matched (&person, &user, &partner, &chat);
    ident_t earlier = ident_timed (0);
    ident_t elsewhere = ident_timed (clock_wall_ms ());
    relay_receipt (&user, &partner, &elsewhere, 0); // It may be wanted back there.
    relay_receipt (&user, &partner, &earlier, 0);   // It is in another chat.
    assert_true (ident_equal (&peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone.chat, &earlier));
    relay_message (&nobody, &partner, &chat, 1, "is anybody there?");
    peer_expect (fixture.relay, WIRE_AWAY, NULL);
    relay_moved (ident_random (), &nobody, &partner, &chat, TURN, 0);
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
    person_arrive_matched (&person, &user, &partner, &chat);
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
    person_arrive_matched (&person, &user, &partner, &chat);
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
    person_arrive_matched (&person, &user, &partner, &chat);
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
    person_arrive_matched (&person, &user, &partner, &chat);
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
        WITH_MOVING_GATEWAY (test_who_has_gone_on_elsewhere_is_told_put_out_and_forgotten),
        WITH_MOVING_GATEWAY (test_what_is_stale_three_times_is_elsewhere),
        WITH_MOVING_GATEWAY (test_a_partner_that_moves_is_answered_and_gets_what_it_missed),
        WITH_MOVING_GATEWAY (test_what_the_browser_may_not_have_read_goes_back_to_a_partner_that_moves),
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
