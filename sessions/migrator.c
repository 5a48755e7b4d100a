// migrator.c -- asks what has been applied, takes the lock, applies the next, and asks again.
//
// The lock is never waited for: who waits for it holds a snapshot, which other work on the database
// may wait for in turn. It goes with its transaction, whatever becomes of the connection.

#include "sessions/migrator.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/machine.h"
#include "base/log.h"
#include "base/must.h"
#include "sessions/migrations.h"

#define MIGRATION_LOCK "7310589203571" // Made up; all recorders of a database share it.

typedef enum {
    READING,       // Which migrations have been applied?
    LOCKING,       // May we migrate, or does another recorder?
    COUNTING,      // With the lock: which have been applied?
    APPLYING,
    YIELDING,      // Another recorder migrates.
    WAITING,       // Until we ask again.
    UP_TO_DATE,
    BROKEN,
} state_t;

typedef enum {
    DONE,          // A statement went well.
    YES,           // And it said so: all are applied; the lock is ours.
    NO,
    FAILED,
    TICKED,
} event_t;

struct migrator {
    int state;
    connection_t *connection; // Not owned.
    int64_t applied;          // The number of the last migration that has been applied.
};

static void
read_number (void *self, const void *what)
{
    migrator_t *migrator = self;
    (void) what;
    connection_ask (migrator->connection,
                    "SELECT coalesce (max (number), 0) FROM chat_migration");
}

// Nor does a migration wait long for a table that is in use: what comes after it in the queue for
// that table would wait, too. But once it works it may take its time, whatever the role is allowed.
static void
try_lock (void *self, const void *what)
{
    migrator_t *migrator = self;
    (void) what;
    connection_ask (migrator->connection,
                    "BEGIN; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = 0;"
                    "SELECT pg_try_advisory_xact_lock (" MIGRATION_LOCK ")");
}

static void
count_again (void *self, const void *what)
{
    migrator_t *migrator = self;
    (void) what;
    connection_ask (migrator->connection,
                    "CREATE TABLE IF NOT EXISTS chat_migration ("
                    "  number INTEGER PRIMARY KEY,"
                    "  applied_at TIMESTAMPTZ NOT NULL DEFAULT now ());"
                    "SELECT coalesce (max (number), 0) FROM chat_migration");
}

static void
apply (void *self, const void *what)
{
    static const char form[] =
        "%s;INSERT INTO chat_migration (number) VALUES (%" PRId64 ");COMMIT";
    migrator_t *migrator = self;
    int64_t number;
    (void) what;
    const char *sql = migrations_after (migrator->applied, &number);
    must (sql != NULL);
    size_t size = strlen (sql) + sizeof form + 32;
    char *all = must_alloc (size);
    snprintf (all, size, form, sql, number);
    log_event (LEVEL_INFO, "migrating", LOG_FIELDS (LOG_NUMBER ("number", number)));
    connection_ask (migrator->connection, all);
    free (all);
}

static void
roll_back (void *self, const void *what)
{
    migrator_t *migrator = self;
    (void) what;
    connection_ask (migrator->connection, "ROLLBACK");
}

// clang-format off
static const rule_t migrator_rules[] = {
    //  in           when         do           then
    { READING,       YES,         NULL,        UP_TO_DATE   },
    { READING,       NO,          try_lock,    LOCKING      },
    { LOCKING,       YES,         count_again, COUNTING     },
    { LOCKING,       NO,          roll_back,   YIELDING     },
    { YIELDING,      DONE,        NULL,        WAITING      },
    { WAITING,       TICKED,      read_number, READING      },
    { COUNTING,      NO,          apply,       APPLYING     },
    { COUNTING,      YES,         roll_back,   APPLYING     },
    { APPLYING,      DONE,        read_number, READING      },
    { MACHINE_ANY,   TICKED,      NULL,        MACHINE_STAY },
    { MACHINE_ANY,   MACHINE_ANY, NULL,        BROKEN       },
};
// clang-format on

static void
step (migrator_t *migrator, event_t event)
{
    migrator->state = machine_step (migrator_rules, migrator->state, event, migrator, NULL);
}

// 42P01 says that there is no such table, which is so before the first migration.
static event_t
event_of (migrator_t *migrator, const answer_t *answer)
{
    if (answer->sqlstate != NULL) {
        migrator->applied = 0;
        bool is_new = migrator->state == READING && strcmp (answer->sqlstate, "42P01") == 0;
        return is_new ? NO : FAILED;
    }
    switch (migrator->state) {
        case LOCKING:
            return answer->value != NULL && strcmp (answer->value, "t") == 0 ? YES : NO;
        case READING:
        case COUNTING:
            migrator->applied = answer->value != NULL ? strtoll (answer->value, NULL, 10) : 0;
            return migrator->applied >= migrations_newest () ? YES : NO;
        default:
            return DONE;
    }
}

migrator_t *
migrator_new (connection_t *connection)
{
    migrator_t *migrator = must_alloc (sizeof *migrator);
    migrator->state = BROKEN;
    migrator->connection = connection;
    return migrator;
}

void
migrator_destroy (migrator_t **migrator)
{
    free (*migrator);
    *migrator = NULL;
}

void
migrator_begin (migrator_t *migrator)
{
    migrator->state = READING;
    read_number (migrator, NULL);
}

migrator_news_t
migrator_hear (migrator_t *migrator, const answer_t *answer)
{
    step (migrator, event_of (migrator, answer));
    switch (migrator->state) {
        case UP_TO_DATE:
            return MIGRATOR_DONE;
        case BROKEN:
            return MIGRATOR_FAILED;
        default:
            return MIGRATOR_GOES_ON;
    }
}

void
migrator_tick (migrator_t *migrator)
{
    step (migrator, TICKED);
}

bool
migrator_waits (const migrator_t *migrator)
{
    return migrator->state == YIELDING || migrator->state == WAITING;
}
