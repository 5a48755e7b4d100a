// hostile_test.c -- a gateway alone, and what the world may send to it.

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define OPEN "/socket.io/?EIO=4&transport=websocket"

// A pair of people who must not notice anything: still alive, still matched, still talking.
static void
assert_alive (void)
{
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    relay_message (&user, &partner, &chat, 1, "still here");
    browser_expect (browser, "42[\"message\"");
    browser_close (&browser);
}

static void
test_payloads_of_any_shape_are_refused_and_the_connection_lives (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    static const char *const frames[] = {
        "42[\"message\"]",
        "42[\"message\",null]",
        "42[\"message\",5]",
        "42[\"message\",[]]",
        "42[\"message\",{}]",
        "42[\"message\",{\"text\":{\"a\":1}}]",
        "42[\"message\",{\"text\":\"\"}]",
        "42[\"message\",{\"text\":\"\\u200b\"}]",
        "42[\"message\",{\"text\":\"x\",\"id\":5}]",
        "42[\"message\",{\"text\":\"x\",\"chatId\":\"nonsense\"}]",
        "42[\"message\",{\"text\":\"x\",\"chatId\":{}}]",
        "42[\"search\",[1]]",
        "42[\"typing\"]",
        "42[\"nonsense\"]",
        "42[7]",
    };
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        browser_send (browser, frames[i]);
        browser_expect (browser, "42[\"error\",{\"message\":");
    }
    assert_false (peer_hears (fixture.relay, WIRE_MESSAGE, 20));
    browser_close (&browser);
}

static void
test_what_breaks_socketio_closes_that_connection (void **state)
{
    (void) state;
    static const char *const frames[] = {
        "4", "4x", "4abc", "42{}", "42", "42[]", "42[\"disconnect\"]", "42abc[\"a\"]", "47",
        "44{}", "45-[\"a\"]", "451[\"a\"]", "4511-[\"a\"]", "40", "2", "x", "42[\"a\"",
        "42[\"\xf0\x90\"]",
    };
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        browser_t *browser = browser_open (fixture.port);
        browser_send (browser, frames[i]);
        unsigned code = browser_end (browser);
        if (code != 1002 && code != 1007) {
            fail_msg ("%s was closed with %u", frames[i], code);
        }
        browser_close (&browser);
    }
    assert_alive ();
}

static void
test_frames_that_are_none_are_cut_off_with_the_right_code (void **state)
{
    (void) state;
    static const struct {
        unsigned char first;
        const char *data;
        unsigned code;
    } frames[] = {
        {0x83, "reserved opcode", 1002},
        {0xc1, "reserved bit", 1002},
        {0x80, "nothing to continue", 1002},
        {0x09, "fragmented ping", 1002},
        {0x81, "4\xff", 1007},
        {0x81, "4\xe2\x82", 1007}, // It ends within a character.
    };
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        browser_t *browser = browser_open (fixture.port);
        browser_frame (browser, frames[i].first, frames[i].data, strlen (frames[i].data));
        assert_int_equal (browser_end (browser), frames[i].code);
        browser_close (&browser);
    }
    assert_alive ();
}

// The library sends back why somebody closes, as it came.
static void
test_a_reason_that_is_no_text_is_not_sent_back (void **state)
{
    (void) state;
    browser_t *browser = browser_open (fixture.port);
    browser_frame (browser, 0x88, "\x03\xe9" "bye", 5);
    assert_int_equal (browser_end (browser), 1001);
    browser_close (&browser);
    browser = browser_open (fixture.port);
    browser_frame (browser, 0x88, "\x03\xe9" "bye\xff", 6);
    assert_int_equal (browser_end (browser), 0);
    browser_close (&browser);
    assert_alive ();
}

// Of a text in pieces all that is in them is looked at, and a character may be in two of them.
static void
test_a_text_in_pieces_is_as_good_as_a_whole_one (void **state)
{
    (void) state;
    browser_t *browser = browser_open (fixture.port);
    browser_frame (browser, 0x01, "42[\"typing\xe2\x82", 12);
    browser_frame (browser, 0x80, "\xac\"]", 3);
    browser_expect (browser, "42[\"error\",{\"message\":");
    browser_frame (browser, 0x01, "42[\"typing\xe2\x82", 12);
    browser_frame (browser, 0x80, "\"]", 2);
    assert_int_equal (browser_end (browser), 1007);
    browser_close (&browser);
    assert_alive ();
}

static void
test_a_message_that_is_too_large_is_closed_with_1009 (void **state)
{
    (void) state;
    char *large = calloc (1, 200000);
    memset (large, 'a', 200000);
    browser_t *browser = browser_open (fixture.port);
    browser_frame (browser, 0x81, large, 200000);
    assert_int_equal (browser_end (browser), 1009);
    browser_close (&browser);
    browser = browser_open (fixture.port);
    browser_frame (browser, 0x01, large, 40000);
    browser_frame (browser, 0x80, large, 40000);
    assert_int_equal (browser_end (browser), 1009);
    browser_close (&browser);
    free (large);
    assert_alive ();
}

