// codec_test.c -- what the codec takes and refuses, whatever somebody sends.

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "support/cmocka_all.h"
#include "unit/promise.h"
#include "unit/raw.h"
#include "unit/wire_same.h"
#include "wire/codec.h"

// Decodes from memory of the very size, so that a sanitizer sees who reads beyond it.
static refusal_t
decode (const void *bytes, size_t size)
{
    wire_t wire;
    char *data = malloc (size > 0 ? size : 1);
    must (data != NULL);
    memcpy (data, bytes, size);
    refusal_t refusal = codec_decode (data, size, &wire);
    free (data);
    return refusal;
}

static void
expect (const raw_t *raw, refusal_t expected, const shape_t *shape, size_t place)
{
    refusal_t refusal = decode (raw->bytes, raw->size);
    if (refusal != expected) {
        fail_msg ("%s, field %zu: %s", shape->name, place, refusal_code (refusal));
    }
}

#define EACH_SHAPE(shape)                                                                    \
    size_t at = 0;                                                                           \
    for (const shape_t *shape; (shape = wire_shape_at (at)) != NULL; at++)
#define EACH_FIELD(shape, i) for (size_t i = 0; i < (shape)->field_count; i++)

static void
test_numbers_are_taken_from_least_to_most_and_no_further (void **state)
{
    (void) state;
    static raw_t raw, odd;
    EACH_SHAPE (shape) {
        EACH_FIELD (shape, i) {
            const field_t *field = &shape->fields[i];
            if (field->kind != FIELD_NUMBER) {
                continue;
            }
            const uint64_t inside[] = {field->least, field->most};
            const uint64_t outside[] = {field->least - 1, field->most + 1, UINT64_MAX};
            for (size_t n = 0; n < 2; n++) {
                odd.size = 0;
                raw_number (&odd, inside[n]);
                raw_message (&raw, shape, i, &odd);
                expect (&raw, REFUSAL_NONE, shape, i);
            }
            for (size_t n = 0; n < 3; n++) {
                odd.size = 0;
                raw_number (&odd, outside[n]); // One less than 0 is far above the most.
                raw_message (&raw, shape, i, &odd);
                expect (&raw, REFUSAL_FIELD_RANGE, shape, i);
            }
        }
    }
}

static void
test_words_are_taken_up_to_their_most_and_in_utf8 (void **state)
{
    (void) state;
    static raw_t raw, odd;
    EACH_SHAPE (shape) {
        EACH_FIELD (shape, i) {
            size_t most = (size_t) shape->fields[i].most;
            if (shape->fields[i].kind != FIELD_WORD) {
                continue;
            }
            for (size_t bytes = 0; bytes <= most + 1; bytes += bytes == 0 ? most : 1) {
                odd.size = 0;
                raw_word (&odd, bytes);
                raw_message (&raw, shape, i, &odd);
                expect (&raw, bytes <= most ? REFUSAL_NONE : REFUSAL_FIELD_RANGE, shape, i);
            }
            odd.size = 0;
            raw_put (&odd, "\xa3" "a\xc3(", 4);
            raw_message (&raw, shape, i, &odd);
            expect (&raw, REFUSAL_FIELD_RANGE, shape, i);
        }
    }
}

static void
test_idents_have_16_bytes (void **state)
{
    (void) state;
    static raw_t raw, odd;
    EACH_SHAPE (shape) {
        EACH_FIELD (shape, i) {
            for (size_t bytes = 0; bytes <= 18; bytes++) {
                if (shape->fields[i].kind != FIELD_IDENT) {
                    continue;
                }
                odd.size = 0;
                raw_ident (&odd, bytes);
                raw_message (&raw, shape, i, &odd);
                expect (&raw, bytes == 16 ? REFUSAL_NONE : REFUSAL_FIELD_RANGE, shape, i);
            }
        }
    }
}

typedef struct {
    const char *bytes;
    size_t size;
    field_kind_t of; // The kind of field that it would be right for.
} item_t;

#define ITEM(bytes, of) {bytes, sizeof bytes - 1, of}
#define NO_FIELD ((field_kind_t) -1)

