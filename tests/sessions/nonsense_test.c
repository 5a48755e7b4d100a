// nonsense_test.c -- a recorder alone, with a real PostgreSQL, and matchers that send it what nobody
// should: each thing is refused or set aside with its reason, and what is sound goes on record.

#include <stdio.h>
#include <string.h>

#include "sessions/fixture.h"
#include "unit/raw.h"

static size_t odd_ones; // Sent so far.

// Sends a RECORD whose field at `place` is odd, and a sound one behind it: the one is refused, with
// that reason, and the other goes on record.
static void
expect_refusal (size_t place, const raw_t *odd, refusal_t reason)
{
    raw_t raw;
    ident_t chat = ident_random ();
    wire_t sound = closed (&chat);
    raw_message (&raw, wire_shape (WIRE_RECORD), place, odd);
    peer_send_bytes (fixture.matcher, raw.bytes, raw.size);
    const wire_t *refused = peer_expect (fixture.matcher, WIRE_REFUSED, NULL);
    assert_int_equal (refused->as.refused.reason, reason);
    put_on_record (&sound, odd_ones++);
}

static raw_t
odd_number (uint64_t number)
{
    raw_t raw = {.size = 0};
    raw_number (&raw, number);
    return raw;
}

static raw_t
odd_byte (unsigned byte)
{
    raw_t raw = {.size = 0};
    raw_byte (&raw, byte);
    return raw;
}

static raw_t
odd_ident (size_t bytes)
{
    raw_t raw = {.size = 0};
    raw_ident (&raw, bytes);
    return raw;
}

static raw_t
odd_word (size_t bytes)
{
    raw_t raw = {.size = 0};
    raw_word (&raw, bytes);
    return raw;
}

static void
try_number (size_t place, const field_t *field)
{
    raw_t too_much = odd_number (field->most + 1);
    raw_t huge = odd_number (UINT64_MAX);
    raw_t negative = odd_byte (0xff); // Before 1970, or fewer than none.
    raw_t word = odd_word (1);
    expect_refusal (place, &too_much, REFUSAL_FIELD_RANGE);
    expect_refusal (place, &huge, REFUSAL_FIELD_RANGE);
    expect_refusal (place, &negative, REFUSAL_FIELD_KIND);
    expect_refusal (place, &word, REFUSAL_FIELD_KIND);
    if (field->least > 0) {
        raw_t too_little = odd_number (field->least - 1);
        expect_refusal (place, &too_little, REFUSAL_FIELD_RANGE);
    }
}

static void
try_ident (size_t place)
{
    raw_t shorter = odd_ident (IDENT_BYTES - 1);
    raw_t longer = odd_ident (IDENT_BYTES + 1);
    raw_t word = odd_word (IDENT_BYTES);
    raw_t nothing = odd_byte (0xc0);
    expect_refusal (place, &shorter, REFUSAL_FIELD_RANGE);
    expect_refusal (place, &longer, REFUSAL_FIELD_RANGE);
    expect_refusal (place, &word, REFUSAL_FIELD_KIND);
    expect_refusal (place, &nothing, REFUSAL_FIELD_KIND);
}

static void
try_word (size_t place, const field_t *field)
{
    raw_t longer = odd_word (field->most + 1);
    raw_t number = odd_number (7);
    raw_t no_text = {.size = 0};
    raw_byte (&no_text, 0xa1);
    raw_byte (&no_text, 0xff); // No UTF-8.
    expect_refusal (place, &longer, REFUSAL_FIELD_RANGE);
    expect_refusal (place, &number, REFUSAL_FIELD_KIND);
    expect_refusal (place, &no_text, REFUSAL_FIELD_RANGE);
}

static void
test_what_no_record_can_say_is_refused_with_its_reason (void **state)
{
    (void) state;
    const shape_t *shape = wire_shape (WIRE_RECORD);
    odd_ones = 0;
    for (size_t i = 0; i < shape->field_count; i++) {
        switch (shape->fields[i].kind) {
            case FIELD_NUMBER:
                try_number (i, &shape->fields[i]);
                break;
            case FIELD_IDENT:
                try_ident (i);
                break;
            case FIELD_WORD:
                try_word (i, &shape->fields[i]);
                break;
        }
    }
    assert_true (odd_ones > 3 * shape->field_count);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), odd_ones);
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
    assert_int_equal (metric_value (fixture.admin_port, "wire_refused_total"), odd_ones);
    assert_int_equal (metric_value (fixture.admin_port, "recorder_records_total"),
                      odd_ones);
}

static void
test_the_least_and_the_most_that_a_record_can_say_go_on_record (void **state)
{
    (void) state;
    ident_t chats[] = {ident_random (), ident_random ()};
    wire_t records[] = {opened (&chats[0]), closed (&chats[1])};
    records[0].as.record.started_ms = 1;
    records[0].as.record.waited_a_ms = TIME_MOST;
    wire_record_t *most = &records[1].as.record;
    most->started_ms = TIME_MOST;
    most->ended_ms = TIME_MOST;
    most->waited_a_ms = TIME_MOST;
    most->waited_b_ms = TIME_MOST;
    most->messages_a = COUNT_MOST;
    most->messages_b = COUNT_MOST;
    most->interests = INTERESTS_MOST;
    most->reason = REASON_ORPHANED;
    most->ended_by = SIDE_NONE;
    deliver (records, 2, NULL);
    deliver (records, 2, NULL);
    assert_string_equal (row_text (&chats[0]),
                         "1970-01-01 00:00:00.001||||||253402300799999|0");
    assert_string_equal (row_text (&chats[1]),
                         "9999-12-31 23:59:59.999|9999-12-31 23:59:59.999|orphaned||"
                         "4294967295|4294967295|253402300799999|253402300799999");
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
    // Nobody who looks at the hours is in the way of such times.
    ask_text ("SELECT count (*) FROM chat_per_hour");
    ask_text ("SELECT count (*) FROM chat_end_per_hour");
}

static void
test_two_stories_of_one_chat_told_by_turns_hold_nothing_up (void **state)
{
    (void) state;
    static wire_t records[60];
    ident_t chat = ident_random ();
    for (size_t i = 0; i < 60; i++) {
        ident_t other = ident_random ();
        records[i] = closed (i % 3 == 2 ? &other : &chat);
        if (i % 3 == 1) {
            records[i].as.record.user_b = records[0].as.record.user_a;
            records[i].as.record.user_a = records[0].as.record.user_b;
        }
    }
    deliver (records, 60, NULL);
    assert_string_equal (row_text (&chat), CLOSED_ROW);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 21);
    // The same nonsense is kept once.
    assert_string_equal (ask_text ("SELECT string_agg (reason, ' ') FROM chat_dead_letter"),
                         "users_differ");
}

static void
test_the_end_may_come_first_and_the_beginning_again (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    wire_t records[] = {closed (&chat), opened (&chat), closed (&chat), opened (&chat)};
    records[3].as.record.started_ms += 1000000; // After the end that is known.
    for (size_t i = 0; i < 4; i++) {
        put_on_record (&records[i], i);
        assert_string_equal (row_text (&chat), CLOSED_ROW);
    }
    deliver (records, 4, NULL);
    assert_string_equal (row_text (&chat), CLOSED_ROW);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECORDER (test_what_no_record_can_say_is_refused_with_its_reason),
        WITH_RECORDER (test_the_least_and_the_most_that_a_record_can_say_go_on_record),
        WITH_RECORDER (test_two_stories_of_one_chat_told_by_turns_hold_nothing_up),
        WITH_RECORDER (test_the_end_may_come_first_and_the_beginning_again),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
