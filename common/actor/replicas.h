// replicas.h -- all replicas of a service, found by resolving its name again and again.
//
// ZeroMQ resolves a name inside its I/O thread, once, and uses the first address only. So names
// are resolved here, off the loop, every two seconds; every address gets a mailbox of its own, the
// new are dialled, the gone are dropped. While a name does not resolve, its addresses stay.

#ifndef REPLICAS_H
#define REPLICAS_H

#include "actor/loop.h"
#include "actor/mailbox.h"

#define REPLICAS_MOST 64 // Of one service; further addresses are not dialled, and that is logged.

typedef struct replicas replicas_t;

// Checks `endpoints`, a list such as "tcp://relay:5702,tcp://10.0.0.7:5702". NULL if it is well
// formed, else a sentence that says what is wrong.
const char *
replicas_check (const char *endpoints);

// Begins to find and dial the replicas of `role` behind `endpoints`, which replicas_check has
// passed. `drain` is called by the loop, with `self` and a mailbox that may have letters.
replicas_t *
replicas_new (loop_t *loop, household_t *household, role_t role, const char *endpoints,
              void (*drain) (void *self, mailbox_t *mailbox), void *self);

// Drops all. A look-up that is under way is awaited by the loop.
void
replicas_destroy (replicas_t **replicas);

// Looks names up when due and ticks the mailboxes. Call it about ten times a second.
void
replicas_tick (replicas_t *replicas, uint64_t now_ms);

// The role that was given.
role_t
replicas_role (const replicas_t *replicas);

// How many have answered our hello and are not silent.
size_t
replicas_ready (const replicas_t *replicas);

// A ready replica by rendezvous hashing (Thaler and Ravishankar, 1998): the same key prefers the
// same replica, whatever others come and go. `attempt` 0 is the best, 1 the next, and round again.
// NULL when none is ready.
mailbox_t *
replicas_pick (const replicas_t *replicas, const ident_t *key, unsigned attempt);

// True if that mailbox is one of these.
bool
replicas_have (const replicas_t *replicas, const mailbox_t *mailbox);

// Sends to every ready replica. Returns to how many.
size_t
replicas_send_all (const replicas_t *replicas, const wire_t *wire);

#endif
