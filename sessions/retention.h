// retention.h -- what is deleted when it has been kept for long enough: the statement that does it,
// and what it answers. Pure.
//
// A round goes through chats that are over and dead letters, the oldest first, a page at a time,
// each page behind the one before: what another recorder has in hand is left to it. A chat that
// goes on is never deleted.

#ifndef RETENTION_H
#define RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#define RETENTION_NAME "delete_old" // As retention_prepare names it.
#define RETENTION_VALUES 2          // Its parameters: for how long, from where on.
#define RETENTION_PAGE 500          // Chats, and dead letters, that it deletes at most.

// The SQL that prepares the statement, once a connection.
extern const char retention_prepare[];

// Where a round is, as the statement's parameters.
typedef struct {
    char days[24];     // For how long rows are kept, in decimal.
    char ended_ms[24]; // When the last chat had ended, in decimal; 0: at the beginning.
    const char *values[RETENTION_VALUES]; // Point into what is here.
} retention_t;

// Begins a round.
void
retention_begin (retention_t *retention, uint64_t days);

// Reads what a page has answered: adds to *deleted how many rows it has deleted, and moves the
// round behind it. False when the round is over.
bool
retention_read (retention_t *retention, const char *answer, uint64_t *deleted);

#endif
