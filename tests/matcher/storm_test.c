// storm_test.c -- random requests of many users, who move between two gateways, through two
// matchers, one of which is killed again and again; what Redis holds is consistent at every moment,
// and nothing is left behind.
//
// The seed is printed; STORM_SEED=... replays its requests (not the timing of the processes).

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define USERS 60
#define REQUESTS 6000
#define HEAR_EVERY 10   // Requests between two looks at what has come in.
#define LOOK_EVERY 250  // Requests between two looks at Redis.
#define KILL_EVERY 2000 // Requests between two deaths of a matcher.

typedef struct {
    ident_t id;
    uint64_t turn;        // Of its last request.
    bool leaving;         // That was a LEAVE.
    bool lost;            // That was a LEAVE of somebody whose connection is lost.
    int gateway;          // 0: here, 1: there.
    wire_matched_t match; // The last that it was told; nobody's if none.
    wire_matched_t left;  // The chat that its last request left; nobody's if none.
    const char *interests; // What it searches by.
    const char *language;
} user_t;

static const char *const interests[] = {
    "", "00000000000000c1", "00000000000000d2", "00000000000000c100000000000000d2",
};
static const char *const languages[] = {"", "en", "fr"};

static user_t users[USERS];
static uint64_t seed;
static int moves; // That were made.

// xorshift64*, by Marsaglia and Vigna.
static uint64_t
draw (uint64_t below)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (seed * 0x2545f4914f6cdd1dULL >> 32) % below;
}

static peer_t *
gateway_of (const user_t *user, int matcher)
{
    return user->gateway == 0 ? fixture.here[matcher] : fixture.there[matcher];
}

static void
send_last (const user_t *user, int matcher)
{
    bool names_chat = !ident_is_nil (&user->left.chat);
    if (user->leaving && names_chat) {
        leave_chat (gateway_of (user, matcher), &user->left, user->turn, 1, 1);
    }
    else if (user->lost && !names_chat) {
        lose (gateway_of (user, matcher), &user->id, user->turn);
    }
    else if (user->leaving) {
        leave (gateway_of (user, matcher), &user->id, user->turn);
    }
    else {
        wire_search_t asked = leaving (&user->left, user->turn);
        asked.user = user->id;
        asked.interests = word_of (user->interests);
        asked.language = word_of (user->language);
        send_search (gateway_of (user, matcher), &asked);
    }
}

// Comes back at the other gateway, which goes on from the turn that it is told.
static void
move (user_t *user, int matcher)
{
    ident_t nonce = ident_random ();
    user->gateway = 1 - user->gateway;
    peer_t *gateway = gateway_of (user, matcher);
    resume (gateway, &user->id, &nonce);
    while (peer_hears (gateway, WIRE_RESUMED, 500)) {
        const wire_resumed_t *resumed = &peer_heard (gateway)->as.resumed;
        if (ident_equal (&resumed->nonce, &nonce)) {
            assert_true (resumed->turn > user->turn);
            user->turn = resumed->turn;
            moves++;
            return;
        }
    }
}

static void
hold_any (const user_t *user, int matcher)
{
    wire_matched_t match = user->match;
    match.turn = user->turn;
    if (!ident_is_nil (&match.chat)) {
        hold_chat (gateway_of (user, matcher), &match);
    }
}

static void
send_any (void)
{
    user_t *user = &users[draw (USERS)];
    uint64_t choice = draw (12);
    if (choice >= 10 && user->turn > 0) {
        if (choice == 10) {
            move (user, (int) draw (2));
        }
        else {
            hold_any (user, (int) draw (2));
        }
        return;
    }
    if (choice >= 3 || user->turn == 0) {
        user->turn++;
        user->leaving = choice >= 8;
        user->lost = choice == 9;
        user->left = draw (4) > 0 ? user->match : (wire_matched_t){.turn = 0};
        user->interests = interests[draw (4)];
        user->language = languages[draw (3)];
    }
    send_last (user, (int) draw (2));
}

// Takes what has come in: users know the chats they are told of.
static void
hear_all (void)
{
    peer_t *all[] = {fixture.here[0], fixture.here[1], fixture.there[0], fixture.there[1]};
    for (int i = 0; i < 4; i++) {
        while (peer_hears (all[i], WIRE_MATCHED, 0)) {
            const wire_matched_t *match = &peer_heard (all[i])->as.matched;
            for (int u = 0; u < USERS; u++) {
                if (ident_equal (&users[u].id, &match->user)) {
                    users[u].match = *match;
                }
            }
        }
    }
}

static void
restart_second_matcher (void)
{
    service_kill (&fixture.matchers[1]);
    peer_close (&fixture.here[1]);
    peer_close (&fixture.there[1]);
    start_matcher (1);
    dial (1);
}

static void
test_random_requests_leave_redis_consistent_and_clean (void **state)
{
    (void) state;
    const char *given = getenv ("STORM_SEED");
    seed = given != NULL ? strtoull (given, NULL, 10) : now_ms () + 1;
    print_message ("STORM_SEED=%" PRIu64 "\n", seed);
    fixture.avoid_ms = "5";
    fixture.interest_wait_ms = "20";
    start_matcher (0);
    dial (0);
    start_matcher (1);
    dial (1);
    for (int i = 0; i < USERS; i++) {
        users[i] = (user_t){.id = ident_random (), .gateway = (int) draw (2)};
    }
    for (int i = 1; i <= REQUESTS; i++) {
        send_any ();
        if (i % HEAR_EVERY == 0) {
            hear_all ();
        }
        if (i % KILL_EVERY == 0) {
            restart_second_matcher ();
        }
        if (i % LOOK_EVERY == 0) {
            assert_string_equal (find_wrong (), "");
        }
    }
    for (int i = 0; i < USERS; i++) {
        users[i].turn++;
        users[i].leaving = true;
        users[i].lost = false;
        users[i].left = (wire_matched_t){.turn = 0};
        WAIT_FOR (
            (send_last (&users[i], 0),
             peer_hears (gateway_of (&users[i], 0), WIRE_LEFT, 100)
                 && ident_equal (&peer_heard (gateway_of (&users[i], 0))->as.left.user,
                                 &users[i].id)));
    }
    WAIT_FOR (lasting_keys ()[0] == '\0');
    assert_string_equal (find_wrong (), "");
    assert_string_equal (find_unfinished (), "");
    print_message ("%ld records, %d moves\n", redis_count (fixture.redis, "XLEN records"),
                   moves);
    assert_true (moves > 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (
            test_random_requests_leave_redis_consistent_and_clean, set_up_nothing,
            tear_down),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
