// peer.c -- one mailbox, driven by hand.

#include "support/peer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "actor/mailbox.h"
#include "support/cmocka_all.h"
#include "support/service.h"

struct peer {
    household_t household;
    mailbox_t *mailbox; // Owned.
    letter_t letter;    // The last one.
};

static const keyring_t *keyring; // Of peers that are made. Not owned.

void
peer_use_keys (const keyring_t *keys)
{
    keyring = keys;
}

static peer_t *
new_peer (role_t role)
{
    peer_t *peer = calloc (1, sizeof *peer);
    assert_non_null (peer);
    mailbox_start ();
    peer->household.role = role;
    peer->household.instance = ident_random ();
    peer->household.codec = codec_new ();
    peer->household.keyring = keyring;
    return peer;
}

// Lets hellos pass, and takes a letter if one is there.
static bool
turn (peer_t *peer)
{
    mailbox_tick (peer->mailbox, now_ms ());
    mailbox_flush (peer->mailbox);
    bool found = mailbox_receive (peer->mailbox, &peer->letter, now_ms ());
    mailbox_flush (peer->mailbox);
    return found;
}

static bool
is_greeted (peer_t *peer)
{
    turn (peer);
    return mailbox_is_ready (peer->mailbox);
}

static peer_t *
knock (peer_t *peer, uint16_t port, role_t there)
{
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", port);
    peer->mailbox = mailbox_dial (&peer->household, endpoint, there);
    return peer;
}

static peer_t *
dial (peer_t *peer, uint16_t port, role_t there)
{
    knock (peer, port, there);
    WAIT_FOR (is_greeted (peer));
    return peer;
}

peer_t *
peer_knock (uint16_t port, role_t role, role_t there)
{
    return knock (new_peer (role), port, there);
}

peer_t *
peer_dial (uint16_t port, role_t role, role_t there)
{
    return dial (new_peer (role), port, there);
}

peer_t *
peer_dial_as (const peer_t *same, uint16_t port, role_t there)
{
    peer_t *peer = new_peer (same->household.role);
    peer->household.instance = same->household.instance;
    return dial (peer, port, there);
}

bool
peer_is_ready (peer_t *peer)
{
    return is_greeted (peer);
}

peer_t *
peer_listen (uint16_t port, role_t role)
{
    char endpoint[64];
    peer_t *peer = new_peer (role);
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", port);
    // ZeroMQ closes what has listened there before in its own time.
    WAIT_FOR ((peer->mailbox = mailbox_listen (&peer->household, endpoint)) != NULL);
    return peer;
}

void
peer_close (peer_t **peer)
{
    if (*peer != NULL) {
        mailbox_destroy (&(*peer)->mailbox);
        codec_destroy (&(*peer)->household.codec);
        free (*peer);
        *peer = NULL;
    }
}

const ident_t *
peer_instance (const peer_t *peer)
{
    return &peer->household.instance;
}

size_t
peer_count (peer_t *peer)
{
    turn (peer);
    return mailbox_peers (peer->mailbox, ROLE_NONE);
}

// Fails the test if what was said last was not taken.
static void
flush (peer_t *peer, bool taken)
{
    uint64_t unsendable = peer->household.unsendable;
    assert_true (taken);
    mailbox_flush (peer->mailbox);
    assert_int_equal (peer->household.unsendable, unsendable);
}

void
peer_send (peer_t *peer, const wire_t *wire)
{
    flush (peer, mailbox_send (peer->mailbox, NULL, ROLE_NONE, wire));
}

void
peer_send_bytes (peer_t *peer, const void *bytes, size_t count)
{
    letter_t letter = {.data = bytes, .bytes = count};
    flush (peer, mailbox_forward (peer->mailbox, NULL, ROLE_NONE, &letter));
}

void
peer_send_to (peer_t *peer, role_t role, const ident_t *to, const wire_t *wire)
{
    flush (peer, mailbox_send (peer->mailbox, to, role, wire));
}

// Takes letters until one is of that kind, or of any if it is WIRE_NONE, or none is there.
static bool
finds (peer_t *peer, wire_kind_t kind)
{
    bool found = false;
    mailbox_tick (peer->mailbox, now_ms ());
    mailbox_flush (peer->mailbox);
    while (!found && mailbox_receive (peer->mailbox, &peer->letter, now_ms ())) {
        found = kind == WIRE_NONE || peer->letter.wire.kind == kind;
    }
    mailbox_flush (peer->mailbox);
    return found;
}

bool
peer_hears (peer_t *peer, wire_kind_t kind, uint64_t wait_ms)
{
    uint64_t end_ms = now_ms () + wait_ms;
    while (!finds (peer, kind)) {
        if (now_ms () > end_ms) {
            return false;
        }
        struct pollfd wait = {.fd = mailbox_fd (peer->mailbox), .events = POLLIN};
        poll (&wait, 1, 1);
    }
    return true;
}

const wire_t *
peer_expect (peer_t *peer, wire_kind_t kind, ident_t *from)
{
    if (!peer_hears (peer, kind, DEADLINE_MS)) {
        fail_msg ("no wire message %s in time", wire_shape (kind)->name);
    }
    if (from != NULL) {
        *from = peer->letter.from;
    }
    return &peer->letter.wire;
}

const wire_t *
peer_heard (const peer_t *peer)
{
    return &peer->letter.wire;
}
