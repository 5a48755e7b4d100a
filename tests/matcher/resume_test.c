// resume_test.c -- somebody comes back, to the same gateway or another, and goes on where it was.

#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define MOVED_TURN 65536 // The turn after the first RESUME of somebody whose turn was low.

static ident_t ada;
static ident_t bob;
static ident_t first;
static ident_t second;
static peer_t *elsewhere; // A third gateway.

static void
invent_people (void)
{
    ada = ident_random ();
    bob = ident_random ();
    first = ident_random ();
    second = ident_random ();
}

static int
set_up_people (void **state)
{
    invent_people ();
    set_up (state);
    elsewhere = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    return 0;
}

static int
set_up_short_lease (void **state)
{
    invent_people ();
    set_up_nothing (state);
    fixture.lease_ms = "500";
    start_matcher (0);
    dial (0);
    elsewhere = peer_dial (fixture.bus_ports[0], ROLE_GATEWAY, ROLE_MATCHER);
    return 0;
}

static int
tear_down_all (void **state)
{
    peer_close (&elsewhere);
    return tear_down (state);
}

static void
assert_goes_on (const wire_resumed_t *resumed, const wire_matched_t *match)
{
    assert_true (ident_equal (&resumed->chat, &match->chat));
    assert_true (ident_equal (&resumed->partner, &match->partner));
    assert_true (ident_equal (&resumed->partner_gateway, &match->partner_gateway));
    assert_int_equal (resumed->reason, REASON_NONE);
    assert_int_equal (resumed->side, match->side);
    assert_int_equal (resumed->started_ms, match->started_ms);
    assert_int_equal (resumed->waited_a_ms, match->waited_a_ms);
    assert_int_equal (resumed->waited_b_ms, match->waited_b_ms);
}

static void
test_a_chat_goes_on_at_another_gateway (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    resume (elsewhere, &ada, &first);
    wire_resumed_t resumed = expect_resumed (elsewhere, &ada, &first, DOING_CHATTING);
    assert_int_equal (resumed.turn, MOVED_TURN);
    assert_goes_on (&resumed, &match);
    expect_taken (fixture.here[0], &ada, 1);
    assert_int_equal (redis_count (fixture.redis, "EXISTS held:%s",
                                   named (peer_instance (fixture.here[0]))),
                      0);
    // Whatever the old gateway still asks is too old.
    search_leaving (fixture.here[0], &match, 2);
    expect_refused (fixture.here[0], &ada, REFUSAL_STALE);
    leave_chat (fixture.here[0], &match, 3, 0, 0);
    expect_refused (fixture.here[0], &ada, REFUSAL_STALE);
    assert_false (peer_hears (fixture.there[0], WIRE_ENDED, 0));
    // The partner, coming back too, learns where ada is now.
    resume (fixture.there[0], &bob, &second);
    resumed = expect_resumed (fixture.there[0], &bob, &second, DOING_CHATTING);
    assert_true (ident_equal (&resumed.partner_gateway, peer_instance (elsewhere)));
    leave (elsewhere, &ada, MOVED_TURN + 1);
    expect_left (elsewhere, &ada);
    expect_ended (fixture.there[0], &bob, &match.chat, REASON_ENDED);
    assert_string_equal (lasting_keys (), "");
}

static void
test_an_end_reaches_the_gateway_that_the_partner_has_moved_to (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    resume (elsewhere, &ada, &first);
    expect_resumed (elsewhere, &ada, &first, DOING_CHATTING);
    leave (fixture.there[0], &bob, 2);
    expect_ended (elsewhere, &ada, &match.chat, REASON_ENDED);
}

static void
test_a_repeated_resume_is_answered_the_same (void **state)
{
    (void) state;
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    resume (elsewhere, &ada, &first);
    wire_resumed_t resumed = expect_resumed (elsewhere, &ada, &first, DOING_CHATTING);
    expect_taken (fixture.here[0], &ada, 1);
    for (int i = 0; i < 3; i++) {
        resume (elsewhere, &ada, &first);
        wire_resumed_t again = expect_resumed (elsewhere, &ada, &first, DOING_CHATTING);
        assert_same_resumed (&again, &resumed);
    }
    assert_false (peer_hears (fixture.here[0], WIRE_TAKEN, 0));
    // Another gateway cannot come with the same nonce.
    resume (fixture.here[0], &ada, &first);
    expect_refused (fixture.here[0], &ada, REFUSAL_STALE);
    // What comes after a later request of the user's is too late.
    leave (elsewhere, &ada, MOVED_TURN + 1);
    expect_left (elsewhere, &ada);
    resume (elsewhere, &ada, &first);
    expect_refused (elsewhere, &ada, REFUSAL_STALE);
}

