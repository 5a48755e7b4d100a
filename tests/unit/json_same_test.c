// json_same_test.c -- JSON is to us what it is to jansson: by RFC 8259, section by section, and by
// chance.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/json.h"
#include "support/cmocka_all.h"
#include "unit/dice.h"
#include "unit/json_same.h"

#define ROUNDS 1000000 // Each takes some microseconds.
#define BYTES_MOST 256

// What is JSON.
static const char *const good[] = {
    // Values of every kind (3), with white space around them (2).
    "null", "true", "false", " \t\r\n1\n\r\t ", "[ ]", "{ }", " [ 1 , 2 ] ", "{ \"a\" : 1 , \"b\" : 2 }",
    "[null,true,false,0,\"\",[],{}]", "\"\"", " \"a\" ",
    // Objects (4): names of any kind, and again.
    "{}", "{\"\":0}", "{\"a\":1,\"a\":2}", "{\"a\":{\"a\":1},\"b\":[],\"a\":[1,{\"a\":3}]}",
    "{\"a\":1,\"b\":2,\"\\u0061\":3}", "{\"\\\"\":1,\"\\\\\":2}", "{\"\xc3\xa9\":\"\xc3\xa9\"}",
    "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", "{\"__proto__\":{\"constructor\":null}}",
    // Arrays (5).
    "[]", "[[]]", "[[],[]]", "[[[[[[[[]]]]]]]]", "[1,[2,[3,[4]],5],6]", "[\"a\",1,null,{\"b\":[]}]",
    // Numbers (6).
    "0", "-0", "1", "-1", "10", "123456789", "0.0", "-0.0", "0.5", "1.25", "0e0", "0E0", "1e1", "1E1", "1e+1",
    "1e-1", "1e01", "1.5e-10", "-1.5E+10", "1e-999", "9007199254740993", "9223372036854775807",
    "9223372036854775808", "-9223372036854775809", "18446744073709552000", "0.1e1", "[0,-0,0e1]",
    "123456789012345678901234567890", "1.000000000000000000000000000000000001",
    // Strings (7).
    "\"abc\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\u00e9\\u20ac\\uD83D\\uDE00\"", "\"\\u0000\"",
    "\"\\u001f\\u007f\\u0080\\u07ff\\u0800\\ufffe\\uffff\"", "\"\\uaBcD\\uAbCd\"", "\"\x7f\"", "\"/\"", "\"'\"",
    "\"\\ud800\\udc00\\udbff\\udfff\"", "\"\\\\u0041\"", "\"\\\\\\u0041\"", "\"\\\"\\\"\"", "\"[{]},:\"",
    // Halves of pairs (8.2).
    "\"\\ud800\"", "\"\\udc00\"", "\"\\udc00\\ud800\"", "\"\\ud800\\ud800\\udc00\"", "\"\\ud800a\\udc00\"",
    "\"\\ud800\\n\\udc00\"", "\"\\ud800\\u0041\"", "\"\\\\ud800\\udc00\"", "[\"\\udfff\",\"\\udbff\"]",
    // UTF-8 (8.1), up to its edges (RFC 3629).
    "\"\xc2\x80\xdf\xbf\"", "\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"",
    "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"", "\"a\xc3\xa9" "b\\n\xe2\x82\xac\\u20ac\xf0\x9f\x98\x80\"",
    // What browsers send.
    "[\"message\",{\"text\":\"hello there\",\"id\":\"m1\",\"chatId\":null}]",
    "[\"search\",{\"interests\":[\"music\",\"\xe6\x9d\xb1\xe4\xba\xac\"],\"language\":\"en\"}]",
    "[\"typing\",{\"on\":true}]", "{\"pid\":\"0123\",\"offset\":\"1.2.abcdef01\"}",
};

