// hostile_test.c -- bytes made to hurt a decoder: sizes that lie, depth, garbage.

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "support/cmocka_all.h"
#include "unit/dice.h"
#include "wire/codec.h"

#define ROUNDS 200000

// Decodes from memory of the very size, so that a sanitizer sees who reads beyond it.
static refusal_t
decode (const void *bytes, size_t size)
{
    wire_t wire;
    char *data = malloc (size > 0 ? size : 1);
    must (data != NULL);
    if (size > 0) {
        memcpy (data, bytes, size);
    }
    refusal_t refusal = codec_decode (data, size, &wire);
    free (data);
    return refusal;
}

static void
test_sizes_that_lie_are_refused (void **state)
{
    (void) state;
    static const struct {
        const char *bytes;
        size_t size;
    } lies[] = {
        {"\xdd\x0f\xff\xff\xff", 5},             // An array of 268 million items.
        {"\xdd\xff\xff\xff\xff", 5},
        {"\xdc\xff\xff", 3},
        {"\x9f", 1},
        {"\x93\x0a\xdd\xff\xff\xff\xff", 7},     // A field that is such an array.
        {"\x93\x0a\xdf\xff\xff\xff\xff", 7},     // A map.
        {"\x93\x0a\xde\xff\xff", 5},
        {"\x93\x0a\xdb\xff\xff\xff\xff", 7},     // A str.
        {"\x93\x0a\xc6\xff\xff\xff\xff", 7},     // A bin.
        {"\x93\x0a\xc9\xff\xff\xff\xff\x01", 8}, // An ext, whose size and type make 2^32.
        {"\x93\x0a\xc7\xff", 4},
        {"\x94\x0a\x05\x00\xdd\xff\xff\xff\xff", 9}, // Behind the fields that are known.
        {"\x94\x0a\x05\x00\xdf\x80\x00\x00\x00", 9}, // Twice its size is 2^32.
        {"\x94\x0a\x05\x00\xc9\xff\xff\xff\xff", 9},
        {"\x94\x0a\x05\x00\xbf", 5},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        assert_int_equal (decode (lies[i].bytes, lies[i].size), REFUSAL_MALFORMED);
    }
}

static void
test_arrays_in_arrays_are_refused (void **state)
{
    (void) state;
    char nested[16384];
    memset (nested, '\x91', sizeof nested);
    assert_int_equal (decode (nested, sizeof nested), REFUSAL_MALFORMED);
    for (size_t i = 0; i + 5 <= sizeof nested; i += 5) {
        memcpy (nested + i, "\xdd\x0f\xff\xff\xff", 5);
    }
    assert_int_equal (decode (nested, 100), REFUSAL_MALFORMED);
    for (size_t i = 0; i + 3 <= sizeof nested; i += 3) {
        memcpy (nested + i, "\xdc\xff\xff", 3);
    }
    assert_int_equal (decode (nested, 93), REFUSAL_MALFORMED);
}

// A LEASE with one more field: `depth` arrays in each other, the last one empty.
static refusal_t
refusal_of_depth (size_t depth)
{
    char bytes[64] = "\x94\x0a\x05\x00";
    memset (bytes + 4, '\x91', depth);
    bytes[4 + depth - 1] = '\x90';
    return decode (bytes, 4 + depth);
}

static void
test_unknown_fields_may_be_nested_a_little (void **state)
{
    (void) state;
    assert_int_equal (refusal_of_depth (1), REFUSAL_NONE);
    assert_int_equal (refusal_of_depth (5), REFUSAL_NONE);
    assert_int_equal (refusal_of_depth (6), REFUSAL_MALFORMED);
    assert_int_equal (refusal_of_depth (40), REFUSAL_MALFORMED);
}

static void
test_the_format_that_is_never_used_is_refused (void **state)
{
    (void) state;
    assert_int_equal (decode ("\xc1", 1), REFUSAL_MALFORMED);
    assert_int_equal (decode ("\x91\xc1", 2), REFUSAL_MALFORMED);
    assert_int_equal (decode ("\x93\x0a\xc1", 3), REFUSAL_MALFORMED);
    assert_int_equal (decode ("\x94\x0a\x05\x00\xc1", 5), REFUSAL_MALFORMED);
}

static void
test_two_messages_are_not_one (void **state)
{
    (void) state;
    assert_int_equal (decode ("\x93\x0a\x05\x00", 4), REFUSAL_NONE);
    assert_int_equal (decode ("\x93\x0a\x05\x00\x93\x0a\x05\x00", 8), REFUSAL_MALFORMED);
}

