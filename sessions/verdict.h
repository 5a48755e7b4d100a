// verdict.h -- who is to blame when the database does not take rows: one of them, or nobody. Pure.

#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ident.h"

typedef enum {
    VERDICT_FAULT,   // One of the rows is wrong.
    VERDICT_SUSPECT, // One of them is wrong, or nobody may write now: whether others go in will tell.
    VERDICT_WORLD,   // It has nothing to do with the rows.
} verdict_t;

// What an SQLSTATE, or any other word, says.
verdict_t
verdict_of (const char *sqlstate);

// What is known for and against the rows of a batch. `commits` counts statements that took rows, of
// all batches.
typedef struct {
    size_t put_off;         // Rows of the batch that others went before.
    bool began;             // Fault was found with the batch,
    uint64_t since;         // after so many commits.
    ident_t suspect;        // A chat whose row was not taken, alone, when a batch was left; or nobody's.
    uint64_t suspect_since; // After so many commits.
} trial_t;

// Another batch.
void
trial_begin (trial_t *trial);

// Rows of it are not taken.
void
trial_note (trial_t *trial, uint64_t commits);

// Whether the row of a chat is to blame, which alone is not taken: others have been meanwhile.
bool
trial_convicts (const trial_t *trial, const ident_t *chat, uint64_t commits);

// Whether there is hope in letting a row wait until one of the `others` was tried.
bool
trial_may_put_off (const trial_t *trial, size_t others);

// That is done.
void
trial_put_off (trial_t *trial);

// The batch is left, as the row of that chat, alone, is not taken.
void
trial_leave (trial_t *trial, const ident_t *chat, uint64_t commits);

#endif
