// row_by_row.h -- puts chats on record as an application does without a recorder: one connection,
// a prepared statement when a chat begins and one when it is over, each committed before the next.

#ifndef ROW_BY_ROW_H
#define ROW_BY_ROW_H

#include <stddef.h>

typedef struct row_by_row row_by_row_t;

// Connects. Fails the test if that is not possible.
row_by_row_t *
row_by_row_new (const char *url);

void
row_by_row_destroy (row_by_row_t **rows);

// Puts so many new chats on record, from their beginning to their end. The table must be there.
void
row_by_row_run (row_by_row_t *rows, size_t chats);

#endif
