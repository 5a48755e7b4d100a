// matcher_test.c -- who meets whom, and who is told.

#include <string.h>

#include "fixture.h"

static ident_t ada;
static ident_t bob;
static ident_t eve;

static int
set_up_people (void **state)
{
    ada = ident_random ();
    bob = ident_random ();
    eve = ident_random ();
    return set_up (state);
}

static int
set_up_short_avoidance (void **state)
{
    set_up_nothing (state);
    fixture.avoid_ms = "300";
    ada = ident_random ();
    bob = ident_random ();
    eve = ident_random ();
    start_matcher (0);
    dial (0);
    return 0;
}

static void
test_two_who_search_meet_and_are_told_once (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    search (fixture.there[0], &bob, 7);
    wire_matched_t for_bob = expect_matched (fixture.there[0], &bob);
    wire_matched_t for_ada = expect_matched (fixture.here[0], &ada);
    assert_true (ident_equal (&for_ada.chat, &for_bob.chat));
    assert_int_equal (for_ada.turn, 1);
    assert_int_equal (for_bob.turn, 7);
    assert_true (ident_equal (&for_ada.partner, &bob));
    assert_true (ident_equal (&for_bob.partner, &ada));
    assert_true (ident_equal (&for_ada.partner_gateway, peer_instance (fixture.there[0])));
    assert_true (ident_equal (&for_bob.partner_gateway, peer_instance (fixture.here[0])));
    assert_int_equal (for_ada.side, SIDE_A);
    assert_int_equal (for_bob.side, SIDE_B);
    assert_int_equal (for_ada.started_ms, for_bob.started_ms);
    assert_int_equal (for_ada.waited_a_ms, for_bob.waited_a_ms);
    assert_int_equal (for_bob.waited_b_ms, 0);
    assert_false (peer_hears (fixture.here[0], WIRE_MATCHED, 50));
    assert_false (peer_hears (fixture.there[0], WIRE_MATCHED, 50));
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_matches_total"), 1);
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_searches_total"), 2);
}

static void
test_nobody_meets_oneself_and_repeats_keep_the_place (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    long since = score_of (&ada);
    assert_true (since > 0);
    for (int i = 0; i < 5; i++) {
        search (fixture.here[0], &ada, 1);
        expect_waiting (fixture.here[0], &ada);
    }
    assert_int_equal (score_of (&ada), since);
    assert_int_equal (redis_count (fixture.redis, "ZCARD waiting_users"), 1);
    WAIT_FOR (metric_value (fixture.admin_ports[0], "matcher_waiting_users") == 1);
    search (fixture.there[0], &bob, 1);
    expect_matched (fixture.there[0], &bob);
}

static void
test_the_longest_waiting_is_taken (void **state)
{
    (void) state;
    redis_ask (fixture.redis, "FLUSHALL");
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    leave (fixture.there[0], &bob, 2);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    expect_left (fixture.there[0], &bob);
    // Both wait, as they were just in a chat; ada first.
    search (fixture.here[0], &ada, 3);
    expect_waiting (fixture.here[0], &ada);
    wait_for_later_than (score_of (&ada));
    search (fixture.there[0], &bob, 3);
    expect_waiting (fixture.there[0], &bob);
    search (fixture.there[0], &eve, 1);
    wire_matched_t matched = expect_matched (fixture.there[0], &eve);
    assert_true (ident_equal (&matched.partner, &ada));
}

static void
test_a_repeat_gives_the_same_match (void **state)
{
    (void) state;
    wire_matched_t first = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    search (fixture.here[0], &ada, 1);
    wire_matched_t again = expect_matched (fixture.here[0], &ada);
    assert_same_match (&again, &first);
    search (fixture.there[0], &bob, 1);
    again = expect_matched (fixture.there[0], &bob);
    assert_true (ident_equal (&again.chat, &first.chat));
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_matches_total"), 1);
}

