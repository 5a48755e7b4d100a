// ledger.c -- a table of states between the connection and the batches.
//
// Keeps the connection and, while it commits, where it is in the batch.

#include "sessions/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/machine.h"
#include "base/log.h"
#include "base/must.h"
#include "sessions/connection_door.h"
#include "sessions/migrator.h"
#include "sessions/upsert.h"
#include "sessions/verdict.h"

#define USERS_DIFFER "users_differ" // Not what the chat's row says.

typedef enum {
    AWAY,          // Not connected.
    MIGRATING,     // The migrator has the connection.
    PREPARING,
    IDLE,          // Nothing is in hand.
    CHOOSING,      // What comes next of the batch?
    COMMITTING,
    SETTING_ASIDE,
    LOOKING,       // For open chats.
    DELETING,      // What has been kept for long enough.
} ledger_state_t;

typedef enum {
    CONNECTED,
    LOST,
    DONE,      // A statement went well, or the migrator.
    FAULTED,   // The database finds fault with what is in the rows.
    SUSPECTED, // It does not take this one row, and maybe no other.
    HOPELESS,  // It does not take any that was tried now.
    FAILED,    // It fails for any other reason.
    GIVEN,     // A batch.
    ASKED,     // To look.
    EXPIRED,   // Rows may have been kept for long enough.
    SOUND,     // Rows without a fault are next,
    FAULTY,    // a row with one,
    OVER,      // or none.
} ledger_event_t;

struct ledger {
    int state;
    connection_t *connection; // Owned.
    migrator_t *migrator;     // Owned.
    ledger_listener_t listener;
    upsert_t *upsert;         // Owned.
    batch_t *batch;           // From CHOOSING to SETTING_ASIDE. Not owned.
    size_t most;              // How many rows may go at once: few after a fault.
    size_t count;             // Rows that the statement is about.
    trial_t trial;            // Of rows that are not taken.
    uint64_t errors;
    uint64_t batches;         // Statements that have committed rows.
};

// --- Beginning ---

static void
bring_up (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    migrator_begin (ledger->migrator);
}

static void
prepare (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    size_t size = strlen (upsert_prepare) + strlen (doubt_prepare) + strlen (retention_prepare) + 3;
    char *all = must_alloc (size);
    snprintf (all, size, "%s;%s;%s", upsert_prepare, doubt_prepare, retention_prepare);
    connection_ask (ledger->connection, all);
    free (all);
}

// --- Committing ---

static void
take (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    ledger->most = BATCH_ROWS;
    trial_begin (&ledger->trial);
}

static void
commit (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    size_t place = batch_settled (ledger->batch);
    ledger->count = batch_sound_rows (ledger->batch, place, ledger->most);
    connection_run (ledger->connection, UPSERT_NAME, UPSERT_VALUES,
                    upsert_rows (ledger->upsert, ledger->batch, place, ledger->count));
}

static void
set_aside (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    const row_t *row = batch_row (ledger->batch, batch_settled (ledger->batch));
    ledger->count = 1;
    log_event (LEVEL_WARN, "record_set_aside",
               LOG_FIELDS (LOG_IDENT ("chat", &row->record.chat),
                           LOG_TEXT ("reason", row->fault)));
    connection_run (ledger->connection, SET_ASIDE_NAME, SET_ASIDE_VALUES,
                    upsert_aside (ledger->upsert, row));
}

static void
settle (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    size_t place = batch_settled (ledger->batch);
    batch_settle (ledger->batch, ledger->count);
    ledger->batches += ledger->state == COMMITTING;
    // After a fault the rows that follow go in ever larger parts again.
    ledger->most = ledger->most < BATCH_ROWS / 2 ? ledger->most * 2 : BATCH_ROWS;
    ledger->listener.settled (ledger->listener.self, ledger->batch, place, ledger->count);
}

// The chat of the row that goes next.
static const ident_t *
next_chat (const ledger_t *ledger)
{
    return &batch_row (ledger->batch, batch_settled (ledger->batch))->record.chat;
}

// Lets the others of the batch go before the row that is not taken.
static void
put_off (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    ledger->errors++;
    trial_note (&ledger->trial, ledger->batches);
    trial_put_off (&ledger->trial);
    batch_put_off (ledger->batch, batch_settled (ledger->batch));
}

// Halves what goes at once until the row at fault stands alone. What has gone once may go again.
static void
narrow (void *self, const void *what)
{
    ledger_t *ledger = self;
    const answer_t *answer = what;
    ledger->errors += answer->sqlstate != NULL;
    trial_note (&ledger->trial, ledger->batches);
    if (ledger->count == 1) {
        batch_blame (ledger->batch, batch_settled (ledger->batch),
                     answer->sqlstate != NULL ? answer->sqlstate : USERS_DIFFER);
    }
    ledger->most = ledger->count > 1 ? ledger->count / 2 : 1;
}

