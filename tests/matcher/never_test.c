// never_test.c -- who never meets: two of one browser, and who has blocked whom.

#include "fixture.h"

static ident_t ada;
static ident_t bob;
static ident_t eve;
static ident_t of_ada; // Her browser.
static ident_t of_bob;

// Blocks and browsers alone keep people apart.
static int
set_up_free (void **state)
{
    ada = ident_random ();
    bob = ident_random ();
    eve = ident_random ();
    of_ada = ident_random ();
    of_bob = ident_random ();
    set_up_nothing (state);
    fixture.avoid_ms = "0";
    fixture.recent_partners = "0";
    start_matcher (0);
    dial (0);
    return 0;
}

static void
search_from (peer_t *gateway, const ident_t *user, uint64_t turn, const ident_t *browser)
{
    search_for (gateway, user, turn, &(wish_t){.browser = browser});
}

static void
wait_from (peer_t *gateway, const ident_t *user, uint64_t turn, const ident_t *browser)
{
    search_from (gateway, user, turn, browser);
    expect_waiting (gateway, user);
}

static void
test_two_of_one_browser_never_meet (void **state)
{
    (void) state;
    wait_from (fixture.here[0], &ada, 1, &of_ada);
    wait_for_later_than (score_of (&ada));
    wait_from (fixture.there[0], &bob, 1, &of_ada);
    wait_from (fixture.here[0], &ada, 1, &of_ada);
    search_from (fixture.there[0], &eve, 1, &of_bob);
    wire_matched_t match = expect_matched (fixture.there[0], &eve);
    assert_true (ident_equal (&match.partner, &ada));
    assert_true (ident_equal (&match.partner_browser, &of_ada));
    expect_matched (fixture.here[0], &ada);
    // Of two whose browsers are not known nobody knows that they are one.
    redis_ask (fixture.redis, "FLUSHALL");
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    search (fixture.there[0], &bob, 1);
    expect_matched (fixture.there[0], &bob);
}

// --- Blocks ---

static wire_block_t
blocks (const ident_t *user, const ident_t *browser, const ident_t *partner,
        const ident_t *partner_browser)
{
    return (wire_block_t){*user, *browser, *partner, *partner_browser, 3};
}

static void
note_block (peer_t *gateway, const wire_block_t *pair)
{
    block (gateway, pair);
    expect_blocked (gateway, pair);
}

// Both search, as new users; whoever comes second does not meet the first, but somebody else.
static void
assert_apart (int matcher, const ident_t *browser, const ident_t *other)
{
    for (int turn = 0; turn < 2; turn++) {
        ident_t first = ident_random (), second = ident_random (), third = ident_random ();
        wait_from (fixture.here[matcher], &first, 1, turn == 0 ? browser : other);
        wait_for_later_than (score_of (&first));
        wait_from (fixture.there[matcher], &second, 1, turn == 0 ? other : browser);
        search (fixture.there[matcher], &third, 1);
        wire_matched_t match = expect_matched (fixture.there[matcher], &third);
        assert_true (ident_equal (&match.partner, &first));
        expect_matched (fixture.here[matcher], &first);
        leave (fixture.there[matcher], &second, 2);
        expect_left (fixture.there[matcher], &second);
    }
}

static void
test_who_is_blocked_never_comes_again_under_another_name (void **state)
{
    (void) state;
    wire_block_t pair = blocks (&ada, &of_ada, &bob, &of_bob);
    start_matcher (1);
    dial (1);
    note_block (fixture.here[0], &pair);
    assert_apart (0, &of_ada, &of_bob);
    service_kill (&fixture.matchers[0]);
    assert_apart (1, &of_ada, &of_bob);
    // A repeat, of another matcher, changes nothing and is told the same.
    const char *kept = redis_ask (fixture.redis, "ZCARD blocked:%s", named (&of_ada));
    assert_string_equal (kept, "1");
    note_block (fixture.here[1], &pair);
    kept = redis_ask (fixture.redis, "ZCARD blocked:%s", named (&of_ada));
    assert_string_equal (kept, "1");
    assert_apart (1, &of_ada, &of_bob);
    assert_int_equal (metric_value (fixture.admin_ports[1], "matcher_blocks_total"), 1);
}