// What is not.
static const char *const bad[] = {
    "", " ", "\n", "nul", "nulll", "Null", "tru", "truee", "falsy", "undefined", "NaN", "-NaN", "Infinity",
    "-Infinity", "null null", "1 2", "[]1", "{}{}", "[],", ",", ":", "null,", "1,2", "\"a\"\"b\"", "[]]", "{}}",
    "\f1", "\v1", "\xc2\xa0" "1", "\xef\xbb\xbf" "1", "1\xef\xbb\xbf", "// a\n1", "/* a */1", "#1", "\\u0031",
    "\xff", "\xc3\xa9", "[\xc3\xa9]", "*", "a", "'a'", "`a`",
    "{", "}", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{,}", "{:1}", "{\"a\"}", "{\"a\":}",
    "{\"a\",1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":1,}", "{\"a\":1,,\"b\":2}", "{,\"a\":1}", "{a:1}", "{1:1}",
    "{null:1}", "{[]:1}", "{'a':1}", "{\"a\"::1}", "{\"a\":1:2}", "{\"a\":1]", "{\"a\\u0000\":1}", "{\"a\":1;}",
    "{\"\\ud800\":1}", "{\"a\":1,\"b\"", "{\"a\":1,1}",
    "[", "]", "[1", "[1,", "[,", "[,]", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1:2]", "[1;2]", "[1}", "[[1]", "[\"a\"",
    "[\"a", "[\"a,1]", "[\"a\"1]", "[true false]", "[nul]", "[-]", "[.]", "[+]", "[1]]", "[[],[]",
    "-", "+1", "01", "-01", "00", "-00", "0x10", "0b1", ".5", "-.5", "1.", "-1.", "1.e1", "1e", "1e+", "1e-", "1E.",
    "1e1.5", "1e1e1", "1.2.3", "1-", "1+1", "--1", "- 1", "1 000", "1,000", "1_000", "1f", "1L", "0e", "0.e", "1a",
    "\xef\xbc\x91",
    "\"", "\"a", "a\"", "\"a\\\"", "\"\\", "\"\\\"", "\"\\a\"", "\"\\x41\"", "\"\\0\"", "\"\\'\"", "\"\\U0041\"",
    "\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\u 123\"", "\"\\u-123\"", "\"\\u+123\"",
    "\"\\u0x12\"", "\"\\ud800\\u\"", "\"\\ud800\\u12\"", "\"\\ud800\\\"", "\"\\u12\\u0041\"", "\"\\\n\"", "\"\n\"",
    "\"\t\"", "\"\r\"", "\"\x01\"", "\"\x1e\"", "\"\x1f\"", "\"\\ \"", "\"\\\xc3\xa9\"",
    "\"\x80\"", "\"\xbf\"", "\"\xc3\"", "\"\xc3\\u00a9\"", "\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xc3\xc3\xa9\"",
    "\"\xe0\x9f\xbf\"", "\"\xe2\x82\"", "\"\xe2\x28\xa1\"", "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"",
    "\"\xf0\x8f\xbf\xbf\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"",
    "\"\xfe\"", "\"\xff\"", "\"\xf0\x9f\x98\"", "\"\xf0\x9f\x98\\n\x80\"", "{\"\xff\":1}", "{\"\xc3\":\"\xa9\"}",
};

#define GOOD (sizeof good / sizeof good[0])
#define BAD (sizeof bad / sizeof bad[0])

static void
check_rows (const char *const *texts, size_t count, bool is_json)
{
    for (size_t i = 0; i < count; i++) {
        bool read;
        bool same = json_is_same (texts[i], strlen (texts[i]), &read);
        if (!same || read != is_json) {
            fail_msg ("%s: %s%s", texts[i], read ? "read" : "refused", same ? "" : ", or otherwise");
        }
    }
}

static void
test_what_is_json_is_read_as_others_read_it (void **state)
{
    (void) state;
    check_rows (good, GOOD, true);
}

static void
test_what_is_not_json_is_refused (void **state)
{
    (void) state;
    check_rows (bad, BAD, false);
}

static void
test_what_is_cut_off_or_has_a_zero_byte_is_judged_alike (void **state)
{
    (void) state;
    for (size_t i = 0; i < GOOD + BAD; i++) {
        char text[BYTES_MOST];
        const char *whole = i < GOOD ? good[i] : bad[i - GOOD];
        size_t bytes = strlen (whole);
        must (bytes < sizeof text);
        for (size_t cut = 0; cut <= bytes; cut++) {
            memcpy (text, whole, bytes + 1);
            assert_true (json_is_same (text, cut, NULL));
            assert_true (json_is_same (text + cut, bytes - cut, NULL));
            text[cut] = '\0';
            assert_true (json_is_same (text, bytes + 1, NULL));
        }
    }
}

// Each byte alone, and between quotes, brackets and behind a backslash.
static void
test_every_byte_in_every_place_is_judged_alike (void **state)
{
    (void) state;
    static const char *const places[] = {"%", "\"%\"", "[%]", "[1%1]", "{\"%\":1}", "{\"a\"%1}", "\"\\%\"", "1%",
                                         "\"\\u00%0\"", "\"\xc3%\"", "\"\xe2\x82%\"", "\"\xf0\x9f\x98%\"", "1e%1"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[32];
            size_t bytes = strlen (places[i]);
            memcpy (text, places[i], bytes);
            text[strcspn (places[i], "%")] = (char) byte;
            if (!json_is_same (text, bytes, NULL)) {
                fail_msg ("%s with %02x", places[i], byte);
            }
        }
    }
}

// --- By chance ---

static const char *
any_text (dice_t *dice)
{
    size_t place = (size_t) dice_throw (dice, GOOD + GOOD + BAD); // Twice as often one that is JSON.
    return place < 2 * GOOD ? good[place / 2] : bad[place - 2 * GOOD];
}

// What is put into a text: whatever means something in JSON, or a whole other text.
static const char *
any_piece (dice_t *dice)
{
    static const char *const pieces[] = {
        "[", "]", "{", "}", ",", ":", "\"", "\\", "\\\"", "\\u", "\\u0000", "\\ud83d", "\\ude00", "\\n", "\n", " ",
        "0", "1", "-", ".", "e", "E5", "+", "null", "true", "\"a\"", "\"a\":", "\xc3\xa9", "\xe2\x82\xac",
        "\xf0\x9f\x98\x80", "\x80", "\xff", "[[[[[[[[", "]]]]]]]]",
    };
    size_t count = sizeof pieces / sizeof pieces[0];
    size_t place = (size_t) dice_throw (dice, count + 4);
    return place < count ? pieces[place] : any_text (dice);
}

// Takes some bytes out of a text, and puts others there.
static size_t
change (dice_t *dice, char text[BYTES_MOST], size_t bytes)
{
    size_t at = (size_t) dice_throw (dice, bytes + 1);
    size_t out = (size_t) dice_throw (dice, 4) % (bytes - at + 1);
    const char *piece = dice_throw (dice, 4) > 0 ? any_piece (dice) : "";
    size_t in = strlen (piece);
    if (bytes - out + in > BYTES_MOST) {
        return bytes;
    }
    memmove (text + at + in, text + at + out, bytes - at - out);
    memcpy (text + at, piece, in);
    if (bytes - out + in > 0 && dice_throw (dice, 8) == 0) {
        text[dice_throw (dice, bytes - out + in)] = (char) dice_throw (dice, 256);
    }
    return bytes - out + in;
}

static void
test_what_chance_makes_of_texts_is_judged_alike (void **state)
{
    (void) state;
    dice_t dice = dice_from (1);
    size_t count = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        char text[BYTES_MOST];
        bool read;
        const char *whole = any_text (&dice);
        size_t bytes = strlen (whole);
        memcpy (text, whole, bytes);
        for (uint64_t changes = dice_throw (&dice, 4); changes > 0; changes--) {
            bytes = change (&dice, text, bytes);
        }
        if (!json_is_same (text, bytes, &read)) {
            fail_msg ("round %u: %.*s", round, (int) bytes, text);
        }
        count += read;
    }
    print_message ("%zu of %d were JSON.\n", count, ROUNDS);
    assert_in_range (count, ROUNDS / 10, ROUNDS - ROUNDS / 10); // Else it has tried only one of both.
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_what_is_json_is_read_as_others_read_it),
        cmocka_unit_test (test_what_is_not_json_is_refused),
        cmocka_unit_test (test_what_is_cut_off_or_has_a_zero_byte_is_judged_alike),
        cmocka_unit_test (test_every_byte_in_every_place_is_judged_alike),
        cmocka_unit_test (test_what_chance_makes_of_texts_is_judged_alike),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
