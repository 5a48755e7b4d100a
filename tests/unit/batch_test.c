// batch_test.c -- what the recorder does without a database: collecting, merging, judging records,
// writing them as parameters, reading DATABASE_URL.

#include <stdio.h>
#include <string.h>

#include "sessions/batch.h"
#include "sessions/database_url.h"
#include "sessions/doubt.h"
#include "sessions/migrations.h"
#include "sessions/record.h"
#include "sessions/retention.h"
#include "sessions/upsert.h"
#include "support/cmocka_all.h"

static const ident_t matcher = {"a matcher"};

// A chat by its number, opened or also closed.
static wire_record_t
record_of (uint32_t number, bool over)
{
    wire_record_t record = {
        .entry = {"1-0", 3},
        .user_a = {"user a"},
        .user_b = {"user b"},
        .started_ms = 1000,
        .waited_a_ms = 5,
    };
    memcpy (record.chat.bytes, &number, sizeof number);
    record.chat.bytes[15] = 1;
    if (over) {
        record.ended_ms = 3000;
        record.reason = REASON_ENDED;
        record.ended_by = SIDE_A;
        record.messages_a = 2;
    }
    return record;
}

static void
test_a_batch_is_full_after_its_rows (void **state)
{
    (void) state;
    batch_t *batch = batch_new ();
    for (uint32_t i = 0; i < BATCH_ROWS; i++) {
        assert_false (batch_is_due (batch, 0));
        wire_record_t record = record_of (i, false);
        assert_true (batch_add (batch, &matcher, &record, 0));
    }
    assert_true (batch_is_due (batch, 0));
    wire_record_t another = record_of (BATCH_ROWS, false);
    assert_false (batch_add (batch, &matcher, &another, 0));
    // A chat that is there already still fits.
    wire_record_t again = record_of (7, true);
    assert_true (batch_add (batch, &matcher, &again, 0));
    assert_int_equal (batch_rows (batch), BATCH_ROWS);
    batch_destroy (&batch);
    batch_destroy (&batch);
}

static void
test_a_batch_is_full_after_its_receipts (void **state)
{
    (void) state;
    batch_t *batch = batch_new ();
    wire_record_t record = record_of (1, true);
    for (size_t i = 0; i < BATCH_RECEIPTS; i++) {
        assert_true (batch_add (batch, &matcher, &record, 0));
    }
    assert_false (batch_add (batch, &matcher, &record, 0));
    assert_true (batch_is_due (batch, 0));
    assert_int_equal (batch_rows (batch), 1);
    batch_destroy (&batch);
}

static void
test_a_batch_goes_when_its_first_record_is_old (void **state)
{
    (void) state;
    batch_t *batch = batch_new ();
    wire_record_t record = record_of (1, false);
    assert_false (batch_is_due (batch, 1000000));
    batch_add (batch, &matcher, &record, 100);
    record = record_of (2, false);
    batch_add (batch, &matcher, &record, 100 + BATCH_WAIT_MS - 1);
    assert_false (batch_is_due (batch, 100 + BATCH_WAIT_MS - 1));
    assert_true (batch_is_due (batch, 100 + BATCH_WAIT_MS));
    batch_destroy (&batch);
}

static void
test_a_chat_is_one_row_with_all_its_receipts (void **state)
{
    (void) state;
    batch_t *batch = batch_new ();
    ident_t other = {"another matcher"};
    wire_record_t records[] = {record_of (1, true), record_of (2, false), record_of (1, false)};
    batch_add (batch, &matcher, &records[0], 0);
    batch_add (batch, &matcher, &records[1], 0);
    records[2].entry = (word_t){"2-0", 3};
    batch_add (batch, &other, &records[2], 0);
    assert_int_equal (batch_rows (batch), 2);
    const receipt_t *receipt = batch_receipt (batch, 0, NULL);
    assert_true (ident_equal (&receipt->matcher, &other));
    assert_memory_equal (receipt->entry, "2-0", 3);
    receipt = batch_receipt (batch, 0, receipt);
    assert_true (ident_equal (&receipt->matcher, &matcher));
    assert_null (batch_receipt (batch, 0, receipt));
    assert_int_equal (batch_row (batch, 0)->record.ended_ms, 3000);
    batch_destroy (&batch);
}

