// golden_test.c -- the very bytes of every wire message, written by hand.
//
// What fails here would fail between processes of two versions. Bytes of a row that has been
// released never change; a field that is added stands at the end.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "support/cmocka_all.h"
#include "unit/wire_same.h"
#include "wire/codec.h"

// An ident of 16 equal bytes, as the struct and as the bin that it is on the wire.
#define ID(b) {{b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b}}
#define HEX_ID(b) "c410" b b b b b b b b b b b b b b b b

#define WORD_OF(text) {text, sizeof text - 1}

typedef struct {
    const char *fields; // Their names; of a number its range, of a str its most bytes.
    const char *hex;
    wire_t wire;
} golden_t;

// clang-format off
static const golden_t goldens[] = {
    { "version:1-255 role:1-4 instance",
      "94" "01" "01" "02" HEX_ID ("a1"),
      { WIRE_HELLO, .as.hello = {1, ROLE_MATCHER, ID (0xa1)} } },
    { "about:0-255 reason:1-255 user",
      "94" "02" "1e" "6d" HEX_ID ("a1"),
      { WIRE_REFUSED, .as.refused = {30, REFUSAL_FALSE_SENDER, ID (0xa1)} } },
    { "users:0-100000000 pool:0-15",
      "93" "0a" "ce05f5e100" "0f",
      { WIRE_LEASE, .as.lease = {100000000, 15} } },
    { "user turn:1-4294967295 chat partner partner_gateway sent:0-4294967295 "
      "received:0-4294967295 reason:0-6 by_partner:0-1 side:0-2 started_ms:0-253402300799999 "
      "waited_a_ms:0-253402300799999 waited_b_ms:0-253402300799999 waits_ms:0-253402300799999 "
      "browser interests:str160 language:str8 undo anew:0-1",
      "dc0014" "0b" HEX_ID ("a1") "cd0100" HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("b2")
      "ce00010000" "7f" "02" "01" "02" "cf0000019b76daa800" "cd2710" "00" "05"
      HEX_ID ("f1") "b0" "30313233343536373839616263646566" "a2" "7074" HEX_ID ("c2") "01",
      { WIRE_SEARCH, .as.search = {ID (0xa1), 256, ID (0xc1), ID (0xa2), ID (0xb2),
                                   65536, 127, REASON_ENDED, 1, SIDE_B, 1767225600000, 10000, 0,
                                   5, ID (0xf1), WORD_OF ("0123456789abcdef"), WORD_OF ("pt"),
                                   ID (0xc2), 1} } },
    { "user turn:1-4294967295 reason:1-6 chat partner partner_gateway "
      "sent:0-4294967295 received:0-4294967295 by_partner:0-1 side:0-2 "
      "started_ms:0-253402300799999 waited_a_ms:0-253402300799999 "
      "waited_b_ms:0-253402300799999",
      "9e" "0c" HEX_ID ("a1") "ceffffffff" "01" HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("b2")
      "cc80" "00" "01" "01" "cf0000019b76daa800" "00" "cd2710",
      { WIRE_LEAVE, .as.leave = {ID (0xa1), UINT32_MAX, REASON_SKIPPED, ID (0xc1), ID (0xa2),
                                 ID (0xb2), 128, 0, 1, SIDE_A, 1767225600000, 0, 10000} } },
    { "user turn:1-4294967295 waited_ms:0-253402300799999 again_ms:1-253402300799999 "
      "searching:0-253402300799999",
      "96" "0d" HEX_ID ("a1") "01" "cf0000e677d21fdbff" "cd07d0" "03",
      { WIRE_WAITING, .as.waiting = {ID (0xa1), 1, TIME_MOST, 2000, 3} } },
    { "user turn:1-4294967295 chat partner partner_gateway side:1-2 started_ms:1-253402300799999 "
      "waited_a_ms:0-253402300799999 waited_b_ms:0-253402300799999 partner_browser "
      "shared:str160 undoes",
      "9d" "0e" HEX_ID ("a1") "02" HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("b2")
      "02" "cf0000019b76daa800" "cd2710" "00" HEX_ID ("f2") "a0" HEX_ID ("c2"),
      { WIRE_MATCHED, .as.matched = {ID (0xa1), 2, ID (0xc1), ID (0xa2), ID (0xb2), SIDE_B,
                                     1767225600000, 10000, 0, ID (0xf2), WORD_OF (""),
                                     ID (0xc2)} } },
    { "user turn:1-4294967295",
      "93" "0f" HEX_ID ("a1") "ccff",
      { WIRE_LEFT, .as.left = {ID (0xa1), 255} } },
    { "user chat reason:1-6",
      "94" "10" HEX_ID ("a1") HEX_ID ("c1") "03",
      { WIRE_ENDED, .as.ended = {ID (0xa1), ID (0xc1), REASON_DISCONNECTED} } },
    { "generation online:0-253402300799999 searching:0-253402300799999 pool:0-15",
      "95" "11" HEX_ID ("d1") "ce000186a0" "07" "01",
      { WIRE_LEASED, .as.leased = {ID (0xd1), 100000, 7, 1} } },
    { "user nonce",
      "93" "12" HEX_ID ("a1") HEX_ID ("e1"),
      { WIRE_RESUME, .as.resume = {ID (0xa1), ID (0xe1)} } },
    { "user nonce doing:0-4 turn:0-4294967295 waits_ms:0-253402300799999 chat partner "
      "partner_gateway reason:0-6 side:0-2 started_ms:0-253402300799999 "
      "waited_a_ms:0-253402300799999 waited_b_ms:0-253402300799999 partner_browser "
      "interests:str160 language:str8 shared:str160 undoes",
      "dc0013" "13" HEX_ID ("a1") HEX_ID ("e1") "04" "ce00010000" "00" HEX_ID ("c1") HEX_ID ("a2")
      HEX_ID ("b2") "00" "01" "cf0000019b76daa800" "cd2710" "07" HEX_ID ("f2")
      "b0" "30313233343536373839616263646566" "a0" "a0" HEX_ID ("c2"),
      { WIRE_RESUMED, .as.resumed = {ID (0xa1), ID (0xe1), DOING_CHATTING, 65536, 0, ID (0xc1),
                                     ID (0xa2), ID (0xb2), REASON_NONE, SIDE_A, 1767225600000,
                                     10000, 7, ID (0xf2), WORD_OF ("0123456789abcdef"),
                                     WORD_OF (""), WORD_OF (""), ID (0xc2)} } },
    { "user turn:0-4294967295",
      "93" "16" HEX_ID ("a1") "cd0100",
      { WIRE_TAKEN, .as.taken = {ID (0xa1), 256} } },
    { "user turn:1-4294967295 chat partner partner_gateway side:1-2 started_ms:1-253402300799999 "
      "waited_a_ms:0-253402300799999 waited_b_ms:0-253402300799999",
      "9a" "17" HEX_ID ("a1") "ce00010001" HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("b2")
      "01" "cf0000019b76daa800" "00" "cd2710",
      { WIRE_HOLD, .as.hold = {ID (0xa1), 65537, ID (0xc1), ID (0xa2), ID (0xb2), SIDE_A,
                               1767225600000, 0, 10000} } },
    { "user turn:1-4294967295",
      "93" "18" HEX_ID ("a1") "ce00010001",
      { WIRE_HELD, .as.held = {ID (0xa1), 65537} } },
    { "user browser partner partner_browser pool:0-15",
      "96" "1a" HEX_ID ("a1") HEX_ID ("f1") HEX_ID ("a2") HEX_ID ("f2") "02",
      { WIRE_BLOCK, .as.block = {ID (0xa1), ID (0xf1), ID (0xa2), ID (0xf2), 2} } },
    { "user partner pool:0-15",
      "94" "1b" HEX_ID ("a1") HEX_ID ("a2") "02",
      { WIRE_BLOCKED, .as.blocked = {ID (0xa1), ID (0xa2), 2} } },
    { "entry:str41 chat user_a user_b started_ms:1-253402300799999 "
      "waited_a_ms:0-253402300799999 waited_b_ms:0-253402300799999 "
      "ended_ms:0-253402300799999 reason:0-6 ended_by:0-2 messages_a:0-4294967295 "
      "messages_b:0-4294967295 interests:0-10",
      "9e" "14" "af" "313736373232353630303030302d30" HEX_ID ("c1") HEX_ID ("a1") HEX_ID ("a2")
      "cf0000019b76daa800" "cd2710" "00" "cf0000019b76daa87b" "06" "02" "03" "04" "0a",
      { WIRE_RECORD, .as.record = {WORD_OF ("1767225600000-0"), ID (0xc1), ID (0xa1), ID (0xa2),
                                   1767225600000, 10000, 0, 1767225600123, REASON_ORPHANED,
                                   SIDE_B, 3, 4, 10} } },
    { "entry:str41",
      "92" "15" "a7" "656e7472792d37",
      { WIRE_RECORDED, .as.recorded = {WORD_OF ("entry-7")} } },
    { "chat user_a user_b started_ms:1-253402300799999 waited_a_ms:0-253402300799999 "
      "waited_b_ms:0-253402300799999",
      "97" "19" HEX_ID ("c1") HEX_ID ("a1") HEX_ID ("a2") "cf0000019b76daa800" "cd2710" "00",
      { WIRE_DOUBT, .as.doubt = {ID (0xc1), ID (0xa1), ID (0xa2), 1767225600000, 10000, 0} } },
    { "to from chat user partner number:1-4294967295 at_ms:1-253402300799999 "
      "id:str64 text:str12000",
      "9a" "1e" HEX_ID ("b2") HEX_ID ("b1") HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("a1")
      "cdffff" "cf0000019b76daa800" "a0"
      "d924" "4772c3bcc39f652c207769652067656874206573206469722068657574653f20f09f9880",
      { WIRE_MESSAGE, .as.message = {ID (0xb2), ID (0xb1), ID (0xc1), ID (0xa2), ID (0xa1),
                                     65535, 1767225600000, {NULL, 0},
                                     WORD_OF ("Gr\xc3\xbc\xc3\x9f" "e, wie geht es dir heute? "
                                              "\xf0\x9f\x98\x80")} } },
    { "to from chat user partner number:0-4294967295 seen:0-4294967295",
      "98" "1f" HEX_ID ("b1") HEX_ID ("b2") HEX_ID ("c1") HEX_ID ("a1") HEX_ID ("a2") "09" "08",
      { WIRE_RECEIPT, .as.receipt = {ID (0xb1), ID (0xb2), ID (0xc1), ID (0xa1), ID (0xa2),
                                     9, 8} } },
    { "to from chat user partner on:0-1",
      "97" "20" HEX_ID ("b2") HEX_ID ("b1") HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("a1") "01",
      { WIRE_TYPING, .as.typing = {ID (0xb2), ID (0xb1), ID (0xc1), ID (0xa2), ID (0xa1), 1} } },
    { "to from chat user partner reason:1-6",
      "97" "21" HEX_ID ("b2") HEX_ID ("b1") HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("a1") "02",
      { WIRE_GONE, .as.gone = {ID (0xb2), ID (0xb1), ID (0xc1), ID (0xa2), ID (0xa1),
                               REASON_ENDED} } },
    { "to from chat user partner",
      "96" "23" HEX_ID ("b2") HEX_ID ("b1") HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("a1"),
      { WIRE_AWAY, .as.away = {ID (0xb2), ID (0xb1), ID (0xc1), ID (0xa2), ID (0xa1)} } },
    { "to from chat user partner",
      "96" "24" HEX_ID ("b2") HEX_ID ("b1") HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("a1"),
      { WIRE_BACK, .as.back = {ID (0xb2), ID (0xb1), ID (0xc1), ID (0xa2), ID (0xa1)} } },
    { "gateway chat user",
      "94" "22" HEX_ID ("b2") HEX_ID ("c1") HEX_ID ("a1"),
      { WIRE_LOST, .as.lost = {ID (0xb2), ID (0xc1), ID (0xa1)} } },
    { "to from chat user partner turn:0-4294967295 number:0-4294967295 heard:str512",
      "99" "25" HEX_ID ("b2") HEX_ID ("b1") HEX_ID ("c1") HEX_ID ("a2") HEX_ID ("a1")
      "ce00010000" "07" "a8" "3161326233633464",
      { WIRE_MOVED, .as.moved = {ID (0xb2), ID (0xb1), ID (0xc1), ID (0xa2), ID (0xa1),
                                 65536, 7, WORD_OF ("1a2b3c4d")} } },
    { "to from chat user partner number:0-4294967295 first:1-4294967295 taken:0-4294967295 "
      "heard:str512 given_back:0-256 said:str512",
      "9c" "26" HEX_ID ("b1") HEX_ID ("b2") HEX_ID ("c1") HEX_ID ("a1") HEX_ID ("a2")
      "03" "08" "cc80" "a0" "02" "a8" "3161326233633464",
      { WIRE_STANDS, .as.stands = {ID (0xb1), ID (0xb2), ID (0xc1), ID (0xa1), ID (0xa2),
                                   3, 8, 128, {"", 0}, 2, WORD_OF ("1a2b3c4d")} } },
};
// clang-format on

