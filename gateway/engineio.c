// engineio.c -- Engine.IO sessions: their life, their heartbeat, their queue.
//
// The protocol is that of the public document "Engine.IO Protocol", revision 4. The server pings; a
// client that does not answer within the time-out is closed. Deadlines are absolute, and are tested
// before anything that comes in late is served.

#include "gateway/engineio.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/eio_session.h"

#define STANDSTILL_MS 100 // A ping that is later than this is our own fault.

_Static_assert (EIO_ROOM == QUEUE_ROOM, "a packet's room is the queue's");

engineio_t *
engineio_new (engineio_settings_t settings, const engineio_app_t *app, void *self,
              const engineio_door_t *door, agenda_t *agenda)
{
    engineio_t *engineio = must_alloc (sizeof *engineio);
    *engineio = (engineio_t){
        .settings = settings,
        .app = app,
        .self = self,
        .door = door,
        .agenda = agenda,
        .by_sid = book_new (),
    };
    return engineio;
}

void
engineio_destroy (engineio_t **engineio)
{
    if (*engineio != NULL) {
        must ((*engineio)->first == NULL);
        book_destroy (&(*engineio)->by_sid);
        free (*engineio);
        *engineio = NULL;
    }
}

size_t
engineio_sessions (const engineio_t *engineio)
{
    return book_count (engineio->by_sid);
}

uint64_t
engineio_closed (const engineio_t *engineio, eio_reason_t reason)
{
    return engineio->closed[reason];
}

uint64_t
engineio_queued (const engineio_t *engineio)
{
    return engineio->queued;
}

const engineio_settings_t *
engineio_settings (const engineio_t *engineio)
{
    return &engineio->settings;
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

const char *
eio_error_name (eio_error_t error)
{
    static const char *const names[] = {"Transport unknown",    "Session ID unknown",
                                        "Bad handshake method", "Bad request",
                                        "Forbidden",            "Unsupported protocol version"};
    must (error >= 0 && (size_t) error < sizeof names / sizeof names[0]);
    return names[error];
}

// --- Finding ---

// The key of a sid in the book: its first characters, which carry 96 random bits.
static ident_t
key_of (const char *sid)
{
    ident_t key;
    memcpy (key.bytes, sid, sizeof key.bytes);
    return key;
}

eio_session_t *
engineio_find (engineio_t *engineio, const char *sid, size_t bytes)
{
    if (bytes != IDENT_SECRET_SIZE - 1) {
        return NULL;
    }
    ident_t key = key_of (sid);
    eio_session_t *session = book_find (engineio->by_sid, &key);
    return session != NULL && memcmp (session->sid, sid, bytes) == 0 ? session : NULL;
}

static void
list (eio_session_t *session)
{
    engineio_t *engineio = session->engineio;
    ident_t key = key_of (session->sid);
    book_put (engineio->by_sid, &key, session);
    session->next = engineio->first;
    if (session->next != NULL) {
        session->next->previous = session;
    }
    engineio->first = session;
}

static void
unlist (eio_session_t *session)
{
    ident_t key = key_of (session->sid);
    book_take (session->engineio->by_sid, &key);
    if (session->next != NULL) {
        session->next->previous = session->previous;
    }
    if (session->previous != NULL) {
        session->previous->next = session->next;
    }
    else {
        session->engineio->first = session->next;
    }
}

// --- Sending ---

// After the queue has changed.
static void
count_queue (eio_session_t *session)
{
    session->engineio->queued -= session->counted;
    session->counted = queue_bytes (&session->queue);
    session->engineio->queued += session->counted;
}

void
eio_wake (eio_session_t *session)
{
    count_queue (session);
    if (session->carrier != NULL && queue_bytes (&session->queue) > 0) {
        session->engineio->door->wake (session->carrier);
    }
}

static void
put (eio_session_t *session, bool binary, const eio_part_t *parts, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += parts[i].bytes;
    }
    char *place = queue_add (&session->queue, bytes, binary);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].bytes > 0) {
            memcpy (place, parts[i].data, parts[i].bytes);
            place += parts[i].bytes;
        }
    }
    eio_wake (session);
}