static void
test_json_that_is_too_deep_is_refused (void **state)
{
    (void) state;
    char *deep = calloc (1, 60100);
    strcpy (deep, "42[\"search\",");
    memset (deep + strlen (deep), '[', 60000);
    browser_t *browser = browser_open (fixture.port);
    browser_send (browser, deep);
    assert_int_equal (browser_end (browser), 1002);
    browser_close (&browser);
    free (deep);
}

static void
test_ten_thousand_tiny_fragments_are_one_message (void **state)
{
    (void) state;
    browser_t *browser = browser_open (fixture.port);
    browser_frame (browser, 0x01, "42[\"", 4);
    for (int i = 0; i < 10000; i++) {
        browser_frame (browser, 0x00, "a", 1);
    }
    browser_frame (browser, 0x80, "\"]", 2);
    assert_non_null (strstr (browser_expect (browser, "42[\"error\""), "unknown_event"));
    browser_close (&browser);
}

static void
test_binary_events_are_swallowed_and_refused (void **state)
{
    (void) state;
    browser_t *browser = browser_open (fixture.port);
    browser_send (browser, "452-3[\"blob\",{\"_placeholder\":true,\"num\":0}]");
    browser_frame (browser, 0x82, "\1\2", 2);
    browser_frame (browser, 0x82, "\3", 1);
    assert_non_null (strstr (browser_expect (browser, "433"), "binary"));
    browser_send (browser, "450-[\"blob\"]");
    assert_non_null (strstr (browser_expect (browser, "42[\"error\""), "binary"));
    browser_frame (browser, 0x82, "\1", 1);
    assert_int_equal (browser_end (browser), 1002);
    browser_close (&browser);
}

static void
test_who_does_not_answer_pings_is_closed (void **state)
{
    (void) state;
    browser_t *browser = browser_open (fixture.port);
    browser_expect (browser, "2");
    browser_play_dead (browser);
    browser_expect (browser, "2");
    browser_end (browser);
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_sessions") == 0);
    browser_close (&browser);
}

static void
test_who_does_not_join_is_closed (void **state)
{
    (void) state;
    browser_t *browser = browser_dial (fixture.port);
    browser_shake (browser, OPEN, "");
    assert_int_equal (browser_status (browser), 101);
    browser_end (browser);
    browser_close (&browser);
}

static void
test_who_does_not_read_is_closed (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    // Nobody reads: the kernel's buffers fill, then the gateway's queue, then it is over.
    for (uint64_t i = 0; metric_value (fixture.admin_port, "gateway_sessions") == 1; i++) {
        assert_true (i < 20000);
        for (int j = 0; j < 100; j++) {
            browser_send (browser, "42[\"nonsense\"]");
        }
    }
    browser_close (&browser);
    assert_alive ();
}

static void
test_requests_that_are_no_chat_get_an_answer (void **state)
{
    (void) state;
    char body[512];
    assert_int_equal (http_get (fixture.port, "/", body, sizeof body), 200);
    assert_non_null (strstr (body, "<title>page</title>"));
    assert_int_equal (http_get (fixture.port, "/assets/a.js", body, sizeof body), 200);
    assert_int_equal (http_get (fixture.port, "/nothing", body, sizeof body), 404);
    assert_int_equal (http_get (fixture.port, "/../gateway.c", body, sizeof body), 404);
    assert_int_equal (http_get (fixture.port, "/%2e%2e/fixture.c", body, sizeof body), 404);
    assert_int_equal (http_get (fixture.port, "/..%2ffixture.c", body, sizeof body), 404);
}

static void
test_handshakes_are_refused_with_a_reason (void **state)
{
    (void) state;
    static const struct {
        const char *path;
        const char *headers;
        int status;
    } handshakes[] = {
        {OPEN, "", 101},
        {OPEN, "Origin: http://good.example\r\n", 101},
        {OPEN, "Origin: http://localhost\r\n", 101},
        {OPEN, "Origin: http://good.example.evil\r\n", 403},
        {OPEN, "Origin: http://good.exampl\r\n", 403},
        {OPEN, "Origin: null\r\n", 403},
        {"/socket.io/?transport=websocket&EIO=4", "", 101},
        {"/socket.io/?EIO=3&transport=websocket", "", 400},
        {"/socket.io/?EIO=4&transport=other", "", 400},
        {"/socket.io/?EIO=4&transport=websocket&sid=abc", "", 400},
        {"/elsewhere?EIO=4&transport=websocket", "", 400},
    };
    for (size_t i = 0; i < sizeof handshakes / sizeof handshakes[0]; i++) {
        browser_t *browser = browser_dial (fixture.port);
        browser_shake (browser, handshakes[i].path, handshakes[i].headers);
        int status = browser_status (browser);
        if (status != handshakes[i].status) {
            fail_msg ("%s %s got %d", handshakes[i].path, handshakes[i].headers, status);
        }
        browser_close (&browser);
    }
}

