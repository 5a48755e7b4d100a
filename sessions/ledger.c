// ledger.c -- a table of states between the connection and the batches.
//
// Keeps the connection and, while it commits, where it is in the batch.

#include "sessions/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/machine.h"
#include "base/log.h"
#include "base/must.h"
#include "sessions/connection_door.h"
#include "sessions/migrations.h"
#include "sessions/upsert.h"

#define MIGRATION_LOCK "7310589203571" // Made up; all recorders of a database share it.

typedef enum {
    AWAY,          // Not connected.
    READING,       // Which migrations have been applied?
    LOCKING,       // May we migrate, or does another recorder?
    COUNTING,      // With the lock: which have been applied?
    MIGRATING,
    YIELDING,      // Another recorder migrates.
    WAITING,       // Until we ask again.
    PREPARING,
    IDLE,          // Nothing is in hand.
    CHOOSING,      // What comes next of the batch?
    COMMITTING,
    SETTING_ASIDE,
    LOOKING,       // For open chats.
} ledger_state_t;

typedef enum {
    CONNECTED,
    LOST,
    DONE,      // A statement went well.
    YES,       // And it said so: all are applied; the lock is ours.
    NO,
    FAULTED,   // The database finds fault with what is in the rows.
    FAILED,    // It fails for any other reason.
    GIVEN,     // A batch.
    ASKED,     // To look.
    SOUND,     // Rows without a fault are next,
    FAULTY,    // a row with one,
    OVER,      // or none.
    TICKED,
} ledger_event_t;

struct ledger {
    int state;
    connection_t *connection; // Owned.
    ledger_listener_t listener;
    upsert_t *upsert;         // Owned.
    int64_t applied;          // The number of the last migration that has been applied.
    batch_t *batch;           // From CHOOSING to SETTING_ASIDE. Not owned.
    size_t most;              // How many rows may go at once: few after a fault.
    size_t count;             // Rows that the statement is about.
    uint64_t errors;
    uint64_t batches;
};

// --- Migrating ---

static void
read_number (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    connection_ask (ledger->connection, "SELECT coalesce (max (number), 0) FROM chat_migration");
}

// The lock is never waited for: who waits for it holds a snapshot, which other work on the
// database may wait for in turn. Nor does a migration wait long for a table that is in use.
static void
try_lock (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    connection_ask (ledger->connection,
                    "BEGIN; SET LOCAL lock_timeout = '2s';"
                    "SELECT pg_try_advisory_xact_lock (" MIGRATION_LOCK ")");
}

static void
count_again (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    connection_ask (ledger->connection,
                    "CREATE TABLE IF NOT EXISTS chat_migration ("
                    "  number INTEGER PRIMARY KEY,"
                    "  applied_at TIMESTAMPTZ NOT NULL DEFAULT now ());"
                    "SELECT coalesce (max (number), 0) FROM chat_migration");
}

static void
migrate (void *self, const void *what)
{
    static const char form[] =
        "%s;INSERT INTO chat_migration (number) VALUES (%" PRId64 ");COMMIT";
    ledger_t *ledger = self;
    int64_t number;
    (void) what;
    const char *sql = migrations_after (ledger->applied, &number);
    must (sql != NULL);
    size_t size = strlen (sql) + sizeof form + 32;
    char *all = must_alloc (size);
    snprintf (all, size, form, sql, number);
    log_event (LEVEL_INFO, "migrating", LOG_FIELDS (LOG_NUMBER ("number", number)));
    connection_ask (ledger->connection, all);
    free (all);
}

static void
roll_back (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    connection_ask (ledger->connection, "ROLLBACK");
}

static void
prepare (void *self, const void *what)
{
    ledger_t *ledger = self;
    (void) what;
    size_t size = strlen (upsert_prepare) + strlen (doubt_prepare) + 2;
    char *all = must_alloc (size);
    snprintf (all, size, "%s;%s", upsert_prepare, doubt_prepare);
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

// Halves what goes at once until the row at fault stands alone.
static void
narrow (void *self, const void *what)
{
    ledger_t *ledger = self;
    const answer_t *answer = what;
    ledger->errors++;
    if (ledger->count == 1) {
        batch_blame (ledger->batch, batch_settled (ledger->batch), answer->sqlstate);
    }
    ledger->most = ledger->count > 1 ? ledger->count / 2 : 1;
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
    { MACHINE_ANY,   FAILED,     give_up,      AWAY          },
    { AWAY,          CONNECTED,  read_number,  READING       },
    { READING,       YES,        prepare,      PREPARING     },
    { READING,       NO,         try_lock,     LOCKING       },
    { LOCKING,       YES,        count_again,  COUNTING      },
    { LOCKING,       NO,         roll_back,    YIELDING      },
    { YIELDING,      DONE,       NULL,         WAITING       },
    { WAITING,       TICKED,     read_number,  READING       },
    { COUNTING,      NO,         migrate,      MIGRATING     },
    { COUNTING,      YES,        roll_back,    MIGRATING     },
    { MIGRATING,     DONE,       read_number,  READING       },
    { PREPARING,     DONE,       NULL,         IDLE          },
    { IDLE,          GIVEN,      take,         CHOOSING      },
    { CHOOSING,      SOUND,      commit,       COMMITTING    },
    { CHOOSING,      FAULTY,     set_aside,    SETTING_ASIDE },
    { CHOOSING,      OVER,       let_go,       IDLE          },
    { COMMITTING,    DONE,       settle,       CHOOSING      },
    { COMMITTING,    FAULTED,    narrow,       CHOOSING      },
    { SETTING_ASIDE, DONE,       settle,       CHOOSING      },
    { IDLE,          ASKED,      look,         LOOKING       },
    { LOOKING,       DONE,       report,       IDLE          },
    { MACHINE_ANY,   FAULTED,    give_up,      AWAY          },
    { MACHINE_ANY,   TICKED,     NULL,         MACHINE_STAY  },
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

// SQLSTATE class 22 is a data exception, 23 a constraint violation; 42P01 says that there is no
// such table, which is so before the first migration.
static ledger_event_t
event_of (ledger_t *ledger, const answer_t *answer)
{
    if (answer->sqlstate != NULL) {
        if (ledger->state == READING && strcmp (answer->sqlstate, "42P01") == 0) {
            ledger->applied = 0;
            return NO;
        }
        bool faulted = strncmp (answer->sqlstate, "22", 2) == 0
            || strncmp (answer->sqlstate, "23", 2) == 0;
        return faulted ? FAULTED : FAILED;
    }
    switch (ledger->state) {
        case LOCKING:
            return answer->value != NULL && strcmp (answer->value, "t") == 0 ? YES : NO;
        case READING:
        case COUNTING:
            ledger->applied = answer->value != NULL ? strtoll (answer->value, NULL, 10) : 0;
            return ledger->applied >= migrations_newest () ? YES : NO;
        default:
            return DONE;
    }
}

static void
on_answered (void *self, const answer_t *answer)
{
    step (self, event_of (self, answer), answer);
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
    return ledger;
}

void
ledger_destroy (ledger_t **ledger)
{
    if (*ledger != NULL) {
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
ledger_tick (ledger_t *ledger)
{
    step (ledger, TICKED, NULL);
}

uint64_t
ledger_errors (const ledger_t *ledger)
{
    return ledger->errors;
}

uint64_t
ledger_batches (const ledger_t *ledger)
{
    return ledger->batches;
}
