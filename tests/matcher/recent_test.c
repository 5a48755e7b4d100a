// recent_test.c -- who was in a chat just now is met again only later, and only if nobody else is
// there; and when a search is to be repeated.

#include <string.h>

#include "fixture.h"

static ident_t ada;
static ident_t bob;
static ident_t eve;
static ident_t of_ada; // Her browser.
static ident_t of_bob;

static int
set_up_with (void **state, const char *avoid_ms, const char *recent_partners)
{
    ada = ident_random ();
    bob = ident_random ();
    eve = ident_random ();
    of_ada = ident_random ();
    of_bob = ident_random ();
    set_up_nothing (state);
    fixture.avoid_ms = avoid_ms;
    fixture.recent_partners = recent_partners;
    start_matcher (0);
    dial (0);
    return 0;
}

static int
set_up_short_avoidance (void **state)
{
    return set_up_with (state, "300", "3");
}

static int
set_up_no_avoidance (void **state)
{
    return set_up_with (state, "0", "3");
}

static int
set_up_no_preference (void **state)
{
    return set_up_with (state, "8000", "0");
}

// No sweep comes in between.
static int
set_up_long_lease (void **state)
{
    set_up_nothing (state);
    fixture.lease_ms = "60000";
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

// Two meet and part again. Neither waits nor chats before or after.
static void
chat (const ident_t *one, uint64_t *turn_one, const ident_t *other, uint64_t *turn_other)
{
    search (fixture.here[0], one, ++*turn_one);
    expect_waiting (fixture.here[0], one);
    search (fixture.there[0], other, ++*turn_other);
    wire_matched_t match = expect_matched (fixture.there[0], other);
    assert_true (ident_equal (&match.partner, one));
    leave (fixture.here[0], one, ++*turn_one);
    expect_left (fixture.here[0], one);
    leave (fixture.there[0], other, ++*turn_other);
    expect_left (fixture.there[0], other);
}

static void
test_the_search_is_to_be_repeated_just_when_the_partner_may_be_met_again (void **state)
{
    (void) state;
    uint64_t turns[] = {0, 0};
    chat (&ada, &turns[0], &bob, &turns[1]);
    search (fixture.here[0], &ada, ++turns[0]);
    assert_int_equal (expect_waiting (fixture.here[0], &ada).again_ms, 2000);
    search (fixture.there[0], &bob, ++turns[1]);
    wire_waiting_t waiting = expect_waiting (fixture.there[0], &bob);
    assert_in_range (waiting.again_ms, 1, 300);
    long due_ms = score_of (&bob) + (long) waiting.again_ms;
    do {
        search (fixture.there[0], &bob, turns[1]);
        assert_true (peer_hears (fixture.there[0], WIRE_NONE, DEADLINE_MS));
        const wire_t *heard = peer_heard (fixture.there[0]);
        if (heard->kind == WIRE_WAITING) {
            assert_int_equal (heard->as.waiting.again_ms + heard->as.waiting.waited_ms,
                              waiting.again_ms);
        }
    } while (peer_heard (fixture.there[0])->kind == WIRE_WAITING);
    const wire_matched_t *match = &peer_heard (fixture.there[0])->as.matched;
    assert_true (ident_equal (&match->partner, &ada));
    assert_true ((long) match->started_ms >= due_ms);
}

static void
test_with_a_third_in_line_the_two_never_meet_again (void **state)
{
    (void) state;
    // Bob and eve are one browser, so that both wait.
    wait_from (fixture.here[0], &ada, 1, &of_ada);
    search_from (fixture.there[0], &bob, 1, &of_bob);
    expect_matched (fixture.there[0], &bob);
    expect_matched (fixture.here[0], &ada);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    wait_from (fixture.there[0], &bob, 2, &of_bob);
    wait_for_later_than (score_of (&bob));
    wait_from (fixture.there[0], &eve, 1, &of_bob);
    search_from (fixture.here[0], &ada, 3, &of_ada);
    wire_matched_t match = expect_matched (fixture.here[0], &ada);
    assert_true (ident_equal (&match.partner, &eve));
    leave (fixture.here[0], &ada, 4);
    expect_left (fixture.here[0], &ada);
    // With nobody else there it is the one who has waited.
    search_from (fixture.here[0], &ada, 5, &of_ada);
    match = expect_matched (fixture.here[0], &ada);
    assert_true (ident_equal (&match.partner, &bob));
}

// She finds bob in line, who has waited longest, and a stranger who cannot meet him. Whom does she
// take? She leaves that chat.
static ident_t
choice (uint64_t *turn)
{
    ident_t stranger = ident_random ();
    wait_for_later_than (score_of (&bob));
    wait_from (fixture.there[0], &stranger, 1, &of_bob);
    search_from (fixture.here[0], &ada, ++*turn, &of_ada);
    ident_t partner = expect_matched (fixture.here[0], &ada).partner;
    leave (fixture.here[0], &ada, ++*turn);
    expect_left (fixture.here[0], &ada);
    leave (fixture.there[0], &stranger, 2);
    expect_left (fixture.there[0], &stranger);
    return partner;
}

static void
test_the_fourth_partner_back_is_as_good_as_anybody (void **state)
{
    (void) state;
    uint64_t of_her = 0, of_him = 0;
    wait_from (fixture.here[0], &ada, ++of_her, &of_ada);
    search_from (fixture.there[0], &bob, ++of_him, &of_bob);
    expect_matched (fixture.here[0], &ada);
    leave (fixture.here[0], &ada, ++of_her);
    expect_left (fixture.here[0], &ada);
    // For three partners of hers, and as long as he has not had three of his own.
    wait_from (fixture.there[0], &bob, ++of_him, &of_bob);
    for (int i = 0; i < 5; i++) {
        ident_t partner = choice (&of_her);
        assert_false (ident_equal (&partner, &bob));
    }
    for (int i = 0; i < 3; i++) {
        ident_t other = ident_random ();
        search (fixture.here[0], &other, 1);
        wire_matched_t match = expect_matched (fixture.here[0], &other);
        assert_true (ident_equal (&match.partner, &bob));
        leave (fixture.here[0], &other, 2);
        expect_left (fixture.here[0], &other);
        wait_from (fixture.there[0], &bob, ++of_him, &of_bob);
        ident_t partner = i < 2 ? choice (&of_her) : ident_nil;
        assert_false (ident_equal (&partner, &bob));
    }
    ident_t partner = choice (&of_her);
    assert_true (ident_equal (&partner, &bob));
    // No more are kept than count: each is a user and a time.
    const char *recent = field_of (&ada, "recent");
    assert_int_equal (strlen (recent), 3 * (36 + 1 + 13) + 2);
    // And then he is the latest again.
    wait_from (fixture.there[0], &bob, ++of_him, &of_bob);
    partner = choice (&of_her);
    assert_false (ident_equal (&partner, &bob));
}

static void
test_without_the_preference_two_meet_again_at_once (void **state)
{
    (void) state;
    uint64_t turns[] = {0, 0};
    chat (&ada, &turns[0], &bob, &turns[1]);
    chat (&ada, &turns[0], &bob, &turns[1]);
    chat (&bob, &turns[1], &ada, &turns[0]);
}

// --- When to ask again ---

static void
test_the_more_there_are_in_line_the_less_often_they_ask (void **state)
{
    (void) state;
    static const struct {
        int people;
        int again_ms;
    } lines[] = {{3998, 2000}, {10000, 5000}, {600000, 300000}, {700000, 300000}};
    int there = 0;
    for (int i = 0; i < 4; i++) {
        while (there < lines[i].people - 1) { // Redis is to have time for others, too.
            int more = there + 20000 < lines[i].people - 1 ? there + 20000 : lines[i].people - 1;
            redis_ask (fixture.redis, "EVAL %s 0 %s",
                       "for i = redis.call ('ZCARD', 'waiting_users') + 1, ARGV[1] do "
                       "  redis.call ('ZADD', 'waiting_users', i, i) "
                       "end",
                       number_text ((uint64_t) more));
            peer_hears (fixture.here[0], WIRE_MATCHED, 0); // Nobody falls silent meanwhile.
            there = more;
        }
        search (fixture.here[0], &ada, 1);
        wire_waiting_t waiting = expect_waiting (fixture.here[0], &ada);
        assert_int_equal (waiting.searching, lines[i].people);
        assert_int_equal (waiting.again_ms, lines[i].again_ms);
        leave (fixture.here[0], &ada, 2);
        expect_left (fixture.here[0], &ada);
        ada = ident_random ();
    }
}

#define WITH(before, test) cmocka_unit_test_setup_teardown (test, before, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (set_up_short_avoidance,
              test_the_search_is_to_be_repeated_just_when_the_partner_may_be_met_again),
        WITH (set_up_no_avoidance, test_with_a_third_in_line_the_two_never_meet_again),
        WITH (set_up_no_avoidance, test_the_fourth_partner_back_is_as_good_as_anybody),
        WITH (set_up_no_preference, test_without_the_preference_two_meet_again_at_once),
        WITH (set_up_long_lease, test_the_more_there_are_in_line_the_less_often_they_ask),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