// Leaves the batch as it is, for another time.
static void
leave (void *self, const void *what)
{
    ledger_t *ledger = self;
    const answer_t *answer = what;
    ledger->errors++;
    trial_leave (&ledger->trial, next_chat (ledger), ledger->batches);
    ledger->batch = NULL;
    log_event (LEVEL_WARN, "rows_not_taken",
               LOG_FIELDS (LOG_TEXT ("sqlstate", answer->sqlstate)));
    ledger->listener.left (ledger->listener.self);
}

static void
let_go (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    ledger->batch = NULL;
}

// --- Looking ---

static void
look (void *self, const void *what)
{
    const doubt_walk_t *walk = what;
    connection_run (((ledger_t *) self)->connection, DOUBT_NAME, DOUBT_VALUES, walk->values);
}

static void
report (void *self, const void *what)
{
    ledger_t *ledger = self;
    const answer_t *answer = what;
    ledger->listener.found (ledger->listener.self, answer->value != NULL ? answer->value : "");
}

// --- Deleting ---

static void
delete_old (void *self, const void *what)
{
    const retention_t *retention = what;
    connection_run (((ledger_t *) self)->connection, RETENTION_NAME, RETENTION_VALUES,
                    retention->values);
}

static void
tell_deleted (void *self, const void *what)
{
    ledger_t *ledger = self;
    const answer_t *answer = what;
    ledger->listener.deleted (ledger->listener.self, answer->value != NULL ? answer->value : "");
}

// It may be forbidden, or another application's table may point to a row: no reason to put nothing
// on record.
static void
complain (void *self, const void *what)
{
    ledger_t *ledger = self;
    const answer_t *answer = what;
    ledger->errors++;
    log_event (LEVEL_WARN, "retention_failed",
               LOG_FIELDS (LOG_TEXT ("sqlstate", answer->sqlstate)));
}

// --- Failing ---

static void
forget (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    ledger->errors++;
    ledger->batch = NULL;
}

static void
give_up (void *self, const void *what)
{
    ledger_t *ledger = self;
    const answer_t *answer = what;
    must (answer != NULL);
    log_event (LEVEL_WARN, "database_failed",
               LOG_FIELDS (LOG_TEXT ("sqlstate", answer->sqlstate)));
    connection_give_up (ledger->connection);
    forget (ledger, what);
}

// clang-format off
static const rule_t ledger_rules[] = {
    //  in           when        do            then
    { MACHINE_ANY,   LOST,       forget,       AWAY          },
    { DELETING,      DONE,       tell_deleted, IDLE          },
    { DELETING,      FAULTED,    complain,     IDLE          },
    { DELETING,      FAILED,     complain,     IDLE          },
    { MACHINE_ANY,   FAILED,     give_up,      AWAY          },
    { AWAY,          CONNECTED,  bring_up,     MIGRATING     },
    { MIGRATING,     DONE,       prepare,      PREPARING     },
    { PREPARING,     DONE,       NULL,         IDLE          },
    { IDLE,          GIVEN,      take,         CHOOSING      },
    { CHOOSING,      SOUND,      commit,       COMMITTING    },
    { CHOOSING,      FAULTY,     set_aside,    SETTING_ASIDE },
    { CHOOSING,      OVER,       let_go,       IDLE          },
    { COMMITTING,    DONE,       settle,       CHOOSING      },
    { COMMITTING,    FAULTED,    narrow,       CHOOSING      },
    { COMMITTING,    SUSPECTED,  put_off,      CHOOSING      },
    { COMMITTING,    HOPELESS,   leave,        IDLE          },
    { SETTING_ASIDE, DONE,       settle,       CHOOSING      },
    { IDLE,          ASKED,      look,         LOOKING       },
    { LOOKING,       DONE,       report,       IDLE          },
    { IDLE,          EXPIRED,    delete_old,   DELETING      },
    { MACHINE_ANY,   FAULTED,    give_up,      AWAY          },
    { MACHINE_ANY,   MACHINE_ANY, give_up,     AWAY          },
};
// clang-format on

// --- Events ---

static ledger_event_t
next_of_batch (const ledger_t *ledger)
{
    size_t place = batch_settled (ledger->batch);
    if (place == batch_rows (ledger->batch)) {
        return OVER;
    }
    return batch_sound_rows (ledger->batch, place, 1) == 1 ? SOUND : FAULTY;
}

