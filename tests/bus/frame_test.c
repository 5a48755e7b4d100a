// frame_test.c -- many wire messages in one ZeroMQ message, between a mailbox and a bare socket that sees
// and sends the frames themselves.

#include <czmq.h>

#include "actor/bundle.h"
#include "actor/socket.h"
#include "bus/mailboxes.h"
#include "support/cmocka_all.h"
#include "support/service.h"
#include "wire/codec.h"

#define ID_BYTES (1 + IDENT_BYTES)

// --- A bare socket for a listener ---

static void
listen_raw (void)
{
    fixture.raw = socket_new (ZMQ_ROUTER);
    zsock_set_rcvtimeo (fixture.raw, 10);
    WAIT_FOR (zmq_bind (zsock_resolve (fixture.raw), fixture.endpoint) == 0);
    fixture.dialler = mailbox_dial (&fixture.there, fixture.endpoint, ROLE_RELAY);
}

// Receives the address and the one frame of a ZeroMQ message. 0: there is none.
static size_t
take_frame (char *frame, size_t most)
{
    char id[256];
    void *socket = zsock_resolve (fixture.raw);
    if (zmq_recv (socket, id, sizeof id, 0) < 0) {
        return 0;
    }
    int bytes = zmq_recv (socket, frame, most, 0);
    assert_in_range (bytes, 1, most);
    assert_false (zsock_rcvmore (fixture.raw));
    return (size_t) bytes;
}

static void
answer_raw (const char *data, size_t bytes)
{
    char id[ID_BYTES] = {'a' + ROLE_GATEWAY};
    void *socket = zsock_resolve (fixture.raw);
    memcpy (id + 1, fixture.there.instance.bytes, IDENT_BYTES);
    assert_int_equal (zmq_send (socket, id, sizeof id, ZMQ_SNDMORE), sizeof id);
    assert_int_equal (zmq_send (socket, data, bytes, 0), bytes);
}

static wire_t
hello_from (role_t role, const ident_t *instance, uint64_t version)
{
    return (wire_t){.kind = WIRE_HELLO, .as.hello = {version, role, *instance}};
}

// Answers a hello as a relay of that version does: another version is refused by it.
static bool
greets_raw (uint64_t version)
{
    char frame[WIRE_BYTES_MOST];
    wire_t heard;
    turn (fixture.dialler);
    size_t bytes = take_frame (frame, sizeof frame);
    if (bytes > 0) {
        assert_int_equal (codec_decode (frame, bytes, &heard), REFUSAL_NONE);
        assert_int_equal (heard.kind, WIRE_HELLO);
        wire_t refused = {.kind = WIRE_REFUSED,
                          .as.refused = {WIRE_HELLO, REFUSAL_WRONG_VERSION, ident_nil}};
        wire_t hello = hello_from (ROLE_RELAY, &fixture.here.instance, version);
        const char *data = codec_encode (
            fixture.here.codec, heard.as.hello.version == version ? &hello : &refused, &bytes);
        answer_raw (data, bytes);
    }
    return mailbox_is_ready (fixture.dialler);
}

// Takes a frame, which must come, and returns how many wire messages are in it. MESSAGEs must follow
// *number.
static size_t
count_frame (uint64_t *number, size_t *bytes)
{
    static char frame[WIRE_BYTES_MOST];
    size_t count = 0;
    size_t taken;
    WAIT_FOR ((*bytes = take_frame (frame, sizeof frame)) > 0);
    for (size_t at = 0; at < *bytes; at += taken) {
        wire_t wire;
        assert_int_equal (codec_decode_first (frame + at, *bytes - at, &wire, &taken), REFUSAL_NONE);
        if (wire.kind == WIRE_MESSAGE) {
            assert_int_equal (wire.as.message.number, ++*number);
            count++;
        }
    }
    return count;
}

static void
test_what_is_said_in_a_turn_goes_as_one (void **state)
{
    (void) state;
    uint64_t number = 0;
    size_t bytes;
    size_t count = 0;
    listen_raw ();
    WAIT_FOR (greets_raw (WIRE_VERSION));
    for (uint64_t i = 1; i <= 20; i++) {
        assert_true (say (fixture.dialler, NULL, i, 100));
    }
    mailbox_flush (fixture.dialler);
    while (count == 0) {
        count = count_frame (&number, &bytes); // Hellos come before.
    }
    assert_int_equal (count, 20);
    assert_false (mailbox_pending (fixture.dialler));
}

