// sessions_test.c -- a recorder alone, with a real PostgreSQL: what it makes, takes and refuses.

#include <stdio.h>
#include <string.h>

#include "sessions/fixture.h"

#define MIGRATIONS 4 // That there are.

#define PRISMA_TABLE                                                          \
    "CREATE TABLE \"ChatSession\" ("                                          \
    "    \"id\" TEXT NOT NULL,"                                               \
    "    \"userA\" TEXT NOT NULL,"                                            \
    "    \"userB\" TEXT NOT NULL,"                                            \
    "    \"startedAt\" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,"      \
    "    \"endedAt\" TIMESTAMP(3),"                                           \
    "    CONSTRAINT \"ChatSession_pkey\" PRIMARY KEY (\"id\"));"

// --- Tables ---

static void
test_an_empty_database_gets_the_documented_table (void **state)
{
    (void) state;
    assert_string_equal (
        ask_text ("SELECT string_agg (concat_ws (' ', column_name, data_type, datetime_precision,"
                  "  is_nullable, column_default), ', ' ORDER BY ordinal_position)"
                  "  FROM information_schema.columns WHERE table_name = 'ChatSession'"),
        "id text NO, userA text NO, userB text NO, "
        "startedAt timestamp without time zone 3 NO CURRENT_TIMESTAMP, "
        "endedAt timestamp without time zone 3 YES, "
        "endReason text YES, endedBy text YES, messagesA bigint YES, messagesB bigint YES, "
        "waitedMsA bigint YES, waitedMsB bigint YES, sharedInterests bigint YES");
    assert_string_equal (ask_text ("SELECT pg_get_constraintdef (oid) FROM pg_constraint"
                                   "  WHERE conname = 'ChatSession_pkey'"),
                         "PRIMARY KEY (id)");
    assert_int_equal (ask_number ("SELECT max (number) FROM chat_migration"), MIGRATIONS);
    assert_string_equal (ask_text ("SELECT indexdef FROM pg_indexes"
                                   "  WHERE indexname = 'ChatSession_open_idx'"),
                         "CREATE INDEX \"ChatSession_open_idx\" ON public.\"ChatSession\" USING"
                         " btree (\"startedAt\", id) WHERE ((\"endedAt\" IS NULL) AND"
                         " (\"waitedMsA\" IS NOT NULL) AND (\"waitedMsB\" IS NOT NULL))");
}

static void
test_a_table_that_prisma_made_is_adopted_with_its_rows (void **state)
{
    (void) state;
    ask_text (PRISMA_TABLE "INSERT INTO \"ChatSession\" VALUES"
                           "  ('a', 'u', 'v', '2025-01-01 10:00:00.001', NULL),"
                           "  ('b', 'v', 'w', '2025-01-01 11:00:00', '2025-01-01 11:00:01.5')");
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    fixture.matcher = peer_dial (fixture.bus_port, ROLE_MATCHER, ROLE_RECORDER);
    ident_t chat = ident_random ();
    wire_t record = closed (&chat);
    put_on_record (&record, 1);
    assert_string_equal (row_text (&chat), CLOSED_ROW);
    assert_string_equal (
        ask_text ("SELECT string_agg (concat_ws ('|', \"id\", \"userA\", \"userB\", \"startedAt\","
                  "  \"endedAt\", \"endReason\", \"messagesA\"), ', ' ORDER BY \"id\")"
                  "  FROM \"ChatSession\" WHERE length (\"id\") = 1"),
        "a|u|v|2025-01-01 10:00:00.001, b|v|w|2025-01-01 11:00:00|2025-01-01 11:00:01.5");
}

