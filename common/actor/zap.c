// zap.c -- a REP socket at the address that ZeroMQ asks. Keeps how many it has turned away.

#include "actor/zap.h"

#include <czmq.h>
#include <uv.h>

#include "base/log.h"
#include "base/must.h"

#define ENDPOINT "inproc://zeromq.zap.01"
#define ANSWERS_A_TURN 64
#define BINARY_KEY_BYTES 32
#define LOG_EVERY_MS 1000 // Whoever knocks again and again does not fill the log.

// A request in the order of its frames (RFC 27).
enum { VERSION, REQUEST, DOMAIN, ADDRESS, ROUTING_ID, MECHANISM, CREDENTIALS, FRAMES };

struct zap {
    loop_t *loop;              // Not owned.
    const keyring_t *keyring;  // Not owned.
    unsigned roles;            // Bits 1 << role.
    zsock_t *sock;             // Owned.
    watch_t *watch;            // Owned.
    uint64_t refused;          // Connections not let in.
    uint64_t log_at_ms;        // When the next of them may be logged.
};

// Whether one of the roles that may come here has that key.
static bool
is_welcome (const zap_t *zap, const char *key)
{
    role_t role = ROLE_RECORDER;
    while (role != ROLE_NONE
           && ((zap->roles & 1U << role) == 0 || !keyring_trusts (zap->keyring, role, key))) {
        role--;
    }
    return role != ROLE_NONE;
}

// Writes the key that a request is about as text. False if it is about none.
static bool
read_key (zframe_t *const frames[FRAMES], char key[KEY_BYTES + 1])
{
    return frames[CREDENTIALS] != NULL && zframe_streq (frames[MECHANISM], "CURVE")
        && zframe_size (frames[CREDENTIALS]) == BINARY_KEY_BYTES
        && zmq_z85_encode (key, zframe_data (frames[CREDENTIALS]), BINARY_KEY_BYTES) != NULL;
}

static void
note_refused (zap_t *zap, zframe_t *address)
{
    uint64_t now_ms = uv_now (loop_uv (zap->loop));
    zap->refused++;
    if (now_ms >= zap->log_at_ms) {
        char text[64] = "";
        if (address != NULL) {
            snprintf (text, sizeof text, "%.*s", (int) zframe_size (address),
                      (const char *) zframe_data (address));
        }
        zap->log_at_ms = now_ms + LOG_EVERY_MS;
        log_event (LEVEL_WARN, "bus_key_refused", LOG_FIELDS (LOG_TEXT ("peer", text)));
    }
}

static void
answer (zap_t *zap, zmsg_t *request)
{
    zframe_t *frames[FRAMES] = {zmsg_first (request)};
    for (int i = 1; i < FRAMES && frames[i - 1] != NULL; i++) {
        frames[i] = zmsg_next (request);
    }
    char key[KEY_BYTES + 1] = "";
    bool welcome = read_key (frames, key) && is_welcome (zap, key);
    zmsg_t *reply = zmsg_new ();
    zmsg_addstr (reply, "1.0");
    zmsg_addmem (reply, frames[REQUEST] != NULL ? zframe_data (frames[REQUEST]) : NULL,
                 frames[REQUEST] != NULL ? zframe_size (frames[REQUEST]) : 0);
    zmsg_addstr (reply, welcome ? "200" : "400");
    zmsg_addstr (reply, welcome ? "OK" : "key not listed");
    zmsg_addstr (reply, welcome ? key : "");
    zmsg_addmem (reply, NULL, 0);
    if (!welcome) {
        note_refused (zap, frames[ADDRESS]);
    }
    zmsg_send (&reply, zap->sock);
}

static bool
pending (void *self)
{
    return (zsock_events (((zap_t *) self)->sock) & ZMQ_POLLIN) != 0;
}

static void
drain (void *self)
{
    zap_t *zap = self;
    for (int i = 0; i < ANSWERS_A_TURN && pending (zap); i++) {
        zmsg_t *request = zmsg_recv (zap->sock);
        if (request != NULL) {
            answer (zap, request);
            zmsg_destroy (&request);
        }
    }
}

zap_t *
zap_new (loop_t *loop, const keyring_t *keyring, unsigned roles)
{
    zap_t *zap = must_alloc (sizeof *zap);
    zap->loop = loop;
    zap->keyring = keyring;
    zap->roles = roles;
    zap->sock = zsock_new (ZMQ_REP);
    must (zap->sock != NULL);
    zsock_set_linger (zap->sock, 0);
    must (zmq_bind (zsock_resolve (zap->sock), ENDPOINT) == 0);
    zap->watch = loop_watch (loop, (int) zsock_fd (zap->sock), pending, drain, NULL, zap);
    return zap;
}

void
zap_destroy (zap_t **zap)
{
    if (*zap != NULL) {
        loop_unwatch (&(*zap)->watch);
        zsock_destroy (&(*zap)->sock);
        free (*zap);
        *zap = NULL;
    }
}

uint64_t
zap_refused (const zap_t *zap)
{
    return zap->refused;
}
