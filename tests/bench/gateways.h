// gateways.h -- several gateways that carry what a crowd or people say to matchers and relays, over
// real ZeroMQ, and a recorder that confirms every record.

#ifndef GATEWAYS_H
#define GATEWAYS_H

#include <stdint.h>

#include "bench/callers.h"

#define GATEWAYS 4
#define MATCHERS_MOST 16
#define RELAYS_MOST 4

typedef struct gateways gateways_t;

// `ids` are the gateways' instances. Listens as a recorder, too.
gateways_t *
gateways_new (const ident_t ids[GATEWAYS]);

void
gateways_destroy (gateways_t **gateways);

// Where the recorder listens.
uint16_t
gateways_recorder_port (const gateways_t *gateways);

// Dials matchers and waits until each has said hello and renewed the leases; each gateway says that
// it holds so many people.
void
gateways_dial (gateways_t *gateways, const uint16_t ports[], size_t count, size_t people);

// Dials relays and waits until each has said hello.
void
gateways_dial_relays (gateways_t *gateways, const uint16_t ports[], size_t count);

// From now on only the first `count` of the relays are used.
void
gateways_use_relays (gateways_t *gateways, size_t count);

// Hangs up, at all.
void
gateways_leave (gateways_t *gateways);

// Carries for so long.
void
gateways_run (gateways_t *gateways, const callers_t *callers, uint64_t for_us);

// Carries until everything has been answered; they begin nothing new meanwhile.
// Fails the test if that takes too long.
void
gateways_settle (gateways_t *gateways, const callers_t *callers);

#endif
