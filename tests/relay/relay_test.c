// relay_test.c -- a relay alone, with real ZeroMQ peers.

#include <czmq.h>
#include <dirent.h>
#include <sched.h>

#include "wire/codec.h"
#include "support/cmocka_all.h"
#include "support/peer.h"
#include "support/service.h"

typedef struct {
    service_t *relay;
    uint16_t bus_port;
    uint16_t admin_port;
    peer_t *here;  // Two gateways.
    peer_t *there;
} fixture_t;

static fixture_t fixture;

static service_t *
start_relay (void)
{
    return service_start (RELAY_BINARY, (const char *[]){
                                            "BUS_PORT", number_text (fixture.bus_port),
                                            "ADMIN_PORT", number_text (fixture.admin_port),
                                            "LOG_LEVEL", "debug", NULL});
}

static int
set_up (void **state)
{
    (void) state;
    fixture.bus_port = free_port ();
    fixture.admin_port = free_port ();
    fixture.relay = start_relay ();
    wait_ready (fixture.admin_port, true);
    fixture.here = peer_dial (fixture.bus_port, ROLE_GATEWAY, ROLE_RELAY);
    fixture.there = peer_dial (fixture.bus_port, ROLE_GATEWAY, ROLE_RELAY);
    return 0;
}

static int
tear_down (void **state)
{
    (void) state;
    peer_close (&fixture.here);
    peer_close (&fixture.there);
    service_stop (&fixture.relay);
    return 0;
}

static wire_t
message_to (const ident_t *to, uint64_t number, const char *text)
{
    return (wire_t){
        .kind = WIRE_MESSAGE,
        .as.message = {
            .to = *to,
            .from = *peer_instance (fixture.here),
            .chat = ident_timed (1),
            .user = ident_random (),
            .partner = ident_random (),
            .number = number,
            .at_ms = 1,
            .id = {"id", 2},
            .text = {text, strlen (text)},
        },
    };
}

static void
test_forwards_unchanged_and_in_order (void **state)
{
    (void) state;
    for (uint64_t number = 1; number <= 2000; number++) {
        wire_t message = message_to (peer_instance (fixture.there), number, "hello");
        peer_send (fixture.here, &message);
    }
    for (uint64_t number = 1; number <= 2000; number++) {
        const wire_t *wire = peer_expect (fixture.there, WIRE_MESSAGE, NULL);
        assert_int_equal (wire->as.message.number, number);
        assert_int_equal (wire->as.message.text.bytes, 5);
        assert_memory_equal (wire->as.message.text.text, "hello", 5);
    }
    assert_int_equal (metric_value (fixture.admin_port, "relay_forwarded_total"), 2000);
}

static void
test_forwards_moved_and_stands_and_says_lost_of_them (void **state)
{
    (void) state;
    ident_t here = *peer_instance (fixture.here);
    ident_t there = *peer_instance (fixture.there);
    wire_t moved = {
        .kind = WIRE_MOVED,
        .as.moved = {there, here, ident_timed (1), ident_random (), ident_random (), 65536, 7,
                     {"1a2b3c4d", 8}},
    };
    peer_send (fixture.here, &moved);
    wire_moved_t heard = peer_expect (fixture.there, WIRE_MOVED, NULL)->as.moved;
    assert_memory_equal (&heard, &moved.as.moved, offsetof (wire_moved_t, heard));
    assert_int_equal (heard.heard.bytes, 8);
    assert_memory_equal (heard.heard.text, "1a2b3c4d", 8);
    wire_t stands = {
        .kind = WIRE_STANDS,
        .as.stands = {here, there, heard.chat, heard.partner, heard.user, 3, 8, 9},
    };
    peer_send (fixture.there, &stands);
    wire_stands_t answer = peer_expect (fixture.here, WIRE_STANDS, NULL)->as.stands;
    assert_memory_equal (&answer, &stands.as.stands, offsetof (wire_stands_t, heard));
    assert_int_equal (answer.heard.bytes, 0);
    moved.as.moved.to = ident_random ();
    peer_send (fixture.here, &moved);
    const wire_t *lost = peer_expect (fixture.here, WIRE_LOST, NULL);
    assert_true (ident_equal (&lost->as.lost.gateway, &moved.as.moved.to));
    assert_true (ident_equal (&lost->as.lost.user, &moved.as.moved.partner));
}

static void
test_every_thread_waits_until_the_processor_is_given_up (void **state)
{
    char path[64];
    size_t threads = 0;
    const struct dirent *entry;
    (void) state;
    snprintf (path, sizeof path, "/proc/%d/task", (int) service_pid (fixture.relay));
    DIR *tasks = opendir (path);
    assert_non_null (tasks);
    while ((entry = readdir (tasks)) != NULL) {
        if (entry->d_name[0] != '.') {
            pid_t thread = (pid_t) strtol (entry->d_name, NULL, 10);
            assert_int_equal (sched_getscheduler (thread), SCHED_BATCH);
            threads++;
        }
    }
    closedir (tasks);
    assert_true (threads > 1); // ZeroMQ has its own.
}

