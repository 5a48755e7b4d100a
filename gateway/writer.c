// writer.c -- writes JSON.

#include "gateway/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

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

static void
make_room (writer_t *writer, size_t count)
{
    if (writer->size + count > writer->capacity) {
        writer->capacity = 2 * (writer->size + count);
        writer->bytes = must_resize (writer->bytes, writer->capacity);
    }
}

void
writer_raw (writer_t *writer, const char *bytes, size_t count)
{
    if (count > 0) {
        make_room (writer, count);
        memcpy (writer->bytes + writer->size, bytes, count);
        writer->size += count;
    }
}

void
writer_text (writer_t *writer, const char *text)
{
    writer_raw (writer, text, strlen (text));
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
    size_t plain = 0; // Where the bytes begin that have not been written yet.
    writer_raw (writer, "\"", 1);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char) text[i];
        if (byte < 0x20 || byte == '"' || byte == '\\') {
            writer_raw (writer, text + plain, i - plain);
            write_escaped (writer, byte);
            plain = i + 1;
        }
    }
    writer_raw (writer, text + plain, bytes - plain);
    writer_raw (writer, "\"", 1);
}

void
writer_number (writer_t *writer, uint64_t number)
{
    char digits[24];
    snprintf (digits, sizeof digits, "%" PRIu64, number);
    writer_text (writer, digits);
}

void
writer_ident (writer_t *writer, const ident_t *ident)
{
    char text[IDENT_TEXT_SIZE];
    ident_print (ident, text);
    writer_string (writer, text, IDENT_TEXT_SIZE - 1);
}
