// fuzz_engineio.c -- two Engine.IO sessions: one on a WebSocket, one that polls and may upgrade.
//
// The input is records that end with 0xff; the first byte says what happens with the rest:
//   t, b  a text or binary frame on the WebSocket       p  a POST       g  a GET is held
//   o  a WebSocket is opened for an upgrade             f  a text frame on it
//   s, S  the application sends a message, text or binary, to both sessions
//   w  so many times 10 ms pass                         d  everything that waits is taken
//   c  the GET or the upgrading WebSocket goes away; with anything behind it, the first WebSocket

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "fuzz/door.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

static engineio_t *engineio;
static agenda_t *agenda;
static uint64_t now_ms;
static unsigned open_sessions;
static carrier_t websocket, get, upgrading;
static eio_session_t *polling; // NULL: closed.

static void *
opened (void *self, eio_session_t *session, uint64_t at_ms)
{
    (void) self;
    (void) at_ms;
    open_sessions++;
    return session;
}

// Echoes, and closes a session that says so.
static void
message (void *above, bool binary, const char *data, size_t bytes)
{
    eio_send (above, binary, &(eio_part_t){data, bytes}, 1);
    if (bytes == 4 && memcmp (data, "quit", 4) == 0) {
        eio_close (above, EIO_SERVER_CLOSE);
    }
}

static void
passed_over (void *above)
{
    (void) above;
}

static void
closed (void *above, eio_reason_t reason)
{
    (void) reason;
    open_sessions--;
    polling = above == polling ? NULL : polling;
}

static const engineio_app_t app = {opened, message, passed_over, passed_over, passed_over, closed};

static void
send_to_both (bool binary, const char *data, size_t bytes)
{
    if (websocket.session != NULL) {
        eio_send (websocket.session, binary, &(eio_part_t){data, bytes}, 1);
    }
    if (polling != NULL) {
        eio_send (polling, binary, &(eio_part_t){data, bytes}, 1);
    }
}

static void
take_all (void)
{
    carrier_drain (&websocket);
    carrier_drain (&upgrading);
    if (get.session != NULL) {
        writer_t writer = {0};
        eio_collect (get.session, &writer);
        get.session = NULL;
        writer_close (&writer);
    }
}

static void
post (const char *data, size_t bytes)
{
    carrier_t carrier = {polling};
    if (polling != NULL && eio_post_begin (polling, &carrier, now_ms) == EIO_FINE) {
        eio_post (polling, data, bytes, now_ms);
    }
}

static void
hold_get (void)
{
    if (polling != NULL && get.session == NULL) {
        get.session = polling;
        if (eio_poll (polling, &get, now_ms) != EIO_FINE) {
            get.session = NULL;
        }
    }
}

static void
go_away (carrier_t *carrier)
{
    eio_session_t *session = carrier->session;
    carrier->session = NULL;
    if (session != NULL) {
        eio_carrier_gone (session, carrier);
    }
}

static void
happen (char what, const char *rest, size_t bytes)
{
    switch (what) {
        case 't':
        case 'b':
            if (websocket.session != NULL) {
                eio_frame (websocket.session, &websocket, what == 'b', rest, bytes, now_ms);
            }
            break;
        case 'f':
            if (upgrading.session != NULL) {
                eio_frame (upgrading.session, &upgrading, false, rest, bytes, now_ms);
            }
            break;
        case 'o':
            if (polling != NULL && upgrading.session == NULL) {
                upgrading.session = polling;
                eio_probe (polling, &upgrading, now_ms);
            }
            break;
        case 'p': post (rest, bytes); break;
        case 'g': hold_get (); break;
        case 's':
        case 'S': send_to_both (what == 'S', rest, bytes); break;
        case 'd': take_all (); break;
        case 'c':
            go_away (bytes > 0 ? &websocket : get.session != NULL ? &get : &upgrading);
            break;
        default:
            for (size_t i = 0; i < (bytes > 0 ? (size_t) rest[0] & 63 : 1); i++) {
                now_ms += 10;
                agenda_tick (agenda, now_ms);
            }
            break;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes)
{
    static const engineio_settings_t settings = {300, 200, 1000, 1000, 4096};
    static const ident_t visitor = {{1}};
    const char *record;
    size_t size;
    now_ms = 1000;
    agenda = agenda_new (now_ms);
    engineio = engineio_new (settings, &app, NULL, &fuzz_door, agenda);
    get.session = upgrading.session = NULL;
    websocket.session = eio_open (engineio, &visitor, &websocket, now_ms);
    polling = eio_open (engineio, &visitor, NULL, now_ms);
    while (next_record (&data, &bytes, &record, &size)) {
        if (size > 0) {
            happen (record[0], record + 1, size - 1);
        }
    }
    engineio_close_all (engineio, EIO_SERVER_STOP);
    must (open_sessions == 0 && websocket.session == NULL && upgrading.session == NULL);
    engineio_destroy (&engineio);
    agenda_destroy (&agenda);
    return 0;
}
