// rush_test.c -- ten thousand search at once, of four matchers; each is matched, and once.
//
// Half of them want something. What is refused or has to wait is asked again, of another matcher,
// as a gateway does.

#include <string.h>

#include "fixture.h"

#define PEOPLE 10000
#define RUSH_MS 90000  // The whole rush, on a busy machine with sanitizers.
#define BUSY_MS 20     // Who was refused asks again after so long.
#define BATCH 100      // Asked between two looks at what has come in.

typedef struct {
    ident_t id;         // Its last four bytes are its place.
    ident_t chat;       // The one that it is in; nobody's: none yet.
    ident_t partner;
    uint64_t due_ms;    // When it asks again.
    unsigned attempt;   // How often it has asked.
} searcher_t;

static searcher_t people[PEOPLE];
static size_t matched; // How many are in a chat.
static size_t refused; // How often a matcher had too much to do.

static const char *const interests[] = {"", "00000000000000c1", "00000000000000d2"};
static const char *const languages[] = {"", "en"};

static searcher_t *
person_of (const ident_t *id)
{
    uint32_t place;
    memcpy (&place, id->bytes + 12, sizeof place);
    assert_true (place < PEOPLE && ident_equal (&people[place].id, id));
    return &people[place];
}

static void
invent_people (void)
{
    for (uint32_t i = 0; i < PEOPLE; i++) {
        people[i] = (searcher_t){.id = ident_random ()};
        memcpy (people[i].id.bytes + 12, &i, sizeof i);
    }
    matched = 0;
    refused = 0;
}

static peer_t *
gateway_of (size_t place, size_t matcher)
{
    return place % 2 == 0 ? fixture.here[matcher % MATCHERS]
                          : fixture.there[matcher % MATCHERS];
}

static void
ask (size_t place, uint64_t again_ms)
{
    searcher_t *person = &people[place];
    bool wants = place % 4 < 2;
    wire_search_t asked = {
        .user = person->id, .turn = 1,
        .interests = word_of (interests[wants ? place % 3 : 0]),
        .language = word_of (languages[wants ? place / 4 % 2 : 0]),
    };
    send_search (gateway_of (place, place / 2 + person->attempt++), &asked);
    person->due_ms = now_ms () + again_ms;
}

static void
take_match (const wire_matched_t *match)
{
    searcher_t *person = person_of (&match->user);
    if (ident_is_nil (&person->chat)) {
        person->chat = match->chat;
        person->partner = match->partner;
        matched++;
    }
    assert_true (ident_equal (&person->chat, &match->chat));
    assert_true (ident_equal (&person->partner, &match->partner));
}

static void
hear (const wire_t *wire)
{
    switch (wire->kind) {
        case WIRE_MATCHED:
            take_match (&wire->as.matched);
            break;
        case WIRE_WAITING:
            person_of (&wire->as.waiting.user)->due_ms =
                now_ms () + wire->as.waiting.again_ms;
            break;
        case WIRE_REFUSED:
            assert_int_equal (wire->as.refused.reason, REFUSAL_BUSY);
            person_of (&wire->as.refused.user)->due_ms = now_ms () + BUSY_MS;
            refused++;
            break;
        default:
            assert_int_equal (wire->kind, WIRE_LEASED);
            break;
    }
}

static void
hear_all (void)
{
    for (size_t i = 0; i < 2 * MATCHERS; i++) {
        peer_t *gateway = gateway_of (i, i / 2);
        while (peer_hears (gateway, WIRE_NONE, 0)) {
            hear (peer_heard (gateway));
        }
    }
}

// Whoever has no answer, or was told to, asks again.
static void
ask_due (void)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        if (ident_is_nil (&people[i].chat) && people[i].due_ms <= now_ms ()) {
            ask (i, 1000);
        }
        if (i % BATCH == 0) {
            hear_all ();
        }
    }
}

static void
test_ten_thousand_at_once_are_matched_each_once (void **state)
{
    (void) state;
    fixture.interest_wait_ms = "500";
    for (int i = 0; i < MATCHERS; i++) {
        start_matcher (i);
        dial (i);
    }
    invent_people ();
    uint64_t begin_ms = now_ms ();
    for (size_t i = 0; i < PEOPLE; i++) {
        ask (i, 1000);
    }
    print_message ("all have asked after %d ms\n", (int) (now_ms () - begin_ms));
    while (matched < PEOPLE && now_ms () - begin_ms < RUSH_MS) {
        lease (fixture.here[0]);
        lease (fixture.there[0]);
        ask_due ();
        breathe ();
    }
    print_message ("%zu are matched after %d ms; refused %zu times\n", matched,
                   (int) (now_ms () - begin_ms), refused);
    assert_int_equal (matched, PEOPLE);
    for (size_t i = 0; i < PEOPLE; i++) {
        const searcher_t *partner = person_of (&people[i].partner);
        assert_ptr_not_equal (partner, &people[i]);
        assert_true (ident_equal (&partner->partner, &people[i].id));
        assert_true (ident_equal (&partner->chat, &people[i].chat));
    }
    assert_int_equal (redis_count (fixture.redis, "EXISTS waiting_users"), 0);
    assert_string_equal (find_wrong (), "");
    assert_int_equal (redis_count (fixture.redis, "XLEN records"), PEOPLE / 2);
    // Not one chat more was made than there are.
    uint64_t chats = 0;
    for (int i = 0; i < MATCHERS; i++) {
        chats += metric_value (fixture.admin_ports[i], "matcher_matches_total");
    }
    assert_int_equal (chats, PEOPLE / 2);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_ten_thousand_at_once_are_matched_each_once,
                                         set_up_nothing, tear_down),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
