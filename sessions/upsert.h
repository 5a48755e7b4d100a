// upsert.h -- the statements that put rows on record, and rows as their parameters.

#ifndef UPSERT_H
#define UPSERT_H

#include <stddef.h>

#include "sessions/batch.h"

#define UPSERT_NAME "put_on_record"  // As upsert_prepare names it.
#define UPSERT_VALUES 12             // Its parameters: one array a column.
#define SET_ASIDE_NAME "set_aside"
#define SET_ASIDE_VALUES 3           // Chat, reason, record.

// The SQL that prepares both statements, once a connection. The first one passes over a row that
// names other people than the one that is there: it puts fewer rows on record than it was given.
extern const char upsert_prepare[];

typedef struct upsert upsert_t;

// Room for the parameters of one statement. Never NULL.
upsert_t *
upsert_new (void);

void
upsert_destroy (upsert_t **upsert);

// The parameters that put `count` rows of a batch, from `place` on, on record. Good until the next
// call of either function.
const char *const *
upsert_rows (upsert_t *upsert, const batch_t *batch, size_t place, size_t count);

// The parameters that set one row aside.
const char *const *
upsert_aside (upsert_t *upsert, const row_t *row);

#endif