void
eio_send (eio_session_t *session, bool binary, const eio_part_t *parts, size_t count)
{
    static const char type = PACKET_MESSAGE;
    eio_part_t all[8] = {{&type, binary ? 0 : 1}};
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
    put (session, binary, all, count + 1);
}

static void
put_open (eio_session_t *session)
{
    const engineio_settings_t *settings = &session->engineio->settings;
    char packet[256];
    int bytes = snprintf (packet, sizeof packet,
                          "0{\"sid\":\"%s\",\"upgrades\":[%s],\"pingInterval\":%" PRIu64
                          ",\"pingTimeout\":%" PRIu64 ",\"maxPayload\":%zu}",
                          session->sid, session->transport == POLLING ? "\"websocket\"" : "",
                          settings->ping_interval_ms, settings->ping_timeout_ms,
                          settings->max_payload);
    put (session, false, &(eio_part_t){packet, (size_t) bytes}, 1);
}

bool
eio_next (eio_session_t *session, void *carrier, size_t *place, eio_packet_t *packet)
{
    upgrade_t *upgrade = session->upgrade;
    if (upgrade != NULL && upgrade->carrier == carrier) {
        *packet = (eio_packet_t){upgrade->reply + EIO_ROOM, 6, false};
        return upgrade->state == PROBE_ASKED && (*place)++ == 0;
    }
    // A WebSocket whose upgrade came to nothing must not carry off what the session has to send.
    packet->data = session->carrier == carrier
                     ? queue_walk (&session->queue, place, &packet->bytes, &packet->binary)
                     : NULL;
    return packet->data != NULL;
}

void
eio_sent (eio_session_t *session, void *carrier, size_t place)
{
    if (session->upgrade != NULL && session->upgrade->carrier == carrier) {
        session->upgrade->state = PROBE_ANSWERED;
    }
    else {
        queue_drop (&session->queue, place);
        eio_tell_written (session);
    }
}

void
eio_tell_written (eio_session_t *session)
{
    count_queue (session);
    if (session->state != CLOSED && queue_bytes (&session->queue) == 0) {
        session->engineio->app->written (session->above);
    }
}

// --- Life ---

// From when a client is waited for: from when its ping was due, unless we ourselves stood still.
static uint64_t
begin_of_wait (uint64_t due_ms, uint64_t now_ms)
{
    return now_ms - due_ms > STANDSTILL_MS ? now_ms : due_ms;
}

