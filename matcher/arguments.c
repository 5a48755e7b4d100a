// arguments.c -- prints what a script is told.

#include "matcher/arguments.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
arguments_word (arguments_t *arguments, const word_t *word)
{
    char *text = next_text (arguments);
    must (word->bytes < ARGUMENT_SIZE);
    if (word->bytes > 0) {
        must (memchr (word->text, '\0', word->bytes) == NULL);
        memcpy (text, word->text, word->bytes);
    }
    text[word->bytes] = '\0';
}

void
arguments_wire (arguments_t *arguments, const wire_t *wire)
{
    const shape_t *shape = wire_shape (wire->kind);
    for (size_t i = 0; i < shape->field_count; i++) {
        const field_t *field = &shape->fields[i];
        const void *place = (const char *) wire + field->offset;
        switch (field->kind) {
            case FIELD_IDENT:
                arguments_ident (arguments, place);
                break;
            case FIELD_NUMBER:
                arguments_number (arguments, *(const uint64_t *) place);
                break;
            case FIELD_WORD:
                arguments_word (arguments, place);
                break;
        }
    }
}
