// outbox.h -- brings the records that scripts append to a recorder, and strikes what is confirmed.
//
// The outbox is a Redis stream, the matchers one consumer group: every entry is in one matcher's
// hand until it is struck. What a matcher that is gone had in hand is claimed by another. A record
// is sent again until it is confirmed, so it may arrive more than once, and in any order.

#ifndef OUTBOX_H
#define OUTBOX_H

#include "actor/replicas.h"
#include "matcher/gauge.h"
#include "matcher/scripts.h"

typedef struct outbox outbox_t;

typedef struct {
    uint64_t recorded; // Entries that were confirmed and struck.
    uint64_t rejected; // Entries that were no records and were put aside.
} outbox_counts_t;

// All but `prefix` and `matcher` are borrowed for as long as the outbox lives; `recorders` is whom
// records go to. The alarm is the gauge's. Never NULL.
outbox_t *
outbox_new (connection_t *redis, scripts_t *scripts, const replicas_t *recorders,
            const char *prefix, const ident_t *matcher, uint64_t alarm_bytes);

// Frees the outbox and what is in hand. Destroy the connection_t first, so that no answer is to come.
void
outbox_destroy (outbox_t **outbox);

// Redis can be used, or no longer can.
void
outbox_redis_changed (outbox_t *outbox, bool ready);

// Something was appended: fetch it now.
void
outbox_fetch (outbox_t *outbox);

// A recorder has confirmed an entry.
void
outbox_confirm (outbox_t *outbox, const word_t *entry);

// An entry could not be sent after all: it goes to another recorder.
void
outbox_unsent (outbox_t *outbox, const word_t *entry);

// Sends, strikes, fetches and claims what is due. Call it some ten times a second.
void
outbox_tick (outbox_t *outbox, uint64_t now_ms);

// Takes no more entries in hand.
void
outbox_stop (outbox_t *outbox);

// What has been counted since the start. Lives as long as the outbox.
const outbox_counts_t *
outbox_counts (const outbox_t *outbox);

// What was last seen of the outbox. Lives as long.
const gauge_reading_t *
outbox_reading (const outbox_t *outbox);

#endif
