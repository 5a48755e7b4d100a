// away_test.c -- a gateway dies, and its people have a while to come back to their chats.

#include <signal.h>
#include <string.h>

#include "fixture.h"

static ident_t ada;
static ident_t bob;
static ident_t nonce;
static peer_t *dying; // A gateway that falls silent.

static int
set_up_people (void **state)
{
    ada = ident_random ();
    bob = ident_random ();
    nonce = ident_random ();
    set_up_nothing (state);
    fixture.lease_ms = "1000";
    fixture.window_ms = "1500";
    start_matcher (0);
    dial (0);
    dying = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    return 0;
}

static int
tear_down_all (void **state)
{
    peer_close (&dying);
    return tear_down (state);
}

static void
lease_both (int matcher)
{
    lease (fixture.here[matcher]);
    lease (fixture.there[matcher]);
}

// Until when somebody may come back; 0: it is not away.
static long
deadline_of (const ident_t *user)
{
    return redis_count (fixture.redis, "ZSCORE away %s", named (user));
}

// Waits, with the two gateways alive, until that many are away.
static void
wait_for_away (int count)
{
    WAIT_FOR ((lease_both (0), redis_count (fixture.redis, "ZCARD away") == count));
}

static bool
is_past (long time_ms)
{
    return redis_count (fixture.redis, "EVAL %s 0", "return redis.call ('TIME')[1] * 1000")
           > time_ms;
}

// Both are people of the gateway that will fall silent.
static wire_matched_t
match_both_there (void)
{
    search (dying, &ada, 1);
    expect_waiting (dying, &ada);
    search (dying, &bob, 1);
    wire_matched_t match = expect_matched (dying, &ada);
    expect_matched (dying, &bob);
    return match;
}

static void
test_a_chat_of_a_dead_gateway_goes_on_elsewhere (void **state)
{
    (void) state;
    wire_matched_t match = make_match (dying, &ada, fixture.there[0], &bob);
    wire_matched_t of_bob = other_side (&match, peer_instance (dying), 1);
    peer_close (&dying);
    WAIT_FOR ((lease_both (0), peer_hears (fixture.there[0], WIRE_AWAY, 50)));
    assert_true (ident_equal (&peer_heard (fixture.there[0])->as.away.user, &bob));
    assert_true (ident_equal (&peer_heard (fixture.there[0])->as.away.partner, &ada));
    assert_true (ident_equal (&peer_heard (fixture.there[0])->as.away.chat, &of_bob.chat));
    long deadline = deadline_of (&ada);
    assert_true (deadline > 0);
    resume (fixture.here[0], &ada, &nonce);
    wire_resumed_t resumed = expect_resumed (fixture.here[0], &ada, &nonce, DOING_CHATTING);
    assert_true (ident_equal (&resumed.chat, &match.chat));
    assert_true (ident_equal (&resumed.partner_gateway, peer_instance (fixture.there[0])));
    assert_int_equal (deadline_of (&ada), 0);
    // Long after the deadline, with sweeps in between, the chat is still there.
    WAIT_FOR ((lease_both (0), is_past (deadline + 2000)));
    assert_int_equal (redis_count (fixture.redis, "EXISTS chat:%s", named (&ada)), 1);
    assert_false (peer_hears (fixture.there[0], WIRE_ENDED, 0));
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), 1);
}

static void
test_nobody_comes_back_and_the_chat_ends_once (void **state)
{
    (void) state;
    start_recorder (1);
    wire_matched_t match = make_match (dying, &ada, fixture.there[0], &bob);
    take_record (true);
    peer_close (&dying);
    wait_for_away (1);
    long deadline = deadline_of (&ada);
    assert_string_equal (state_of (&ada), "chatting");
    assert_string_equal (redis_ask (fixture.redis, "GET session:%s", named (&ada)),
                         named (&match.chat));
    // No lease has run out by then: the gateways that are left are alive.
    WAIT_FOR ((lease_both (0), peer_hears (fixture.there[0], WIRE_ENDED, 50)));
    assert_true (is_past (deadline - 1000));
    const wire_ended_t *ended = &peer_heard (fixture.there[0])->as.ended;
    assert_true (ident_equal (&ended->user, &bob));
    assert_true (ident_equal (&ended->chat, &match.chat));
    assert_int_equal (ended->reason, REASON_DISCONNECTED);
    wire_record_t closed = take_record (true);
    assert_true (closed.ended_ms >= (uint64_t) deadline);
    assert_int_equal (closed.reason, REASON_DISCONNECTED);
    assert_int_equal (closed.ended_by, SIDE_A);
    WAIT_FOR (redis_count (fixture.redis, "XLEN records") == 0);
    assert_false (peer_hears (fixture.recorder, WIRE_RECORD, 0));
    assert_string_equal (lasting_keys (), "");
    // Whoever was not reached is told with its next leases.
    lease (fixture.there[0]);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_DISCONNECTED);
    // Ada has come too late; bob would learn why it is alone.
    resume (fixture.here[0], &ada, &nonce);
    expect_resumed (fixture.here[0], &ada, &nonce, DOING_UNKNOWN);
    resume (fixture.here[0], &bob, &nonce);
    wire_resumed_t resumed = expect_resumed (fixture.here[0], &bob, &nonce, DOING_PARTED);
    assert_int_equal (resumed.reason, REASON_DISCONNECTED);
}

