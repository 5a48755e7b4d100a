// fixture.c -- starts, plays and asks.

#include "fixture.h"

#include <stdio.h>
#include <string.h>

fixture_t fixture;

// --- Starting and ending ---

static int
start_group (bool keep)
{
    fixture = (fixture_t){.redis = redis_server_start (keep)};
    for (int i = 0; i < 2; i++) {
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
    for (int i = 0; i < 2; i++) {
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
                         "RECOVERY_WINDOW_MS", fixture.window_ms, "LOG_LEVEL", "debug",
                         NULL});
}

void
start_matcher (int which)
{
    launch_matcher (which);
    wait_ready (fixture.admin_ports[which], true);
}

void
dial (int which)
{
    peer_t *here = fixture.here[1 - which];
    peer_t *there = fixture.there[1 - which];
    uint16_t port = fixture.bus_ports[which];
    fixture.here[which] = here != NULL ? peer_dial_as (here, port, ROLE_MATCHER)
                                       : peer_dial (port, ROLE_GATEWAY, ROLE_MATCHER);
    fixture.there[which] = there != NULL ? peer_dial_as (there, port, ROLE_MATCHER)
                                         : peer_dial (port, ROLE_GATEWAY, ROLE_MATCHER);
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

// --- Gateways ask ---

void
search (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    wire_t wire = {.kind = WIRE_SEARCH, .as.search = {.user = *user, .turn = turn}};
    peer_send (gateway, &wire);
}

void
search_leaving (peer_t *gateway, const wire_matched_t *match, uint64_t turn)
{
    wire_t wire = {
        .kind = WIRE_SEARCH,
        .as.search = {match->user, turn, match->chat, match->partner,
                      match->partner_gateway, 3, 4, REASON_NONE, 0, match->side,
                      match->started_ms, match->waited_a_ms, match->waited_b_ms, 0},
    };
    peer_send (gateway, &wire);
}

void
leave (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    wire_t wire = {
        .kind = WIRE_LEAVE,
        .as.leave = {.user = *user, .turn = turn, .reason = REASON_ENDED},
    };
    peer_send (gateway, &wire);
}

void
leave_chat (peer_t *gateway, const wire_matched_t *match, uint64_t turn, uint64_t sent,
            uint64_t received)
{
    wire_t wire = {
        .kind = WIRE_LEAVE,
        .as.leave = {match->user, turn, REASON_ENDED, match->chat, match->partner,
                     match->partner_gateway, sent, received, 0, match->side,
                     match->started_ms, match->waited_a_ms, match->waited_b_ms},
    };
    peer_send (gateway, &wire);
}

void
lose (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    wire_t wire = {
        .kind = WIRE_LEAVE,
        .as.leave = {.user = *user, .turn = turn, .reason = REASON_DISCONNECTED},
    };
    peer_send (gateway, &wire);
}

void
resume (peer_t *gateway, const ident_t *user, const ident_t *nonce)
{
    wire_t wire = {.kind = WIRE_RESUME, .as.resume = {*user, *nonce}};
    peer_send (gateway, &wire);
}

void
hold_chat (peer_t *gateway, const wire_matched_t *match)
{
    wire_t wire = {
        .kind = WIRE_HOLD,
        .as.hold = {match->user, match->turn, match->chat, match->partner,
                    match->partner_gateway, match->side, match->started_ms,
                    match->waited_a_ms, match->waited_b_ms},
    };
    peer_send (gateway, &wire);
}

void
lease (peer_t *gateway)
{
    wire_t wire = {.kind = WIRE_LEASE, .as.lease = {1}};
    peer_send (gateway, &wire);
}

// --- Gateways hear ---

wire_matched_t
expect_matched (peer_t *gateway, const ident_t *user)
{
    wire_matched_t matched = peer_expect (gateway, WIRE_MATCHED, NULL)->as.matched;
    assert_true (ident_equal (&matched.user, user));
    return matched;
}

void
expect_waiting (peer_t *gateway, const ident_t *user)
{
    const wire_t *wire = peer_expect (gateway, WIRE_WAITING, NULL);
    assert_true (ident_equal (&wire->as.waiting.user, user));
}

void
expect_ended (peer_t *gateway, const ident_t *user, const ident_t *chat, reason_t reason)
{
    const wire_t *wire = peer_expect (gateway, WIRE_ENDED, NULL);
    assert_true (ident_equal (&wire->as.ended.user, user));
    assert_true (ident_equal (&wire->as.ended.chat, chat));
    assert_int_equal (wire->as.ended.reason, reason);
}

void
expect_left (peer_t *gateway, const ident_t *user)
{
    const wire_t *wire = peer_expect (gateway, WIRE_LEFT, NULL);
    assert_true (ident_equal (&wire->as.left.user, user));
}

void
expect_refused (peer_t *gateway, const ident_t *user, refusal_t reason)
{
    const wire_t *wire = peer_expect (gateway, WIRE_REFUSED, NULL);
    assert_int_equal (wire->as.refused.reason, reason);
    assert_true (ident_equal (&wire->as.refused.user, user));
}

wire_resumed_t
expect_resumed (peer_t *gateway, const ident_t *user, const ident_t *nonce, doing_t doing)
{
    wire_resumed_t resumed = peer_expect (gateway, WIRE_RESUMED, NULL)->as.resumed;
    assert_true (ident_equal (&resumed.user, user));
    assert_true (ident_equal (&resumed.nonce, nonce));
    assert_int_equal (resumed.doing, doing);
    return resumed;
}

void
expect_held (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    const wire_t *wire = peer_expect (gateway, WIRE_HELD, NULL);
    assert_true (ident_equal (&wire->as.held.user, user));
    assert_int_equal (wire->as.held.turn, turn);
}

void
expect_taken (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    const wire_t *wire = peer_expect (gateway, WIRE_TAKEN, NULL);
    assert_true (ident_equal (&wire->as.taken.user, user));
    assert_int_equal (wire->as.taken.turn, turn);
}

void
expect_away (peer_t *gateway, const wire_matched_t *match)
{
    const wire_away_t *away = &peer_expect (gateway, WIRE_AWAY, NULL)->as.away;
    assert_true (ident_equal (&away->to, peer_instance (gateway)));
    assert_true (ident_is_nil (&away->from));
    assert_true (ident_equal (&away->chat, &match->chat));
    assert_true (ident_equal (&away->user, &match->user));
    assert_true (ident_equal (&away->partner, &match->partner));
}

void
expect_back (peer_t *gateway, const wire_matched_t *match)
{
    const wire_back_t *back = &peer_expect (gateway, WIRE_BACK, NULL)->as.back;
    assert_true (ident_equal (&back->to, peer_instance (gateway)));
    assert_true (ident_is_nil (&back->from));
    assert_true (ident_equal (&back->chat, &match->chat));
    assert_true (ident_equal (&back->user, &match->user));
    assert_true (ident_equal (&back->partner, &match->partner));
}

ident_t
generation_of (peer_t *gateway)
{
    lease (gateway);
    return peer_expect (gateway, WIRE_LEASED, NULL)->as.leased.generation;
}

wire_matched_t
other_side (const wire_matched_t *match, const ident_t *gateway, uint64_t turn)
{
    wire_matched_t other = *match;
    other.user = match->partner;
    other.partner = match->user;
    other.partner_gateway = *gateway;
    other.side = match->side == SIDE_A ? SIDE_B : SIDE_A;
    other.turn = turn;
    return other;
}

const char *
state_of (const ident_t *user)
{
    return redis_ask (fixture.redis, "HGET user:%s state", named (user));
}

wire_matched_t
make_match (peer_t *gateway_a, const ident_t *user_a, peer_t *gateway_b,
            const ident_t *user_b)
{
    search (gateway_a, user_a, 1);
    expect_waiting (gateway_a, user_a);
    search (gateway_b, user_b, 1);
    expect_matched (gateway_b, user_b);
    return expect_matched (gateway_a, user_a);
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

const char *
lasting_keys (void)
{
    return redis_ask (fixture.redis, "EVAL %s 0",
                      "local lasting = {} "
                      "for _, name in ipairs (redis.call ('KEYS', '*')) do "
                      "  if name ~= 'outbox' and redis.call ('TTL', name) < 0 then "
                      "    lasting[#lasting + 1] = name "
                      "  end "
                      "end "
                      "return lasting");
}