static void
test_several_recorders_may_start_at_once (void **state)
{
    (void) state;
    service_t *recorders[3];
    uint16_t admin_ports[3];
    for (int i = 0; i < 3; i++) {
        admin_ports[i] = free_port ();
        recorders[i] = start_recorder (fixture.url, free_port (), admin_ports[i]);
    }
    for (int i = 0; i < 3; i++) {
        wait_ready (admin_ports[i], true);
    }
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_migration"), MIGRATIONS);
    int migrated[MIGRATIONS] = {0};
    for (int i = 0; i < 3; i++) {
        for (size_t j = 0; j < MIGRATIONS; j++) {
            char line[64];
            snprintf (line, sizeof line, "migrating number=%zu", j + 1);
            migrated[j] += service_logged (recorders[i], line);
        }
        service_stop (&recorders[i]);
    }
    for (size_t j = 0; j < MIGRATIONS; j++) {
        assert_int_equal (migrated[j], 1);
    }
}

static void
test_the_lock_for_migrations_is_asked_for_again_and_never_waited_for (void **state)
{
    (void) state;
    char page[1024];
    ask_text ("SELECT pg_advisory_lock (7310589203571)");
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    WAIT_FOR (service_logged (fixture.recorder, "database_connected"));
    assert_int_equal (http_get (fixture.admin_port, "/readyz", page, sizeof page), 503);
    assert_string_equal (page, "listening yes\ndatabase no\n");
    assert_int_equal (ask_number ("SELECT count (*) FROM pg_locks WHERE NOT granted"), 0);
    assert_string_equal (ask_text ("SELECT to_regclass ('chat_migration')"), "");
    ask_text ("SELECT pg_advisory_unlock (7310589203571)");
    wait_ready (fixture.admin_port, true);
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_migration"), MIGRATIONS);
}

static void
test_a_newer_database_is_left_as_it_is (void **state)
{
    (void) state;
    service_stop (&fixture.recorder);
    ask_text ("INSERT INTO chat_migration (number) VALUES (9999)");
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_migration"), MIGRATIONS + 1);
}

static void
test_a_url_with_a_schema_as_prisma_takes_it (void **state)
{
    (void) state;
    char url[512];
    ask_text ("CREATE SCHEMA \"Old-app\"");
    snprintf (url, sizeof url, "%s&schema=Old-app&connection_limit=5",
              postgres_server_socket_url (fixture.server, fixture.database));
    fixture.recorder = start_recorder (url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    assert_string_equal (
        ask_text ("SELECT string_agg (schemaname || '.' || tablename, ' ' ORDER BY tablename)"
                  "  FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"),
        "Old-app.ChatSession Old-app.chat_dead_letter Old-app.chat_migration");
}

// --- Rows ---

static void
test_records_make_the_same_row_in_any_order (void **state)
{
    (void) state;
    ident_t chats[4];
    size_t entry = 0;
    for (int i = 0; i < 4; i++) {
        chats[i] = ident_random ();
        wire_t records[] = {opened (&chats[i]), closed (&chats[i])};
        put_on_record (&records[i & 1], entry++);
        assert_string_equal (row_text (&chats[i]), (i & 1) == 0 ? OPENED_ROW : CLOSED_ROW);
        put_on_record (&records[1 - (i & 1)], entry++);
        for (int j = 0; j < i; j++) {
            put_on_record (&records[j & 1], entry++);
        }
        assert_string_equal (row_text (&chats[i]), CLOSED_ROW);
    }
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 4);
}

static void
test_records_that_disagree_make_the_same_row_in_any_order (void **state)
{
    (void) state;
    char first[256];
    ident_t chats[] = {ident_random (), ident_random ()};
    for (int i = 0; i < 2; i++) {
        wire_t records[] = {closed (&chats[i]), closed (&chats[i])};
        records[1].as.record.ended_ms += 1000;
        records[1].as.record.reason = REASON_DISCONNECTED;
        records[1].as.record.ended_by = SIDE_A;
        records[1].as.record.messages_a = 8;
        put_on_record (&records[i], 0);
        put_on_record (&records[1 - i], 1);
        if (i == 0) {
            snprintf (first, sizeof first, "%s", row_text (&chats[i]));
        }
    }
    assert_string_equal (row_text (&chats[1]), first);
    assert_non_null (strstr (first, "|2026-01-31 12:03:05.5|"));
}