static void
test_says_lost_when_the_gateway_is_not_here (void **state)
{
    (void) state;
    ident_t nowhere = ident_random ();
    wire_t message = message_to (&nowhere, 1, "hello");
    peer_send (fixture.here, &message);
    const wire_t *lost = peer_expect (fixture.here, WIRE_LOST, NULL);
    assert_true (ident_equal (&lost->as.lost.gateway, &nowhere));
    assert_true (ident_equal (&lost->as.lost.chat, &message.as.message.chat));
    assert_true (ident_equal (&lost->as.lost.user, &message.as.message.partner));
}

// Several in one ZeroMQ message, each to another place.
static void
test_each_of_a_bundle_goes_where_it_is_to_go (void **state)
{
    (void) state;
    char bundle[4096];
    size_t size = 0;
    ident_t nowhere = ident_random ();
    codec_t *codec = codec_new ();
    for (uint64_t number = 1; number <= 12; number++) {
        const ident_t *places[] = {peer_instance (fixture.there), peer_instance (fixture.here), &nowhere};
        wire_t message = message_to (places[number % 3], number, "hello");
        size_t bytes;
        const char *data = codec_encode (codec, &message, &bytes);
        assert_true (size + bytes < sizeof bundle);
        memcpy (bundle + size, data, bytes);
        size += bytes;
        if (number == 6) {
            memcpy (bundle + size, "\x91\x7f", 2); // Of a kind that is not known.
            size += 2;
        }
    }
    memcpy (bundle + size, "\x91", 1); // Cut off.
    peer_send_bytes (fixture.here, bundle, size + 1);
    codec_destroy (&codec);
    static const uint64_t reasons[] = {REFUSAL_UNKNOWN_KIND, REFUSAL_MALFORMED};
    for (uint64_t number = 1; number <= 12; number++) {
        peer_t *peer = number % 3 == 0 ? fixture.there : fixture.here;
        const wire_t *wire = peer_expect (peer, WIRE_NONE, NULL);
        assert_int_equal (wire->kind, number % 3 == 2 ? WIRE_LOST : WIRE_MESSAGE);
        assert_true (wire->kind == WIRE_LOST || wire->as.message.number == number);
        if (number == 6 || number == 12) {
            wire = peer_expect (fixture.here, WIRE_NONE, NULL);
            assert_int_equal (wire->kind, WIRE_REFUSED);
            assert_int_equal (wire->as.refused.reason, reasons[number == 12]);
        }
    }
    assert_int_equal (metric_value (fixture.admin_port, "relay_forwarded_total"), 8);
    assert_int_equal (metric_value (fixture.admin_port, "relay_lost_total"), 4);
}

static void
test_says_lost_when_the_gateway_has_died (void **state)
{
    (void) state;
    wire_t message = message_to (peer_instance (fixture.there), 1, "hello");
    peer_close (&fixture.there);
    // Until the relay has noticed that the connection is closed it may still take messages.
    uint64_t end_ms = now_ms () + DEADLINE_MS;
    do {
        assert_true (now_ms () < end_ms);
        peer_send (fixture.here, &message);
    } while (!peer_hears (fixture.here, WIRE_LOST, 20));
}

static void
test_refuses_a_false_sender (void **state)
{
    (void) state;
    wire_t message = message_to (peer_instance (fixture.there), 1, "hello");
    message.as.message.from = *peer_instance (fixture.there);
    peer_send (fixture.here, &message);
    const wire_t *refused = peer_expect (fixture.here, WIRE_REFUSED, NULL);
    assert_int_equal (refused->as.refused.about, WIRE_MESSAGE);
    assert_int_equal (refused->as.refused.reason, REFUSAL_FALSE_SENDER);
    assert_false (peer_hears (fixture.there, WIRE_MESSAGE, 50));
}

static void
test_refuses_what_is_not_its_duty (void **state)
{
    (void) state;
    wire_t lease = {.kind = WIRE_LEASE, .as.lease = {1}};
    peer_send (fixture.here, &lease);
    const wire_t *refused = peer_expect (fixture.here, WIRE_REFUSED, NULL);
    assert_int_equal (refused->as.refused.about, WIRE_LEASE);
    assert_int_equal (refused->as.refused.reason, REFUSAL_NOT_MY_DUTY);
}

