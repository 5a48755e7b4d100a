// events_test.c -- Socket.IO events and acknowledgements, and binary ones, which are refused.

#include <string.h>

#include "support/cmocka_all.h"
#include "unit/sockets.h"

static void
test_events_go_up_with_their_arguments (void **state)
{
    (void) state;
    SENDS ("42[\"a\"]");
    HEARS ("event 'a' [\"a\"]");
    SENDS ("42[\"a\",1,null,{\"b\":[true]},\"\xc3\xa9\"]");
    HEARS ("event 'a' [\"a\",1,null,{\"b\":[true]},\"\xc3\xa9\"]");
    SENDS ("420[\"a\"]");
    HEARS ("event 'a' [\"a\"] ack 0");
    SENDS ("42999999999999999[\"a\"]");
    HEARS ("event 'a' [\"a\"] ack 999999999999999");
    SENDS ("42[\"\"]");
    HEARS ("event '' [\"\"]");
    SENDS ("42[7,\"a\"]"); // The protocol allows a number for a name; nothing here has one.
    HEARS ("event '' [7,\"a\"]");
}

static void
test_wrong_events_close (void **state)
{
    (void) state;
    static const char *const packets[] = {
        "42", "42[]", "42{}", "42{\"a\":1}", "42\"a\"", "425", "42null", "42[null]", "42[{}]",
        "42[[\"a\"]]", "42[true]", "42[\"a\"", "42[\"a\"]x", "42abc[\"a\"]", "42[\"a\",]",
        "42[\"connect\"]", "42[\"connect_error\"]", "42[\"disconnect\",1]",
        "42[\"disconnecting\"]", "42[\"newListener\"]", "42[\"removeListener\"]",
        "42[\"\xff\"]", "42[\"a\\u0000\"]", "42/custom,[\"a\"]", "4abc", "4", "47[\"a\"]",
        "41x", "41{}", "44", "44{\"message\":\"x\"}", "43[]", "430", "430{}", "430\"a\"",
        "45[\"a\"]", "451[\"a\"]", "4511-[\"a\"]", "451-", "451-[]", "451-{}",
        "451-[\"connect\"]", "461-[]", "46-0[]", "4611-0[]",
    };
    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        eio_carrier_gone (sockets.websocket.session, &sockets.websocket);
        sockets_open ();
        SENDS ("40");
        sockets_heard ();
        SENDS (packets[i]);
        const char *heard = sockets_heard ();
        if (sockets.websocket.status != 1002 || strcmp (heard, "lost") != 0) {
            fail_msg ("%s: heard %s", packets[i], heard);
        }
        sockets_open ();
    }
}

static void
test_names_that_are_only_like_reserved_ones_pass (void **state)
{
    (void) state;
    SENDS ("42[\"Connect\"]");
    SENDS ("42[\"disconnect \"]");
    HEARS ("event 'Connect' [\"Connect\"], event 'disconnect ' [\"disconnect \"]");
}

static void
test_events_and_answers_go_down (void **state)
{
    (void) state;
    sio_emit (sockets.socket, "hello", "{\"a\":1}", 7);
    GETS ("42[\"hello\",{\"a\":1}]");
    sio_emit (sockets.socket, "bare", NULL, 0);
    GETS ("42[\"bare\"]");
    sio_ack (sockets.socket, 0, "{\"a\":1}", 7);
    GETS ("430[{\"a\":1}]");
    sio_ack (sockets.socket, 999999999999999, NULL, 0);
    GETS ("43999999999999999[]");
}

static void
test_acknowledgements_that_nobody_asked_for_are_passed_over (void **state)
{
    (void) state;
    SENDS ("430[]");
    SENDS ("4312[1,2]");
    HEARS ("");
    IS_OPEN ();
}

static void
test_an_event_may_lead_to_the_end (void **state)
{
    (void) state;
    sockets.closes = true;
    SENDS ("421[\"a\"]");
    assert_true (sockets.websocket.finished);
    HEARS ("event 'a' [\"a\"] ack 1, lost");
}

// --- Binary ---

static void
test_binary_events_are_swallowed_and_told_once (void **state)
{
    (void) state;
    SENDS ("452-5[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    HEARS ("");
    browser_sends_binary (&sockets.websocket, "\x01\x02", 2);
    HEARS ("");
    browser_sends_binary (&sockets.websocket, "", 0);
    HEARS ("binary ack 5");
    SENDS ("42[\"b\"]"); // Everything goes on.
    HEARS ("event 'b' [\"b\"]");
    SENDS ("451-[\"a\",{\"_placeholder\":true,\"num\":0}]");
    browser_sends_binary (&sockets.websocket, "x", 1);
    HEARS ("binary");
}

static void
test_no_attachments_are_complete_at_once (void **state)
{
    (void) state;
    SENDS ("450-[\"a\"]");
    HEARS ("binary");
    SENDS ("42[\"b\"]");
    HEARS ("event 'b' [\"b\"]");
}

static void
test_binary_acknowledgements_are_swallowed (void **state)
{
    (void) state;
    SENDS ("461-3[{\"_placeholder\":true,\"num\":0}]");
    browser_sends_binary (&sockets.websocket, "x", 1);
    SENDS ("460-3[]");
    HEARS ("");
    IS_OPEN ();
}

static void
test_text_while_attachments_are_awaited_closes (void **state)
{
    (void) state;
    SENDS ("452-[\"a\"]");
    browser_sends_binary (&sockets.websocket, "x", 1);
    SENDS ("42[\"b\"]");
    IS_CLOSED (1002);
    HEARS ("lost");
}

static void
test_heartbeats_go_on_while_attachments_are_awaited (void **state)
{
    (void) state;
    SENDS ("451-[\"a\"]");
    sockets_wait (320);
    IS_OPEN ();
    browser_sends_binary (&sockets.websocket, "x", 1);
    HEARS ("answered, binary");
}

static void
test_an_attachment_that_nobody_awaits_closes (void **state)
{
    (void) state;
    browser_sends_binary (&sockets.websocket, "x", 1);
    IS_CLOSED (1002);
    HEARS ("lost");
}

#define JOINED(test) cmocka_unit_test_setup_teardown (test, sockets_begin_joined, sockets_end)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        JOINED (test_events_go_up_with_their_arguments),
        JOINED (test_wrong_events_close),
        JOINED (test_names_that_are_only_like_reserved_ones_pass),
        JOINED (test_events_and_answers_go_down),
        JOINED (test_acknowledgements_that_nobody_asked_for_are_passed_over),
        JOINED (test_an_event_may_lead_to_the_end),
        JOINED (test_binary_events_are_swallowed_and_told_once),
        JOINED (test_no_attachments_are_complete_at_once),
        JOINED (test_binary_acknowledgements_are_swallowed),
        JOINED (test_text_while_attachments_are_awaited_closes),
        JOINED (test_heartbeats_go_on_while_attachments_are_awaited),
        JOINED (test_an_attachment_that_nobody_awaits_closes),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
