// queues_test.c -- who waits stands in all the queues of what it wants, and who does not in none.

#include <stdio.h>
#include <string.h>

#include "fixture.h"

// Digests, as a gateway makes them.
#define CATS "00000000000000c1"
#define DOGS "00000000000000d2"

static ident_t ada;
static ident_t bob;
static ident_t eve;
static ident_t nonce;

static const wish_t cats_and_dogs = {.interests = CATS DOGS, .language = "en"};

static void
invent_people (void)
{
    ada = ident_random ();
    bob = ident_random ();
    eve = ident_random ();
    nonce = ident_random ();
}

static int
set_up_people (void **state)
{
    invent_people ();
    return set_up (state);
}

static int
set_up_lease (void **state, const char *lease_ms)
{
    invent_people ();
    set_up_nothing (state);
    fixture.interest_wait_ms = "0";
    fixture.lease_ms = lease_ms;
    start_matcher (0);
    dial (0);
    return 0;
}

static int
set_up_no_wait (void **state)
{
    return set_up_lease (state, "6000");
}

static int
set_up_short_lease (void **state)
{
    return set_up_lease (state, "1000");
}

// The queues that a user stands in, "any" being the one of those who want nothing.
static const char *
queues_of (const ident_t *user)
{
    return redis_ask (fixture.redis, "EVAL %s 0 %s",
                      "local found = {} "
                      "for _, name in ipairs (redis.call ('KEYS', 'queue:*')) do "
                      "  if redis.call ('ZSCORE', name, ARGV[1]) then "
                      "    found[#found + 1] = string.sub (name, 7) "
                      "  end "
                      "end "
                      "table.sort (found) "
                      "return found",
                      named (user));
}

#define OPEN_QUEUES ". .en " CATS ". " CATS ".en " DOGS ". " DOGS ".en"

static void
stand_in_line (peer_t *gateway, uint64_t turn)
{
    search_for (gateway, &ada, turn, &cats_and_dogs);
    expect_waiting (gateway, &ada);
    assert_string_equal (queues_of (&ada), OPEN_QUEUES);
    assert_string_equal (find_wrong (), "");
}

