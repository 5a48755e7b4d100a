// poison_test.c -- a recorder alone, with a real PostgreSQL: records that cannot become a row.

#include <stdio.h>
#include <string.h>

#include "sessions/fixture.h"

static void
test_a_poison_row_is_set_aside_and_the_rest_committed (void **state)
{
    (void) state;
    static wire_t records[600];
    char sql[256];
    char id[IDENT_TEXT_SIZE];
    for (size_t i = 0; i < 600; i++) {
        ident_t chat = ident_random ();
        records[i] = opened (&chat);
    }
    ident_print (&records[321].as.record.chat, id);
    snprintf (sql, sizeof sql, "ALTER TABLE \"ChatSession\" ADD CHECK (\"id\" <> '%s')",
              id);
    ask_text (sql);
    deliver (records, 600, NULL);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 599);
    assert_string_equal (
        ask_text ("SELECT string_agg (reason || ' ' || chat || ' '"
                  "  || (record ->> 'startedMs'), ',') FROM chat_dead_letter"),
        strcat (strcat (strcpy (sql, "23514 "), id), " 1769860800123"));
    assert_int_equal (metric_value (fixture.admin_port, "recorder_dead_letters_total"), 1);
    assert_int_equal (metric_value (fixture.admin_port, "recorder_pending"), 0);
    assert_true (service_logged (fixture.recorder, id));
    // The next batch goes as if nothing had been.
    wire_t record = closed (&records[0].as.record.chat);
    put_on_record (&record, 0);
}

static void
test_only_poison_is_all_set_aside (void **state)
{
    (void) state;
    static wire_t records[100];
    for (size_t i = 0; i < 100; i++) {
        ident_t chat = ident_random ();
        records[i] = closed (&chat);
    }
    ask_text ("CREATE FUNCTION refuse () RETURNS trigger LANGUAGE plpgsql AS"
              "  'BEGIN RAISE division_by_zero; END';"
              "CREATE TRIGGER refuse BEFORE INSERT ON \"ChatSession\" FOR EACH ROW"
              "  EXECUTE FUNCTION refuse ()");
    deliver (records, 100, NULL);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 0);
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"
                                  "  WHERE reason = '22012'"),
                      100);
}

static void
test_what_is_found_only_at_the_commit_is_poison_too (void **state)
{
    (void) state;
    ident_t chats[] = {ident_random (), ident_random ()};
    wire_t records[] = {opened (&chats[0]), closed (&chats[1])};
    ask_text ("CREATE FUNCTION refuse () RETURNS trigger LANGUAGE plpgsql AS"
              "  'BEGIN IF NEW.\"endedAt\" IS NOT NULL THEN RAISE check_violation; END IF;"
              "  RETURN NULL; END';"
              "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON \"ChatSession\""
              "  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse ()");
    deliver (records, 2, NULL);
    assert_string_equal (row_text (&chats[0]), OPENED_ROW);
    assert_string_equal (row_text (&chats[1]), "");
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 1);
}

// --- What somebody else's trigger raises, for a row or for all ---

static void
raise_for (const char *condition)
{
    char sql[400];
    snprintf (
        sql, sizeof sql,
        "CREATE FUNCTION refuse () RETURNS trigger LANGUAGE plpgsql AS"
        "  'BEGIN IF %s THEN RAISE EXCEPTION ''not that one''; END IF; RETURN NEW; END';"
        "CREATE TRIGGER refuse BEFORE INSERT ON \"ChatSession\" FOR EACH ROW"
        "  EXECUTE FUNCTION refuse ()",
        condition);
    ask_text (sql);
}

// The chat with that many messages of one of its people.
#define RAISE_FOR_ONE "NEW.\"messagesA\" = 99"

static void
test_a_row_that_a_trigger_raises_for_is_set_aside_and_the_rest_committed (void **state)
{
    (void) state;
    static wire_t records[600];
    for (size_t i = 0; i < 600; i++) {
        ident_t chat = ident_random ();
        records[i] = closed (&chat);
    }
    records[0].as.record.messages_a = 99;
    records[321].as.record.messages_a = 99;
    raise_for (RAISE_FOR_ONE);
    deliver (records, 600, NULL);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 598);
    assert_string_equal (
        ask_text ("SELECT string_agg (reason || (record ->> 'messagesA'), ' ')"
                  "  FROM chat_dead_letter"),
        "P000199 P000199");
}

static void
test_a_row_alone_that_a_trigger_raises_for_is_set_aside_when_another_has_gone_in (
    void **state)
{
    (void) state;
    ident_t chats[] = {ident_random (), ident_random ()};
    wire_t records[] = {closed (&chats[0]), closed (&chats[1])};
    records[0].as.record.messages_a = 99;
    raise_for (RAISE_FOR_ONE);
    put_entry (&records[0], 0);
    peer_send (fixture.matcher, &records[0]);
    WAIT_FOR (service_logged (fixture.recorder, "rows_not_taken sqlstate=P0001"));
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
    deliver (records, 2, NULL);
    assert_string_equal (row_text (&chats[1]), CLOSED_ROW);
    assert_string_equal (ask_text ("SELECT reason FROM chat_dead_letter"), "P0001");
}