static void
test_a_sealed_batch_takes_nothing_and_a_cleared_one_does (void **state)
{
    (void) state;
    batch_t *batch = batch_new ();
    wire_record_t record = record_of (1, false);
    batch_add (batch, &matcher, &record, 0);
    batch_seal (batch);
    assert_false (batch_add (batch, &matcher, &record, 0));
    batch_settle (batch, 1);
    assert_int_equal (batch_settled (batch), 1);
    batch_clear (batch);
    assert_int_equal (batch_rows (batch) + batch_settled (batch), 0);
    assert_true (batch_add (batch, &matcher, &record, 0));
    assert_int_equal (batch_rows (batch), 1);
    batch_destroy (&batch);
}

static void
test_nonsense_stands_alone (void **state)
{
    (void) state;
    batch_t *batch = batch_new ();
    wire_record_t record = record_of (1, true);
    batch_add (batch, &matcher, &record, 0);
    record.ended_ms = 1;
    batch_add (batch, &matcher, &record, 0);
    record = record_of (2, true);
    batch_add (batch, &matcher, &record, 0);
    record = record_of (3, true);
    batch_add (batch, &matcher, &record, 0);
    assert_int_equal (batch_rows (batch), 4);
    assert_int_equal (batch_sound_rows (batch, 0, 10), 1);
    assert_int_equal (batch_sound_rows (batch, 1, 10), 0);
    assert_int_equal (batch_sound_rows (batch, 2, 10), 2);
    assert_int_equal (batch_sound_rows (batch, 2, 1), 1);
    assert_string_equal (batch_row (batch, 1)->fault, "ended_before_started");
    batch_seal (batch);
    batch_blame (batch, 3, "23514");
    assert_int_equal (batch_sound_rows (batch, 2, 10), 1);
    batch_destroy (&batch);
}

static void
test_who_names_other_people_is_for_the_next_batch (void **state)
{
    (void) state;
    batch_t *batch = batch_new ();
    wire_record_t records[] = {record_of (1, false), record_of (1, true), record_of (1, true)};
    records[1].user_a.bytes[0]++;
    ident_t user = records[2].user_a;
    records[2].user_a = records[2].user_b;
    records[2].user_b = user;
    assert_true (batch_add (batch, &matcher, &records[0], 0));
    assert_false (batch_add (batch, &matcher, &records[1], 0));
    assert_false (batch_add (batch, &matcher, &records[2], 0));
    assert_int_equal (batch_rows (batch), 1);
    batch_destroy (&batch);
}

static void
test_merging_does_not_mind_order_or_repetition (void **state)
{
    (void) state;
    wire_record_t parts[] = {record_of (1, false), record_of (1, true), record_of (1, true)};
    parts[2].reason = REASON_DISCONNECTED;
    parts[2].ended_by = SIDE_B;
    parts[2].ended_ms = 2500;
    parts[2].messages_b = 4;
    parts[2].waited_b_ms = 6;
    parts[2].interests = 2;
    static const int orders[][5] = {
        {0, 1, 2, 0, 1}, {2, 1, 0, 2, 2}, {1, 0, 2, 1, 0}, {1, 2, 0, 0, 0}, {0, 2, 1, 1, 2},
    };
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        wire_record_t merged = parts[orders[i][0]];
        for (size_t j = 1; j < 5; j++) {
            record_merge (&merged, &parts[orders[i][j]]);
        }
        assert_int_equal (merged.ended_ms, 2500);
        assert_int_equal (merged.reason, REASON_DISCONNECTED);
        assert_int_equal (merged.ended_by, SIDE_A);
        assert_int_equal (merged.messages_a, 2);
        assert_int_equal (merged.messages_b, 4);
        assert_int_equal (merged.waited_a_ms, 5);
        assert_int_equal (merged.waited_b_ms, 6);
        assert_int_equal (merged.interests, 2);
    }
}

