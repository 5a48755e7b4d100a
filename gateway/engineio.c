// engineio.c -- Engine.IO sessions.
//
// The protocol is that of the public document "Engine.IO Protocol", revision 4: one character of
// type, then data; binary messages are frames of their own. The server pings; a client that does
// not answer within the time-out is closed. Deadlines are absolute, and are tested before anything
// that comes in late is served.

#include "gateway/engineio.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "base/must.h"
#include "gateway/queue.h"

_Static_assert (EIO_ROOM == QUEUE_ROOM, "a packet's room is the queue's");

// Engine.IO packet types.
enum {
    PACKET_OPEN = '0',
    PACKET_CLOSE = '1',
    PACKET_PING = '2',
    PACKET_PONG = '3',
    PACKET_MESSAGE = '4',
    PACKET_UPGRADE = '5',
    PACKET_NOOP = '6',
};

struct engineio {
    engineio_settings_t settings;
    const engineio_app_t *app;   // Not owned.
    void *self;                  // For app->opened. Not owned.
    const engineio_door_t *door; // Not owned.
    agenda_t *agenda;            // Not owned.
    size_t sessions;             // Open ones.
    eio_session_t *first;        // The list of open ones.
};

typedef enum {
    RESTING,    // The heartbeat alarm says when to ping.
    PINGED,     // The heartbeat alarm says until when a pong must have come.
    OVERFLOWED, // The queue was full: the heartbeat alarm is about to close the session.
    CLOSED,     // Freed as soon as nothing of it is in use.
} session_state_t;

struct eio_session {
    session_state_t state;
    unsigned busy;        // Calls into the application that have not returned.
    engineio_t *engineio; // Not owned.
    void *above;          // What the application knows it by.
    void *carrier;        // The door's; NULL when it is gone.
    alarm_t heartbeat;
    eio_session_t *previous; // The list of open sessions.
    eio_session_t *next;
    queue_t queue;        // At most settings.queue_most bytes, and the last packet that exceeded it.
};

engineio_t *
engineio_new (engineio_settings_t settings, const engineio_app_t *app, void *self,
              const engineio_door_t *door, agenda_t *agenda)
{
    engineio_t *engineio = must_alloc (sizeof *engineio);
    *engineio = (engineio_t){settings, app, self, door, agenda, 0, NULL};
    return engineio;
}

void
engineio_destroy (engineio_t **engineio)
{
    if (*engineio != NULL) {
        must ((*engineio)->sessions == 0);
        free (*engineio);
        *engineio = NULL;
    }
}

size_t
engineio_sessions (const engineio_t *engineio)
{
    return engineio->sessions;
}

const char *
eio_reason_name (eio_reason_t reason)
{
    // The words of the reference implementation, where it has one.
    static const char *const names[EIO_REASONS] = {"transport close", "client close",
                                                   "server close",    "server stop",
                                                   "ping timeout",    "parse error",
                                                   "too slow"};
    must (reason < EIO_REASONS);
    return names[reason];
}

// Puts a packet into the queue and wakes the carrier.
static void
put (eio_session_t *session, bool binary, const eio_part_t *parts, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += parts[i].bytes;
    }
    char *place = queue_add (&session->queue, bytes, binary);
    for (size_t i = 0; i < count; i++) {
        memcpy (place, parts[i].data, parts[i].bytes);
        place += parts[i].bytes;
    }
    session->engineio->door->wake (session->carrier);
}

static void
put_type (eio_session_t *session, char type)
{
    put (session, false, &(eio_part_t){&type, 1}, 1);
}

static void
put_open (eio_session_t *session)
{
    const engineio_settings_t *settings = &session->engineio->settings;
    char sid[IDENT_SECRET_SIZE];
    char packet[256];
    ident_secret (sid);
    int bytes = snprintf (packet, sizeof packet,
                          "0{\"sid\":\"%s\",\"upgrades\":[],\"pingInterval\":%" PRIu64
                          ",\"pingTimeout\":%" PRIu64 ",\"maxPayload\":%zu}",
                          sid, settings->ping_interval_ms, settings->ping_timeout_ms,
                          settings->max_payload);
    put (session, false, &(eio_part_t){packet, (size_t) bytes}, 1);
}

// The heartbeat alarm: what it means depends on the state.
static void
beat (void *self, uint64_t now_ms)
{
    eio_session_t *session = self;
    const engineio_settings_t *settings = &session->engineio->settings;
    switch (session->state) {
        case RESTING:
            session->state = PINGED;
            agenda_set (session->engineio->agenda, &session->heartbeat,
                        session->heartbeat.at_ms + settings->ping_timeout_ms);
            put_type (session, PACKET_PING);
            break;
        case PINGED:
            eio_close (session, EIO_PING_TIMEOUT);
            break;
        case OVERFLOWED:
            eio_close (session, EIO_TOO_SLOW);
            break;
        case CLOSED:
            must (!"a closed session has no heartbeat");
    }
    (void) now_ms;
}

