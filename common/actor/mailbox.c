// mailbox.c -- one ZeroMQ socket, its hellos and its refusals.
//
// Hears HELLO and REFUSED itself; hands everything else on as letters. Keeps who has said hello.
// What is sent goes by mailbox_out.c.

#include "actor/mailbox_inside.h"
#include "actor/socket.h"
#include "base/log.h"
#include "base/must.h"

#define HELLO_EVERY_MS 1000 // A sign of life on a link that is up.
#define HELLO_AGAIN_MS 100  // While nobody has answered.
#define SILENT_MS 5000      // After so long without a word a peer is taken to be gone.
#define ASLEEP_MS 1000      // Whoever was not ticked for so long was stopped itself.
#define PEERS_MOST 1024     // A listener takes no more; a further HELLO is refused.
#define DIAL_AGAIN_MS 1000  // With keys: ZeroMQ gives up for good when it was refused.

static mailbox_t *
new_mailbox (household_t *household, int type, mailbox_state_t state)
{
    mailbox_t *mailbox = must_alloc (sizeof *mailbox);
    mailbox->household = household;
    mailbox->state = state;
    mailbox->readings =
        household->keyring != NULL ? keyring_readings (household->keyring) : 0;
    mailbox->sock = socket_new (type);
    mailbox->socket = zsock_resolve (mailbox->sock);
    mailbox->used = true;
    zmq_msg_init (&mailbox->frame);
    return mailbox;
}

void
mailbox_start (void)
{
    zsys_init ();
    zsys_handler_set (NULL);
}

void
mailbox_end (void)
{
    zsys_shutdown ();
}

// Connects; with keys, to nobody but who has the next key of the role.
static void
connect_next (mailbox_t *mailbox)
{
    const keyring_t *keyring = mailbox->household->keyring;
    if (keyring != NULL) {
        const char *key = keyring_pick (keyring, mailbox->role, mailbox->key_turn++);
        snprintf (mailbox->key, sizeof mailbox->key, "%s", key != NULL ? key : "");
        if (key == NULL) {
            return;
        }
        socket_trust (mailbox->sock, keyring, key);
    }
    must (zmq_connect (mailbox->socket, mailbox->endpoint) == 0);
    mailbox->used = true;
}

mailbox_t *
mailbox_listen (household_t *household, const char *endpoint)
{
    mailbox_t *mailbox = new_mailbox (household, ZMQ_ROUTER, LISTENING);
    mailbox->peers = book_new ();
    // A send to a peer that is not there fails instead of vanishing; a peer that connects again
    // before its old connection is known to be dead takes its address over.
    zsock_set_router_mandatory (mailbox->sock, 1);
    zsock_set_router_handover (mailbox->sock, 1);
    if (household->keyring != NULL) {
        socket_demand_keys (mailbox->sock, household->keyring);
    }
    if (zmq_bind (mailbox->socket, endpoint) != 0) {
        int reason = errno;
        mailbox_destroy (&mailbox);
        errno = reason;
    }
    return mailbox;
}

mailbox_t *
mailbox_dial (household_t *household, const char *endpoint, role_t role)
{
    mailbox_t *mailbox = new_mailbox (household, ZMQ_DEALER, DIALLING);
    mailbox->role = role;
    mailbox->version = WIRE_VERSION;
    sender_t us = mailbox_address (household->role, &household->instance);
    must (zmq_setsockopt (mailbox->socket, ZMQ_ROUTING_ID, us.bytes, us.size) == 0);
    must (strlen (endpoint) < sizeof mailbox->endpoint);
    memcpy (mailbox->endpoint, endpoint, strlen (endpoint) + 1);
    connect_next (mailbox);
    return mailbox;
}

static void
tell_change (mailbox_t *mailbox, role_t role, const ident_t *instance, bool present)
{
    household_t *household = mailbox->household;
    log_event (LEVEL_INFO, present ? "peer_joined" : "peer_left",
               LOG_FIELDS (LOG_TEXT ("role", wire_role_name (role)),
                           LOG_IDENT ("instance", instance)));
    if (household->peer_changed != NULL) {
        household->peer_changed (household->self, role, instance, present);
    }
}