static void
test_an_orphan_gives_way_to_any_other_end (void **state)
{
    (void) state;
    wire_record_t parts[] = {record_of (1, false), record_of (1, true), record_of (1, true)};
    parts[1].reason = REASON_ORPHANED;
    parts[1].ended_by = SIDE_NONE;
    parts[1].ended_ms = 2000;
    parts[1].messages_a = 0;
    parts[1].started_ms = 900; // What it says of the beginning counts.
    static const int orders[][4] = {
        {0, 1, 2, 1}, {0, 2, 1, 0}, {1, 0, 2, 2}, {1, 2, 0, 1}, {2, 0, 1, 1}, {2, 1, 1, 0},
    };
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        wire_record_t merged = parts[orders[i][0]];
        for (size_t j = 1; j < 4; j++) {
            record_merge (&merged, &parts[orders[i][j]]);
        }
        assert_int_equal (merged.started_ms, 900);
        assert_int_equal (merged.ended_ms, 3000);
        assert_int_equal (merged.reason, REASON_ENDED);
        assert_int_equal (merged.ended_by, SIDE_A);
        assert_int_equal (merged.messages_a, 2);
    }
}

static void
test_a_page_of_open_chats_is_read_line_by_line (void **state)
{
    (void) state;
    doubt_walk_t walk;
    wire_t doubt;
    doubt_begin (&walk, 60000);
    assert_string_equal (walk.values[0], "0");
    assert_string_equal (walk.values[1], "");
    assert_string_equal (walk.values[2], "60000");
    const char *page =
        "nonsense\n\n"
        "01000000-0000-0000-0000-000000000001 02000000-0000-0000-0000-000000000002"
        " 03000000-0000-0000-0000-000000000003 1769860800123 4 5\n"
        "01000000-0000-0000-0000-000000000001 02000000-0000-0000-0000-000000000002"
        " 03000000-0000-0000-0000-000000000003 -7 4 5\n"
        "01000000-0000-0000-0000-000000000001 02000000-0000-0000-0000-000000000002\n"
        "04000000-0000-0000-0000-000000000001 02000000-0000-0000-0000-000000000002"
        " 03000000-0000-0000-0000-000000000003 1769860800124 0 0";
    assert_true (doubt_read (&walk, &page, &doubt));
    assert_int_equal (doubt.kind, WIRE_DOUBT);
    assert_int_equal (doubt.as.doubt.user_b.bytes[0], 3);
    assert_int_equal (doubt.as.doubt.started_ms, 1769860800123);
    assert_int_equal (doubt.as.doubt.waited_a_ms, 4);
    assert_int_equal (doubt.as.doubt.waited_b_ms, 5);
    assert_true (doubt_read (&walk, &page, &doubt));
    assert_int_equal (doubt.as.doubt.chat.bytes[0], 4);
    assert_false (doubt_read (&walk, &page, &doubt));
    assert_string_equal (walk.values[0], "1769860800124");
    assert_string_equal (walk.values[1], "04000000-0000-0000-0000-000000000001");
}

static void
test_a_round_of_deleting_goes_on_behind_what_is_deleted (void **state)
{
    (void) state;
    retention_t retention;
    uint64_t deleted = 0;
    retention_begin (&retention, 30);
    assert_string_equal (retention.values[0], "30");
    assert_string_equal (retention.values[1], "0");
    assert_true (retention_read (&retention, "500 3 1769860800123", &deleted));
    assert_string_equal (retention.values[1], "1769860800123");
    assert_true (retention_read (&retention, "0 500", &deleted));
    assert_string_equal (retention.values[1], "1769860800123");
    assert_false (retention_read (&retention, "499 0 1769860800124", &deleted));
    assert_false (retention_read (&retention, "", &deleted));
    assert_int_equal (deleted, 500 + 3 + 500 + 499);
}

static void
test_rows_are_written_as_arrays (void **state)
{
    (void) state;
    batch_t *batch = batch_new ();
    upsert_t *upsert = upsert_new ();
    wire_record_t records[] = {record_of (1, false), record_of (2, false), record_of (3, true)};
    records[2].ended_by = SIDE_NONE;
    records[2].interests = 3;
    for (int i = 0; i < 3; i++) {
        batch_add (batch, &matcher, &records[i], 0);
    }
    const char *const *values = upsert_rows (upsert, batch, 1, 2);
    assert_string_equal (values[0], "{02000000-0000-0000-0000-000000000001,"
                                    "03000000-0000-0000-0000-000000000001}");
    assert_string_equal (values[3], "{1000,1000}");
    assert_string_equal (values[4], "{5,5}");
    assert_string_equal (values[6], "{NULL,3000}");
    assert_string_equal (values[7], "{NULL,ended}");
    assert_string_equal (values[8], "{NULL,NULL}");
    assert_string_equal (values[9], "{NULL,2}");
    assert_string_equal (values[11], "{0,3}");
    upsert_destroy (&upsert);
    batch_destroy (&batch);
}

