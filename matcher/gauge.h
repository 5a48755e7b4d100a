// gauge.h -- how long, how old and how large the outbox is: asked of Redis now and then.
//
// Sounds an alarm when it is too large, once, and once more when that is over. It looks and says; what
// is in the outbox stays there.

#ifndef GAUGE_H
#define GAUGE_H

#include "matcher/connection_door.h"

typedef struct gauge gauge_t;

typedef struct {
    uint64_t
        unconfirmed; // Entries in the outbox, of all matchers, when it was last looked at.
    uint64_t oldest_ms; // Age of the oldest of those; 0: there is none.
    uint64_t bytes;     // What they take in Redis, about, when that was last asked.
    uint64_t alarm;     // 1: that is more than it should be.
} gauge_reading_t;

// `stream` is the outbox's key, which is borrowed, like Redis, for as long as the gauge lives. The
// alarm is sounded beyond `alarm_bytes`; 0: never. Never NULL.
gauge_t *
gauge_new (connection_t *redis, const char *stream, uint64_t alarm_bytes);

// Destroy the connection_t first, so that no answer is to come.
void
gauge_destroy (gauge_t **gauge);

// Looks again. Call it about once a second.
void
gauge_look (gauge_t *gauge, uint64_t now_ms);

// Lives as long as the gauge.
const gauge_reading_t *
gauge_reading (const gauge_t *gauge);

#endif