void
mailbox_destroy (mailbox_t **mailbox)
{
    if (*mailbox != NULL) {
        mailbox_close (*mailbox);
        size_t place = 0;
        peer_t *peer;
        while ((*mailbox)->peers != NULL
               && (peer = book_next ((*mailbox)->peers, &place)) != NULL) {
            free (peer);
        }
        book_destroy (&(*mailbox)->peers);
        zmq_msg_close (&(*mailbox)->frame);
        zsock_destroy (&(*mailbox)->sock);
        free (*mailbox);
        *mailbox = NULL;
    }
}

// --- Hellos and refusals ---

void
mailbox_miss_replica (mailbox_t *mailbox)
{
    if (mailbox->state == GREETED) {
        mailbox->state = DIALLING;
        mailbox->version = WIRE_VERSION;
        mailbox->hello_at_ms = 0;
        mailbox->dial_at_ms = 0;
        tell_change (mailbox, mailbox->role, &mailbox->instance, false);
    }
}

static wire_t
hello_of (const household_t *household, uint64_t version)
{
    return (wire_t){
        .kind = WIRE_HELLO,
        .as.hello = {version, household->role, household->instance},
    };
}

static void
refuse (mailbox_t *mailbox, const sender_t *to, wire_kind_t about, refusal_t reason,
        const ident_t *user)
{
    if (about == WIRE_REFUSED) {
        return;
    }
    mailbox->household->refused[reason]++;
    log_event (LEVEL_DEBUG, "wire_refused",
               LOG_FIELDS (LOG_NUMBER ("about", about), LOG_TEXT ("reason", refusal_code (reason))));
    wire_t answer = {
        .kind = WIRE_REFUSED,
        .as.refused = {about, reason, user != NULL ? *user : ident_nil},
    };
    mailbox_answer (mailbox, to, &answer);
}

void
mailbox_refuse (const letter_t *letter, refusal_t reason, const ident_t *user)
{
    sender_t to = mailbox_address (letter->role, &letter->from);
    refuse (letter->via, &to, letter->wire.kind, reason, user);
}

// --- Receiving ---

// Receives one frame into mailbox->frame. False when there is none.
static bool
take_frame (mailbox_t *mailbox)
{
    // That there is nothing it says only when it has looked at all that came.
    mailbox->used = zmq_msg_recv (&mailbox->frame, mailbox->socket, ZMQ_DONTWAIT) >= 0;
    return mailbox->used;
}

// Passes over the frames that are left of a message.
static void
take_rest (mailbox_t *mailbox)
{
    while (zmq_msg_more (&mailbox->frame) && take_frame (mailbox)) {
    }
}

// Under which key the last frame came; "" without keys.
static const char *
key_of_frame (mailbox_t *mailbox)
{
    const char *key = mailbox->household->keyring != NULL
                        ? zmq_msg_gets (&mailbox->frame, "User-Id")
                        : NULL;
    return key != NULL ? key : "";
}

static bool
is_trusted (const mailbox_t *mailbox, role_t role, const char *key)
{
    const keyring_t *keyring = mailbox->household->keyring;
    return keyring == NULL || keyring_trusts (keyring, role, key);
}

static peer_t *
add_peer (mailbox_t *mailbox, const wire_hello_t *hello)
{
    peer_t *peer = must_alloc (sizeof *peer);
    peer->instance = hello->instance;
    peer->role = (role_t) hello->role;
    book_put (mailbox->peers, &peer->instance, peer);
    tell_change (mailbox, peer->role, &peer->instance, true);
    return peer;
}

static bool
is_understood (const wire_hello_t *hello)
{
    return hello->version >= WIRE_VERSION_LEAST && hello->version <= WIRE_VERSION;
}

