// keys_test.c -- a peer without a key, or with one that is not listed for what it says it is, gets
// nothing of any service.

#include <czmq.h>

#include "actor/socket.h"
#include "bus/stage.h"
#include "support/cmocka_all.h"
#include "wire/codec.h"

#define CALLS 50 // Of a peer that is heard, while another is not.

// A peer that is welcome is greeted, and heard again and again; the other never.
static void
assert_only_the_listed_is_heard (const host_t *host, peer_t *other)
{
    peer_t *welcome = stage_knock (host, host->key, "list");
    WAIT_FOR (peer_is_ready (welcome));
    for (int i = 0; i < CALLS; i++) {
        wire_t nonsense = {.kind = WIRE_LOST};
        peer_send (welcome, &nonsense);
        peer_expect (welcome, WIRE_REFUSED, NULL);
        assert_false (peer_is_ready (other));
    }
    assert_int_equal (stage_metric ("peers"), 1);
    assert_false (peer_hears (other, WIRE_NONE, 0));
    peer_close (&welcome);
    peer_close (&other);
    service_kill (&stage.service);
}

static void
test_who_has_no_key_gets_nothing (void **state)
{
    (void) state;
    for (const host_t *host = hosts; host->binary != NULL; host++) {
        stage_start (host);
        assert_only_the_listed_is_heard (host, stage_knock (host, NULL, NULL));
    }
}

// A stranger has a key of its own, and has the service's right one.
static void
test_who_is_not_listed_gets_nothing (void **state)
{
    (void) state;
    for (const host_t *host = hosts; host->binary != NULL; host++) {
        stage_start (host);
        peer_t *stranger = stage_knock (host, "guest", "list");
        WAIT_FOR (!peer_is_ready (stranger) && stage_metric ("wire_keys_refused_total") > 0);
        assert_true (service_logged (stage.service, "bus_key_refused"));
        assert_only_the_listed_is_heard (host, stranger);
    }
}

static void
test_who_has_nothing_to_do_here_gets_nothing (void **state)
{
    (void) state;
    stage_start (relay_host);
    peer_t *recorder = stage_knock (relay_host, "sessions", "list");
    WAIT_FOR (!peer_is_ready (recorder) && stage_metric ("wire_keys_refused_total") > 0);
    assert_only_the_listed_is_heard (relay_host, recorder);
}

// A recorder may come to a matcher, but not as a gateway.
static void
test_nobody_is_of_another_role_than_its_key (void **state)
{
    const host_t *matcher = &hosts[0];
    (void) state;
    stage_start (matcher);
    peer_t *liar = stage_knock (matcher, "sessions", "list");
    WAIT_FOR (!peer_is_ready (liar) && stage_metric ("wire_refused_total") > 2);
    assert_int_equal (stage_metric ("wire_keys_refused_total"), 0);
    assert_only_the_listed_is_heard (matcher, liar);
}

// Sends a LEASE to the matcher under the address of a gateway, with the keys of a recorder.
static zsock_t *
steal (const ident_t *gateway, const keyring_t *ring)
{
    char id[1 + IDENT_BYTES] = {'a' + ROLE_GATEWAY};
    char endpoint[64];
    size_t bytes;
    codec_t *codec = codec_new ();
    zsock_t *thief = socket_new (ZMQ_DEALER);
    wire_t lease = {.kind = WIRE_LEASE};
    const char *data = codec_encode (codec, &lease, &bytes);
    memcpy (id + 1, gateway->bytes, IDENT_BYTES);
    socket_trust (thief, ring, keys_public (stage.keys, "matcher"));
    zsock_set_rcvtimeo (thief, DEADLINE_MS);
    zsock_set_sndtimeo (thief, DEADLINE_MS);
    void *socket = zsock_resolve (thief);
    assert_int_equal (zmq_setsockopt (socket, ZMQ_ROUTING_ID, id, sizeof id), 0);
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", stage.bus_port);
    assert_int_equal (zmq_connect (socket, endpoint), 0);
    assert_true (zmq_send (socket, data, bytes, 0) > 0);
    codec_destroy (&codec);
    return thief;
}

static void
test_nobody_speaks_under_the_address_of_another (void **state)
{
    const host_t *matcher = &hosts[0];
    char answer[256];
    wire_t wire;
    (void) state;
    stage_start (matcher);
    peer_t *gateway = stage_knock (matcher, "gateway", "list");
    WAIT_FOR (peer_is_ready (gateway));
    keyring_t *ring = keys_ring (stage.keys, "sessions", "list");
    zsock_t *thief = steal (peer_instance (gateway), ring);
    int bytes = zmq_recv (zsock_resolve (thief), answer, sizeof answer, 0);
    assert_in_range (bytes, 1, sizeof answer);
    assert_int_equal (codec_decode (answer, (size_t) bytes, &wire), REFUSAL_NONE);
    assert_int_equal (wire.kind, WIRE_REFUSED);
    assert_int_equal (wire.as.refused.reason, REFUSAL_HELLO_FIRST);
    zsock_destroy (&thief);
    keyring_destroy (&ring);
    WAIT_FOR (peer_is_ready (gateway) && stage_metric ("peers") == 1);
    peer_close (&gateway);
}

static void
test_nothing_is_said_to_who_has_a_false_key (void **state)
{
    (void) state;
    keys_list (stage.keys, "false_list", (const char *[]){"relay_false", NULL});
    stage_start (relay_host);
    peer_t *misled = stage_knock (relay_host, "gateway", "false_list");
    assert_only_the_listed_is_heard (relay_host, misled);
}

// With keys it says nothing to a listener that has none.
static void
test_nothing_is_said_to_who_has_no_key (void **state)
{
    (void) state;
    peer_use_keys (NULL);
    peer_t *bare = peer_listen (stage.bus_port, ROLE_RELAY);
    peer_t *caller = stage_knock (relay_host, "gateway", "list");
    peer_use_keys (NULL);
    peer_t *other = peer_knock (stage.bus_port, ROLE_GATEWAY, ROLE_RELAY);
    uint64_t end_ms = now_ms () + 1500; // Longer than it takes to dial again.
    WAIT_FOR (!peer_is_ready (caller) + peer_count (bare) + peer_is_ready (other) == 3
              && now_ms () > end_ms);
    assert_int_equal (peer_count (bare), 1);
    assert_false (peer_is_ready (caller));
    peer_close (&other);
    peer_close (&caller);
    peer_close (&bare);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, stage_set_up, stage_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_who_has_no_key_gets_nothing),
        TEST (test_who_is_not_listed_gets_nothing),
        TEST (test_who_has_nothing_to_do_here_gets_nothing),
        TEST (test_nobody_is_of_another_role_than_its_key),
        TEST (test_nobody_speaks_under_the_address_of_another),
        TEST (test_nothing_is_said_to_who_has_a_false_key),
        TEST (test_nothing_is_said_to_who_has_no_key),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
