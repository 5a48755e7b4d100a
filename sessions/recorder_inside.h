// recorder_inside.h -- a recorder from the inside: for recorder.c and rounds.c alone.

#ifndef RECORDER_INSIDE_H
#define RECORDER_INSIDE_H

#include "actor/actor.h"
#include "sessions/batch.h"
#include "sessions/ledger.h"

#define BATCHES 8         // 4,000 rows: at full speed, what comes in some 200 ms.
#define MATCHERS_MOST 64  // That are told doubts; others are not.

typedef struct {
    actor_t *actor;             // Owned.
    mailbox_t *matchers;        // ROUTER; a matcher's instance is its address. The actor's.
    ledger_t *ledger;           // Owned.
    batch_t *batches[BATCHES];  // A ring. Owned.
    size_t first;               // The batch that goes first.
    size_t count;               // Batches with something in them; the last one is being filled.
    uint64_t again_at_ms;       // When what was tried in vain is tried again.
    uint64_t stop_at_ms;        // When a stop waits no longer; 0: nobody has asked for one.
    uint64_t records;           // RECORDs taken.
    uint64_t committed;         // RECORDs confirmed because their row is committed.
    uint64_t set_aside;         // RECORDs confirmed because their row is set aside.
    uint64_t dead_letters;      // Rows set aside.
    ident_t known[MATCHERS_MOST]; // Matchers that are here.
    size_t known_count;
    size_t turn;                // Which of them is told next.
    doubt_walk_t walk;          // Where the doubts are.
    uint64_t doubt_after_ms;    // The setting.
    uint64_t doubt_at_ms;       // When the next page is due.
    uint64_t doubts;            // DOUBTs said.
    uint64_t retention_days;    // The setting; 0: for ever.
    retention_t retention;      // Where the round of deleting is.
    uint64_t delete_at_ms;      // When its next page is due.
    uint64_t asked_ms;          // When its last page was asked for.
    uint64_t deleted;           // Rows deleted.
} recorder_t;

// Whether a batch is to go to the ledger: then it has nothing else to do.
bool
recorder_is_due (recorder_t *recorder, uint64_t now_ms);

// rounds.c: reads its settings.
void
recorder_begin_rounds (recorder_t *recorder, const config_t *config);

// A matcher came or went; `self` is a recorder_t, here and below.
void
recorder_on_peer_changed (void *self, role_t role, const ident_t *instance, bool present);

// The chore that asks the ledger for the next page of open chats.
void
recorder_doubt_due (void *self, uint64_t now_ms);

// Tells matchers of a page of open chats.
void
recorder_on_found (void *self, const char *page);

// The chore that has the ledger delete the next page of what has been kept for long enough.
void
recorder_delete_due (void *self, uint64_t now_ms);

// A page has been deleted.
void
recorder_on_deleted (void *self, const char *answer);

#endif