// Receives the refusal that a raw dealer gets, and returns its reason.
static uint64_t
reason_for (zsock_t *raw, const char *data, size_t bytes)
{
    wire_t wire = {.kind = WIRE_NONE};
    assert_int_equal (zmq_send (zsock_resolve (raw), data, bytes, 0), (int) bytes);
    zsock_set_rcvtimeo (raw, DEADLINE_MS);
    static char answer[1024];
    int size = zmq_recv (zsock_resolve (raw), answer, sizeof answer, 0);
    assert_true (size > 0);
    assert_int_equal (codec_decode (answer, (size_t) size, &wire), REFUSAL_NONE);
    assert_int_equal (wire.kind, WIRE_REFUSED);
    return wire.as.refused.reason;
}

static void
test_garbage_is_refused_with_a_reason_and_counted (void **state)
{
    (void) state;
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", fixture.bus_port);
    zsock_t *raw = zsock_new_dealer (endpoint);
    uint64_t before = metric_value (fixture.admin_port, "wire_refused_total");

    assert_int_equal (reason_for (raw, "garbage", 7), REFUSAL_MALFORMED);
    assert_int_equal (reason_for (raw, "", 0), REFUSAL_MALFORMED);
    assert_int_equal (reason_for (raw, "\xdd\x0f\xff\xff\xff", 5), REFUSAL_MALFORMED);
    assert_int_equal (reason_for (raw, "\x91\x7f", 2), REFUSAL_UNKNOWN_KIND);
    assert_int_equal (reason_for (raw, "\x91\x1e", 2), REFUSAL_FIELD_MISSING);
    assert_int_equal (reason_for (raw, "\x93\x0a\x01\x00", 4), REFUSAL_HELLO_FIRST);
    assert_int_equal (reason_for (raw, "\x93\x0a\xa1x\x00", 5), REFUSAL_FIELD_KIND);
    assert_int_equal (metric_value (fixture.admin_port, "wire_refused_total"), before + 7);
    zsock_destroy (&raw);
}

static void
test_a_gateway_cannot_speak_for_another (void **state)
{
    (void) state;
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", fixture.bus_port);
    zsock_t *raw = zsock_new_dealer (endpoint);
    codec_t *codec = codec_new ();
    wire_t hello = {
        .kind = WIRE_HELLO,
        .as.hello = {WIRE_VERSION, ROLE_GATEWAY, *peer_instance (fixture.there)},
    };
    size_t bytes;
    const char *data = codec_encode (codec, &hello, &bytes);
    assert_int_equal (reason_for (raw, data, bytes), REFUSAL_FALSE_SENDER);
    codec_destroy (&codec);
    zsock_destroy (&raw);
}

static void
test_a_killed_relay_is_found_again (void **state)
{
    (void) state;
    service_kill (&fixture.relay);
    fixture.relay = start_relay ();
    wait_ready (fixture.admin_port, true);
    // Both have said hello to the new one, and have heard it say hello.
    WAIT_FOR ((peer_is_ready (fixture.here) & peer_is_ready (fixture.there))
              && metric_value (fixture.admin_port, "peers") == 2);
    wire_t message = message_to (peer_instance (fixture.there), 1, "again");
    peer_send (fixture.here, &message);
    peer_expect (fixture.there, WIRE_MESSAGE, NULL);
}

static void
test_a_taken_port_is_named (void **state)
{
    (void) state;
    service_t *second = start_relay ();
    assert_int_equal (service_wait (second), 1);
    assert_true (service_logged (second, "ADMIN_PORT"));
    service_kill (&second);
}

static void
test_a_wrong_setting_is_named (void **state)
{
    (void) state;
    service_t *wrong = service_start (RELAY_BINARY, (const char *[]){"BUS_PORT", "70000", NULL});
    assert_int_equal (service_wait (wrong), 2);
    assert_true (service_logged (wrong, "BUS_PORT is '70000'"));
    service_kill (&wrong);
}

#define WITH_RELAY(test) cmocka_unit_test_setup_teardown (test, set_up, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_RELAY (test_forwards_unchanged_and_in_order),
        WITH_RELAY (test_forwards_moved_and_stands_and_says_lost_of_them),
        WITH_RELAY (test_every_thread_waits_until_the_processor_is_given_up),
        WITH_RELAY (test_says_lost_when_the_gateway_is_not_here),
        WITH_RELAY (test_each_of_a_bundle_goes_where_it_is_to_go),
        WITH_RELAY (test_says_lost_when_the_gateway_has_died),
        WITH_RELAY (test_refuses_a_false_sender),
        WITH_RELAY (test_refuses_what_is_not_its_duty),
        WITH_RELAY (test_garbage_is_refused_with_a_reason_and_counted),
        WITH_RELAY (test_a_gateway_cannot_speak_for_another),
        WITH_RELAY (test_a_killed_relay_is_found_again),
        WITH_RELAY (test_a_taken_port_is_named),
        cmocka_unit_test (test_a_wrong_setting_is_named),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
