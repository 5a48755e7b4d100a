// mailbox_out.c -- what a mailbox sends.
//
// A wire message for a peer that has said hello waits in the peer's bundle until the end of the turn, or
// until the next one would not fit. Then the bundle goes as one ZeroMQ message, and ZeroMQ says whether
// the peer is there and has room. If not, the application is told of each message in it (`unsent`), at
// the end of the turn and never from within a send. It is done so, and not by trying the first message of
// a turn at once, as then one peer's end would be learnt in two ways, and the first message would go
// alone: where each peer gets one or two in a turn, which is usual, nothing would be bundled.
//
// Nothing waits for who has not said hello, so what it is answered may go at once. For a peer whose version
// knows no bundles, each has one wire message.

#include "actor/mailbox_inside.h"

static void
count (household_t *household, bool sent, size_t messages)
{
    *(sent ? &household->sent : &household->unsendable) += messages;
}

// Hands a ZeroMQ message to ZeroMQ, with an address in front of it on a listener.
static bool
put_out (mailbox_t *mailbox, const sender_t *to, const char *data, size_t bytes)
{
    bool sent = true;
    mailbox->used = true;
    if (mailbox->state == LISTENING) {
        sent = zmq_send (mailbox->socket, to->bytes, to->size, ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0;
    }
    return sent && zmq_send (mailbox->socket, data, bytes, ZMQ_DONTWAIT) >= 0;
}

static bool
put_bundle_out (mailbox_t *mailbox, const bundle_t *bundle)
{
    sender_t to = mailbox_address (bundle->role, &bundle->to);
    bool sent = put_out (mailbox, &to, bundle->data, bundle->bytes);
    count (mailbox->household, sent, bundle->count);
    return sent;
}

static bool
send_bundle (mailbox_t *mailbox, bundle_t *bundle)
{
    bool sent = put_bundle_out (mailbox, bundle);
    bundles_settle (&mailbox->bundles, bundle, sent);
    if (!sent && mailbox->state != LISTENING) {
        mailbox_miss_replica (mailbox);
    }
    return sent;
}

// Puts a wire message into the bundle of a peer, or of the replica that is dialled if that is NULL. False
// if there is no room, as the peer is gone or slow.
static bool
post (mailbox_t *mailbox, peer_t *peer, const char *data, size_t bytes)
{
    bundle_t **home = peer != NULL ? &peer->bundle : &mailbox->bundle;
    uint64_t version = peer != NULL ? peer->version : mailbox->version;
    bool fits = *home == NULL
             || (version > WIRE_VERSION_LEAST && bundle_has_room (*home, bytes));
    if (!fits && !send_bundle (mailbox, *home)) {
        count (mailbox->household, false, 1);
        return false;
    }
    bundles_add (&mailbox->bundles, home, peer != NULL ? peer->role : mailbox->role,
                 peer != NULL ? &peer->instance : &mailbox->instance, data, bytes);
    return true;
}

static bool
post_to_peer (mailbox_t *mailbox, const ident_t *to, role_t role, const char *data, size_t bytes)
{
    if (mailbox->state == LISTENING) {
        peer_t *peer = book_find (mailbox->peers, to);
        if (peer == NULL || peer->role != role) {
            count (mailbox->household, false, 1);
            return false;
        }
        return post (mailbox, peer, data, bytes);
    }
    return mailbox->state == GREETED && post (mailbox, NULL, data, bytes);
}

bool
mailbox_send (mailbox_t *mailbox, const ident_t *to, role_t role, const wire_t *wire)
{
    size_t bytes;
    const char *data = codec_encode (mailbox->household->codec, wire, &bytes);
    return post_to_peer (mailbox, to, role, data, bytes);
}

bool
mailbox_forward (mailbox_t *mailbox, const ident_t *to, role_t role, const letter_t *letter)
{
    return post_to_peer (mailbox, to, role, letter->data, letter->bytes);
}

sender_t
mailbox_address (role_t role, const ident_t *instance)
{
    // The letter comes first because an id may not begin with a zero byte (zmq_setsockopt(3)).
    sender_t address = {.size = ROUTING_ID_BYTES};
    address.bytes[0] = (char) ('a' + role);
    memcpy (address.bytes + 1, instance->bytes, IDENT_BYTES);
    return address;
}

void
mailbox_answer (mailbox_t *mailbox, const sender_t *to, const wire_t *wire)
{
    size_t bytes;
    const char *data = codec_encode (mailbox->household->codec, wire, &bytes);
    peer_t *peer = mailbox->state == LISTENING ? mailbox_peer_at (mailbox, to) : NULL;
    if (peer == NULL && mailbox->state == LISTENING) {
        count (mailbox->household, put_out (mailbox, to, data, bytes), 1);
    }
    else {
        post (mailbox, peer, data, bytes);
    }
}

// --- The end of a turn ---

// Tells the application of all that was in a bundle. Hellos and refusals are not the application's.
static void
tell_unsent (const household_t *household, const bundle_t *bundle)
{
    wire_t wire;
    size_t taken;
    for (size_t at = 0; at < bundle->bytes; at += taken) {
        refusal_t refusal =
            codec_decode_first (bundle->data + at, bundle->bytes - at, &wire, &taken);
        if (refusal == REFUSAL_NONE && wire.kind != WIRE_HELLO
            && wire.kind != WIRE_REFUSED) {
            household->unsent (household->self, bundle->role, &bundle->to, &wire);
        }
    }
}

// What the application sends when it is told may be returned, too; of that it is told in the next turn.
static void
return_unsent (mailbox_t *mailbox)
{
    const bundle_t *last = mailbox->bundles.returned.last;
    bool more = last != NULL;
    while (more) {
        bundle_t *bundle = mailbox->bundles.returned.first;
        more = bundle != last;
        if (mailbox->household->unsent != NULL) {
            tell_unsent (mailbox->household, bundle);
        }
        bundles_forget (&mailbox->bundles, bundle);
    }
}

void
mailbox_flush (mailbox_t *mailbox)
{
    bundle_t *bundle;
    while ((bundle = mailbox->bundles.waiting.first) != NULL) {
        send_bundle (mailbox, bundle);
    }
    return_unsent (mailbox);
}

void
mailbox_part (mailbox_t *mailbox, const peer_t *peer)
{
    if (peer->bundle != NULL) {
        send_bundle (mailbox, peer->bundle);
    }
}

void
mailbox_close (mailbox_t *mailbox)
{
    bundle_t *bundle;
    while ((bundle = mailbox->bundles.waiting.first) != NULL) {
        bundles_settle (&mailbox->bundles, bundle, put_bundle_out (mailbox, bundle));
    }
    bundles_clear (&mailbox->bundles);
}
