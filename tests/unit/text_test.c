// text_test.c -- what counts as a text, and how long it is.

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/text.h"
#include "support/cmocka_all.h"

#define FAMILY                                                                               \
    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d"                               \
    "\xf0\x9f\x91\xa7\xe2\x80\x8d\xf0\x9f\x91\xa6"
#define GRIN "\xf0\x9f\x98\x80"

// A text in memory of its very size, so that a sanitizer sees who reads beyond it.
static char *
exact (const char *text, size_t bytes)
{
    char *copy = malloc (bytes > 0 ? bytes : 1);
    must (copy != NULL);
    memcpy (copy, text, bytes);
    return copy;
}

static bool
is_utf8 (const char *text, size_t bytes)
{
    char *copy = exact (text, bytes);
    bool well_formed = text_is_utf8 (copy, bytes);
    free (copy);
    return well_formed;
}

static bool
is_visible (const char *text)
{
    char *copy = exact (text, strlen (text));
    bool visible = text_is_visible (copy, strlen (text));
    free (copy);
    return visible;
}

static size_t
units_of (const char *part, size_t times)
{
    size_t bytes = strlen (part) * times;
    char *text = must_alloc (bytes);
    for (size_t i = 0; i < times; i++) {
        memcpy (text + i * strlen (part), part, strlen (part));
    }
    size_t units = text_utf16_units (text, bytes);
    free (text);
    return units;
}

static void
test_well_formed_texts_are_utf8 (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "",
        "hello",
        "\x7f",
        "\xc2\x80",         // U+0080, the first of two bytes.
        "\xdf\xbf",         // U+07FF
        "\xe0\xa0\x80",     // U+0800, the first of three.
        "\xed\x9f\xbf",     // U+D7FF, the last before the surrogates.
        "\xee\x80\x80",     // U+E000, the first after them.
        "\xef\xbf\xbf",     // U+FFFF
        "\xf0\x90\x80\x80", // U+10000, the first of four.
        "\xf4\x8f\xbf\xbf", // U+10FFFF, the last there is.
        FAMILY,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true (is_utf8 (texts[i], strlen (texts[i])));
    }
    assert_true (is_utf8 ("a\0b", 3));
}

static void
test_broken_texts_are_not_utf8 (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "\x80",             // Goes on, but nothing began.
        "\xbf",
        "a\x80",
        "\xc0\x80",         // U+0000, overlong.
        "\xc1\xbf",         // U+007F, overlong.
        "\xe0\x80\x80",     // Overlong in three bytes.
        "\xe0\x9f\xbf",     // U+07FF, overlong.
        "\xf0\x80\x80\x80", // Overlong in four.
        "\xf0\x8f\xbf\xbf", // U+FFFF, overlong.
        "\xed\xa0\x80",     // U+D800, a surrogate.
        "\xed\xbf\xbf",     // U+DFFF, the last one.
        "\xed\xa0\xbd\xed\xb8\x80", // A pair of them, as CESU-8 has it.
        "\xf4\x90\x80\x80", // U+110000
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80", // Five bytes, as UTF-8 once had.
        "\xfe",
        "\xff",
        "\xc2",             // Cut off.
        "\xe2\x80",
        "\xf0\x9f\x98",
        "\xf0\x9f\x98z",
        "\xe2z",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false (is_utf8 (texts[i], strlen (texts[i])));
    }
}

// Where it stands, and how long the text is, changes nothing.
static void
test_a_broken_byte_is_found_at_every_place (void **state)
{
    (void) state;
    char text[24];
    for (size_t bytes = 1; bytes <= sizeof text; bytes++) {
        memset (text, 'a', sizeof text);
        assert_true (is_utf8 (text, bytes));
        for (size_t at = 0; at < bytes; at++) {
            text[at] = '\x80';
            assert_false (is_utf8 (text, bytes));
            text[at] = 'a';
        }
    }
}

