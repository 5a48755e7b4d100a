// writer_test.c -- JSON that every reader understands.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/json.h"
#include "gateway/writer.h"
#include "support/cmocka_all.h"

static writer_t writer;

static int
tear_down (void **state)
{
    (void) state;
    writer_close (&writer);
    assert_null (writer.bytes);
    writer_close (&writer);
    return 0;
}

static void
expect_written (const char *expected)
{
    assert_int_equal (writer.size, strlen (expected));
    assert_memory_equal (writer.bytes, expected, writer.size);
    writer_clear (&writer);
}

static void
expect_quoted (const char *text, const char *expected)
{
    writer_string (&writer, text, strlen (text));
    expect_written (expected);
}

static void
test_strings_are_quoted_and_escaped (void **state)
{
    (void) state;
    expect_quoted ("", "\"\"");
    expect_quoted ("hello", "\"hello\"");
    expect_quoted ("\"", "\"\\\"\"");
    expect_quoted ("\\", "\"\\\\\"");
    expect_quoted ("a\nb\tc", "\"a\\nb\\tc\"");
    expect_quoted ("\r\b\f\x01\x1f", "\"\\u000d\\u0008\\u000c\\u0001\\u001f\"");
    expect_quoted ("\x7f/<&'", "\"\x7f/<&'\"");
    expect_quoted ("\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80",
                   "\"\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80\"");
    expect_quoted ("\"]},{\"text\":\"", "\"\\\"]},{\\\"text\\\":\\\"\"");
}

static void
test_the_separator_of_polling_never_occurs_raw (void **state)
{
    (void) state;
    expect_quoted ("a\x1e" "42[\"fake\"]", "\"a\\u001e42[\\\"fake\\\"]\"");
}

static void
test_each_character_is_read_as_it_was_written (void **state)
{
    (void) state;
    for (unsigned code = 1; code < 0x800; code++) {
        char text[3] = {(char) code, '\0', '\0'};
        if (code >= 0x80) {
            text[0] = (char) (0xc0 | code >> 6);
            text[1] = (char) (0x80 | (code & 0x3f));
        }
        writer_string (&writer, text, strlen (text));
        for (size_t i = 0; i < writer.size; i++) {
            assert_true ((unsigned char) writer.bytes[i] >= 0x20);
        }
        size_t bytes;
        value_t *value = value_read (writer.bytes, writer.size);
        assert_string_equal (value_text (value, &bytes), text);
        value_free (&value);
        writer_clear (&writer);
    }
}

static void
test_numbers_and_idents_are_written_in_full (void **state)
{
    (void) state;
    writer_number (&writer, 0);
    writer_raw (&writer, ",", 1);
    writer_number (&writer, UINT64_MAX);
    expect_written ("0,18446744073709551615");
    writer_ident (&writer, &ident_nil);
    expect_written ("\"00000000-0000-0000-0000-000000000000\"");
}

static void
test_each_number_has_the_digits_that_it_has (void **state)
{
    (void) state;
    char expected[32];
    for (uint64_t number = 0; number < 12000; number++) {
        snprintf (expected, sizeof expected, "%" PRIu64, number);
        writer_number (&writer, number);
        expect_written (expected);
    }
    for (uint64_t ten = 10; ten < UINT64_MAX / 10; ten *= 10) {
        for (uint64_t number = ten - 1; number <= ten + 1; number++) {
            snprintf (expected, sizeof expected, "%" PRIu64, number);
            writer_number (&writer, number);
            expect_written (expected);
        }
    }
}

static void
test_it_grows_and_is_used_again (void **state)
{
    (void) state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            writer_text (&writer, "0123456789");
            writer_raw (&writer, NULL, 0);
        }
        assert_int_equal (writer.size, 50000);
        assert_memory_equal (writer.bytes + 49990, "0123456789", 10);
        char *block = writer.bytes;
        writer_clear (&writer);
        assert_int_equal (writer.size, 0);
        assert_ptr_equal (writer.bytes, block);
    }
}

#define WITH_WRITER(test) cmocka_unit_test_teardown (test, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_WRITER (test_strings_are_quoted_and_escaped),
        WITH_WRITER (test_the_separator_of_polling_never_occurs_raw),
        WITH_WRITER (test_each_character_is_read_as_it_was_written),
        WITH_WRITER (test_numbers_and_idents_are_written_in_full),
        WITH_WRITER (test_each_number_has_the_digits_that_it_has),
        WITH_WRITER (test_it_grows_and_is_used_again),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