static void
test_a_bundle_goes_when_the_next_does_not_fit (void **state)
{
    (void) state;
    uint64_t number = 0;
    size_t bytes;
    size_t frames = 0;
    listen_raw ();
    WAIT_FOR (greets_raw (WIRE_VERSION));
    for (uint64_t i = 1; i <= 400; i++) {
        assert_true (say (fixture.dialler, NULL, i, i % 100 == 0 ? TEXT_BYTES : 200));
    }
    // Before the turn has ended: the latter 99 small ones are some 28 000 bytes, and one is long.
    assert_in_range (fixture.there.sent, 370, 420);
    mailbox_flush (fixture.dialler);
    while (number < 400) {
        size_t count = count_frame (&number, &bytes);
        assert_true (bytes <= BUNDLE_BYTES || count == 1);
        frames += count > 0;
    }
    assert_in_range (frames, 12, 24);
}

// While processes are renewed, some are still of the version that has no bundles.
static void
test_a_listener_of_the_version_before_hears_each_alone (void **state)
{
    (void) state;
    uint64_t number = 0;
    size_t bytes;
    listen_raw ();
    WAIT_FOR (greets_raw (1));
    for (uint64_t i = 1; i <= 20; i++) {
        assert_true (say (fixture.dialler, NULL, i, 100));
    }
    mailbox_flush (fixture.dialler);
    while (number < 20) {
        assert_in_range (count_frame (&number, &bytes), 0, 1);
        assert_in_range (bytes, 1, 200);
    }
}

static void
test_all_is_told_when_the_replica_is_gone (void **state)
{
    (void) state;
    uint64_t said = 0;
    listen_raw ();
    WAIT_FOR (greets_raw (WIRE_VERSION));
    zsock_destroy (&fixture.raw);
    WAIT_FOR ((say (fixture.dialler, NULL, ++said, 5), say (fixture.dialler, NULL, ++said, 5),
               mailbox_flush (fixture.dialler), !mailbox_is_ready (fixture.dialler)));
    assert_int_equal (fixture.told.count, 2);
    assert_int_equal (fixture.told.numbers[0], said - 1);
    assert_int_equal (fixture.told.numbers[1], said);
    assert_int_equal (fixture.told.role, ROLE_RELAY);
    assert_true (ident_equal (&fixture.told.to, &fixture.here.instance));
    assert_false (say (fixture.dialler, NULL, 1, 5));
}

// --- A bare socket for who dials ---

// What a bare dialler says in one frame.
typedef struct {
    char bytes[4 * WIRE_BYTES_MOST];
    size_t size;
} frame_t;

static frame_t frame;

static void
dial_raw (void)
{
    char id[ID_BYTES] = {'a' + ROLE_GATEWAY};
    listen_here ();
    memcpy (id + 1, fixture.there.instance.bytes, IDENT_BYTES);
    fixture.raw = socket_new (ZMQ_DEALER);
    void *socket = zsock_resolve (fixture.raw);
    zsock_set_rcvtimeo (fixture.raw, 10);
    assert_int_equal (zmq_setsockopt (socket, ZMQ_ROUTING_ID, id, sizeof id), 0);
    assert_int_equal (zmq_connect (socket, fixture.endpoint), 0);
    frame.size = 0;
}

static void
put (const wire_t *wire)
{
    size_t bytes;
    const char *data = codec_encode (fixture.there.codec, wire, &bytes);
    assert_true (frame.size + bytes <= sizeof frame.bytes);
    memcpy (frame.bytes + frame.size, data, bytes);
    frame.size += bytes;
}

static void
put_hello_of (uint64_t version)
{
    wire_t hello = hello_from (ROLE_GATEWAY, &fixture.there.instance, version);
    put (&hello);
}

static void
put_hello (void)
{
    put_hello_of (WIRE_VERSION);
}

static void
put_message (uint64_t number)
{
    wire_t wire = message (number, 10);
    put (&wire);
}

static void
put_bytes (const char *bytes, size_t size)
{
    memcpy (frame.bytes + frame.size, bytes, size);
    frame.size += size;
}

static void
send_frame (int flags)
{
    assert_int_equal (zmq_send (zsock_resolve (fixture.raw), frame.bytes, frame.size, flags),
                      frame.size);
    frame.size = 0;
}