// One of each format.
static const item_t items[] = {
    ITEM ("\x05", FIELD_NUMBER),
    ITEM ("\xcc\x05", FIELD_NUMBER),
    ITEM ("\xa1x", FIELD_WORD),
    ITEM ("\xd9\x01x", FIELD_WORD),
    ITEM ("\xc4\x10" "0123456789abcdef", FIELD_IDENT),
    ITEM ("\xc0", NO_FIELD),                                 // nil
    ITEM ("\xc2", NO_FIELD),                                 // false
    ITEM ("\xc3", NO_FIELD),                                 // true
    ITEM ("\xff", NO_FIELD),                                 // -1
    ITEM ("\xd0\x05", NO_FIELD),                             // int 8
    ITEM ("\xd1\x00\x05", NO_FIELD),                         // int 16
    ITEM ("\xd2\x00\x00\x00\x05", NO_FIELD),                 // int 32
    ITEM ("\xd3\x00\x00\x00\x00\x00\x00\x00\x05", NO_FIELD), // int 64
    ITEM ("\xca\x40\xa0\x00\x00", NO_FIELD),                 // float 32
    ITEM ("\xcb\x40\x14\x00\x00\x00\x00\x00\x00", NO_FIELD), // float 64
    ITEM ("\x90", NO_FIELD),                                 // []
    ITEM ("\x92\x01\x02", NO_FIELD),
    ITEM ("\x80", NO_FIELD),                                 // {}
    ITEM ("\x81\xa1x\x01", NO_FIELD),
    ITEM ("\xd4\x01\x05", NO_FIELD),                         // fixext 1
    ITEM ("\xd8\x01" "0123456789abcdef", NO_FIELD),          // fixext 16
    ITEM ("\xc7\x10\x01" "0123456789abcdef", NO_FIELD),      // ext 8
};

#define ITEMS (sizeof items / sizeof items[0])

static void
test_a_field_of_a_wrong_kind_is_refused (void **state)
{
    (void) state;
    static raw_t raw, odd;
    EACH_SHAPE (shape) {
        EACH_FIELD (shape, i) {
            for (size_t n = 0; n < ITEMS; n++) {
                odd.size = 0;
                raw_put (&odd, items[n].bytes, items[n].size);
                raw_message (&raw, shape, i, &odd);
                refusal_t refusal = decode (raw.bytes, raw.size);
                if (items[n].of == shape->fields[i].kind) {
                    assert_int_not_equal (refusal, REFUSAL_FIELD_KIND);
                }
                else {
                    expect (&raw, REFUSAL_FIELD_KIND, shape, i);
                }
            }
        }
    }
}

static void
test_numbers_may_be_written_in_any_width (void **state)
{
    (void) state;
    static const item_t widths[] = {
        ITEM ("\x93\x0a\x05\x00", FIELD_NUMBER),
        ITEM ("\x93\xcc\x0a\xcc\x05\xcc\x00", FIELD_NUMBER),
        ITEM ("\x93\xcd\x00\x0a\xcd\x00\x05\xcd\x00\x00", FIELD_NUMBER),
        ITEM ("\xdc\x00\x03\x0a\xce\x00\x00\x00\x05\x00", FIELD_NUMBER),
        ITEM ("\xdd\x00\x00\x00\x03\x0a\xcf\x00\x00\x00\x00\x00\x00\x00\x05\x00", FIELD_NUMBER),
    };
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        wire_t wire;
        assert_int_equal (codec_decode (widths[i].bytes, widths[i].size, &wire), REFUSAL_NONE);
        assert_int_equal (wire.kind, WIRE_LEASE);
        assert_int_equal (wire.as.lease.users, 5);
    }
}

static void
test_fields_beyond_those_known_are_passed_over (void **state)
{
    (void) state;
    static raw_t raw;
    EACH_SHAPE (shape) {
        for (size_t extra = 1; extra <= ITEMS; extra++) {
            raw_head (&raw, shape, extra);
            EACH_FIELD (shape, i) {
                raw_sound_field (&raw, &shape->fields[i]);
            }
            for (size_t n = 0; n < extra; n++) {
                raw_put (&raw, items[n].bytes, items[n].size);
            }
            expect (&raw, REFUSAL_NONE, shape, shape->field_count);
            raw.size--;
            expect (&raw, REFUSAL_MALFORMED, shape, shape->field_count);
        }
    }
}

static void
test_a_missing_field_is_named_as_such (void **state)
{
    (void) state;
    static raw_t raw;
    EACH_SHAPE (shape) {
        for (size_t fields = 0; fields < shape->field_count; fields++) {
            raw.size = 0;
            raw_sized (&raw, 0xdc, 2, fields + 1);
            raw_number (&raw, shape->kind);
            for (size_t i = 0; i < fields; i++) {
                raw_sound_field (&raw, &shape->fields[i]);
            }
            bool whole = shape->fields[fields].added;
            expect (&raw, whole ? REFUSAL_NONE : REFUSAL_FIELD_MISSING, shape, fields);
        }
    }
}

// STANDS of a gateway that knows of no others.
static void
test_fields_that_older_senders_do_not_say_are_zero_and_empty (void **state)
{
    (void) state;
    static raw_t raw;
    const shape_t *shape = wire_shape (WIRE_STANDS);
    for (size_t fields = 9; fields <= 11; fields++) {
        wire_t wire;
        memset (&wire, 0xff, sizeof wire);
        raw.size = 0;
        raw_sized (&raw, 0xdc, 2, fields + 1);
        raw_number (&raw, shape->kind);
        for (size_t i = 0; i < fields; i++) {
            raw_sound_field (&raw, &shape->fields[i]);
        }
        assert_int_equal (codec_decode ((const char *) raw.bytes, raw.size, &wire), REFUSAL_NONE);
        assert_int_equal (wire.as.stands.first, 1);
        if (fields == 9) {
            assert_int_equal (wire.as.stands.given_back, 0);
        }
        if (fields < 11) {
            assert_int_equal (wire.as.stands.said.bytes, 0);
        }
    }
}

