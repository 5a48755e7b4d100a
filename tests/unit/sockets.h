// sockets.h -- an application on Socket.IO that writes down what it is told, and one connection.

#ifndef SOCKETS_H
#define SOCKETS_H

#include "gateway/socketio.h"
#include "unit/browser.h"

#define CONNECT_TIMEOUT_MS 1400

typedef struct {
    socketio_t *socketio;
    agenda_t *agenda;    // Of Socket.IO; Engine.IO's is the browser's.
    carrier_t websocket; // The connection that was opened last.
    sio_socket_t *socket; // The one that connected last; it may be gone.
    char heard[65536];   // "connected with {}, event 'a' ["a"] ack 1, binary, left".
    const char *pid;     // What whoever connects is given.
    bool closes;         // Closes a socket that it gets an event from.
    int connections;     // That have begun and not ended.
} sockets_t;

extern sockets_t sockets;

// Begins, with the namespaces "/" and "/custom" and a connection. For cmocka, as the next two are.
int
sockets_begin (void **state);

// The same; "/" has been joined.
int
sockets_begin_joined (void **state);

int
sockets_end (void **state);

// Opens another connection, which takes the place of the one before.
void
sockets_open (void);

// Lets time pass, and the browser answer pings.
void
sockets_wait (uint64_t ms);

// What the application was told since the last call. Lasts until the next.
const char *
sockets_heard (void);

#define SENDS(text) browser_sends (&sockets.websocket, text)
#define HEARS(text) assert_string_equal (sockets_heard (), text)
#define GETS(text) assert_string_equal (browser_gets (&sockets.websocket), text)
#define GETS_NOTHING() assert_null (browser_gets (&sockets.websocket))
#define IS_OPEN() assert_false (sockets.websocket.finished)
#define IS_CLOSED(why)                                                                       \
    do {                                                                                     \
        assert_true (sockets.websocket.finished);                                            \
        assert_int_equal (sockets.websocket.status, why);                                    \
    } while (0)

#endif
