// recovery_test.c -- a gateway alone: who was cut off comes back to where it was, and misses nothing.

#include "person.h"

// It is whom it was, on the socket that it had.
static void
assert_recovered (const person_t *person)
{
    person_is_known (person, true);
    assert_non_null (strstr (person->answer, person->sid));
}

static void
test_who_was_cut_off_in_a_chat_comes_back_to_it_and_misses_nothing (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat); // Offset 2.
    relay_message (&user, &partner, &chat, 1, "one");
    browser_expect (person.browser, "42[\"message\""); // Offset 3, which it pretends not to have seen.
    peer_expect (fixture.relay, WIRE_RECEIPT, NULL);
    browser_close (&person.browser);
    peer_expect (fixture.relay, WIRE_AWAY, NULL);
    relay_message (&user, &partner, &chat, 2, "two");
    assert_false (peer_hears (fixture.relay, WIRE_RECEIPT, 50));

    person_come_back (&person, "2");
    assert_recovered (&person);
    assert_non_null (strstr (person.before, "42[\"message\",{\"text\":\"one\""));
    assert_null (strstr (person.before, "matched"));
    assert_null (strstr (person.before, "two"));
    peer_expect (fixture.relay, WIRE_BACK, NULL);
    assert_non_null (strstr (browser_expect (person.browser, "42[\"state\""), "\"chatting\""));
    relay_message (&user, &partner, &chat, 2, "two");
    assert_non_null (strstr (browser_expect (person.browser, "42[\"message\""), "\"two\""));
    assert_false (peer_hears (fixture.relay, WIRE_GONE, 20));
    browser_close (&person.browser);
}

static void
test_who_does_not_come_back_in_time_has_left_once (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    browser_close (&person.browser);
    peer_expect (fixture.relay, WIRE_AWAY, NULL);
    assert_int_equal (peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone.reason,
                      REASON_DISCONNECTED);
    peer_expect (fixture.matcher, WIRE_LEAVE, NULL);

    person_come_back (&person, "2");
    person_is_known (&person, false);
    assert_non_null (strstr (browser_expect (person.browser, "42[\"state\""), "\"idle\""));
    assert_false (peer_hears (fixture.relay, WIRE_GONE, 20));
    browser_close (&person.browser);
}

static void
test_a_half_open_connection_is_taken_over (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    browser_t *old = person.browser;
    person_come_back (&person, "2");
    assert_recovered (&person);
    assert_non_null (strstr (browser_expect (old, "42[\"error\""), "\"code\":\"taken_over\"}]"));
    browser_expect (old, "41"); // It is not to come back by itself.
    browser_end (old);
    browser_close (&old);
    relay_message (&user, &partner, &chat, 1, "to the new one");
    browser_expect (person.browser, "42[\"message\"");
    assert_false (peer_hears (fixture.relay, WIRE_AWAY, 20));
    browser_close (&person.browser);
}

