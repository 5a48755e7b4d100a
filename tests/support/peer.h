// peer.h -- a test that speaks the wire protocol as a process would, over real ZeroMQ.

#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actor/keyring.h"
#include "wire/wire.h"

typedef struct peer peer_t;

// Dials a listener on 127.0.0.1 as a process of `role` and waits until it has said hello back.
// `there` is the role of who listens.
peer_t *
peer_dial (uint16_t port, role_t role, role_t there);

// The same without waiting for an answer, which may never come.
peer_t *
peer_knock (uint16_t port, role_t role, role_t there);

// What peers that are made from now on have as keys; NULL, as at first: none. Borrows them.
void
peer_use_keys (const keyring_t *keys);

// Dials a further listener as the process that `same` is.
peer_t *
peer_dial_as (const peer_t *same, uint16_t port, role_t there);

// Listens on a port of 127.0.0.1 as a process of `role`.
peer_t *
peer_listen (uint16_t port, role_t role);

void
peer_close (peer_t **peer);

const ident_t *
peer_instance (const peer_t *peer);

// Lets hellos pass. A listener: how many processes have said hello; a dialler: 0.
size_t
peer_count (peer_t *peer);

// A dialler: whether the listener has answered its hello and is not silent.
bool
peer_is_ready (peer_t *peer);

// A dialler sends. Fails the test if that is not possible.
void
peer_send (peer_t *peer, const wire_t *wire);

// A dialler sends bytes, whatever they are.
void
peer_send_bytes (peer_t *peer, const void *bytes, size_t count);

// A listener sends to the process of that role and instance. Fails the test if it is not there.
void
peer_send_to (peer_t *peer, role_t role, const ident_t *to, const wire_t *wire);

// Waits for the next message of that kind and returns it; other kinds that come before are passed
// over. Good until the next call. Fails the test if none comes in time. `from` may be NULL.
const wire_t *
peer_expect (peer_t *peer, wire_kind_t kind, ident_t *from);

// True if a message of that kind, or of any for WIRE_NONE, comes within `wait_ms`. For facts that must not come true, keep
// it short and prefer to wait for something that is sure to come after.
bool
peer_hears (peer_t *peer, wire_kind_t kind, uint64_t wait_ms);

// The message that peer_hears or peer_expect has found. Good until the next call.
const wire_t *
peer_heard (const peer_t *peer);

#endif