// A peer of a listener said hello.
static refusal_t
greet_back (mailbox_t *mailbox, const sender_t *from, const wire_hello_t *hello, uint64_t now_ms)
{
    sender_t right = mailbox_address ((role_t) hello->role, &hello->instance);
    const char *key = key_of_frame (mailbox);
    if (from->size != right.size || memcmp (from->bytes, right.bytes, right.size) != 0
        || !is_trusted (mailbox, (role_t) hello->role, key)) {
        return REFUSAL_FALSE_SENDER;
    }
    if (!is_understood (hello)) {
        return REFUSAL_WRONG_VERSION;
    }
    peer_t *peer = book_find (mailbox->peers, &hello->instance);
    if (peer == NULL) {
        if (book_count (mailbox->peers) == PEERS_MOST) {
            return REFUSAL_TOO_MANY_PEERS;
        }
        peer = add_peer (mailbox, hello);
    }
    peer->heard_ms = now_ms;
    peer->version = hello->version;
    snprintf (peer->key, sizeof peer->key, "%s", key);
    wire_t answer = hello_of (mailbox->household, peer->version);
    mailbox_answer (mailbox, from, &answer);
    return REFUSAL_NONE;
}

peer_t *
mailbox_peer_at (const mailbox_t *mailbox, const sender_t *address)
{
    ident_t instance;
    if (address->size != ROUTING_ID_BYTES) {
        return NULL;
    }
    memcpy (instance.bytes, address->bytes + 1, IDENT_BYTES);
    peer_t *peer = book_find (mailbox->peers, &instance);
    return peer != NULL && address->bytes[0] == 'a' + (char) peer->role ? peer : NULL;
}

// Finds who sent a message to a listener. NULL if it has not said hello, or not under this key.
static peer_t *
peer_of (mailbox_t *mailbox, const sender_t *from)
{
    peer_t *peer = mailbox_peer_at (mailbox, from);
    return peer != NULL && strcmp (peer->key, key_of_frame (mailbox)) == 0 ? peer : NULL;
}

// What a listener does with a message that could be read. True if it is for the application.
static bool
hear_peer (mailbox_t *mailbox, const sender_t *from, letter_t *letter, uint64_t now_ms)
{
    refusal_t refusal = REFUSAL_NONE;
    if (letter->wire.kind == WIRE_HELLO) {
        refusal = greet_back (mailbox, from, &letter->wire.as.hello, now_ms);
    }
    else {
        peer_t *peer = peer_of (mailbox, from);
        if (peer != NULL) {
            peer->heard_ms = now_ms;
            letter->role = peer->role;
            letter->from = peer->instance;
            return true;
        }
        refusal = REFUSAL_HELLO_FIRST;
    }
    if (refusal != REFUSAL_NONE) {
        refuse (mailbox, from, letter->wire.kind, refusal, NULL);
    }
    return false;
}

// The replica that was dialled answered a hello.
static void
hear_hello (mailbox_t *mailbox, const wire_hello_t *hello)
{
    if (!is_understood (hello) || hello->role != mailbox->role) {
        log_event (LEVEL_WARN, "wrong_peer",
                   LOG_FIELDS (LOG_TEXT ("wanted", wire_role_name (mailbox->role)),
                               LOG_TEXT ("found", wire_role_name ((role_t) hello->role)),
                               LOG_NUMBER ("version", hello->version)));
        return;
    }
    bool same = ident_equal (&mailbox->instance, &hello->instance);
    if (!same) {
        mailbox_miss_replica (mailbox);
    }
    mailbox->version = hello->version;
    if (mailbox->state == DIALLING) {
        mailbox->state = GREETED;
        mailbox->instance = hello->instance;
        tell_change (mailbox, mailbox->role, &mailbox->instance, true);
    }
}

// It does not want us any more, as our key has gone from its list; or it may want us, but is of the
// version before: while processes are renewed, both are there, and the newer one speaks as the older.
static void
lose_replica (mailbox_t *mailbox, refusal_t reason, uint64_t now_ms)
{
    mailbox_miss_replica (mailbox);
    mailbox->hello_at_ms = now_ms + HELLO_AGAIN_MS;
    if (reason == REFUSAL_WRONG_VERSION) {
        mailbox->version = WIRE_VERSION_LEAST;
    }
}

