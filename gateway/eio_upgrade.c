// eio_upgrade.c -- from polling to a WebSocket, without losing a packet.
//
// The client opens a WebSocket beside its polls and sends "2probe"; it gets "3probe", lets its last
// GET end, and sends "5": from then on the WebSocket carries the session. Every GET that is held
// meanwhile must end, not only the first: the client may have begun another one before it read the
// answer. A GET is released with a noop after a moment, so that a hasty client does not turn in a
// circle of empty polls.

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/eio_session.h"

#define RELEASE_MS 60 // How long a GET is held while the upgrade is under way.

static void
release_poll (void *self, uint64_t now_ms)
{
    eio_session_t *session = self;
    (void) now_ms;
    if (session->carrier != NULL) {
        void *carrier = session->carrier;
        session->carrier = NULL;
        session->engineio->door->answer (carrier, PACKET_NOOP);
    }
}

static void
give_up (void *self, uint64_t now_ms)
{
    (void) now_ms;
    eio_end_upgrade (self, 1000);
}

static void
begin (eio_session_t *session, void *carrier, uint64_t now_ms)
{
    upgrade_t *upgrade = must_alloc (sizeof *upgrade);
    upgrade->state = PROBE_OPENED;
    upgrade->carrier = carrier;
    upgrade->deadline.ring = give_up;
    upgrade->deadline.self = session;
    upgrade->release.ring = release_poll;
    upgrade->release.self = session;
    memcpy (upgrade->reply + EIO_ROOM, "3probe", 6);
    session->upgrade = upgrade;
    agenda_set (session->engineio->agenda, &upgrade->deadline,
                now_ms + session->engineio->settings.upgrade_timeout_ms);
}

void
eio_probe (eio_session_t *session, void *carrier, uint64_t now_ms)
{
    eio_hold (session); // It may be closed now, and the door still looks at it.
    if (eio_is_alive (session, now_ms) && session->transport == POLLING
        && session->upgrade == NULL) {
        begin (session, carrier, now_ms);
    }
    else {
        session->engineio->door->finish (carrier, 1000);
    }
    eio_release (session);
}

void
eio_end_upgrade (eio_session_t *session, unsigned status)
{
    upgrade_t *upgrade = session->upgrade;
    if (upgrade != NULL) {
        session->upgrade = NULL;
        agenda_clear (&upgrade->deadline);
        agenda_clear (&upgrade->release);
        if (status != 0) {
            session->engineio->door->finish (upgrade->carrier, status);
        }
        free (upgrade);
    }
}

// The answer to the probe is to be sent before all that waits.
static void
put_answer_first (eio_session_t *session)
{
    eio_packet_t packet;
    queue_t waiting = session->queue;
    session->queue = (queue_t){0};
    memcpy (queue_add (&session->queue, 6, false), "3probe", 6);
    while ((packet.data = queue_first (&waiting, &packet.bytes, &packet.binary)) != NULL) {
        memcpy (queue_add (&session->queue, packet.bytes, packet.binary), packet.data,
                packet.bytes);
        queue_remove (&waiting);
    }
}

static void
complete (eio_session_t *session)
{
    void *websocket = session->upgrade->carrier;
    void *poll = session->carrier;
    if (session->upgrade->state == PROBE_ASKED) {
        put_answer_first (session); // A hasty client did not wait for it.
    }
    eio_end_upgrade (session, 0);
    session->transport = WEBSOCKET;
    session->carrier = websocket;
    if (poll != NULL) {
        session->engineio->door->refuse (poll, EIO_BAD_REQUEST);
    }
    eio_wake (session);
}

void
eio_upgrade_frame (eio_session_t *session, bool binary, const char *data, size_t bytes,
                   uint64_t now_ms)
{
    upgrade_t *upgrade = session->upgrade;
    if (!binary && bytes == 6 && memcmp (data, "2probe", 6) == 0
        && upgrade->state == PROBE_OPENED) {
        upgrade->state = PROBE_ASKED;
        session->engineio->door->wake (upgrade->carrier);
        release_poll (session, now_ms);
    }
    else if (!binary && bytes == 1 && data[0] == PACKET_UPGRADE
             && upgrade->state != PROBE_OPENED) {
        complete (session);
    }
    else {
        eio_end_upgrade (session, 1002); // Polling goes on.
    }
}

void
eio_upgrade_poll (eio_session_t *session, uint64_t now_ms)
{
    if (session->upgrade != NULL && session->upgrade->state != PROBE_OPENED) {
        agenda_set (session->engineio->agenda, &session->upgrade->release, now_ms + RELEASE_MS);
    }
}
