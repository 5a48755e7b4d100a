// memory_test.c -- Redis has lost its memory, and gets it back from those who were there.

#include <stdio.h>
#include <string.h>

#include "fixture.h"

static ident_t ada;
static ident_t bob;
static ident_t nonce;

static void
invent_people (void)
{
    ada = ident_random ();
    bob = ident_random ();
    nonce = ident_random ();
}

static int
set_up_people (void **state)
{
    invent_people ();
    return set_up (state);
}

static int
set_up_short_times (void **state)
{
    invent_people ();
    set_up_nothing (state);
    fixture.lease_ms = "1000";
    fixture.window_ms = "500";
    start_matcher (0);
    dial (0);
    return 0;
}

static void
lease_both (void)
{
    lease (fixture.here[0]);
    lease (fixture.there[0]);
}

// All that Redis knows of who chats with whom, but for what the rows say of requests.
static const char *
chats (void)
{
    static char text[4096];
    snprintf (
        text, sizeof text, "%s",
        redis_ask (
            fixture.redis, "EVAL %s 0",
            ROWS_IN_LUA
            "local lines = {} "
            "for _, name in ipairs (redis.call ('KEYS', '*')) do "
            "  local kind = string.match (name, '^(%a+)') "
            "  if kind == 'chat' or kind == 'session' then "
            "    lines[#lines + 1] = name .. '=' .. redis.call ('GET', name) "
            "  elseif kind == 'held' then "
            "    lines[#lines + 1] = name .. '=' .. redis.call ('SMEMBERS', name)[1] "
            "  elseif kind == 'user' then "
            "    local row = unpack_row (redis.call ('GET', name)) "
            "    lines[#lines + 1] = table.concat ({ "
            "        name, row.gateway, row.turn, row.asked, row.state, row.chat, row.partner, "
            "        row.partner_gateway, row.side, row.story}, ' ') "
            "  elseif kind == 'away' then "
            "    lines[#lines + 1] = name "
            "  end "
            "end "
            "table.sort (lines) "
            "return lines"));
    return text;
}

static void
forget_all (void)
{
    redis_ask (fixture.redis, "FLUSHALL");
}

// The next record of an end. What a matcher had in hand when Redis was emptied may come before it or after.
static wire_record_t
take_end (void)
{
    wire_record_t record;
    do {
        record = take_record (true);
    } while (record.ended_ms == 0);
    return record;
}

static void
test_a_generation_is_the_same_until_redis_is_emptied_or_begins_anew (void **state)
{
    (void) state;
    start_matcher (1);
    dial (1);
    search (fixture.here[0], &ada, 1);
    ident_t first = generation_of (fixture.here[0]);
    ident_t same = generation_of (fixture.here[1]);
    assert_false (ident_is_nil (&first));
    assert_true (ident_equal (&first, &same));
    forget_all ();
    ident_t second = generation_of (fixture.here[1]);
    same = generation_of (fixture.here[0]);
    assert_false (ident_equal (&first, &second));
    assert_true (ident_equal (&second, &same));
    redis_server_kill (fixture.redis);
    wait_ready (fixture.admin_ports[0], false);
    wait_ready (fixture.admin_ports[1], false);
    redis_server_revive (fixture.redis);
    wait_ready (fixture.admin_ports[0], true);
    wait_ready (fixture.admin_ports[1], true);
    ident_t third = generation_of (fixture.here[0]);
    same = generation_of (fixture.here[1]);
    assert_false (ident_equal (&second, &third));
    assert_true (ident_equal (&third, &same));
    assert_string_equal (redis_ask (fixture.redis, "KEYS epoch"), "epoch");
    assert_true (redis_count (fixture.redis, "PTTL epoch") > 0);
}

static void
test_a_lease_of_nobody_is_answered_and_leaves_nothing (void **state)
{
    (void) state;
    generation_of (fixture.here[0]);
    assert_string_equal (lasting_keys (), "");
}

