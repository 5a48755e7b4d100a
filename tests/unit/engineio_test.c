// engineio_test.c -- Engine.IO sessions on WebSockets: packets, heartbeat, bounds, ends.

#include <stdio.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "unit/app.h"
#include "unit/browser.h"

static carrier_t websocket; // Of most tests.

static int
set_up (void **state)
{
    (void) state;
    app_begin ();
    browser_begin (&app_functions, &app);
    browser_open (&websocket);
    browser_gets (&websocket); // The open packet.
    return 0;
}

static int
tear_down (void **state)
{
    (void) state;
    browser_end ();
    assert_int_equal (app.open, 0);
    return 0;
}

#define HEARS(text) assert_string_equal (app_heard (), text)
#define GETS(text) assert_string_equal (browser_gets (&websocket), text)
#define GETS_NOTHING() assert_null (browser_gets (&websocket))

static void
test_the_open_packet_says_how_to_go_on (void **state)
{
    (void) state;
    carrier_t other;
    eio_session_t *session = browser_open (&other);
    char sid[21] = "";
    int end = 0;
    const char *packet = browser_gets (&other);
    assert_int_equal (sscanf (packet, "0{\"sid\":\"%20[A-Za-z0-9_-]\",\"upgrades\":[],"
                                      "\"pingInterval\":300,\"pingTimeout\":200,"
                                      "\"maxPayload\":1000}%n", sid, &end), 1);
    assert_int_equal (end, strlen (packet));
    assert_int_equal (strlen (sid), 20);
    assert_ptr_equal (engineio_find (browser.engineio, sid, 20), session);
    assert_null (engineio_find (browser.engineio, sid, 19));
    assert_null (engineio_find (browser.engineio, "AAAAAAAAAAAAAAAAAAAA", 20));
    sid[19] = sid[19] == 'A' ? 'B' : 'A';
    assert_null (engineio_find (browser.engineio, sid, 20));
    assert_int_equal (engineio_sessions (browser.engineio), 2);
}

static void
test_messages_go_up_as_they_came (void **state)
{
    (void) state;
    browser_sends (&websocket, "4hello");
    browser_sends (&websocket, "4");
    browser_sends (&websocket, "4\x1e" "4x");
    HEARS ("text hello, text , text \x1e" "4x");
    browser_sends_binary (&websocket, "abc", 3);
    browser_sends_binary (&websocket, "", 0);
    browser_sends_binary (&websocket, "4x", 2); // A binary frame has no type.
    HEARS ("binary 3 abc, binary 0 , binary 2 4x");
}

static void
test_messages_go_down_in_order_with_their_type (void **state)
{
    (void) state;
    websocket.wakes = 0;
    app_sends ("one");
    assert_int_equal (websocket.wakes, 1);
    app_sends ("");
    app_sends_binary ("two", 3);
    eio_send (app.session, false, (eio_part_t[]){{"a", 1}, {NULL, 0}, {"bc", 2}, {"d", 1},
                                                 {"e", 1}, {"f", 1}, {"g", 1}}, 7);
    GETS ("4one");
    GETS ("4");
    GETS ("b:two");
    GETS ("4abcdefg");
    GETS_NOTHING ();
}

static void
test_it_pings_once_an_interval (void **state)
{
    (void) state;
    for (int round = 0; round < 3; round++) {
        browser_waits (290);
        GETS_NOTHING ();
        browser_waits (20);
        GETS ("2");
        browser_waits (100);
        GETS_NOTHING ();
        browser_sends (&websocket, "3");
        HEARS ("answered");
    }
}

static void
test_who_does_not_answer_is_closed (void **state)
{
    (void) state;
    browser_waits (490); // 300 and 200, not counted from when the ping was sent.
    assert_false (websocket.finished);
    browser_waits (20);
    assert_true (websocket.finished);
    assert_int_equal (websocket.status, 1000);
    HEARS ("closed ping timeout");
    assert_int_equal (engineio_sessions (browser.engineio), 0);
}

static void
test_messages_are_no_pong (void **state)
{
    (void) state;
    browser_waits (310);
    browser_sends (&websocket, "4still here");
    browser_waits (200);
    HEARS ("text still here, closed ping timeout");
}

static void
test_what_comes_after_the_deadline_is_not_served (void **state)
{
    (void) state;
    static const char *const frames[] = {"3", "4late", "1"};
    for (size_t i = 0; i < 3; i++) {
        carrier_t late;
        browser_open (&late);
        browser_waits (310);
        browser.now_ms += 200; // And no tick came.
        app_heard ();
        browser_sends (&late, frames[i]);
        assert_true (late.finished);
        HEARS ("closed ping timeout");
    }
}

static void
test_a_pong_that_nobody_asked_for_changes_nothing (void **state)
{
    (void) state;
    browser_waits (200);
    browser_sends (&websocket, "3");
    browser_waits (110);
    GETS ("2");
    HEARS ("");
}

static void
test_a_close_packet_closes (void **state)
{
    (void) state;
    browser_sends (&websocket, "1");
    assert_true (websocket.finished);
    assert_int_equal (websocket.status, 1000);
    HEARS ("closed client close");
}

static void
test_packets_without_a_meaning_are_passed_over (void **state)
{
    (void) state;
    browser_sends (&websocket, "0");
    browser_sends (&websocket, "5");
    browser_sends (&websocket, "6");
    browser_sends (&websocket, "6x");
    assert_false (websocket.finished);
    HEARS ("");
}