static void
test_every_character_is_utf8_and_every_surrogate_is_not (void **state)
{
    (void) state;
    for (uint32_t code = 0; code <= 0x10ffff; code += code < 0x10000 ? 1 : 37) {
        char three[] = {(char) (0xe0 | code >> 12), (char) (0x80 | (code >> 6 & 0x3f)),
                        (char) (0x80 | (code & 0x3f))};
        char four[] = {(char) (0xf0 | code >> 18), (char) (0x80 | (code >> 12 & 0x3f)),
                       (char) (0x80 | (code >> 6 & 0x3f)), (char) (0x80 | (code & 0x3f))};
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        if (code < 0x10000) {
            assert_int_equal (text_is_utf8 (three, 3), code >= 0x800 && !surrogate);
        }
        assert_int_equal (text_is_utf8 (four, 4), code >= 0x10000);
    }
}

static void
test_length_is_counted_as_javascript_does (void **state)
{
    (void) state;
    assert_int_equal (units_of ("a", 0), 0);
    assert_int_equal (units_of ("a", 500), 500);
    assert_int_equal (units_of ("\xc3\xa9", 500), 500);     // U+00E9
    assert_int_equal (units_of ("e\xcc\x81", 250), 500);    // The same in two characters.
    assert_int_equal (units_of ("\xe4\xbd\xa0", 500), 500); // U+4F60
    assert_int_equal (units_of (GRIN, 250), 500);
    assert_int_equal (units_of (GRIN, 251), 502);
    assert_int_equal (units_of (FAMILY, 1), 11);
    assert_int_equal (units_of (FAMILY, 100), 1100);
    assert_int_equal (units_of ("\xef\xbf\xbf", 1), 1);     // U+FFFF, the last with one unit.
    assert_int_equal (units_of ("\xf0\x90\x80\x80", 1), 2); // U+10000
}

static void
test_what_leaves_no_mark_is_not_visible (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "",
        " ",
        " \t\r\n\v\f",
        "\x01\x1b\x7f",
        "\xc2\xa0",                 // U+00A0, no-break space.
        "\xc2\xad",                 // U+00AD, soft hyphen.
        "\xc2\x85",                 // U+0085, next line.
        "\xcd\x8f",                 // U+034F, grapheme joiner.
        "\xd8\x9c",                 // U+061C, Arabic letter mark.
        "\xe1\x85\x9f\xe1\x85\xa0", // U+115F U+1160, Hangul fillers.
        "\xe1\x9e\xb4",             // U+17B4, Khmer inherent vowel.
        "\xe1\xa0\x8e",             // U+180E, Mongolian vowel separator.
        "\xe2\x80\x8b",             // U+200B, zero width space.
        "\xe2\x80\x8e\xe2\x80\x8f", // U+200E U+200F, direction marks.
        "\xe2\x80\xae",             // U+202E, right-to-left override.
        "\xe2\x80\xa8\xe2\x80\xa9", // U+2028 U+2029, separators.
        "\xe2\x81\xa0\xef\xbb\xbf", // U+2060 U+FEFF, word joiner and byte order mark.
        "\xe2\xa0\x80",             // U+2800, Braille without a dot.
        "\xe3\x80\x80",             // U+3000, ideographic space.
        "\xe3\x85\xa4",             // U+3164, Hangul filler.
        "\xef\xbe\xa0",             // U+FFA0, halfwidth Hangul filler.
        "\xef\xb8\x8f",             // U+FE0F, variation selector.
        "\xf3\xa0\x80\xa0",         // U+E0020, a tag.
        " \xe2\x80\x8b\n\xe3\x85\xa4\xe2\xa0\x80\xc2\xa0",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false (is_visible (texts[i]));
    }
    char blank[500];
    memset (blank, '\n', sizeof blank);
    assert_false (text_is_visible (blank, sizeof blank));
    assert_false (text_is_visible ("\0\0", 2));
}

static void
test_one_mark_is_enough_to_be_visible (void **state)
{
    (void) state;
    static const char *const texts[] = {
        "a",
        ".",
        " a ",
        "\xe2\x80\x8b" "a",
        "\xe2\xa0\x81",                 // U+2801, Braille with a dot.
        "\xf0\x9f\x91\x8d\xe2\x80\x8d", // A thumb, and a joiner after it.
        "\xe2\x80\x8d\xf0\x9f\x91\x8d",
        FAMILY,
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
        "\xe4\xbd\xa0",
        "\xcc\x81",         // U+0301 alone: an accent on nothing shows.
        "\xef\xbf\xbd",     // U+FFFD, the replacement character.
        "\xf0\x9f\xab\xa9", // U+1FAE9: newer than the library's tables.
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true (is_visible (texts[i]));
    }
}

