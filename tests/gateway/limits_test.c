// limits_test.c -- a gateway alone: budgets, and what an address has to do with them.

#include "fixture.h"

#include <stdio.h>

#define OPEN "/socket.io/?EIO=4&transport=websocket"
#define HERE "X-Forwarded-For: 192.0.2.1\r\n"
#define THERE "X-Forwarded-For: 192.0.2.2\r\n"

// Sends twenty messages and one more, which is refused.
static void
use_up_messages (browser_t *browser)
{
    for (int i = 0; i < 21; i++) {
        browser_send (browser, "42[\"message\",{\"text\":\"hi\"}]");
    }
    assert_non_null (strstr (browser_expect (browser, "42[\"error\""), "too_many_messages"));
}

static void
hear_leave (void)
{
    wire_leave_t leave = peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave;
    wire_t left = {.kind = WIRE_LEFT, .as.left = {leave.user, leave.turn}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &left);
}

static void
test_a_new_connection_is_no_new_budget (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open_with (fixture.port, HERE);
    match (browser, &user, &partner, &chat);
    use_up_messages (browser);
    browser_close (&browser);
    hear_leave ();
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_users") == 0);

    browser = browser_open_with (fixture.port, HERE);
    match (browser, &user, &partner, &chat);
    browser_send (browser, "42[\"message\",{\"text\":\"hi\"}]");
    browser_send (browser, "42[\"message\",{\"text\":\"hi\"}]");
    assert_non_null (strstr (browser_expect (browser, "42[\"error\""), "too_many_messages"));
    browser_close (&browser);
}

static void
test_people_of_different_addresses_behind_a_proxy_do_not_limit_each_other (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open_with (fixture.port, HERE);
    match (browser, &user, &partner, &chat);
    use_up_messages (browser);
    browser_close (&browser);
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_sessions") == 0);
    browser = browser_open_with (fixture.port, THERE);
    match (browser, &user, &partner, &chat);
    use_up_messages (browser);
    browser_close (&browser);
}

static void
test_people_who_share_an_address_and_stay_have_their_own_budgets (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open_with (fixture.port, HERE);
    browser_t *neighbour = browser_open_with (fixture.port, HERE);
    match (browser, &user, &partner, &chat);
    use_up_messages (browser);
    match (neighbour, &user, &partner, &chat);
    use_up_messages (neighbour);
    browser_close (&browser);
    browser_close (&neighbour);
}

// How often one may connect with these headers before it is told to wait.
static int
admitted (const char *headers, browser_t *browsers[], int most)
{
    for (int i = 0; i < most; i++) {
        browsers[i] = browser_dial (fixture.port);
        browser_shake (browsers[i], OPEN, headers);
        int status = browser_status (browsers[i]);
        if (status != 101) {
            assert_int_equal (status, 429);
            browser_close (&browsers[i]);
            return i;
        }
    }
    return most;
}

static void
close_all (browser_t *browsers[], int count)
{
    for (int i = 0; i < count; i++) {
        browser_close (&browsers[i]);
    }
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_sessions") == 0);
}

static void
test_an_address_has_so_many_connections (void **state)
{
    (void) state;
    browser_t *browsers[10];
    assert_int_equal (admitted (HERE, browsers, 10), 3);
    browser_t *other = browser_open_with (fixture.port, THERE);
    browser_close (&other);
    close_all (browsers, 3);
    assert_int_equal (admitted (HERE, browsers, 1), 1);
    close_all (browsers, 1);
}

static void
test_an_address_has_so_many_handshakes_a_minute (void **state)
{
    (void) state;
    browser_t *browsers[10];
    for (int i = 0; i < 6; i++) {
        assert_int_equal (admitted (HERE, browsers, 1), 1);
        close_all (browsers, 1);
    }
    assert_int_equal (admitted (HERE, browsers, 1), 0);
    assert_int_equal (admitted (THERE, browsers, 1), 1);
    close_all (browsers, 1);
}

static void
test_only_what_our_own_proxy_says_counts (void **state)
{
    (void) state;
    browser_t *browsers[10];
    // Whoever writes the header before the proxy adds to it cannot become somebody else.
    assert_int_equal (admitted ("X-Forwarded-For: 198.51.100.1, 192.0.2.1\r\n", browsers, 1), 1);
    assert_int_equal (admitted ("X-Forwarded-For: 198.51.100.2,192.0.2.1\r\n", browsers + 1, 1), 1);
    assert_int_equal (admitted ("X-Forwarded-For: nonsense , 192.0.2.1\r\n", browsers + 2, 1), 1);
    assert_int_equal (admitted ("X-Forwarded-For: 198.51.100.3, 192.0.2.1\r\n", browsers + 3, 1), 0);
    close_all (browsers, 3);
}

static void
test_polling_is_told_to_wait_in_json (void **state)
{
    (void) state;
    char body[512];
    browser_t *browsers[3];
    // Without the header the address of the connection counts.
    assert_int_equal (admitted ("", browsers, 3), 3);
    assert_int_equal (http_get (fixture.port, "/socket.io/?EIO=4&transport=polling", body,
                                sizeof body),
                      429);
    assert_non_null (strstr (body, "\"code\":\"too_many_connections\""));
    assert_non_null (strstr (body, "\"retryAfter\":60"));
    close_all (browsers, 3);
}

