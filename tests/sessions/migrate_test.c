// migrate_test.c -- sessions --migrate, with a real PostgreSQL: what it makes, what it leaves alone,
// and when it gives up.

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "sessions/fixture.h"

static char said[8192]; // What the last run has said.

// Runs sessions --migrate to its end and returns its exit code.
static int
migrate (const char *url, const char *wait_ms)
{
    char command[1024];
    snprintf (command, sizeof command,
              "DATABASE_URL='%s' MIGRATE_WAIT_MS=%s BUS_PORT=%u ADMIN_PORT=%u %s --migrate 2>&1",
              url, wait_ms, fixture.bus_port, fixture.admin_port, SESSIONS_BINARY);
    FILE *run = popen (command, "r");
    assert_non_null (run);
    said[fread (said, 1, sizeof said - 1, run)] = '\0';
    int status = pclose (run);
    assert_true (WIFEXITED (status));
    return WEXITSTATUS (status);
}

static void
test_an_empty_database_is_made_and_a_second_time_changes_nothing (void **state)
{
    (void) state;
    assert_int_equal (migrate (fixture.url, "60000"), 0);
    assert_non_null (strstr (said, "migrating number=4"));
    int64_t made = ask_number ("SELECT count (*) FROM chat_migration");
    assert_true (made >= 4);
    assert_int_equal (migrate (fixture.url, "60000"), 0);
    assert_null (strstr (said, "migrating"));
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_migration"), made);
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    assert_false (service_logged (fixture.recorder, "migrating"));
}

static void
test_it_runs_beside_a_recorder_with_the_same_ports (void **state)
{
    (void) state;
    assert_int_equal (migrate (fixture.url, "60000"), 0);
    wait_ready (fixture.admin_port, true);
}

// As the application's first version has left it.
static void
make_table_of_prisma (void)
{
    ask_text ("CREATE TABLE \"ChatSession\" (\"id\" TEXT NOT NULL, \"userA\" TEXT NOT NULL,"
              "  \"userB\" TEXT NOT NULL,"
              "  \"startedAt\" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,"
              "  \"endedAt\" TIMESTAMP(3), CONSTRAINT \"ChatSession_pkey\" PRIMARY KEY (\"id\"));"
              "CREATE TABLE \"_prisma_migrations\" (\"id\" VARCHAR(36) PRIMARY KEY,"
              "  \"checksum\" VARCHAR(64) NOT NULL, \"finished_at\" TIMESTAMPTZ,"
              "  \"migration_name\" VARCHAR(255) NOT NULL, \"logs\" TEXT,"
              "  \"rolled_back_at\" TIMESTAMPTZ, \"started_at\" TIMESTAMPTZ NOT NULL DEFAULT now(),"
              "  \"applied_steps_count\" INTEGER NOT NULL DEFAULT 0);"
              "INSERT INTO \"_prisma_migrations\" (\"id\", \"checksum\", \"migration_name\")"
              "  VALUES ('1', 'abc', '20240101000000_init');"
              "INSERT INTO \"ChatSession\" SELECT 'c' || i, 'u' || i, 'v' || i,"
              "  timestamp '2025-01-01' + i * interval '1 min',"
              "  CASE WHEN i % 2 = 0 THEN timestamp '2025-01-02' + i * interval '1 min' END"
              "  FROM generate_series (1, 1000) AS i");
}

// Which transaction made each row, and where it is: another one if it has been written again.
#define ROWS_AS_THEY_ARE                                                            \
    "SELECT (SELECT md5 (string_agg (concat_ws ('|', xmin, ctid, \"id\", \"userA\","  \
    "  \"userB\", \"startedAt\", \"endedAt\"), ',' ORDER BY \"id\")) FROM \"ChatSession\")"  \
    "  || (SELECT md5 (string_agg (concat_ws ('|', xmin, ctid, _prisma_migrations), ','))"  \
    "  FROM \"_prisma_migrations\")"

static void
test_rows_of_prisma_are_adopted_without_being_touched (void **state)
{
    (void) state;
    char before[128];
    make_table_of_prisma ();
    snprintf (before, sizeof before, "%s", ask_text (ROWS_AS_THEY_ARE));
    assert_int_equal (strlen (before), 64);
    assert_int_equal (migrate (fixture.url, "60000"), 0);
    assert_string_equal (ask_text (ROWS_AS_THEY_ARE), before);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\" WHERE \"endReason\""
                                  "  IS NULL AND \"sharedInterests\" IS NULL"),
                      1000);
}