// What a dialler does with a message that could be read. True if it is for the application.
static bool
hear_replica (mailbox_t *mailbox, letter_t *letter, uint64_t now_ms)
{
    const wire_refused_t *refused =
        letter->wire.kind == WIRE_REFUSED ? &letter->wire.as.refused : NULL;
    mailbox->heard_ms = now_ms;
    if (letter->wire.kind == WIRE_HELLO) {
        hear_hello (mailbox, &letter->wire.as.hello);
        return false;
    }
    if (refused != NULL && refused->reason == REFUSAL_HELLO_FIRST) {
        // It began anew and does not know us: say hello at the next tick at the latest.
        mailbox->hello_at_ms = 0;
        mailbox_tick (mailbox, now_ms);
        return false;
    }
    if (refused != NULL && refused->about == WIRE_HELLO) {
        lose_replica (mailbox, (refusal_t) refused->reason, now_ms);
        return false;
    }
    letter->role = mailbox->role;
    letter->from = mailbox->instance;
    return mailbox->state == GREETED;
}

// Receives a ZeroMQ message. False when there is none. Of one that is not a single frame, behind the
// sender's address on a listener, nothing is left to be read.
static bool
take_message (mailbox_t *mailbox)
{
    if (!take_frame (mailbox)) {
        return false;
    }
    bool single = true;
    mailbox->from.size = 0;
    if (mailbox->state == LISTENING) {
        mailbox->from.size = zmq_msg_size (&mailbox->frame);
        must (mailbox->from.size < sizeof mailbox->from.bytes);
        memcpy (mailbox->from.bytes, zmq_msg_data (&mailbox->frame), mailbox->from.size);
        single = zmq_msg_more (&mailbox->frame) && take_frame (mailbox);
    }
    single = single && !zmq_msg_more (&mailbox->frame);
    take_rest (mailbox);
    mailbox->at = single ? zmq_msg_data (&mailbox->frame) : "";
    mailbox->left = single ? zmq_msg_size (&mailbox->frame) : 0;
    return true;
}

// Receives one wire message. False when there is none; *wanted says whether it is for the application.
static bool
receive_one (mailbox_t *mailbox, letter_t *letter, uint64_t now_ms, bool *wanted)
{
    *wanted = false;
    if (mailbox->left == 0 && !take_message (mailbox)) {
        return false;
    }
    refusal_t refusal =
        codec_decode_first (mailbox->at, mailbox->left, &letter->wire, &letter->bytes);
    letter->data = mailbox->at;
    letter->via = mailbox;
    mailbox->at += letter->bytes;
    mailbox->left -= letter->bytes;
    if (refusal != REFUSAL_NONE) {
        refuse (mailbox, &mailbox->from, letter->wire.kind, refusal, NULL);
        return true;
    }
    mailbox->household->received++;
    *wanted = mailbox->state == LISTENING ? hear_peer (mailbox, &mailbox->from, letter, now_ms)
                                          : hear_replica (mailbox, letter, now_ms);
    if (*wanted && letter->wire.kind == WIRE_REFUSED) {
        mailbox->household->refused_there++;
    }
    return true;
}

bool
mailbox_receive (mailbox_t *mailbox, letter_t *letter, uint64_t now_ms)
{
    bool wanted = false;
    while (!wanted && receive_one (mailbox, letter, now_ms, &wanted)) {
    }
    return wanted;
}

// --- Time ---

// While a process was stopped it could hear nobody: that is not held against its peers, or they would be
// sent nothing until they say hello again.
static void
excuse_peers (mailbox_t *mailbox, uint64_t now_ms)
{
    uint64_t slept_ms = now_ms - mailbox->tick_ms;
    size_t place = 0;
    peer_t *peer;
    mailbox->tick_ms = now_ms;
    while (slept_ms > ASLEEP_MS && (peer = book_next (mailbox->peers, &place)) != NULL) {
        uint64_t silent_ms = now_ms - peer->heard_ms;
        peer->heard_ms += slept_ms < silent_ms ? slept_ms : silent_ms;
    }
}

