// doubt_test.c -- a recorder alone, with a real PostgreSQL: chats that have long been open are asked
// after, and what is known of their end takes the place of a guess.

#include <stdio.h>
#include <string.h>

#include "sessions/fixture.h"

static int
set_up_short_patience (void **state)
{
    set_up_database (state);
    fixture.doubt_after_ms = "1000";
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    fixture.matcher = peer_dial (fixture.bus_port, ROLE_MATCHER, ROLE_RECORDER);
    return 0;
}

// --- Doubts ---

static wire_doubt_t
expect_doubt (void)
{
    return peer_expect (fixture.matcher, WIRE_DOUBT, NULL)->as.doubt;
}

static void
test_a_chat_that_is_long_open_is_doubted_again_and_again_until_it_is_closed (void **state)
{
    (void) state;
    ident_t chats[] = {ident_random (), ident_random ()};
    wire_t open = opened (&chats[0]);
    wire_t over = closed (&chats[1]);
    put_on_record (&over, 1);
    put_on_record (&open, 2);
    // Who has just begun is left alone, as is what another application has left open.
    ask_text ("INSERT INTO \"ChatSession\" (\"id\", \"userA\", \"userB\") VALUES ('a', 'b', 'c');"
              "INSERT INTO \"ChatSession\" VALUES"
              "  ('0198c4a6-0000-7000-8000-000000000001', 'u', 'v', '2199-01-01', NULL, NULL, NULL,"
              "   NULL, NULL, 1, 2)");
    for (int i = 0; i < 2; i++) {
        wire_doubt_t doubt = expect_doubt ();
        assert_true (ident_equal (&doubt.chat, &chats[0]));
        assert_true (ident_equal (&doubt.user_a, &open.as.record.user_a));
        assert_true (ident_equal (&doubt.user_b, &open.as.record.user_b));
        assert_int_equal (doubt.started_ms, open.as.record.started_ms);
        assert_int_equal (doubt.waited_a_ms, 1500);
        assert_int_equal (doubt.waited_b_ms, 0);
    }
    open = closed (&chats[0]);
    put_on_record (&open, 3);
    uint64_t doubts = metric_value (fixture.admin_port, "recorder_doubts_total");
    assert_true (doubts >= 2);
    assert_false (peer_hears (fixture.matcher, WIRE_DOUBT, 1500));
}

static void
test_all_that_are_open_are_doubted_in_turn_the_oldest_first (void **state)
{
    (void) state;
    static wire_t records[100];
    for (size_t i = 0; i < 100; i++) {
        ident_t chat = ident_random ();
        records[i] = opened (&chat);
        // In pairs of the same moment, the latest first.
        records[i].as.record.started_ms -= i / 2;
    }
    deliver (records, 100, NULL);
    bool seen[100] = {false};
    uint64_t last_ms = 0;
    for (size_t i = 0; i < 100; i++) {
        wire_doubt_t doubt = expect_doubt ();
        size_t place = 0;
        while (place < 100 && !ident_equal (&records[place].as.record.chat, &doubt.chat)) {
            place++;
        }
        assert_true (place < 100 && !seen[place]);
        seen[place] = true;
        assert_true (doubt.started_ms >= last_ms);
        last_ms = doubt.started_ms;
    }
}

static void
test_nobody_is_doubted_while_no_matcher_is_there (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    wire_t open = opened (&chat);
    put_on_record (&open, 1);
    peer_close (&fixture.matcher);
    WAIT_FOR (metric_value (fixture.admin_port, "peers") == 0);
    uint64_t before = metric_value (fixture.admin_port, "recorder_doubts_total");
    fixture.matcher = peer_dial (fixture.bus_port, ROLE_MATCHER, ROLE_RECORDER);
    wire_doubt_t doubt = expect_doubt ();
    assert_true (ident_equal (&doubt.chat, &chat));
    WAIT_FOR (metric_value (fixture.admin_port, "recorder_doubts_total") > before);
}

// --- Orphans ---

// A guess, with a time that is earlier than the real end, and a reason that comes first.
static wire_t
orphaned (const ident_t *chat)
{
    wire_t record = closed (chat);
    record.as.record.ended_ms = record.as.record.started_ms;
    record.as.record.reason = REASON_ORPHANED;
    record.as.record.ended_by = SIDE_NONE;
    record.as.record.messages_a = 0;
    record.as.record.messages_b = 0;
    return record;
}

static void
test_an_orphan_gives_way_to_a_real_end_whichever_comes_first (void **state)
{
    (void) state;
    static const int orders[][4] = {
        {0, 1, 2, 2}, {0, 2, 1, 1}, {1, 2, 0, 1}, {1, 0, 2, 1}, {2, 1, 0, 2}, {2, 0, 1, 2},
    };
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        ident_t chat = ident_random ();
        wire_t parts[] = {opened (&chat), orphaned (&chat), closed (&chat)};
        for (size_t j = 0; j < 4; j++) {
            put_on_record (&parts[orders[i][j]], j);
        }
        assert_string_equal (row_text (&chat), CLOSED_ROW);
        // The same in one batch.
        chat = ident_random ();
        wire_t all[] = {opened (&chat), orphaned (&chat), closed (&chat)};
        wire_t records[4];
        for (size_t j = 0; j < 4; j++) {
            records[j] = all[orders[i][j]];
        }
        deliver (records, 4, NULL);
        assert_string_equal (row_text (&chat), CLOSED_ROW);
    }
}

static void
test_orphans_alone_are_merged_as_all_others (void **state)
{
    (void) state;
    ident_t chats[] = {ident_random (), ident_random ()};
    for (int i = 0; i < 2; i++) {
        wire_t parts[] = {orphaned (&chats[i]), orphaned (&chats[i]), opened (&chats[i])};
        parts[1].as.record.ended_ms += 60000;
        put_on_record (&parts[i], 0);
        put_on_record (&parts[2], 1);
        put_on_record (&parts[1 - i], 2);
        assert_string_equal (
            row_text (&chats[i]),
            "2026-01-31 12:00:00.123|2026-01-31 12:00:00.123|orphaned||0|0|1500|0");
    }
}

#define WITH_PATIENCE(test)                                                   \
    cmocka_unit_test_setup_teardown (test, set_up_short_patience, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_PATIENCE (
            test_a_chat_that_is_long_open_is_doubted_again_and_again_until_it_is_closed),
        WITH_PATIENCE (test_all_that_are_open_are_doubted_in_turn_the_oldest_first),
        WITH_PATIENCE (test_nobody_is_doubted_while_no_matcher_is_there),
        WITH_RECORDER (test_an_orphan_gives_way_to_a_real_end_whichever_comes_first),
        WITH_RECORDER (test_orphans_alone_are_merged_as_all_others),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