static void
test_both_hold_their_chat_and_it_is_what_it_was (void **state)
{
    (void) state;
    char before[4096];
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    wire_matched_t of_bob = other_side (&match, peer_instance (fixture.here[0]), 1);
    snprintf (before, sizeof before, "%s", chats ());
    assert_non_null (strstr (before, "session:"));
    forget_all ();
    assert_string_equal (chats (), "");
    hold_chat (fixture.there[0], &of_bob);
    expect_held (fixture.there[0], &bob, 1);
    assert_true (redis_count (fixture.redis, "ZSCORE away %s", named (&ada)) > 0);
    hold_chat (fixture.here[0], &match);
    expect_held (fixture.here[0], &ada, 1);
    assert_string_equal (chats (), before);
    // Said again, it stays so, and nobody is told anything.
    hold_chat (fixture.there[0], &of_bob);
    expect_held (fixture.there[0], &bob, 1);
    assert_string_equal (chats (), before);
    assert_false (peer_hears (fixture.there[0], WIRE_BACK, 0));
    assert_false (peer_hears (fixture.here[0], WIRE_ENDED, 0));
    // The repeat of a SEARCH gives the same match as ever.
    search (fixture.here[0], &ada, 1);
    wire_matched_t again = expect_matched (fixture.here[0], &ada);
    assert_same_match (&again, &match);
    leave_chat (fixture.here[0], &match, 2, 0, 0);
    expect_left (fixture.here[0], &ada);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_ENDED);
    assert_string_equal (lasting_keys (), "");
}

// As the version before had them: rows are HASHes, and a chat has a record beside them.
static void
put_back_to_the_version_before (void)
{
    redis_ask (
        fixture.redis, "EVAL %s 0",
        ROWS_IN_LUA
        "for _, name in ipairs (redis.call ('KEYS', 'user:*')) do "
        "  local row = unpack_row (redis.call ('GET', name)) "
        "  local user, kept_ms = string.sub (name, 6), redis.call ('PTTL', name) "
        "  local started_ms, waited_a_ms, waited_b_ms, shared, undoes "
        "    = string.match (row.story, '^(%S*) (%S*) (%S*) (%S*) (%S*)$') "
        "  redis.call ('DEL', name) "
        "  redis.call ('HSET', name, 'gateway', row.gateway, 'turn', row.turn, 'asked', "
        "              row.asked, 'state', row.state, 'since', row.since, 'chat', row.chat, "
        "              'partner', row.partner, 'partner_gateway', row.partner_gateway) "
        "  if row.interests ~= '' then redis.call ('HSET', name, 'interests', row.interests) end "
        "  if row.recent ~= '' then "
        "    redis.call ('HSET', name, 'recent', row.recent, 'last_chat', row.last_chat, "
        "                'by_partner', row.by_partner, 'reason', row.reason) "
        "  end "
        "  if started_ms then "
        "    redis.call ('HSET', name, 'side', row.side, 'started_ms', started_ms, "
        "                'waited_a_ms', waited_a_ms, 'waited_b_ms', waited_b_ms, "
        "                'common', row.chat .. ' ' .. shared .. ' ' .. undoes) "
        "  end "
        "  if row.state == 'chatting' and row.side == '1' then "
        "    redis.call ('HSET', 'record:' .. row.chat, 'a', user, 'b', row.partner, "
        "                'started_ms', started_ms, 'waited_a_ms', waited_a_ms, "
        "                'waited_b_ms', waited_b_ms, 'interests', #shared / 16) "
        "  end "
        "  if kept_ms > 0 then redis.call ('PEXPIRE', name, kept_ms) end "
        "end");
}

static void
test_what_the_version_before_has_left_is_read (void **state)
{
    (void) state;
    static const char cats[] = "00000000000000c1";
    const wish_t wish = {.interests = cats};
    search_for (fixture.here[0], &ada, 1, &wish);
    expect_waiting (fixture.here[0], &ada);
    put_back_to_the_version_before ();
    // Who waits is met, and a repeat tells both of the chat.
    search_for (fixture.there[0], &bob, 1, &wish);
    wire_matched_t of_bob = expect_matched (fixture.there[0], &bob);
    wire_matched_t of_ada = expect_matched (fixture.here[0], &ada);
    assert_int_equal (of_ada.shared.bytes, INTEREST_DIGITS);
    put_back_to_the_version_before ();
    search_for (fixture.here[0], &ada, 1, &wish);
    wire_matched_t again = expect_matched (fixture.here[0], &ada);
    assert_same_match (&again, &of_ada);
    assert_int_equal (again.shared.bytes, INTEREST_DIGITS);
    // One row is new by now, the other is not; the chat ends once, on record and for both.
    char entry[ENTRY_SIZE] = "-";
    wire_record_t record;
    leave_chat (fixture.there[0], &of_bob, 2, 3, 4);
    expect_left (fixture.there[0], &bob);
    expect_ended (fixture.here[0], &ada, &of_ada.chat, REASON_ENDED);
    assert_true (next_record (entry, &record));
    assert_int_equal (record.ended_ms, 0);
    assert_true (next_record (entry, &record));
    assert_true (record.ended_ms >= of_ada.started_ms);
    assert_int_equal (record.interests, 1);
    assert_true (ident_equal (&record.user_a, &ada) && ident_equal (&record.user_b, &bob));
    assert_string_equal (lasting_keys (), "");
    // The two do not meet again so soon.
    put_back_to_the_version_before ();
    search (fixture.here[0], &ada, 3);
    expect_waiting (fixture.here[0], &ada);
    search (fixture.there[0], &bob, 3);
    expect_waiting (fixture.there[0], &bob);
    assert_string_equal (find_wrong (), "");
}