static void
test_both_are_away_and_their_chat_ends_once (void **state)
{
    (void) state;
    match_both_there ();
    peer_close (&dying);
    wait_for_away (2);
    WAIT_FOR ((lease_both (0), lasting_keys ()[0] == '\0'));
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), 2);
}

static void
test_both_are_away_and_both_come_back (void **state)
{
    (void) state;
    wire_matched_t match = match_both_there ();
    peer_close (&dying);
    wait_for_away (2);
    long deadline = deadline_of (&ada);
    resume (fixture.here[0], &ada, &nonce);
    wire_resumed_t resumed = expect_resumed (fixture.here[0], &ada, &nonce, DOING_CHATTING);
    assert_true (ident_equal (&resumed.chat, &match.chat));
    resume (fixture.there[0], &bob, &nonce);
    resumed = expect_resumed (fixture.there[0], &bob, &nonce, DOING_CHATTING);
    assert_true (ident_equal (&resumed.partner_gateway, peer_instance (fixture.here[0])));
    WAIT_FOR ((lease_both (0), is_past (deadline + 2000)));
    assert_int_equal (redis_count (fixture.redis, "EXISTS chat:%s", named (&ada)), 1);
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), 1);
}

static void
test_the_partner_of_somebody_away_may_leave (void **state)
{
    (void) state;
    make_match (dying, &ada, fixture.there[0], &bob);
    peer_close (&dying);
    wait_for_away (1);
    leave (fixture.there[0], &bob, 2);
    expect_left (fixture.there[0], &bob);
    assert_string_equal (lasting_keys (), "");
    resume (fixture.here[0], &ada, &nonce);
    expect_resumed (fixture.here[0], &ada, &nonce, DOING_PARTED);
}

static void
test_who_is_away_may_leave_its_chat_by_a_search_or_without (void **state)
{
    (void) state;
    for (int i = 0; i < 2; i++) {
        ada = ident_random ();
        bob = ident_random ();
        wire_matched_t match = match_both_there ();
        wait_for_away (2);
        if (i == 0) {
            wire_search_t asked = {.user = ada, .turn = 2, .chat = match.chat, .partner = bob,
                                   .partner_gateway = match.partner_gateway,
                                   .reason = REASON_SKIPPED};
            send_search (dying, &asked);
            expect_waiting (dying, &ada);
        }
        else {
            leave (dying, &ada, 2);
            expect_left (dying, &ada);
        }
        assert_int_equal (redis_count (fixture.redis, "EXISTS away"), 0);
        assert_string_equal (find_wrong (), "");
        leave (dying, &ada, 3);
        expect_left (dying, &ada);
        leave (dying, &bob, 2);
        expect_left (dying, &bob);
        assert_string_equal (lasting_keys (), "");
    }
}

static void
test_a_gateway_that_was_only_silent_holds_its_people_again (void **state)
{
    (void) state;
    wire_matched_t match = make_match (dying, &ada, fixture.there[0], &bob);
    wire_matched_t of_bob = other_side (&match, peer_instance (dying), 1);
    ident_t before = generation_of (dying);
    ident_t again = generation_of (dying);
    assert_true (ident_equal (&before, &again));
    ident_t of_there = generation_of (fixture.there[0]);
    // Nothing is heard of it until it has been swept.
    WAIT_FOR ((lease_both (0), peer_hears (fixture.there[0], WIRE_AWAY, 50)));
    ident_t after = generation_of (dying);
    assert_false (ident_equal (&before, &after));
    ident_t still = generation_of (fixture.there[0]);
    assert_true (ident_equal (&of_there, &still));
    hold_chat (dying, &match);
    expect_held (dying, &ada, 1);
    expect_back (fixture.there[0], &of_bob);
    assert_int_equal (redis_count (fixture.redis, "EXISTS away"), 0);
    // Said again it changes nothing, and nobody is told.
    hold_chat (dying, &match);
    expect_held (dying, &ada, 1);
    assert_false (peer_hears (fixture.there[0], WIRE_BACK, 0));
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), 1);
    leave (dying, &ada, 2);
    expect_left (dying, &ada);
    assert_string_equal (lasting_keys (), "");
}

