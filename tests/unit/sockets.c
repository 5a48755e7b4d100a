// sockets.c -- the application that Socket.IO sees in tests.

#include "unit/sockets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "support/cmocka_all.h"
#include "support/values.h"

sockets_t sockets;

static int above; // What the application knows each socket by.

__attribute__ ((format (printf, 1, 2))) static void
note (const char *format, ...)
{
    size_t length = strlen (sockets.heard);
    size_t room = sizeof sockets.heard - length;
    va_list arguments;
    va_start (arguments, format);
    if (length > 0) {
        length += (size_t) snprintf (sockets.heard + length, room, ", ");
    }
    vsnprintf (sockets.heard + length, sizeof sockets.heard - length, format, arguments);
    va_end (arguments);
}

static void *
connected (void *self, sio_socket_t *socket, const value_t *auth)
{
    char *text = auth != NULL ? value_write (auth) : must_copy ("nothing", 7);
    assert_ptr_equal (self, &sockets);
    note ("connected with %s", text);
    free (text);
    sockets.socket = socket;
    assert_int_equal (sio_visitor (socket)->bytes[0], 'v');
    sio_accept (socket, "the sid", sockets.pid);
    return &above;
}

static void
event (void *user, const char *name, const value_t *arguments, uint64_t ack)
{
    char *text = value_write (arguments);
    assert_ptr_equal (user, &above);
    note (ack == SIO_NO_ACK ? "event '%s' %s" : "event '%s' %s ack %" PRIu64, name, text, ack);
    free (text);
    if (sockets.closes) {
        sio_close (sockets.socket);
    }
}

static void
binary (void *user, uint64_t ack)
{
    assert_ptr_equal (user, &above);
    note (ack == SIO_NO_ACK ? "binary" : "binary ack %" PRIu64, ack);
}

static void
note_nothing (void *user)
{
    assert_ptr_equal (user, &above);
}

static void
answered (void *user)
{
    assert_ptr_equal (user, &above);
    note ("answered");
}

static void
disconnected (void *user, sio_socket_t *socket, bool clean)
{
    assert_ptr_equal (user, &above);
    assert_non_null (socket);
    note (clean ? "left" : "lost");
}

static void
begun (void *self, const ident_t *visitor)
{
    assert_ptr_equal (self, &sockets);
    assert_int_equal (visitor->bytes[0], 'v');
    sockets.connections++;
}

static void
ended (void *self, const ident_t *visitor)
{
    assert_ptr_equal (self, &sockets);
    assert_int_equal (visitor->bytes[0], 'v');
    sockets.connections--;
}

static const socketio_app_t functions = {
    .connected = connected, .event = event, .binary = binary, .pinged = note_nothing,
    .answered = answered, .written = note_nothing,
    .disconnected = disconnected, .begun = begun, .ended = ended,
};

void
sockets_open (void)
{
    browser_open (&sockets.websocket);
    browser_gets (&sockets.websocket); // The open packet.
}

int
sockets_begin (void **state)
{
    static const char *const namespaces[] = {"/", "/custom", NULL};
    (void) state;
    memset (&sockets, 0, sizeof sockets);
    sockets.agenda = agenda_new (BROWSER_BEGIN_MS);
    sockets.socketio =
        socketio_new (namespaces, CONNECT_TIMEOUT_MS, &functions, &sockets, sockets.agenda);
    browser_begin (&socketio_engine_app, sockets.socketio);
    sockets_open ();
    return 0;
}

int
sockets_begin_joined (void **state)
{
    sockets_begin (state);
    SENDS ("40");
    browser_gets (&sockets.websocket);
    sockets_heard ();
    return 0;
}

int
sockets_end (void **state)
{
    (void) state;
    browser_end ();
    socketio_destroy (&sockets.socketio);
    agenda_destroy (&sockets.agenda);
    assert_int_equal (sockets.connections, 0);
    return 0;
}

void
sockets_wait (uint64_t ms)
{
    for (uint64_t end_ms = browser.now_ms + ms; browser.now_ms < end_ms;) {
        browser_waits (10);
        agenda_tick (sockets.agenda, browser.now_ms);
        const char *frame = browser_gets (&sockets.websocket);
        if (frame != NULL && strcmp (frame, "2") == 0) {
            SENDS ("3");
        }
    }
}

const char *
sockets_heard (void)
{
    static char heard[sizeof sockets.heard];
    memcpy (heard, sockets.heard, sizeof heard);
    sockets.heard[0] = '\0';
    return heard;
}
