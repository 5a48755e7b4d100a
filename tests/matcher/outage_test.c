// outage_test.c -- Redis or a matcher goes away, and it goes on.

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "fixture.h"

static ident_t ada;
static ident_t bob;

static int
set_up_people (void **state)
{
    ada = ident_random ();
    bob = ident_random ();
    return set_up (state);
}

static int
set_up_people_only (void **state)
{
    ada = ident_random ();
    bob = ident_random ();
    return set_up_nothing (state);
}

static void
test_a_killed_matcher_s_match_is_told_by_another (void **state)
{
    (void) state;
    start_matcher (1);
    dial (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    service_kill (&fixture.matchers[0]);
    search (fixture.here[1], &ada, 1);
    wire_matched_t again = expect_matched (fixture.here[1], &ada);
    assert_same_match (&again, &match);
}

// Redis stands still, so the matcher that has sent the script can be killed before the answer.
static void
test_a_match_that_nobody_was_told_is_told_by_another (void **state)
{
    (void) state;
    start_matcher (1);
    dial (1);
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    redis_server_signal (fixture.redis, SIGSTOP);
    uint64_t before = metric_value (fixture.admin_ports[0], "wire_received_total");
    search (fixture.there[0], &bob, 1);
    WAIT_FOR (metric_value (fixture.admin_ports[0], "wire_received_total") > before);
    metric_value (fixture.admin_ports[0],
                  "wire_received_total"); // A turn of its loop later.
    service_kill (&fixture.matchers[0]);
    redis_server_signal (fixture.redis, SIGCONT);
    WAIT_FOR (redis_count (fixture.redis, "EXISTS chat:%s", named (&ada)) == 1);
    assert_false (peer_hears (fixture.here[0], WIRE_MATCHED, 0));
    wait_ready (fixture.admin_ports[1], true);
    search (fixture.here[1], &ada, 1);
    wire_matched_t for_ada = expect_matched (fixture.here[1], &ada);
    search (fixture.there[1], &bob, 1);
    wire_matched_t for_bob = expect_matched (fixture.there[1], &bob);
    assert_true (ident_equal (&for_ada.chat, &for_bob.chat));
    assert_true (ident_equal (&for_ada.partner, &bob));
}

static void
test_forgotten_scripts_are_loaded_again (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    redis_ask (fixture.redis, "FUNCTION FLUSH");
    for (int i = 0; i < 100; i++) {
        search (fixture.here[0], &ada, 1);
    }
    for (int i = 0; i < 100; i++) {
        expect_waiting (fixture.here[0], &ada);
    }
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_redis_errors_total"),
                      0);
}

static void
test_a_redis_that_takes_no_functions_is_named (void **state)
{
    (void) state;
    redis_ask (fixture.redis, "ACL SETUSER default -function|load"); // As one that knows none.
    redis_ask (fixture.redis, "FUNCTION FLUSH");
    for (int i = 0; i < 2; i++) {
        search (fixture.here[0], &ada, 1);
        expect_refused (fixture.here[0], &ada, REFUSAL_BUSY);
    }
    assert_true (service_logged (fixture.matchers[0], "scripts_refused needs=\"Redis 7 or later"));
    redis_ask (fixture.redis, "ACL SETUSER default +function|load");
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
}

static void
test_redis_restarted_with_its_data_goes_on (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    redis_server_kill (fixture.redis);
    wait_ready (fixture.admin_ports[0], false);
    char page[256];
    http_get (fixture.admin_ports[0], "/readyz", page, sizeof page);
    assert_non_null (strstr (page, "redis no"));
    leave_chat (fixture.here[0], &match, 2, 0, 0);
    expect_refused (fixture.here[0], &ada, REFUSAL_BUSY);
    redis_server_revive (fixture.redis);
    wait_ready (fixture.admin_ports[0], true);
    assert_true (service_logged (fixture.matchers[0], "redis_began_anew"));
    leave_chat (fixture.here[0], &match, 2, 0, 0);
    expect_left (fixture.here[0], &ada);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_ENDED);
    start_recorder (1);
    wire_record_t one = take_record (true);
    wire_record_t other = take_record (true);
    assert_true ((one.ended_ms == 0) != (other.ended_ms == 0));
    WAIT_FOR (redis_count (fixture.redis, "XLEN records") == 0);
}

static void
test_redis_restarted_empty_goes_on (void **state)
{
    (void) state;
    start_recorder (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    redis_ask (fixture.redis, "FLUSHALL");
    redis_ask (fixture.redis, "FUNCTION FLUSH");
    // The chat is not known any more, but its partner is told all the same.
    leave_chat (fixture.here[0], &match, 2, 0, 0);
    expect_left (fixture.here[0], &ada);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_ENDED);
    ident_t eve = ident_random ();
    search (fixture.there[0], &eve, 1);
    expect_waiting (fixture.there[0], &eve);
    search (fixture.here[0], &ada, 3);
    match = expect_matched (fixture.here[0], &ada);
    WAIT_FOR ((peer_hears (fixture.recorder, WIRE_RECORD, 100),
               ident_equal (&peer_heard (fixture.recorder)->as.record.chat, &match.chat)));
}

