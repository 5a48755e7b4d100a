// json_test.c -- what counts as JSON from a stranger.

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/json.h"
#include "support/cmocka_all.h"
#include "support/values.h"

// Reads from memory of the very size, so that a sanitizer sees who reads beyond it.
static value_t *
read_text (const char *text, size_t bytes)
{
    char *copy = malloc (bytes > 0 ? bytes : 1);
    must (copy != NULL);
    memcpy (copy, text, bytes);
    value_t *value = value_read (copy, bytes);
    free (copy);
    return value;
}

static bool
is_json (const char *text)
{
    value_t *value = read_text (text, strlen (text));
    bool read = value != NULL;
    value_free (&value);
    assert_null (value);
    return read;
}

static void
test_every_kind_of_value_is_read (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "null", "true", "false", "0", "-1", "1.5e3", "\"\"", "\"\\u00e9\\ud83d\\ude00\"",
        "[]", "{}", " [1, {\"a\": [null]}] ", "{\"a\":1,\"a\":2}", "\"\\/\"",
        "{\"__proto__\":{}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!is_json (texts[i])) {
            fail_msg ("%s is not read", texts[i]);
        }
    }
}

static void
test_what_is_not_json_is_not_read (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "", " ", "nul", "tru", "True", "undefined", "NaN", "Infinity", "01", "+1", ".5", "1.",
        "0x1", "'a'", "\"a", "a\"", "\"\n\"", "\"\t\"", "\"\x01\"", "[", "]", "[1", "[1,]",
        "[1 2]", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "[1]2", "[1][2]",
        "null,", "// x\n1", "\"\\x41\"", "\"\\u12\"", "\xef\xbb\xbf" "1",
        "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", // Not UTF-8.
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (is_json (texts[i])) {
            fail_msg ("%s is read", texts[i]);
        }
    }
    assert_null (read_text ("1\0", 2));
    assert_null (read_text ("\"a\0b\"", 5));
}

// Reads a JSON text and compares the string in it with `bytes` bytes.
static void
assert_string_is (const char *json, const char *expected, size_t bytes)
{
    size_t length;
    value_t *whole = value_read (json, strlen (json));
    const char *text = value_text (whole, &length);
    assert_non_null (text);
    assert_int_equal (length, bytes);
    assert_memory_equal (text, expected, bytes);
    value_free (&whole);
}

static void
test_half_a_surrogate_pair_becomes_a_zero_byte (void **state)
{
    (void) state;
    assert_string_is ("\"\\ud83d\"", "\0", 1);
    assert_string_is ("\"a\\uDE00b\"", "a\0b", 3);
    assert_string_is ("\"\\ude00\\ud83d\"", "\0\0", 2);
    assert_string_is ("\"\\ud83d\\ud83d\\ude00\"", "\0\xf0\x9f\x98\x80", 5);
    assert_string_is ("\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", 4);
    assert_string_is ("\"\\\\ud83d\\ud83d\"", "\\ud83d\0", 7);
    assert_string_is ("\"a\\u0000b\"", "a\0b", 3);
    assert_false (is_json ("{\"a\\u0000b\":1}"));
    assert_false (is_json ("\"\\ud83\""));
    assert_false (is_json ("[\"\\ud83d\""));
}

// A number in `depth` brackets, which are closed again if `close` is not empty.
static bool
is_read_at_depth (size_t depth, const char *open, const char *close)
{
    char *text = must_alloc (depth * (strlen (open) + strlen (close)) + 2);
    char *end = text;
    for (size_t i = 0; i < depth; i++) {
        end = stpcpy (end, open);
    }
    *end++ = '1';
    for (size_t i = 0; i < depth; i++) {
        end = stpcpy (end, close);
    }
    bool read = is_json (text);
    free (text);
    return read;
}

static void
test_depth_is_limited (void **state)
{
    (void) state;
    assert_true (is_read_at_depth (VALUE_DEPTH, "[", "]"));
    assert_false (is_read_at_depth (VALUE_DEPTH + 1, "[", "]"));
    assert_true (is_read_at_depth (VALUE_DEPTH, "{\"a\":", "}"));
    assert_false (is_read_at_depth (VALUE_DEPTH + 1, "{\"a\":", "}"));
    assert_false (is_read_at_depth (100000, "[", ""));
    assert_false (is_read_at_depth (3000, "[{\"a\":", ""));
}

// An array of `count` numbers.
static bool
are_read (size_t count)
{
    char *text = must_alloc (2 * count + 2);
    text[0] = '[';
    for (size_t i = 0; i < count; i++) {
        memcpy (text + 1 + 2 * i, "1,", 2);
    }
    text[2 * count] = ']';
    bool read = is_json (text);
    free (text);
    return read;
}

