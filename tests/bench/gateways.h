// gateways.h -- several gateways that carry a crowd's SEARCHes to matchers, over real ZeroMQ, and
// a recorder that confirms every record.

#ifndef GATEWAYS_H
#define GATEWAYS_H

#include "bench/crowd.h"

#define GATEWAYS 4
#define MATCHERS_MOST 16

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

// Hangs up.
void
gateways_leave (gateways_t *gateways);

// Carries for so long.
void
gateways_run (gateways_t *gateways, crowd_t *crowd, uint64_t for_us);

// Nobody of the crowd searches any more; carries until every one has been answered.
// Fails the test if that takes too long.
void
gateways_settle (gateways_t *gateways, crowd_t *crowd);

#endif
