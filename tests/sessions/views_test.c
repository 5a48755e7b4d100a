// views_test.c -- what operators see: the views over the chats, with a real PostgreSQL.

#include <stdio.h>
#include <string.h>

#include "sessions/fixture.h"

// Ended so many minutes before the hour that runs, after so many seconds.
static void
insert_chat (const char *id, int minutes, double seconds, const char *reason)
{
    char sql[512];
    snprintf (sql, sizeof sql,
              "INSERT INTO \"ChatSession\" (\"id\", \"userA\", \"userB\", \"startedAt\","
              "  \"endedAt\", \"endReason\") SELECT '%s', 'u', 'v',"
              "  ended - %.3f * interval '1 s', ended, %s FROM"
              "  (SELECT date_trunc ('hour', now () AT TIME ZONE 'UTC') - interval '%d min'"
              "  AS ended) AS its",
              id, seconds, reason, minutes);
    ask_text (sql);
}

#define PER_HOUR                                                                              \
    "SELECT string_agg (concat_ws (' ', date_trunc ('hour', now () AT TIME ZONE 'UTC')"       \
    "  - \"hour\", \"chats\", \"median_length\", \"skips\", \"quick_skips\","                 \
    "  \"quick_skip_share\"), ', ') FROM chat_per_hour"

#define ENDS                                                                                  \
    "SELECT string_agg (concat_ws (' ', date_trunc ('hour', now () AT TIME ZONE 'UTC')"       \
    "  - \"hour\", \"reason\", \"chats\", \"share\"), ', ' ORDER BY \"hour\" DESC, \"reason\")" \
    "  FROM chat_end_per_hour"

static void
test_an_empty_database_has_an_hour_without_chats (void **state)
{
    (void) state;
    ask_text ("BEGIN");
    assert_string_equal (ask_text (PER_HOUR), "00:00:00 0 0 0");
    assert_string_equal (ask_text (ENDS), "");
}

static void
test_each_hour_has_its_chats_the_latest_first (void **state)
{
    (void) state;
    ask_text ("BEGIN"); // So that the hour that runs stays the same.
    insert_chat ("a", 60, 4.999, "'skipped'"); // The first moment of the hour before.
    insert_chat ("b", 1, 5, "'skipped'");
    insert_chat ("c", 30, 100, "'ended'");
    insert_chat ("d", 179, 2, "'ended'");
    insert_chat ("e", 150, 4, "'skipped'");
    ask_text ("INSERT INTO \"ChatSession\" (\"id\", \"userA\", \"userB\") VALUES ('f', 'u', 'v')");
    assert_string_equal (ask_text (PER_HOUR),
                         "00:00:00 0 0 0, 01:00:00 3 00:00:05 2 1 0.5000, 02:00:00 0 0 0, "
                         "03:00:00 2 00:00:03 1 1 1.0000");
    assert_string_equal (ask_text (ENDS),
                         "01:00:00 ended 1 0.3333, 01:00:00 skipped 2 0.6667, "
                         "03:00:00 ended 1 0.5000, 03:00:00 skipped 1 0.5000");
}

static void
test_rows_of_another_application_are_counted (void **state)
{
    (void) state;
    ask_text ("CREATE TABLE \"ChatSession\" (\"id\" TEXT NOT NULL, \"userA\" TEXT NOT NULL,"
              "  \"userB\" TEXT NOT NULL,"
              "  \"startedAt\" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,"
              "  \"endedAt\" TIMESTAMP(3), CONSTRAINT \"ChatSession_pkey\" PRIMARY KEY (\"id\"))");
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    ask_text ("BEGIN"); // So that the hour that runs stays the same.
    ask_text ("INSERT INTO \"ChatSession\" SELECT 'x' || i, 'u', 'v', ended - interval '3 s', ended"
              "  FROM generate_series (1, 3) AS i, LATERAL (SELECT"
              "  date_trunc ('hour', now () AT TIME ZONE 'UTC') - interval '1 s') AS its (ended)");
    insert_chat ("a", 1, 1, "'skipped'");
    assert_string_equal (ask_text (PER_HOUR),
                         "00:00:00 0 0 0, 01:00:00 4 00:00:03 1 1 1.0000");
    assert_string_equal (ask_text (ENDS),
                         "01:00:00 skipped 1 0.2500, 01:00:00 unknown 3 0.7500");
}

