// record.h -- what one RECORD says: whether it makes sense, and how two about one chat become one.
//
// Merging is commutative, associative and idempotent, field by field, and the statement that puts
// rows into the database (upsert.c) merges in the same way: order and repetition do not matter. The
// end of an orphan is a guess: any other end takes its place, whichever is first.

#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/wire.h"

#define RECORD_JSON_SIZE 640 // Of record_print: three idents, nine numbers, their names.

// A fixed word for what makes no sense in a record, NULL if it does make sense.
const char *
record_fault (const wire_record_t *record);

// Whether two records can be about the same chat: they name the same people.
bool
record_agrees (const wire_record_t *record, const wire_record_t *other);

// Adds to `record` what `other`, about the same chat, knows. Only if they agree.
void
record_merge (wire_record_t *record, const wire_record_t *other);

// "A" or "B" for whom ended a chat, NULL for neither.
const char *
record_side (uint64_t side);

// Writes all fields but the entry as a JSON object, terminated.
void
record_print (const wire_record_t *record, char json[RECORD_JSON_SIZE]);

#endif