static void
test_what_a_trigger_raises_for_all_is_waited_out (void **state)
{
    (void) state;
    static wire_t records[100];
    for (size_t i = 0; i < 100; i++) {
        ident_t chat = ident_random ();
        records[i] = closed (&chat);
        put_entry (&records[i], i);
    }
    raise_for ("true");
    for (size_t i = 0; i < 100; i++) {
        put_entry (&records[i], i);
        peer_send (fixture.matcher, &records[i]);
    }
    WAIT_FOR (service_logged (fixture.recorder, "rows_not_taken sqlstate=P0001"));
    WAIT_FOR (metric_value (fixture.admin_port, "recorder_database_errors_total") > 20);
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
    ask_text ("DROP TRIGGER refuse ON \"ChatSession\"");
    deliver (records, 100, NULL);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 100);
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
}

static void
test_nonsense_is_set_aside_with_its_reason (void **state)
{
    (void) state;
    wire_t records[9];
    for (int i = 0; i < 9; i++) {
        ident_t chat = ident_random ();
        records[i] = closed (&chat);
    }
    ident_t sound = records[0].as.record.chat;
    records[1].as.record.ended_ms = records[1].as.record.started_ms - 1;
    records[2].as.record.chat = ident_nil;
    records[3].as.record.user_a = ident_nil;
    records[4].as.record.user_b = ident_nil;
    records[5].as.record.user_b = records[5].as.record.user_a;
    records[6].as.record.ended_ms = 0;
    records[7].as.record.reason = REASON_NONE;
    records[8].as.record.ended_ms = TIME_MOST; // Late, but who knows?
    deliver (records, 9, NULL);
    deliver (records, 9, NULL);
    assert_string_equal (row_text (&sound), CLOSED_ROW);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 2);
    assert_string_equal (
        ask_text ("SELECT string_agg (reason, ' ' ORDER BY reason) FROM chat_dead_letter"),
        "chat_nil ended_before_started ended_without_reason open_with_end user_nil user_nil "
        "users_equal");
}

static void
test_a_record_without_a_place_in_the_outbox_is_set_aside (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    wire_t record = closed (&chat);
    peer_send (fixture.matcher, &record);
    const wire_t *recorded = peer_expect (fixture.matcher, WIRE_RECORDED, NULL);
    assert_int_equal (recorded->as.recorded.entry.bytes, 0);
    assert_string_equal (ask_text ("SELECT reason FROM chat_dead_letter"), "entry_empty");
}

static void
test_who_names_other_people_than_the_row_is_set_aside_and_changes_nothing (void **state)
{
    (void) state;
    static wire_t records[300];
    for (size_t i = 0; i < 300; i++) {
        ident_t chat = ident_random ();
        records[i] = closed (&chat);
    }
    ident_t chats[] = {records[100].as.record.chat, records[200].as.record.chat};
    wire_t known[] = {opened (&chats[0]), closed (&chats[1])};
    put_on_record (&known[0], 0);
    put_on_record (&known[1], 0);
    // One has a stranger in it, one has its people the other way round.
    wire_record_t *wrong[] = {&records[100].as.record, &records[200].as.record};
    wrong[0]->user_b = ident_random ();
    wrong[1]->user_a = known[1].as.record.user_b;
    wrong[1]->user_b = known[1].as.record.user_a;
    wrong[1]->started_ms -= 5000;
    deliver (records, 300, NULL);
    assert_string_equal (row_text (&chats[0]), OPENED_ROW);
    assert_string_equal (row_text (&chats[1]), CLOSED_ROW);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 300);
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"
                                  "  WHERE reason = 'users_differ'"),
                      2);
    assert_int_equal (metric_value (fixture.admin_port, "recorder_dead_letters_total"), 2);
    assert_int_equal (metric_value (fixture.admin_port, "recorder_database_errors_total"),
                      0);
}

static void
test_of_two_that_name_other_people_at_once_the_database_knows_who_is_right (void **state)
{
    (void) state;
    ident_t chats[] = {ident_random (), ident_random ()};
    wire_t known = opened (&chats[0]);
    put_on_record (&known, 0);
    wire_t records[4];
    for (size_t i = 0; i < 4; i++) {
        records[i] = closed (&chats[i / 2]);
        if (i % 2 == 0) {
            records[i].as.record.user_a = ident_random (); // The wrong one is first.
            records[i].as.record.messages_a = 99;
        }
    }
    deliver (records, 4, NULL);
    assert_string_equal (row_text (&chats[0]), CLOSED_ROW);
    // Of the other chat nothing was known: who comes first is right.
    assert_non_null (strstr (row_text (&chats[1]), "|99|9|"));
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"
                                  "  WHERE reason = 'users_differ'"),
                      2);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECORDER (test_a_poison_row_is_set_aside_and_the_rest_committed),
        WITH_RECORDER (test_only_poison_is_all_set_aside),
        WITH_RECORDER (test_what_is_found_only_at_the_commit_is_poison_too),
        WITH_RECORDER (
            test_a_row_that_a_trigger_raises_for_is_set_aside_and_the_rest_committed),
        WITH_RECORDER (
            test_a_row_alone_that_a_trigger_raises_for_is_set_aside_when_another_has_gone_in),
        WITH_RECORDER (test_what_a_trigger_raises_for_all_is_waited_out),
        WITH_RECORDER (test_nonsense_is_set_aside_with_its_reason),
        WITH_RECORDER (test_a_record_without_a_place_in_the_outbox_is_set_aside),
        WITH_RECORDER (
            test_who_names_other_people_than_the_row_is_set_aside_and_changes_nothing),
        WITH_RECORDER (
            test_of_two_that_name_other_people_at_once_the_database_knows_who_is_right),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
