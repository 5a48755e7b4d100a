// fixture.c -- starts, sends, waits and asks, for the suites on the recorder.

#include "sessions/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STARTED_MS 1769860800123 // 2026-01-31T12:00:00.123Z
#define ENDED_MS (STARTED_MS + 185377)
#define QUIET_MS 200 // After so long without a RECORDED what is not confirmed is sent again.

fixture_t fixture;

int
set_up_server (void **state)
{
    (void) state;
    // Times are UTC whatever the server and its clients are set to.
    setenv ("PGTZ", "Asia/Kathmandu", 1);
    fixture.server = postgres_server_new ();
    return 0;
}

int
set_up_few_connections (void **state)
{
    set_up_server (state);
    postgres_server_kill (fixture.server);
    postgres_server_set (fixture.server, "max_connections=5");
    postgres_server_start (fixture.server);
    return 0;
}

int
tear_down_server (void **state)
{
    (void) state;
    postgres_server_destroy (&fixture.server);
    return 0;
}

int
set_up_database (void **state)
{
    (void) state;
    snprintf (fixture.database, sizeof fixture.database, "%s",
              postgres_server_database (fixture.server));
    snprintf (fixture.url, sizeof fixture.url, "%s",
              postgres_server_url (fixture.server, fixture.database));
    fixture.client = postgres_client_new (fixture.server, fixture.database);
    fixture.bus_port = free_port ();
    fixture.admin_port = free_port ();
    fixture.doubt_after_ms = NULL;
    fixture.retention_days = NULL;
    return 0;
}

int
set_up_recorder (void **state)
{
    set_up_database (state);
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    fixture.matcher = peer_dial (fixture.bus_port, ROLE_MATCHER, ROLE_RECORDER);
    return 0;
}

int
tear_down (void **state)
{
    (void) state;
    peer_close (&fixture.matcher);
    postgres_client_destroy (&fixture.client);
    if (fixture.recorder != NULL) {
        service_stop (&fixture.recorder);
    }
    return 0;
}

service_t *
start_recorder (const char *url, uint16_t bus_port, uint16_t admin_port)
{
    return service_start (SESSIONS_BINARY, (const char *[]){
                                               "DATABASE_URL", url,
                                               "BUS_PORT", number_text (bus_port),
                                               "ADMIN_PORT", number_text (admin_port),
                                               "DOUBT_AFTER_MS",
                                               fixture.doubt_after_ms != NULL
                                                   ? fixture.doubt_after_ms
                                                   : "60000",
                                               "RETENTION_DAYS",
                                               fixture.retention_days != NULL
                                                   ? fixture.retention_days
                                                   : "0",
                                               "LOG_LEVEL", "debug", NULL});
}

void
bring_up_to_date (void)
{
    service_t *recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    service_stop (&recorder);
}

// --- Records ---

// The two people of a chat, made from its id.
static ident_t
user_of (const ident_t *chat, uint8_t mark)
{
    ident_t user = *chat;
    user.bytes[0] = mark;
    return user;
}

wire_t
opened (const ident_t *chat)
{
    return (wire_t){
        .kind = WIRE_RECORD,
        .as.record = {
            .chat = *chat,
            .user_a = user_of (chat, 0xaa),
            .user_b = user_of (chat, 0xbb),
            .started_ms = STARTED_MS,
            .waited_a_ms = 1500,
        },
    };
}

wire_t
closed (const ident_t *chat)
{
    wire_t record = opened (chat);
    record.as.record.ended_ms = ENDED_MS;
    record.as.record.reason = REASON_SKIPPED;
    record.as.record.ended_by = SIDE_B;
    record.as.record.messages_a = 7;
    record.as.record.messages_b = 9;
    return record;
}

void
put_entry (wire_t *record, size_t entry)
{
    const char *text = number_text (entry);
    record->as.record.entry = (word_t){text, strlen (text)};
}

// The number of the entry that was confirmed.
static size_t
entry_of (const wire_t *recorded)
{
    char text[64] = "";
    const word_t *entry = &recorded->as.recorded.entry;
    assert_true (entry->bytes > 0 && entry->bytes < sizeof text);
    memcpy (text, entry->text, entry->bytes);
    return (size_t) strtoull (text, NULL, 10);
}

void
put_on_record (wire_t *record, size_t entry)
{
    put_entry (record, entry);
    peer_send (fixture.matcher, record);
    assert_int_equal (entry_of (peer_expect (fixture.matcher, WIRE_RECORDED, NULL)), entry);
}

static void
send_open (wire_t *records, const bool *confirmed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!confirmed[i]) {
            put_entry (&records[i], i);
            peer_send (fixture.matcher, &records[i]);
        }
    }
}

void
deliver (wire_t *records, size_t count, void (*during) (void))
{
    bool *confirmed = calloc (count, sizeof *confirmed);
    size_t left = count;
    uint64_t end_ms = now_ms () + 3 * DEADLINE_MS;
    assert_non_null (confirmed);
    while (left > 0) {
        send_open (records, confirmed, count);
        while (left > 0 && peer_hears (fixture.matcher, WIRE_RECORDED, QUIET_MS)) {
            size_t entry = entry_of (peer_heard (fixture.matcher));
            assert_true (entry < count);
            left -= !confirmed[entry];
            confirmed[entry] = true;
            if (during != NULL) {
                during ();
                during = NULL;
            }
        }
        if (now_ms () > end_ms) {
            fail_msg ("%zu of %zu records are not confirmed", left, count);
        }
    }
    free (confirmed);
}

// --- Questions ---

int64_t
ask_number (const char *sql)
{
    return postgres_client_number (fixture.client, sql);
}

const char *
ask_text (const char *sql)
{
    return postgres_client_text (fixture.client, sql);
}

const char *
row_text (const ident_t *chat)
{
    static const char form[] =
        "SELECT concat_ws ('|', \"startedAt\", coalesce (\"endedAt\"::text, ''),"
        "  coalesce (\"endReason\", ''), coalesce (\"endedBy\", ''),"
        "  coalesce (\"messagesA\"::text, ''), coalesce (\"messagesB\"::text, ''),"
        "  \"waitedMsA\", \"waitedMsB\") FROM \"ChatSession\" WHERE \"id\" = '%s'";
    char id[IDENT_TEXT_SIZE];
    char sql[sizeof form + IDENT_TEXT_SIZE];
    ident_print (chat, id);
    snprintf (sql, sizeof sql, form, id);
    return ask_text (sql);
}