static void
test_the_first_of_several_is_taken_or_refused_alone_if_it_is_seen_where_it_ends (void **state)
{
    (void) state;
    static const struct {
        const char *bytes;
        size_t size;
        refusal_t refusal;
        size_t taken; // 0: all.
    } bundles[] = {
        {"\x93\x0a\x05\x00\x93\x0a\x05\x00", 8, REFUSAL_NONE, 4},
        {"\x93\x0a\x05\x00garbage", 11, REFUSAL_NONE, 4},
        {"\x94\x0a\x05\x00\x92\x01\x02\x93\x0a\x05\x00", 11, REFUSAL_NONE, 7},
        {"\x91\x7f\x93\x0a\x05\x00", 6, REFUSAL_UNKNOWN_KIND, 2},
        {"\x92\x7f\x91\x91\x91\x91\x05\x93\x0a\x05\x00", 11, REFUSAL_UNKNOWN_KIND, 7},
        {"\x92\x7f\x91\x91\x91\x91\x91\x05\x93\x0a\x05\x00", 12, REFUSAL_UNKNOWN_KIND, 0}, // Too deep.
        {"\x93\x7f\x05\xc1\x93\x0a\x05\x00", 8, REFUSAL_UNKNOWN_KIND, 0},
        {"\x93\x7f\x05", 3, REFUSAL_MALFORMED, 0},
        {"\x92\x0a\x05\x93\x0a\x05\x00", 7, REFUSAL_FIELD_MISSING, 3},
        {"\x93\x0a\xa1x\x00\x93\x0a\x05\x00", 9, REFUSAL_FIELD_KIND, 5},
        {"\x93\x0a\x05\x7f\x93\x0a\x05\x00", 8, REFUSAL_FIELD_RANGE, 4},
        {"\x93\x0a\x05\xc1\x93\x0a\x05\x00", 8, REFUSAL_MALFORMED, 0},
        {"\x90\x93\x0a\x05\x00", 5, REFUSAL_MALFORMED, 0},
        {"\x05\x93\x0a\x05\x00", 5, REFUSAL_MALFORMED, 0},
        {"", 0, REFUSAL_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
        wire_t wire;
        size_t taken;
        char *data = must_alloc (bundles[i].size);
        memcpy (data, bundles[i].bytes, bundles[i].size);
        assert_int_equal (codec_decode_first (data, bundles[i].size, &wire, &taken),
                          bundles[i].refusal);
        assert_int_equal (taken, bundles[i].taken > 0 ? bundles[i].taken : bundles[i].size);
        free (data);
    }
}

static void
test_a_frame_that_is_too_long_is_not_even_read (void **state)
{
    (void) state;
    static char bytes[WIRE_BYTES_MOST + 1];
    memcpy (bytes, "\xdd\x00\x00\x3f\xfb\x0a\x05", 7); // As many more fields as have room.
    assert_int_equal (decode (bytes, WIRE_BYTES_MOST), REFUSAL_NONE);
    bytes[4] = '\xfc';
    assert_int_equal (decode (bytes, WIRE_BYTES_MOST + 1), REFUSAL_TOO_LONG);
    wire_t wire;
    assert_int_equal (codec_decode (bytes, SIZE_MAX / 2, &wire), REFUSAL_TOO_LONG);
}

// Whatever is taken can be written again.
static void
decode_and_encode (codec_t *codec, const char *data, size_t bytes)
{
    wire_t wire;
    size_t taken;
    for (size_t at = 0; at < bytes; at += taken) {
        if (codec_decode_first (data + at, bytes - at, &wire, &taken) == REFUSAL_NONE) {
            size_t size;
            codec_encode (codec, &wire, &size);
        }
        assert_in_range (taken, 1, bytes - at);
    }
}

static void
test_garbage_is_survived (void **state)
{
    (void) state;
    codec_t *codec = codec_new ();
    dice_t dice = dice_from (3);
    for (int round = 0; round < ROUNDS; round++) {
        size_t bytes = (size_t) dice_throw (&dice, 64);
        char *data = must_alloc (bytes);
        for (size_t i = 0; i < bytes; i++) {
            data[i] = (char) dice_throw (&dice, 256);
        }
        decode_and_encode (codec, data, bytes);
        free (data);
    }
    codec_destroy (&codec);
}

static void
test_damaged_messages_are_survived (void **state)
{
    (void) state;
    codec_t *codec = codec_new ();
    codec_t *again = codec_new ();
    dice_t dice = dice_from (4);
    wire_t wire = {.kind = WIRE_MESSAGE,
                   .as.message = {.number = 300, .at_ms = 1767225600000,
                                  .id = {"abc", 3}, .text = {"some text of somebody", 21}}};
    for (int round = 0; round < ROUNDS; round++) {
        size_t bytes;
        const char *encoded = codec_encode (codec, &wire, &bytes);
        char *data = must_copy (encoded, bytes);
        for (uint64_t damages = dice_throw (&dice, 3) + 1; damages > 0; damages--) {
            data[dice_throw (&dice, bytes)] = (char) dice_throw (&dice, 256);
        }
        decode_and_encode (again, data, bytes - (size_t) dice_throw (&dice, 4));
        free (data);
    }
    codec_destroy (&codec);
    codec_destroy (&again);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_sizes_that_lie_are_refused),
        cmocka_unit_test (test_arrays_in_arrays_are_refused),
        cmocka_unit_test (test_unknown_fields_may_be_nested_a_little),
        cmocka_unit_test (test_the_format_that_is_never_used_is_refused),
        cmocka_unit_test (test_two_messages_are_not_one),
        cmocka_unit_test (test_the_first_of_several_is_taken_or_refused_alone_if_it_is_seen_where_it_ends),
        cmocka_unit_test (test_a_frame_that_is_too_long_is_not_even_read),
        cmocka_unit_test (test_garbage_is_survived),
        cmocka_unit_test (test_damaged_messages_are_survived),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
