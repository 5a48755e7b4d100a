// offset_test.c -- what browsers are given as an offset is read again, and nothing else is.

#include <stdlib.h>
#include <string.h>

#include "gateway/offset.h"
#include "support/cmocka_all.h"
#include "wire/wire.h"

#define EVENT_MOST (UINT64_C (1) << 53)

static writer_t writer;

static int
tear_down (void **state)
{
    (void) state;
    writer_close (&writer);
    return 0;
}

// Reads it from memory of just its size, so that whoever reads on is caught.
static bool
read_bytes (const char *text, size_t bytes, offset_t *offset)
{
    char *copy = malloc (bytes > 0 ? bytes : 1);
    assert_non_null (copy);
    memcpy (copy, text, bytes);
    bool read = offset_read (copy, bytes, offset);
    free (copy);
    return read;
}

static void
expect_written (const offset_t *offset, const char *text)
{
    writer_clear (&writer);
    offset_write (&writer, offset);
    assert_int_equal (writer.size, strlen (text));
    assert_memory_equal (writer.bytes, text, writer.size);
}

// It is written as that text, and the text is read as it.
static void
expect_both_ways (const offset_t *offset, const char *text)
{
    offset_t read;
    expect_written (offset, text);
    memset (&read, 0xaa, sizeof read);
    assert_true (read_bytes (text, strlen (text), &read));
    assert_int_equal (read.event, offset->event);
    assert_int_equal (read.in_chat, offset->in_chat);
    assert_int_equal (read.over, offset->over);
    assert_int_equal (read.message, offset->message);
    assert_int_equal (read.chat, offset->chat);
    assert_int_equal (read.fingerprint_count, offset->fingerprint_count);
    assert_memory_equal (read.fingerprints, offset->fingerprints, sizeof read.fingerprints);
}

static void
refuse (const char *text)
{
    offset_t offset;
    if (read_bytes (text, strlen (text), &offset)) {
        fail_msg ("\"%s\" was read", text);
    }
}

static void
test_who_is_in_no_chat_has_a_number (void **state)
{
    (void) state;
    expect_both_ways (&(offset_t){0}, "0");
    expect_both_ways (&(offset_t){.event = 12}, "12");
    expect_both_ways (&(offset_t){.event = EVENT_MOST}, "9007199254740992");
}

static void
test_who_is_in_a_chat_has_its_last_message (void **state)
{
    (void) state;
    expect_both_ways (&(offset_t){.event = 12, .in_chat = true, .message = 3,
                                  .chat = 0x1a2b3c4d}, "12.3.1a2b3c4d");
    expect_both_ways (&(offset_t){.event = 1, .in_chat = true}, "1.0.00000000");
    expect_both_ways (&(offset_t){.event = EVENT_MOST, .in_chat = true, .message = COUNT_MOST,
                                  .chat = UINT32_MAX}, "9007199254740992.4294967295.ffffffff");
}

static void
test_who_has_left_a_chat_says_which (void **state)
{
    (void) state;
    expect_both_ways (&(offset_t){.event = 12, .over = true, .chat = 0x1a2b3c4d}, "12.x.1a2b3c4d");
    expect_both_ways (&(offset_t){.over = true}, "0.x.00000000");
}

static void
test_one_to_twelve_fingerprints_follow (void **state)
{
    (void) state;
    offset_t offset = {.event = 7, .in_chat = true, .message = 30, .chat = 0xc0ffee};
    char text[256] = "7.30.00c0ffee.";
    for (size_t i = 0; i < OFFSET_FINGERPRINTS; i++) {
        offset.fingerprints[i] = (uint32_t) i * 0x01010101;
        offset.fingerprint_count = i + 1;
        for (size_t digit = 0; digit < 8; digit++) {
            char digits[] = {digit % 2 == 0 ? '0' : "0123456789ab"[i], '\0'};
            strcat (text, digits);
        }
        expect_both_ways (&offset, text);
    }
    strcat (text, "0c0c0c0c");
    refuse (text);
    strcat (text, "0d0d0d0d");
    refuse (text);
}

static void
test_what_is_cut_short_is_none (void **state)
{
    (void) state;
    const char *const whole = "12.3.1a2b3c4d.0011223344556677";
    for (size_t bytes = 0; bytes <= strlen (whole); bytes++) {
        offset_t offset;
        bool fits = bytes == 1 || bytes == 2 || bytes == 13 || bytes == 22 || bytes == 30;
        assert_int_equal (read_bytes (whole, bytes, &offset), fits);
    }
}