static void
expect_folded (const char *text, const char *expected)
{
    char *copy = exact (text, strlen (text));
    size_t bytes = text_fold_newlines (copy, strlen (text));
    assert_int_equal (bytes, strlen (expected));
    assert_memory_equal (copy, expected, bytes);
    free (copy);
}

static void
test_newlines_are_folded_to_two (void **state)
{
    (void) state;
    expect_folded ("", "");
    expect_folded ("a", "a");
    expect_folded ("a\nb\nc", "a\nb\nc");
    expect_folded ("a\n\nb", "a\n\nb");
    expect_folded ("a\n\n\nb", "a\n\nb");
    expect_folded ("\n\n\n\na\n\n\n\n", "\n\na\n\n");
    expect_folded ("a\r\nb", "a\nb");
    expect_folded ("a\rb", "a\nb");
    expect_folded ("a\r\r\nb", "a\n\nb");
    expect_folded ("a\r\n\r\n\r\n\r\nb", "a\n\nb");
    expect_folded ("a\r\r\r\rb", "a\n\nb");
    expect_folded ("a\n\r\n\rb", "a\n\nb");
    expect_folded ("a\n\n b\n\n\n\n" GRIN, "a\n\n b\n\n" GRIN);
    expect_folded ("\r", "\n");
}

static void
test_a_flood_of_400_lines_becomes_three (void **state)
{
    (void) state;
    char text[402];
    memset (text, '\n', sizeof text);
    text[0] = 'a';
    text[401] = 'b';
    assert_int_equal (text_fold_newlines (text, sizeof text), 4);
    assert_memory_equal (text, "a\n\nb", 4);
}

static void
test_white_space_is_squeezed (void **state)
{
    (void) state;
    static const char *const rows[][2] = {
        {"", ""}, {" ", ""}, {"a", "a"}, {"  a  b ", "a b"}, {"\ta\r\n\xe2\x80\xa8" "b", "a b"},
        {"\xe3\x80\x80\xe4\xbd\xa0\xe3\x80\x80\xe5\xa5\xbd", "\xe4\xbd\xa0 \xe5\xa5\xbd"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];
        strcpy (text, rows[i][0]);
        size_t bytes = text_squeeze (text, strlen (text));
        assert_int_equal (bytes, strlen (rows[i][1]));
        assert_memory_equal (text, rows[i][1], bytes);
    }
}

static void
test_what_says_the_same_folds_to_the_same (void **state)
{
    (void) state;
    static const char *const rows[][2] = {
        {"Chess", "chess"}, {"STRASSE", "strasse"}, {"stra\xc3\x9f" "e", "strasse"},
        {"\xef\xac\x81lm", "film"},             // A ligature.
        {"cafe\xcc\x81", "caf\xc3\xa9"},         // Composed.
        {"a\xc2\xad" "b", "ab"},                 // A soft hyphen.
        {" a\xc2\xa0\xc2\xa0" "b ", "a b"},      // No-break spaces.
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t bytes;
        char *folded = text_fold_case (rows[i][0], strlen (rows[i][0]), &bytes);
        assert_int_equal (bytes, strlen (rows[i][1]));
        assert_memory_equal (folded, rows[i][1], bytes);
        free (folded);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_well_formed_texts_are_utf8),
        cmocka_unit_test (test_broken_texts_are_not_utf8),
        cmocka_unit_test (test_a_broken_byte_is_found_at_every_place),
        cmocka_unit_test (test_every_character_is_utf8_and_every_surrogate_is_not),
        cmocka_unit_test (test_length_is_counted_as_javascript_does),
        cmocka_unit_test (test_what_leaves_no_mark_is_not_visible),
        cmocka_unit_test (test_one_mark_is_enough_to_be_visible),
        cmocka_unit_test (test_newlines_are_folded_to_two),
        cmocka_unit_test (test_a_flood_of_400_lines_becomes_three),
        cmocka_unit_test (test_white_space_is_squeezed),
        cmocka_unit_test (test_what_says_the_same_folds_to_the_same),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
