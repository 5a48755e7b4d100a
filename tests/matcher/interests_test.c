// interests_test.c -- who shares an interest or a language meets first, and for a while nobody
// else.

#include <stdio.h>
#include <string.h>

#include "fixture.h"

// Digests, as a gateway makes them.
#define CATS "00000000000000c1"
#define DOGS "00000000000000d2"
#define BEES "00000000000000b3"

#define LONG_MS 6000 // Who has waited for so long meets anybody.

static ident_t ada;
static ident_t bob;
static ident_t eve;

static void
invent_people (void)
{
    ada = ident_random ();
    bob = ident_random ();
    eve = ident_random ();
}

static int
set_up_people (void **state)
{
    invent_people ();
    return set_up (state);
}

static int
set_up_short_wait (void **state)
{
    invent_people ();
    set_up_nothing (state);
    fixture.interest_wait_ms = "600";
    start_matcher (0);
    dial (0);
    return 0;
}

// A SEARCH by somebody new, who has waited for so long already.
static void
search_waited (peer_t *gateway, const ident_t *user, uint64_t turn, const char *interests,
               const char *language, uint64_t waits_ms)
{
    wire_search_t asked = {
        .user = *user, .turn = turn, .interests = word_of (interests),
        .language = word_of (language), .waits_ms = waits_ms,
    };
    send_search (gateway, &asked);
}

// Somebody new stands in line; returned is who.
static ident_t
waiter (const char *interests, const char *language, uint64_t waits_ms)
{
    ident_t user = ident_random ();
    search_waited (fixture.here[0], &user, 1, interests, language, waits_ms);
    expect_waiting (fixture.here[0], &user);
    return user;
}

// Somebody new searches and meets that partner.
static wire_matched_t
meets (const char *interests, const char *language, uint64_t waits_ms,
       const ident_t *partner)
{
    ident_t user = ident_random ();
    search_waited (fixture.there[0], &user, 1, interests, language, waits_ms);
    wire_matched_t match = expect_matched (fixture.there[0], &user);
    assert_true (ident_equal (&match.partner, partner));
    return match;
}

static const char *
queues (void)
{
    return redis_ask (fixture.redis, "EVAL %s 0",
                      "local names = redis.call ('KEYS', 'queue:*') "
                      "table.sort (names) "
                      "return names");
}

static void
test_two_who_share_interests_are_told_which (void **state)
{
    (void) state;
    search_for (fixture.here[0], &ada, 1, &(wish_t){.interests = CATS DOGS});
    expect_waiting (fixture.here[0], &ada);
    search_for (fixture.there[0], &bob, 1, &(wish_t){.interests = BEES DOGS});
    wire_matched_t for_bob = expect_matched (fixture.there[0], &bob);
    wire_matched_t for_ada = expect_matched (fixture.here[0], &ada);
    assert_word (&for_bob.shared, DOGS);
    assert_word (&for_ada.shared, DOGS);
    assert_true (ident_is_nil (&for_ada.undoes));
    assert_string_equal (queues (), "");
    // A repeat is told the same, even once it is over.
    search_for (fixture.here[0], &ada, 1, &(wish_t){.interests = CATS DOGS});
    wire_matched_t again = expect_matched (fixture.here[0], &ada);
    assert_same_match (&again, &for_ada);
    leave (fixture.there[0], &bob, 2);
    expect_left (fixture.there[0], &bob);
    search_for (fixture.here[0], &ada, 1, &(wish_t){.interests = CATS DOGS});
    again = expect_matched (fixture.here[0], &ada);
    assert_same_match (&again, &for_ada);
    // What was shared before is not what the next share.
    search_for (fixture.here[0], &ada, 2, &(wish_t){.interests = CATS});
    expect_waiting (fixture.here[0], &ada);
    search_for (fixture.there[0], &eve, 1, &(wish_t){.interests = CATS});
    for_ada = expect_matched (fixture.here[0], &ada);
    assert_word (&for_ada.shared, CATS);
    leave (fixture.here[0], &ada, 3);
    expect_left (fixture.here[0], &ada);
    search (fixture.here[0], &ada, 4);
    expect_waiting (fixture.here[0], &ada);
    ident_t zoe = ident_random ();
    search (fixture.there[0], &zoe, 1);
    expect_matched (fixture.here[0], &ada);
    search (fixture.here[0], &ada, 4);
    for_ada = expect_matched (fixture.here[0], &ada);
    assert_true (ident_equal (&for_ada.partner, &zoe));
    assert_word (&for_ada.shared, "");
}

