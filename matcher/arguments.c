// arguments.c -- prints what a script is told.

#include "matcher/arguments.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/must.h"

static char *
next_text (arguments_t *arguments)
{
    must (arguments->count < ARGUMENTS_MOST);
    char *text = arguments->texts[arguments->count];
    arguments->list[arguments->count++] = text;
    return text;
}

void
arguments_ident (arguments_t *arguments, const ident_t *ident)
{
    char *text = next_text (arguments);
    if (ident_is_nil (ident)) {
        text[0] = '\0';
    }
    else {
        ident_print (ident, text);
    }
}

void
arguments_number (arguments_t *arguments, uint64_t number)
{
    snprintf (next_text (arguments), ARGUMENT_SIZE, "%" PRIu64, number);
}

void
arguments_wire (arguments_t *arguments, const wire_t *wire)
{
    const shape_t *shape = wire_shape (wire->kind);
    for (size_t i = 0; i < shape->field_count; i++) {
        const field_t *field = &shape->fields[i];
        const void *place = (const char *) wire + field->offset;
        must (field->kind != FIELD_WORD);
        if (field->kind == FIELD_IDENT) {
            arguments_ident (arguments, place);
        }
        else {
            arguments_number (arguments, *(const uint64_t *) place);
        }
    }
}