static void
test_a_matcher_is_killed_between_the_two (void **state)
{
    (void) state;
    char before[4096];
    start_matcher (1);
    dial (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    wire_matched_t of_bob = other_side (&match, peer_instance (fixture.here[0]), 1);
    snprintf (before, sizeof before, "%s", chats ());
    forget_all ();
    hold_chat (fixture.here[0], &match);
    expect_held (fixture.here[0], &ada, 1);
    service_kill (&fixture.matchers[0]);
    hold_chat (fixture.here[1], &match);
    expect_held (fixture.here[1], &ada, 1);
    hold_chat (fixture.there[1], &of_bob);
    expect_held (fixture.there[1], &bob, 1);
    assert_string_equal (chats (), before);
}

static void
test_who_has_come_back_since_is_held_at_its_turn (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    wire_matched_t of_bob = other_side (&match, peer_instance (fixture.here[0]), 131077);
    forget_all ();
    hold_chat (fixture.here[0], &match);
    expect_held (fixture.here[0], &ada, 1);
    // Bob moves, but where it was has not said so yet: its turn is not known.
    resume (fixture.here[0], &bob, &nonce);
    expect_refused (fixture.here[0], &bob, REFUSAL_BUSY);
    hold_chat (fixture.there[0], &of_bob);
    expect_held (fixture.there[0], &bob, 131077);
    resume (fixture.here[0], &bob, &nonce);
    wire_resumed_t resumed = expect_resumed (fixture.here[0], &bob, &nonce, DOING_CHATTING);
    assert_int_equal (resumed.turn, 3 * 65536);
    expect_taken (fixture.there[0], &bob, 131077);
    hold_chat (fixture.there[0], &of_bob);
    expect_refused (fixture.there[0], &bob, REFUSAL_STALE);
}

static void
test_one_alone_holds_the_chat_and_it_ends_in_time (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    forget_all ();
    start_recorder (1);
    uint64_t begin_ms = now_ms ();
    hold_chat (fixture.here[0], &match);
    expect_held (fixture.here[0], &ada, 1);
    WAIT_FOR ((lease_both (), peer_hears (fixture.here[0], WIRE_ENDED, 50)));
    assert_true (now_ms () - begin_ms >= 1490);
    assert_true (ident_equal (&peer_heard (fixture.here[0])->as.ended.user, &ada));
    // That it began is on record again, whether or not it was before.
    wire_record_t opened = take_record (true);
    wire_record_t closed = take_end ();
    assert_true (ident_equal (&opened.chat, &match.chat));
    assert_int_equal (opened.ended_ms, 0);
    assert_int_equal (opened.started_ms, match.started_ms);
    assert_true (ident_equal (&closed.chat, &match.chat));
    assert_int_equal (closed.reason, REASON_DISCONNECTED);
    assert_int_equal (closed.ended_by, SIDE_B);
    assert_string_equal (lasting_keys (), "");
}

static void
test_a_leave_of_a_forgotten_chat_leaves_a_complete_record (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    wire_matched_t of_bob = other_side (&match, peer_instance (fixture.here[0]), 1);
    forget_all ();
    start_recorder (1);
    leave_chat (fixture.there[0], &of_bob, 2, 7, 5);
    expect_left (fixture.there[0], &bob);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_ENDED);
    wire_record_t closed = take_end ();
    assert_true (ident_equal (&closed.chat, &match.chat));
    assert_true (ident_equal (&closed.user_a, &ada));
    assert_true (ident_equal (&closed.user_b, &bob));
    assert_int_equal (closed.started_ms, match.started_ms);
    assert_int_equal (closed.waited_a_ms, match.waited_a_ms);
    assert_int_equal (closed.waited_b_ms, match.waited_b_ms);
    assert_true (closed.ended_ms >= closed.started_ms);
    assert_int_equal (closed.reason, REASON_ENDED);
    assert_int_equal (closed.ended_by, SIDE_B);
    assert_int_equal (closed.messages_a, 5);
    assert_int_equal (closed.messages_b, 7);
    // A repeat, the partner's HOLD and its LEAVE add nothing.
    leave_chat (fixture.there[0], &of_bob, 2, 7, 5);
    expect_left (fixture.there[0], &bob);
    hold_chat (fixture.here[0], &match);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_ENDED);
    expect_held (fixture.here[0], &ada, 1);
    leave_chat (fixture.here[0], &match, 2, 5, 7);
    expect_left (fixture.here[0], &ada);
    WAIT_FOR (redis_count (fixture.redis, "XLEN records") == 0);
    while (peer_hears (fixture.recorder, WIRE_RECORD, 0)) {
        assert_int_equal (peer_heard (fixture.recorder)->as.record.ended_ms, 0);
    }
    assert_string_equal (lasting_keys (), "");
}