static void
list (eio_session_t *session)
{
    engineio_t *engineio = session->engineio;
    session->next = engineio->first;
    if (session->next != NULL) {
        session->next->previous = session;
    }
    engineio->first = session;
    engineio->sessions++;
}

static void
unlist (eio_session_t *session)
{
    if (session->next != NULL) {
        session->next->previous = session->previous;
    }
    if (session->previous != NULL) {
        session->previous->next = session->next;
    }
    else {
        session->engineio->first = session->next;
    }
    session->engineio->sessions--;
}

eio_session_t *
eio_open (engineio_t *engineio, void *carrier, uint64_t now_ms)
{
    eio_session_t *session = must_alloc (sizeof *session);
    session->engineio = engineio;
    session->carrier = carrier;
    session->heartbeat.ring = beat;
    session->heartbeat.self = session;
    agenda_set (engineio->agenda, &session->heartbeat,
                now_ms + engineio->settings.ping_interval_ms);
    list (session);
    put_open (session);
    session->above = engineio->app->opened (engineio->self, session, now_ms);
    must (session->above != NULL);
    return session;
}

static void
free_if_done (eio_session_t *session)
{
    if (session->state == CLOSED && session->busy == 0) {
        free (session);
    }
}

void
eio_close (eio_session_t *session, eio_reason_t reason)
{
    static const unsigned statuses[EIO_REASONS] = {1000, 1000, 1000, 1001, 1000, 1002, 1013};
    if (session->state == CLOSED) {
        return;
    }
    engineio_t *engineio = session->engineio;
    session->state = CLOSED;
    session->busy++;
    agenda_clear (&session->heartbeat);
    unlist (session);
    engineio->app->closed (session->above, reason);
    if (session->carrier != NULL) {
        engineio->door->finish (session->carrier, statuses[reason]);
        session->carrier = NULL;
    }
    queue_clear (&session->queue);
    session->busy--;
    free_if_done (session);
}

void
engineio_close_all (engineio_t *engineio, eio_reason_t reason)
{
    while (engineio->first != NULL) {
        eio_close (engineio->first, reason);
    }
}

static void
on_pong (eio_session_t *session, uint64_t now_ms)
{
    if (session->state == PINGED) {
        session->state = RESTING;
        agenda_set (session->engineio->agenda, &session->heartbeat,
                    now_ms + session->engineio->settings.ping_interval_ms);
    }
}

// A text frame: one packet.
static void
on_packet (eio_session_t *session, const char *data, size_t bytes, uint64_t now_ms)
{
    switch (bytes > 0 ? data[0] : '\0') {
        case PACKET_CLOSE:
            eio_close (session, EIO_CLIENT_CLOSE);
            break;
        case PACKET_PONG:
            on_pong (session, now_ms);
            break;
        case PACKET_MESSAGE:
            session->engineio->app->message (session->above, false, data + 1, bytes - 1);
            break;
        case PACKET_OPEN:
        case PACKET_UPGRADE:
        case PACKET_NOOP:
            break; // Without a meaning on a session that is established.
        default:
            eio_close (session, EIO_PARSE_ERROR); // A ping in the wrong direction is one, too.
            break;
    }
}

void
eio_frame (eio_session_t *session, bool binary, const char *data, size_t bytes, uint64_t now_ms)
{
    if (session->state == CLOSED || session->state == OVERFLOWED) {
        return;
    }
    if (session->state == PINGED && now_ms >= session->heartbeat.at_ms) {
        eio_close (session, EIO_PING_TIMEOUT);
        return;
    }
    session->busy++;
    if (binary) {
        session->engineio->app->message (session->above, true, data, bytes);
    }
    else {
        on_packet (session, data, bytes, now_ms);
    }
    session->busy--;
    free_if_done (session);
}

void
eio_carrier_gone (eio_session_t *session)
{
    session->carrier = NULL;
    eio_close (session, EIO_TRANSPORT_CLOSE);
}

bool
eio_next (eio_session_t *session, eio_packet_t *packet)
{
    packet->data = queue_first (&session->queue, &packet->bytes, &packet->binary);
    return packet->data != NULL;
}

void
eio_sent (eio_session_t *session)
{
    queue_remove (&session->queue);
}

void
eio_send (eio_session_t *session, const eio_part_t *parts, size_t count)
{
    static const char type = PACKET_MESSAGE;
    eio_part_t all[8] = {{&type, 1}};
    must (count < sizeof all / sizeof all[0]);
    if (session->state == CLOSED || session->state == OVERFLOWED) {
        return;
    }
    if (queue_bytes (&session->queue) > session->engineio->settings.queue_most) {
        session->state = OVERFLOWED;
        agenda_set (session->engineio->agenda, &session->heartbeat, 0);
        return;
    }
    memcpy (all + 1, parts, count * sizeof *parts);
    put (session, false, all, count + 1);
}
