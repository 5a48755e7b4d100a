// interests.c -- draws and compares.

#include "bench/interests.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"

#define INTERESTS 1000

static void
write_digits (uint64_t number, char digits[INTEREST_DIGITS])
{
    char text[INTEREST_DIGITS + 1];
    snprintf (text, sizeof text, "%016" PRIx64, number);
    memcpy (digits, text, INTEREST_DIGITS);
}

static bool
has (const word_t *list, const char *interest)
{
    for (size_t i = 0; i < list->bytes; i += INTEREST_DIGITS) {
        if (memcmp (list->text + i, interest, INTEREST_DIGITS) == 0) {
            return true;
        }
    }
    return false;
}

void
interests_draw (char interests[THREE_BYTES])
{
    word_t drawn = {interests, 0};
    while (drawn.bytes < THREE_BYTES) {
        uint64_t number = (uint64_t) random () % INTERESTS + 1;
        char *next = interests + drawn.bytes;
        write_digits (number * UINT64_C (0x9e3779b97f4a7c15), next);
        drawn.bytes += has (&drawn, next) ? 0 : INTEREST_DIGITS;
    }
}

void
interests_make (char interest[INTEREST_DIGITS])
{
    ident_t ident = ident_token ();
    uint64_t number;
    memcpy (&number, ident.bytes, sizeof number);
    write_digits (number, interest);
}

size_t
interests_check (const word_t *one, const word_t *other, const word_t *shared)
{
    size_t common = 0;
    for (size_t i = 0; i < one->bytes; i += INTEREST_DIGITS) {
        bool both = has (other, one->text + i);
        common += both;
        assert_int_equal (has (shared, one->text + i), both);
    }
    assert_int_equal (shared->bytes, common * INTEREST_DIGITS);
    return common;
}
