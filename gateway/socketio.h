// socketio.h -- Socket.IO, protocol revision 5, on top of Engine.IO sessions. Pure.
//
// A connection is an Engine.IO session; a socket is one namespace that it has joined. Above it is
// an application: a small table of functions. Binary events are read to their end and refused.

#ifndef SOCKETIO_H
#define SOCKETIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/engineio.h"
#include "gateway/json.h"
#include "wire/refusal.h"

#define SIO_NO_ACK UINT64_MAX    // The client does not want an answer to its event.
#define SIO_ATTACHMENTS_MOST 10  // Of a binary packet.
#define SIO_ACK_DIGITS_MOST 15   // An acknowledgement id is below 2^53, as JavaScript's integers are.

typedef struct socketio socketio_t;
typedef struct sio_socket sio_socket_t;

// What the application does.
typedef struct {
    // A client asks to join a namespace with `auth` (an object or NULL). Returns what it knows the
    // socket by (not NULL), and calls sio_accept, now or later.
    void *(*connected) (void *self, sio_socket_t *socket, const value_t *auth);
    // An event came: its name, and `arguments`, an array that has the name at place 0. If `ack` is
    // not SIO_NO_ACK it is answered once, now or later, by sio_ack.
    void (*event) (void *above, const char *name, const value_t *arguments, uint64_t ack);
    // A binary event came and was swallowed; `ack` as above.
    void (*binary) (void *above, uint64_t ack);
    // The client is being pinged; it has answered, and has read all that was emitted before; all that
    // was emitted is out. As engineio.h has them.
    void (*pinged) (void *above);
    void (*answered) (void *above);
    void (*written) (void *above);
    // The socket is gone: `clean` if the client said DISCONNECT, and not only lost its connection.
    void (*disconnected) (void *above, sio_socket_t *socket, bool clean);
    // A connection has begun; it is gone, and with it all its sockets.
    void (*begun) (void *self, const ident_t *visitor);
    void (*ended) (void *self, const ident_t *visitor);
} socketio_app_t;

// All connections of a gateway. `namespaces` ends with NULL. Whoever does not join one within
// `connect_timeout_ms` is closed. The tables, `self` and the agenda must outlive it.
socketio_t *
socketio_new (const char *const *namespaces, uint64_t connect_timeout_ms,
              const socketio_app_t *app, void *self, agenda_t *agenda);

void
socketio_destroy (socketio_t **socketio);

// What to give engineio_new as its application, with the socketio_t as its `self`.
extern const engineio_app_t socketio_engine_app;

// Who is at the other end of a socket.
const ident_t *
sio_visitor (const sio_socket_t *socket);

// Answers CONNECT, once. `sid` is what the client will know the socket by;
// `pid`, if not NULL, is the secret by which it may recover it (Socket.IO 4.6, connection state
// recovery). Events that are emitted before are those that a recovering client has missed.
void
sio_accept (sio_socket_t *socket, const char *sid, const char *pid);

// Puts a client out of its namespace, cleanly: an unmodified client does not come back by itself. It
// is given a moment to close the connection, which then is closed. From within `event` or `binary`
// only as the last thing; `disconnected` is called before this returns.
void
sio_kick (sio_socket_t *socket, uint64_t now_ms);

// Closes the connection below a socket. From within `event` or `binary` only as the last thing.
void
sio_close (sio_socket_t *socket);

// Closes the connection below a socket because the server stops (RFC 6455: going away).
void
sio_dismiss (sio_socket_t *socket);

// Pings the client below a socket now, unless a ping is on its way.
void
sio_ping (sio_socket_t *socket, uint64_t now_ms);

// Emits an event with one argument, which is JSON text (`bytes` 0: with none).
void
sio_emit (sio_socket_t *socket, const char *name, const char *json, size_t bytes);

// Answers an event with JSON text, the arguments' array without its brackets.
void
sio_ack (sio_socket_t *socket, uint64_t ack, const char *json, size_t bytes);

// A Socket.IO packet as it stands in an Engine.IO message.
typedef enum {
    SIO_CONNECT,
    SIO_DISCONNECT,
    SIO_EVENT,
    SIO_ACK,
    SIO_CONNECT_ERROR,
    SIO_BINARY_EVENT,
    SIO_BINARY_ACK,
} sio_type_t;

typedef struct {
    sio_type_t type;
    unsigned attachments;   // Binary messages that follow.
    const char *nsp;        // "/" if none was named. Not terminated.
    size_t nsp_bytes;
    uint64_t ack;           // SIO_NO_ACK if there is none.
    const char *body;       // JSON text, or nothing at all.
    size_t body_bytes;
} sio_packet_t;

// Reads the head of a packet; the body is not looked at. False if it is not one. Borrows `data`.
bool
sio_read (const char *data, size_t bytes, sio_packet_t *packet);

#endif
