// json.h -- reads JSON (RFC 8259) that somebody sent. Pure.
//
// Strict: one value, nothing after it, well-formed UTF-8, at most VALUE_DEPTH levels deep and VALUES_MOST
// values, names counted. Of two members with the same name the last counts. Half of a surrogate pair,
// which JSON may name but UTF-8 cannot hold, becomes a zero byte in the text, as \u0000 does: whoever
// wants whole texts looks for that. A name may hold neither.

#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VALUE_DEPTH 32
#define VALUES_MOST 4096 // Of one text; what browsers ask for has less than a hundred.

// A value that was read. All but the whole are borrowed from it.
typedef struct value value_t;

// Reads `bytes` bytes, which need not be terminated, and may be gone afterwards. NULL if they are not
// JSON, or too deep or too many. Free the whole with value_free.
value_t *
value_read (const char *text, size_t bytes);

// Frees a whole, with everything in it. Not for parts of one.
void
value_free (value_t **whole);

// True for an array; here and below false for NULL.
bool
value_is_array (const value_t *value);

// True for an object.
bool
value_is_object (const value_t *value);

// True for JSON's null.
bool
value_is_null (const value_t *value);

// True for a number of any kind.
bool
value_is_number (const value_t *value);

// True if `value` is a whole number, written without sign, fraction and exponent, below 2^53 (RFC 8259,
// section 6: so far all readers agree); *number says which.
bool
value_whole (const value_t *value, uint64_t *number);

// An item of an array; NULL if there is none.
const value_t *
value_item (const value_t *array, size_t place);

// A member of an object; NULL if there is none, or if `object` is no object or NULL.
const value_t *
value_member (const value_t *object, const char *name);

// The UTF-8 of a string, terminated; NULL if `value` is no string or NULL.
const char *
value_text (const value_t *value, size_t *bytes);

// True if `value` is true or false; *truth says which.
bool
value_truth (const value_t *value, bool *truth);

#endif