static void
test_a_waiter_of_a_dead_gateway_has_its_place_elsewhere (void **state)
{
    (void) state;
    search (dying, &ada, 1);
    expect_waiting (dying, &ada);
    long since = score_of (&ada);
    peer_close (&dying);
    WAIT_FOR ((lease_both (0), redis_count (fixture.redis, "EXISTS waiting_users") == 0));
    assert_string_equal (state_of (&ada), "dropped");
    resume (fixture.here[0], &ada, &nonce);
    wire_resumed_t resumed =
        expect_resumed (fixture.here[0], &ada, &nonce, DOING_SEARCHING);
    assert_true (resumed.waits_ms >= 900);
    assert_int_equal (score_of (&ada), since);
}

static void
test_many_are_away_and_end_in_small_calls (void **state)
{
    (void) state;
    for (int i = 0; i < 200; i++) {
        ident_t user = ident_random ();
        search (dying, &user, 1);
        peer_expect (dying, i % 2 == 0 ? WIRE_WAITING : WIRE_MATCHED, NULL);
    }
    peer_close (&dying);
    wait_for_away (200);
    WAIT_FOR (lasting_keys ()[0] == '\0');
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), 200);
}

static void
test_a_killed_matcher_s_absent_people_are_ended_by_another (void **state)
{
    (void) state;
    start_matcher (1);
    dial (1);
    wire_matched_t match = make_match (dying, &ada, fixture.there[0], &bob);
    peer_close (&dying);
    wait_for_away (1);
    service_kill (&fixture.matchers[0]);
    WAIT_FOR ((lease_both (1), peer_hears (fixture.there[1], WIRE_ENDED, 50)));
    assert_true (ident_equal (&peer_heard (fixture.there[1])->as.ended.chat, &match.chat));
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), 2);
    assert_string_equal (lasting_keys (), "");
}

// What was sent before Redis stood still is done when it goes on, and by then all leases have run
// out.
static void
test_a_sweep_that_redis_comes_to_late_is_not_made (void **state)
{
    (void) state;
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    redis_ask (fixture.redis, "ZADD gateways 1 nobody");
    WAIT_FOR ((generation_of (fixture.here[0]), generation_of (fixture.there[0]),
               redis_count (fixture.redis, "EXISTS swept:nobody") == 1));
    redis_ask (fixture.redis, "DEL swept:nobody");
    // A sweep is made each second. All leases are answered, so that none is done before that sweep.
    uint64_t begin_ms = now_ms ();
    WAIT_FOR ((generation_of (fixture.here[0]), generation_of (fixture.there[0]),
               now_ms () - begin_ms > 400));
    redis_server_signal (fixture.redis, SIGSTOP);
    begin_ms = now_ms ();
    WAIT_FOR (service_logged (fixture.matchers[0], "redis_down")
              && now_ms () - begin_ms > 4000);
    redis_server_signal (fixture.redis, SIGCONT);
    wait_ready (fixture.admin_ports[0], true);
    begin_ms = now_ms ();
    WAIT_FOR ((lease_both (0), now_ms () - begin_ms > 2500));
    assert_int_equal (redis_count (fixture.redis, "EXISTS away"), 0);
    assert_string_equal (redis_ask (fixture.redis, "KEYS swept:*"), "");
    assert_false (peer_hears (fixture.there[0], WIRE_AWAY, 0));
}

#define WITH(test) cmocka_unit_test_setup_teardown (test, set_up_people, tear_down_all)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (test_a_chat_of_a_dead_gateway_goes_on_elsewhere),
        WITH (test_nobody_comes_back_and_the_chat_ends_once),
        WITH (test_both_are_away_and_their_chat_ends_once),
        WITH (test_both_are_away_and_both_come_back),
        WITH (test_the_partner_of_somebody_away_may_leave),
        WITH (test_who_is_away_may_leave_its_chat_by_a_search_or_without),
        WITH (test_a_gateway_that_was_only_silent_holds_its_people_again),
        WITH (test_a_waiter_of_a_dead_gateway_has_its_place_elsewhere),
        WITH (test_many_are_away_and_end_in_small_calls),
        WITH (test_a_killed_matcher_s_absent_people_are_ended_by_another),
        WITH (test_a_sweep_that_redis_comes_to_late_is_not_made),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