static void
test_what_is_not_written_so_is_none (void **state)
{
    (void) state;
    refuse ("");
    refuse ("x");
    refuse ("12x");
    refuse ("x12");
    refuse (" 12");
    refuse ("12 ");
    refuse ("-1");
    refuse ("+1");
    refuse ("1e3");
    refuse ("0x10");
    refuse ("12.3.1a2b3c4");
    refuse ("12.3.1a2b3c4d5");
    refuse ("12.3.1a2b3c4g");
    refuse ("12.3.1A2B3C4D");
    refuse ("12.x.1a2b3c4");
    refuse ("12.x.");
    refuse ("12.xx.1a2b3c4d");
    refuse ("12.x.1a2b3c4d.00112233");
    refuse ("12.-3.1a2b3c4d");
    refuse ("12.3.1a2b3c4d.0011223x");
    refuse ("12.3.1a2b3c4d.0011223");
    refuse ("12.3.1a2b3c4d.001122334");
    refuse ("12.3.1a2b3c4d.0011223344556677x");
    refuse ("12.3.1a2b3c4d.AABBCCDD");
    offset_t offset;
    assert_false (read_bytes ("12\0", 3, &offset));
    assert_false (read_bytes ("12.3.1a2b3c4d\0", 14, &offset));
}

static void
test_dots_in_wrong_places_are_refused (void **state)
{
    (void) state;
    refuse (".");
    refuse (".12");
    refuse ("12.");
    refuse ("12..");
    refuse ("12.3");
    refuse ("12.3.");
    refuse ("12..1a2b3c4d");
    refuse ("12.3.1a2b3c4d.");
    refuse ("12.3.1a2b3c4d..");
    refuse ("12.3.1a2b3c4d..00112233");
    refuse ("12.3.1a2b3c4d.00112233.");
    refuse ("12.3.1a2b3c4d.00112233.44556677");
    refuse ("12.3.1a2b.3c4d");
    refuse ("12.3..1a2b3c4d");
    refuse ("1.2.3.1a2b3c4d");
}

static void
test_numbers_out_of_all_proportion_are_refused (void **state)
{
    (void) state;
    refuse ("9007199254740993");
    refuse ("18446744073709551615");
    refuse ("18446744073709551616"); // 0, to whoever lets it overflow,
    refuse ("18446744073709551628"); // and 12.
    refuse ("99999999999999999999999999999999999999999999");
    refuse ("12.4294967296.1a2b3c4d");
    refuse ("12.18446744073709551616.1a2b3c4d");
    refuse ("9007199254740993.3.1a2b3c4d");
}

static void
test_fingerprints_alone_are_read_up_to_a_bound (void **state)
{
    (void) state;
    const uint32_t prints[] = {0x00112233, 0xffffffff, 0};
    uint32_t read[3] = {0};
    size_t count = 7;
    writer_clear (&writer);
    offset_write_fingerprints (&writer, prints, 3);
    assert_int_equal (writer.size, 24);
    assert_memory_equal (writer.bytes, "00112233ffffffff00000000", 24);
    assert_true (offset_read_fingerprints (writer.bytes, writer.size, read, 3, &count));
    assert_int_equal (count, 3);
    assert_memory_equal (read, prints, sizeof prints);
    assert_false (offset_read_fingerprints (writer.bytes, writer.size, read, 2, &count));
    assert_false (offset_read_fingerprints (writer.bytes, 23, read, 3, &count));
    assert_false (offset_read_fingerprints ("0011223X", 8, read, 3, &count));
    assert_true (offset_read_fingerprints (writer.bytes, 0, read, 3, &count));
    assert_int_equal (count, 0);
}

static void
test_a_chat_is_told_by_its_last_bits (void **state)
{
    (void) state;
    ident_t chat = {{0}};
    for (size_t i = 0; i < IDENT_BYTES; i++) {
        chat.bytes[i] = (uint8_t) (0xf0 + i);
    }
    assert_int_equal (offset_chat (&chat), 0xfcfdfeff);
    assert_int_equal (offset_chat (&ident_nil), 0);
}

#define WITH_WRITER(test) cmocka_unit_test_teardown (test, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_WRITER (test_who_is_in_no_chat_has_a_number),
        WITH_WRITER (test_who_is_in_a_chat_has_its_last_message),
        WITH_WRITER (test_who_has_left_a_chat_says_which),
        WITH_WRITER (test_one_to_twelve_fingerprints_follow),
        WITH_WRITER (test_what_is_cut_short_is_none),
        WITH_WRITER (test_what_is_not_written_so_is_none),
        WITH_WRITER (test_dots_in_wrong_places_are_refused),
        WITH_WRITER (test_numbers_out_of_all_proportion_are_refused),
        WITH_WRITER (test_fingerprints_alone_are_read_up_to_a_bound),
        WITH_WRITER (test_a_chat_is_told_by_its_last_bits),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
