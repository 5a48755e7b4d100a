// gate.h -- what a gateway is to matchers: a mailbox at each, and a lease that is renewed.

#ifndef GATE_H
#define GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/wire.h"

#define GATE_MATCHERS 4

typedef struct gate gate_t;

// Dials matchers on 127.0.0.1, again and again.
gate_t *
gate_new (const uint16_t ports[], size_t count);

void
gate_destroy (gate_t **gate);

const ident_t *
gate_instance (const gate_t *gate);

// All matchers are there and have answered a LEASE.
bool
gate_is_ready (const gate_t *gate);

// Sends to the matcher that follows from the user, or with each further attempt to another one; to
// any other if that one is not there.
void
gate_send (gate_t *gate, const ident_t *user, unsigned attempts, const wire_t *wire);

// The next message from any matcher, good until the next call; NULL if there is none.
const wire_t *
gate_receive (gate_t *gate);

// Hellos and leases. Call it often.
void
gate_tick (gate_t *gate);

// Waits a moment for a message. Only when gate_receive had none since anything was sent.
void
gate_wait (const gate_t *gate);

#endif