static void
test_an_index_that_was_made_beforehand_is_taken (void **state)
{
    (void) state;
    make_table_of_prisma ();
    ask_text ("CREATE INDEX CONCURRENTLY \"ChatSession_endedAt_idx\""
              "  ON \"ChatSession\" (\"endedAt\")");
    assert_int_equal (migrate (fixture.url, "60000"), 0);
    assert_string_equal (ask_text ("SELECT string_agg (indexdef, ';') FROM pg_indexes"
                                   "  WHERE indexname LIKE '%endedAt%'"),
                         "CREATE INDEX \"ChatSession_endedAt_idx\" ON public.\"ChatSession\""
                         " USING btree (\"endedAt\")");
}

static void
test_a_role_that_may_not_take_long_migrates_all_the_same (void **state)
{
    (void) state;
    char sql[128];
    snprintf (sql, sizeof sql, "ALTER DATABASE %s SET statement_timeout = '100ms'",
              fixture.database);
    ask_text (sql);
    ask_text ("CREATE FUNCTION linger () RETURNS event_trigger LANGUAGE plpgsql AS"
              "  'BEGIN PERFORM pg_sleep (0.3); END';"
              "CREATE EVENT TRIGGER linger ON ddl_command_end WHEN TAG IN ('CREATE VIEW')"
              "  EXECUTE FUNCTION linger ()");
    assert_int_equal (migrate (fixture.url, "60000"), 0);
}

static void
test_another_recorder_that_migrates_is_waited_for_but_not_for_ever (void **state)
{
    (void) state;
    ask_text ("SELECT pg_advisory_lock (7310589203571)");
    uint64_t begin_ms = now_ms ();
    assert_int_equal (migrate (fixture.url, "1200"), 1);
    assert_true (now_ms () - begin_ms >= 1200);
    assert_non_null (strstr (said, "sessions: another recorder has been migrating the database"));
    assert_string_equal (ask_text ("SELECT to_regclass ('chat_migration')"), "");
    ask_text ("SELECT pg_advisory_unlock (7310589203571)");
    assert_int_equal (migrate (fixture.url, "60000"), 0);
}

static void
test_a_database_that_is_away_is_waited_for_but_not_for_ever (void **state)
{
    (void) state;
    char url[128];
    snprintf (url, sizeof url, "postgresql://chat:s3cret@127.0.0.1:%u/chat", free_port ());
    assert_int_equal (migrate (url, "300"), 1);
    assert_non_null (strstr (said, "sessions: the database of DATABASE_URL was away"));
    assert_null (strstr (said, "s3cret"));
}

// What comes from an old version, or from nobody: each migration fails as a whole.
static void
test_a_migration_that_fails_leaves_nothing_of_itself (void **state)
{
    (void) state;
    ask_text ("CREATE TABLE \"chat_per_hour\" (of_somebody_else INTEGER)");
    assert_int_equal (migrate (fixture.url, "1000"), 1);
    assert_non_null (strstr (said, "database_failed sqlstate=42809"));
    assert_int_equal (ask_number ("SELECT max (number) FROM chat_migration"), 3);
    assert_int_equal (ask_number ("SELECT count (*) FROM information_schema.columns"
                                  "  WHERE column_name = 'sharedInterests'"),
                      0);
    ask_text ("DROP TABLE \"chat_per_hour\"");
    assert_int_equal (migrate (fixture.url, "60000"), 0);
}

static void
test_a_wrong_url_is_named_and_not_shown (void **state)
{
    (void) state;
    assert_int_equal (migrate ("postgresql://chat:s3cret@a,b/chat", "60000"), 2);
    assert_non_null (strstr (said, "DATABASE_URL is wrong: it must name one host"));
    assert_null (strstr (said, "s3cret"));
}

static void
test_help_tells_of_it (void **state)
{
    (void) state;
    FILE *help = popen (SESSIONS_BINARY " --help", "r");
    assert_non_null (help);
    said[fread (said, 1, sizeof said - 1, help)] = '\0';
    assert_int_equal (pclose (help), 0);
    assert_non_null (strstr (said, "With --migrate it only brings the tables"));
    assert_non_null (strstr (said, "MIGRATE_WAIT_MS (60000;"));
    assert_non_null (strstr (said, "RETENTION_DAYS (30;"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_DATABASE (test_an_empty_database_is_made_and_a_second_time_changes_nothing),
        WITH_RECORDER (test_it_runs_beside_a_recorder_with_the_same_ports),
        WITH_DATABASE (test_rows_of_prisma_are_adopted_without_being_touched),
        WITH_DATABASE (test_an_index_that_was_made_beforehand_is_taken),
        WITH_DATABASE (test_a_role_that_may_not_take_long_migrates_all_the_same),
        WITH_DATABASE (test_another_recorder_that_migrates_is_waited_for_but_not_for_ever),
        WITH_DATABASE (test_a_database_that_is_away_is_waited_for_but_not_for_ever),
        WITH_DATABASE (test_a_migration_that_fails_leaves_nothing_of_itself),
        WITH_DATABASE (test_a_wrong_url_is_named_and_not_shown),
        cmocka_unit_test (test_help_tells_of_it),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
