// upgrade_test.c -- from polling to a WebSocket, without losing a packet.

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "support/cmocka_all.h"
#include "unit/app.h"
#include "unit/browser.h"

static eio_session_t *session;
static carrier_t get, post, websocket;

#define HEARS(text) assert_string_equal (app_heard (), text)
#define COLLECTS(text) assert_string_equal (browser_collects (&get), text)

static eio_error_t
begin_get (void)
{
    carrier_begin (&get, session);
    eio_error_t error = eio_poll (session, &get, browser.now_ms);
    if (error != EIO_FINE) {
        get.session = NULL;
    }
    return error;
}

static eio_error_t
do_post (const char *body)
{
    carrier_begin (&post, session);
    eio_error_t error = eio_post_begin (session, &post, browser.now_ms);
    if (error != EIO_FINE) {
        return error;
    }
    char *copy = must_copy (body, strlen (body));
    error = eio_post (session, copy, strlen (body), browser.now_ms);
    free (copy);
    return error;
}

static int
set_up (void **state)
{
    (void) state;
    app_begin ();
    browser_begin (&app_functions, &app);
    session = browser_open (NULL);
    assert_int_equal (begin_get (), EIO_FINE);
    browser_collects (&get); // The open packet.
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

static void
begin_upgrade (void)
{
    carrier_begin (&websocket, session);
    eio_probe (session, &websocket, browser.now_ms);
}

static void
upgrade (void)
{
    begin_upgrade ();
    browser_sends (&websocket, "2probe");
    assert_string_equal (browser_gets (&websocket), "3probe");
    browser_sends (&websocket, "5");
}

static void
test_an_upgrade_loses_no_packet (void **state)
{
    (void) state;
    begin_get ();
    begin_upgrade ();
    assert_null (browser_gets (&websocket));
    app_sends ("one");
    COLLECTS ("4one"); // Polling goes on.
    browser_sends (&websocket, "2probe");
    assert_true (websocket.wakes > 0);
    assert_string_equal (browser_gets (&websocket), "3probe");
    assert_null (browser_gets (&websocket));
    assert_int_equal (do_post ("4up"), EIO_FINE);
    app_sends ("two");
    assert_null (browser_gets (&websocket)); // It does not overtake.
    browser_sends (&websocket, "5");
    assert_string_equal (browser_gets (&websocket), "4two");
    browser_sends (&websocket, "4hello");
    HEARS ("text up, text hello");
    app_sends ("three");
    assert_string_equal (browser_gets (&websocket), "4three");
    assert_false (websocket.finished);
}

static void
test_gets_that_are_held_during_an_upgrade_are_released (void **state)
{
    (void) state;
    begin_get ();
    begin_upgrade ();
    browser_sends (&websocket, "2probe");
    assert_int_equal (get.answer, '6');
    for (int i = 0; i < 3; i++) { // A client may begin further ones before it has read "3probe".
        begin_get ();
        assert_int_equal (get.answer, 0);
        browser_waits (80);
        assert_int_equal (get.answer, '6');
    }
    browser_gets (&websocket);
    browser_sends (&websocket, "5");
    assert_int_equal (begin_get (), EIO_BAD_REQUEST);
    assert_int_equal (do_post ("4x"), EIO_BAD_REQUEST);
    assert_false (websocket.finished);
    HEARS ("");
}

static void
test_an_upgrade_that_is_not_completed_ends_and_polling_goes_on (void **state)
{
    (void) state;
    begin_upgrade ();
    browser_sends (&websocket, "2probe");
    browser_waits (310);
    do_post ("3");
    browser_waits (310);
    do_post ("3");
    browser_waits (310);
    do_post ("3");
    browser_waits (100);
    assert_true (websocket.finished);
    assert_string_equal (websocket.rest, ""); // Polling is to bring what waits.
    HEARS ("answered, answered, answered");
    begin_get ();
    COLLECTS ("2\x1e" "2\x1e" "2");
}

static void
test_a_wrong_probe_ends_the_upgrade_only (void **state)
{
    (void) state;
    static const char *const frames[] = {"", "2", "3probe", "5", "4x", "2probe ", "1"};
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        begin_upgrade ();
        browser_sends (&websocket, frames[i]);
        assert_true (websocket.finished);
        assert_int_equal (websocket.status, 1002);
    }
    begin_upgrade ();
    browser_sends_binary (&websocket, "2probe", 6);
    assert_true (websocket.finished);
    assert_int_equal (do_post ("4x"), EIO_FINE);
    HEARS ("text x");
}

static void
test_a_websocket_that_goes_away_ends_the_upgrade_only (void **state)
{
    (void) state;
    begin_upgrade ();
    browser_sends (&websocket, "2probe");
    eio_carrier_gone (session, &websocket);
    assert_false (websocket.finished);
    assert_int_equal (do_post ("4x"), EIO_FINE);
    HEARS ("text x");
    upgrade (); // And another try may succeed.
    browser_sends (&websocket, "4y");
    HEARS ("text y");
}

static void
test_there_is_one_upgrade_at_a_time_and_none_after_it (void **state)
{
    (void) state;
    carrier_t second;
    app_sends ("waiting");
    begin_upgrade ();
    carrier_begin (&second, session);
    eio_probe (session, &second, browser.now_ms);
    assert_true (second.finished);
    assert_string_equal (second.rest, "");
    assert_false (websocket.finished);
    eio_carrier_gone (session, &websocket);
    upgrade ();
    carrier_begin (&second, session);
    eio_probe (session, &second, browser.now_ms);
    assert_true (second.finished);
    assert_string_equal (second.rest, "");
    assert_false (websocket.finished);
    assert_string_equal (browser_gets (&websocket), "4waiting");
}

static void
test_a_probe_after_the_deadline_finds_no_session (void **state)
{
    (void) state;
    browser_waits (310);
    browser.now_ms += 200; // And no tick came.
    begin_upgrade ();
    assert_true (websocket.finished);
    assert_string_equal (websocket.rest, "");
    HEARS ("closed ping timeout");
}

static void
test_the_heartbeat_goes_on_through_an_upgrade (void **state)
{
    (void) state;
    browser_waits (200);
    upgrade ();
    browser_waits (110);
    assert_string_equal (browser_gets (&websocket), "2");
    browser_waits (200);
    assert_true (websocket.finished);
    HEARS ("closed ping timeout");
}

static void
test_a_session_that_closes_during_an_upgrade_closes_both (void **state)
{
    (void) state;
    begin_get ();
    begin_upgrade ();
    eio_close (session, EIO_SERVER_CLOSE);
    assert_true (websocket.finished);
    assert_int_equal (get.answer, '1');
}

#define UPGRADE(test) cmocka_unit_test_setup_teardown (test, set_up, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        UPGRADE (test_an_upgrade_loses_no_packet),
        UPGRADE (test_gets_that_are_held_during_an_upgrade_are_released),
        UPGRADE (test_an_upgrade_that_is_not_completed_ends_and_polling_goes_on),
        UPGRADE (test_a_wrong_probe_ends_the_upgrade_only),
        UPGRADE (test_a_websocket_that_goes_away_ends_the_upgrade_only),
        UPGRADE (test_there_is_one_upgrade_at_a_time_and_none_after_it),
        UPGRADE (test_a_probe_after_the_deadline_finds_no_session),
        UPGRADE (test_the_heartbeat_goes_on_through_an_upgrade),
        UPGRADE (test_a_session_that_closes_during_an_upgrade_closes_both),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