static void
test_unknown_kinds_are_refused (void **state)
{
    (void) state;
    static raw_t raw;
    for (uint64_t kind = 0; kind < 70000; kind++) {
        wire_t wire;
        raw.size = 0;
        raw_byte (&raw, 0x91);
        raw_number (&raw, kind);
        refusal_t refusal = codec_decode ((const char *) raw.bytes, raw.size, &wire);
        bool known = wire_shape (kind) != NULL;
        assert_int_equal (refusal, known ? REFUSAL_FIELD_MISSING : REFUSAL_UNKNOWN_KIND);
        assert_int_equal (wire.kind, known ? kind : WIRE_NONE);
    }
    raw.size = 0;
    raw_byte (&raw, 0x91);
    raw_number (&raw, (1ULL << 32) + WIRE_LEASE); // Not cut down to a kind that is known.
    assert_int_equal (decode (raw.bytes, raw.size), REFUSAL_UNKNOWN_KIND);
}

static void
test_what_is_no_array_that_begins_with_a_number_is_refused (void **state)
{
    (void) state;
    static raw_t raw;
    assert_int_equal (decode ("", 0), REFUSAL_MALFORMED);
    assert_int_equal (decode ("\x90", 1), REFUSAL_MALFORMED);
    for (size_t i = 0; i < ITEMS; i++) {
        if (items[i].bytes[0] != '\x92') {
            assert_int_equal (decode (items[i].bytes, items[i].size), REFUSAL_MALFORMED);
        }
        raw.size = 0;
        raw_byte (&raw, 0x91);
        raw_put (&raw, items[i].bytes, items[i].size);
        refusal_t expected =
            items[i].of == FIELD_NUMBER ? REFUSAL_UNKNOWN_KIND : REFUSAL_MALFORMED;
        assert_int_equal (decode (raw.bytes, raw.size), expected);
    }
}

static void
must_not_encode (void)
{
    codec_t *codec = codec_new ();
    size_t bytes;
    codec_encode (codec, &(wire_t){WIRE_LEFT, .as.left = {ident_nil, 0}}, &bytes);
}

static void
must_not_encode_a_long_word (void)
{
    static char text[TEXT_BYTES + 1];
    codec_t *codec = codec_new ();
    size_t bytes;
    codec_encode (codec, &(wire_t){WIRE_RECORDED, .as.recorded = {{text, 42}}}, &bytes);
}

static void
must_not_encode_nothing (void)
{
    codec_t *codec = codec_new ();
    size_t bytes;
    codec_encode (codec, &(wire_t){WIRE_NONE, .as.left = {ident_nil, 1}}, &bytes);
}

static void
test_encoding_what_the_table_does_not_allow_breaks_a_promise (void **state)
{
    (void) state;
    assert_true (breaks_a_promise (must_not_encode));
    assert_true (breaks_a_promise (must_not_encode_a_long_word));
    assert_true (breaks_a_promise (must_not_encode_nothing));
}

static void
test_the_longest_message_fits (void **state)
{
    (void) state;
    static char text[TEXT_BYTES];
    memset (text, 'x', sizeof text);
    codec_t *codec = codec_new ();
    size_t bytes;
    wire_t wire = {.kind = WIRE_MESSAGE,
                   .as.message = {.number = COUNT_MOST, .at_ms = TIME_MOST,
                                  .id = {text, MESSAGE_ID_BYTES}, .text = {text, TEXT_BYTES}}};
    wire_t read;
    const char *data = codec_encode (codec, &wire, &bytes);
    assert_int_equal (codec_decode (data, bytes, &read), REFUSAL_NONE);
    assert_true (wire_same (&wire, &read));
    codec_destroy (&codec);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_numbers_are_taken_from_least_to_most_and_no_further),
        cmocka_unit_test (test_words_are_taken_up_to_their_most_and_in_utf8),
        cmocka_unit_test (test_idents_have_16_bytes),
        cmocka_unit_test (test_a_field_of_a_wrong_kind_is_refused),
        cmocka_unit_test (test_numbers_may_be_written_in_any_width),
        cmocka_unit_test (test_fields_beyond_those_known_are_passed_over),
        cmocka_unit_test (test_a_missing_field_is_named_as_such),
        cmocka_unit_test (test_fields_that_older_senders_do_not_say_are_zero_and_empty),
        cmocka_unit_test (test_unknown_kinds_are_refused),
        cmocka_unit_test (test_what_is_no_array_that_begins_with_a_number_is_refused),
        cmocka_unit_test (test_encoding_what_the_table_does_not_allow_breaks_a_promise),
        cmocka_unit_test (test_the_longest_message_fits),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