static void
test_a_search_keeps_its_place_and_puts_the_forgotten_chat_on_record (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    forget_all ();
    start_recorder (1);
    wire_t wire = {
        .kind = WIRE_SEARCH,
        .as.search = {.user = ada, .turn = 2, .chat = match.chat, .partner = bob,
                      .partner_gateway = match.partner_gateway, .sent = 1, .received = 2,
                      .reason = REASON_SKIPPED, .by_partner = 1, .side = match.side,
                      .started_ms = match.started_ms, .waited_a_ms = match.waited_a_ms,
                      .waited_b_ms = match.waited_b_ms, .waits_ms = 4000},
    };
    peer_send (fixture.here[0], &wire);
    const wire_t *waiting = peer_expect (fixture.here[0], WIRE_WAITING, NULL);
    assert_true (waiting->as.waiting.waited_ms >= 4000
                 && waiting->as.waiting.waited_ms < 10000);
    wire_record_t closed = take_end ();
    assert_int_equal (closed.reason, REASON_SKIPPED);
    assert_int_equal (closed.ended_by, SIDE_B);
    assert_int_equal (closed.messages_a, 1);
    // Not even the largest number does any harm; and of nobody's chat nothing is put on record.
    ident_t eve = ident_random ();
    wire.as.search = (wire_search_t){.user = eve, .turn = 1, .waits_ms = TIME_MOST};
    wire.as.search.chat = ident_timed (1);
    peer_send (fixture.there[0], &wire);
    expect_matched (fixture.there[0], &eve);
    assert_int_equal (take_record (true).ended_ms, 0);
}

static void
test_places_survive (void **state)
{
    (void) state;
    ident_t eve = ident_random ();
    wire_t wire = {.kind = WIRE_SEARCH,
                   .as.search = {.user = ada, .turn = 4, .waits_ms = 1000}};
    peer_send (fixture.here[0], &wire);
    expect_waiting (fixture.here[0], &ada);
    // Bob says so later, but has waited longer. The two avoid each other.
    char recent[64];
    snprintf (recent, sizeof recent, "%s 9999999999999", named (&ada));
    set_field (&bob, "recent", recent);
    wire.as.search = (wire_search_t){.user = bob, .turn = 9, .waits_ms = 9000};
    peer_send (fixture.here[0], &wire);
    expect_waiting (fixture.here[0], &bob);
    assert_true (score_of (&bob) < score_of (&ada));
    search (fixture.there[0], &eve, 1);
    wire_matched_t matched = expect_matched (fixture.there[0], &eve);
    assert_true (ident_equal (&matched.partner, &bob));
    assert_true (matched.waited_a_ms >= 9000);
    assert_int_equal (matched.waited_b_ms, 0);
    // Repeats keep the place.
    long since = score_of (&ada);
    wire.as.search = (wire_search_t){.user = ada, .turn = 4, .waits_ms = 8000};
    peer_send (fixture.here[0], &wire);
    expect_waiting (fixture.here[0], &ada);
    assert_int_equal (score_of (&ada), since);
}

static void
test_a_hold_of_a_chat_that_is_over_is_told_its_end (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    wire_matched_t of_bob = other_side (&match, peer_instance (fixture.here[0]), 1);
    search_leaving (fixture.there[0], &of_bob, 2);
    expect_waiting (fixture.there[0], &bob);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_SKIPPED);
    hold_chat (fixture.here[0], &match);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_SKIPPED);
    expect_held (fixture.here[0], &ada, 1);
    // Bob has gone on: what its gateway said before is too old.
    hold_chat (fixture.there[0], &of_bob);
    expect_refused (fixture.there[0], &bob, REFUSAL_STALE);
    // In another chat, and with the same turn, the one that was is over.
    ident_t eve = ident_random ();
    search (fixture.here[0], &eve, 1);
    expect_matched (fixture.here[0], &eve);
    of_bob.turn = 2;
    hold_chat (fixture.there[0], &of_bob);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_SKIPPED);
    expect_held (fixture.there[0], &bob, 2);
    assert_int_equal (redis_count (fixture.redis, "EXISTS chat:%s", named (&bob)), 1);
}

