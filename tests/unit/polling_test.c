// polling_test.c -- Engine.IO sessions on long polling: GETs that are held, and POSTs.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "support/cmocka_all.h"
#include "unit/app.h"
#include "unit/browser.h"

static eio_session_t *session;
static carrier_t get, post;

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
test_the_open_packet_offers_an_upgrade (void **state)
{
    (void) state;
    session = browser_open (NULL);
    assert_int_equal (begin_get (), EIO_FINE);
    const char *body = browser_collects (&get);
    assert_memory_equal (body, "0{\"sid\":\"", 9);
    static const char upgrades[] = "\",\"upgrades\":[\"websocket\"],\"pingInterval\":300,";
    assert_memory_equal (body + 29, upgrades, sizeof upgrades - 1);
}

static void
test_a_get_is_held_until_there_is_something (void **state)
{
    (void) state;
    begin_get ();
    assert_null (browser_collects (&get));
    browser_waits (100);
    assert_null (browser_collects (&get));
    app_sends ("hello");
    COLLECTS ("4hello");
    begin_get ();
    assert_null (browser_collects (&get));
}

static void
test_all_that_waits_is_one_body (void **state)
{
    (void) state;
    app_sends ("one");
    app_sends ("two");
    app_sends_binary ("\x01\x02\x03\x04", 4);
    app_sends ("three");
    begin_get ();
    COLLECTS ("4one\x1e" "4two\x1e" "bAQIDBA==\x1e" "4three");
}

static void
test_a_body_is_bounded_and_the_rest_comes_next (void **state)
{
    (void) state;
    char text[401] = "";
    memset (text, 'x', 400);
    for (int i = 0; i < 4; i++) {
        app_sends (text);
    }
    for (int i = 0; i < 2; i++) {
        begin_get ();
        const char *body = browser_collects (&get);
        assert_int_equal (strlen (body), 401 + 1 + 401);
    }
    begin_get ();
    assert_null (browser_collects (&get));
}

static void
test_a_message_larger_than_a_body_is_sent_alone (void **state)
{
    (void) state;
    char text[2001] = "";
    memset (text, 'x', 2000);
    app_sends ("one");
    app_sends (text);
    begin_get ();
    COLLECTS ("4one");
    begin_get ();
    assert_int_equal (strlen (browser_collects (&get)), 2001);
}

static void
test_the_packets_of_a_post_go_up_in_order (void **state)
{
    (void) state;
    assert_int_equal (do_post ("4one"), EIO_FINE);
    assert_int_equal (do_post ("4two\x1e" "4\x1e" "bYWJj\x1e" "b\x1e" "6\x1e" "4three"), EIO_FINE);
    HEARS ("text one, text two, text , binary 3 abc, binary 0 , text three");
    char body[5 * 500] = "";
    for (int i = 0; i < 499; i++) { // As a client does in a burst.
        strcat (body, i > 0 ? "\x1e" "4xy" : "4xy");
    }
    assert_int_equal (do_post (body), EIO_FINE);
    assert_int_equal (strlen (app_heard ()), 499 * strlen ("text xy, ") - 2);
}

static void
test_wrong_payloads_close_the_session (void **state)
{
    (void) state;
    static const char *const bodies[] = {"", "\x1e", "4a\x1e", "\x1e" "4a", "4a\x1e\x1e" "4b",
                                         "abc", "2", "7", "bA", "bAAA", "b====", "bA===",
                                         "bAA=A", "bAAAA=", "bA A=", "bAA\n=", "bAAA*",
                                         "bAAAA====", "4a\x1e" "bA\x1e" "4c"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        session = browser_open (NULL);
        app_heard ();
        assert_int_equal (do_post (bodies[i]), EIO_BAD_REQUEST);
        const char *heard = app_heard ();
        assert_non_null (strstr (heard, "closed parse error"));
        assert_null (strstr (heard, "text c")); // Nothing behind what is wrong is served.
        assert_int_equal (post.refusal, EIO_FINE); // It is answered by whoever asked.
    }
}

static void
test_base64_is_read_and_written_at_every_length (void **state)
{
    (void) state;
    static const struct {
        const char *data;
        const char *packet;
    } rows[] = {{"", "b"}, {"f", "bZg=="}, {"fo", "bZm8="}, {"foo", "bZm9v"},
                {"foob", "bZm9vYg=="}, {"fooba", "bZm9vYmE="}, {"foobar", "bZm9vYmFy"},
                {"\xfb\xff\xbf", "b+/+/"}}; // RFC 4648, 10.
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[64];
        snprintf (expected, sizeof expected, "binary %zu %s", strlen (rows[i].data),
                  rows[i].data);
        assert_int_equal (do_post (rows[i].packet), EIO_FINE);
        HEARS (expected);
        app_sends_binary (rows[i].data, strlen (rows[i].data));
        begin_get ();
        COLLECTS (rows[i].packet);
    }
}

