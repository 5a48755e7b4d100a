// plain.c -- looks at eight bytes at once: two thirds of what a table of bytes takes for short texts.

#include "gateway/plain.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define WORD_BYTES sizeof (uint64_t)
#define EACH(byte) (UINT64_C (0x0101010101010101) * (byte))

// How many bytes of a word are before the first that does not stand for itself; WORD_BYTES: all.
static inline size_t
plain_in_word (const char *text)
{
    uint64_t word;
    memcpy (&word, text, sizeof word);
    word = le64toh (word); // The first byte is the lowest.
    // Of a byte below 0x80, to take something larger away sets the highest bit. It borrows from those above,
    // so that one of these may be marked, too; the lowest mark is right.
    uint64_t marks = (word - EACH (0x20)) | ((word ^ EACH ('"')) - EACH (1))
                     | ((word ^ EACH ('\\')) - EACH (1));
    marks &= ~word & EACH (0x80);
    return marks == 0 ? WORD_BYTES : (size_t) __builtin_ctzll (marks) / 8;
}

static size_t
plain_in_few (const char *text, size_t bytes)
{
    size_t at = 0;
    while (at < bytes && (unsigned char) text[at] >= 0x20 && text[at] != '"'
           && text[at] != '\\') {
        at++;
    }
    return at;
}

size_t
plain_bytes (const char *text, size_t bytes)
{
    size_t at = 0;
    if (bytes < WORD_BYTES) {
        return plain_in_few (text, bytes);
    }
    while (at < bytes) {
        // The last word may begin with bytes that have been looked at.
        at = at + WORD_BYTES <= bytes ? at : bytes - WORD_BYTES;
        size_t plain = plain_in_word (text + at);
        at += plain;
        if (plain < WORD_BYTES) {
            break;
        }
    }
    return at;
}