static void
test_an_old_nonce_after_a_further_move_changes_nothing (void **state)
{
    (void) state;
    make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    resume (elsewhere, &ada, &first);
    expect_resumed (elsewhere, &ada, &first, DOING_CHATTING);
    resume (fixture.here[0], &ada, &second);
    wire_resumed_t resumed =
        expect_resumed (fixture.here[0], &ada, &second, DOING_CHATTING);
    assert_int_equal (resumed.turn, 2 * MOVED_TURN);
    expect_taken (elsewhere, &ada, MOVED_TURN);
    resume (elsewhere, &ada, &first);
    expect_refused (elsewhere, &ada, REFUSAL_STALE);
    assert_int_equal (metric_value (fixture.admin_ports[0], "matcher_stale_total"), 1);
    assert_false (peer_hears (fixture.here[0], WIRE_TAKEN, 0));
    assert_string_equal (field_of (&ada, "gateway"),
                         named (peer_instance (fixture.here[0])));
    assert_int_equal (atol (field_of (&ada, "turn")), 2 * MOVED_TURN);
}

static void
test_a_lost_waiter_has_its_place_again (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    long since = score_of (&ada);
    lose (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    assert_int_equal (redis_count (fixture.redis, "EXISTS waiting_users"), 0);
    assert_string_equal (lasting_keys (), "");
    wait_for_later_than (since + 20);
    resume (elsewhere, &ada, &first);
    wire_resumed_t resumed = expect_resumed (elsewhere, &ada, &first, DOING_SEARCHING);
    assert_true (resumed.waits_ms >= 20);
    assert_true (ident_is_nil (&resumed.chat));
    assert_int_equal (score_of (&ada), since);
    search (elsewhere, &ada, resumed.turn + 1);
    expect_waiting (elsewhere, &ada);
    assert_int_equal (score_of (&ada), since);
    // Back by a SEARCH alone, at the same gateway, it has its place, too.
    lose (elsewhere, &ada, resumed.turn + 2);
    expect_left (elsewhere, &ada);
    search (elsewhere, &ada, resumed.turn + 3);
    expect_waiting (elsewhere, &ada);
    assert_int_equal (score_of (&ada), since);
}

static void
test_a_lost_waiter_that_is_given_up_comes_too_late (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    lose (fixture.here[0], &ada, 2);
    expect_left (fixture.here[0], &ada);
    lose (fixture.here[0], &ada, 2); // A repeat does not give it up.
    expect_left (fixture.here[0], &ada);
    assert_string_equal (state_of (&ada), "dropped");
    lose (fixture.here[0], &ada, 3);
    expect_left (fixture.here[0], &ada);
    assert_string_equal (state_of (&ada), "left");
    resume (elsewhere, &ada, &first);
    wire_resumed_t resumed = expect_resumed (elsewhere, &ada, &first, DOING_UNKNOWN);
    // The old gateway has been told all the same.
    assert_int_equal (resumed.turn, MOVED_TURN);
    expect_taken (fixture.here[0], &ada, 3);
    assert_int_equal (redis_count (fixture.redis, "EXISTS waiting_users"), 0);
    assert_string_equal (lasting_keys (), "");
}

static void
test_who_ends_a_search_after_the_partner_was_cut_off_has_no_place (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    wire_t wire = {
        .kind = WIRE_LEAVE,
        // As long as its gateway does not know that the search was heard of, it says why the chat was over.
        .as.leave = {.user = ada, .turn = 2, .reason = REASON_DISCONNECTED,
                     .chat = ident_timed (1), .by_partner = 1},
    };
    peer_send (fixture.here[0], &wire);
    expect_left (fixture.here[0], &ada);
    assert_string_equal (state_of (&ada), "left");
    search (fixture.here[0], &ada, 3);
    assert_true (expect_waiting (fixture.here[0], &ada).waited_ms == 0);
}

static void
test_a_resumed_waiter_is_matched_where_it_is (void **state)
{
    (void) state;
    search (fixture.here[0], &ada, 1);
    expect_waiting (fixture.here[0], &ada);
    resume (elsewhere, &ada, &first);
    wire_resumed_t resumed = expect_resumed (elsewhere, &ada, &first, DOING_SEARCHING);
    search (fixture.there[0], &bob, 1);
    wire_matched_t for_bob = expect_matched (fixture.there[0], &bob);
    assert_true (ident_equal (&for_bob.partner_gateway, peer_instance (elsewhere)));
    wire_matched_t for_ada = expect_matched (elsewhere, &ada);
    assert_int_equal (for_ada.turn, resumed.turn);
    assert_false (peer_hears (fixture.here[0], WIRE_MATCHED, 0));
    // Its SEARCH after the RESUME is answered with that match.
    search (elsewhere, &ada, resumed.turn + 1);
    wire_matched_t again = expect_matched (elsewhere, &ada);
    assert_true (ident_equal (&again.chat, &for_ada.chat));
    assert_int_equal (again.started_ms, for_ada.started_ms);
    // A repeat of the RESUME that comes late would take it back.
    resume (elsewhere, &ada, &first);
    expect_refused (elsewhere, &ada, REFUSAL_STALE);
}

static void
test_who_comes_back_learns_that_the_partner_has_ended_it (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    leave (fixture.there[0], &bob, 2);
    expect_left (fixture.there[0], &bob);
    resume (elsewhere, &ada, &first);
    wire_resumed_t resumed = expect_resumed (elsewhere, &ada, &first, DOING_PARTED);
    assert_true (ident_equal (&resumed.chat, &match.chat));
    assert_true (ident_equal (&resumed.partner, &bob));
    assert_int_equal (resumed.reason, REASON_ENDED);
    assert_int_equal (resumed.started_ms, match.started_ms);
    resume (elsewhere, &ada, &first);
    expect_resumed (elsewhere, &ada, &first, DOING_PARTED);
    // Who ended it comes back to nothing.
    resume (elsewhere, &bob, &second);
    expect_resumed (elsewhere, &bob, &second, DOING_NOTHING);
    assert_string_equal (lasting_keys (), "");
}

static void
test_the_same_if_its_own_gateway_said_that_first (void **state)
{
    (void) state;
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    wire_t left = {.kind = WIRE_LEAVE,
                   .as.leave = {.user = ada, .turn = 2, .reason = REASON_ENDED,
                                .chat = match.chat, .partner = bob, .by_partner = 1}};
    for (unsigned i = 0; i < 2; i++) { // Bob's own LEAVE was lost; then he has left already.
        peer_send (fixture.here[0], &left);
        expect_left (fixture.here[0], &ada);
        assert_string_equal (state_of (&ada), "parted");
        left.as.leave.turn++;
    }
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), 2);
    resume (elsewhere, &ada, &first);
    wire_resumed_t resumed = expect_resumed (elsewhere, &ada, &first, DOING_PARTED);
    assert_true (ident_equal (&resumed.chat, &match.chat));
    assert_string_equal (lasting_keys (), "");
}