static void
test_the_longest_rows_fit (void **state)
{
    (void) state;
    batch_t *batch = batch_new ();
    upsert_t *upsert = upsert_new ();
    char json[RECORD_JSON_SIZE];
    for (uint32_t i = 0; i < BATCH_ROWS; i++) {
        wire_record_t record = record_of (i, true);
        record.started_ms = record.ended_ms = TIME_MOST;
        record.waited_a_ms = record.waited_b_ms = TIME_MOST;
        record.messages_a = record.messages_b = COUNT_MOST;
        record.reason = REASON_DISCONNECTED;
        record_print (&record, json);
        assert_true (batch_add (batch, &matcher, &record, 0));
    }
    const char *const *values = upsert_rows (upsert, batch, 0, BATCH_ROWS);
    assert_int_equal (strlen (values[0]), BATCH_ROWS * IDENT_TEXT_SIZE + 1);
    upsert_destroy (&upsert);
    batch_destroy (&batch);
}

static void
assert_url (const char *text, const char *url, const char *schema)
{
    database_url_t read;
    assert_null (database_url_read (text, &read));
    assert_string_equal (read.url, url);
    assert_string_equal (read.schema, schema);
}

static void
test_what_only_prisma_knows_is_taken_out_of_a_url (void **state)
{
    (void) state;
    database_url_t read;
    assert_url ("postgresql://h/d", "postgresql://h/d", "");
    assert_url ("host=h dbname=d?schema=x", "host=h dbname=d?schema=x", "");
    assert_url ("postgresql://h/d?schema=public", "postgresql://h/d", "public");
    assert_url ("postgresql://h/d?sslmode=require&schema=a_B-1&pool_timeout=2&options=-cx%3Dy",
                "postgresql://h/d?sslmode=require&options=-cx%3Dy", "a_B-1");
    assert_url ("postgresql://h/d?&&", "postgresql://h/d", "");
    assert_non_null (database_url_read ("postgresql://h/d?schema=", &read));
    assert_non_null (database_url_read ("postgresql://h/d?schema=a%20b&x=y", &read));
    assert_non_null (database_url_read ("postgresql://h/d?schema=\"", &read));
}

static void
test_migrations_follow_each_other (void **state)
{
    (void) state;
    int64_t number = 0;
    const char *sql;
    while ((sql = migrations_after (number, &number)) != NULL) {
        assert_true (strlen (sql) > 0 && sql[strlen (sql) - 1] == '\n');
    }
    assert_int_equal (number, migrations_newest ());
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_batch_is_full_after_its_rows),
        cmocka_unit_test (test_a_batch_is_full_after_its_receipts),
        cmocka_unit_test (test_a_batch_goes_when_its_first_record_is_old),
        cmocka_unit_test (test_a_chat_is_one_row_with_all_its_receipts),
        cmocka_unit_test (test_a_sealed_batch_takes_nothing_and_a_cleared_one_does),
        cmocka_unit_test (test_nonsense_stands_alone),
        cmocka_unit_test (test_who_names_other_people_is_for_the_next_batch),
        cmocka_unit_test (test_merging_does_not_mind_order_or_repetition),
        cmocka_unit_test (test_an_orphan_gives_way_to_any_other_end),
        cmocka_unit_test (test_a_page_of_open_chats_is_read_line_by_line),
        cmocka_unit_test (test_a_round_of_deleting_goes_on_behind_what_is_deleted),
        cmocka_unit_test (test_rows_are_written_as_arrays),
        cmocka_unit_test (test_the_longest_rows_fit),
        cmocka_unit_test (test_what_only_prisma_knows_is_taken_out_of_a_url),
        cmocka_unit_test (test_migrations_follow_each_other),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