#define GOLDENS (sizeof goldens / sizeof goldens[0])

// The bytes that `hex` stands for, in memory of their very size.
static char *
bytes_of (const char *hex, size_t *bytes)
{
    *bytes = strlen (hex) / 2;
    char *data = malloc (*bytes);
    must (data != NULL);
    for (size_t i = 0; i < *bytes; i++) {
        char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        data[i] = (char) strtoul (digits, NULL, 16);
    }
    return data;
}

static void
test_every_message_has_golden_bytes (void **state)
{
    (void) state;
    const shape_t *shape;
    for (size_t place = 0; (shape = wire_shape_at (place)) != NULL; place++) {
        size_t found = 0;
        for (size_t i = 0; i < GOLDENS; i++) {
            found += goldens[i].wire.kind == shape->kind;
        }
        if (found == 0) {
            fail_msg ("%s has no golden bytes", shape->name);
        }
    }
}

static void
print_field (char *text, size_t size, const field_t *field)
{
    switch (field->kind) {
        case FIELD_NUMBER:
            snprintf (text, size, "%s:%" PRIu64 "-%" PRIu64, field->name, field->least,
                      field->most);
            break;
        case FIELD_WORD:
            snprintf (text, size, "%s:str%" PRIu64, field->name, field->most);
            break;
        case FIELD_IDENT:
            snprintf (text, size, "%s", field->name);
            break;
    }
}

