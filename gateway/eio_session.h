// eio_session.h -- a session from the inside: for engineio.c, eio_polling.c and eio_upgrade.c alone.

#ifndef EIO_SESSION_H
#define EIO_SESSION_H

#include "base/book.h"
#include "base/ident.h"
#include "gateway/engineio.h"
#include "gateway/queue.h"

// Engine.IO packet types.
enum {
    PACKET_OPEN = '0',
    PACKET_CLOSE = '1',
    PACKET_PING = '2',
    PACKET_PONG = '3',
    PACKET_MESSAGE = '4',
    PACKET_UPGRADE = '5',
    PACKET_NOOP = '6',
    PACKET_BINARY = 'b', // In polling only; in a WebSocket it is a frame of its own.
};

struct engineio {
    engineio_settings_t settings;
    const engineio_app_t *app;   // Not owned.
    void *self;                  // For app->opened. Not owned.
    const engineio_door_t *door; // Not owned.
    agenda_t *agenda;            // Not owned.
    book_t *by_sid;              // eio_session_t, as many as are open. Owned.
    eio_session_t *first;        // The list of open ones.
    uint64_t closed[EIO_REASONS]; // How many have ended, by why.
    uint64_t queued;             // Bytes of all queues, as they were counted last.
};

typedef enum {
    RESTING,    // The heartbeat alarm says when to ping.
    PINGED,     // The heartbeat alarm says until when a pong must have come.
    OVERFLOWED, // The queue was full: the heartbeat alarm is about to close the session.
    CLOSED,     // Freed as soon as nothing of it is in use.
} session_state_t;

// Polling, with what is under way; and the one transport that needs nothing more.
typedef enum { POLLING, WEBSOCKET } transport_t;

typedef enum {
    PROBE_OPENED,   // The WebSocket is open.
    PROBE_ASKED,    // It has sent its probe; the answer waits in eio_next.
    PROBE_ANSWERED, // It has the answer: polls get nothing any more but a noop.
} probe_state_t;

// An upgrade that is under way.
typedef struct {
    probe_state_t state;
    void *carrier;                // The WebSocket. The door's.
    alarm_t deadline;             // Until when the upgrade must be complete.
    alarm_t release;              // When a GET that is held is to be released.
    char reply[EIO_ROOM + 6];     // Room, and "3probe".
} upgrade_t;

struct eio_session {
    session_state_t state;
    transport_t transport;
    unsigned busy;           // Calls into the application that have not returned.
    char sid[IDENT_SECRET_SIZE];
    ident_t visitor;         // Who is at the other end.
    engineio_t *engineio;    // Not owned.
    void *above;             // What the application knows it by.
    void *carrier;           // WEBSOCKET: the WebSocket; POLLING: the held GET. NULL: none.
    void *posting;           // The POST whose body has not come; NULL: none.
    upgrade_t *upgrade;      // NULL: none is under way. Owned.
    alarm_t heartbeat;
    eio_session_t *previous; // The list of open sessions.
    eio_session_t *next;
    queue_t queue;           // At most settings.queue_most bytes, and the packet that exceeded it.
    size_t counted;          // Of its bytes in engineio->queued.
};

// True if the session may be used; false if it is closed, or is closed now because a pong is
// overdue, or is about to be.
bool
eio_is_alive (eio_session_t *session, uint64_t now_ms);

// A packet came, of whatever transport: type and data. The session is held by its caller.
void
eio_packet (eio_session_t *session, const char *data, size_t bytes, uint64_t now_ms);

// Keeps the session's memory while its caller still looks at it.
void
eio_hold (eio_session_t *session);

// Ends an eio_hold; frees a session that is closed when nobody holds it any more.
void
eio_release (eio_session_t *session);

// Tells the application if nothing waits any more.
void
eio_tell_written (eio_session_t *session);

// Wakes whichever carrier can take what waits, if something does.
void
eio_wake (eio_session_t *session);

// Ends an upgrade that is under way; its WebSocket is finished with `status`, or, if that is 0,
// already gone or taken over.
void
eio_end_upgrade (eio_session_t *session, unsigned status);

// A frame came in on the WebSocket of the upgrade.
void
eio_upgrade_frame (eio_session_t *session, bool binary, const char *data, size_t bytes,
                   uint64_t now_ms);

// A GET is held while an upgrade is under way: it is to be released soon.
void
eio_upgrade_poll (eio_session_t *session, uint64_t now_ms);

#endif
