// raw.h -- wire messages put together by hand, sound or not.

#ifndef RAW_H
#define RAW_H

#include "wire/wire.h"

typedef struct {
    unsigned char bytes[65536];
    size_t size;
} raw_t;

void
raw_put (raw_t *raw, const void *bytes, size_t count);

void
raw_byte (raw_t *raw, unsigned byte);

// The first byte of a format, and a number of `width` bytes behind it.
void
raw_sized (raw_t *raw, unsigned first, unsigned width, uint64_t number);

void
raw_number (raw_t *raw, uint64_t number);

// A str of so many letters.
void
raw_word (raw_t *raw, size_t bytes);

// A bin of so many bytes.
void
raw_ident (raw_t *raw, size_t bytes);

// What the table allows for the field.
void
raw_sound_field (raw_t *raw, const field_t *field);

// Begins a message with so many fields more than it has.
void
raw_head (raw_t *raw, const shape_t *shape, size_t extra);

// A sound message whose field at `place` is `odd` instead. A place behind the last changes none.
void
raw_message (raw_t *raw, const shape_t *shape, size_t place, const raw_t *odd);

#endif