static void
test_fields_keep_their_order_and_their_ranges (void **state)
{
    (void) state;
    for (size_t i = 0; i < GOLDENS; i++) {
        char text[1024] = "";
        const shape_t *shape = wire_shape (goldens[i].wire.kind);
        for (size_t j = 0; j < shape->field_count; j++) {
            size_t length = strlen (text);
            text[length] = ' ';
            length += j > 0;
            print_field (text + length, sizeof text - length, &shape->fields[j]);
        }
        assert_string_equal (text, goldens[i].fields);
    }
}

static void
test_messages_are_written_as_these_bytes (void **state)
{
    (void) state;
    codec_t *codec = codec_new ();
    for (size_t i = 0; i < GOLDENS; i++) {
        size_t bytes;
        size_t written;
        char *expected = bytes_of (goldens[i].hex, &bytes);
        const char *data = codec_encode (codec, &goldens[i].wire, &written);
        assert_int_equal (written, bytes);
        assert_memory_equal (data, expected, bytes);
        free (expected);
    }
    codec_destroy (&codec);
    assert_null (codec);
    codec_destroy (&codec);
}

static void
test_these_bytes_are_read_as_the_messages (void **state)
{
    (void) state;
    for (size_t i = 0; i < GOLDENS; i++) {
        size_t bytes;
        wire_t wire;
        char *data = bytes_of (goldens[i].hex, &bytes);
        assert_int_equal (codec_decode (data, bytes, &wire), REFUSAL_NONE);
        assert_true (wire_same (&wire, &goldens[i].wire));
        free (data);
    }
}

