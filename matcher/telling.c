// telling.c -- walks the table of wire messages to read what scripts have written.

#include "matcher/telling.h"

#include <string.h>

#define DIGITS_MOST 18

static bool
read_number (const field_t *field, const word_t *text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text->bytes; i++) {
        if (text->text[i] < '0' || text->text[i] > '9') {
            return false;
        }
        *number = *number * 10 + (uint64_t) (text->text[i] - '0');
    }
    return text->bytes > 0 && text->bytes <= DIGITS_MOST && *number >= field->least
        && *number <= field->most;
}

// Nothing is nobody.
static bool
read_ident (const word_t *text, ident_t *ident)
{
    *ident = ident_nil;
    return text->bytes == 0 || ident_parse (text->text, text->bytes, ident);
}

static bool
read_field (const field_t *field, const word_t *text, wire_t *wire)
{
    void *place = (char *) wire + field->offset;
    switch (field->kind) {
        case FIELD_NUMBER:
            return read_number (field, text, place);
        case FIELD_IDENT:
            return read_ident (text, place);
        case FIELD_WORD:
            *(word_t *) place = *text;
            return text->bytes <= field->most;
    }
    return false;
}

static bool
is_called (const word_t *text, const char *name)
{
    return text->bytes == strlen (name) && memcmp (text->text, name, text->bytes) == 0;
}

// Takes the text before the next space off the rest, which is NULL when there is no more.
static bool
take_text (word_t *rest, word_t *text)
{
    if (rest->text == NULL) {
        return false;
    }
    const char *space = memchr (rest->text, ' ', rest->bytes);
    *text = *rest;
    *rest = (word_t){NULL, 0};
    if (space != NULL) {
        size_t bytes = (size_t) (space - text->text);
        *rest = (word_t){space + 1, text->bytes - bytes - 1};
        text->bytes = bytes;
    }
    return true;
}

bool
telling_read (const reply_t *letter, ident_t *gateway, wire_t *wire)
{
    word_t rest;
    word_t text;
    word_t name;
    if (!reply_text (letter, &rest) || !take_text (&rest, &text) || !read_ident (&text, gateway)
        || !take_text (&rest, &name)) {
        return false;
    }
    const shape_t *shape = NULL;
    for (size_t i = 0;
         (shape = wire_shape_at (i)) != NULL && !is_called (&name, shape->name); i++) {
    }
    if (shape == NULL) {
        return false;
    }
    wire->kind = shape->kind;
    for (size_t i = 0; i < shape->field_count; i++) {
        if (!take_text (&rest, &text) || !read_field (&shape->fields[i], &text, wire)) {
            return false;
        }
    }
    return rest.text == NULL;
}

bool
telling_read_record (const reply_t *entry, wire_t *wire)
{
    const shape_t *shape = wire_shape (WIRE_RECORD);
    const reply_t *values = reply_at (entry, 1);
    word_t rest;
    word_t text;
    wire->kind = WIRE_RECORD;
    // The first field of a RECORD is the entry's own name.
    if (!reply_text (reply_at (entry, 0), &text) || !read_field (&shape->fields[0], &text, wire)
        || reply_count (values) != 2 || !reply_text (reply_at (values, 1), &rest)) {
        return false;
    }
    for (size_t i = 1; i < shape->field_count; i++) {
        if (!take_text (&rest, &text) || !read_field (&shape->fields[i], &text, wire)) {
            return false;
        }
    }
    return rest.text == NULL;
}
