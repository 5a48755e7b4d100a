// writer.c -- writes JSON.

#include "gateway/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/plain.h"

void
writer_close (writer_t *writer)
{
    free (writer->bytes);
    *writer = (writer_t){NULL, 0, 0};
}

void
writer_clear (writer_t *writer)
{
    writer->size = 0;
}

void
writer_grow (writer_t *writer, size_t count)
{
    writer->capacity = 2 * (writer->size + count);
    writer->bytes = must_resize (writer->bytes, writer->capacity);
}

static void
write_escaped (writer_t *writer, unsigned char byte)
{
    char escaped[8];
    switch (byte) {
        case '"': writer_text (writer, "\\\""); break;
        case '\\': writer_text (writer, "\\\\"); break;
        case '\n': writer_text (writer, "\\n"); break;
        case '\t': writer_text (writer, "\\t"); break;
        default:
            snprintf (escaped, sizeof escaped, "\\u%04x", byte);
            writer_text (writer, escaped);
            break;
    }
}

void
writer_string (writer_t *writer, const char *text, size_t bytes)
{
    const char *end = text + bytes;
    writer_text (writer, "\"");
    while (text < end) {
        size_t plain = plain_bytes (text, (size_t) (end - text));
        writer_raw (writer, text, plain);
        text += plain;
        if (text < end) {
            write_escaped (writer, (unsigned char) *text++);
        }
    }
    writer_text (writer, "\"");
}

#define TEN(high)                                                                           \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9"

size_t
writer_digits (char out[WRITER_DIGITS], uint64_t number)
{
    static const char pairs[] = TEN ("0") TEN ("1") TEN ("2") TEN ("3") TEN ("4") TEN ("5")
        TEN ("6") TEN ("7") TEN ("8") TEN ("9");
    char digits[WRITER_DIGITS];
    char *first = digits + WRITER_DIGITS;
    while (number >= 10) {
        first -= 2;
        memcpy (first, pairs + 2 * (number % 100), 2);
        number /= 100;
    }
    if (number > 0 || first == digits + WRITER_DIGITS) {
        *--first = (char) ('0' + number);
    }
    size_t count = (size_t) (digits + WRITER_DIGITS - first);
    memcpy (out, first, count);
    return count;
}

void
writer_number (writer_t *writer, uint64_t number)
{
    // An eighth of what snprintf takes, and a message has four of them.
    char *place = writer_add (writer, WRITER_DIGITS);
    writer->size -= WRITER_DIGITS - writer_digits (place, number);
}

void
writer_ident (writer_t *writer, const ident_t *ident)
{
    char *place = writer_add (writer, IDENT_TEXT_SIZE + 1);
    place[0] = '"';
    ident_print (ident, place + 1);
    place[IDENT_TEXT_SIZE] = '"'; // In the place of its terminator.
}
