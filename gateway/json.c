// json.c -- reads JSON in one pass, into one block.
//
// The block has room for the values, in the order in which they stand in the text, and behind that for
// a copy of the text. Strings are unescaped where they stand in the copy, which never makes them longer,
// and end where their quote was. The copy ends with a zero byte, on which nothing goes on, so that
// nobody needs to look for the end. A chat message takes a tenth of what a library takes that makes
// each value and each name an object of its own.

#include "gateway/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/text.h"
#include "gateway/json_inside.h"
#include "gateway/plain.h"

#define VALUES_FEW 24
#define WHOLE_END (UINT64_C (1) << 53)

typedef struct {
    char *at;       // What is to be read.
    char *stop;     // The zero byte behind it.
    value_t *next;  // Where the next value goes.
    value_t *end;   // Where there is no room any more.
    unsigned depth; // How many brackets are open.
} reader_t;

// Passes over white space (RFC 8259, section 2).
static void
pass_space (reader_t *reader)
{
    while (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r'
           || *reader->at == '\t') {
        reader->at++;
    }
}

// Passes over a mark, if it is there, and over the white space behind it.
static bool
take (reader_t *reader, char mark)
{
    if (*reader->at != mark) {
        return false;
    }
    reader->at++;
    pass_space (reader);
    return true;
}

// A value begins here. NULL if there are too many.
static value_t *
add (reader_t *reader, value_kind_t kind)
{
    if (reader->next == reader->end) {
        return NULL;
    }
    *reader->next = (value_t){kind, 1, reader->at, 0};
    return reader->next++;
}

// --- Words and numbers ---

static bool
read_word (reader_t *reader, value_kind_t kind, const char *word)
{
    size_t bytes = strlen (word);
    bool read = strncmp (reader->at, word, bytes) == 0 && add (reader, kind) != NULL;
    reader->at += read ? bytes : 0;
    return read;
}

static bool
pass_digits (char **at)
{
    const char *begin = *at;
    while (**at >= '0' && **at <= '9') {
        (*at)++;
    }
    return *at > begin;
}

// A number's grammar (RFC 8259, section 6). It may be of any size.
static bool
pass_number (char **at)
{
    *at += **at == '-';
    bool valid = true;
    if (**at == '0') {
        (*at)++;
    }
    else {
        valid = pass_digits (at);
    }
    if (valid && **at == '.') {
        (*at)++;
        valid = pass_digits (at);
    }
    if (valid && (**at == 'e' || **at == 'E')) {
        (*at)++;
        *at += **at == '+' || **at == '-';
        valid = pass_digits (at);
    }
    return valid;
}

static bool
read_number (reader_t *reader)
{
    value_t *value = add (reader, VALUE_NUMBER);
    bool read = value != NULL && pass_number (&reader->at);
    if (read) {
        value->bytes = (size_t) (reader->at - value->text);
    }
    return read;
}

// --- Texts ---

// The code unit of an escape \uXXXX; -1 if there is none.
static int
escaped_unit (const char *at)
{
    int unit = 0;
    if (at[0] != '\\' || at[1] != 'u') {
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

// Writes a character as UTF-8 (RFC 3629). Returns how many bytes that are.
static size_t
write_utf8 (char *out, uint32_t character)
{
    if (character < 0x80) {
        out[0] = (char) character;
        return 1;
    }
    size_t bytes = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = bytes - 1; i > 0; i--) {
        out[i] = (char) (0x80 | (character & 0x3f));
        character >>= 6;
    }
    out[0] = (char) ((0xf0 << (4 - bytes)) | character);
    return bytes;
}

// One \uXXXX, or a pair of them that is one character (RFC 8259, section 7); half of one is zero.
static bool
read_units (reader_t *reader, char **out)
{
    int unit = escaped_unit (reader->at);
    uint32_t character = (uint32_t) unit;
    if (unit < 0) {
        return false;
    }
    reader->at += 6;
    if (unit >= 0xd800 && unit <= 0xdfff) {
        int low = unit <= 0xdbff ? escaped_unit (reader->at) : -1;
        bool paired = low >= 0xdc00 && low <= 0xdfff;
        character =
            paired ? 0x10000 + ((character & 0x3ff) << 10) + ((uint32_t) low & 0x3ff) : 0;
        reader->at += paired ? 6 : 0;
    }
    *out += write_utf8 (*out, character);
    return true;
}

static bool
read_escape (reader_t *reader, char **out)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    char letter = reader->at[1];
    const char *known = letter != '\0' ? strchr (letters, letter) : NULL;
    if (known == NULL) {
        return read_units (reader, out);
    }
    *(*out)++ = meanings[known - letters];
    reader->at += 2;
    return true;
}

// Passes over what stands for itself, up to a quote, an escape, or what may not be. False if it is
// not UTF-8.
static bool
pass_plain (reader_t *reader)
{
    const char *begin = reader->at;
    size_t bytes = plain_bytes (begin, (size_t) (reader->stop - begin));
    reader->at += bytes;
    return text_is_utf8 (begin, bytes);
}