static void
test_wrong_packets_close_with_a_parse_error (void **state)
{
    (void) state;
    static const char *const frames[] = {"", "2", "2probe", "7", "9", "x", "b", " 4", "\n",
                                         "\xc3\xa9", "-1", "abc"};
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        carrier_t wrong;
        browser_open (&wrong);
        browser_sends (&wrong, frames[i]);
        assert_true (wrong.finished);
        assert_int_equal (wrong.status, 1002);
        HEARS ("closed parse error");
    }
}

static void
test_a_reader_that_does_not_read_is_closed_soon_and_only_then (void **state)
{
    (void) state;
    static char text[1001];
    memset (text, 'x', 1000);
    unsigned sent = 0;
    for (int i = 0; i < 100; i++) {
        app_sends (text);
        assert_false (websocket.finished); // Not from within: whoever sends still uses it.
    }
    browser_sends (&websocket, "4are you there"); // Not served any more.
    HEARS ("");
    browser_waits (20);
    assert_true (websocket.finished);
    assert_int_equal (websocket.status, 1013);
    HEARS ("closed too slow");
    for (const char *at = websocket.rest; (at = strchr (at, '\n')) != NULL; at++) {
        sent++;
    }
    assert_in_range (sent, 4096 / 1040, 4096 / 1040 + 2); // The rest was dropped.
}

static void
test_a_reader_that_reads_may_get_any_amount (void **state)
{
    (void) state;
    static char text[1001];
    memset (text, 'x', 1000);
    for (int i = 0; i < 1000; i++) {
        app_sends (text);
        app_sends (text);
        assert_int_equal (strlen (browser_gets (&websocket)), 1001);
        assert_int_equal (strlen (browser_gets (&websocket)), 1001);
    }
    browser_waits (20);
    assert_false (websocket.finished);
}

static void
test_a_message_larger_than_the_queue_is_sent_if_nothing_waits (void **state)
{
    (void) state;
    static char text[20001];
    memset (text, 'x', 20000);
    app_sends (text);
    browser_waits (20);
    assert_int_equal (strlen (browser_gets (&websocket)), 20001);
    assert_false (websocket.finished);
}

static void
test_a_carrier_that_is_gone_is_not_used_again (void **state)
{
    (void) state;
    websocket.wakes = 0;
    eio_carrier_gone (websocket.session, &websocket);
    HEARS ("closed transport close");
    assert_false (websocket.finished);
    assert_int_equal (websocket.wakes, 0);
}

static void
test_the_application_may_close_while_it_hears (void **state)
{
    (void) state;
    app.closes = true;
    browser_sends (&websocket, "4x");
    assert_true (websocket.finished);
    assert_int_equal (websocket.status, 1000);
    HEARS ("text x, closed server close");
}

static void
test_what_waits_when_a_session_closes_is_still_sent (void **state)
{
    (void) state;
    app_sends ("goodbye");
    eio_close (app.session, EIO_SERVER_CLOSE);
    assert_string_equal (websocket.rest, "4goodbye\n");
}

static void
test_what_is_said_to_a_closed_session_is_dropped (void **state)
{
    (void) state;
    app.speaks = true;
    eio_close (app.session, EIO_SERVER_CLOSE);
    HEARS ("closed server close"); // Once.
    assert_string_equal (websocket.rest, "");
}

static void
test_a_server_that_stops_closes_all (void **state)
{
    (void) state;
    static carrier_t sockets[20];
    for (size_t i = 0; i < 20; i++) {
        browser_open (&sockets[i]);
    }
    assert_int_equal (engineio_sessions (browser.engineio), 21);
    engineio_close_all (browser.engineio, EIO_SERVER_STOP);
    assert_int_equal (engineio_sessions (browser.engineio), 0);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal (sockets[i].status, 1001);
    }
}

static void
test_sessions_may_close_in_any_order (void **state)
{
    (void) state;
    static carrier_t sockets[7];
    static const size_t order[] = {3, 0, 6, 5, 1, 2, 4};
    for (size_t i = 0; i < 7; i++) {
        browser_open (&sockets[i]);
    }
    for (size_t i = 0; i < 7; i++) {
        browser_sends (&sockets[order[i]], "1");
        assert_int_equal (engineio_sessions (browser.engineio), 7 - i);
    }
}

#define ON_SOCKET(test) cmocka_unit_test_setup_teardown (test, set_up, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        ON_SOCKET (test_the_open_packet_says_how_to_go_on),
        ON_SOCKET (test_messages_go_up_as_they_came),
        ON_SOCKET (test_messages_go_down_in_order_with_their_type),
        ON_SOCKET (test_it_pings_once_an_interval),
        ON_SOCKET (test_who_does_not_answer_is_closed),
        ON_SOCKET (test_messages_are_no_pong),
        ON_SOCKET (test_what_comes_after_the_deadline_is_not_served),
        ON_SOCKET (test_a_pong_that_nobody_asked_for_changes_nothing),
        ON_SOCKET (test_a_close_packet_closes),
        ON_SOCKET (test_packets_without_a_meaning_are_passed_over),
        ON_SOCKET (test_wrong_packets_close_with_a_parse_error),
        ON_SOCKET (test_a_reader_that_does_not_read_is_closed_soon_and_only_then),
        ON_SOCKET (test_a_reader_that_reads_may_get_any_amount),
        ON_SOCKET (test_a_message_larger_than_the_queue_is_sent_if_nothing_waits),
        ON_SOCKET (test_a_carrier_that_is_gone_is_not_used_again),
        ON_SOCKET (test_the_application_may_close_while_it_hears),
        ON_SOCKET (test_what_waits_when_a_session_closes_is_still_sent),
        ON_SOCKET (test_what_is_said_to_a_closed_session_is_dropped),
        ON_SOCKET (test_a_server_that_stops_closes_all),
        ON_SOCKET (test_sessions_may_close_in_any_order),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