static void
test_how_many_interests_both_named_is_on_record (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    wire_t records[] = {opened (&chat), closed (&chat)};
    records[0].as.record.interests = 2;
    put_on_record (&records[0], 0);
    put_on_record (&records[1], 1);
    assert_string_equal (row_text (&chat), CLOSED_ROW);
    assert_int_equal (ask_number ("SELECT \"sharedInterests\" FROM \"ChatSession\""), 2);
}

static void
test_one_chat_twice_in_a_batch_is_one_row_and_two_confirmations (void **state)
{
    (void) state;
    bool in_one = false;
    // On a busy machine they may come too far apart for one batch, and that is right, too.
    for (int tries = 0; !in_one; tries++) {
        uint64_t batches = metric_value (fixture.admin_port, "recorder_batches_total");
        uint64_t committed = metric_value (fixture.admin_port, "recorder_committed_total");
        ident_t chat = ident_random ();
        wire_t records[] = {opened (&chat), closed (&chat), closed (&chat)};
        assert_true (tries < 100);
        deliver (records, 3, NULL);
        assert_string_equal (row_text (&chat), CLOSED_ROW);
        in_one = metric_value (fixture.admin_port, "recorder_batches_total") == batches + 1
                 && metric_value (fixture.admin_port, "recorder_committed_total") == committed + 3;
    }
}

static void
test_two_thousand_chats (void **state)
{
    (void) state;
    static wire_t records[4000];
    for (size_t i = 0; i < 2000; i++) {
        ident_t chat = ident_random ();
        records[i] = opened (&chat);
        records[3999 - i] = closed (&chat);
    }
    uint64_t begin_ms = now_ms ();
    deliver (records, 4000, NULL);
    print_message ("4,000 records in %u ms, %u batches\n", (unsigned) (now_ms () - begin_ms),
                   (unsigned) metric_value (fixture.admin_port, "recorder_batches_total"));
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""
                                  "  WHERE \"endedAt\" IS NOT NULL AND \"waitedMsA\" = 1500"),
                      2000);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 2000);
    assert_int_equal (metric_value (fixture.admin_port, "recorder_pending"), 0);
}

static void
test_a_record_is_visible_when_it_is_confirmed (void **state)
{
    (void) state;
    for (size_t i = 0; i < 20; i++) {
        ident_t chat = ident_random ();
        wire_t record = opened (&chat);
        put_on_record (&record, i);
        assert_string_equal (row_text (&chat), OPENED_ROW);
    }
}

static void
test_nothing_is_confirmed_before_the_commit (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    wire_t record = opened (&chat);
    put_entry (&record, 5);
    ask_text ("BEGIN; LOCK TABLE \"ChatSession\" IN EXCLUSIVE MODE");
    peer_send (fixture.matcher, &record);
    WAIT_FOR (ask_number ("SELECT count (*) FROM pg_locks WHERE NOT granted") == 1);
    assert_false (peer_hears (fixture.matcher, WIRE_RECORDED, 50));
    assert_int_equal (metric_value (fixture.admin_port, "recorder_pending"), 1);
    ask_text ("COMMIT");
    peer_expect (fixture.matcher, WIRE_RECORDED, NULL);
    assert_string_equal (row_text (&chat), OPENED_ROW);
}

