// fuzz_socketio.c -- a Socket.IO connection, whatever packets come.
//
// The input is records that end with 0xff; the first byte says what happens with the rest:
//   b  a binary message comes       w  400 ms pass       anything else  the record is a text message

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "fuzz/door.h"
#include "gateway/socketio.h"
#include "support/values.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

static unsigned sockets;
static unsigned connections;
static uint64_t now_ms;
static carrier_t websocket;

static void *
connected (void *self, sio_socket_t *socket, const value_t *auth)
{
    (void) self;
    must (auth == NULL || value_is_object (auth));
    sockets++;
    sio_accept (socket, "sid", auth != NULL ? "pid" : NULL);
    sio_emit (socket, "hello", "{}", 2);
    return socket;
}

static void
event (void *above, const char *name, const value_t *arguments, uint64_t ack)
{
    must (value_count (arguments) > 0);
    if (ack != SIO_NO_ACK) {
        char *text = value_write (arguments);
        sio_ack (above, ack, text, strlen (text));
        free (text);
    }
    if (strcmp (name, "quit") == 0) {
        sio_close (above);
    }
}

static void
binary (void *above, uint64_t ack)
{
    if (ack != SIO_NO_ACK) {
        sio_ack (above, ack, "0", 1);
    }
}

static void
passed_over (void *above)
{
    (void) above;
}

static void
disconnected (void *above, sio_socket_t *socket, bool clean)
{
    (void) clean;
    must (above == socket);
    sockets--;
}

static void
begun (void *self, const ident_t *visitor)
{
    (void) self;
    (void) visitor;
    connections++;
}

static void
ended (void *self, const ident_t *visitor)
{
    (void) self;
    (void) visitor;
    connections--;
}

static const socketio_app_t app = {
    .connected = connected, .event = event, .binary = binary, .pinged = passed_over,
    .answered = passed_over, .written = passed_over,
    .disconnected = disconnected, .begun = begun, .ended = ended,
};

// What sio_read gives lies within what it was given.
static void
check_head (const char *data, size_t bytes)
{
    sio_packet_t packet;
    if (sio_read (data, bytes, &packet)) {
        must (packet.body >= data && packet.body + packet.body_bytes == data + bytes);
        must (packet.nsp_bytes > 0 && packet.nsp[0] == '/');
        must (packet.attachments <= SIO_ATTACHMENTS_MOST);
    }
}

static void
happen (const char *record, size_t bytes, agenda_t *agenda)
{
    if (bytes > 0 && record[0] == 'w') {
        now_ms += 400;
        agenda_tick (agenda, now_ms);
    }
    else if (bytes > 0 && record[0] == 'b') {
        eio_frame (websocket.session, &websocket, true, record + 1, bytes - 1, now_ms);
    }
    else {
        char *frame = must_alloc (bytes + 1);
        frame[0] = '4';
        memcpy (frame + 1, record, bytes);
        check_head (record, bytes);
        eio_frame (websocket.session, &websocket, false, frame, bytes + 1, now_ms);
        free (frame);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes)
{
    static const engineio_settings_t settings = {25000, 20000, 1000, 1000000, 65536};
    static const char *const namespaces[] = {"/", "/custom", NULL};
    static const ident_t visitor = {{1}};
    const char *record;
    size_t size;
    now_ms = 1000;
    agenda_t *agenda = agenda_new (now_ms);
    socketio_t *socketio = socketio_new (namespaces, 1000, &app, NULL, agenda);
    engineio_t *engineio =
        engineio_new (settings, &socketio_engine_app, socketio, &fuzz_door, agenda);
    websocket.session = eio_open (engineio, &visitor, &websocket, now_ms);
    while (websocket.session != NULL && next_record (&data, &bytes, &record, &size)) {
        happen (record, size, agenda);
        carrier_drain (&websocket);
    }
    engineio_close_all (engineio, EIO_SERVER_STOP);
    must (sockets == 0 && connections == 0);
    engineio_destroy (&engineio);
    socketio_destroy (&socketio);
    agenda_destroy (&agenda);
    return 0;
}
