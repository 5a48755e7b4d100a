// json_door.c -- reads JSON with jansson.

#include "gateway/json_door.h"

#include <jansson.h>
#include <string.h>

#include "base/must.h"

// True if no bracket outside of strings is more than VALUE_DEPTH levels deep.
static bool
is_shallow (const char *text, size_t bytes)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < bytes; i++) {
        char byte = text[i];
        if (quoted) {
            i += byte == '\\';
            quoted = byte != '"';
        }
        else if (byte == '"') {
            quoted = true;
        }
        else if (byte == '[' || byte == '{') {
            if (++depth > VALUE_DEPTH) {
                return false;
            }
        }
        else if ((byte == ']' || byte == '}') && depth > 0) {
            depth--;
        }
    }
    return true;
}

value_t *
value_read (const char *text, size_t bytes)
{
    // The library passes over zero bytes behind a number.
    if (!is_shallow (text, bytes) || memchr (text, '\0', bytes) != NULL) {
        return NULL;
    }
    json_error_t error;
    value_t *value = json_loadb (text, bytes, JSON_DECODE_ANY, &error);
    if (value == NULL && json_error_code (&error) == json_error_numeric_overflow) {
        // A whole number above 2^63, which to JavaScript is one like others.
        value = json_loadb (text, bytes, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    }
    return value;
}

void
value_free (value_t **whole)
{
    json_decref (*whole);
    *whole = NULL;
}

bool
value_is_array (const value_t *value)
{
    return json_is_array (value);
}

bool
value_is_object (const value_t *value)
{
    return json_is_object (value);
}

bool
value_is_null (const value_t *value)
{
    return json_is_null (value);
}

bool
value_is_number (const value_t *value)
{
    return json_is_number (value);
}

size_t
value_count (const value_t *array)
{
    return json_array_size (array);
}

const value_t *
value_item (const value_t *array, size_t place)
{
    return json_array_get (array, place);
}

const value_t *
value_member (const value_t *object, const char *name)
{
    return json_object_get (object, name);
}

const char *
value_text (const value_t *value, size_t *bytes)
{
    *bytes = json_string_length (value);
    return json_string_value (value);
}

bool
value_truth (const value_t *value, bool *truth)
{
    *truth = json_is_true (value);
    return json_is_boolean (value);
}

char *
value_write (const value_t *value)
{
    char *text = json_dumps (value, JSON_COMPACT | JSON_ENCODE_ANY);
    must (text != NULL);
    return text;
}