// Everything that happens to the ledger passes here.
static void
step (ledger_t *ledger, ledger_event_t event, const void *what)
{
    int before = ledger->state;
    ledger->state = machine_step (ledger_rules, ledger->state, event, ledger, what);
    if (ledger->state == CHOOSING) {
        event = next_of_batch (ledger);
        ledger->state = machine_step (ledger_rules, CHOOSING, event, ledger, NULL);
    }
    if (ledger->state == IDLE && before != IDLE) {
        ledger->listener.idle (ledger->listener.self);
    }
}

static void
on_connected (void *self)
{
    step (self, CONNECTED, NULL);
}

static void
on_lost (void *self)
{
    step (self, LOST, NULL);
}

// Of rows that may be at fault or not: all but one alone are tried in parts.
static ledger_event_t
event_of_suspects (const ledger_t *ledger)
{
    if (ledger->state != COMMITTING) {
        return FAILED;
    }
    if (ledger->count > 1
        || trial_convicts (&ledger->trial, next_chat (ledger), ledger->batches)) {
        return FAULTED;
    }
    size_t others = batch_rows (ledger->batch) - batch_settled (ledger->batch) - 1;
    return trial_may_put_off (&ledger->trial, others) ? SUSPECTED : HOPELESS;
}

// Of rows that go on record each one counts, but for those that name other people than their chat's
// row does.
static ledger_event_t
event_of (const ledger_t *ledger, const answer_t *answer)
{
    if (answer->sqlstate == NULL) {
        return ledger->state == COMMITTING && answer->rows < ledger->count ? FAULTED : DONE;
    }
    switch (verdict_of (answer->sqlstate)) {
        case VERDICT_FAULT:
            return FAULTED;
        case VERDICT_SUSPECT:
            return event_of_suspects (ledger);
        default:
            return FAILED;
    }
}

static void
on_answered (void *self, const answer_t *answer)
{
    ledger_t *ledger = self;
    if (ledger->state != MIGRATING) {
        step (ledger, event_of (ledger, answer), answer);
        return;
    }
    switch (migrator_hear (ledger->migrator, answer)) {
        case MIGRATOR_GOES_ON:
            break;
        case MIGRATOR_DONE:
            step (ledger, DONE, answer);
            break;
        case MIGRATOR_FAILED:
            step (ledger, FAILED, answer);
            break;
    }
}

// --- Life cycle and questions ---

const char *
ledger_check (const char *url)
{
    return postgres_check (url);
}

ledger_t *
ledger_new (loop_t *loop, const char *url, ledger_listener_t listener)
{
    ledger_t *ledger = must_alloc (sizeof *ledger);
    ledger->state = AWAY;
    ledger->listener = listener;
    ledger->upsert = upsert_new ();
    ledger->connection = connection_new (
        loop, url, (connection_listener_t){ledger, on_connected, on_lost, on_answered});
    ledger->migrator = migrator_new (ledger->connection);
    return ledger;
}

void
ledger_destroy (ledger_t **ledger)
{
    if (*ledger != NULL) {
        migrator_destroy (&(*ledger)->migrator);
        connection_destroy (&(*ledger)->connection);
        upsert_destroy (&(*ledger)->upsert);
        free (*ledger);
        *ledger = NULL;
    }
}

bool
ledger_is_ready (const ledger_t *ledger)
{
    return ledger->state >= IDLE;
}

ledger_progress_t
ledger_progress (const ledger_t *ledger)
{
    switch (ledger->state) {
        case AWAY:
            return LEDGER_IS_AWAY;
        case MIGRATING:
        case PREPARING:
            return migrator_waits (ledger->migrator) ? LEDGER_WAITS : LEDGER_MIGRATES;
        default:
            return LEDGER_IS_READY;
    }
}

bool
ledger_is_idle (const ledger_t *ledger)
{
    return ledger->state == IDLE;
}

void
ledger_commit (ledger_t *ledger, batch_t *batch)
{
    must (ledger->state == IDLE && batch_is_sealed (batch)
          && batch_settled (batch) < batch_rows (batch));
    ledger->batch = batch;
    step (ledger, GIVEN, NULL);
}

void
ledger_look (ledger_t *ledger, const doubt_walk_t *walk)
{
    must (ledger->state == IDLE);
    step (ledger, ASKED, walk);
}

void
ledger_delete_old (ledger_t *ledger, const retention_t *retention)
{
    must (ledger->state == IDLE);
    step (ledger, EXPIRED, retention);
}

void
ledger_tick (ledger_t *ledger)
{
    if (ledger->state == MIGRATING) {
        migrator_tick (ledger->migrator);
    }
}

uint64_t
ledger_errors (const ledger_t *ledger)
{
    return ledger->errors;
}

const histogram_t *
ledger_time (const ledger_t *ledger)
{
    return connection_time (ledger->connection);
}

uint64_t
ledger_batches (const ledger_t *ledger)
{
    return ledger->batches;
}
