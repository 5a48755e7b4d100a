// many_test.c -- how many are here, how much one search may cost, and pools of matchers.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static ident_t ada;
static ident_t bob;

static int
set_up_with (void **state, const char *lease_ms, const char *window_ms, const char *pool)
{
    ada = ident_random ();
    bob = ident_random ();
    set_up_nothing (state);
    fixture.lease_ms = lease_ms;
    fixture.window_ms = window_ms;
    fixture.pool = pool;
    start_matcher (0);
    dial (0);
    return 0;
}

static int
set_up_long_lease (void **state)
{
    return set_up_with (state, "60000", "15000", "0");
}

static int
set_up_short_lease (void **state)
{
    return set_up_with (state, "1000", "15000", "0");
}

static int
set_up_pool (void **state)
{
    return set_up_with (state, "500", "0", "5");
}

// --- How many are here ---

static wire_leased_t
lease_of (peer_t *gateway, uint64_t users)
{
    wire_t wire = {.kind = WIRE_LEASE, .as.lease = {users, 7}};
    peer_send (gateway, &wire);
    wire_leased_t leased = peer_expect (gateway, WIRE_LEASED, NULL)->as.leased;
    assert_int_equal (leased.pool, 7);
    return leased;
}

static void
test_all_gateways_are_told_how_many_are_here (void **state)
{
    (void) state;
    start_matcher (1);
    dial (1);
    assert_int_equal (lease_of (fixture.here[0], 5).online, 5);
    assert_int_equal (lease_of (fixture.there[1], 7).online, 12);
    assert_int_equal (lease_of (fixture.here[1], 6).online, 13);
    assert_int_equal (lease_of (fixture.there[0], 100000000).online, 100000006);
    assert_int_equal (lease_of (fixture.there[0], 0).online, 6);
    assert_int_equal (lease_of (fixture.here[0], 0).online, 0);
    search (fixture.here[0], &ada, 1);
    assert_int_equal (expect_waiting (fixture.here[0], &ada).searching, 1);
    assert_int_equal (lease_of (fixture.there[0], 3).searching, 1);
    search (fixture.there[0], &bob, 1);
    expect_matched (fixture.there[0], &bob);
    assert_int_equal (lease_of (fixture.there[0], 3).searching, 0);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    assert_string_equal (lasting_keys (), "");
}

static void
test_the_people_of_a_dead_gateway_are_not_counted (void **state)
{
    (void) state;
    peer_t *dying = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    assert_int_equal (lease_of (dying, 40).online, 40);
    assert_int_equal (lease_of (fixture.here[0], 2).online, 42);
    peer_close (&dying);
    uint64_t online = 0;
    WAIT_FOR ((online = lease_of (fixture.here[0], 2).online) != 42);
    assert_int_equal (online, 2);
    assert_int_equal (redis_count (fixture.redis, "HLEN online"), 1);
    // When the last one dies nothing is left.
    WAIT_FOR (redis_count (fixture.redis, "EXISTS online") == 0);
    assert_int_equal (lease_of (fixture.here[0], 1).online, 1);
}

static void
test_what_is_no_count_is_forgotten (void **state)
{
    (void) state;
    redis_ask (fixture.redis, "HSET online a nonsense b -5 c %s", "-5 99999999999999");
    assert_int_equal (lease_of (fixture.here[0], 4).online, 4);
    assert_int_equal (redis_count (fixture.redis, "HLEN online"), 1);
}

// --- What one search may cost ---

#define TEN                                                                                \
    "0000000000000001" "0000000000000002" "0000000000000003" "0000000000000004"            \
    "0000000000000005" "0000000000000006" "0000000000000007" "0000000000000008"            \
    "0000000000000009" "000000000000000a"

// So many wait, with ten interests and a language, all of one browser, and may be met by anybody.
// They are put there by hand, in all their queues.
static void
fill_line (int count, const char *state, const ident_t *browser)
{
    redis_ask (
        fixture.redis, "EVAL %s 0 %s %s %s %s " TEN,
        ROWS_IN_LUA
        "redis.call ('ZADD', 'gateways', 9999999999999, ARGV[3]) "
        "for i = 1, ARGV[1] do "
        "  local user = string.format ('%08x-0000-4000-8000-000000000000', i) "
        "  redis.call ('SADD', 'held:' .. ARGV[3], user) "
        "  redis.call ('SET', 'user:' .. user, pack_row ({gateway = ARGV[3], turn = '1', "
        "              asked = 'search', state = ARGV[2], since = tostring (i), "
        "              browser = ARGV[4], interests = ARGV[5], language = 'en'})) "
        "  redis.call ('ZADD', 'waiting_users', i, user) "
        "  for _, language in ipairs ({'', 'en'}) do "
        "    redis.call ('ZADD', 'queue:.' .. language, i, user) "
        "    for interest in string.gmatch (ARGV[5], string.rep ('%x', 16)) do "
        "      redis.call ('ZADD', 'queue:' .. interest .. '.' .. language, i, user) "
        "    end "
        "  end "
        "end",
        number_text ((uint64_t) count), state, named (peer_instance (fixture.there[0])),
        named (browser));
}

// How often a command was called since the statistics were reset.
static long
calls_of (const char *command)
{
    char name[64];
    snprintf (name, sizeof name, "cmdstat_%s:calls=", command);
    const char *found = strstr (redis_ask (fixture.redis, "INFO commandstats"), name);
    return found != NULL ? strtol (found + strlen (name), NULL, 10) : 0;
}

