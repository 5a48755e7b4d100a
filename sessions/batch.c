// batch.c -- collects rows, merges those of one chat, remembers the receipts.

#include "sessions/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/book.h"
#include "base/must.h"
#include "sessions/record.h"

struct batch {
    row_t rows[BATCH_ROWS];
    size_t row_count;
    receipt_t receipts[BATCH_RECEIPTS];
    size_t receipt_count;
    book_t *chats;       // row_t by chat, those without a fault at first. Owned; the rows are not.
    uint64_t first_ms;   // When the first record came.
    size_t settled;      // Rows that are settled.
    bool sealed;         // No record is taken any more.
};

batch_t *
batch_new (void)
{
    batch_t *batch = must_alloc (sizeof *batch);
    batch->chats = book_new ();
    return batch;
}

void
batch_destroy (batch_t **batch)
{
    if (*batch != NULL) {
        book_destroy (&(*batch)->chats);
        free (*batch);
        *batch = NULL;
    }
}

static row_t *
new_row (batch_t *batch, const wire_record_t *record, const char *fault)
{
    row_t *row = &batch->rows[batch->row_count++];
    *row = (row_t){.record = *record};
    row->record.entry = (word_t){NULL, 0};
    if (fault != NULL) {
        snprintf (row->fault, sizeof row->fault, "%s", fault);
    }
    else {
        book_put (batch->chats, &row->record.chat, row);
    }
    return row;
}

static void
add_receipt (batch_t *batch, row_t *row, const ident_t *matcher, const word_t *entry)
{
    receipt_t *receipt = &batch->receipts[batch->receipt_count++];
    must (entry->bytes <= sizeof receipt->entry);
    receipt->matcher = *matcher;
    receipt->entry_bytes = entry->bytes;
    if (entry->bytes > 0) {
        memcpy (receipt->entry, entry->text, entry->bytes);
    }
    receipt->next = row->receipt;
    row->receipt = batch->receipt_count;
}

bool
batch_add (batch_t *batch, const ident_t *matcher, const wire_record_t *record, uint64_t now_ms)
{
    const char *fault = record_fault (record);
    row_t *row = fault == NULL ? book_find (batch->chats, &record->chat) : NULL;
    if (batch->sealed || batch->receipt_count == BATCH_RECEIPTS
        || (row == NULL && batch->row_count == BATCH_ROWS)
        || (row != NULL && !record_agrees (&row->record, record))) {
        return false;
    }
    if (batch->row_count == 0) {
        batch->first_ms = now_ms;
    }
    if (row != NULL) {
        record_merge (&row->record, record);
    }
    else {
        row = new_row (batch, record, fault);
    }
    add_receipt (batch, row, matcher, &record->entry);
    return true;
}

bool
batch_is_due (const batch_t *batch, uint64_t now_ms)
{
    return batch->row_count == BATCH_ROWS || batch->receipt_count == BATCH_RECEIPTS
        || (batch->row_count > 0 && now_ms - batch->first_ms >= BATCH_WAIT_MS);
}

void
batch_seal (batch_t *batch)
{
    batch->sealed = true;
}

bool
batch_is_sealed (const batch_t *batch)
{
    return batch->sealed;
}

size_t
batch_rows (const batch_t *batch)
{
    return batch->row_count;
}

size_t
batch_settled (const batch_t *batch)
{
    return batch->settled;
}

void
batch_settle (batch_t *batch, size_t count)
{
    must (batch->sealed && batch->settled + count <= batch->row_count);
    batch->settled += count;
}

const row_t *
batch_row (const batch_t *batch, size_t place)
{
    must (place < batch->row_count);
    return &batch->rows[place];
}

size_t
batch_sound_rows (const batch_t *batch, size_t place, size_t most)
{
    size_t count = 0;
    while (count < most && place + count < batch->row_count
           && batch->rows[place + count].fault[0] == '\0') {
        count++;
    }
    return count;
}

void
batch_put_off (batch_t *batch, size_t place)
{
    // Nobody looks for a chat here any more.
    must (batch->sealed && place >= batch->settled && place < batch->row_count);
    row_t row = batch->rows[place];
    batch->rows[place] = batch->rows[batch->row_count - 1];
    batch->rows[batch->row_count - 1] = row;
}

void
batch_blame (batch_t *batch, size_t place, const char *fault)
{
    must (place < batch->row_count && fault[0] != '\0');
    row_t *row = &batch->rows[place];
    snprintf (row->fault, sizeof row->fault, "%s", fault);
}

const receipt_t *
batch_receipt (const batch_t *batch, size_t place, const receipt_t *last)
{
    size_t next = last != NULL ? last->next : batch_row (batch, place)->receipt;
    return next != 0 ? &batch->receipts[next - 1] : NULL;
}

void
batch_clear (batch_t *batch)
{
    book_destroy (&batch->chats);
    batch->chats = book_new ();
    batch->row_count = 0;
    batch->receipt_count = 0;
    batch->settled = 0;
    batch->sealed = false;
}
