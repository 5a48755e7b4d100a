// batch.h -- records that go into the database together.
//
// A row is a chat; records about the same chat become one row, and each of them keeps its receipt.
// A record that makes no sense is a row of its own with a fault, and is never merged. One that names
// other people than the chat's row does is for the next batch: the database knows who is right.
// Full after BATCH_ROWS rows or BATCH_RECEIPTS records: then it takes no more. Once sealed it takes
// no more either, and its rows are settled from the first to the last.

#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/wire.h"

#define BATCH_ROWS 500
#define BATCH_RECEIPTS 1000
#define BATCH_WAIT_MS 20    // A batch goes when its first record is so old, or when it is full.
#define BATCH_ENTRY_BYTES 41
#define BATCH_FAULT_SIZE 24 // A word of record_fault or an SQLSTATE, and a terminator.

typedef struct batch batch_t;

// Whom to tell what when a record is settled.
typedef struct {
    ident_t matcher;               // Its sender.
    char entry[BATCH_ENTRY_BYTES]; // Its place in the outbox, `entry_bytes` long.
    size_t entry_bytes;
    size_t next;                   // Of the same row; 0: none.
} receipt_t;

typedef struct {
    wire_record_t record;         // What is known of the chat; its entry is empty.
    char fault[BATCH_FAULT_SIZE]; // Why it cannot be put on record; empty: nothing is wrong.
    size_t receipt;               // The first one's place, from 1.
} row_t;

// A new, empty batch. Never NULL.
batch_t *
batch_new (void);

void
batch_destroy (batch_t **batch);

// Takes a record of a matcher, at a monotonic time. False, and nothing taken, if there is no room
// for it here.
bool
batch_add (batch_t *batch, const ident_t *matcher, const wire_record_t *record, uint64_t now_ms);

// True if the batch is to go: it is full, or its first record has waited long enough.
bool
batch_is_due (const batch_t *batch, uint64_t now_ms);

// From now on no record is taken.
void
batch_seal (batch_t *batch);

// Whether it takes records no more.
bool
batch_is_sealed (const batch_t *batch);

// How many rows there are, settled or not.
size_t
batch_rows (const batch_t *batch);

// How many rows, from the first on, are settled.
size_t
batch_settled (const batch_t *batch);

// The next `count` rows are settled.
void
batch_settle (batch_t *batch, size_t count);

// The row at a place from 0 to batch_rows - 1. Good until the batch is cleared.
const row_t *
batch_row (const batch_t *batch, size_t place);

// How many rows without a fault stand together from `place` on, `most` at most.
size_t
batch_sound_rows (const batch_t *batch, size_t place, size_t most);

// Lets the row at a place, which is not settled, change places with the last one.
void
batch_put_off (batch_t *batch, size_t place);

// Says why a row cannot be put on record; cut off at BATCH_FAULT_SIZE - 1 bytes.
void
batch_blame (batch_t *batch, size_t place, const char *fault);

// Walks the receipts of a row: start with NULL, ends with NULL.
const receipt_t *
batch_receipt (const batch_t *batch, size_t place, const receipt_t *last);

// Empties the batch for new records.
void
batch_clear (batch_t *batch);

#endif