// Ada searches for everything and finds nobody; returned is how many waiters were looked at.
static long
rows_looked_at (const ident_t *browser, uint64_t waits_ms)
{
    wire_search_t asked = {
        .user = ada, .turn = 1, .waits_ms = waits_ms, .browser = *browser,
        .interests = word_of (TEN), .language = word_of ("en"),
    };
    redis_ask (fixture.redis, "CONFIG RESETSTAT");
    send_search (fixture.here[0], &asked);
    expect_waiting (fixture.here[0], &ada);
    long ranges = calls_of ("zrange");
    assert_in_range (ranges, 1, 22 + 256 / 16);
    return calls_of ("get") - 1; // Her own.
}

static void
test_of_a_thousand_who_do_not_fit_one_search_looks_at_few (void **state)
{
    (void) state;
    ident_t browser = ident_random ();
    fill_line (1000, "waiting", &browser);
    // Each stands in so many of her queues that not even 64 of them are reached.
    assert_in_range (rows_looked_at (&browser, 0), 16, 64);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    ada = ident_random ();
    assert_in_range (rows_looked_at (&browser, 60000), 8, 64);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    ada = ident_random ();
    // In one queue it is just 64.
    redis_ask (fixture.redis, "CONFIG RESETSTAT");
    search_for (fixture.here[0], &ada, 1, &(wish_t){.browser = &browser});
    expect_waiting (fixture.here[0], &ada);
    assert_int_equal (calls_of ("get"), 1 + 64);
    assert_int_equal (calls_of ("zrange"), 5);
    assert_int_equal (redis_count (fixture.redis, "ZCARD waiting_users"), 1001);
    // Whom they fit takes the first of them at once.
    redis_ask (fixture.redis, "CONFIG RESETSTAT");
    search (fixture.here[0], &bob, 1);
    expect_matched (fixture.here[0], &bob);
    assert_int_equal (calls_of ("get"), 2);
    assert_int_equal (calls_of ("zrange"), 1);
}

static void
test_of_a_thousand_ghosts_one_search_drops_few (void **state)
{
    (void) state;
    ident_t browser = ident_random ();
    fill_line (1000, "chatting", &browser);
    // The more queues there are to take them out of, the fewer are dropped.
    assert_int_equal (rows_looked_at (&ident_nil, 60000), 6);
    assert_int_equal (redis_count (fixture.redis, "ZCARD waiting_users"), 1000 - 6 + 1);
    assert_int_equal (redis_count (fixture.redis, "ZCARD queue:.en"), 1000 - 6 + 1);
    assert_int_equal (redis_count (fixture.redis, "ZCARD queue:000000000000000a."),
                      1000 - 6 + 1);
}

static void
test_what_a_search_alone_asks_of_redis (void **state)
{
    (void) state;
    redis_ask (fixture.redis, "CONFIG RESETSTAT");
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    // Its place, its queue, and that its gateway lives.
    assert_int_equal (calls_of ("zadd"), 3);
    assert_int_equal (calls_of ("get"), 1);
    assert_int_equal (calls_of ("zrange"), 1);
    assert_int_equal (calls_of ("set"), 1);
}

// --- Pools ---

static void
doubt (const wire_matched_t *match, const ident_t *chat, const ident_t *matcher)
{
    wire_t wire = {
        .kind = WIRE_DOUBT,
        .as.doubt = {*chat, match->user, match->partner, match->started_ms,
                     match->waited_a_ms, match->waited_b_ms},
    };
    peer_send_to (fixture.recorder, ROLE_MATCHER, matcher, &wire);
}

static void
test_a_pool_knows_its_chats_and_leaves_those_of_others_alone (void **state)
{
    (void) state;
    ident_t matcher;
    start_recorder (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    assert_int_equal (ident_mark (&match.chat), 5);
    peer_expect (fixture.recorder, WIRE_RECORD, &matcher);
    ident_t ours = ident_timed (1), theirs = ident_timed (1);
    ident_set_mark (&ours, 5);
    ident_set_mark (&theirs, 6);
    // Both are asked after; of ours alone anything is said.
    WAIT_FOR ((lease (fixture.here[0]), lease (fixture.there[0]),
               doubt (&match, &theirs, &matcher), doubt (&match, &ours, &matcher),
               peer_hears (fixture.recorder, WIRE_RECORD, 100)
                   && peer_heard (fixture.recorder)->as.record.ended_ms != 0));
    assert_true (ident_equal (&peer_heard (fixture.recorder)->as.record.chat, &ours));
    assert_string_equal (redis_ask (fixture.redis, "EVAL %s 0 %s",
                                    "local entries = redis.call ('XRANGE', 'records', '-', '+') "
                                    "for _, entry in ipairs (entries) do "
                                    "  local text = table.concat (entry[2], ' ') "
                                    "  if string.find (text, ARGV[1], 1, true) then "
                                    "    return 'found' "
                                    "  end "
                                    "end",
                                    named (&theirs)),
                         "");
}

#define WITH(before, test) cmocka_unit_test_setup_teardown (test, before, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (set_up_long_lease, test_all_gateways_are_told_how_many_are_here),
        WITH (set_up_short_lease, test_the_people_of_a_dead_gateway_are_not_counted),
        WITH (set_up_long_lease, test_what_is_no_count_is_forgotten),
        WITH (set_up_long_lease, test_of_a_thousand_who_do_not_fit_one_search_looks_at_few),
        WITH (set_up_long_lease, test_of_a_thousand_ghosts_one_search_drops_few),
        WITH (set_up_long_lease, test_what_a_search_alone_asks_of_redis),
        WITH (set_up_pool, test_a_pool_knows_its_chats_and_leaves_those_of_others_alone),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
