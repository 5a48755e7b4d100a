// stage.h -- what the benchmarks of matching run on: a Redis of its own, without a file, and as many
// matchers as wanted.

#ifndef STAGE_H
#define STAGE_H

#include "bench/bare.h"
#include "bench/figures.h"
#include "bench/gateways.h"

typedef struct stage stage_t;

// Starts Redis and readies the gateways.
stage_t *
stage_open (void);

// Ends everything that was started.
void
stage_close (stage_t **stage);

// Empties Redis.
void
stage_clear (stage_t *stage);

// Starts so many matchers on ports of their own and lets the gateways dial them; each gateway says
// that it holds so many people. `record`: there is a recorder, too.
void
stage_start_matchers (stage_t *stage, size_t count, size_t people, bool record);

void
stage_stop_matchers (stage_t *stage);

// CPU that was used so far. Of matchers: those that run now.
cpu_t
stage_cpu (const stage_t *stage);

// Bytes that Redis has in use.
size_t
stage_redis_bytes (stage_t *stage);

// Bytes of memory that the matchers use, together.
size_t
stage_matcher_bytes (const stage_t *stage);

// Records that are not confirmed.
size_t
stage_records (stage_t *stage);

// Forgets them. While there are no matchers.
void
stage_drop_records (stage_t *stage);

// The instances of the GATEWAYS gateways. Last as long as the stage.
const ident_t *
stage_gateway_ids (const stage_t *stage);

// The stage's own, good as long as it is.
gateways_t *
stage_gateways (const stage_t *stage);

bare_t *
stage_bare (const stage_t *stage);

#endif
