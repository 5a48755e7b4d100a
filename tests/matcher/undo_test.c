// undo_test.c -- a skip is taken back: the chat goes on, as another one, if the partner is still
// free.

#include <stdio.h>
#include <string.h>

#include "fixture.h"

static ident_t ada; // Who skips.
static ident_t bob; // Who is skipped.
static ident_t eve;
static wire_matched_t skipped; // Ada's chat.
static wire_matched_t of_bob;  // The same, as he was told of it.

static void
lease_both (void)
{
    generation_of (fixture.here[0]);
    generation_of (fixture.there[0]);
}

// Ada has skipped bob and waits; he knows that it is over.
static int
set_up_skip (void **state)
{
    ada = ident_random ();
    bob = ident_random ();
    eve = ident_random ();
    set_up (state);
    lease_both ();
    skipped = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    of_bob = other_side (&skipped, peer_instance (fixture.here[0]), 1);
    search_leaving (fixture.here[0], &skipped, 2);
    expect_waiting (fixture.here[0], &ada);
    expect_ended (fixture.there[0], &bob, &skipped.chat, REASON_SKIPPED);
    return 0;
}

static void
ask_back (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    wire_search_t asked = {.user = *user, .turn = turn, .undo = skipped.chat};
    send_search (gateway, &asked);
}

// Both are told of a chat that takes up the one that was skipped. Returns what ada is told.
static wire_matched_t
expect_undone (uint64_t turn_of_bob)
{
    wire_matched_t match = expect_matched (fixture.here[0], &ada);
    wire_matched_t for_bob = expect_matched (fixture.there[0], &bob);
    assert_true (ident_equal (&match.partner, &bob));
    assert_true (ident_equal (&match.undoes, &skipped.chat));
    assert_true (ident_equal (&for_bob.undoes, &skipped.chat));
    assert_true (ident_equal (&for_bob.chat, &match.chat));
    assert_false (ident_equal (&match.chat, &skipped.chat));
    assert_int_equal (for_bob.turn, turn_of_bob);
    assert_int_equal (redis_count (fixture.redis, "EXISTS waiting_users queue:."), 0);
    assert_string_equal (find_wrong (), "");
    return match;
}

// Of each record in the outbox: the chat, why it ended, and by whom.
static const char *
records (void)
{
    return redis_ask (fixture.redis, "EVAL %s 0",
                      RECORDS_IN_LUA
                      "local found = {} "
                      "for _, entry in ipairs (redis.call ('XRANGE', 'records', '-', '+')) do "
                      "  local row = read_record (entry) "
                      "  found[#found + 1] = "
                      "    table.concat ({row.chat, row.reason, row.ended_by}, ' ') "
                      "end "
                      "return found");
}

static void
test_a_partner_who_waits_is_had_back (void **state)
{
    (void) state;
    search (fixture.there[0], &bob, 2);
    expect_waiting (fixture.there[0], &bob);
    ask_back (fixture.here[0], &ada, 3);
    wire_matched_t match = expect_undone (2);
    // The first chat has ended as skipped, and another one is open.
    char expected[256];
    snprintf (expected, sizeof expected, "%s 0 0 %s 1 1 %s 0 0", named (&skipped.chat),
              named (&skipped.chat), named (&match.chat));
    assert_string_equal (records (), expected);
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_undone_total"), 1);
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_matches_total"), 2);
    // A repeat is told the same, and so is his.
    ask_back (fixture.here[0], &ada, 3);
    wire_matched_t again = expect_matched (fixture.here[0], &ada);
    assert_same_match (&again, &match);
    search (fixture.there[0], &bob, 2);
    again = expect_matched (fixture.there[0], &bob);
    assert_true (ident_equal (&again.chat, &match.chat));
    assert_true (ident_equal (&again.undoes, &skipped.chat));
    assert_string_equal (records (), expected);
}

static void
test_a_partner_who_is_idle_is_had_back_at_its_latest_turn (void **state)
{
    (void) state;
    ask_back (fixture.here[0], &ada, 3);
    wire_matched_t match = expect_undone (1);
    assert_int_equal (match.waited_a_ms, 0);
    assert_int_equal (redis_count (fixture.redis, "TTL user:%s", named (&bob)), -1);
    // He asks for nothing: she asks again until he must have heard, too.
    ask_back (fixture.here[0], &ada, 3);
    wire_matched_t again = expect_undone (1);
    assert_same_match (&again, &match);
    // It is a chat like any other: he leaves it, and nothing stays.
    leave (fixture.there[0], &bob, 2);
    expect_left (fixture.there[0], &bob);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_ENDED);
    assert_string_equal (lasting_keys (), "");
    assert_string_equal (find_unfinished (), "");
}