static void
test_starts_without_redis (void **state)
{
    (void) state;
    redis_server_kill (fixture.redis);
    launch_matcher (0);
    wait_ready (fixture.admin_ports[0], false);
    dial (0);
    search (fixture.here[0], &ada, 1);
    expect_refused (fixture.here[0], &ada, REFUSAL_BUSY);
    redis_server_revive (fixture.redis);
    wait_ready (fixture.admin_ports[0], true);
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
}

static void
test_busy_while_redis_stands_still (void **state)
{
    (void) state;
    redis_server_signal (fixture.redis, SIGSTOP);
    enum { REQUESTS = 5000 };
    for (int i = 0; i < REQUESTS; i++) {
        ident_t user = ident_random ();
        search (fixture.here[0], &user, 1);
    }
    // All but those in flight are refused at once, and these when Redis is given up.
    for (int i = 0; i < REQUESTS; i++) {
        const wire_t *wire = peer_expect (fixture.here[0], WIRE_REFUSED, NULL);
        assert_int_equal (wire->as.refused.reason, REFUSAL_BUSY);
    }
    wait_ready (fixture.admin_ports[0], false);
    redis_server_signal (fixture.redis, SIGCONT);
    wait_ready (fixture.admin_ports[0], true);
    search (fixture.there[0], &bob, 1);
    WAIT_FOR (metric_value (fixture.admin_ports[0], "matcher_searches_total") == 1);
}

// Whoever asks knows within about a second that nobody can be found now.
static void
test_a_request_fails_soon_while_redis_stands_still (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    redis_server_signal (fixture.redis, SIGSTOP);
    uint64_t begin_ms = now_ms ();
    search (fixture.there[0], &bob, 1);
    expect_refused (fixture.there[0], &bob, REFUSAL_BUSY);
    print_message ("refused after %d ms\n", (int) (now_ms () - begin_ms));
    assert_true (now_ms () - begin_ms < 1200);
    // From then on it is refused at once.
    begin_ms = now_ms ();
    search (fixture.there[0], &bob, 1);
    expect_refused (fixture.there[0], &bob, REFUSAL_BUSY);
    assert_true (now_ms () - begin_ms < 200);
    redis_server_signal (fixture.redis, SIGCONT);
    wait_ready (fixture.admin_ports[0], true);
}

// While Redis stood still nobody could renew a lease, so nobody is dead yet.
static void
test_a_pause_of_redis_ends_no_chat (void **state)
{
    (void) state;
    ident_t eve = ident_random ();
    fixture.lease_ms = "3000";
    start_matcher (0);
    dial (0);
    peer_t *dead = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    search (dead, &eve, 1);
    expect_waiting (dead, &eve);
    peer_close (&dead);
    redis_server_signal (fixture.redis, SIGSTOP);
    WAIT_FOR (service_logged (fixture.matchers[0], "redis_down"));
    redis_server_signal (fixture.redis, SIGCONT);
    redis_ask (fixture.redis, "EVAL %s 0",
               "for _, gateway in ipairs (redis.call ('ZRANGE', 'gateways', 0, -1)) do "
               "  redis.call ('ZADD', 'gateways', 1, gateway) "
               "end "
               "redis.call ('ZADD', 'waiting_users', 1, 'somebody')");
    // Chores have been done, with all leases run out; only then do the living renew theirs.
    WAIT_FOR (metric_value (fixture.admin_ports[0], "matcher_waiting_users") == 2);
    WAIT_FOR ((lease (fixture.here[0]), lease (fixture.there[0]),
               redis_count (fixture.redis, "EXISTS waiting_users") == 0));
    assert_int_equal (redis_count (fixture.redis, "EXISTS chat:%s", named (&ada)), 1);
    assert_false (peer_hears (fixture.here[0], WIRE_ENDED, 0));
}

static void
test_a_request_in_hand_is_answered_before_the_end (void **state)
{
    (void) state;
    redis_server_signal (fixture.redis, SIGSTOP);
    uint64_t before = metric_value (fixture.admin_ports[0], "wire_received_total");
    search (fixture.here[0], &ada, 1);
    WAIT_FOR (metric_value (fixture.admin_ports[0], "wire_received_total") > before);
    service_signal (fixture.matchers[0], SIGTERM);
    WAIT_FOR (service_logged (fixture.matchers[0], "stopping"));
    redis_server_signal (fixture.redis, SIGCONT);
    expect_waiting (fixture.here[0], &ada);
    service_stop (&fixture.matchers[0]);
}