static void
test_a_repeat_after_the_end_tells_the_match_and_its_end (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    leave (fixture.there[0], &bob, 2);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_ENDED);
    search (fixture.here[0], &ada, 1);
    wire_matched_t again = expect_matched (fixture.here[0], &ada);
    assert_same_match (&again, &match);
    expect_ended (fixture.here[0], &ada, &match.chat, REASON_ENDED);
    assert_int_equal (redis_count (fixture.redis, "EXISTS waiting_users"), 0);
}

static void
test_redis_has_the_documented_keys_while_a_chat_runs_and_none_after (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    assert_string_equal (redis_ask (fixture.redis, "GET chat:%s", named (&ada)),
                         named (&bob));
    assert_string_equal (redis_ask (fixture.redis, "GET chat:%s", named (&bob)),
                         named (&ada));
    assert_string_equal (redis_ask (fixture.redis, "GET session:%s", named (&ada)),
                         named (&match.chat));
    assert_string_equal (redis_ask (fixture.redis, "GET session:%s", named (&bob)),
                         named (&match.chat));
    leave_chat (fixture.here[0], &match, 2, 0, 0);
    expect_left (fixture.here[0], &ada);
    assert_string_equal (lasting_keys (), "");
    assert_int_equal (redis_count (fixture.redis, "EXISTS chat:%s session:%s", named (&ada),
                                   named (&bob)),
                      0);
}

static void
test_cancel_takes_out_of_the_queue (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    assert_string_equal (lasting_keys (), "");
    search (fixture.there[0], &bob, 1);
    expect_waiting (fixture.there[0], &bob);
}

static void
test_cancel_that_crosses_a_match_ends_it_and_tells_the_partner (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_ENDED);
    assert_string_equal (lasting_keys (), "");
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_ENDED);
}

static void
test_a_stale_turn_is_refused (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 5);
    expect_waiting (fixture.here[0], &ada);
    search (fixture.here[0], &ada, 4);
    expect_refused (fixture.here[0], &ada, REFUSAL_STALE);
    leave (fixture.here[0], &ada, 4);
    expect_refused (fixture.here[0], &ada, REFUSAL_STALE);
    assert_true (score_of (&ada) > 0);
    leave (fixture.here[0], &ada, 6);
    expect_left (fixture.here[0], &ada);
    search (fixture.here[0], &ada, 5);
    expect_refused (fixture.here[0], &ada, REFUSAL_STALE);
    assert_int_equal (redis_count (fixture.redis, "EXISTS waiting_users"), 0);
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_stale_total"), 3);
}

static void
test_a_search_ends_the_chat_that_it_leaves (void **state)
{
    (void) state;
    start_recorder (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    search_leaving (fixture.here[0], &match, 2);
    expect_waiting (fixture.here[0], &ada);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_SKIPPED);
    wire_record_t opened = take_record (true);
    assert_int_equal (opened.ended_ms, 0);
    wire_record_t closed = take_record (true);
    assert_true (ident_equal (&closed.chat, &match.chat));
    assert_true (ident_equal (&closed.user_a, &ada));
    assert_true (ident_equal (&closed.user_b, &bob));
    assert_int_equal (closed.started_ms, opened.started_ms);
    assert_true (closed.ended_ms >= closed.started_ms);
    assert_int_equal (closed.reason, REASON_SKIPPED);
    assert_int_equal (closed.ended_by, SIDE_A);
    assert_int_equal (closed.messages_a, 3);
    assert_int_equal (closed.messages_b, 4);
}