static void
test_somebody_unknown_comes_too_late_and_leaves_no_row (void **state)
{
    (void) state;
    // While gateways may still be saying whom they hold it is asked to come again.
    resume (elsewhere, &ada, &first);
    expect_refused (elsewhere, &ada, REFUSAL_BUSY);
    WAIT_FOR ((resume (elsewhere, &ada, &first), peer_hears (elsewhere, WIRE_RESUMED, 50)));
    const wire_resumed_t *resumed = &peer_heard (elsewhere)->as.resumed;
    assert_int_equal (resumed->doing, DOING_UNKNOWN);
    assert_int_equal (resumed->turn, 0);
    assert_int_equal (redis_count (fixture.redis, "EXISTS user:%s", named (&ada)), 0);
    assert_string_equal (lasting_keys (), "");
}

static void
test_a_killed_matcher_s_resume_is_answered_by_another (void **state)
{
    (void) state;
    start_matcher (1);
    dial (1);
    wire_matched_t match = make_match (fixture.here[0], &ada, fixture.there[0], &bob);
    resume (fixture.there[0], &ada, &first);
    wire_resumed_t resumed =
        expect_resumed (fixture.there[0], &ada, &first, DOING_CHATTING);
    service_kill (&fixture.matchers[0]);
    resume (fixture.there[1], &ada, &first);
    wire_resumed_t again = expect_resumed (fixture.there[1], &ada, &first, DOING_CHATTING);
    assert_same_resumed (&again, &resumed);
    assert_true (ident_equal (&again.chat, &match.chat));
}

#define WITH(before, test) cmocka_unit_test_setup_teardown (test, before, tear_down_all)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (set_up_people, test_a_chat_goes_on_at_another_gateway),
        WITH (set_up_people, test_an_end_reaches_the_gateway_that_the_partner_has_moved_to),
        WITH (set_up_people, test_a_repeated_resume_is_answered_the_same),
        WITH (set_up_people, test_an_old_nonce_after_a_further_move_changes_nothing),
        WITH (set_up_people, test_a_lost_waiter_has_its_place_again),
        WITH (set_up_people, test_a_lost_waiter_that_is_given_up_comes_too_late),
        WITH (set_up_people, test_who_ends_a_search_after_the_partner_was_cut_off_has_no_place),
        WITH (set_up_people, test_a_resumed_waiter_is_matched_where_it_is),
        WITH (set_up_people, test_who_comes_back_learns_that_the_partner_has_ended_it),
        WITH (set_up_people, test_the_same_if_its_own_gateway_said_that_first),
        WITH (set_up_short_lease, test_somebody_unknown_comes_too_late_and_leaves_no_row),
        WITH (set_up_people, test_a_killed_matcher_s_resume_is_answered_by_another),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