static uint64_t
refused (void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < REFUSAL_NUMBERS; i++) {
        sum += fixture.here.refused[i];
    }
    return sum;
}

// Takes MESSAGEs up to the one with the number `last`, which are `count` by then; returns whether it came.
static bool
hears_last (uint64_t last, size_t *count)
{
    letter_t letter;
    bool found = false;
    mailbox_tick (fixture.listener, now_ms ());
    while (!found && mailbox_receive (fixture.listener, &letter, now_ms ())) {
        ++*count;
        found = letter.wire.as.message.number == last;
    }
    return found;
}

static void
test_what_is_before_a_malformed_one_is_served_and_what_is_behind_is_refused (void **state)
{
    (void) state;
    size_t count = 0;
    dial_raw ();
    put_hello ();
    put_message (1);
    put_message (2);
    put_bytes ("\x93\x0a\xc1", 3);
    put_message (3);
    put_message (4);
    send_frame (0);
    put_message (5);
    send_frame (0);
    WAIT_FOR (hears_last (5, &count));
    assert_int_equal (count, 3);
    assert_int_equal (fixture.here.refused[REFUSAL_MALFORMED], 1);
    assert_int_equal (refused (), 1);
}

// It can be seen where they end.
static void
test_what_is_only_not_known_is_refused_alone (void **state)
{
    (void) state;
    size_t count = 0;
    dial_raw ();
    put_hello ();
    put_message (1);
    put_bytes ("\x93\x7f\x92\x01\xa1x\xc0", 7);
    put_message (2);
    put_bytes ("\x92\x0a\x01", 3);
    put_message (3);
    put_bytes ("\x93\x0a\xa1x\x00", 5);
    put_message (4);
    send_frame (0);
    WAIT_FOR (hears_last (4, &count));
    assert_int_equal (count, 4);
    assert_int_equal (fixture.here.refused[REFUSAL_UNKNOWN_KIND], 1);
    assert_int_equal (fixture.here.refused[REFUSAL_FIELD_MISSING], 1);
    assert_int_equal (fixture.here.refused[REFUSAL_FIELD_KIND], 1);
    assert_int_equal (refused (), 3);
}

static void
test_refusals_ride_in_a_bundle_in_their_order (void **state)
{
    (void) state;
    char answer[WIRE_BYTES_MOST];
    int bytes = -1;
    size_t count = 0;
    size_t taken;
    wire_t wire;
    dial_raw ();
    put_hello ();
    put_bytes ("\x91\x7f\x92\x0a\x01", 5);
    put_message (1);
    put_bytes ("\xc1", 1);
    send_frame (0);
    WAIT_FOR (hears_last (1, &count));
    WAIT_FOR ((mailbox_receive (fixture.listener, &(letter_t){.via = NULL}, now_ms ()), refused () == 3));
    mailbox_flush (fixture.listener);
    WAIT_FOR ((bytes = zmq_recv (zsock_resolve (fixture.raw), answer, sizeof answer, 0)) > 0);
    static const uint64_t reasons[] = {0, REFUSAL_UNKNOWN_KIND, REFUSAL_FIELD_MISSING,
                                       REFUSAL_MALFORMED};
    size_t at = 0;
    for (size_t i = 0; i < 4; i++, at += taken) {
        assert_int_equal (codec_decode_first (answer + at, (size_t) bytes - at, &wire, &taken),
                          REFUSAL_NONE);
        assert_int_equal (wire.kind, i == 0 ? WIRE_HELLO : WIRE_REFUSED);
        assert_true (i == 0 || wire.as.refused.reason == reasons[i]);
    }
    assert_int_equal (at, bytes);
}

static void
test_frames_that_are_no_bundles_are_refused_whole (void **state)
{
    (void) state;
    size_t count = 0;
    dial_raw ();
    put_hello ();
    put_message (1);
    send_frame (0);
    WAIT_FOR (hears_last (1, &count));
    put_message (2); // Two frames.
    send_frame (ZMQ_SNDMORE);
    put_message (3);
    send_frame (0);
    send_frame (0); // Nothing in it.
    while (frame.size <= WIRE_BYTES_MOST) { // Too long.
        put_message (4);
    }
    send_frame (0);
    put_message (5);
    send_frame (0);
    WAIT_FOR (hears_last (5, &count));
    assert_int_equal (count, 2);
    assert_int_equal (fixture.here.refused[REFUSAL_MALFORMED], 2);
    assert_int_equal (fixture.here.refused[REFUSAL_TOO_LONG], 1);
    assert_int_equal (refused (), 3);
}

