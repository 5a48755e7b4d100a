// fixture.c -- starts, ends and looks.

#include "fixture.h"

#include <stdio.h>
#include <string.h>

fixture_t fixture;

// --- Starting and ending ---

static int
start_group (bool keep)
{
    fixture = (fixture_t){.redis = redis_server_start (keep)};
    for (int i = 0; i < MATCHERS; i++) {
        fixture.bus_ports[i] = free_port ();
        fixture.admin_ports[i] = free_port ();
    }
    fixture.recorder_port = free_port ();
    return 0;
}

int
start_redis (void **state)
{
    (void) state;
    return start_group (false);
}

int
start_lasting_redis (void **state)
{
    (void) state;
    return start_group (true);
}

int
stop_redis (void **state)
{
    (void) state;
    redis_server_stop (&fixture.redis);
    return 0;
}

int
set_up_nothing (void **state)
{
    (void) state;
    redis_ask (fixture.redis, "FLUSHALL");
    fixture.lease_ms = "6000";
    fixture.avoid_ms = "8000";
    fixture.window_ms = "15000";
    fixture.interest_wait_ms = "5000";
    fixture.recent_partners = "3";
    fixture.pool = "0";
    fixture.outbox_alarm_bytes = "268435456";
    return 0;
}

int
set_up (void **state)
{
    set_up_nothing (state);
    start_matcher (0);
    dial (0);
    return 0;
}

int
tear_down (void **state)
{
    (void) state;
    for (int i = 0; i < MATCHERS; i++) {
        peer_close (&fixture.here[i]);
        peer_close (&fixture.there[i]);
        if (fixture.matchers[i] != NULL) {
            service_stop (&fixture.matchers[i]);
        }
    }
    peer_close (&fixture.recorder);
    return 0;
}

void
launch_matcher (int which)
{
    char recorders[64];
    snprintf (recorders, sizeof recorders, "tcp://127.0.0.1:%u", fixture.recorder_port);
    fixture.matchers[which] = service_start (
        MATCHER_BINARY,
        (const char *[]){"BUS_PORT", number_text (fixture.bus_ports[which]), "ADMIN_PORT",
                         number_text (fixture.admin_ports[which]), "REDIS_URL",
                         redis_server_url (fixture.redis), "RECORDERS", recorders,
                         "LEASE_MS", fixture.lease_ms, "AVOID_MS", fixture.avoid_ms,
                         "RECOVERY_WINDOW_MS", fixture.window_ms, "INTEREST_WAIT_MS",
                         fixture.interest_wait_ms, "RECENT_PARTNERS",
                         fixture.recent_partners, "POOL", fixture.pool, "OUTBOX_ALARM_BYTES",
                         fixture.outbox_alarm_bytes, "LOG_LEVEL", "debug", NULL});
}

void
start_matcher (int which)
{
    launch_matcher (which);
    wait_ready (fixture.admin_ports[which], true);
}

// Dials as the gateway that has dialled others already, if it has.
static peer_t *
dial_as_any (peer_t *const peers[MATCHERS], uint16_t port)
{
    for (int i = 0; i < MATCHERS; i++) {
        if (peers[i] != NULL) {
            return peer_dial_as (peers[i], port, ROLE_MATCHER);
        }
    }
    return peer_dial (port, ROLE_GATEWAY, ROLE_MATCHER);
}

void
dial (int which)
{
    fixture.here[which] = dial_as_any (fixture.here, fixture.bus_ports[which]);
    fixture.there[which] = dial_as_any (fixture.there, fixture.bus_ports[which]);
}

void
start_recorder (size_t matchers)
{
    fixture.recorder = peer_listen (fixture.recorder_port, ROLE_RECORDER);
    WAIT_FOR (peer_count (fixture.recorder) == matchers);
}

wire_record_t
take_record (bool confirm)
{
    ident_t matcher;
    static char entry[64];
    wire_record_t record = peer_expect (fixture.recorder, WIRE_RECORD, &matcher)->as.record;
    assert_true (record.entry.bytes < sizeof entry);
    memcpy (entry, record.entry.text, record.entry.bytes);
    record.entry.text = entry;
    if (confirm) {
        wire_t recorded = {.kind = WIRE_RECORDED, .as.recorded = {record.entry}};
        peer_send_to (fixture.recorder, ROLE_MATCHER, &matcher, &recorded);
    }
    return record;
}

const char *
named (const ident_t *ident)
{
    static char texts[8][IDENT_TEXT_SIZE];
    static unsigned next;
    char *text = texts[next++ % 8];
    ident_print (ident, text);
    return text;
}

// --- Looking ---

const char *
state_of (const ident_t *user)
{
    return field_of (user, "state");
}

const char *
field_of (const ident_t *user, const char *field)
{
    return redis_ask (fixture.redis, "EVAL %s 0 %s %s",
                      ROWS_IN_LUA "return unpack_row (redis.call ('GET', 'user:' .. ARGV[1]))[ARGV[2]]",
                      named (user), field);
}

void
set_field (const ident_t *user, const char *field, const char *text)
{
    redis_ask (fixture.redis, "EVAL %s 0 %s %s %s",
               ROWS_IN_LUA
               "local name = 'user:' .. ARGV[1] "
               "local row = unpack_row (redis.call ('GET', name)) "
               "row[ARGV[2]] = ARGV[3] "
               "redis.call ('SET', name, pack_row (row), 'KEEPTTL')",
               named (user), field, text);
}

long
score_of (const ident_t *user)
{
    return redis_count (fixture.redis, "ZSCORE waiting_users %s", named (user));
}

void
wait_for_later_than (long time_ms)
{
    WAIT_FOR (redis_count (fixture.redis, "EVAL %s 0",
                           "local time = redis.call ('TIME') "
                           "return time[1] * 1000 + math.floor (time[2] / 1000)")
              > time_ms);
}
