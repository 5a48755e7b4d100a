// json_door.c -- reads JSON with jansson.

#include "gateway/json_door.h"

#include <jansson.h>
#include <stdlib.h>
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

// The code unit that an escape \uXXXX at `at` names; -1 if there is none.
static int
escaped_unit (const char *at, const char *end)
{
    int unit = 0;
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = at[i] != '\0' ? strchr (digits, at[i]) : NULL;
        if (digit == NULL) {
            return -1;
        }
        int value = (int) (digit - digits);
        unit = unit * 16 + (value < 16 ? value : value - 6);
    }
    return unit;
}

// Turns escapes that are half of a surrogate pair (RFC 8259, section 8.2) into \u0000, in place.
static void
blank_halves (char *text, size_t bytes)
{
    const char *end = text + bytes;
    for (char *at = text; at < end; at++) {
        int unit = escaped_unit (at, end);
        if (unit >= 0xd800 && unit <= 0xdfff) {
            int next = escaped_unit (at + 6, end);
            if (unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) {
                at += 11; // A whole pair.
            }
            else {
                memcpy (at + 2, "0000", 4);
            }
        }
        else if (*at == '\\') {
            at++; // What is escaped is no beginning of an escape.
        }
    }
}

static value_t *
load (const char *text, size_t bytes)
{
    static const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    value_t *value = json_loadb (text, bytes, flags, &error);
    if (value == NULL && json_error_code (&error) == json_error_numeric_overflow) {
        // A whole number above 2^63, which to JavaScript is one like others.
        value = json_loadb (text, bytes, flags | JSON_DECODE_INT_AS_REAL, NULL);
    }
    return value;
}

value_t *
value_read (const char *text, size_t bytes)
{
    // The library passes over zero bytes behind a number.
    if (!is_shallow (text, bytes) || memchr (text, '\0', bytes) != NULL) {
        return NULL;
    }
    value_t *value = load (text, bytes);
    if (value == NULL && memmem (text, bytes, "\\u", 2) != NULL) {
        char *whole = must_copy (text, bytes);
        blank_halves (whole, bytes);
        value = load (whole, bytes);
        free (whole);
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
