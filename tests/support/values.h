// values.h -- what tests do with JSON that was read, and the product does not.

#ifndef VALUES_H
#define VALUES_H

#include <jansson.h>
#include <stdlib.h>

#include "gateway/json_door.h"

// How many items an array has; 0 for everything else, NULL included.
static inline size_t
value_count (const value_t *array)
{
    return json_array_size (array);
}

// Writes a value as JSON text, terminated; the caller frees it.
static inline char *
value_write (const value_t *value)
{
    char *text = json_dumps (value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL) {
        abort ();
    }
    return text;
}

#endif