static void
test_it_is_taken_back_again_and_again (void **state)
{
    (void) state;
    for (uint64_t turn = 3; turn < 9; turn += 2) {
        ask_back (fixture.here[0], &ada, turn);
        skipped = expect_undone (1);
        search_leaving (fixture.here[0], &skipped, turn + 1);
        expect_waiting (fixture.here[0], &ada);
        expect_ended (fixture.there[0], &bob, &skipped.chat, REASON_SKIPPED);
    }
    // He is there once among those whom she has met.
    const char *recent = field_of (&ada, "recent");
    assert_null (strstr (strstr (recent, named (&bob)) + 1, named (&bob)));
}

static void
test_it_is_told_again_to_where_a_partner_may_not_have_heard_of_it (void **state)
{
    (void) state;
    ask_back (fixture.here[0], &ada, 3);
    wire_matched_t match = expect_undone (1);
    hold_chat (fixture.here[0], &match);
    expect_held (fixture.here[0], &ada, 3);
    wire_matched_t for_bob = expect_matched (fixture.there[0], &bob);
    wire_matched_t expected = other_side (&match, peer_instance (fixture.here[0]), 1);
    assert_same_match (&for_bob, &expected);
    // He has gone, and his gateway says so.
    leave (fixture.there[0], &bob, 2);
    expect_left (fixture.there[0], &bob);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_ENDED);
    hold_chat (fixture.here[0], &match);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_ENDED);
    assert_false (peer_hears (fixture.there[0], WIRE_MATCHED, 20));
}

static void
test_the_skip_itself_may_be_lost_on_the_way (void **state)
{
    (void) state;
    ask_back (fixture.here[0], &ada, 3);
    skipped = expect_undone (1);
    // One SEARCH says both.
    wire_search_t asked = leaving (&skipped, 4);
    asked.undo = skipped.chat;
    send_search (fixture.here[0], &asked);
    expect_ended (fixture.there[0], &bob, &skipped.chat, REASON_SKIPPED);
    expect_undone (1);
}

static void
test_both_skip_and_both_want_it_back (void **state)
{
    (void) state;
    search_leaving (fixture.there[0], &of_bob, 2);
    expect_waiting (fixture.there[0], &bob);
    ask_back (fixture.here[0], &ada, 3);
    wire_matched_t match = expect_undone (2);
    wire_search_t asked = leaving (&of_bob, 3);
    asked.undo = skipped.chat;
    send_search (fixture.there[0], &asked);
    wire_matched_t for_bob = expect_matched (fixture.there[0], &bob);
    assert_true (ident_equal (&for_bob.chat, &match.chat));
    assert_true (ident_equal (&for_bob.undoes, &skipped.chat));
    assert_int_equal (for_bob.turn, 3);
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), 3);
    assert_string_equal (find_wrong (), "");
}

static void
test_he_searches_just_after_it_was_taken_back (void **state)
{
    (void) state;
    ask_back (fixture.here[0], &ada, 3);
    wire_matched_t match = expect_undone (1);
    // His gateway has not heard of it yet: what he asks is answered with that chat.
    wire_search_t asked = leaving (&of_bob, 2);
    asked.reason = REASON_SKIPPED;
    asked.by_partner = 1;
    send_search (fixture.there[0], &asked);
    wire_matched_t for_bob = expect_matched (fixture.there[0], &bob);
    assert_true (ident_equal (&for_bob.chat, &match.chat));
    assert_true (ident_equal (&for_bob.undoes, &skipped.chat));
}

// --- What cannot be taken back ---

// It is a search, then; she is not matched, as only he is there, if anybody.
static void
assert_searches (void)
{
    ask_back (fixture.here[0], &ada, 3);
    expect_waiting (fixture.here[0], &ada);
    assert_false (peer_hears (fixture.there[0], WIRE_MATCHED, 0));
    assert_true (score_of (&ada) > 0);
    assert_string_equal (find_wrong (), "");
}

static void
test_a_partner_who_has_gone_on_is_not_had_back (void **state)
{
    (void) state;
    leave (fixture.here[0], &ada, 3);
    expect_left (fixture.here[0], &ada);
    search (fixture.there[0], &eve, 1);
    expect_waiting (fixture.there[0], &eve);
    search (fixture.there[0], &bob, 2);
    wire_matched_t of_eve = expect_matched (fixture.there[0], &eve);
    expect_matched (fixture.there[0], &bob);
    ask_back (fixture.here[0], &ada, 4);
    expect_waiting (fixture.here[0], &ada);
    // Nor once he is free again: somebody else was his latest.
    leave (fixture.there[0], &eve, 2);
    expect_left (fixture.there[0], &eve);
    ask_back (fixture.here[0], &ada, 4);
    expect_waiting (fixture.here[0], &ada);
    // Nor by the name of a chat that was not hers.
    skipped.chat = of_eve.chat;
    ask_back (fixture.here[0], &ada, 4);
    expect_waiting (fixture.here[0], &ada);
    assert_string_equal (find_wrong (), "");
}

