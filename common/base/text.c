// text.c -- the rules for texts, on libunistring.

#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

#include "base/must.h"

static uint64_t
word_at (const char *text)
{
    uint64_t word;
    memcpy (&word, text, sizeof word);
    return word;
}

static bool
is_ascii (const char *text, size_t bytes)
{
    uint64_t all = 0;
    size_t at = 0;
    for (; at + sizeof all <= bytes; at += sizeof all) {
        all |= word_at (text + at);
    }
    for (; at < bytes; at++) {
        all |= (unsigned char) text[at];
    }
    return (all & UINT64_C (0x8080808080808080)) == 0;
}

bool
text_is_utf8 (const char *text, size_t bytes)
{
    // Most texts are ASCII, which takes less than half, also of short ones.
    return is_ascii (text, bytes) || u8_check ((const uint8_t *) text, bytes) == NULL;
}

size_t
text_utf16_units (const char *text, size_t bytes)
{
    // One unit for each character, a second one for those outside the basic plane: in UTF-8 these
    // are the ones whose first byte is 0xf0 or more.
    size_t units = 0;
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char) text[i];
        units += (byte & 0xc0) != 0x80;
        units += byte >= 0xf0;
    }
    return units;
}

static bool
leaves_a_mark (ucs4_t character)
{
    // U+2800 is a Braille pattern without a dot: a symbol to Unicode, blank to the eye. Characters
    // that this library does not know yet (new emoji) are taken to be visible.
    return character != 0x2800 && !uc_is_property_white_space (character)
        && !uc_is_property_default_ignorable_code_point (character)
        && !uc_is_general_category_withtable (character,
                                              UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf
                                                  | UC_CATEGORY_MASK_Z);
}

bool
text_is_visible (const char *text, size_t bytes)
{
    const uint8_t *at = (const uint8_t *) text;
    while (bytes > 0) {
        ucs4_t character;
        int step = u8_mbtouc (&character, at, bytes);
        must (step > 0);
        if (leaves_a_mark (character)) {
            return true;
        }
        at += step;
        bytes -= (size_t) step;
    }
    return false;
}

size_t
text_fold_newlines (char *text, size_t bytes)
{
    size_t kept = 0;
    size_t run = 0;
    for (size_t i = 0; i < bytes; i++) {
        char byte = text[i];
        if (byte == '\r') {
            if (i + 1 < bytes && text[i + 1] == '\n') {
                continue;
            }
            byte = '\n';
        }
        run = byte == '\n' ? run + 1 : 0;
        if (run <= 2) {
            text[kept++] = byte;
        }
    }
    return kept;
}

size_t
text_squeeze (char *text, size_t bytes)
{
    size_t kept = 0;
    bool gap = false;
    for (size_t i = 0; i < bytes;) {
        ucs4_t character;
        int step = u8_mbtouc (&character, (const uint8_t *) text + i, bytes - i);
        must (step > 0);
        if (uc_is_property_white_space (character)) {
            gap = kept > 0;
        }
        else {
            // A gap was at least as long as the space that stands for it.
            if (gap) {
                text[kept++] = ' ';
            }
            memmove (text + kept, text + i, (size_t) step);
            kept += (size_t) step;
            gap = false;
        }
        i += (size_t) step;
    }
    return kept;
}

// Takes what leaves no trace out, in place.
static size_t
drop_ignorable (char *text, size_t bytes)
{
    size_t kept = 0;
    for (size_t i = 0; i < bytes;) {
        ucs4_t character;
        int step = u8_mbtouc (&character, (const uint8_t *) text + i, bytes - i);
        must (step > 0);
        if (!uc_is_property_default_ignorable_code_point (character)) {
            memmove (text + kept, text + i, (size_t) step);
            kept += (size_t) step;
        }
        i += (size_t) step;
    }
    return kept;
}

char *
text_fold_case (const char *text, size_t bytes, size_t *folded_bytes)
{
    char *copy = must_copy (text, bytes);
    size_t size = drop_ignorable (copy, bytes);
    char *folded =
        (char *) u8_casefold ((const uint8_t *) copy, size, NULL, UNINORM_NFKC, NULL, folded_bytes);
    free (copy);
    must (folded != NULL);
    *folded_bytes = text_squeeze (folded, *folded_bytes);
    return folded;
}