static void
test_a_wrong_redis_url_is_named (void **state)
{
    (void) state;
    static const char *const wrong[] = {
        "garbage",
        "unix://",
        "unix://relative",
        "redis://",
        "redis://:6379",
        "redis://host:x",
        "redis://host:99999",
        "redis://host:6379/x",
        "redis://secret@host",
        "redis://:%zz@host",
        "redis://[::1",
        "rediss://",
        "http://host",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        service_t *matcher =
            service_start (MATCHER_BINARY, (const char *[]){"REDIS_URL", wrong[i], NULL});
        assert_int_equal (service_wait (matcher), 2);
        assert_true (
            service_logged (matcher, "REDIS_URL is wrong: it must be unix:///path or redis[s]://"));
        assert_false (service_logged (matcher, "secret"));
        service_kill (&matcher);
    }
}

static void
test_redis_by_tls_is_refused_where_hiredis_has_none (void **state)
{
    (void) state;
    if (HIREDIS_MAJOR >= 1) {
        skip ();
    }
    service_t *matcher =
        service_start (MATCHER_BINARY, (const char *[]){"REDIS_URL", "rediss://:secret@host", NULL});
    assert_int_equal (service_wait (matcher), 2);
    assert_true (service_logged (matcher, "REDIS_URL is wrong: rediss:// needs hiredis 1.1"));
    assert_false (service_logged (matcher, "secret"));
    service_kill (&matcher);
}

// redis://:password@name:port/database, by way of the resolver.
static void
test_redis_is_found_by_name_and_greeted_with_its_password (void **state)
{
    (void) state;
    uint16_t port = free_port ();
    char url[128];
    redis_ask (fixture.redis, "CONFIG SET port %s", number_text (port));
    redis_ask (fixture.redis, "CONFIG SET requirepass %s", "top:sec/ret");
    redis_ask (fixture.redis, "AUTH %s", "top:sec/ret");
    snprintf (url, sizeof url, "redis://:top%%3Asec%%2fret@localhost:%u/3", port);
    fixture.matchers[0] =
        service_start (MATCHER_BINARY,
                       (const char *[]){"BUS_PORT", number_text (fixture.bus_ports[0]),
                                        "ADMIN_PORT", number_text (fixture.admin_ports[0]),
                                        "REDIS_URL", url, "REDIS_PREFIX", "{chat}:", NULL});
    wait_ready (fixture.admin_ports[0], true);
    dial (0);
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    redis_ask (fixture.redis, "SELECT 3");
    assert_string_equal (redis_ask (fixture.redis, "GET {chat}:chat:%s", named (&ada)),
                         named (&bob));
    assert_string_equal (
        redis_ask (fixture.redis, "EVAL %s 0",
                   "for _, name in ipairs (redis.call ('KEYS', '*')) do "
                   "  if string.sub (name, 1, 7) ~= '{chat}:' then return name end "
                   "end"),
        "");
    redis_ask (fixture.redis, "CONFIG SET requirepass %s", "");
    redis_ask (fixture.redis, "CONFIG SET port 0");
    redis_ask (fixture.redis, "SELECT 0");
}

#define WITH_MATCHER(test) cmocka_unit_test_setup_teardown (test, set_up_people, tear_down)
#define WITH_REDIS(test)                                                                   \
    cmocka_unit_test_setup_teardown (test, set_up_people_only, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_MATCHER (test_a_killed_matcher_s_match_is_told_by_another),
        WITH_MATCHER (test_a_match_that_nobody_was_told_is_told_by_another),
        WITH_MATCHER (test_forgotten_scripts_are_loaded_again),
        WITH_MATCHER (test_a_redis_that_takes_no_functions_is_named),
        WITH_MATCHER (test_redis_restarted_with_its_data_goes_on),
        WITH_MATCHER (test_redis_restarted_empty_goes_on),
        WITH_REDIS (test_starts_without_redis),
        WITH_MATCHER (test_busy_while_redis_stands_still),
        WITH_MATCHER (test_a_request_fails_soon_while_redis_stands_still),
        WITH_REDIS (test_a_pause_of_redis_ends_no_chat),
        WITH_MATCHER (test_a_request_in_hand_is_answered_before_the_end),
        WITH_REDIS (test_a_wrong_redis_url_is_named),
        WITH_REDIS (test_redis_by_tls_is_refused_where_hiredis_has_none),
        WITH_REDIS (test_redis_is_found_by_name_and_greeted_with_its_password),
    };
    return cmocka_run_group_tests (tests, start_lasting_redis, stop_redis);
}
