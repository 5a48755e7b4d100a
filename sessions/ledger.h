// ledger.h -- the book of chats in PostgreSQL: brings its tables up to date, commits batches, looks
// for chats that have long been open, deletes what has been kept for long enough.
//
// Takes one batch at a time, or looks, or deletes. A batch that the database finds fault with is taken apart until the
// rows at fault stand alone; those are set aside in "chat_dead_letter", the others are committed.
// After any other failure, or a lost connection, the batch is left as it stands, to be given
// again.

#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "actor/loop.h"
#include "base/histogram.h"
#include "sessions/batch.h"
#include "sessions/doubt.h"
#include "sessions/retention.h"

typedef struct ledger ledger_t;

// What is told. None may give a batch, or ask, from within but `idle`.
typedef struct {
    void *self;
    // There is nothing in hand: a batch may be given.
    void (*idle) (void *self);
    // These rows of the batch in hand are settled: committed, or set aside if they have a fault.
    void (*settled) (void *self, const batch_t *batch, size_t place, size_t count);
    // The batch in hand is left as it is, for another time: none of the rows that were tried now is
    // taken, whoever is to blame.
    void (*left) (void *self);
    // A page of open chats, for doubt_read; empty if there are no more.
    void (*found) (void *self, const char *page);
    // What a page of deleting has come to, for retention_read.
    void (*deleted) (void *self, const char *answer);
} ledger_listener_t;

// How far the ledger has come.
typedef enum {
    LEDGER_IS_AWAY,  // There is no connection, or what is asked on it fails.
    LEDGER_WAITS,    // Another recorder brings the tables up to date.
    LEDGER_MIGRATES, // We do.
    LEDGER_IS_READY, // The tables are up to date.
} ledger_progress_t;

// NULL if that may be a DATABASE_URL, else what is wrong, without any part of it.
const char *
ledger_check (const char *url);

// Begins to connect. `url` must have been checked. Never NULL.
ledger_t *
ledger_new (loop_t *loop, const char *url, ledger_listener_t listener);

void
ledger_destroy (ledger_t **ledger);

// How far it has come.
ledger_progress_t
ledger_progress (const ledger_t *ledger);

// Connected, and its tables are up to date.
bool
ledger_is_ready (const ledger_t *ledger);

// Ready, and nothing is in hand.
bool
ledger_is_idle (const ledger_t *ledger);

// Gives it a sealed batch whose rows are not all settled. Only when idle; it is borrowed until the
// ledger is idle again.
void
ledger_commit (ledger_t *ledger, batch_t *batch);

// Looks for open chats behind where a walk is. Only when idle; `found` is told unless it fails. The
// walk is borrowed until then.
void
ledger_look (ledger_t *ledger, const doubt_walk_t *walk);

// Deletes a page of what has been kept for long enough. Only when idle; `deleted` is told unless it
// fails. The retention is borrowed until then.
void
ledger_delete_old (ledger_t *ledger, const retention_t *retention);

// Call it about twice a second.
void
ledger_tick (ledger_t *ledger);

// Failures so far: statements, connections.
uint64_t
ledger_errors (const ledger_t *ledger);

// How long the database took to answer. Lives as long as the ledger.
const histogram_t *
ledger_time (const ledger_t *ledger);

// Statements so far that have committed rows.
uint64_t
ledger_batches (const ledger_t *ledger);

#endif
