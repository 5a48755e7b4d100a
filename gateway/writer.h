// writer.h -- writes JSON (RFC 8259) into a buffer that grows and is used again.

#ifndef WRITER_H
#define WRITER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/ident.h"

typedef struct {
    char *bytes;     // Not terminated. Owned.
    size_t size;     // Written so far.
    size_t capacity; // Of `bytes`.
} writer_t;

// Frees the buffer.
void
writer_close (writer_t *writer);

// Forgets what was written; the buffer stays.
void
writer_clear (writer_t *writer);

// Makes the buffer so large that `count` bytes more fit into it.
void
writer_grow (writer_t *writer, size_t count);

// These three stand here because a message is written in forty pieces, most of whose lengths a compiler
// knows: it writes one with a few instructions then, where two calls take forty.

// Room for `count` bytes, which the caller writes.
static inline char *
writer_add (writer_t *writer, size_t count)
{
    if (writer->size + count > writer->capacity) {
        writer_grow (writer, count);
    }
    writer->size += count;
    return writer->bytes + writer->size - count;
}

// Writes bytes as they are.
static inline void
writer_raw (writer_t *writer, const char *bytes, size_t count)
{
    if (count > 0) {
        memcpy (writer_add (writer, count), bytes, count);
    }
}

// Writes a terminated text as it is: punctuation and names of ours.
static inline void
writer_text (writer_t *writer, const char *text)
{
    writer_raw (writer, text, strlen (text));
}

// Writes a well-formed UTF-8 text as a JSON string: quoted, with quotes, backslashes and all
// characters below 0x20 escaped (so that Engine.IO's separator 0x1e never occurs raw).
void
writer_string (writer_t *writer, const char *text, size_t bytes);

// Writes a whole number.
void
writer_number (writer_t *writer, uint64_t number);

#define WRITER_DIGITS 20 // Of a number, at most.

// Writes a whole number to where there is room for WRITER_DIGITS, not terminated. Returns how many
// digits it has.
size_t
writer_digits (char out[WRITER_DIGITS], uint64_t number);

// Writes an ident as a JSON string of 36 characters.
void
writer_ident (writer_t *writer, const ident_t *ident);

#endif
