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

size_t
writer_digits (char out[WRITER_DIGITS], uint64_t number)
{
    char digits[WRITER_DIGITS];
    size_t count = 0;
    do {
        digits[WRITER_DIGITS - ++count] = (char) ('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy (out, digits + WRITER_DIGITS - count, count);
    return count;
}

void
writer_number (writer_t *writer, uint64_t number)
{
    // A sixth of what snprintf takes, and a message has four of them.
    char digits[WRITER_DIGITS];
    writer_raw (writer, digits, writer_digits (digits, number));
}

void
writer_ident (writer_t *writer, const ident_t *ident)
{
    char *place = writer_add (writer, IDENT_TEXT_SIZE + 1);
    place[0] = '"';
    ident_print (ident, place + 1);
    place[IDENT_TEXT_SIZE] = '"'; // In the place of its terminator.
}
