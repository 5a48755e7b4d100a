// ident_test.c -- identities: made, printed, read.

#include <string.h>

#include "base/ident.h"
#include "support/cmocka_all.h"

#define MANY 10000

static ident_t
ident_of (const char *text)
{
    ident_t ident;
    assert_true (ident_parse (text, strlen (text), &ident));
    return ident;
}

static void
test_what_is_printed_can_be_read (void **state)
{
    (void) state;
    for (int i = 0; i < MANY; i++) {
        char text[IDENT_TEXT_SIZE];
        ident_t made = i % 2 == 0 ? ident_random () : ident_timed ((uint64_t) i);
        ident_print (&made, text);
        ident_t read = ident_of (text);
        assert_int_equal (strlen (text), IDENT_TEXT_SIZE - 1);
        assert_true (ident_equal (&made, &read));
    }
}

static void
test_bytes_are_printed_in_order_and_in_lower_case (void **state)
{
    (void) state;
    const ident_t ident = {{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba,
                            0x98, 0x76, 0x54, 0x32, 0x10}};
    char text[IDENT_TEXT_SIZE];
    ident_print (&ident, text);
    assert_string_equal (text, "01234567-89ab-cdef-fedc-ba9876543210");
    ident_print (&ident_nil, text);
    assert_string_equal (text, "00000000-0000-0000-0000-000000000000");
}

static void
test_both_cases_are_read (void **state)
{
    (void) state;
    ident_t lower = ident_of ("01234567-89ab-cdef-fedc-ba9876543210");
    ident_t upper = ident_of ("01234567-89AB-CDEF-FEDC-BA9876543210");
    assert_true (ident_equal (&lower, &upper));
}

static void
test_other_texts_are_refused_and_change_nothing (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "",
        "0",
        "01234567-89ab-cdef-fedc-ba987654321",   // One too short.
        "01234567-89ab-cdef-fedc-ba98765432100", // One too long.
        "0123456789abcdeffedcba9876543210",      // Without hyphens.
        "{1234567-89ab-cdef-fedc-ba987654321}",
        "0123456-789ab-cdef-fedc-ba9876543210", // A hyphen in a wrong place.
        "01234567_89ab-cdef-fedc-ba9876543210",
        "g1234567-89ab-cdef-fedc-ba9876543210",
        "01234567-89ab-cdef-fedc-ba987654321g",
        " 1234567-89ab-cdef-fedc-ba9876543210",
        "01234567-89ab-cdef-fedc-ba987654321\n",
        "01234567-89ab-cdef-fedc-ba98765432\xc3\xa9",
        "------------------------------------",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ident_t ident = ident_nil;
        assert_false (ident_parse (texts[i], strlen (texts[i]), &ident));
        assert_true (ident_is_nil (&ident));
    }
    ident_t ident = ident_nil;
    assert_false (ident_parse ("01234567-89ab-cdef-fedc-ba98765432\0000", 36, &ident));
    assert_true (ident_is_nil (&ident));
}

static void
test_random_ones_are_of_version_4_and_never_the_same (void **state)
{
    (void) state;
    ident_t last = ident_nil;
    uint8_t seen[IDENT_BYTES] = {0};
    for (int i = 0; i < MANY; i++) {
        ident_t ident = ident_random ();
        assert_int_equal (ident.bytes[6] >> 4, 4);
        assert_int_equal (ident.bytes[8] >> 6, 2);
        assert_false (ident_equal (&ident, &last));
        for (size_t byte = 0; byte < IDENT_BYTES; byte++) {
            seen[byte] |= ident.bytes[byte];
        }
        last = ident;
    }
    // All other bits are thrown.
    for (size_t byte = 0; byte < IDENT_BYTES; byte++) {
        assert_int_equal (seen[byte], byte == 6 ? 0x4f : byte == 8 ? 0xbf : 0xff);
    }
}

