// patience.h -- how long to wait for a receipt before a message is sent again: the estimator of RFC
// 6298, doubling with each time-out, with jitter. Pure.

#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdint.h>

#define PATIENCE_FIRST_MS 300  // Before anything was measured.
#define PATIENCE_LEAST_MS 200
#define PATIENCE_MOST_MS 2000

typedef struct {
    uint64_t smoothed_us;  // Of the round trips; 0: none was measured yet.
    uint64_t variation_us; // Of the round trips.
    uint64_t wait_ms;      // How long to wait now, without jitter.
} patience_t;

// A patience that has measured nothing.
patience_t
patience_new (void);

// A message that was sent only once was confirmed after so long.
void
patience_measured (patience_t *patience, uint64_t round_trip_ms);

// A receipt did not come in time.
void
patience_lost (patience_t *patience);

// How long to wait: within a quarter of wait_ms, which depends on `chance`, any number.
uint64_t
patience_wait_ms (const patience_t *patience, uint64_t chance);

#endif
