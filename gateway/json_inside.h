// json_inside.h -- values from the inside: for json.c, and for tests that look at all of one.

#ifndef JSON_INSIDE_H
#define JSON_INSIDE_H

#include "gateway/json.h"

typedef enum {
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_NUMBER,
    VALUE_TEXT,
    VALUE_ARRAY,
    VALUE_OBJECT,
} value_kind_t;

// What is in an array or object stands right behind it; of a member first the name, which is a text.
struct value {
    value_kind_t kind;
    unsigned span;    // How many values it is, with all that are in it: so far on stands the next.
    const char *text; // Of a text: unescaped, terminated. Of a number: as it was written.
    size_t bytes;     // Of `text`.
};

#endif
