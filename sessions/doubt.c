// doubt.c -- finds chats that have long been open on record.

#include "sessions/doubt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT(number) TEXT_OF (number)
#define TEXT_OF(number) #number

// One field: a line a chat, its fields with blanks between. The times of rows are UTC.
const char doubt_prepare[] =
    "PREPARE " DOUBT_NAME " (bigint, text, bigint) AS "
    "SELECT string_agg (concat_ws (' ', \"id\", \"userA\", \"userB\","
    "  (extract (epoch FROM \"startedAt\") * 1000)::bigint, \"waitedMsA\", \"waitedMsB\"), E'\\n'"
    "  ORDER BY \"startedAt\", \"id\") "
    "FROM (SELECT * FROM \"ChatSession\""
    "  WHERE \"endedAt\" IS NULL AND \"waitedMsA\" IS NOT NULL AND \"waitedMsB\" IS NOT NULL"
    "  AND (\"startedAt\", \"id\") > (timestamp 'epoch' + $1 * interval '1 ms', $2)"
    "  AND \"startedAt\" < (now () AT TIME ZONE 'UTC') - $3 * interval '1 ms'"
    "  ORDER BY \"startedAt\", \"id\" LIMIT " TEXT (DOUBT_PAGE) ") AS open";

void
doubt_begin (doubt_walk_t *walk, uint64_t age_ms)
{
    snprintf (walk->started_ms, sizeof walk->started_ms, "0");
    walk->chat[0] = '\0';
    snprintf (walk->age_ms, sizeof walk->age_ms, "%" PRIu64, age_ms);
    walk->values[0] = walk->started_ms;
    walk->values[1] = walk->chat;
    walk->values[2] = walk->age_ms;
}

// An ident and the blank behind it.
static bool
read_ident (const char **at, ident_t *ident)
{
    size_t bytes = strcspn (*at, " \n");
    const char *text = *at;
    *at += bytes;
    *at += **at == ' ';
    return ident_parse (text, bytes, ident);
}

static bool
read_line (const char *line, wire_t *wire)
{
    wire_doubt_t *doubt = &wire->as.doubt;
    *wire = (wire_t){.kind = WIRE_DOUBT};
    return read_ident (&line, &doubt->chat) && read_ident (&line, &doubt->user_a)
        && read_ident (&line, &doubt->user_b)
        && sscanf (line, "%" SCNu64 " %" SCNu64 " %" SCNu64, &doubt->started_ms,
                   &doubt->waited_a_ms, &doubt->waited_b_ms)
            == 3
        && doubt->started_ms >= 1 && doubt->started_ms <= TIME_MOST
        && doubt->waited_a_ms <= TIME_MOST && doubt->waited_b_ms <= TIME_MOST;
}

bool
doubt_read (doubt_walk_t *walk, const char **page, wire_t *doubt)
{
    while (**page != '\0') {
        const char *line = *page;
        *page += strcspn (*page, "\n");
        *page += **page == '\n';
        if (read_line (line, doubt)) {
            ident_print (&doubt->as.doubt.chat, walk->chat);
            snprintf (walk->started_ms, sizeof walk->started_ms, "%" PRIu64,
                      doubt->as.doubt.started_ms);
            return true;
        }
    }
    return false;
}