static bool
read_text (reader_t *reader)
{
    value_t *value = add (reader, VALUE_TEXT);
    if (value == NULL) {
        return false;
    }
    char *out = ++reader->at;
    value->text = out;
    while (true) {
        const char *plain = reader->at;
        if (!pass_plain (reader)) {
            return false;
        }
        size_t bytes = (size_t) (reader->at - plain);
        if (out != plain) { // Only behind an escape.
            memmove (out, plain, bytes);
        }
        out += bytes;
        if (*reader->at == '"') {
            break;
        }
        if (*reader->at != '\\' || !read_escape (reader, &out)) {
            return false;
        }
    }
    reader->at++;
    *out = '\0'; // Where the quote was, at the latest.
    value->bytes = (size_t) (out - value->text);
    return true;
}

// --- Arrays and objects ---

static bool
read_value (reader_t *reader);

// The name of a member, and its colon.
static bool
read_name (reader_t *reader)
{
    const value_t *name = reader->next;
    if (*reader->at != '"' || !read_text (reader)
        || memchr (name->text, '\0', name->bytes) != NULL) {
        return false;
    }
    pass_space (reader);
    return take (reader, ':');
}

// What stands between brackets, with commas between.
static bool
read_all (reader_t *reader, value_kind_t kind, char close)
{
    do {
        if ((kind == VALUE_OBJECT && !read_name (reader)) || !read_value (reader)) {
            return false;
        }
    } while (take (reader, ','));
    return take (reader, close);
}

static bool
read_whole (reader_t *reader, value_kind_t kind, char close)
{
    value_t *value = add (reader, kind);
    if (value == NULL || reader->depth == VALUE_DEPTH) {
        return false;
    }
    reader->at++;
    reader->depth++;
    pass_space (reader);
    bool read = take (reader, close) || read_all (reader, kind, close);
    reader->depth--;
    value->span = (unsigned) (reader->next - value);
    return read;
}

static bool
read_any (reader_t *reader)
{
    switch (*reader->at) {
        case '"': return read_text (reader);
        case '[': return read_whole (reader, VALUE_ARRAY, ']');
        case '{': return read_whole (reader, VALUE_OBJECT, '}');
        case 'n': return read_word (reader, VALUE_NULL, "null");
        case 't': return read_word (reader, VALUE_TRUE, "true");
        case 'f': return read_word (reader, VALUE_FALSE, "false");
        default: return read_number (reader);
    }
}

// A value and the white space behind it.
static bool
read_value (reader_t *reader)
{
    bool read = read_any (reader);
    pass_space (reader);
    return read;
}

// Reads a text that has at most so many values.
static value_t *
read_few (const char *text, size_t bytes, size_t room)
{
    value_t *whole = must_resize (NULL, room * sizeof *whole + bytes + 1);
    char *copy = (char *) (whole + room);
    if (bytes > 0) {
        memcpy (copy, text, bytes);
    }
    copy[bytes] = '\0';
    reader_t reader = {copy, copy + bytes, whole, whole + room, 0};
    pass_space (&reader);
    if (!read_value (&reader) || reader.at != reader.stop) {
        value_free (&whole);
    }
    return whole;
}

value_t *
value_read (const char *text, size_t bytes)
{
    // The block of a usual message is then so small that malloc has it at hand: a quarter of the price.
    value_t *whole = read_few (text, bytes, VALUES_FEW);
    return whole != NULL ? whole : read_few (text, bytes, VALUES_MOST);
}

void
value_free (value_t **whole)
{
    free (*whole);
    *whole = NULL;
}

// --- What was read ---

static bool
is (const value_t *value, value_kind_t kind)
{
    return value != NULL && value->kind == kind;
}

bool
value_is_array (const value_t *value)
{
    return is (value, VALUE_ARRAY);
}

bool
value_is_object (const value_t *value)
{
    return is (value, VALUE_OBJECT);
}

bool
value_is_null (const value_t *value)
{
    return is (value, VALUE_NULL);
}

bool
value_is_number (const value_t *value)
{
    return is (value, VALUE_NUMBER);
}

bool
value_whole (const value_t *value, uint64_t *number)
{
    *number = 0;
    if (!value_is_number (value)) {
        return false;
    }
    for (size_t i = 0; i < value->bytes; i++) {
        if (value->text[i] < '0' || value->text[i] > '9') {
            return false;
        }
        *number = *number * 10 + (uint64_t) (value->text[i] - '0');
        if (*number >= WHOLE_END) {
            return false;
        }
    }
    return true;
}

const value_t *
value_item (const value_t *array, size_t place)
{
    if (!value_is_array (array)) {
        return NULL;
    }
    const value_t *item = array + 1;
    while (place-- > 0 && item < array + array->span) {
        item += item->span;
    }
    return item < array + array->span ? item : NULL;
}

const value_t *
value_member (const value_t *object, const char *name)
{
    const value_t *found = NULL;
    size_t bytes = strlen (name);
    if (!value_is_object (object)) {
        return NULL;
    }
    for (const value_t *at = object + 1; at < object + object->span; at += 1 + at[1].span) {
        if (at->bytes == bytes && memcmp (at->text, name, bytes) == 0) {
            found = at + 1; // The last one counts, as it does to JavaScript.
        }
    }
    return found;
}

const char *
value_text (const value_t *value, size_t *bytes)
{
    bool is_text = is (value, VALUE_TEXT);
    *bytes = is_text ? value->bytes : 0;
    return is_text ? value->text : NULL;
}

bool
value_truth (const value_t *value, bool *truth)
{
    *truth = is (value, VALUE_TRUE);
    return *truth || is (value, VALUE_FALSE);
}