static void
test_http_that_hurts_the_library_is_cut_off (void **state)
{
    (void) state;
    static const char *const requests[] = {
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nUpgrade: foo\r\n"
        "Connection: Upgrade\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n"
        "Host: a\r\nContent-Length: 100\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789GET / HTTP/1.1\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
        "\r\n\r\n\r\n", "\0\1\2\3", "GET", "GET / HTTP/9.9\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        browser_t *browser = browser_dial (fixture.port);
        browser_raw (browser, requests[i], strlen (requests[i]));
        browser_hears (browser, "nothing", 50);
        browser_close (&browser);
    }
    assert_alive ();
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_connections") == 0);
}

// Sends a request to the polling transport and returns the status of its answer.
static int
poll_status (browser_t *browser, const char *method, const char *sid, const char *body)
{
    char request[512];
    int bytes = snprintf (request, sizeof request,
                          "%s /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\nHost: a\r\n", method,
                          sid[0] != '\0' ? "&sid=" : "", sid);
    if (body[0] != '\0') {
        bytes += snprintf (request + bytes, sizeof request - (size_t) bytes,
                           "Content-Length: %zu\r\n", strlen (body));
    }
    bytes += snprintf (request + bytes, sizeof request - (size_t) bytes, "\r\n%s", body);
    browser_raw (browser, request, (size_t) bytes);
    return browser_status (browser);
}

static void
test_who_polls_is_not_cut_off_for_what_others_leave_behind_a_held_poll (void **state)
{
    (void) state;
    char sids[2][64];
    char body[512];
    for (int i = 0; i < 2; i++) {
        assert_int_equal (http_get (fixture.port, "/socket.io/?EIO=4&transport=polling", body,
                                    sizeof body),
                          200);
        assert_int_equal (sscanf (body, "0{\"sid\":\"%63[^\"]", sids[i]), 1);
    }
    // The other one has a GET held, and a POST in the same bytes.
    char request[512];
    browser_t *other = browser_dial (fixture.port);
    int bytes = snprintf (request, sizeof request,
                          "GET /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: a\r\n\r\n"
                          "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: a\r\n"
                          "Content-Length: 2\r\n\r\n40",
                          sids[1], sids[1]);
    browser_raw (other, request, (size_t) bytes);
    // Whoever opens a connection for each request is served all along...
    for (int i = 0; i < 20; i++) {
        browser_t *fresh = browser_dial (fixture.port);
        assert_int_equal (poll_status (fresh, "POST", sids[0], "3"), 200);
        browser_end (fresh); // ...and is told that the connection ends.
        browser_close (&fresh);
    }
    browser_close (&other);
    assert_alive ();
}

static void
test_more_connections_than_allowed_are_turned_away (void **state)
{
    (void) state;
    browser_t *browsers[60];
    for (size_t i = 0; i < 60; i++) {
        browsers[i] = browser_dial (fixture.port);
    }
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_connections_turned_away_total") >= 10);
    for (size_t i = 0; i < 60; i++) {
        browser_close (&browsers[i]);
    }
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_connections") == 0);
    assert_alive ();
}

static void
test_the_twenty_first_message_of_a_burst_is_told_to_wait (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    for (int i = 0; i < 21; i++) {
        browser_send (browser, "42[\"message\",{\"text\":\"hi\"}]");
    }
    const char *error = browser_expect (browser, "42[\"error\"");
    assert_non_null (strstr (error, "\"Too many messages sent\""));
    assert_non_null (strstr (error, "\"retryAfter\":3"));
    browser_close (&browser);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_GATEWAY (test_payloads_of_any_shape_are_refused_and_the_connection_lives),
        WITH_GATEWAY (test_what_breaks_socketio_closes_that_connection),
        WITH_GATEWAY (test_frames_that_are_none_are_cut_off_with_the_right_code),
        WITH_GATEWAY (test_a_reason_that_is_no_text_is_not_sent_back),
        WITH_GATEWAY (test_a_text_in_pieces_is_as_good_as_a_whole_one),
        WITH_GATEWAY (test_a_message_that_is_too_large_is_closed_with_1009),
        WITH_GATEWAY (test_json_that_is_too_deep_is_refused),
        WITH_GATEWAY (test_ten_thousand_tiny_fragments_are_one_message),
        WITH_GATEWAY (test_binary_events_are_swallowed_and_refused),
        WITH_HASTY_GATEWAY (test_who_does_not_answer_pings_is_closed),
        WITH_HASTY_GATEWAY (test_who_does_not_join_is_closed),
        WITH_GATEWAY (test_who_does_not_read_is_closed),
        WITH_GATEWAY (test_requests_that_are_no_chat_get_an_answer),
        WITH_GATEWAY (test_handshakes_are_refused_with_a_reason),
        WITH_GATEWAY (test_http_that_hurts_the_library_is_cut_off),
        WITH_GATEWAY (test_who_polls_is_not_cut_off_for_what_others_leave_behind_a_held_poll),
        WITH_GATEWAY (test_more_connections_than_allowed_are_turned_away),
        WITH_GATEWAY (test_the_twenty_first_message_of_a_burst_is_told_to_wait),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