static void
test_a_hold_is_over_if_the_partner_searches_already (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    forget_all ();
    search (fixture.there[0], &bob, 2);
    expect_waiting (fixture.there[0], &bob);
    hold_chat (fixture.here[0], &match);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_ENDED);
    expect_held (fixture.here[0], &ada, 1);
    assert_int_equal (redis_count (fixture.redis, "EXISTS user:%s", named (&ada)), 0);
    assert_true (score_of (&bob) > 0);
}

// --- Doubts ---

static void
doubt (const wire_matched_t *match, const ident_t *matcher)
{
    wire_t wire = {
        .kind = WIRE_DOUBT,
        .as.doubt = {match->chat, match->user, match->partner, match->started_ms,
                     match->waited_a_ms, match->waited_b_ms},
    };
    peer_send_to (fixture.recorder, ROLE_MATCHER, matcher, &wire);
}

static void
test_a_chat_that_nobody_is_in_is_put_on_record_as_orphaned (void **state)
{
    (void) state;
    ident_t matcher;
    start_recorder (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    peer_expect (fixture.recorder, WIRE_RECORD, &matcher);
    wire_matched_t lost = match;
    lost.chat = ident_timed (1);
    ident_set_mark (&lost.chat, 0);
    // The one that runs is left alone, the other one not; the first answers come to nothing.
    WAIT_FOR ((lease_both (), doubt (&match, &matcher), doubt (&lost, &matcher),
               peer_hears (fixture.recorder, WIRE_RECORD, 100)
                   && peer_heard (fixture.recorder)->as.record.ended_ms != 0));
    const wire_record_t *record = &peer_heard (fixture.recorder)->as.record;
    assert_true (ident_equal (&record->chat, &lost.chat));
    assert_true (ident_equal (&record->user_a, &ada));
    assert_true (ident_equal (&record->user_b, &bob));
    assert_int_equal (record->started_ms, match.started_ms);
    assert_true (record->ended_ms >= record->started_ms);
    assert_int_equal (record->reason, REASON_ORPHANED);
    assert_int_equal (record->ended_by, SIDE_NONE);
    assert_int_equal (record->messages_a + record->messages_b, 0);
    assert_true (metric_value (fixture.admin_ports[0], "matcher_orphans_total") > 0);
    assert_int_equal (redis_count (fixture.redis, "EXISTS chat:%s", named (&ada)), 1);
    // Emptied, Redis knows nothing of anybody, and waits for who does.
    forget_all ();
    doubt (&match, &matcher);
    hold_chat (fixture.here[0], &match);
    expect_held (fixture.here[0], &ada, 1);
    doubt (&match, &matcher);
    generation_of (fixture.here[0]);
    assert_int_equal (redis_count (fixture.redis, "XLEN records"),
                      1); // The chat, once more.
}

#define WITH(before, test) cmocka_unit_test_setup_teardown (test, before, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (set_up_people,
              test_a_generation_is_the_same_until_redis_is_emptied_or_begins_anew),
        WITH (set_up_people, test_a_lease_of_nobody_is_answered_and_leaves_nothing),
        WITH (set_up_people, test_both_hold_their_chat_and_it_is_what_it_was),
        WITH (set_up_people, test_what_the_version_before_has_left_is_read),
        WITH (set_up_people, test_a_matcher_is_killed_between_the_two),
        WITH (set_up_people, test_who_has_come_back_since_is_held_at_its_turn),
        WITH (set_up_short_times, test_one_alone_holds_the_chat_and_it_ends_in_time),
        WITH (set_up_people, test_a_leave_of_a_forgotten_chat_leaves_a_complete_record),
        WITH (set_up_people,
              test_a_search_keeps_its_place_and_puts_the_forgotten_chat_on_record),
        WITH (set_up_people, test_places_survive),
        WITH (set_up_people, test_a_hold_of_a_chat_that_is_over_is_told_its_end),
        WITH (set_up_people, test_a_hold_is_over_if_the_partner_searches_already),
        WITH (set_up_short_times,
              test_a_chat_that_nobody_is_in_is_put_on_record_as_orphaned),
    };
    return cmocka_run_group_tests (tests, start_lasting_redis, stop_redis);
}