// The heartbeat alarm: what it means depends on the state.
static void
beat (void *self, uint64_t now_ms)
{
    static const char ping = PACKET_PING;
    eio_session_t *session = self;
    switch (session->state) {
        case RESTING:
            session->state = PINGED;
            agenda_set (session->engineio->agenda, &session->heartbeat,
                        begin_of_wait (session->heartbeat.at_ms, now_ms)
                            + session->engineio->settings.ping_timeout_ms);
            session->engineio->app->pinged (session->above);
            put (session, false, &(eio_part_t){&ping, 1}, 1);
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
}

void
eio_ping (eio_session_t *session, uint64_t now_ms)
{
    if (session->state == RESTING) {
        agenda_clear (&session->heartbeat);
        session->heartbeat.at_ms = now_ms;
        beat (session, now_ms);
    }
}

static void
rest (eio_session_t *session, uint64_t now_ms)
{
    session->state = RESTING;
    agenda_set (session->engineio->agenda, &session->heartbeat,
                now_ms + session->engineio->settings.ping_interval_ms);
}

eio_session_t *
eio_open (engineio_t *engineio, const ident_t *visitor, void *carrier, uint64_t now_ms)
{
    eio_session_t *session = must_alloc (sizeof *session);
    ident_secret (session->sid);
    session->visitor = *visitor;
    session->engineio = engineio;
    session->transport = carrier != NULL ? WEBSOCKET : POLLING;
    session->carrier = carrier;
    session->heartbeat.ring = beat;
    session->heartbeat.self = session;
    rest (session, now_ms);
    list (session);
    put_open (session);
    session->above = engineio->app->opened (engineio->self, session, now_ms);
    must (session->above != NULL);
    return session;
}

const ident_t *
eio_visitor (const eio_session_t *session)
{
    return &session->visitor;
}

void
eio_hold (eio_session_t *session)
{
    session->busy++;
}

void
eio_release (eio_session_t *session)
{
    if (--session->busy == 0 && session->state == CLOSED) {
        queue_clear (&session->queue);
        count_queue (session);
        free (session);
    }
}

static void
finish_carriers (eio_session_t *session, eio_reason_t reason)
{
    static const unsigned statuses[EIO_REASONS] = {1000, 1000, 1000, 1001, 1000, 1002, 1013};
    const engineio_door_t *door = session->engineio->door;
    void *carrier = session->carrier;
    eio_end_upgrade (session, 1000);
    if (session->posting != NULL) {
        door->refuse (session->posting, EIO_BAD_REQUEST);
        session->posting = NULL;
    }
    if (carrier != NULL && session->transport == WEBSOCKET) {
        door->finish (carrier, statuses[reason]);
    }
    else if (carrier != NULL) {
        door->answer (carrier, reason == EIO_CLIENT_CLOSE ? PACKET_NOOP : PACKET_CLOSE);
    }
    session->carrier = NULL;
}

void
eio_close (eio_session_t *session, eio_reason_t reason)
{
    if (session->state == CLOSED) {
        return;
    }
    session->state = CLOSED;
    session->engineio->closed[reason]++;
    eio_hold (session);
    agenda_clear (&session->heartbeat);
    unlist (session);
    session->engineio->app->closed (session->above, reason);
    finish_carriers (session, reason);
    eio_release (session);
}

void
engineio_close_all (engineio_t *engineio, eio_reason_t reason)
{
    while (engineio->first != NULL) {
        eio_close (engineio->first, reason);
    }
}

bool
eio_is_alive (eio_session_t *session, uint64_t now_ms)
{
    if (session->state == PINGED && now_ms >= session->heartbeat.at_ms) {
        eio_close (session, EIO_PING_TIMEOUT);
        return false;
    }
    return session->state == RESTING || session->state == PINGED;
}

// --- Receiving ---

void
eio_packet (eio_session_t *session, const char *data, size_t bytes, uint64_t now_ms)
{
    switch (bytes > 0 ? data[0] : '\0') {
        case PACKET_CLOSE:
            eio_close (session, EIO_CLIENT_CLOSE);
            break;
        case PACKET_PONG:
            if (session->state == PINGED) {
                rest (session, now_ms);
                session->engineio->app->answered (session->above);
            }
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
eio_frame (eio_session_t *session, void *carrier, bool binary, const char *data, size_t bytes,
           uint64_t now_ms)
{
    eio_hold (session);
    if (!eio_is_alive (session, now_ms)) {
        // It was closed just now, or is about to be.
    }
    else if (session->upgrade != NULL && session->upgrade->carrier == carrier) {
        eio_upgrade_frame (session, binary, data, bytes, now_ms);
    }
    else if (binary) {
        session->engineio->app->message (session->above, true, data, bytes);
    }
    else {
        eio_packet (session, data, bytes, now_ms);
    }
    eio_release (session);
}

void
eio_carrier_gone (eio_session_t *session, void *carrier)
{
    if (session->upgrade != NULL && session->upgrade->carrier == carrier) {
        eio_end_upgrade (session, 0);
        return;
    }
    // A held GET or a POST that is cut off in the middle is a client that has gone, too.
    if (session->carrier == carrier) {
        session->carrier = NULL;
    }
    if (session->posting == carrier) {
        session->posting = NULL;
    }
    eio_close (session, EIO_TRANSPORT_CLOSE);
}
