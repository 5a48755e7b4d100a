// drain_test.c -- a gateway alone: it is told to stop, and its people go on at others.

#include <signal.h>

#include "person.h"

static void
drain (void)
{
    service_signal (fixture.gateway, SIGTERM);
    wait_ready (fixture.admin_port, false);
}

static void
say_taken (const ident_t *user, uint64_t turn)
{
    wire_t taken = {WIRE_TAKEN, .as.taken = {*user, turn}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &taken);
}

static void
test_a_chat_goes_on_elsewhere_and_the_gateway_ends_when_it_does (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    drain ();
    assert_int_equal (browser_end (person.browser), 1001);
    browser_close (&person.browser);
    wire_away_t away = peer_expect (fixture.relay, WIRE_AWAY, NULL)->as.away;
    assert_true (ident_equal (&away.user, &partner));
    assert_int_equal (http_get (fixture.port, "/", NULL, 0), 0); // Nobody comes in any more.
    assert_false (service_ended (fixture.gateway));
    say_taken (&user, 1);
    assert_int_equal (service_wait (fixture.gateway), 0);
    assert_false (peer_hears (fixture.relay, WIRE_GONE, 20));
    assert_false (peer_hears (fixture.matcher, WIRE_LEAVE, 20));
}

static void
test_a_chat_that_goes_on_nowhere_ends_as_the_gateway_was_drained (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    drain ();
    assert_int_equal (browser_end (person.browser), 1001);
    browser_close (&person.browser);
    peer_expect (fixture.relay, WIRE_AWAY, NULL);
    assert_int_equal (peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone.reason, REASON_DRAINED);
    wire_leave_t leave = peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave;
    assert_int_equal (leave.reason, REASON_DRAINED);
    assert_true (ident_equal (&leave.chat, &chat));
    wire_t left = {WIRE_LEFT, .as.left = {leave.user, leave.turn}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &left);
    assert_int_equal (service_wait (fixture.gateway), 0);
}

static void
test_who_does_nothing_is_gone_and_who_searches_may_go_on (void **state)
{
    (void) state;
    person_t idle, searcher;
    person_arrive (&idle);
    person_arrive (&searcher);
    browser_send (searcher.browser, "42[\"search\"]");
    ident_t user = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search.user;
    drain ();
    assert_int_equal (browser_end (idle.browser), 1001);
    assert_int_equal (browser_end (searcher.browser), 1001);
    browser_close (&idle.browser);
    browser_close (&searcher.browser);
    wire_leave_t leave = peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave;
    assert_true (ident_equal (&leave.user, &user)); // Nobody is matched with it meanwhile.
    assert_int_equal (leave.reason, REASON_DISCONNECTED);
    assert_int_equal (metric_value (fixture.admin_port, "gateway_users"), 1);
    say_taken (&user, leave.turn);
    assert_int_equal (service_wait (fixture.gateway), 0);
}

static void
test_an_empty_gateway_ends_at_once (void **state)
{
    (void) state;
    service_signal (fixture.gateway, SIGTERM);
    assert_int_equal (service_wait (fixture.gateway), 0);
}

static void
test_a_message_on_its_way_is_answered_before_its_writer_is_sent_on (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    browser_send (person.browser, "425[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    peer_expect (fixture.relay, WIRE_MESSAGE, NULL);
    drain ();
    relay_message (&user, &partner, &chat, 1, "one"); // The chat goes on meanwhile.
    browser_expect (person.browser, "42[\"message\"");
    assert_false (peer_hears (fixture.relay, WIRE_AWAY, 20));
    relay_receipt (&user, &partner, &chat, 1);
    browser_expect (person.browser, "435[{\"id\":\"a\"");
    assert_int_equal (browser_end (person.browser), 1001);
    browser_close (&person.browser);
    say_taken (&user, 1);
    assert_int_equal (service_wait (fixture.gateway), 0);
}

static void
test_somebody_with_a_foot_in_the_door_is_sent_on_too (void **state)
{
    (void) state;
    browser_t *browser = browser_dial (fixture.port);
    browser_shake (browser, "/socket.io/?EIO=4&transport=websocket", "");
    assert_int_equal (browser_status (browser), 101);
    browser_expect (browser, "0{");
    person_t person; // So that the gateway does not end at once.
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    drain ();
    browser_send (browser, "40");
    assert_int_equal (browser_end (browser), 1001);
    browser_close (&browser);
    browser_close (&person.browser);
    assert_false (peer_hears (fixture.relay, WIRE_GONE, 20)); // Long before the end.
    say_taken (&user, 1);
    assert_int_equal (service_wait (fixture.gateway), 0);
}

static void
test_somebody_who_is_just_coming_over_is_sent_on_without_a_state (void **state)
{
    (void) state;
    person_t person;
    ident_t user = person_come_over (&person, "7.3.00000000");
    wire_resume_t resume = peer_expect (fixture.matcher, WIRE_RESUME, NULL)->as.resume;
    drain ();
    assert_null (browser_hears (person.browser, "4", DEADLINE_MS)); // Until it is closed.
    assert_int_equal (browser_end (person.browser), 1001);
    browser_close (&person.browser);
    wire_t resumed = {WIRE_RESUMED,
                      .as.resumed = {.user = user, .nonce = resume.nonce,
                                     .doing = DOING_SEARCHING, .turn = 65536}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &resumed);
    peer_expect (fixture.matcher, WIRE_SEARCH, NULL);
    wire_leave_t leave = peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave;
    say_taken (&user, leave.turn);
    assert_int_equal (service_wait (fixture.gateway), 0);
}

static void
test_a_connection_that_is_used_again_lets_nobody_in (void **state)
{
    (void) state;
    static const char preflight[] =
        "OPTIONS /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n"
        "Origin: http://good.example\r\nAccess-Control-Request-Method: GET\r\n\r\n";
    static const char handshake[] =
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n";
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    browser_t *browser = browser_dial (fixture.port);
    browser_raw (browser, preflight, strlen (preflight));
    assert_int_equal (browser_status (browser), 204);
    drain ();
    browser_close (&person.browser);
    browser_raw (browser, handshake, strlen (handshake));
    assert_int_equal (browser_status (browser), 429);
    browser_end (browser); // And it ends at once, so that the next try is made elsewhere.
    browser_close (&browser);
    assert_false (peer_hears (fixture.relay, WIRE_GONE, 20));
    say_taken (&user, 1);
    assert_int_equal (service_wait (fixture.gateway), 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_MOVING_GATEWAY (test_a_chat_goes_on_elsewhere_and_the_gateway_ends_when_it_does),
        WITH_RECOVERING_GATEWAY (test_a_chat_that_goes_on_nowhere_ends_as_the_gateway_was_drained),
        WITH_MOVING_GATEWAY (test_who_does_nothing_is_gone_and_who_searches_may_go_on),
        WITH_MOVING_GATEWAY (test_an_empty_gateway_ends_at_once),
        WITH_MOVING_GATEWAY (test_a_message_on_its_way_is_answered_before_its_writer_is_sent_on),
        WITH_MOVING_GATEWAY (test_somebody_with_a_foot_in_the_door_is_sent_on_too),
        WITH_MOVING_GATEWAY (test_somebody_who_is_just_coming_over_is_sent_on_without_a_state),
        WITH_MOVING_GATEWAY (test_a_connection_that_is_used_again_lets_nobody_in),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