static void
test_a_search_that_overtakes_the_partners_leave_says_who_left (void **state)
{
    (void) state;
    start_recorder (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    wire_t wire = {
        .kind = WIRE_SEARCH,
        .as.search = {.user = ada,
                      .turn = 2,
                      .chat = match.chat,
                      .partner = bob,
                      .partner_gateway = match.partner_gateway,
                      .sent = 3,
                      .received = 4,
                      .reason = REASON_ENDED,
                      .by_partner = 1},
    };
    peer_send (fixture.here[0], &wire);
    expect_waiting (fixture.here[0], &ada);
    take_record (true);
    wire_record_t closed = take_record (true);
    assert_int_equal (closed.reason, REASON_ENDED);
    assert_int_equal (closed.ended_by, SIDE_B);
    assert_int_equal (closed.messages_a, 3);
}

static void
test_a_search_in_another_chat_is_answered_with_that_chat (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    search (fixture.here[0], &ada, 2);
    wire_matched_t again = expect_matched (fixture.here[0], &ada);
    assert_true (ident_equal (&again.chat, &match.chat));
    assert_int_equal (again.turn, 2);
    // But not if that search was ended before this one.
    for (int i = 0; i < 2; i++) { // With each repeat: the first may be lost.
        send_search (fixture.here[0], &(wire_search_t){.user = ada, .turn = 3, .anew = 1});
        expect_ended (fixture.there[0], &bob, &match.chat, REASON_ENDED);
    }
    assert_int_equal (expect_waiting (fixture.here[0], &ada).waited_ms, 0);
}

static void
test_both_leave_at_once_and_one_end_is_recorded (void **state)
{
    (void) state;
    start_recorder (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    wire_matched_t of_bob = other_side (&match, peer_instance (fixture.here[0]), 1);
    leave_chat (fixture.here[0], &match, 2, 1, 2);
    leave_chat (fixture.there[0], &of_bob, 2, 2, 1);
    expect_left (fixture.here[0], &ada);
    expect_left (fixture.there[0], &bob);
    assert_int_equal (take_record (true).ended_ms, 0);
    assert_int_not_equal (take_record (true).ended_ms, 0);
    WAIT_FOR (redis_count (fixture.redis, "XLEN records") == 0);
    assert_false (peer_hears (fixture.recorder, WIRE_RECORD, 0));
    assert_string_equal (lasting_keys (), "");
}

static void
test_the_last_partner_is_avoided_for_a_while (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    uint64_t parted_ms = now_ms ();
    search_leaving (fixture.here[0], &match, 2);
    expect_waiting (fixture.here[0], &ada);
    search (fixture.there[0], &bob, 2);
    peer_expect (fixture.there[0], WIRE_ENDED, NULL);
    expect_waiting (fixture.there[0], &bob);
    WAIT_FOR ((search (fixture.there[0], &bob, 2),
               peer_hears (fixture.there[0], WIRE_MATCHED, 20)));
    assert_true (now_ms () - parted_ms >= 290);
    expect_matched (fixture.here[0], &ada);
}

static void
test_somebody_else_is_met_at_once (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    search_leaving (fixture.here[0], &match, 2);
    expect_waiting (fixture.here[0], &ada);
    wait_for_later_than (score_of (&ada));
    search (fixture.there[0], &bob, 2);
    peer_expect (fixture.there[0], WIRE_ENDED, NULL);
    expect_waiting (fixture.there[0], &bob);
    search (fixture.there[0], &eve, 1);
    expect_matched (fixture.there[0], &eve);
    expect_matched (fixture.here[0], &ada);
}

#define PEOPLE 200

typedef struct {
    ident_t user[PEOPLE];
    ident_t partner[PEOPLE];
    int told[PEOPLE];
    int count;
} crowd_t;

static int
place_of (const crowd_t *crowd, const ident_t *user)
{
    int place = 0;
    while (place < PEOPLE && !ident_equal (&crowd->user[place], user)) {
        place++;
    }
    assert_true (place < PEOPLE);
    return place;
}

static void
hear_matches (crowd_t *crowd)
{
    peer_t *all[] = {fixture.here[0], fixture.here[1], fixture.there[0], fixture.there[1]};
    for (int i = 0; i < 4; i++) {
        while (peer_hears (all[i], WIRE_MATCHED, 0)) {
            const wire_matched_t *matched = &peer_heard (all[i])->as.matched;
            int place = place_of (crowd, &matched->user);
            crowd->partner[place] = matched->partner;
            crowd->told[place]++;
            crowd->count++;
        }
    }
}

static void
test_two_hundred_at_once_over_two_matchers_meet_each_once (void **state)
{
    (void) state;
    static crowd_t crowd;
    crowd = (crowd_t){.count = 0};
    start_matcher (1);
    dial (1);
    uint64_t begin_ms = now_ms ();
    for (int i = 0; i < PEOPLE; i++) {
        peer_t *all[] = {fixture.here[0], fixture.there[1], fixture.here[1],
                         fixture.there[0]};
        crowd.user[i] = ident_random ();
        search (all[i % 4], &crowd.user[i], 1);
    }
    WAIT_FOR ((hear_matches (&crowd), crowd.count >= PEOPLE));
    print_message ("200 met in %d ms\n", (int) (now_ms () - begin_ms));
    for (int i = 0; i < PEOPLE; i++) {
        assert_int_equal (crowd.told[i], 1);
        int partner = place_of (&crowd, &crowd.partner[i]);
        assert_int_not_equal (partner, i);
        assert_true (ident_equal (&crowd.partner[partner], &crowd.user[i]));
    }
    assert_int_equal (redis_count (fixture.redis, "EXISTS waiting_users"), 0);
}

// Many requests go to Redis as one command.
static void
test_a_script_that_fails_leaves_the_others_of_its_turn_alone (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    // Whether somebody has blocked Ada cannot be read.
    redis_ask (fixture.redis, "SET blocked:%s nonsense", named (&bob));
    for (int i = 0; i < 50; i++) {
        search (fixture.there[0], &bob, 1);
        search (fixture.here[0], &ada, 1);
    }
    for (int i = 0; i < 50; i++) {
        expect_refused (fixture.there[0], &bob, REFUSAL_BUSY);
        expect_waiting (fixture.here[0], &ada);
    }
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_redis_errors_total"), 50);
    assert_true (service_logged (fixture.matchers[0], "redis_error error=\"WRONGTYPE"));
    redis_ask (fixture.redis, "DEL blocked:%s", named (&bob));
    search (fixture.there[0], &bob, 1);
    expect_matched (fixture.there[0], &bob);
}

#define WITH(before, test) cmocka_unit_test_setup_teardown (test, before, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (set_up_people, test_two_who_search_meet_and_are_told_once),
        WITH (set_up_people, test_nobody_meets_oneself_and_repeats_keep_the_place),
        WITH (set_up_people, test_the_longest_waiting_is_taken),
        WITH (set_up_people, test_a_repeat_gives_the_same_match),
        WITH (set_up_people, test_a_repeat_after_the_end_tells_the_match_and_its_end),
        WITH (set_up_people,
              test_redis_has_the_documented_keys_while_a_chat_runs_and_none_after),
        WITH (set_up_people, test_cancel_takes_out_of_the_queue),
        WITH (set_up_people,
              test_cancel_that_crosses_a_match_ends_it_and_tells_the_partner),
        WITH (set_up_people, test_a_stale_turn_is_refused),
        WITH (set_up_people, test_a_search_ends_the_chat_that_it_leaves),
        WITH (set_up_people, test_a_search_that_overtakes_the_partners_leave_says_who_left),
        WITH (set_up_people, test_a_search_in_another_chat_is_answered_with_that_chat),
        WITH (set_up_people, test_both_leave_at_once_and_one_end_is_recorded),
        WITH (set_up_short_avoidance, test_the_last_partner_is_avoided_for_a_while),
        WITH (set_up_people, test_somebody_else_is_met_at_once),
        WITH (set_up_people, test_two_hundred_at_once_over_two_matchers_meet_each_once),
        WITH (set_up_people, test_a_script_that_fails_leaves_the_others_of_its_turn_alone),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
