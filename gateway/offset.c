// offset.c -- writes and reads offsets.

#include "gateway/offset.h"

#include <endian.h>

#include "base/hex.h"
#include "wire/wire.h"

#define NUMBER_MOST (UINT64_C (1) << 53)
#define HEX_DIGITS 8

uint32_t
offset_chat (const ident_t *chat)
{
    const uint8_t *last = chat->bytes + IDENT_BYTES - 4;
    return (uint32_t) last[0] << 24 | (uint32_t) last[1] << 16 | (uint32_t) last[2] << 8 | last[3];
}

void
offset_write_fingerprints (writer_t *writer, const uint32_t fingerprints[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bytes = htobe32 (fingerprints[i]);
        hex_write (writer_add (writer, HEX_DIGITS), (const uint8_t *) &bytes, sizeof bytes);
    }
}

static void
write_hex (writer_t *writer, uint32_t value)
{
    offset_write_fingerprints (writer, &value, 1);
}

void
offset_write (writer_t *writer, const offset_t *offset)
{
    writer_number (writer, offset->event);
    if (offset->over) {
        writer_text (writer, ".x.");
        write_hex (writer, offset->chat);
    }
    if (!offset->in_chat) {
        return;
    }
    writer_text (writer, ".");
    writer_number (writer, offset->message);
    writer_text (writer, ".");
    write_hex (writer, offset->chat);
    writer_text (writer, offset->fingerprint_count > 0 ? "." : "");
    offset_write_fingerprints (writer, offset->fingerprints, offset->fingerprint_count);
}

static bool
read_number (const char **at, const char *end, uint64_t most, uint64_t *number)
{
    const char *begin = *at;
    *number = 0;
    while (*at < end && **at >= '0' && **at <= '9' && *number <= most) {
        *number = *number * 10 + (uint64_t) (*(*at)++ - '0');
    }
    return *at > begin && *number <= most;
}

static bool
read_hex (const char **at, const char *end, uint32_t *value)
{
    if (end - *at < HEX_DIGITS) {
        return false;
    }
    *value = 0;
    for (int i = 0; i < HEX_DIGITS; i++) {
        char digit = *(*at)++;
        bool decimal = digit >= '0' && digit <= '9';
        if (!decimal && !(digit >= 'a' && digit <= 'f')) {
            return false;
        }
        *value = *value << 4 | (uint32_t) (decimal ? digit - '0' : digit - 'a' + 10);
    }
    return true;
}

static bool
read_dot (const char **at, const char *end)
{
    bool found = *at < end && **at == '.';
    *at += found;
    return found;
}

bool
offset_read_fingerprints (const char *text, size_t bytes, uint32_t fingerprints[], size_t most,
                          size_t *count)
{
    const char *at = text;
    const char *end = text + bytes;
    *count = 0;
    while (at < end && *count < most) {
        if (!read_hex (&at, end, &fingerprints[*count])) {
            return false;
        }
        ++*count;
    }
    return at == end;
}

bool
offset_read (const char *text, size_t bytes, offset_t *offset)
{
    const char *at = text;
    const char *end = text + bytes;
    *offset = (offset_t){0};
    if (!read_number (&at, end, NUMBER_MOST, &offset->event)) {
        return false;
    }
    if (at == end) {
        return true;
    }
    if (end - at > 3 && at[0] == '.' && at[1] == 'x' && at[2] == '.') {
        at += 3;
        offset->over = true;
        return read_hex (&at, end, &offset->chat) && at == end;
    }
    offset->in_chat = true;
    if (!read_dot (&at, end) || !read_number (&at, end, COUNT_MOST, &offset->message)
        || !read_dot (&at, end) || !read_hex (&at, end, &offset->chat)) {
        return false;
    }
    if (at == end) {
        return true;
    }
    return read_dot (&at, end)
        && offset_read_fingerprints (at, (size_t) (end - at), offset->fingerprints,
                                     OFFSET_FINGERPRINTS, &offset->fingerprint_count)
        && offset->fingerprint_count > 0;
}
