// record.c -- judges, merges and prints records.

#include "sessions/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"

static bool
says_end (const wire_record_t *record)
{
    return record->reason != REASON_NONE || record->ended_by != SIDE_NONE
        || record->messages_a != 0 || record->messages_b != 0;
}

const char *
record_fault (const wire_record_t *record)
{
    if (record->entry.bytes == 0) {
        return "entry_empty";
    }
    if (ident_is_nil (&record->chat)) {
        return "chat_nil";
    }
    if (ident_is_nil (&record->user_a) || ident_is_nil (&record->user_b)) {
        return "user_nil";
    }
    if (ident_equal (&record->user_a, &record->user_b)) {
        return "users_equal";
    }
    if (record->ended_ms == 0) {
        return says_end (record) ? "open_with_end" : NULL;
    }
    if (record->ended_ms < record->started_ms) {
        return "ended_before_started";
    }
    return record->reason == REASON_NONE ? "ended_without_reason" : NULL;
}

bool
record_agrees (const wire_record_t *record, const wire_record_t *other)
{
    return ident_equal (&record->user_a, &other->user_a)
        && ident_equal (&record->user_b, &other->user_b);
}

static uint64_t
least (uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t
most (uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

// The smaller one; 0 stands for not known.
static uint64_t
least_known (uint64_t a, uint64_t b)
{
    return a == 0 || b == 0 ? most (a, b) : least (a, b);
}

// The one whose name comes first, as LEAST has it in the database.
static uint64_t
first_reason (uint64_t a, uint64_t b)
{
    if (a == REASON_NONE || b == REASON_NONE) {
        return most (a, b);
    }
    return strcmp (wire_reason_name ((reason_t) a), wire_reason_name ((reason_t) b)) <= 0 ? a : b;
}

// The end that `record` tells of is a guess, and `other` knows better.
static bool
gives_way (const wire_record_t *record, const wire_record_t *other)
{
    return record->reason == REASON_ORPHANED && other->reason != REASON_ORPHANED
        && other->reason != REASON_NONE;
}

static void
copy_end (wire_record_t *record, const wire_record_t *other)
{
    record->ended_ms = other->ended_ms;
    record->reason = other->reason;
    record->ended_by = other->ended_by;
    record->messages_a = other->messages_a;
    record->messages_b = other->messages_b;
}

static void
merge_ends (wire_record_t *record, const wire_record_t *other)
{
    record->ended_ms = least_known (record->ended_ms, other->ended_ms);
    record->reason = first_reason (record->reason, other->reason);
    record->ended_by = least_known (record->ended_by, other->ended_by);
    record->messages_a = most (record->messages_a, other->messages_a);
    record->messages_b = most (record->messages_b, other->messages_b);
}

void
record_merge (wire_record_t *record, const wire_record_t *other)
{
    record->started_ms = least (record->started_ms, other->started_ms);
    record->waited_a_ms = most (record->waited_a_ms, other->waited_a_ms);
    record->waited_b_ms = most (record->waited_b_ms, other->waited_b_ms);
    record->interests = most (record->interests, other->interests);
    if (gives_way (record, other)) {
        copy_end (record, other);
    }
    else if (!gives_way (other, record)) {
        merge_ends (record, other);
    }
}

const char *
record_side (uint64_t side)
{
    switch (side) {
        case SIDE_A:
            return "A";
        case SIDE_B:
            return "B";
        default:
            return NULL;
    }
}

void
record_print (const wire_record_t *record, char json[RECORD_JSON_SIZE])
{
    char chat[IDENT_TEXT_SIZE];
    char user_a[IDENT_TEXT_SIZE];
    char user_b[IDENT_TEXT_SIZE];
    ident_print (&record->chat, chat);
    ident_print (&record->user_a, user_a);
    ident_print (&record->user_b, user_b);
    const char *side = record_side (record->ended_by);
    int bytes = snprintf (
        json, RECORD_JSON_SIZE,
        "{\"chat\":\"%s\",\"userA\":\"%s\",\"userB\":\"%s\",\"startedMs\":%" PRIu64
        ",\"waitedMsA\":%" PRIu64 ",\"waitedMsB\":%" PRIu64 ",\"endedMs\":%" PRIu64
        ",\"endReason\":\"%s\",\"endedBy\":\"%s\",\"messagesA\":%" PRIu64 ",\"messagesB\":%" PRIu64
        ",\"sharedInterests\":%" PRIu64 "}",
        chat, user_a, user_b, record->started_ms, record->waited_a_ms, record->waited_b_ms,
        record->ended_ms, wire_reason_name ((reason_t) record->reason),
        side != NULL ? side : "none", record->messages_a, record->messages_b, record->interests);
    must (bytes > 0 && bytes < RECORD_JSON_SIZE);
}