static void
test_who_leaves_is_in_no_queue (void **state)
{
    (void) state;
    stand_in_line (fixture.here[0], 1);
    leave (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    assert_string_equal (lasting_keys (), "");
}

static void
test_who_is_lost_is_in_no_queue_until_it_comes_back (void **state)
{
    (void) state;
    stand_in_line (fixture.here[0], 1);
    long since = score_of (&ada);
    lose (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    assert_string_equal (lasting_keys (), "");
    resume (fixture.there[0], &ada, &nonce);
    wire_resumed_t resumed =
        expect_resumed (fixture.there[0], &ada, &nonce, DOING_SEARCHING);
    assert_word (&resumed.interests, CATS DOGS);
    assert_word (&resumed.language, "en");
    assert_string_equal (queues_of (&ada), OPEN_QUEUES);
    assert_int_equal (score_of (&ada), since);
    assert_string_equal (find_wrong (), "");
}

static void
test_who_moves_is_found_where_it_is (void **state)
{
    (void) state;
    stand_in_line (fixture.here[0], 1);
    resume (fixture.there[0], &ada, &nonce);
    expect_resumed (fixture.there[0], &ada, &nonce, DOING_SEARCHING);
    search_for (fixture.here[0], &bob, 1, &(wish_t){.interests = DOGS});
    wire_matched_t match = expect_matched (fixture.there[0], &ada);
    assert_true (ident_equal (&match.partner, &bob));
    assert_word (&match.shared, DOGS);
    assert_string_equal (queues_of (&ada), "");
    assert_string_equal (find_wrong (), "");
}

static void
test_a_waiter_of_a_dead_gateway_is_in_no_queue (void **state)
{
    (void) state;
    peer_t *dead = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    stand_in_line (dead, 1);
    peer_close (&dead);
    WAIT_FOR (redis_count (fixture.redis, "EXISTS waiting_users") == 0);
    assert_string_equal (lasting_keys (), "");
    assert_string_equal (state_of (&ada), "dropped");
}

static void
test_a_ghost_is_dropped_from_all_its_queues_at_once (void **state)
{
    (void) state;
    peer_t *dead = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    stand_in_line (dead, 1);
    redis_ask (fixture.redis, "ZADD gateways 1 %s", named (peer_instance (dead)));
    peer_close (&dead);
    // Who comes upon it in one queue takes it out of the others, too.
    search (fixture.here[0], &bob, 1);
    expect_waiting (fixture.here[0], &bob);
    assert_string_equal (queues_of (&ada), "");
    assert_string_equal (redis_ask (fixture.redis, "KEYS queue:*"), "queue:.");
    assert_string_equal (find_wrong (), "");
}

static void
test_who_is_held_in_a_chat_is_in_no_queue (void **state)
{
    (void) state;
    stand_in_line (fixture.here[0], 1);
    wire_matched_t match = {
        .user = ada, .turn = 2, .chat = ident_timed (1), .partner = bob,
        .partner_gateway = *peer_instance (fixture.there[0]), .side = SIDE_A,
        .started_ms = 1,
    };
    hold_chat (fixture.here[0], &match);
    expect_held (fixture.here[0], &ada, 2);
    assert_string_equal (queues_of (&ada), "");
    assert_string_equal (find_wrong (), "");
}

static void
test_another_wish_changes_the_queues_and_keeps_the_place (void **state)
{
    (void) state;
    search_for (fixture.here[0], &ada, 1, &(wish_t){.interests = CATS});
    expect_waiting (fixture.here[0], &ada);
    assert_string_equal (queues_of (&ada), CATS ".");
    long since = score_of (&ada);
    wait_for_later_than (since + 20);
    search_for (fixture.here[0], &ada, 2, &(wish_t){.interests = DOGS, .language = "fr"});
    wire_waiting_t waiting = expect_waiting (fixture.here[0], &ada);
    assert_true (waiting.waited_ms >= 20);
    assert_int_equal (waiting.turn, 2);
    assert_string_equal (queues_of (&ada), DOGS ".fr");
    assert_int_equal (score_of (&ada), since);
    // Whoever wants what she wanted before does not meet her.
    search_for (fixture.there[0], &bob, 1, &(wish_t){.interests = CATS});
    expect_waiting (fixture.there[0], &bob);
    search_for (fixture.here[0], &ada, 3, &(wish_t){.language = "fr"});
    expect_waiting (fixture.here[0], &ada);
    assert_string_equal (queues_of (&ada), ".fr");
    // Without a wish she meets anybody who wants her; a late repeat of before is stale.
    search (fixture.here[0], &ada, 4);
    expect_waiting (fixture.here[0], &ada);
    assert_string_equal (queues_of (&ada), ".");
    search_for (fixture.here[0], &ada, 3, &(wish_t){.interests = CATS});
    expect_refused (fixture.here[0], &ada, REFUSAL_STALE);
    search_for (fixture.here[0], &ada, 5, &(wish_t){.interests = CATS});
    wire_matched_t match = expect_matched (fixture.here[0], &ada);
    assert_true (ident_equal (&match.partner, &bob));
    assert_true (match.waited_b_ms >= 20);
    assert_string_equal (queues_of (&ada), "");
    assert_string_equal (find_wrong (), "");
}

static void
test_who_was_in_line_before_there_were_queues_gets_into_them (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    long since = score_of (&ada);
    redis_ask (fixture.redis, "DEL queue:.");
    static const char *const later[] = {"browser", "interests", "language", "recent"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        set_field (&ada, later[i], "");
    }
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    assert_int_equal (score_of (&ada), since);
    assert_int_equal (redis_count (fixture.redis, "ZSCORE queue:. %s", named (&ada)),
                      since);
    search (fixture.there[0], &bob, 1);
    expect_matched (fixture.there[0], &bob);
}

static void
test_who_stands_in_a_foreign_queue_is_taken_out_of_that (void **state)
{
    (void) state;
    search_for (fixture.here[0], &ada, 1, &(wish_t){.interests = CATS});
    expect_waiting (fixture.here[0], &ada);
    redis_ask (fixture.redis, "ZADD queue:. 1 %s", named (&ada));
    redis_ask (fixture.redis, "ZADD queue:" DOGS ". 1 %s", named (&ada));
    search (fixture.there[0], &bob, 1);
    expect_waiting (fixture.there[0], &bob);
    search_for (fixture.there[0], &eve, 1, &(wish_t){.interests = DOGS});
    expect_waiting (fixture.there[0], &eve);
    assert_string_equal (queues_of (&ada), CATS ".");
    assert_string_equal (find_wrong (), "");
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_ghosts_total"), 0);
    // Her own is as it was; whoever comes upon her in both finds her there.
    redis_ask (fixture.redis, "ZADD queue:" DOGS ". 1 %s", named (&ada));
    leave (fixture.there[0], &eve, 2);
    expect_left (fixture.there[0], &eve);
    ident_t zoe = ident_random ();
    search_for (fixture.there[0], &zoe, 1, &(wish_t){.interests = CATS DOGS});
    wire_matched_t match = expect_matched (fixture.there[0], &zoe);
    assert_true (ident_equal (&match.partner, &ada));
}

static void
test_what_stands_in_line_and_is_nobody_is_swept (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    redis_ask (fixture.redis, "EVAL %s 0",
               "for i = 1, 500 do redis.call ('ZADD', 'waiting_users', i, 'nobody' .. i) end "
               "redis.call ('SET', 'user:nobody7', 'nonsense')");
    WAIT_FOR ((lease (fixture.here[0]),
               redis_count (fixture.redis, "ZCARD waiting_users") == 1));
    assert_true (score_of (&ada) > 0);
}

static void
test_who_comes_back_is_told_its_wish_and_the_partner_s_browser (void **state)
{
    (void) state;
    ident_t browsers[] = {ident_random (), ident_random ()};
    wish_t wish = {.browser = &browsers[0], .interests = CATS DOGS, .language = "en"};
    search_for (fixture.here[0], &ada, 1, &wish);
    expect_waiting (fixture.here[0], &ada);
    wish.browser = &browsers[1];
    search_for (fixture.there[0], &bob, 1, &wish);
    wire_matched_t for_bob = expect_matched (fixture.there[0], &bob);
    wire_matched_t for_ada = expect_matched (fixture.here[0], &ada);
    assert_true (ident_equal (&for_bob.partner_browser, &browsers[0]));
    assert_true (ident_equal (&for_ada.partner_browser, &browsers[1]));
    resume (fixture.there[0], &ada, &nonce);
    wire_resumed_t resumed =
        expect_resumed (fixture.there[0], &ada, &nonce, DOING_CHATTING);
    assert_true (ident_equal (&resumed.partner_browser, &browsers[1]));
    assert_word (&resumed.interests, CATS DOGS);
    assert_word (&resumed.language, "en");
    leave (fixture.there[0], &bob, 2);
    expect_left (fixture.there[0], &bob);
    nonce = ident_random ();
    resume (fixture.here[0], &ada, &nonce);
    resumed = expect_resumed (fixture.here[0], &ada, &nonce, DOING_PARTED);
    assert_true (ident_equal (&resumed.partner_browser, &browsers[1]));
    assert_word (&resumed.interests, CATS DOGS);
    resume (fixture.here[0], &bob, &nonce);
    resumed = expect_resumed (fixture.here[0], &bob, &nonce, DOING_NOTHING);
    assert_true (ident_is_nil (&resumed.partner_browser));
    assert_word (&resumed.language, "en");
}

#define WITH(before, test) cmocka_unit_test_setup_teardown (test, before, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (set_up_no_wait, test_who_leaves_is_in_no_queue),
        WITH (set_up_no_wait, test_who_is_lost_is_in_no_queue_until_it_comes_back),
        WITH (set_up_no_wait, test_who_moves_is_found_where_it_is),
        WITH (set_up_short_lease, test_a_waiter_of_a_dead_gateway_is_in_no_queue),
        WITH (set_up_no_wait, test_a_ghost_is_dropped_from_all_its_queues_at_once),
        WITH (set_up_no_wait, test_who_is_held_in_a_chat_is_in_no_queue),
        WITH (set_up_people, test_another_wish_changes_the_queues_and_keeps_the_place),
        WITH (set_up_people, test_who_was_in_line_before_there_were_queues_gets_into_them),
        WITH (set_up_people, test_who_stands_in_a_foreign_queue_is_taken_out_of_that),
        WITH (set_up_short_lease, test_what_stands_in_line_and_is_nobody_is_swept),
        WITH (set_up_people,
              test_who_comes_back_is_told_its_wish_and_the_partner_s_browser),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