// One ZeroMQ message has several, with nothing between them.
static void
test_these_bytes_are_read_one_behind_the_other (void **state)
{
    (void) state;
    char *bundle = must_alloc (WIRE_BYTES_MOST);
    size_t size = 0;
    for (size_t i = 0; i < GOLDENS; i++) {
        size_t bytes;
        char *data = bytes_of (goldens[i].hex, &bytes);
        assert_true (bytes <= WIRE_BYTES_MOST - size);
        memcpy (bundle + size, data, bytes);
        size += bytes;
        free (data);
    }
    size_t at = 0;
    for (size_t i = 0; i < GOLDENS; i++) {
        size_t taken;
        wire_t wire;
        assert_int_equal (codec_decode_first (bundle + at, size - at, &wire, &taken), REFUSAL_NONE);
        assert_true (wire_same (&wire, &goldens[i].wire));
        assert_int_equal (taken, strlen (goldens[i].hex) / 2);
        at += taken;
    }
    assert_int_equal (at, size);
    free (bundle);
}

static void
test_a_message_cut_at_any_length_is_refused (void **state)
{
    (void) state;
    for (size_t i = 0; i < GOLDENS; i++) {
        size_t bytes;
        char *data = bytes_of (goldens[i].hex, &bytes);
        for (size_t length = 0; length < bytes; length++) {
            wire_t wire;
            char *cut = malloc (length > 0 ? length : 1); // So that a sanitizer sees its end.
            must (cut != NULL);
            memcpy (cut, data, length);
            assert_int_equal (codec_decode (cut, length, &wire), REFUSAL_MALFORMED);
            free (cut);
        }
        free (data);
    }
}

