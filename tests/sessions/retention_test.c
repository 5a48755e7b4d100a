// retention_test.c -- a recorder alone, with a real PostgreSQL: what has been kept for long enough is
// deleted, and nothing else.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sessions/fixture.h"

// Makes the tables as a recorder does, without leaving one there.
static void
make_tables (void)
{
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    service_stop (&fixture.recorder);
}

static void
start_with (const char *days)
{
    fixture.retention_days = days;
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    fixture.matcher = peer_dial (fixture.bus_port, ROLE_MATCHER, ROLE_RECORDER);
}

static uint64_t
deleted (void)
{
    return metric_value (fixture.admin_port, "recorder_deleted_total");
}

// Chats that ended so long ago, as SQL has it, each one ms before the one before.
static void
insert_ended (const char *ago, int count)
{
    char sql[512];
    snprintf (sql, sizeof sql,
              "INSERT INTO \"ChatSession\" SELECT 'old ' || i, 'u', 'v', now () AT TIME ZONE 'UTC'"
              "  - interval '%s' - i * interval '1 ms' - interval '1 min',"
              "  now () AT TIME ZONE 'UTC' - interval '%s' - i * interval '1 ms'"
              "  FROM generate_series (1, %d) AS i",
              ago, ago, count);
    ask_text (sql);
}

static void
assert_only_what_is_old_is_deleted (void)
{
    ask_text ("INSERT INTO \"ChatSession\" (\"id\", \"userA\", \"userB\", \"startedAt\","
              "  \"endedAt\", \"waitedMsA\", \"waitedMsB\")"
              "  SELECT id, 'u', 'v', now () AT TIME ZONE 'UTC' - started, "
              "  now () AT TIME ZONE 'UTC' - ended, waited, waited FROM (VALUES"
              "  ('too old', interval '35 d', interval '30 d 1 min', 1),"
              "  ('just not', interval '35 d', interval '29 d 23 h 59 min', 1),"
              "  ('of another application', interval '35 d', interval '31 d', NULL),"
              "  ('new', interval '1 h', interval '1 min', 1),"
              "  ('goes on', interval '900 d', NULL, 1),"
              "  ('goes on there', interval '900 d', NULL, NULL)) AS chat (id, started, ended,"
              "  waited);"
              "INSERT INTO chat_dead_letter (set_aside_at, chat, reason, record)"
              "  SELECT now () - age, chat, '23514', to_jsonb (chat) FROM (VALUES"
              "  (interval '30 d 1 min', 'old letter'), (interval '29 d 23 h 59 min', 'letter'))"
              "  AS letter (age, chat)");
    start_with ("30");
    WAIT_FOR (deleted () > 0);
    assert_int_equal (deleted (), 3);
    assert_string_equal (ask_text ("SELECT string_agg (\"id\", ', ' ORDER BY \"id\")"
                                   "  FROM \"ChatSession\""),
                         "goes on, goes on there, just not, new");
    assert_string_equal (ask_text ("SELECT string_agg (chat, ', ') FROM chat_dead_letter"),
                         "letter");
}

static void
test_only_what_is_old_is_deleted_whatever_the_zone (void **state)
{
    static const char *const zones[] = {"Pacific/Kiritimati", "Etc/GMT+12"}; // +14 and -12 h.
    const char *zone = getenv ("PGTZ");
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        setenv ("PGTZ", zones[i], 1);
        tear_down (state);
        set_up_database (state);
        make_tables ();
        assert_string_equal (ask_text ("SHOW timezone"), zones[i]);
        assert_only_what_is_old_is_deleted ();
    }
    setenv ("PGTZ", zone, 1);
}

static void
test_zero_keeps_for_ever (void **state)
{
    (void) state;
    make_tables ();
    insert_ended ("300 days", 10);
    fixture.doubt_after_ms = "1000";
    start_with ("0");
    // A doubt comes later than what would have been deleted.
    ident_t chat = ident_random ();
    wire_t record = opened (&chat);
    put_on_record (&record, 1);
    peer_expect (fixture.matcher, WIRE_DOUBT, NULL);
    peer_expect (fixture.matcher, WIRE_DOUBT, NULL);
    assert_int_equal (deleted (), 0);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 11);
}