static void
test_what_a_recorder_writes_is_seen (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    wire_t record = closed (&chat);
    put_on_record (&record, 1);
    assert_string_equal (ask_text ("SELECT concat_ws (' ', hour, chats, median_length, skips,"
                                   "  quick_skips) FROM chat_per_hour WHERE chats > 0"),
                         "2026-01-31 12:00:00 1 00:03:05.377 1 0");
    assert_string_equal (ask_text ("SELECT concat_ws (' ', hour, reason, chats, share)"
                                   "  FROM chat_end_per_hour"),
                         "2026-01-31 12:00:00 skipped 1 1.0000");
}

static void
test_a_chat_that_ended_ages_ago_does_not_make_a_row_for_every_hour_since (void **state)
{
    (void) state;
    ask_text ("INSERT INTO \"ChatSession\" VALUES ('a', 'u', 'v', '0001-01-01', '0001-01-02'),"
              "  ('b', 'u', 'v', '-infinity', '-infinity')");
    assert_true (ask_number ("SELECT count (*) FROM chat_end_per_hour") == 0);
    assert_in_range (ask_number ("SELECT count (*) FROM chat_per_hour"), 87000, 88000);
}

// How many rows of the table a question has the server read.
static int64_t
rows_read (const char *question)
{
    char sql[512];
    snprintf (sql, sizeof sql, "EXPLAIN (ANALYZE, FORMAT TEXT) %s", question);
    ask_text ("DROP TABLE IF EXISTS pg_temp.plan; CREATE TEMPORARY TABLE plan (line TEXT)");
    ask_text ("CREATE OR REPLACE FUNCTION plan_of (question TEXT) RETURNS SETOF TEXT"
              "  LANGUAGE plpgsql AS 'BEGIN RETURN QUERY EXECUTE question; END'");
    char insert[1024];
    snprintf (insert, sizeof insert, "INSERT INTO plan SELECT plan_of ($question$%s$question$)",
              sql);
    ask_text (insert);
    assert_int_equal (ask_number ("SELECT count (*) FROM plan"
                                  "  WHERE line LIKE '%Seq Scan on \"ChatSession\"%'"),
                      0);
    return ask_number ("SELECT coalesce (sum (part[1]::numeric * part[2]::numeric), 0) FROM plan,"
                       "  regexp_match (line, '\"ChatSession_endedAt_idx\".*actual time=.*"
                       " rows=([0-9]+) loops=([0-9]+)') AS part");
}

static void
test_the_last_day_is_read_by_an_index_and_nothing_before_it (void **state)
{
    (void) state;
    ask_text ("INSERT INTO \"ChatSession\" (\"id\", \"userA\", \"userB\", \"startedAt\","
              "  \"endedAt\", \"endReason\") SELECT i, 'u', 'v', ended - interval '1 min', ended,"
              "  'ended' FROM generate_series (1, 30000) AS i, LATERAL (SELECT"
              "  now () AT TIME ZONE 'UTC' - i * interval '1 min') AS its (ended);"
              "ANALYZE \"ChatSession\"");
    static const char *const views[] = {"chat_per_hour", "chat_end_per_hour"};
    for (int i = 0; i < 2; i++) {
        char question[256];
        snprintf (question, sizeof question,
                  "SELECT * FROM %s WHERE hour > (now () AT TIME ZONE 'UTC') - interval '1 day'",
                  views[i]);
        assert_in_range (rows_read (question), 1300, 1600); // A day has 1440 minutes.
    }
}

static void
test_each_view_says_what_it_is (void **state)
{
    (void) state;
    assert_string_equal (
        ask_text ("SELECT string_agg (viewname, ' ' ORDER BY viewname) FROM pg_views"
                  "  WHERE schemaname = 'public'"
                  "  AND length (obj_description (viewname::regclass)) > 100"),
        "chat_end_per_hour chat_per_hour");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECORDER (test_an_empty_database_has_an_hour_without_chats),
        WITH_RECORDER (test_each_hour_has_its_chats_the_latest_first),
        WITH_DATABASE (test_rows_of_another_application_are_counted),
        WITH_RECORDER (test_what_a_recorder_writes_is_seen),
        WITH_RECORDER (test_a_chat_that_ended_ages_ago_does_not_make_a_row_for_every_hour_since),
        WITH_RECORDER (test_the_last_day_is_read_by_an_index_and_nothing_before_it),
        WITH_RECORDER (test_each_view_says_what_it_is),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
