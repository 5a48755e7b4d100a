// plain_test.c -- what stands for itself in a JSON string.

#include "gateway/plain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"

#define LENGTH_MOST 40

// A block as long as the text, so that sanitizers see who reads beyond it.
static size_t
plain_in_copy (const char *text, size_t bytes)
{
    char *copy = malloc (bytes + (bytes == 0));
    assert_non_null (copy);
    memcpy (copy, text, bytes);
    size_t plain = plain_bytes (copy, bytes);
    free (copy);
    return plain;
}

static bool
is_special (int byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\';
}

static void
test_each_byte_at_each_place_ends_it_or_does_not (void **state)
{
    (void) state;
    char text[LENGTH_MOST];
    memset (text, 'a', sizeof text);
    for (size_t bytes = 0; bytes <= sizeof text; bytes++) {
        assert_int_equal (plain_in_copy (text, bytes), bytes);
        for (size_t at = 0; at < bytes; at++) {
            for (int byte = 0; byte < 256; byte++) {
                text[at] = (char) byte;
                assert_int_equal (plain_in_copy (text, bytes), is_special (byte) ? at : bytes);
            }
            text[at] = 'a';
        }
    }
}

static void
test_the_first_of_two_ends_it (void **state)
{
    (void) state;
    static const char specials[] = {'\0', '\x1f', '"', '\\'};
    static const char others[] = {' ', '!', '#', '[', ']', '\x7f', '\x80', '\xa2', '\xdc', '\xff'};
    for (size_t i = 0; i < sizeof specials; i++) {
        for (size_t j = 0; j < sizeof others; j++) {
            for (size_t at = 0; at < 16; at++) {
                char text[24];
                memset (text, others[j], sizeof text);
                text[at] = specials[i];
                memset (text + at + 1, '"', sizeof text - at - 1);
                assert_int_equal (plain_in_copy (text, sizeof text), at);
            }
        }
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_byte_at_each_place_ends_it_or_does_not),
        cmocka_unit_test (test_the_first_of_two_ends_it),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