static void
test_a_stranger_is_met_after_the_wait_and_not_before (void **state)
{
    (void) state;
    static const wish_t wishes[] = {{.interests = CATS}, {.language = "en"}};
    for (int i = 0; i < 2; i++) {
        invent_people ();
        search (fixture.there[0], &eve, 1);
        expect_waiting (fixture.there[0], &eve);
        search_for (fixture.here[0], &ada, 1, &wishes[i]);
        wire_waiting_t waiting = expect_waiting (fixture.here[0], &ada);
        assert_int_equal (waiting.waited_ms, 0);
        assert_int_equal (waiting.again_ms, 600);
        assert_int_equal (waiting.searching, 2);
        do {
            search_for (fixture.here[0], &ada, 1, &wishes[i]);
            assert_true (peer_hears (fixture.here[0], WIRE_NONE, DEADLINE_MS));
        } while (peer_heard (fixture.here[0])->kind == WIRE_WAITING);
        assert_int_equal (peer_heard (fixture.here[0])->kind, WIRE_MATCHED);
        const wire_matched_t *matched = &peer_heard (fixture.here[0])->as.matched;
        assert_true (ident_equal (&matched->partner, &eve));
        assert_int_equal (matched->shared.bytes, 0);
        assert_int_equal (matched->side, SIDE_B);
        assert_true (matched->waited_b_ms >= 600);
    }
}

static void
test_a_search_is_to_be_repeated_just_when_it_opens (void **state)
{
    (void) state;
    search_for (fixture.here[0], &ada, 1, &(wish_t){.interests = CATS});
    expect_waiting (fixture.here[0], &ada);
    for (bool open = false; !open;) {
        search_for (fixture.here[0], &ada, 1, &(wish_t){.interests = CATS});
        wire_waiting_t waiting = expect_waiting (fixture.here[0], &ada);
        open = waiting.waited_ms >= 600;
        assert_int_equal (waiting.again_ms, open ? 2000 : 600 - waiting.waited_ms);
        assert_int_equal (redis_count (fixture.redis, "EXISTS queue:."), open);
    }
    assert_string_equal (queues (), "queue:. queue:" CATS ".");
}

static void
test_an_interest_comes_before_a_language_and_that_before_anybody (void **state)
{
    (void) state;
    // None of the three may meet another: one who is open needs somebody open, or what it wants.
    ident_t anybody = waiter (NULL, NULL, 4000);
    ident_t english = waiter (NULL, "en", 3000);
    ident_t cats = waiter (CATS, NULL, 2000);
    wire_matched_t match = meets (CATS BEES, "en", LONG_MS, &cats);
    assert_word (&match.shared, CATS);
    match = meets (CATS BEES, "en", LONG_MS, &english);
    assert_word (&match.shared, "");
    meets (CATS BEES, "en", LONG_MS, &anybody);
    assert_string_equal (queues (), "");
}

static void
test_of_all_interests_the_longest_waiting_is_taken (void **state)
{
    (void) state;
    ident_t second = waiter (CATS, NULL, 3000);
    ident_t first = waiter (DOGS, NULL, 4000);
    ident_t third = waiter (BEES, NULL, 2000);
    ident_t fourth = waiter (DOGS, "en", 1000);
    meets (BEES CATS DOGS, NULL, 0, &first);
    meets (BEES CATS DOGS, NULL, 0, &second);
    meets (BEES CATS DOGS, NULL, 0, &third);
    // That one wants English, too: only who is open, or speaks it, will do.
    ident_t deaf = waiter (BEES CATS DOGS, NULL, 0);
    meets (DOGS, "en", 0, &fourth);
    meets (DOGS, "en", LONG_MS, &deaf);
}

// --- Who fits whom, against a model that knows no queues ---

typedef struct {
    const char *interests;
    const char *language;
    bool open; // It has waited long enough to meet anybody.
} person_t;

static const char *const kinds_of_interests[] = {"", CATS, DOGS, CATS DOGS};
static const char *const kinds_of_language[] = {"", "en", "fr"};

#define KINDS 24

static person_t
kind (int number)
{
    return (person_t){kinds_of_interests[number % 4], kinds_of_language[number / 4 % 3],
                      number / 12 == 1};
}

static bool
shares (const person_t *one, const person_t *other)
{
    for (const char *at = one->interests; *at != '\0'; at += INTEREST_DIGITS) {
        char interest[INTEREST_DIGITS + 1];
        snprintf (interest, sizeof interest, "%s", at);
        if (strstr (other->interests, interest) != NULL) {
            return true;
        }
    }
    return false;
}