static void
test_a_close_packet_in_a_post_ends_the_held_get (void **state)
{
    (void) state;
    begin_get ();
    assert_int_equal (do_post ("4last\x1e" "1"), EIO_FINE);
    assert_int_equal (get.answer, '6');
    HEARS ("text last, closed client close");
}

static void
test_a_second_get_closes_the_session (void **state)
{
    (void) state;
    carrier_t second;
    begin_get ();
    carrier_begin (&second, session);
    assert_int_equal (eio_poll (session, &second, browser.now_ms), EIO_BAD_REQUEST);
    assert_int_equal (get.answer, '1');
    assert_int_equal (second.answer, 0); // It is answered by whoever asked.
    HEARS ("closed parse error");
}

static void
test_a_second_post_closes_the_session (void **state)
{
    (void) state;
    carrier_t second;
    carrier_begin (&post, session);
    carrier_begin (&second, session);
    assert_int_equal (eio_post_begin (session, &post, browser.now_ms), EIO_FINE);
    assert_int_equal (eio_post_begin (session, &second, browser.now_ms), EIO_BAD_REQUEST);
    assert_int_equal (post.refusal, EIO_BAD_REQUEST);
    assert_int_equal (second.refusal, EIO_FINE);
    HEARS ("closed parse error");
}

static void
test_a_held_get_that_goes_away_closes_the_session (void **state)
{
    (void) state;
    begin_get ();
    eio_carrier_gone (session, &get);
    HEARS ("closed transport close");
    assert_int_equal (get.answer, 0);
}

static void
test_a_post_that_goes_away_closes_the_session_and_is_not_used_again (void **state)
{
    (void) state;
    carrier_begin (&post, session);
    assert_int_equal (eio_post_begin (session, &post, browser.now_ms), EIO_FINE);
    eio_carrier_gone (session, &post);
    HEARS ("closed transport close");
    assert_int_equal (post.refusal, EIO_FINE);
}

static void
test_a_ping_ends_a_held_get_and_waits_for_one_that_is_not_there (void **state)
{
    (void) state;
    begin_get ();
    browser_waits (310);
    COLLECTS ("2");
    assert_int_equal (do_post ("3"), EIO_FINE);
    HEARS ("answered");
    browser_waits (400); // Nobody polls now.
    begin_get ();
    COLLECTS ("2");
    browser_waits (120); // The time-out ran all the same.
    HEARS ("closed ping timeout");
}

static void
test_requests_after_the_deadline_are_not_served (void **state)
{
    (void) state;
    browser_waits (310);
    browser.now_ms += 200;
    assert_int_equal (begin_get (), EIO_UNKNOWN_SID);
    HEARS ("closed ping timeout");
    session = browser_open (NULL);
    browser_waits (310);
    browser.now_ms += 200;
    assert_int_equal (do_post ("3"), EIO_UNKNOWN_SID);
    HEARS ("closed ping timeout");
}

static void
test_a_server_that_closes_answers_all_that_is_held (void **state)
{
    (void) state;
    begin_get ();
    carrier_begin (&post, session);
    eio_post_begin (session, &post, browser.now_ms);
    eio_close (session, EIO_SERVER_CLOSE);
    assert_int_equal (get.answer, '1');
    assert_int_equal (post.refusal, EIO_BAD_REQUEST);
}

#define POLLING(test) cmocka_unit_test_setup_teardown (test, set_up, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        POLLING (test_the_open_packet_offers_an_upgrade),
        POLLING (test_a_get_is_held_until_there_is_something),
        POLLING (test_all_that_waits_is_one_body),
        POLLING (test_a_body_is_bounded_and_the_rest_comes_next),
        POLLING (test_a_message_larger_than_a_body_is_sent_alone),
        POLLING (test_the_packets_of_a_post_go_up_in_order),
        POLLING (test_wrong_payloads_close_the_session),
        POLLING (test_base64_is_read_and_written_at_every_length),
        POLLING (test_a_close_packet_in_a_post_ends_the_held_get),
        POLLING (test_a_second_get_closes_the_session),
        POLLING (test_a_second_post_closes_the_session),
        POLLING (test_a_held_get_that_goes_away_closes_the_session),
        POLLING (test_a_post_that_goes_away_closes_the_session_and_is_not_used_again),
        POLLING (test_a_ping_ends_a_held_get_and_waits_for_one_that_is_not_there),
        POLLING (test_requests_after_the_deadline_are_not_served),
        POLLING (test_a_server_that_closes_answers_all_that_is_held),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
