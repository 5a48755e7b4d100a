// engineio.h -- Engine.IO, protocol revision 4: sessions, packets, heartbeats. Pure.
//
// Below it is a door that carries packets (a carrier is one WebSocket); above it an application
// that gets messages. Both are small tables of functions. What a session has to send waits in a
// bounded queue until the carrier can take it; a reader that lets it fill up is closed.

#ifndef ENGINEIO_H
#define ENGINEIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/agenda.h"

// Bytes in front of each packet that a carrier may overwrite with a frame header.
#define EIO_ROOM 16

typedef struct engineio engineio_t;
typedef struct eio_session eio_session_t;

typedef struct {
    uint64_t ping_interval_ms;
    uint64_t ping_timeout_ms;
    size_t max_payload; // Bytes that a client may send at once.
    size_t queue_most;  // Bytes that may wait for a client; one that would need more is closed.
} engineio_settings_t;

// Why a session was closed: what the application is told and the log and metrics say.
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

// What the application does.
typedef struct {
    // A session was opened; returns what the application knows it by (not NULL).
    void *(*opened) (void *self, eio_session_t *session, uint64_t now_ms);
    // A message came. `data` lasts until return and is not terminated.
    void (*message) (void *above, bool binary, const char *data, size_t bytes);
    // The session is closed; it may not be used after return.
    void (*closed) (void *above, eio_reason_t reason);
} engineio_app_t;

// What the door does.
typedef struct {
    // Something waits in eio_next.
    void (*wake) (void *carrier);
    // Nothing more will wait: send what does, then close with this WebSocket status (RFC 6455,
    // 7.4). The carrier no longer has a session.
    void (*finish) (void *carrier, unsigned status);
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

// All sessions of a gateway. The tables, `self` and the agenda must outlive it.
engineio_t *
engineio_new (engineio_settings_t settings, const engineio_app_t *app, void *self,
              const engineio_door_t *door, agenda_t *agenda);

// Frees it; all sessions must be closed.
void
engineio_destroy (engineio_t **engineio);

// Open sessions.
size_t
engineio_sessions (const engineio_t *engineio);

// Opens a session on a WebSocket; its open packet waits in eio_next.
eio_session_t *
eio_open (engineio_t *engineio, void *carrier, uint64_t now_ms);

// A WebSocket frame came in on the session's carrier. The session may be closed on return: then
// `finish` was called.
void
eio_frame (eio_session_t *session, bool binary, const char *data, size_t bytes, uint64_t now_ms);

// The carrier went away; it is not used again.
void
eio_carrier_gone (eio_session_t *session);

// The next packet to send, which stays the next until eio_sent. False if there is none.
bool
eio_next (eio_session_t *session, eio_packet_t *packet);

// The packet of eio_next was taken.
void
eio_sent (eio_session_t *session);

// Sends a message to the client: at most seven parts, one after the other, make one packet. If
// the queue is full the session is closed soon, and this and later messages are dropped.
void
eio_send (eio_session_t *session, const eio_part_t *parts, size_t count);

// Closes the session with a reason. The application's `closed` is called before this returns.
void
eio_close (eio_session_t *session, eio_reason_t reason);

// Closes all sessions.
void
engineio_close_all (engineio_t *engineio, eio_reason_t reason);

// "ping timeout" for EIO_PING_TIMEOUT, and so on.
const char *
eio_reason_name (eio_reason_t reason);

#endif