// Who has not waited long enough insists on what it asked for.
static bool
is_content (const person_t *one, const person_t *other)
{
    return one->open
        || ((one->interests[0] == '\0' || shares (one, other))
            && (one->language[0] == '\0' || strcmp (one->language, other->language) == 0));
}

static void
check_pair (const person_t *first, const person_t *second)
{
    ident_t users[] = {ident_random (), ident_random ()};
    search_waited (fixture.here[0], &users[0], 1, first->interests, first->language,
                   first->open ? LONG_MS : 0);
    expect_waiting (fixture.here[0], &users[0]);
    search_waited (fixture.there[0], &users[1], 1, second->interests, second->language,
                   second->open ? LONG_MS : 0);
    if (is_content (first, second) && is_content (second, first)) {
        expect_matched (fixture.there[0], &users[1]);
        expect_matched (fixture.here[0], &users[0]);
    }
    else {
        expect_waiting (fixture.there[0], &users[1]);
        assert_string_equal (find_wrong (), "");
    }
    leave (fixture.here[0], &users[0], 2);
    expect_left (fixture.here[0], &users[0]);
    leave (fixture.there[0], &users[1], 2);
    expect_left (fixture.there[0], &users[1]);
}

static void
test_two_meet_just_if_each_gets_what_it_insists_on (void **state)
{
    (void) state;
    for (int i = 0; i < KINDS * KINDS; i++) {
        person_t first = kind (i / KINDS);
        person_t second = kind (i % KINDS);
        check_pair (&first, &second);
        assert_string_equal (queues (), "");
    }
}

// --- Words that are none ---

static void
test_words_that_are_no_digests_and_no_language_are_refused (void **state)
{
    (void) state;
    static const struct {
        const char *interests;
        size_t bytes;
        const char *language;
    } wrongs[] = {
        {"00000000000000c", 15, ""},
        {"00000000000000c12", 17, ""},
        {"00000000000000C1", 16, ""},
        {"00000000000000g1", 16, ""},
        {"0000000 000000c1", 16, ""},
        {"0000000\0 00000c1", 16, ""},
        {"*000000000000000", 16, ""},
        {CATS "00000000000000\xc3\xa9", 32, ""},
        {"", 0, "e"},
        {"", 0, "EN"},
        {"", 0, "e1"},
        {"", 0, "en-gb"},
        {"", 0, "\xc3\xa9\xc3\xa9"},
        {"", 0, "en."},
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        wire_search_t asked = {
            .user = ada, .turn = 1, .interests = {wrongs[i].interests, wrongs[i].bytes},
            .language = word_of (wrongs[i].language),
        };
        send_search (fixture.here[0], &asked);
        expect_refused (fixture.here[0], &ada, REFUSAL_FIELD_RANGE);
    }
    assert_string_equal (lasting_keys (), "");
    assert_int_equal (redis_count (fixture.redis, "EXISTS user:%s", named (&ada)), 0);
    // The most that there may be is taken.
    char ten[INTERESTS_BYTES + 1];
    for (int i = 0; i < 10; i++) {
        snprintf (ten + i * INTEREST_DIGITS, INTEREST_DIGITS + 1, "%016x", 0xfe0 + i);
    }
    search_waited (fixture.here[0], &ada, 1, ten, "abcdefgh", LONG_MS);
    expect_waiting (fixture.here[0], &ada);
    assert_int_equal (redis_count (fixture.redis, "EVAL %s 0",
                                   "return #redis.call ('KEYS', 'queue:*')"),
                      22);
    search_waited (fixture.there[0], &bob, 1, ten, "abcdefgh", 0);
    wire_matched_t match = expect_matched (fixture.there[0], &bob);
    assert_word (&match.shared, ten);
    assert_string_equal (queues (), "");
}

#define WITH(before, test) cmocka_unit_test_setup_teardown (test, before, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH (set_up_people, test_two_who_share_interests_are_told_which),
        WITH (set_up_short_wait, test_a_stranger_is_met_after_the_wait_and_not_before),
        WITH (set_up_short_wait, test_a_search_is_to_be_repeated_just_when_it_opens),
        WITH (set_up_people,
              test_an_interest_comes_before_a_language_and_that_before_anybody),
        WITH (set_up_people, test_of_all_interests_the_longest_waiting_is_taken),
        WITH (set_up_people, test_two_meet_just_if_each_gets_what_it_insists_on),
        WITH (set_up_people, test_words_that_are_no_digests_and_no_language_are_refused),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
