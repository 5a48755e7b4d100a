// raw.c -- MessagePack, put together by hand.

#include "unit/raw.h"

#include <string.h>

#include "base/must.h"

void
raw_put (raw_t *raw, const void *bytes, size_t count)
{
    must (raw->size + count <= sizeof raw->bytes);
    memcpy (raw->bytes + raw->size, bytes, count);
    raw->size += count;
}

void
raw_byte (raw_t *raw, unsigned byte)
{
    unsigned char one = (unsigned char) byte;
    raw_put (raw, &one, 1);
}

// The first byte of a format, and a number of `width` bytes behind it.
void
raw_sized (raw_t *raw, unsigned first, unsigned width, uint64_t number)
{
    raw_byte (raw, first);
    for (unsigned i = width; i > 0; i--) {
        raw_byte (raw, (unsigned) (number >> (8 * (i - 1)) & 0xff));
    }
}

void
raw_number (raw_t *raw, uint64_t number)
{
    raw_sized (raw, 0xcf, 8, number);
}

// A str of so many letters.
void
raw_word (raw_t *raw, size_t bytes)
{
    raw_sized (raw, 0xdb, 4, bytes);
    for (size_t i = 0; i < bytes; i++) {
        raw_byte (raw, 'x');
    }
}

void
raw_ident (raw_t *raw, size_t bytes)
{
    raw_sized (raw, 0xc4, 1, bytes);
    for (size_t i = 0; i < bytes; i++) {
        raw_byte (raw, 7);
    }
}

void
raw_sound_field (raw_t *raw, const field_t *field)
{
    switch (field->kind) {
        case FIELD_NUMBER: raw_number (raw, field->least); break;
        case FIELD_IDENT: raw_ident (raw, IDENT_BYTES); break;
        case FIELD_WORD: raw_word (raw, 3); break;
    }
}

void
raw_head (raw_t *raw, const shape_t *shape, size_t extra)
{
    raw->size = 0;
    raw_sized (raw, 0xdc, 2, shape->field_count + 1 + extra);
    raw_number (raw, shape->kind);
}

// A sound message whose field at `place` is `odd` instead. A place behind the last changes none.
void
raw_message (raw_t *raw, const shape_t *shape, size_t place, const raw_t *odd)
{
    raw_head (raw, shape, 0);
    for (size_t i = 0; i < shape->field_count; i++) {
        if (i == place) {
            raw_put (raw, odd->bytes, odd->size);
        }
        else {
            raw_sound_field (raw, &shape->fields[i]);
        }
    }
}
