// lease_test.c -- a gateway falls silent: its waiters are ghosts, its chats end, at once if nobody
// may come back.

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
set_up_short_lease (void **state)
{
    set_up_nothing (state);
    fixture.lease_ms = "1000";
    fixture.window_ms = "0";
    ada = ident_random ();
    bob = ident_random ();
    eve = ident_random ();
    start_matcher (0);
    dial (0);
    return 0;
}

static void
test_a_waiter_of_a_dead_gateway_is_a_ghost (void **state)
{
    (void) state;
    peer_t *dead = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    search (dead, &ada, 1);
    expect_waiting (dead, &ada);
    peer_close (&dead);
    // Its lease is made to run out here, in Redis, before any sweep.
    redis_ask (fixture.redis, "EVAL %s 0",
               "local all = redis.call ('ZRANGE', 'gateways', 0, -1) "
               "return redis.call ('ZADD', 'gateways', 1, all[1])");
    search (fixture.there[0], &bob, 1);
    expect_waiting (fixture.there[0], &bob);
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_ghosts_total"), 1);
    assert_string_equal (redis_ask (fixture.redis, "ZRANGE waiting_users 0 -1"),
                         named (&bob));
}

static void
test_a_chat_of_a_dead_gateway_is_swept (void **state)
{
    (void) state;
    peer_t *dead = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    start_recorder (1);
    wire_matched_t match = make_match (dead, &ada, fixture.there[0], &bob);
    take_record (true);
    uint64_t begin_ms = now_ms ();
    search (dead, &eve, 1);
    expect_waiting (dead, &eve);
    peer_close (&dead);
    WAIT_FOR ((lease (fixture.there[0]), peer_hears (fixture.there[0], WIRE_ENDED, 100)));
    assert_true (now_ms () - begin_ms >= 990);
    const wire_ended_t *ended = &peer_heard (fixture.there[0])->as.ended;
    assert_true (ident_equal (&ended->user, &bob));
    assert_true (ident_equal (&ended->chat, &match.chat));
    assert_int_equal (ended->reason, REASON_DISCONNECTED);
    wire_record_t closed = take_record (true);
    assert_int_equal (closed.reason, REASON_DISCONNECTED);
    assert_int_equal (closed.ended_by, SIDE_A);
    WAIT_FOR (lasting_keys ()[0] == '\0');
    // Whoever was not reached is told with its next leases.
    lease (fixture.there[0]);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_DISCONNECTED);
}

static void
test_many_of_a_dead_gateway_are_swept_in_small_calls (void **state)
{
    (void) state;
    peer_t *dead = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    for (int i = 0; i < 200; i++) {
        ident_t user = ident_random ();
        search (dead, &user, 1);
        peer_expect (dead, i % 2 == 0 ? WIRE_WAITING : WIRE_MATCHED, NULL);
    }
    search (dead, &ada, 1);
    expect_waiting (dead, &ada);
    peer_close (&dead);
    WAIT_FOR (lasting_keys ()[0] == '\0');
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), 200);
}

static void
test_a_returning_gateway_keeps_the_place_of_its_waiters (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    long since = score_of (&ada);
    // Nothing is heard of the gateway until it has been swept.
    WAIT_FOR (redis_count (fixture.redis, "EXISTS waiting_users") == 0);
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    assert_int_equal (score_of (&ada), since);
}

static void
test_a_dead_id_at_the_head_of_the_queue_is_dropped (void **state)
{
    (void) state;
    redis_ask (fixture.redis, "ZADD waiting_users 1 %s 2 garbage", named (&eve));
    redis_ask (fixture.redis, "ZADD queue:. 1 %s 2 garbage", named (&eve));
    redis_ask (fixture.redis, "SET user:garbage nonsense");
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    search (fixture.there[0], &bob, 1);
    wire_matched_t matched = expect_matched (fixture.there[0], &bob);
    assert_true (ident_equal (&matched.partner, &ada));
    assert_int_equal (redis_count (fixture.redis, "EXISTS waiting_users"), 0);
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_ghosts_total"), 2);
}

static void
test_a_thousand_ghosts_are_dropped_a_few_a_call (void **state)
{
    (void) state;
    redis_ask (
        fixture.redis, "EVAL %s 0",
        "for i = 1, 1000 do "
        "  redis.call ('ZADD', 'waiting_users', i, 'ghost' .. i) "
        "  redis.call ('ZADD', 'queue:.', i, 'ghost' .. i) "
        "end");
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    assert_int_equal (redis_count (fixture.redis, "ZCARD waiting_users"), 1000 - 64 + 1);
    // Every repeat gets a little further.
    WAIT_FOR ((search (fixture.here[0], &ada, 1), expect_waiting (fixture.here[0], &ada),
               redis_count (fixture.redis, "ZCARD waiting_users") == 1));
}

#define WITH(before, test) cmocka_unit_test_setup_teardown (test, before, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (set_up_people, test_a_waiter_of_a_dead_gateway_is_a_ghost),
        WITH (set_up_short_lease, test_a_chat_of_a_dead_gateway_is_swept),
        WITH (set_up_short_lease, test_many_of_a_dead_gateway_are_swept_in_small_calls),
        WITH (set_up_short_lease, test_a_returning_gateway_keeps_the_place_of_its_waiters),
        WITH (set_up_people, test_a_dead_id_at_the_head_of_the_queue_is_dropped),
        WITH (set_up_people, test_a_thousand_ghosts_are_dropped_a_few_a_call),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