static void
test_timed_ones_are_of_version_7_and_carry_the_time (void **state)
{
    (void) state;
    char text[IDENT_TEXT_SIZE];
    ident_t ident = ident_timed (0x017f22e279b0); // The example of RFC 9562, A.6.
    ident_print (&ident, text);
    assert_memory_equal (text, "017f22e2-79b0-7", 15);
    assert_int_equal (ident.bytes[8] >> 6, 2);
}

static void
test_timed_ones_sort_by_their_time (void **state)
{
    (void) state;
    static const uint64_t times[] = {0, 1, 255, 256, 65535, 65536, 1767225600000,
                                     1767225600001, 253402300799999};
    for (size_t i = 1; i < sizeof times / sizeof times[0]; i++) {
        ident_t earlier = ident_timed (times[i - 1]);
        ident_t later = ident_timed (times[i]);
        assert_true (memcmp (earlier.bytes, later.bytes, IDENT_BYTES) < 0);
    }
}

static void
test_a_mark_is_read_again_and_changes_nothing_else (void **state)
{
    (void) state;
    for (unsigned mark = 0; mark <= IDENT_MARK_MOST; mark++) {
        ident_t plain = ident_timed (1767225600000);
        ident_t marked = plain;
        ident_set_mark (&marked, mark);
        assert_int_equal (ident_mark (&marked), mark);
        assert_int_equal (marked.bytes[8] >> 6, 2);
        marked.bytes[8] = plain.bytes[8];
        assert_true (ident_equal (&marked, &plain));
    }
}

static void
test_only_zeros_are_nobody (void **state)
{
    (void) state;
    assert_true (ident_is_nil (&ident_nil));
    for (size_t byte = 0; byte < IDENT_BYTES; byte++) {
        ident_t ident = ident_nil;
        ident.bytes[byte] = 1;
        assert_false (ident_is_nil (&ident));
        assert_false (ident_equal (&ident, &ident_nil));
    }
}

static void
test_secrets_have_20_letters_that_need_no_escape (void **state)
{
    (void) state;
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    char last[IDENT_SECRET_SIZE] = "";
    for (int i = 0; i < MANY; i++) {
        char secret[IDENT_SECRET_SIZE];
        ident_secret (secret);
        assert_int_equal (strlen (secret), 20);
        assert_int_equal (strspn (secret, letters), 20);
        assert_string_not_equal (secret, last);
        memcpy (last, secret, sizeof last);
    }
}

static void
test_the_hash_spreads_over_places_and_depends_on_the_seed (void **state)
{
    (void) state;
    size_t places[16] = {0};
    for (int i = 0; i < MANY; i++) {
        ident_t ident = ident_timed (1767225600000); // All alike in front.
        places[ident_hash (&ident, 1) % 16]++;
        assert_int_equal (ident_hash (&ident, 1), ident_hash (&ident, 1));
        assert_int_not_equal (ident_hash (&ident, 1), ident_hash (&ident, 2));
    }
    for (size_t i = 0; i < 16; i++) {
        assert_in_range (places[i], MANY / 16 / 2, MANY / 16 * 2);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_what_is_printed_can_be_read),
        cmocka_unit_test (test_bytes_are_printed_in_order_and_in_lower_case),
        cmocka_unit_test (test_both_cases_are_read),
        cmocka_unit_test (test_other_texts_are_refused_and_change_nothing),
        cmocka_unit_test (test_random_ones_are_of_version_4_and_never_the_same),
        cmocka_unit_test (test_timed_ones_are_of_version_7_and_carry_the_time),
        cmocka_unit_test (test_timed_ones_sort_by_their_time),
        cmocka_unit_test (test_a_mark_is_read_again_and_changes_nothing_else),
        cmocka_unit_test (test_only_zeros_are_nobody),
        cmocka_unit_test (test_secrets_have_20_letters_that_need_no_escape),
        cmocka_unit_test (test_the_hash_spreads_over_places_and_depends_on_the_seed),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