// Takes a frame, which must come and have one wire message, and returns that. Good until the next call.
static const wire_t *
take_single (void)
{
    static char data[WIRE_BYTES_MOST];
    static wire_t wire;
    int bytes = -1;
    WAIT_FOR ((bytes = zmq_recv (zsock_resolve (fixture.raw), data, sizeof data, 0)) > 0);
    assert_int_equal (codec_decode (data, (size_t) bytes, &wire), REFUSAL_NONE);
    return &wire;
}

static void
test_who_dials_with_the_version_before_hears_each_alone (void **state)
{
    (void) state;
    size_t count = 0;
    dial_raw ();
    put_hello_of (1);
    send_frame (0);
    put_message (1);
    send_frame (0);
    WAIT_FOR (hears_last (1, &count));
    for (uint64_t number = 1; number <= 5; number++) {
        assert_true (say (fixture.listener, &fixture.there.instance, number, 100));
    }
    mailbox_flush (fixture.listener);
    const wire_t *hello = take_single ();
    assert_int_equal (hello->kind, WIRE_HELLO);
    assert_int_equal (hello->as.hello.version, 1);
    for (uint64_t number = 1; number <= 5; number++) {
        assert_int_equal (take_single ()->as.message.number, number);
    }
    assert_int_equal (refused (), 0);
}

static void
test_a_version_to_come_is_refused (void **state)
{
    letter_t letter;
    (void) state;
    dial_raw ();
    put_hello_of (WIRE_VERSION + 1);
    send_frame (0);
    WAIT_FOR ((mailbox_receive (fixture.listener, &letter, now_ms ()), refused () == 1));
    assert_int_equal (fixture.here.refused[REFUSAL_WRONG_VERSION], 1);
    const wire_t *answer = take_single ();
    assert_int_equal (answer->kind, WIRE_REFUSED);
    assert_int_equal (answer->as.refused.about, WIRE_HELLO);
    assert_int_equal (answer->as.refused.reason, REFUSAL_WRONG_VERSION);
    assert_int_equal (mailbox_peers (fixture.listener, ROLE_NONE), 0);
}

// As every process sent it before there were bundles.
static void
test_a_frame_of_one_is_a_bundle_of_one (void **state)
{
    (void) state;
    size_t count = 0;
    dial_raw ();
    put_hello ();
    send_frame (0);
    for (uint64_t number = 1; number <= 10; number++) {
        put_message (number);
        send_frame (0);
    }
    WAIT_FOR (hears_last (10, &count));
    assert_int_equal (count, 10);
    assert_int_equal (refused (), 0);
}

// However many there are in a frame, others get their turn between them, and no sleep comes between.
static void
test_what_is_left_of_a_frame_is_pending (void **state)
{
    (void) state;
    letter_t letter;
    dial_raw ();
    put_hello ();
    put_message (1);
    put_message (2);
    send_frame (0);
    WAIT_FOR (mailbox_receive (fixture.listener, &letter, now_ms ()));
    mailbox_flush (fixture.listener); // The hello: nothing else is to be sent.
    assert_true (mailbox_pending (fixture.listener));
    assert_true (mailbox_receive (fixture.listener, &letter, now_ms ()));
    assert_int_equal (letter.wire.as.message.number, 2);
    assert_false (mailbox_pending (fixture.listener));
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, set_up, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_what_is_said_in_a_turn_goes_as_one),
        TEST (test_a_bundle_goes_when_the_next_does_not_fit),
        TEST (test_a_listener_of_the_version_before_hears_each_alone),
        TEST (test_all_is_told_when_the_replica_is_gone),
        TEST (test_what_is_before_a_malformed_one_is_served_and_what_is_behind_is_refused),
        TEST (test_what_is_only_not_known_is_refused_alone),
        TEST (test_refusals_ride_in_a_bundle_in_their_order),
        TEST (test_frames_that_are_no_bundles_are_refused_whole),
        TEST (test_who_dials_with_the_version_before_hears_each_alone),
        TEST (test_a_version_to_come_is_refused),
        TEST (test_a_frame_of_one_is_a_bundle_of_one),
        TEST (test_what_is_left_of_a_frame_is_pending),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