static void
test_who_has_no_browser_is_blocked_by_its_user (void **state)
{
    (void) state;
    wire_block_t pair = blocks (&ada, &ident_nil, &bob, &of_bob);
    note_block (fixture.here[0], &pair);
    wait_from (fixture.here[0], &ada, 1, NULL);
    wait_from (fixture.there[0], &bob, 1, &of_bob);
    wait_from (fixture.here[0], &ada, 1, NULL);
    wait_from (fixture.there[0], &bob, 1, &of_bob);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    // She comes as somebody else, of whom nothing is known.
    search (fixture.here[0], &eve, 1);
    wire_matched_t match = expect_matched (fixture.here[0], &eve);
    assert_true (ident_equal (&match.partner, &bob));
}

static void
test_one_of_the_two_lists_is_enough (void **state)
{
    (void) state;
    const ident_t *whose[] = {&of_ada, &of_bob};
    wire_block_t pair = blocks (&ada, &of_ada, &bob, &of_bob);
    for (int i = 0; i < 2; i++) {
        note_block (fixture.here[0], &pair);
        redis_ask (fixture.redis, "DEL blocked:%s", named (whose[i]));
        assert_apart (0, &of_ada, &of_bob);
    }
}

static void
test_a_block_lasts_while_either_searches (void **state)
{
    (void) state;
    wire_block_t pair = blocks (&ada, &of_ada, &bob, &of_bob);
    note_block (fixture.here[0], &pair);
    for (int i = 0; i < 2; i++) {
        const ident_t *browser = i == 0 ? &of_ada : &of_bob;
        long rest_ms = redis_count (fixture.redis, "PTTL blocked:%s", named (browser));
        assert_true (rest_ms > 86000000 && rest_ms <= 86400000);
        redis_ask (fixture.redis, "PEXPIRE blocked:%s 60000", named (browser));
        ident_t user = ident_random ();
        wait_from (fixture.here[0], &user, 1, browser);
        rest_ms = redis_count (fixture.redis, "PTTL blocked:%s", named (browser));
        assert_true (rest_ms > 86000000);
        leave (fixture.here[0], &user, 2);
        expect_left (fixture.here[0], &user);
    }
    assert_string_equal (lasting_keys (), "");
}

static void
test_of_many_blocks_the_latest_are_kept (void **state)
{
    (void) state;
    redis_ask (fixture.redis, "EVAL %s 0 %s",
               "for i = 1, 300 do "
               "  redis.call ('ZADD', 'blocked:' .. ARGV[1], i, 'somebody' .. i) "
               "end",
               named (&of_ada));
    wire_block_t pair = blocks (&ada, &of_ada, &bob, &of_bob);
    note_block (fixture.here[0], &pair);
    assert_int_equal (
        redis_count (fixture.redis, "ZCARD blocked:%s", named (&of_ada)), 256);
    assert_int_equal (
        redis_count (fixture.redis, "ZCOUNT blocked:%s -inf 45", named (&of_ada)), 0);
    assert_apart (0, &of_ada, &of_bob);
    // Nobody blocks oneself, nor is nobody blocked.
    pair = blocks (&ada, &of_ada, &ident_nil, &ident_nil);
    note_block (fixture.here[0], &pair);
    assert_int_equal (redis_count (fixture.redis, "EXISTS blocked:"), 0);
}

#define WITH(before, test) cmocka_unit_test_setup_teardown (test, before, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (set_up_free, test_two_of_one_browser_never_meet),
        WITH (set_up_free, test_who_is_blocked_never_comes_again_under_another_name),
        WITH (set_up_free, test_who_has_no_browser_is_blocked_by_its_user),
        WITH (set_up_free, test_one_of_the_two_lists_is_enough),
        WITH (set_up_free, test_a_block_lasts_while_either_searches),
        WITH (set_up_free, test_of_many_blocks_the_latest_are_kept),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
