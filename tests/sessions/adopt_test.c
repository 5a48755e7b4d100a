// adopt_test.c -- a recorder alone, on a database that another application has made and goes on using:
// odd, but all in order.

#include <stdio.h>
#include <string.h>

#include "sessions/fixture.h"

// The table of Prisma, with more than this service knows of: columns, indexes, a trigger, a view, and
// another table that points to a row. Half of the rows have no end, and are years old.
static void
make_odd_tables (void)
{
    ask_text (
        "CREATE TABLE \"ChatSession\" (\"id\" TEXT NOT NULL, \"userA\" TEXT NOT NULL,"
        "  \"userB\" TEXT NOT NULL,"
        "  \"startedAt\" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,"
        "  \"endedAt\" TIMESTAMP(3), \"room\" TEXT NOT NULL DEFAULT 'lobby', \"note\" JSONB,"
        "  \"lasted\" INTERVAL GENERATED ALWAYS AS (\"endedAt\" - \"startedAt\") STORED,"
        "  CONSTRAINT \"ChatSession_pkey\" PRIMARY KEY (\"id\"));"
        "CREATE INDEX \"ChatSession_userA_idx\" ON \"ChatSession\" (\"userA\");"
        "CREATE INDEX ON \"ChatSession\" (\"startedAt\") WHERE \"endedAt\" IS NULL;"
        "CREATE VIEW open_chats AS SELECT * FROM \"ChatSession\" WHERE \"endedAt\" IS NULL");
    ask_text (
        "CREATE TABLE rooms (name TEXT PRIMARY KEY, chats BIGINT NOT NULL DEFAULT 0);"
        "INSERT INTO rooms VALUES ('lobby');"
        "CREATE FUNCTION count_chat () RETURNS trigger LANGUAGE plpgsql AS"
        "  'BEGIN UPDATE rooms SET chats = chats + 1 WHERE name = NEW.room; RETURN NEW; END';"
        "CREATE TRIGGER count_chat AFTER INSERT ON \"ChatSession\" FOR EACH ROW"
        "  EXECUTE FUNCTION count_chat ()");
    ask_text (
        "INSERT INTO \"ChatSession\" (\"id\", \"userA\", \"userB\", \"startedAt\", \"endedAt\")"
        "  SELECT 'c' || i, 'u' || i, 'v' || i, timestamp '2019-01-01' + i * interval '1 min',"
        "  CASE WHEN i % 2 = 0 THEN timestamp '2019-01-02' + i * interval '1 min' END"
        "  FROM generate_series (1, 1000) AS i;"
        "CREATE TABLE reports (chat TEXT REFERENCES \"ChatSession\" (\"id\"));"
        "INSERT INTO reports VALUES ('c500')");
}

#define OPEN_ROWS_AS_THEY_ARE                                                              \
    "SELECT md5 (string_agg (concat_ws ('|', xmin, ctid, \"id\", \"userA\", \"userB\","    \
    "  \"startedAt\", \"room\"), ',' ORDER BY \"id\")) FROM \"ChatSession\""               \
    "  WHERE \"room\" = 'lobby' AND \"startedAt\" < '2020-01-01' AND \"endedAt\" IS NULL"

static void
start_and_greet (const char *url)
{
    fixture.recorder = start_recorder (url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    fixture.matcher = peer_dial (fixture.bus_port, ROLE_MATCHER, ROLE_RECORDER);
}

static void
put_one_on_record (void)
{
    ident_t chat = ident_random ();
    wire_t records[] = {opened (&chat), closed (&chat)};
    put_on_record (&records[0], 0);
    put_on_record (&records[1], 1);
    assert_string_equal (row_text (&chat), CLOSED_ROW);
}

static void
test_what_is_not_ours_stays_as_it_is_and_works_on (void **state)
{
    (void) state;
    char before[64];
    make_odd_tables ();
    snprintf (before, sizeof before, "%s", ask_text (OPEN_ROWS_AS_THEY_ARE));
    fixture.doubt_after_ms = "100";
    start_and_greet (fixture.url);
    put_one_on_record ();
    assert_int_equal (ask_number ("SELECT chats FROM rooms"), 1001);
    assert_string_equal (
        ask_text ("SELECT concat_ws ('|', \"room\", \"lasted\")"
                  "  FROM \"ChatSession\" WHERE \"endReason\" IS NOT NULL"),
        "lobby|00:03:05.377");
    // Chats of which nobody says how long their people waited are not ours to doubt.
    ident_t chat = ident_random ();
    wire_t record = opened (&chat);
    put_on_record (&record, 2);
    assert_true (ident_equal (
        &peer_expect (fixture.matcher, WIRE_DOUBT, NULL)->as.doubt.chat, &chat));
    assert_int_equal (ask_number ("SELECT count (*) FROM open_chats"), 501);
    assert_string_equal (ask_text (OPEN_ROWS_AS_THEY_ARE), before);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 1002);
}