static void
test_a_byte_too_many_is_refused (void **state)
{
    (void) state;
    for (size_t i = 0; i < GOLDENS; i++) {
        size_t bytes;
        wire_t wire;
        char *data = bytes_of (goldens[i].hex, &bytes);
        data = must_resize (data, bytes + 1);
        data[bytes] = 0;
        assert_int_equal (codec_decode (data, bytes + 1, &wire), REFUSAL_MALFORMED);
        free (data);
    }
}

static void
test_numbers_on_the_wire_never_change (void **state)
{
    (void) state;
    assert_int_equal (WIRE_VERSION, 2);
    static const char *const roles[] = {"none", "gateway", "matcher", "relay", "recorder"};
    for (unsigned role = 0; role < sizeof roles / sizeof roles[0]; role++) {
        assert_string_equal (wire_role_name ((role_t) role), roles[role]);
    }
    static const char *const reasons[] = {"none",    "skipped", "ended",   "disconnected",
                                          "drained", "timeout", "orphaned"};
    for (unsigned reason = 0; reason < sizeof reasons / sizeof reasons[0]; reason++) {
        assert_string_equal (wire_reason_name ((reason_t) reason), reasons[reason]);
    }
    assert_string_equal (wire_role_name ((role_t) 99), "unknown");
    assert_string_equal (wire_reason_name ((reason_t) 99), "unknown");
}

typedef struct {
    unsigned number;
    const char *code;
} refusal_row_t;

static void
test_refusals_keep_their_numbers_and_codes (void **state)
{
    (void) state;
    // clang-format off
    static const refusal_row_t rows[] = {
        { 1, "invalid_message" },  { 2, "message_too_long" },   { 3, "too_many_messages" },
        { 4, "not_in_chat" },      { 5, "chat_over" },          { 6, "already_in_chat" },
        { 7, "already_searching" }, { 8, "unknown_event" },     { 9, "invalid_payload" },
        { 10, "window_full" },     { 11, "not_delivered" },     { 12, "no_matcher" },
        { 13, "binary" },          { 14, "too_many_searches" }, { 15, "too_many_packets" },
        { 16, "too_many_connections" }, { 17, "too_many_handshakes" },
        { 18, "too_many_people" }, { 19, "no_relay" },          { 20, "taken_over" },
        { 21, "returning" },
        { 22, "stopping" },        { 23, "invalid_interests" }, { 24, "invalid_language" },
        { 25, "nothing_to_undo" }, { 26, "partner_taken" },     { 27, "nobody_to_block" },
        { 28, "block_pending" },
        { 101, "malformed" },      { 102, "too_long" },
        { 103, "unknown_kind" },   { 104, "field_missing" },    { 105, "field_kind" },
        { 106, "field_range" },    { 107, "hello_first" },      { 108, "wrong_version" },
        { 109, "false_sender" },   { 110, "not_my_duty" },      { 111, "too_many_peers" },
        { 112, "busy" },           { 113, "stale" },            { 0, "unknown" },
        { 999, "unknown" },
    };
    // clang-format on
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal (refusal_code ((refusal_t) rows[i].number), rows[i].code);
        assert_true (strlen (refusal_sentence ((refusal_t) rows[i].number)) > 0);
    }
    // The three sentences that users of this application have always read.
    assert_string_equal (refusal_sentence (REFUSAL_INVALID_MESSAGE), "Invalid message");
    assert_string_equal (refusal_sentence (REFUSAL_MESSAGE_TOO_LONG), "Message length exceeded");
    assert_string_equal (refusal_sentence (REFUSAL_TOO_MANY_MESSAGES),
                         "Too many messages sent");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_every_message_has_golden_bytes),
        cmocka_unit_test (test_fields_keep_their_order_and_their_ranges),
        cmocka_unit_test (test_messages_are_written_as_these_bytes),
        cmocka_unit_test (test_these_bytes_are_read_as_the_messages),
        cmocka_unit_test (test_these_bytes_are_read_one_behind_the_other),
        cmocka_unit_test (test_a_message_cut_at_any_length_is_refused),
        cmocka_unit_test (test_a_byte_too_many_is_refused),
        cmocka_unit_test (test_numbers_on_the_wire_never_change),
        cmocka_unit_test (test_refusals_keep_their_numbers_and_codes),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
