// outbox_test.c -- records reach a recorder and leave the outbox only then.

#include <string.h>

#include "fixture.h"

static ident_t ada;
static ident_t bob;

static int
set_up_people (void **state)
{
    ada = ident_random ();
    bob = ident_random ();
    return set_up (state);
}

static long
outbox_length (void)
{
    return redis_count (fixture.redis, "XLEN records");
}

static void
test_a_confirmed_record_is_gone (void **state)
{
    (void) state;
    start_recorder (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    wire_record_t opened = take_record (false);
    assert_true (ident_equal (&opened.chat, &match.chat));
    assert_true (ident_equal (&opened.user_a, &ada));
    assert_true (ident_equal (&opened.user_b, &bob));
    assert_int_equal (opened.ended_ms + opened.reason + opened.ended_by + opened.messages_a,
                      0);
    wire_matched_t of_bob = other_side (&match, peer_instance (fixture.here[0]), 1);
    assert_int_equal (outbox_length (), 1);
    WAIT_FOR (metric_value (fixture.admin_ports[0], "matcher_outbox_unconfirmed") == 1);
    WAIT_FOR (metric_ms (fixture.admin_ports[0], "matcher_outbox_oldest_seconds") > 200);
    leave_chat (fixture.there[0], &of_bob, 2, 11, 22);
    wire_record_t closed;
    do {
        closed = take_record (false); // The first may come again before.
    } while (closed.ended_ms == 0);
    assert_int_equal (closed.ended_by, SIDE_B);
    assert_int_equal (closed.messages_a, 22);
    assert_int_equal (closed.messages_b, 11);
    assert_int_equal (outbox_length (), 2);
    // Both come again, as they were not confirmed.
    bool seen[2] = {false, false};
    while (!seen[0] || !seen[1]) {
        seen[take_record (true).ended_ms != 0] = true;
    }
    WAIT_FOR (outbox_length () == 0
              && metric_value (fixture.admin_ports[0], "matcher_recorded_total") == 2
              && metric_value (fixture.admin_ports[0], "matcher_outbox_unconfirmed") == 0
              && metric_ms (fixture.admin_ports[0], "matcher_outbox_oldest_seconds") == 0);
    assert_int_equal (
        redis_count (fixture.redis, "EVAL %s 0",
                     "return redis.call ('XPENDING', 'records', 'recorders')[1]"),
        0);
}

static void
test_records_wait_for_a_recorder (void **state)
{
    (void) state;
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    start_recorder (1);
    take_record (true);
    take_record (true);
    WAIT_FOR (outbox_length () == 0);
}

static void
test_a_recorder_that_goes_and_comes_back_gets_the_rest (void **state)
{
    (void) state;
    start_recorder (1);
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    take_record (false);
    peer_close (&fixture.recorder);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    start_recorder (1);
    take_record (true);
    take_record (true);
    WAIT_FOR (outbox_length () == 0);
}

static void
test_a_busy_recorder_is_asked_again (void **state)
{
    (void) state;
    start_recorder (1);
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    ident_t matcher;
    peer_expect (fixture.recorder, WIRE_RECORD, &matcher);
    wire_t busy = {.kind = WIRE_REFUSED,
                   .as.refused = {WIRE_RECORD, REFUSAL_BUSY, ident_nil}};
    peer_send_to (fixture.recorder, ROLE_MATCHER, &matcher, &busy);
    take_record (true);
    WAIT_FOR (outbox_length () == 0);
}

static void
test_what_a_killed_matcher_had_in_hand_is_claimed (void **state)
{
    (void) state;
    start_recorder (1);
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    take_record (false);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    take_record (false);
    service_kill (&fixture.matchers[0]);
    start_matcher (1);
    take_record (true);
    take_record (true);
    WAIT_FOR (outbox_length () == 0);
    // The dead one's name goes too.
    WAIT_FOR (
        redis_count (fixture.redis, "EVAL %s 0",
                     "return #redis.call ('XINFO', 'CONSUMERS', 'records', 'recorders')")
        == 1);
    assert_string_equal (lasting_keys (), "");
}

// For how long Redis has not seen the one matcher there is, in ms.
static long
idle_ms (void)
{
    return redis_count (
        fixture.redis, "EVAL %s 0",
        "return redis.call ('XINFO', 'CONSUMERS', 'records', 'recorders')[1][6]");
}

static void
test_a_living_matcher_gives_signs_of_life (void **state)
{
    (void) state;
    // Nothing is appended and no recorder confirms anything, so there is nothing to do.
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    for (int i = 0; i < 3; i++) {
        WAIT_FOR (idle_ms () > 400);
        WAIT_FOR (idle_ms () < 400);
    }
    assert_int_equal (outbox_length (), 1);
}

static void
test_what_is_no_record_is_set_aside (void **state)
{
    (void) state;
    start_recorder (1);
    redis_ask (fixture.redis, "XADD records * chat nonsense");
    redis_ask (fixture.redis, "XADD records * something else");
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    take_record (true);
    WAIT_FOR (outbox_length () == 0);
    assert_int_equal (redis_count (fixture.redis, "XLEN outbox_rejected"), 2);
    assert_true (redis_count (fixture.redis, "TTL outbox_rejected") > 0);
    assert_true (service_logged (fixture.matchers[0], "record_rejected"));
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_rejected_total"), 2);
}

// An entry that is a record but for one field; an empty value leaves it out.
static void
append_odd (const char *field, const char *value)
{
    redis_ask (fixture.redis, "EVAL %s 0 %s %s %s %s %s",
               "local all = {'chat', ARGV[1], 'user_a', ARGV[2], 'user_b', ARGV[3], 'started_ms', "
               "'1', 'waited_a_ms', '0', 'waited_b_ms', '0', 'ended_ms', '2', 'reason', '1', "
               "'ended_by', '1', 'messages_a', '0', 'messages_b', '0', 'interests', '0'} "
               "local row = {} "
               "for i = 1, #all, 2 do "
               "  local value = all[i] == ARGV[4] and ARGV[5] or all[i + 1] "
               "  if value ~= '' or all[i] ~= ARGV[4] then "
               "    row[#row + 1] = value "
               "  end "
               "end "
               "redis.call ('XADD', 'records', '*', 'record', table.concat (row, ' '))",
               named (&ada), named (&ada), named (&bob), field, value);
}

static void
test_each_field_that_is_odd_is_reason_to_set_aside (void **state)
{
    (void) state;
    static const char *const odd[][2] = {
        {"chat", "01a214eb-da9e-7c81-80f4-4575db55267"}, // Too short,
        {"chat", "01a214eb-da9e-7c81-80f4-4575db5526788"}, // too long,
        {"user_a", "01a214eb-da9e-7c81-80f4-4575db55267g"}, // no digit.
        {"started_ms", "0"}, {"started_ms", "-1"}, {"started_ms", "253402300800000"},
        {"started_ms", "18446744073709551617"}, {"started_ms", "1e12"}, {"started_ms", "1.5"},
        {"ended_ms", "tomorrow"}, {"ended_ms", ""}, {"reason", "99"}, {"reason", "skipped"},
        {"ended_by", "3"}, {"messages_a", "4294967296"}, {"messages_b", " 7"},
        {"interests", "11"}, {"waited_a_ms", "0x10"},
    };
    long count = sizeof odd / sizeof odd[0];
    for (long i = 0; i < count; i++) {
        append_odd (odd[i][0], odd[i][1]);
    }
    append_odd ("user_a", named (&ada)); // Nothing is odd about that one.
    start_recorder (1);
    assert_int_equal (take_record (true).ended_ms, 2);
    WAIT_FOR (outbox_length () == 0);
    assert_int_equal (redis_count (fixture.redis, "XLEN outbox_rejected"), count);
}

// As the version before has left it; an entry of one still older has no `interests`.
static void
test_the_outbox_of_the_version_before_is_brought_over (void **state)
{
    (void) state;
    redis_ask (
        fixture.redis, "EVAL %s 0 %s %s %s",
        "redis.call ('XGROUP', 'CREATE', 'outbox', 'recorders', '0', 'MKSTREAM') "
        "for i = 1, 1200 do "
        "  local entry = {'chat', ARGV[1], 'user_a', ARGV[2], 'user_b', ARGV[3], 'started_ms', i, "
        "    'waited_a_ms', 1, 'waited_b_ms', 2, 'ended_ms', 3, 'reason', 1, 'ended_by', 2, "
        "    'messages_a', 4, 'messages_b', 5} "
        "  if i ~= 1 then entry[23], entry[24] = 'interests', 6 end "
        "  redis.call ('XADD', 'outbox', '*', unpack (entry)) "
        "end "
        "redis.call ('XADD', 'outbox', '*', 'chat', 'nonsense') "
        // Another matcher has some of them in hand.
        "redis.call ('XREADGROUP', 'GROUP', 'recorders', 'it', 'COUNT', 7, 'STREAMS', 'outbox', '>')",
        named (&ada), named (&ada), named (&bob));
    start_recorder (1);
    static bool seen[1201];
    for (int count = 0; count < 1200;) {
        wire_record_t record = take_record (true);
        assert_true (ident_equal (&record.chat, &ada) && ident_equal (&record.user_a, &ada)
                     && ident_equal (&record.user_b, &bob));
        assert_in_range (record.started_ms, 1, 1200);
        assert_int_equal (record.waited_a_ms * 10 + record.waited_b_ms, 12);
        assert_int_equal (record.ended_ms * 100 + record.reason * 10 + record.ended_by, 312);
        assert_int_equal (record.messages_a * 10 + record.messages_b, 45);
        assert_int_equal (record.interests, record.started_ms == 1 ? 0 : 6);
        count += !seen[record.started_ms];
        seen[record.started_ms] = true;
    }
    WAIT_FOR (outbox_length () == 0 && redis_count (fixture.redis, "EXISTS outbox") == 0);
    assert_int_equal (redis_count (fixture.redis, "XLEN outbox_rejected"), 1);
}

// 3000 records by hand, as scripts write them.
static void
fill_outbox (void)
{
    redis_ask (
        fixture.redis, "EVAL %s 0 %s %s %s",
        "local who = table.concat (ARGV, ' ') "
        "for i = 1, 3000 do "
        "  redis.call ('XADD', 'records', '*', 'record', who .. ' ' .. i .. ' 0 0 0 0 0 0 0 0') "
        "end",
        named (&ada), named (&ada), named (&bob));
}

static void
test_a_long_outbox_is_taken_in_hand_bit_by_bit (void **state)
{
    (void) state;
    fill_outbox ();
    WAIT_FOR (redis_count (fixture.redis, "EVAL %s 0",
                           "return redis.call ('XPENDING', 'records', 'recorders')[1]")
              == 1024);
    start_recorder (1);
    static bool seen[3001];
    int count = 0;
    uint64_t begin_ms = now_ms ();
    while (count < 3000) {
        wire_record_t record = take_record (true);
        count += !seen[record.started_ms];
        seen[record.started_ms] = true;
    }
    WAIT_FOR (outbox_length () == 0);
    print_message ("3000 records in %d ms\n", (int) (now_ms () - begin_ms));
}

static int
set_up_alarm (void **state)
{
    ada = ident_random ();
    bob = ident_random ();
    set_up_nothing (state);
    fixture.outbox_alarm_bytes = "100000";
    fixture.lease_ms = "60000"; // Memory is looked at every few seconds.
    start_matcher (0);
    dial (0);
    return 0;
}

static uint64_t
outbox_metric (const char *name)
{
    return metric_value (fixture.admin_ports[0], name);
}

// Whoever is silent for five seconds is forgotten, and memory is not looked at more often.
static void
give_signs_of_life (void)
{
    assert_true (peer_is_ready (fixture.here[0]) && peer_is_ready (fixture.there[0]));
}

// Takes and confirms whatever comes until nothing is left.
static void
empty_outbox (void)
{
    ident_t matcher;
    peer_expect (fixture.recorder, WIRE_RECORD, &matcher); // It comes again.
    while (outbox_length () > 0) {
        if (peer_hears (fixture.recorder, WIRE_RECORD, 20)) {
            wire_record_t record = peer_heard (fixture.recorder)->as.record;
            wire_t recorded = {.kind = WIRE_RECORDED, .as.recorded = {record.entry}};
            peer_send_to (fixture.recorder, ROLE_MATCHER, &matcher, &recorded);
        }
    }
}

static void
test_a_large_outbox_is_told_of_and_nothing_else (void **state)
{
    (void) state;
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    WAIT_FOR ((give_signs_of_life (), outbox_metric ("matcher_outbox_bytes") > 0));
    assert_true (outbox_metric ("matcher_outbox_bytes") < 100000);
    assert_int_equal (outbox_metric ("matcher_outbox_alarm"), 0);
    fill_outbox ();
    WAIT_FOR ((give_signs_of_life (), outbox_metric ("matcher_outbox_alarm") == 1));
    assert_true (outbox_metric ("matcher_outbox_bytes") > 100000);
    assert_true (service_logged (fixture.matchers[0], " outbox_large bytes="));
    // Matching goes on, and nothing is dropped.
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    assert_int_equal (outbox_length (), 3002);
    assert_false (service_logged (fixture.matchers[0], "outbox_no_longer_large"));
    start_recorder (1);
    empty_outbox ();
    WAIT_FOR (outbox_metric ("matcher_outbox_alarm") == 0);
    assert_true (service_logged (fixture.matchers[0], " outbox_no_longer_large bytes="));
}

#define WITH_MATCHER(test) cmocka_unit_test_setup_teardown (test, set_up_people, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_MATCHER (test_a_confirmed_record_is_gone),
        WITH_MATCHER (test_records_wait_for_a_recorder),
        WITH_MATCHER (test_a_recorder_that_goes_and_comes_back_gets_the_rest),
        WITH_MATCHER (test_a_busy_recorder_is_asked_again),
        WITH_MATCHER (test_what_a_killed_matcher_had_in_hand_is_claimed),
        WITH_MATCHER (test_a_living_matcher_gives_signs_of_life),
        WITH_MATCHER (test_what_is_no_record_is_set_aside),
        WITH_MATCHER (test_each_field_that_is_odd_is_reason_to_set_aside),
        WITH_MATCHER (test_the_outbox_of_the_version_before_is_brought_over),
        WITH_MATCHER (test_a_long_outbox_is_taken_in_hand_bit_by_bit),
        cmocka_unit_test_setup_teardown (test_a_large_outbox_is_told_of_and_nothing_else,
                                         set_up_alarm, tear_down),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