// Forgets who has been silent for too long, and, when the keys have changed, whose key has gone.
static void
forget_lost (mailbox_t *mailbox, uint64_t now_ms, bool keys_changed)
{
    size_t place = 0;
    peer_t *peer;
    while ((peer = book_next (mailbox->peers, &place)) != NULL) {
        if (now_ms - peer->heard_ms > SILENT_MS
            || (keys_changed && !is_trusted (mailbox, peer->role, peer->key))) {
            mailbox_part (mailbox, peer); // It was still there when that was said.
            book_take (mailbox->peers, &peer->instance);
            tell_change (mailbox, peer->role, &peer->instance, false);
            free (peer);
            place = 0;
        }
    }
}

// With keys: where nobody has answered for a while, dials with the next key.
static void
dial_again (mailbox_t *mailbox, uint64_t now_ms, bool keys_changed)
{
    if (keys_changed && !is_trusted (mailbox, mailbox->role, mailbox->key)) {
        mailbox_miss_replica (mailbox);
        mailbox->dial_at_ms = now_ms;
    }
    if (mailbox->state == DIALLING && mailbox->dial_at_ms == 0) {
        mailbox->dial_at_ms = now_ms + DIAL_AGAIN_MS;
    }
    if (mailbox->state == DIALLING && now_ms >= mailbox->dial_at_ms) {
        // It may have given up already.
        zmq_disconnect (mailbox->socket, mailbox->endpoint);
        mailbox->used = true;
        connect_next (mailbox);
        mailbox->dial_at_ms = now_ms + DIAL_AGAIN_MS;
    }
}

static void
say_hello (mailbox_t *mailbox, uint64_t now_ms)
{
    wire_t hello = hello_of (mailbox->household, mailbox->version);
    mailbox->hello_at_ms = now_ms + (mailbox->state == GREETED ? HELLO_EVERY_MS : HELLO_AGAIN_MS);
    mailbox_answer (mailbox, &(sender_t){.size = 0}, &hello);
}

void
mailbox_tick (mailbox_t *mailbox, uint64_t now_ms)
{
    const keyring_t *keyring = mailbox->household->keyring;
    unsigned readings = keyring != NULL ? keyring_readings (keyring) : 0;
    bool keys_changed = readings != mailbox->readings;
    mailbox->readings = readings;
    if (mailbox->state == LISTENING) {
        excuse_peers (mailbox, now_ms);
        forget_lost (mailbox, now_ms, keys_changed);
        return;
    }
    if (now_ms - mailbox->heard_ms > SILENT_MS) {
        mailbox_miss_replica (mailbox);
    }
    if (keyring != NULL) {
        dial_again (mailbox, now_ms, keys_changed);
    }
    if (now_ms >= mailbox->hello_at_ms) {
        say_hello (mailbox, now_ms);
    }
}

bool
mailbox_is_ready (const mailbox_t *mailbox)
{
    return mailbox->state == GREETED;
}

size_t
mailbox_peers (const mailbox_t *mailbox, role_t role)
{
    size_t place = 0;
    size_t count = 0;
    const peer_t *peer;
    while (mailbox->peers != NULL && (peer = book_next (mailbox->peers, &place)) != NULL) {
        count += role == ROLE_NONE || peer->role == role;
    }
    return count;
}

int
mailbox_fd (const mailbox_t *mailbox)
{
    return (int) zsock_fd (mailbox->sock);
}

bool
mailbox_pending (void *mailbox)
{
    mailbox_t *self = mailbox;
    if (self->left > 0 || self->bundles.waiting.first != NULL
        || self->bundles.returned.first != NULL) {
        return true;
    }
    self->used = self->used && (zsock_events (self->sock) & ZMQ_POLLIN) != 0;
    return self->used;
}
