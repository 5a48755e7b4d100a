// telling.c -- walks the table of wire messages to read what scripts have written.

#include "matcher/telling.h"

#include <string.h>

static bool
read_number (const field_t *field, const reply_t *reply, uint64_t *number)
{
    return reply_number (reply, number) && *number >= field->least
           && *number <= field->most;
}

// Nothing is nobody.
static bool
read_ident (const reply_t *reply, ident_t *ident)
{
    word_t text;
    if (!reply_text (reply, &text)) {
        return false;
    }
    *ident = ident_nil;
    return text.bytes == 0 || ident_parse (text.text, text.bytes, ident);
}

static bool
read_field (const field_t *field, const reply_t *reply, wire_t *wire)
{
    void *place = (char *) wire + field->offset;
    switch (field->kind) {
        case FIELD_NUMBER:
            return read_number (field, reply, place);
        case FIELD_IDENT:
            return read_ident (reply, place);
        case FIELD_WORD:
            return reply_text (reply, place)
                   && ((const word_t *) place)->bytes <= field->most;
    }
    return false;
}

static bool
is_called (const word_t *text, const char *name)
{
    return text->bytes == strlen (name) && memcmp (text->text, name, text->bytes) == 0;
}

bool
telling_read (const reply_t *letter, ident_t *gateway, wire_t *wire)
{
    word_t name;
    if (!read_ident (reply_at (letter, 0), gateway)
        || !reply_text (reply_at (letter, 1), &name)) {
        return false;
    }
    const shape_t *shape = NULL;
    for (size_t i = 0;
         (shape = wire_shape_at (i)) != NULL && !is_called (&name, shape->name); i++) {
    }
    if (shape == NULL || reply_count (letter) != 2 + shape->field_count) {
        return false;
    }
    wire->kind = shape->kind;
    for (size_t i = 0; i < shape->field_count; i++) {
        if (!read_field (&shape->fields[i], reply_at (letter, 2 + i), wire)) {
            return false;
        }
    }
    return true;
}

// The value of a field among {field, value, ...}; NULL if it is not there.
static const reply_t *
find_value (const reply_t *values, const char *name)
{
    word_t text;
    for (size_t i = 0; i + 1 < reply_count (values); i += 2) {
        if (reply_text (reply_at (values, i), &text) && is_called (&text, name)) {
            return reply_at (values, i + 1);
        }
    }
    return NULL;
}

bool
telling_read_record (const reply_t *entry, wire_t *wire)
{
    const shape_t *shape = wire_shape (WIRE_RECORD);
    const reply_t *values = reply_at (entry, 1);
    wire->kind = WIRE_RECORD;
    // The first field of a RECORD is the entry's own name.
    if (!read_field (&shape->fields[0], reply_at (entry, 0), wire)) {
        return false;
    }
    for (size_t i = 1; i < shape->field_count; i++) {
        const field_t *field = &shape->fields[i];
        const reply_t *value = find_value (values, field->name);
        // An entry of an earlier version may lack a number that came later, and that may be 0.
        bool lacks = value == NULL && field->offset == offsetof (wire_t, as.record.interests);
        if (lacks) {
            wire->as.record.interests = 0;
        }
        else if (!read_field (field, value, wire)) {
            return false;
        }
    }
    return true;
}