static void
test_what_does_not_fit_is_refused_as_busy (void **state)
{
    (void) state;
    static wire_t records[6000];
    for (size_t i = 0; i < 6000; i++) {
        ident_t chat = ident_random ();
        records[i] = opened (&chat);
    }
    ask_text ("BEGIN; LOCK TABLE \"ChatSession\" IN EXCLUSIVE MODE");
    for (size_t i = 0; i < 6000; i++) {
        put_entry (&records[i], i);
        peer_send (fixture.matcher, &records[i]);
    }
    const wire_t *refused = peer_expect (fixture.matcher, WIRE_REFUSED, NULL);
    assert_int_equal (refused->as.refused.about, WIRE_RECORD);
    assert_int_equal (refused->as.refused.reason, REFUSAL_BUSY);
    WAIT_FOR (metric_value (fixture.admin_port, "wire_refused_total")
                  + metric_value (fixture.admin_port, "recorder_pending")
              == 6000);
    assert_in_range (metric_value (fixture.admin_port, "recorder_pending"), 3500, 4000);
    ask_text ("COMMIT");
    deliver (records, 6000, NULL);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 6000);
}

static void
test_only_a_matcher_may_put_on_record (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    wire_t record = closed (&chat);
    put_entry (&record, 0);
    peer_t *gateway = peer_dial (fixture.bus_port, ROLE_GATEWAY, ROLE_RECORDER);
    peer_send (gateway, &record);
    const wire_t *refused = peer_expect (gateway, WIRE_REFUSED, NULL);
    assert_int_equal (refused->as.refused.reason, REFUSAL_NOT_MY_DUTY);
    peer_close (&gateway);
}

// --- Settings ---

static void
test_a_wrong_url_is_named_and_not_shown (void **state)
{
    (void) state;
    static const char *const urls[] = {
        "postgres//chat:s3cret@localhost/chat", "postgresql://chat:s3cret@localhost/chat?no=such",
        "postgresql://chat:s3cret@a,b/chat", "postgresql://chat:s3cret@a/chat?schema=s3cret;drop",
    };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        service_t *wrong = start_recorder (urls[i], free_port (), free_port ());
        assert_int_equal (service_wait (wrong), 2);
        assert_true (service_logged (wrong, "DATABASE_URL is wrong: it"));
        assert_false (service_logged (wrong, "s3cret"));
        service_kill (&wrong);
    }
}

static void
test_help_lists_the_settings (void **state)
{
    (void) state;
    char text[8192];
    FILE *help = popen (SESSIONS_BINARY " --help", "r");
    assert_non_null (help);
    text[fread (text, 1, sizeof text - 1, help)] = '\0';
    assert_int_equal (pclose (help), 0);
    assert_non_null (strstr (text, "BUS_PORT (5703;"));
    assert_non_null (strstr (text, "ADMIN_PORT (9103;"));
    assert_non_null (strstr (text, "DOUBT_AFTER_MS (60000;"));
    assert_non_null (strstr (text, "DATABASE_URL (postgresql://127.0.0.1:5432/chat;"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECORDER (test_an_empty_database_gets_the_documented_table),
        WITH_DATABASE (test_a_table_that_prisma_made_is_adopted_with_its_rows),
        WITH_DATABASE (test_several_recorders_may_start_at_once),
        WITH_DATABASE (test_the_lock_for_migrations_is_asked_for_again_and_never_waited_for),
        WITH_RECORDER (test_a_newer_database_is_left_as_it_is),
        WITH_DATABASE (test_a_url_with_a_schema_as_prisma_takes_it),
        WITH_RECORDER (test_records_make_the_same_row_in_any_order),
        WITH_RECORDER (test_records_that_disagree_make_the_same_row_in_any_order),
        WITH_RECORDER (test_how_many_interests_both_named_is_on_record),
        WITH_RECORDER (test_one_chat_twice_in_a_batch_is_one_row_and_two_confirmations),
        WITH_RECORDER (test_two_thousand_chats),
        WITH_RECORDER (test_a_record_is_visible_when_it_is_confirmed),
        WITH_RECORDER (test_nothing_is_confirmed_before_the_commit),
        WITH_RECORDER (test_what_does_not_fit_is_refused_as_busy),
        WITH_RECORDER (test_only_a_matcher_may_put_on_record),
        cmocka_unit_test (test_a_wrong_url_is_named_and_not_shown),
        cmocka_unit_test (test_help_lists_the_settings),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
