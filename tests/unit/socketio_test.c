// socketio_test.c -- how Socket.IO connections join namespaces, and how they end.

#include "support/cmocka_all.h"
#include "unit/sockets.h"

static void
test_connect_is_answered_once (void **state)
{
    (void) state;
    SENDS ("40");
    HEARS ("connected with nothing");
    GETS ("40{\"sid\":\"the sid\"}");
    GETS_NOTHING ();
}

static void
test_connect_may_carry_an_object (void **state)
{
    (void) state;
    sockets.pid = "the pid";
    SENDS ("40{\"token\":\"123\"}");
    HEARS ("connected with {\"token\":\"123\"}");
    GETS ("40{\"sid\":\"the sid\",\"pid\":\"the pid\"}");
}

static void
test_each_namespace_is_joined_for_itself (void **state)
{
    (void) state;
    SENDS ("40/custom,{}");
    HEARS ("connected with {}");
    GETS ("40/custom,{\"sid\":\"the sid\"}");
    sio_emit (sockets.socket, "hello", "1", 1);
    GETS ("42/custom,[\"hello\",1]");
    sio_ack (sockets.socket, 5, "2", 1);
    GETS ("43/custom,5[2]");
    SENDS ("40");
    HEARS ("connected with nothing");
    GETS ("40{\"sid\":\"the sid\"}");
    SENDS ("42/custom,7[\"a\"]");
    HEARS ("event 'a' [\"a\"] ack 7");
}

static void
test_an_unknown_namespace_gets_an_error_and_the_connection_stays (void **state)
{
    (void) state;
    SENDS ("40/random");
    GETS ("44/random,{\"message\":\"Invalid namespace\"}");
    SENDS ("40/random,{\"a\":1}");
    GETS ("44/random,{\"message\":\"Invalid namespace\"}");
    SENDS ("40/Custom");
    GETS ("44/Custom,{\"message\":\"Invalid namespace\"}");
    HEARS ("");
    SENDS ("40");
    GETS ("40{\"sid\":\"the sid\"}");
}

static void
test_who_joins_nothing_in_time_is_closed (void **state)
{
    (void) state;
    SENDS ("40/random"); // Which is none.
    sockets_wait (CONNECT_TIMEOUT_MS - 10);
    IS_OPEN ();
    sockets_wait (30);
    assert_true (sockets.websocket.finished);
    HEARS ("");
}

static void
test_who_has_joined_stays (void **state)
{
    (void) state;
    SENDS ("40");
    sockets_wait (5000);
    IS_OPEN ();
    HEARS ("connected with nothing, answered, answered, answered, answered, answered, answered, "
           "answered, answered, answered, answered, answered, answered, answered, answered, "
           "answered, answered");
}

static void
test_what_comes_before_connect_closes (void **state)
{
    (void) state;
    static const char *const packets[] = {"42[\"a\"]", "421[\"a\"]", "41", "430[]", "451-[\"a\"]",
                                          "461-0[]", "42/custom,[\"a\"]", "44{}"};
    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        eio_carrier_gone (sockets.websocket.session, &sockets.websocket);
        sockets_open ();
        SENDS (packets[i]);
        IS_CLOSED (1002);
        sockets_open ();
    }
    HEARS ("");
}

static void
test_a_wrong_connect_closes (void **state)
{
    (void) state;
    static const char *const packets[] = {"40[]", "40null", "40\"a\"", "405", "40abc", "40{",
                                          "40{}x", "40/custom,[]", "40/random,5",
                                          "40/\xff,"}; // It would be told the name again.
    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        eio_carrier_gone (sockets.websocket.session, &sockets.websocket);
        sockets_open ();
        SENDS (packets[i]);
        IS_CLOSED (1002);
        sockets_open ();
    }
    HEARS ("");
}

static void
test_a_second_connect_closes (void **state)
{
    (void) state;
    SENDS ("40");
    assert_true (sockets.websocket.finished);
    HEARS ("lost");
}

static void
test_a_disconnect_leaves_the_namespace_and_not_the_connection (void **state)
{
    (void) state;
    SENDS ("41");
    HEARS ("left");
    GETS_NOTHING ();
    sockets_wait (5000); // Heartbeats go on, though nothing is joined.
    IS_OPEN ();
    HEARS ("");
    SENDS ("40");
    HEARS ("connected with nothing");
    SENDS ("41");
    HEARS ("left");
    SENDS ("42[\"a\"]"); // Of a namespace that was left.
    assert_true (sockets.websocket.finished);
}

static void
test_whose_connection_ends_however_was_cut_off_and_did_not_leave (void **state)
{
    (void) state;
    SENDS ("1"); // Engine.IO's close packet is no good-bye: DISCONNECT is.
    HEARS ("lost");
    sockets_open ();
    SENDS ("40");
    eio_carrier_gone (sockets.websocket.session, &sockets.websocket);
    HEARS ("connected with nothing, lost");
    sockets_open ();
    SENDS ("40");
    browser_waits (600);
    HEARS ("connected with nothing, lost");
}

static void
test_each_socket_of_a_connection_ends_with_it (void **state)
{
    (void) state;
    SENDS ("40/custom,");
    eio_carrier_gone (sockets.websocket.session, &sockets.websocket);
    HEARS ("connected with nothing, lost, lost");
    assert_int_equal (sockets.connections, 0);
}

#define FRESH(test) cmocka_unit_test_setup_teardown (test, sockets_begin, sockets_end)
#define JOINED(test) cmocka_unit_test_setup_teardown (test, sockets_begin_joined, sockets_end)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        FRESH (test_connect_is_answered_once),
        FRESH (test_connect_may_carry_an_object),
        FRESH (test_each_namespace_is_joined_for_itself),
        FRESH (test_an_unknown_namespace_gets_an_error_and_the_connection_stays),
        FRESH (test_who_joins_nothing_in_time_is_closed),
        FRESH (test_who_has_joined_stays),
        FRESH (test_what_comes_before_connect_closes),
        FRESH (test_a_wrong_connect_closes),
        JOINED (test_a_second_connect_closes),
        JOINED (test_a_disconnect_leaves_the_namespace_and_not_the_connection),
        JOINED (test_whose_connection_ends_however_was_cut_off_and_did_not_leave),
        JOINED (test_each_socket_of_a_connection_ends_with_it),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