static void
test_who_skips_too_often_stays_and_is_told_how_long (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open_with (fixture.port, HERE);
    for (int i = 0; i < 4; i++) {
        browser_send (browser, "42[\"search\"]");
        peer_expect (fixture.matcher, WIRE_SEARCH, NULL);
        browser_send (browser, "420[\"end_chat\"]");
        hear_leave ();
        browser_expect (browser, "430");
    }
    match (browser, &user, &partner, &chat);
    browser_send (browser, "421[\"skip\"]");
    const char *error = browser_expect (browser, "42[\"error\"");
    assert_non_null (strstr (error, "\"code\":\"too_many_searches\""));
    assert_non_null (strstr (error, "\"retryAfter\":12"));
    relay_message (&user, &partner, &chat, 1, "still together");
    browser_expect (browser, "42[\"message\"");
    browser_close (&browser);
}

static void
test_a_flooder_gets_a_handful_of_errors_and_is_put_out (void **state)
{
    (void) state;
    browser_t *browser = browser_open_with (fixture.port, HERE);
    for (int i = 0; i < 100; i++) {
        browser_send (browser, "42[\"typing\",{\"on\":true}]");
    }
    int errors = 0;
    const char *heard = browser_expect (browser, "4");
    while (strcmp (heard, "41") != 0) {
        errors += strncmp (heard, "42[\"error\"", 10) == 0;
        heard = browser_expect (browser, "4");
    }
    assert_int_equal (errors, 5);
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_users") == 0);
    browser_end (browser);
    browser_close (&browser);
}

static void
assert_they_chat (browser_t *browser, const ident_t *user, const ident_t *partner,
                  const ident_t *chat, uint64_t number)
{
    relay_message (user, partner, chat, number, "from there");
    assert_non_null (strstr (browser_expect (browser, "42[\"message\""), "from there"));
    char said[64];
    char answer[8];
    snprintf (said, sizeof said, "42%u[\"message\",{\"text\":\"from here\"}]", (unsigned) number);
    snprintf (answer, sizeof answer, "43%u[", (unsigned) number);
    browser_send (browser, said);
    // One that was not confirmed in time is said again.
    while (peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message.number < number) {
    }
    assert_int_equal (peer_heard (fixture.relay)->as.message.number, number);
    relay_receipt (user, partner, chat, number);
    browser_expect (browser, answer);
}

// The bus and the operator's pages have descriptors of their own.
static void
test_who_finds_no_descriptor_is_turned_away_and_the_others_chat (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *surplus[100];
    uint64_t limit = metric_value (fixture.admin_port, "gateway_connections_limit");
    assert_true (service_logged (fixture.gateway, "descriptors_few limit=64 needed=50"));
    assert_true (service_logged (fixture.gateway, "wanted=5000"));
    assert_true (limit > 4 && limit < 48);
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    for (size_t i = 0; i < 100; i++) {
        surplus[i] = browser_dial (fixture.port);
    }
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_connections_turned_away_total") > 100 - limit);
    assert_true (metric_value (fixture.admin_port, "gateway_connections") <= limit);
    assert_they_chat (browser, &user, &partner, &chat, 1);
    peer_close (&fixture.relay); // The new relay takes a descriptor, too.
    fixture.relay = peer_listen (fixture.relay_port, ROLE_RELAY);
    WAIT_FOR (peer_count (fixture.relay) == 1);
    wait_ready (fixture.admin_port, true);
    assert_they_chat (browser, &user, &partner, &chat, 2);
    for (size_t i = 0; i < 100; i++) {
        browser_close (&surplus[i]);
    }
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_connections") == 1);
    browser_t *late = browser_open (fixture.port);
    browser_close (&late);
    browser_close (&browser);
    assert_false (service_logged (fixture.gateway, "accept_failed"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_LIMITED_GATEWAY (test_a_new_connection_is_no_new_budget),
        WITH_LIMITED_GATEWAY (
            test_people_of_different_addresses_behind_a_proxy_do_not_limit_each_other),
        WITH_LIMITED_GATEWAY (test_people_who_share_an_address_and_stay_have_their_own_budgets),
        WITH_LIMITED_GATEWAY (test_an_address_has_so_many_connections),
        WITH_LIMITED_GATEWAY (test_an_address_has_so_many_handshakes_a_minute),
        WITH_LIMITED_GATEWAY (test_only_what_our_own_proxy_says_counts),
        WITH_LIMITED_GATEWAY (test_polling_is_told_to_wait_in_json),
        WITH_LIMITED_GATEWAY (test_who_skips_too_often_stays_and_is_told_how_long),
        WITH_LIMITED_GATEWAY (test_a_flooder_gets_a_handful_of_errors_and_is_put_out),
        WITH_CRAMPED_GATEWAY (test_who_finds_no_descriptor_is_turned_away_and_the_others_chat),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
