// upsert.c -- turns rows into PostgreSQL arrays, one a column of "ChatSession".

#include "sessions/upsert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "sessions/record.h"

#define ITEM_SIZE (IDENT_TEXT_SIZE + 1) // The longest item of an array, and a comma.
#define ARRAY_SIZE (BATCH_ROWS * ITEM_SIZE + 3)

// A column of a chat's end: what is there gives way, or what is new does, or they are merged.
#define END_COLUMN(name, merged)                                                            \
    "  " name " = CASE"                                                                     \
    "    WHEN was.\"endReason\" = 'orphaned' AND EXCLUDED.\"endReason\" <> 'orphaned'"      \
    "      THEN EXCLUDED." name                                                             \
    "    WHEN was.\"endReason\" <> 'orphaned' AND EXCLUDED.\"endReason\" = 'orphaned'"      \
    "      THEN was." name                                                                  \
    "    ELSE " merged " (was." name ", EXCLUDED." name ") END"

// Rows go in by the order of their ids, so that two recorders with the same chats in hand wait for
// each other instead of for ever. What a chat's row says already and what is new are merged as
// record_merge does.
const char upsert_prepare[] =
    "PREPARE " UPSERT_NAME " (text[], text[], text[], bigint[], bigint[], bigint[], bigint[],"
    "  text[], text[], bigint[], bigint[], bigint[]) AS "
    "INSERT INTO \"ChatSession\" AS was (\"id\", \"userA\", \"userB\", \"startedAt\","
    "  \"waitedMsA\", \"waitedMsB\", \"endedAt\", \"endReason\", \"endedBy\", \"messagesA\","
    "  \"messagesB\", \"sharedInterests\") "
    "SELECT id, user_a, user_b, timestamp 'epoch' + started_ms * interval '1 ms', waited_a,"
    "  waited_b, timestamp 'epoch' + ended_ms * interval '1 ms', reason, ended_by, messages_a,"
    "  messages_b, interests "
    "FROM unnest ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS record (id, user_a,"
    "  user_b, started_ms, waited_a, waited_b, ended_ms, reason, ended_by, messages_a,"
    "  messages_b, interests) "
    "ORDER BY id "
    "ON CONFLICT (\"id\") DO UPDATE SET"
    "  \"startedAt\" = LEAST (was.\"startedAt\", EXCLUDED.\"startedAt\"),"
    "  \"waitedMsA\" = GREATEST (was.\"waitedMsA\", EXCLUDED.\"waitedMsA\"),"
    "  \"waitedMsB\" = GREATEST (was.\"waitedMsB\", EXCLUDED.\"waitedMsB\"),"
    END_COLUMN ("\"endedAt\"", "LEAST") ","
    END_COLUMN ("\"endReason\"", "LEAST") ","
    END_COLUMN ("\"endedBy\"", "LEAST") ","
    END_COLUMN ("\"messagesA\"", "GREATEST") ","
    END_COLUMN ("\"messagesB\"", "GREATEST") ","
    "  \"sharedInterests\" = GREATEST (was.\"sharedInterests\", EXCLUDED.\"sharedInterests\") "
    "WHERE was.\"userA\" = EXCLUDED.\"userA\" AND was.\"userB\" = EXCLUDED.\"userB\";"
    "PREPARE " SET_ASIDE_NAME " (text, text, jsonb) AS "
    "INSERT INTO \"chat_dead_letter\" (\"chat\", \"reason\", \"record\") VALUES ($1, $2, $3) "
    "ON CONFLICT (\"record\") DO NOTHING";

struct upsert {
    char arrays[UPSERT_VALUES][ARRAY_SIZE];
    const char *values[UPSERT_VALUES]; // Point into what is here.
    char chat[IDENT_TEXT_SIZE];
    char json[RECORD_JSON_SIZE];
};

typedef enum { COLUMN_IDENT, COLUMN_NUMBER, COLUMN_REASON, COLUMN_SIDE } column_kind_t;

typedef struct {
    column_kind_t kind;
    size_t offset;  // In wire_record_t.
    bool of_end;    // NULL while the chat goes on.
} column_t;

// clang-format off
static const column_t columns[UPSERT_VALUES] = {
    { COLUMN_IDENT,  offsetof (wire_record_t, chat),        false },
    { COLUMN_IDENT,  offsetof (wire_record_t, user_a),      false },
    { COLUMN_IDENT,  offsetof (wire_record_t, user_b),      false },
    { COLUMN_NUMBER, offsetof (wire_record_t, started_ms),  false },
    { COLUMN_NUMBER, offsetof (wire_record_t, waited_a_ms), false },
    { COLUMN_NUMBER, offsetof (wire_record_t, waited_b_ms), false },
    { COLUMN_NUMBER, offsetof (wire_record_t, ended_ms),    true  },
    { COLUMN_REASON, offsetof (wire_record_t, reason),      true  },
    { COLUMN_SIDE,   offsetof (wire_record_t, ended_by),    true  },
    { COLUMN_NUMBER, offsetof (wire_record_t, messages_a),  true  },
    { COLUMN_NUMBER, offsetof (wire_record_t, messages_b),  true  },
    { COLUMN_NUMBER, offsetof (wire_record_t, interests),   false },
};
// clang-format on

upsert_t *
upsert_new (void)
{
    return must_alloc (sizeof (upsert_t));
}

void
upsert_destroy (upsert_t **upsert)
{
    free (*upsert);
    *upsert = NULL;
}

// Writes an item and a comma; nothing in it needs quoting.
static size_t
write_item (char *item, const column_t *column, const wire_record_t *record)
{
    char ident[IDENT_TEXT_SIZE];
    const void *field = (const char *) record + column->offset;
    const char *word = NULL;
    if (column->of_end && record->ended_ms == 0) {
        return (size_t) snprintf (item, ITEM_SIZE, "NULL,");
    }
    switch (column->kind) {
        case COLUMN_NUMBER:
            return (size_t) snprintf (item, ITEM_SIZE, "%" PRIu64 ",", *(const uint64_t *) field);
        case COLUMN_IDENT:
            ident_print (field, ident);
            word = ident;
            break;
        case COLUMN_REASON:
            word = wire_reason_name ((reason_t) *(const uint64_t *) field);
            break;
        case COLUMN_SIDE:
            word = record_side (*(const uint64_t *) field);
            break;
    }
    return (size_t) snprintf (item, ITEM_SIZE, "%s,", word != NULL ? word : "NULL");
}

const char *const *
upsert_rows (upsert_t *upsert, const batch_t *batch, size_t place, size_t count)
{
    must (count > 0 && place + count <= batch_rows (batch));
    for (size_t i = 0; i < UPSERT_VALUES; i++) {
        char *array = upsert->arrays[i];
        size_t length = 0;
        array[length++] = '{';
        for (size_t j = 0; j < count; j++) {
            const row_t *row = batch_row (batch, place + j);
            length += write_item (array + length, &columns[i], &row->record);
        }
        array[length - 1] = '}'; // Instead of the last comma.
        array[length] = '\0';
        upsert->values[i] = array;
    }
    return upsert->values;
}

const char *const *
upsert_aside (upsert_t *upsert, const row_t *row)
{
    ident_print (&row->record.chat, upsert->chat);
    record_print (&row->record, upsert->json);
    upsert->values[0] = upsert->chat;
    upsert->values[1] = row->fault;
    upsert->values[2] = upsert->json;
    return upsert->values;
}