// A page of what is old holds a row that another table points to.
static void
test_what_may_not_be_deleted_keeps_no_chat_from_the_record (void **state)
{
    (void) state;
    make_odd_tables ();
    fixture.retention_days = "365";
    start_and_greet (fixture.url);
    WAIT_FOR (service_logged (fixture.recorder, "retention_failed sqlstate=23503"));
    ident_t chat = ident_random ();
    wire_t record = closed (&chat);
    put_on_record (&record, 0);
    assert_string_equal (row_text (&chat), CLOSED_ROW);
}

static void
test_a_role_that_may_only_write_rows_is_enough_once_the_tables_are_there (void **state)
{
    (void) state;
    char url[128];
    make_odd_tables ();
    ask_text ("DROP ROLE IF EXISTS prisma_owner; CREATE ROLE prisma_owner;"
              "ALTER TABLE \"ChatSession\" OWNER TO prisma_owner;"
              "DROP ROLE IF EXISTS chat_writer; CREATE ROLE chat_writer LOGIN;"
              "GRANT USAGE ON SCHEMA public TO chat_writer");
    snprintf (url, sizeof url, "postgresql://chat_writer@localhost:%u/%s",
              postgres_server_port (fixture.server), fixture.database);
    // It may not make them.
    fixture.recorder = start_recorder (url, fixture.bus_port, fixture.admin_port);
    WAIT_FOR (service_logged (fixture.recorder, "database_failed sqlstate=42501"));
    assert_int_equal (http_get (fixture.admin_port, "/readyz", NULL, 0), 503);
    service_stop (&fixture.recorder);
    start_and_greet (fixture.url);
    peer_close (&fixture.matcher);
    service_stop (&fixture.recorder);
    ask_text (
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO chat_writer");
    start_and_greet (url);
    put_one_on_record ();
    wire_t nonsense = closed (&ident_nil);
    put_on_record (&nonsense, 7);
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 1);
    service_stop (&fixture.recorder);
    ask_text (
        "REASSIGN OWNED BY prisma_owner TO chat; DROP OWNED BY chat_writer, prisma_owner;"
        "DROP ROLE chat_writer, prisma_owner");
}

static void
test_nobody_who_reads_waits_while_an_index_is_made (void **state)
{
    (void) state;
    make_odd_tables ();
    ask_text (
        "CREATE TABLE seen (tag TEXT, mode TEXT);"
        "CREATE FUNCTION look () RETURNS event_trigger LANGUAGE plpgsql AS"
        "  'BEGIN INSERT INTO seen SELECT tg_tag, mode FROM pg_locks"
        "    WHERE relation = to_regclass (''\"ChatSession\"'') AND pid = pg_backend_pid ();"
        "  END';"
        "CREATE EVENT TRIGGER look ON ddl_command_end"
        "  WHEN TAG IN ('CREATE INDEX', 'ALTER TABLE') EXECUTE FUNCTION look ()");
    start_and_greet (fixture.url);
    assert_true (ask_number ("SELECT count (*) FROM seen"
                             "  WHERE tag = 'CREATE INDEX' AND mode = 'ShareLock'")
                 >= 2);
    assert_true (
        ask_number ("SELECT count (*) FROM seen WHERE mode = 'AccessExclusiveLock'") > 0);
    assert_int_equal (
        ask_number ("SELECT count (*) FROM seen"
                    "  WHERE tag = 'CREATE INDEX' AND mode = 'AccessExclusiveLock'"),
        0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_DATABASE (test_what_is_not_ours_stays_as_it_is_and_works_on),
        WITH_DATABASE (test_what_may_not_be_deleted_keeps_no_chat_from_the_record),
        WITH_DATABASE (
            test_a_role_that_may_only_write_rows_is_enough_once_the_tables_are_there),
        WITH_DATABASE (test_nobody_who_reads_waits_while_an_index_is_made),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
