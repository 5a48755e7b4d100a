// values.h -- what tests do with JSON that was read, and the product does not.

#ifndef VALUES_H
#define VALUES_H

#include <stdlib.h>

#include "base/must.h"
#include "gateway/json_inside.h"
#include "gateway/writer.h"

// How many items an array has; 0 for everything else, NULL included.
static inline size_t
value_count (const value_t *array)
{
    size_t count = 0;
    while (value_item (array, count) != NULL) {
        count++;
    }
    return count;
}

// Writes what is in an array or object; names stand before their members.
static inline void
value_write_to (writer_t *writer, const value_t *value)
{
    static const char *const words[] = {"null", "false", "true"};
    static const char brackets[] = {[VALUE_ARRAY] = '[', [VALUE_OBJECT] = '{'};
    size_t count = 0;
    switch (value->kind) {
        case VALUE_NULL:
        case VALUE_FALSE:
        case VALUE_TRUE: writer_text (writer, words[value->kind]); break;
        case VALUE_NUMBER: writer_raw (writer, value->text, value->bytes); break;
        case VALUE_TEXT: writer_string (writer, value->text, value->bytes); break;
        case VALUE_ARRAY:
        case VALUE_OBJECT:
            writer_raw (writer, &brackets[value->kind], 1);
            for (const value_t *at = value + 1; at < value + value->span; at += at->span) {
                bool is_member = value->kind == VALUE_OBJECT && count % 2 == 1;
                writer_text (writer, count++ == 0 ? "" : is_member ? ":" : ",");
                value_write_to (writer, at);
            }
            writer_text (writer, value->kind == VALUE_ARRAY ? "]" : "}");
            break;
    }
}

// Writes a value as JSON text, terminated; the caller frees it.
static inline char *
value_write (const value_t *value)
{
    writer_t writer = {0};
    value_write_to (&writer, value);
    writer_raw (&writer, "", 1);
    return writer.bytes;
}

#endif
