// engineio.h -- Engine.IO, protocol revision 4: sessions, packets, heartbeats, both transports. Pure.
//
// Below it is a door that carries packets; above it an application that gets messages. Both are
// small tables of functions. A carrier is whatever the door can send on: a WebSocket, or a GET that
// is held until there is something to answer. What a session has to send waits in a bounded queue
// until a carrier can take it; a reader that lets it fill up is closed.
//
// After every call here the session may be closed: then the door has been told to finish its
// carriers, and the session may not be used again.

#ifndef ENGINEIO_H
#define ENGINEIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ident.h"
#include "gateway/agenda.h"
#include "gateway/writer.h"

// Bytes in front of each packet that a carrier may overwrite with a frame header.
#define EIO_ROOM 16

typedef struct engineio engineio_t;
typedef struct eio_session eio_session_t;

typedef struct {
    uint64_t ping_interval_ms;
    uint64_t ping_timeout_ms;
    uint64_t upgrade_timeout_ms;
    size_t max_payload; // Bytes that a client may send at once, and of one answer to a poll.
    size_t queue_most;  // Bytes that may wait for a client; one that would need more is closed.
} engineio_settings_t;

// Why a session was closed: what the application is told, and the log says.
typedef enum {
    EIO_TRANSPORT_CLOSE, // The carrier went away.
    EIO_CLIENT_CLOSE,    // The client sent a close packet.
    EIO_SERVER_CLOSE,    // The application closed it.
    EIO_SERVER_STOP,     // The server stops.
    EIO_PING_TIMEOUT,    // No pong came in time.
    EIO_PARSE_ERROR,     // The client broke the protocol.
    EIO_TOO_SLOW,        // The client did not read what it was sent.
    EIO_REASONS
} eio_reason_t;

// Why a request is refused, with the numbers of the reference implementation.
typedef enum {
    EIO_FINE = -1,
    EIO_UNKNOWN_TRANSPORT = 0,
    EIO_UNKNOWN_SID = 1,
    EIO_BAD_METHOD = 2,
    EIO_BAD_REQUEST = 3,
    EIO_FORBIDDEN = 4,
    EIO_WRONG_VERSION = 5,
} eio_error_t;

// What the application does.
typedef struct {
    // A session was opened; returns what the application knows it by (not NULL).
    void *(*opened) (void *self, eio_session_t *session, uint64_t now_ms);
    // A message came. `data` lasts until return and is not terminated.
    void (*message) (void *above, bool binary, const char *data, size_t bytes);
    // The client is being pinged: the ping follows what was sent so far.
    void (*pinged) (void *above);
    // The client has answered the ping: it has read all that was sent before it.
    void (*answered) (void *above);
    // All that was sent so far is handed to the carrier: in the kernel's hands, or in an answer to a GET.
    void (*written) (void *above);
    // The session is closed; it may not be used after return.
    void (*closed) (void *above, eio_reason_t reason);
} engineio_app_t;

// What the door does. After finish, answer and refuse the carrier no longer has a session.
typedef struct {
    // Something waits: in eio_next for a WebSocket, in eio_collect for a held GET.
    void (*wake) (void *carrier);
    // A WebSocket: send what waits in eio_next, then close with this status (RFC 6455, 7.4).
    void (*finish) (void *carrier, unsigned status);
    // A held GET: answer it with this one packet.
    void (*answer) (void *carrier, char packet);
    // A held GET, or a POST whose body has not come: answer it with an error.
    void (*refuse) (void *carrier, eio_error_t error);
} engineio_door_t;

// A packet that is to be sent as one WebSocket frame.
typedef struct {
    char *data; // EIO_ROOM bytes in front of it may be overwritten.
    size_t bytes;
    bool binary;
} eio_packet_t;

// A piece of a message.
typedef struct {
    const char *data;
    size_t bytes;
} eio_part_t;

// All sessions of one path of a gateway. The tables, `self` and the agenda must outlive it.
engineio_t *
engineio_new (engineio_settings_t settings, const engineio_app_t *app, void *self,
              const engineio_door_t *door, agenda_t *agenda);

// Frees it; all sessions must be closed.
void
engineio_destroy (engineio_t **engineio);

// Open sessions.
size_t
engineio_sessions (const engineio_t *engineio);

// What it was made with.
const engineio_settings_t *
engineio_settings (const engineio_t *engineio);

// The open session with that sid (`bytes` bytes), or NULL.
eio_session_t *
engineio_find (engineio_t *engineio, const char *sid, size_t bytes);

// Closes all sessions.
void
engineio_close_all (engineio_t *engineio, eio_reason_t reason);

// Opens a session for a visitor (whatever the door calls who is at the other end): on a WebSocket,
// whose open packet waits in eio_next, or, with `carrier` NULL, for polling: its open packet waits
// in eio_collect.
eio_session_t *
eio_open (engineio_t *engineio, const ident_t *visitor, void *carrier, uint64_t now_ms);

// Who is at the other end.
const ident_t *
eio_visitor (const eio_session_t *session);

// --- WebSocket ---

// A WebSocket was opened for a session that polls: the beginning of an upgrade. If there can be
// none, the carrier is finished.
void
eio_probe (eio_session_t *session, void *carrier, uint64_t now_ms);

// A frame came in on a WebSocket of the session.
void
eio_frame (eio_session_t *session, void *carrier, bool binary, const char *data, size_t bytes,
           uint64_t now_ms);

// The packet to send on that WebSocket at *place, which is 0 for the first and is moved to the next.
// False if there is none.
bool
eio_next (eio_session_t *session, void *carrier, size_t *place, eio_packet_t *packet);

// The packets before a place that eio_next has come to were taken: at least one.
void
eio_sent (eio_session_t *session, void *carrier, size_t place);

// --- Polling ---

// A GET asks for packets. EIO_FINE: it is held; `wake`, `answer` or `refuse` follow, perhaps
// before this returns. Anything else: the GET is not held, and is to be answered with that error.
eio_error_t
eio_poll (eio_session_t *session, void *carrier, uint64_t now_ms);

// Writes the packets that wait as the body of an answer; a held GET is over with that.
void
eio_collect (eio_session_t *session, writer_t *writer);

// A POST begins. EIO_FINE, or the error to answer with; then the session is closed.
eio_error_t
eio_post_begin (eio_session_t *session, void *carrier, uint64_t now_ms);

// The body of the POST has come. EIO_FINE, or the error to answer with.
eio_error_t
eio_post (eio_session_t *session, const char *body, size_t bytes, uint64_t now_ms);

// --- Both ---

// A carrier (a WebSocket, a held GET, or a POST that has begun) went away; it is not used again.
void
eio_carrier_gone (eio_session_t *session, void *carrier);

// Sends a message to the client: at most seven parts, one after the other, make one packet. If
// the queue is full the session is closed soon, and this and later messages are dropped.
void
eio_send (eio_session_t *session, bool binary, const eio_part_t *parts, size_t count);

// Pings the client now, unless a ping is on its way.
void
eio_ping (eio_session_t *session, uint64_t now_ms);

// Closes the session with a reason. The application's `closed` is called before this returns.
void
eio_close (eio_session_t *session, eio_reason_t reason);

// How many sessions have ended for that reason.
uint64_t
engineio_closed (const engineio_t *engineio, eio_reason_t reason);

// Memory that what waits for clients takes.
uint64_t
engineio_queued (const engineio_t *engineio);

// "ping timeout" for EIO_PING_TIMEOUT, and so on.
const char *
eio_reason_name (eio_reason_t reason);

// The sentence of the reference implementation.
const char *
eio_error_name (eio_error_t error);

#endif