static void
test_page_after_page_goes_while_chats_are_put_on_record (void **state)
{
    (void) state;
    static wire_t records[2000];
    make_tables ();
    insert_ended ("31 days", 4321);
    start_with ("30");
    uint64_t now = (uint64_t) ask_number ("SELECT extract (epoch FROM now ()) * 1000");
    for (size_t i = 0; i < 2000; i++) {
        ident_t chat = ident_random ();
        records[i] = closed (&chat);
        records[i].as.record.started_ms = now - 60000;
        records[i].as.record.ended_ms = now;
    }
    WAIT_FOR (deleted () > 0);
    deliver (records, 2000, NULL);
    WAIT_FOR (deleted () == 4321);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 2000);
    assert_int_equal (metric_value (fixture.admin_port, "recorder_database_errors_total"), 0);
}

static void
test_several_recorders_delete_each_row_once (void **state)
{
    (void) state;
    make_tables ();
    insert_ended ("31 days", 6000);
    ask_text ("CREATE TABLE gone (id TEXT);"
              "CREATE FUNCTION note () RETURNS trigger LANGUAGE plpgsql AS"
              "  'BEGIN INSERT INTO gone VALUES (OLD.\"id\"); RETURN OLD; END';"
              "CREATE TRIGGER note BEFORE DELETE ON \"ChatSession\" FOR EACH ROW"
              "  EXECUTE FUNCTION note ()");
    start_with ("30");
    uint16_t admin_port = free_port ();
    service_t *second = start_recorder (fixture.url, free_port (), admin_port);
    wait_ready (admin_port, true);
    WAIT_FOR (deleted () + metric_value (admin_port, "recorder_deleted_total") == 6000);
    assert_int_equal (ask_number ("SELECT count (*) FROM gone"), 6000);
    assert_int_equal (ask_number ("SELECT count (DISTINCT id) FROM gone"), 6000);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 0);
    assert_int_equal (metric_value (admin_port, "recorder_database_errors_total"), 0);
    assert_int_equal (metric_value (fixture.admin_port, "recorder_database_errors_total"), 0);
    service_stop (&second);
}

static void
test_a_row_in_another_hand_is_left_and_not_waited_for (void **state)
{
    (void) state;
    make_tables ();
    insert_ended ("31 days", 700);
    ask_text ("BEGIN; SELECT 1 FROM \"ChatSession\" WHERE \"id\" = 'old 3' FOR UPDATE");
    start_with ("30");
    WAIT_FOR (deleted () == 699);
    ident_t chat = ident_random ();
    wire_t record = closed (&chat);
    put_on_record (&record, 1);
    ask_text ("COMMIT");
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\" WHERE \"id\" = 'old 3'"),
                      1);
}

static void
test_what_forbids_to_delete_does_not_keep_from_recording (void **state)
{
    (void) state;
    make_tables ();
    insert_ended ("31 days", 10);
    ask_text ("CREATE TABLE report (chat TEXT REFERENCES \"ChatSession\" (\"id\"));"
              "INSERT INTO report VALUES ('old 3')");
    start_with ("30");
    WAIT_FOR (service_logged (fixture.recorder, "retention_failed sqlstate=23503"));
    wait_ready (fixture.admin_port, true);
    ident_t chat = ident_random ();
    wire_t record = closed (&chat);
    put_on_record (&record, 1);
    assert_int_equal (deleted (), 0);
    assert_false (service_logged (fixture.recorder, "database_lost"));
    assert_false (service_logged (fixture.recorder, "database_failed"));
    assert_int_equal (metric_value (fixture.admin_port, "recorder_database_errors_total"), 1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_DATABASE (test_only_what_is_old_is_deleted_whatever_the_zone),
        WITH_DATABASE (test_zero_keeps_for_ever),
        WITH_DATABASE (test_page_after_page_goes_while_chats_are_put_on_record),
        WITH_DATABASE (test_several_recorders_delete_each_row_once),
        WITH_DATABASE (test_a_row_in_another_hand_is_left_and_not_waited_for),
        WITH_DATABASE (test_what_forbids_to_delete_does_not_keep_from_recording),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
