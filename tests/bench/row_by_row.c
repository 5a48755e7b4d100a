// row_by_row.c -- libpq, waiting for each answer.

#include "bench/row_by_row.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ident.h"
#include "support/cmocka_all.h"

// Statements, and how many parameters each has.
#define BEGIN "begin"
#define BEGIN_VALUES 3
#define END "end"
#define END_VALUES 1

struct row_by_row {
    PGconn *connection; // Owned.
    bool prepared;
};

static void
check (row_by_row_t *rows, PGresult *result)
{
    if (PQresultStatus (result) != PGRES_COMMAND_OK) {
        fail_msg ("%s", PQerrorMessage (rows->connection));
    }
    PQclear (result);
}

row_by_row_t *
row_by_row_new (const char *url)
{
    row_by_row_t *rows = calloc (1, sizeof *rows);
    assert_non_null (rows);
    rows->connection = PQconnectdb (url);
    assert_int_equal (PQstatus (rows->connection), CONNECTION_OK);
    return rows;
}

void
row_by_row_destroy (row_by_row_t **rows)
{
    if (*rows != NULL) {
        PQfinish ((*rows)->connection);
        free (*rows);
        *rows = NULL;
    }
}

// The columns are those that a recorder fills.
static void
prepare (row_by_row_t *rows)
{
    check (rows, PQprepare (rows->connection, BEGIN,
                            "INSERT INTO \"ChatSession\" (\"id\", \"userA\", \"userB\","
                            "  \"startedAt\", \"waitedMsA\", \"waitedMsB\")"
                            "  VALUES ($1, $2, $3, now () AT TIME ZONE 'UTC', 7, 0)",
                            BEGIN_VALUES, NULL));
    check (rows,
           PQprepare (rows->connection, END,
                      "UPDATE \"ChatSession\" SET \"endedAt\" = now () AT TIME ZONE 'UTC',"
                      "  \"endReason\" = 'skipped', \"endedBy\" = 'A', \"messagesA\" = 3,"
                      "  \"messagesB\" = 1, \"sharedInterests\" = 0 WHERE \"id\" = $1",
                      END_VALUES, NULL));
    rows->prepared = true;
}

static void
put_on_record (row_by_row_t *rows)
{
    char texts[BEGIN_VALUES][IDENT_TEXT_SIZE];
    const char *values[BEGIN_VALUES];
    for (size_t i = 0; i < BEGIN_VALUES; i++) {
        ident_t ident = i == 0 ? ident_timed (clock_wall_ms ()) : ident_random ();
        ident_print (&ident, texts[i]);
        values[i] = texts[i];
    }
    check (rows,
           PQexecPrepared (rows->connection, BEGIN, BEGIN_VALUES, values, NULL, NULL, 0));
    check (rows, PQexecPrepared (rows->connection, END, END_VALUES, values, NULL, NULL, 0));
}

void
row_by_row_run (row_by_row_t *rows, size_t chats)
{
    if (!rows->prepared) {
        prepare (rows);
    }
    for (size_t i = 0; i < chats; i++) {
        put_on_record (rows);
    }
}
