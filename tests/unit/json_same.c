// json_same.c -- holds what json.c reads against what jansson reads.
//
// Where the two may differ: jansson refuses half of a surrogate pair, takes a zero byte behind a number,
// reads deeper, and refuses numbers that are too big for a double.

#include "unit/json_same.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/json_inside.h"

// The code unit that an escape \uXXXX at `at` names; -1 if there is none.
static int
escaped_unit (const char *at, const char *end)
{
    char digits[5] = "";
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    memcpy (digits, at + 2, 4);
    return strspn (digits, "0123456789abcdefABCDEF") == 4 ? (int) strtol (digits, NULL, 16) : -1;
}

// Turns escapes that are half of a surrogate pair into \u0000, in place.
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

static size_t
depth_of (json_t *value)
{
    size_t most = 0;
    size_t place;
    const char *name;
    json_t *part;
    json_array_foreach (value, place, part) {
        size_t depth = depth_of (part);
        most = depth > most ? depth : most;
    }
    json_object_foreach (value, name, part) {
        size_t depth = depth_of (part);
        most = depth > most ? depth : most;
    }
    return most + (json_is_array (value) || json_is_object (value));
}

static bool
is_same (const value_t *value, const json_t *other);

static bool
is_same_array (const value_t *array, const json_t *other)
{
    size_t count = json_array_size (other);
    for (size_t i = 0; i < count; i++) {
        if (!is_same (value_item (array, i), json_array_get (other, i))) {
            return false;
        }
    }
    return value_item (array, count) == NULL;
}

static bool
is_same_object (const value_t *object, json_t *other)
{
    const char *name;
    json_t *member;
    json_object_foreach (other, name, member) {
        if (!is_same (value_member (object, name), member)) {
            return false;
        }
    }
    bool all_known = true;
    for (const value_t *at = object + 1; at < object + object->span; at += 1 + at[1].span) {
        all_known = all_known && json_object_get (other, at->text) != NULL;
    }
    return all_known;
}

static bool
is_same (const value_t *value, const json_t *other)
{
    size_t bytes;
    bool truth;
    const char *text = value_text (value, &bytes);
    switch (json_typeof (other)) {
        case JSON_OBJECT: return value_is_object (value) && is_same_object (value, (json_t *) other);
        case JSON_ARRAY: return value_is_array (value) && is_same_array (value, other);
        case JSON_STRING:
            return text != NULL && bytes == json_string_length (other) && text[bytes] == '\0'
                && memcmp (text, json_string_value (other), bytes) == 0;
        case JSON_TRUE:
        case JSON_FALSE: return value_truth (value, &truth) && truth == json_is_true (other);
        case JSON_NULL: return value_is_null (value);
        default: return value_is_number (value);
    }
}

bool
json_is_same (const char *text, size_t bytes, bool *read)
{
    static const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;
    json_error_t error = {0};
    char *copy = must_copy (text, bytes);
    value_t *value = value_read (copy, bytes);
    blank_halves (copy, bytes);
    json_t *other = memchr (copy, '\0', bytes) == NULL ? json_loadb (copy, bytes, flags, &error) : NULL;
    bool is_too_big = other == NULL && json_error_code (&error) == json_error_numeric_overflow;
    bool is_refused = other == NULL || depth_of (other) > VALUE_DEPTH;
    bool same = is_too_big || (is_refused ? value == NULL : value != NULL && is_same (value, other));
    if (read != NULL) {
        *read = value != NULL;
    }
    json_decref (other);
    value_free (&value);
    free (copy);
    return same;
}
