// retention.c -- deletes rows that have been kept for long enough.

#include "sessions/retention.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT(number) TEXT_OF (number)
#define TEXT_OF(number) #number

// The times of chats are UTC, whatever the server's zone is; days have 24 hours in any. Rows that
// somebody else has locked are passed over: nobody waits for the other, so no two can wait for each
// other. The page of chats is found by "ChatSession_endedAt_idx" behind the last one that was
// deleted, since what has been deleted stays in the index until it is vacuumed.
const char retention_prepare[] =
    "PREPARE " RETENTION_NAME " (bigint, bigint) AS "
    "WITH chats AS (DELETE FROM \"ChatSession\" WHERE \"id\" = ANY (ARRAY ("
    "    SELECT \"id\" FROM \"ChatSession\""
    "    WHERE \"endedAt\" < (now () AT TIME ZONE 'UTC') - $1 * interval '24 hours'"
    "    AND \"endedAt\" >= timestamp 'epoch' + $2 * interval '1 ms'"
    "    ORDER BY \"endedAt\" LIMIT " TEXT (RETENTION_PAGE) " FOR UPDATE SKIP LOCKED))"
    "  RETURNING \"endedAt\"),"
    " letters AS (DELETE FROM \"chat_dead_letter\" WHERE \"number\" = ANY (ARRAY ("
    "    SELECT \"number\" FROM \"chat_dead_letter\""
    "    WHERE \"set_aside_at\" < now () - $1 * interval '24 hours'"
    "    ORDER BY \"set_aside_at\" LIMIT " TEXT (RETENTION_PAGE) " FOR UPDATE SKIP LOCKED))"
    "  RETURNING 1) "
    "SELECT concat_ws (' ', (SELECT count (*) FROM chats), (SELECT count (*) FROM letters),"
    "  (SELECT floor (extract (epoch FROM max (\"endedAt\")) * 1000)::bigint FROM chats))";

void
retention_begin (retention_t *retention, uint64_t days)
{
    snprintf (retention->days, sizeof retention->days, "%" PRIu64, days);
    snprintf (retention->ended_ms, sizeof retention->ended_ms, "0");
    retention->values[0] = retention->days;
    retention->values[1] = retention->ended_ms;
}

bool
retention_read (retention_t *retention, const char *answer, uint64_t *deleted)
{
    uint64_t chats = 0;
    uint64_t letters = 0;
    uint64_t ended_ms = 0;
    int fields = sscanf (answer, "%" SCNu64 " %" SCNu64 " %" SCNu64, &chats, &letters, &ended_ms);
    if (fields == 3) {
        snprintf (retention->ended_ms, sizeof retention->ended_ms, "%" PRIu64, ended_ms);
    }
    *deleted += chats + letters;
    return chats == RETENTION_PAGE || letters == RETENTION_PAGE;
}