static void
test_a_message_that_is_sent_again_by_its_name_is_not_doubled (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    browser_send (person.browser, "420[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    browser_send (person.browser, "421[\"message\",{\"text\":\"ho\",\"id\":\"b\"}]");
    assert_int_equal (peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message.number, 1);
    relay_receipt (&user, &partner, &chat, 1);
    browser_expect (person.browser, "430[{\"id\":\"a\"");
    browser_close (&person.browser);
    peer_expect (fixture.relay, WIRE_AWAY, NULL);
    person_come_back (&person, "2");
    browser_send (person.browser, "427[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    browser_expect (person.browser, "437[{\"id\":\"a\"");
    browser_send (person.browser, "428[\"message\",{\"text\":\"ho\",\"id\":\"b\"}]");
    assert_null (browser_hears (person.browser, "438", 20));
    relay_receipt (&user, &partner, &chat, 2);
    browser_expect (person.browser, "438[{\"id\":\"b\"");
    browser_send (person.browser, "429[\"message\",{\"text\":\"third\",\"id\":\"c\"}]");
    const wire_message_t *message;
    do {
        message = &peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message;
        assert_true (message->number <= 3);
    } while (message->number < 3);
    assert_memory_equal (message->id.text, "c", 1);
    browser_close (&person.browser);
}

static void
test_nobody_stands_in_line_while_away (void **state)
{
    (void) state;
    person_t person;
    person_arrive (&person);
    browser_send (person.browser, "42[\"search\"]");
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    browser_close (&person.browser);
    assert_true (peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave.turn > search.turn);
    person_come_back (&person, "1");
    assert_non_null (strstr (browser_expect (person.browser, "42[\"state\""), "\"searching\""));
    const wire_search_t *again = &peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    assert_true (ident_equal (&again->user, &search.user));
    browser_close (&person.browser);
}

static void
test_what_happened_meanwhile_is_told_on_return (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    browser_close (&person.browser);
    peer_expect (fixture.relay, WIRE_AWAY, NULL);
    relay_gone (&user, &partner, &chat);
    person_come_back (&person, "2");
    assert_recovered (&person);
    assert_non_null (strstr (person.before, "42[\"partner_left\""));
    assert_non_null (strstr (browser_expect (person.browser, "42[\"state\""), "\"idle\""));
    browser_close (&person.browser);
}

static void
test_a_clean_disconnect_leaves_at_once_and_cannot_be_taken_back (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    browser_send (person.browser, "41");
    assert_int_equal (peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone.reason, REASON_ENDED);
    assert_false (peer_hears (fixture.relay, WIRE_AWAY, 1));
    browser_close (&person.browser);
    person_come_back (&person, "2");
    person_is_known (&person, false);
    browser_close (&person.browser);
}

static void
test_a_token_that_is_none_makes_a_stranger (void **state)
{
    (void) state;
    static const char *const auths[] = {
        "{\"pid\":\"\",\"offset\":\"1\"}", "{\"pid\":5}", "{\"pid\":null,\"offset\":{}}",
        "{\"pid\":\"00000000-0000-0000-0000-000000000000\",\"offset\":\"1\"}",
        "{\"offset\":\"1\"}", "{}",
        "{\"pid\":\"11111111-1111-1111-1111-111111111111\",\"offset\":\"\"}",
        "{\"pid\":\"11111111-1111-1111-1111-111111111111\",\"offset\":\"1.2\"}",
        "{\"pid\":\"11111111-1111-1111-1111-111111111111\",\"offset\":\"-1\"}",
    };
    person_t person;
    for (size_t i = 0; i < sizeof auths / sizeof auths[0]; i++) {
        person_knock (&person, auths[i]);
        person_enter (&person);
        assert_string_equal (person.before, "");
        browser_expect (person.browser, "42[\"state\",{\"state\":\"idle\"}");
        browser_close (&person.browser);
    }
}

static void
test_the_partner_sees_away_and_back (void **state)
{
    (void) state;
    person_t person;
    ident_t user, partner, chat;
    person_arrive_matched (&person, &user, &partner, &chat);
    browser_send (person.browser, "42[\"message\",{\"text\":\"hi\",\"id\":\"a\"}]");
    peer_expect (fixture.relay, WIRE_MESSAGE, NULL);
    wire_t away = {.kind = WIRE_AWAY,
                   .as.away = {fixture.instance, fixture.other_gateway, chat, user, partner}};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &away);
    browser_expect (person.browser, "42[\"partner_away\",{\"chatId\"");
    wire_t back = {.kind = WIRE_BACK,
                   .as.back = {fixture.instance, fixture.other_gateway, chat, user, partner}};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &back);
    browser_expect (person.browser, "42[\"partner_back\",{\"chatId\"");
    peer_expect (fixture.relay, WIRE_MESSAGE, NULL);
    browser_close (&person.browser);
}

static void
test_people_who_are_away_do_not_fill_the_gateway_for_ever (void **state)
{
    (void) state;
    person_t person;
    int status = 101;
    for (int i = 0; i < 20 && status == 101; i++) {
        browser_t *browser = browser_dial (fixture.port);
        browser_shake (browser, "/socket.io/?EIO=4&transport=websocket", "");
        status = browser_status (browser);
        if (status == 101) {
            browser_send (browser, "40");
            browser_expect (browser, "42[\"state\"");
        }
        browser_close (&browser);
    }
    assert_int_equal (status, 429);
    assert_true (metric_value (fixture.admin_port, "gateway_users") <= 12);
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_users") == 0);
    person_arrive (&person);
    browser_close (&person.browser);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECOVERING_GATEWAY (test_who_was_cut_off_in_a_chat_comes_back_to_it_and_misses_nothing),
        WITH_RECOVERING_GATEWAY (test_who_does_not_come_back_in_time_has_left_once),
        WITH_RECOVERING_GATEWAY (test_a_half_open_connection_is_taken_over),
        WITH_RECOVERING_GATEWAY (test_a_message_that_is_sent_again_by_its_name_is_not_doubled),
        WITH_RECOVERING_GATEWAY (test_nobody_stands_in_line_while_away),
        WITH_RECOVERING_GATEWAY (test_what_happened_meanwhile_is_told_on_return),
        WITH_RECOVERING_GATEWAY (test_a_clean_disconnect_leaves_at_once_and_cannot_be_taken_back),
        WITH_RECOVERING_GATEWAY (test_a_token_that_is_none_makes_a_stranger),
        WITH_RECOVERING_GATEWAY (test_the_partner_sees_away_and_back),
        WITH_RECOVERING_GATEWAY (test_people_who_are_away_do_not_fill_the_gateway_for_ever),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