static void
test_a_partner_who_has_left_is_not_had_back (void **state)
{
    (void) state;
    leave (fixture.there[0], &bob, 2);
    expect_left (fixture.there[0], &bob);
    assert_searches ();
}

static void
test_a_partner_whose_connection_is_lost_is_not_had_back (void **state)
{
    (void) state;
    search (fixture.there[0], &bob, 2);
    expect_waiting (fixture.there[0], &bob);
    lose (fixture.there[0], &bob, 3);
    expect_left (fixture.there[0], &bob);
    assert_searches ();
}

static void
test_a_partner_of_a_gateway_without_a_lease_is_not_had_back (void **state)
{
    (void) state;
    redis_ask (fixture.redis, "HDEL online %s", named (peer_instance (fixture.there[0])));
    assert_searches ();
    char past[] = "5 1";
    redis_ask (fixture.redis, "HSET online %s %s",
               named (peer_instance (fixture.there[0])), past);
    assert_searches ();
    // The same if he waits.
    search (fixture.there[0], &bob, 2);
    expect_waiting (fixture.there[0], &bob);
    redis_ask (fixture.redis, "ZADD gateways 1 %s",
               named (peer_instance (fixture.there[0])));
    assert_searches ();
}

static void
test_a_partner_who_was_gone_too_long_is_not_had_back (void **state)
{
    (void) state;
    // As a sweep leaves it.
    set_field (&bob, "by_partner", "0");
    assert_searches ();
}

static void
test_after_a_while_it_is_too_late (void **state)
{
    (void) state;
    char recent[64];
    snprintf (recent, sizeof recent, "%s %s", named (&bob),
              redis_ask (fixture.redis, "EVAL %s 0",
                         "return redis.call ('TIME')[1] * 1000 - 16000"));
    set_field (&ada, "recent", recent);
    assert_searches ();
}

static void
test_who_was_blocked_meanwhile_is_not_had_back (void **state)
{
    (void) state;
    wire_block_t pair = {.user = bob, .partner = ada};
    block (fixture.there[0], &pair);
    expect_blocked (fixture.there[0], &pair);
    assert_searches ();
}

static void
test_only_the_very_chat_is_had_back (void **state)
{
    (void) state;
    wire_matched_t first = skipped;
    skipped.chat = ident_timed (1);
    assert_searches ();
    // Somebody who came in between, and left at once, is not who was skipped.
    skipped = first;
    search (fixture.there[0], &eve, 1);
    wire_matched_t between = expect_matched (fixture.there[0], &eve);
    expect_matched (fixture.here[0], &ada);
    search_leaving (fixture.there[0], &between, 2);
    expect_waiting (fixture.there[0], &eve);
    expect_ended (fixture.here[0], &ada, &between.chat, REASON_SKIPPED);
    ask_back (fixture.here[0], &ada, 4);
    expect_waiting (fixture.here[0], &ada);
    assert_string_equal (find_wrong (), "");
}

static void
test_who_is_in_another_chat_stays_there (void **state)
{
    (void) state;
    search (fixture.there[0], &eve, 1);
    wire_matched_t match = expect_matched (fixture.here[0], &ada);
    ask_back (fixture.here[0], &ada, 3);
    wire_matched_t again = expect_matched (fixture.here[0], &ada);
    assert_true (ident_equal (&again.chat, &match.chat));
    assert_true (ident_is_nil (&again.undoes));
    assert_string_equal (state_of (&bob), "parted");
}

#define WITH(test) cmocka_unit_test_setup_teardown (test, set_up_skip, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (test_a_partner_who_waits_is_had_back),
        WITH (test_a_partner_who_is_idle_is_had_back_at_its_latest_turn),
        WITH (test_it_is_taken_back_again_and_again),
        WITH (test_it_is_told_again_to_where_a_partner_may_not_have_heard_of_it),
        WITH (test_the_skip_itself_may_be_lost_on_the_way),
        WITH (test_both_skip_and_both_want_it_back),
        WITH (test_he_searches_just_after_it_was_taken_back),
        WITH (test_a_partner_who_has_gone_on_is_not_had_back),
        WITH (test_a_partner_who_has_left_is_not_had_back),
        WITH (test_a_partner_whose_connection_is_lost_is_not_had_back),
        WITH (test_a_partner_of_a_gateway_without_a_lease_is_not_had_back),
        WITH (test_a_partner_who_was_gone_too_long_is_not_had_back),
        WITH (test_after_a_while_it_is_too_late),
        WITH (test_who_was_blocked_meanwhile_is_not_had_back),
        WITH (test_only_the_very_chat_is_had_back),
        WITH (test_who_is_in_another_chat_stays_there),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