static void
test_the_count_of_values_is_limited (void **state)
{
    (void) state;
    assert_true (are_read (VALUES_MOST - 1)); // And their array.
    assert_false (are_read (VALUES_MOST));
    assert_false (are_read (500000));
}

static void
test_the_last_of_those_with_one_name_counts (void **state)
{
    (void) state;
    size_t bytes;
    static const char text[] = "{\"a\":\"1\",\"b\":{\"a\":\"2\"},\"\\u0061\":\"3\",\"A\":\"4\"}";
    value_t *whole = read_text (text, sizeof text - 1);
    assert_string_equal (value_text (value_member (whole, "a"), &bytes), "3");
    assert_string_equal (value_text (value_member (value_member (whole, "b"), "a"), &bytes), "2");
    assert_null (value_member (whole, "3"));
    value_free (&whole);
}

static void
test_brackets_in_strings_are_no_depth (void **state)
{
    (void) state;
    char text[300] = "[\"";
    memset (text + 2, '[', 200);
    memcpy (text + 202, "\\\"[[{{\\\\\"]", 11);
    assert_true (is_json (text));
    // Nor do quotes that are escaped end a string too early, or too late.
    assert_true (is_json ("[\"\\\"]]]]\",\"\\\\\",[\"[[[\"]]"));
    assert_false (is_json ("\"\\"));
}

static void
test_numbers_of_any_size_are_read (void **state)
{
    (void) state;
    assert_true (is_json ("9007199254740993"));
    assert_true (is_json ("9223372036854775807"));
    assert_true (is_json ("18446744073709552000")); // As browsers write 2^64.
    assert_true (is_json ("1e21"));
    assert_true (is_json ("-123456789012345678901234567890"));
}

static void
test_items_and_members_are_found_or_are_not_there (void **state)
{
    (void) state;
    size_t bytes;
    bool truth;
    static const char text[] = "[\"x\",{\"t\":\"\xc3\xa9\",\"on\":true,\"n\":null},3]";
    value_t *whole = read_text (text, sizeof text - 1);
    assert_non_null (whole);
    assert_true (value_is_array (whole));
    assert_int_equal (value_count (whole), 3);
    assert_string_equal (value_text (value_item (whole, 0), &bytes), "x");
    assert_int_equal (bytes, 1);
    const value_t *object = value_item (whole, 1);
    assert_true (value_is_object (object));
    assert_string_equal (value_text (value_member (object, "t"), &bytes), "\xc3\xa9");
    assert_int_equal (bytes, 2);
    assert_true (value_truth (value_member (object, "on"), &truth));
    assert_true (truth);
    assert_true (value_is_null (value_member (object, "n")));
    assert_true (value_is_number (value_item (whole, 2)));
    assert_null (value_item (whole, 3));
    assert_null (value_item (object, 0));
    assert_null (value_member (object, "other"));
    assert_null (value_member (whole, "t"));
    value_free (&whole);
}

static void
test_nothing_can_be_asked_of_nothing (void **state)
{
    (void) state;
    size_t bytes;
    bool truth;
    assert_false (value_is_array (NULL));
    assert_false (value_is_object (NULL));
    assert_false (value_is_null (NULL));
    assert_false (value_is_number (NULL));
    assert_int_equal (value_count (NULL), 0);
    assert_null (value_item (NULL, 0));
    assert_null (value_member (NULL, "a"));
    assert_null (value_text (NULL, &bytes));
    assert_int_equal (bytes, 0);
    assert_false (value_truth (NULL, &truth));
    value_t *none = NULL;
    value_free (&none);
}

static void
test_a_value_is_written_as_it_was_read (void **state)
{
    (void) state;
    static const char *const texts[] = {"null", "[1,\"a\",{\"b\":[true,false]}]", "\"\xc3\xa9\"",
                                        "\"\\u001e\"", "[-0.50E+01,1e400,{}]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        value_t *value = read_text (texts[i], strlen (texts[i]));
        char *written = value_write (value);
        assert_string_equal (written, texts[i]);
        free (written);
        value_free (&value);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_every_kind_of_value_is_read),
        cmocka_unit_test (test_what_is_not_json_is_not_read),
        cmocka_unit_test (test_half_a_surrogate_pair_becomes_a_zero_byte),
        cmocka_unit_test (test_depth_is_limited),
        cmocka_unit_test (test_the_count_of_values_is_limited),
        cmocka_unit_test (test_the_last_of_those_with_one_name_counts),
        cmocka_unit_test (test_brackets_in_strings_are_no_depth),
        cmocka_unit_test (test_numbers_of_any_size_are_read),
        cmocka_unit_test (test_items_and_members_are_found_or_are_not_there),
        cmocka_unit_test (test_nothing_can_be_asked_of_nothing),
        cmocka_unit_test (test_a_value_is_written_as_it_was_read),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
