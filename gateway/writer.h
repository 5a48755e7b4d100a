// writer.h -- writes JSON (RFC 8259) into a buffer that grows and is used again.

#ifndef WRITER_H
#define WRITER_H

#include <stddef.h>
#include <stdint.h>

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

// Writes bytes as they are.
void
writer_raw (writer_t *writer, const char *bytes, size_t count);

// Writes a terminated text as it is: punctuation and names of ours.
void
writer_text (writer_t *writer, const char *text);

// Writes a well-formed UTF-8 text as a JSON string: quoted, with quotes, backslashes and all
// characters below 0x20 escaped (so that Engine.IO's separator 0x1e never occurs raw).
void
writer_string (writer_t *writer, const char *text, size_t bytes);

// Writes a whole number.
void
writer_number (writer_t *writer, uint64_t number);

// Writes an ident as a JSON string of 36 characters.
void
writer_ident (writer_t *writer, const ident_t *ident);

#endif
