// model_test.c -- random people with random wishes search, skip, take back, block and leave,
// through four matchers; after every round all that Redis holds is held against a model that knows
// no queues.
//
// The seed is printed; MODEL_SEED=... replays what is asked (not the timing of the processes).

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define ROUNDS 150
#define ASKED 30        // In one round.
#define SETTLE_EVERY 15 // Rounds until nobody waits who could be matched.
#define BLOCKS_MOST 120
#define TEXT(number) #number
#define DECIMAL(number) TEXT (number)
#define LETTER_MS 20000 // Until when an answer has come.

// What a person has been told, and what it waits for.
typedef struct {
    wire_kind_t awaits;  // The answer to its request; WIRE_NONE: none is to come.
    wire_matched_t match; // The last that it was told; nobody's: none.
    bool over;            // And that one is over.
    ident_t skipped;      // The chat that it has skipped; nobody's: none.
} client_t;

static client_t clients[PERSONS];
static dice_t dice;
static char last_entry[ENTRY_SIZE]; // Of the outbox, that was read.
static int blocks, undone, chats;
static int leases; // That are to be answered.

static peer_t *
gateway_of (int place)
{
    uint64_t matcher = dice_throw (&dice, MATCHERS);
    return place % 2 == 0 ? fixture.here[matcher] : fixture.there[matcher];
}

// --- Asking ---

static void
send_wanted (int place, wire_search_t asked)
{
    const want_t *want = model_wants (&persons[place]);
    asked.user = persons[place].id;
    asked.turn = persons[place].turn;
    asked.browser = persons[place].browser;
    asked.interests = word_of (want->interests);
    asked.language = word_of (want->language);
    clients[place].awaits = WIRE_WAITING;
    send_search (gateway_of (place), &asked);
}

static void
ask_search (int place)
{
    model_want (&persons[place], &dice);
    persons[place].turn++;
    send_wanted (place, (wire_search_t){.turn = 0});
}

static void
ask_skip (int place)
{
    client_t *client = &clients[place];
    wire_search_t asked = leaving (&client->match, 0);
    model_want (&persons[place], &dice);
    persons[place].turn++;
    client->skipped = client->match.chat;
    client->over = true;
    send_wanted (place, asked);
}

static void
ask_back (int place)
{
    wire_search_t asked = {.undo = clients[place].skipped};
    persons[place].turn++;
    persons[place].wants[persons[place].turn % WISHES_KEPT] =
        persons[place].wants[(persons[place].turn - 1) % WISHES_KEPT];
    send_wanted (place, asked);
}

static void
ask_leave (int place)
{
    person_t *person = &persons[place];
    person->turn++;
    person->wants[person->turn % WISHES_KEPT] =
        person->wants[(person->turn - 1) % WISHES_KEPT];
    clients[place].over = true;
    clients[place].awaits = WIRE_LEFT;
    leave (gateway_of (place), &person->id, person->turn);
}

static void
ask_block (int place)
{
    const wire_matched_t *match = &clients[place].match;
    wire_block_t pair = {match->user, persons[place].browser, match->partner,
                         match->partner_browser, 0};
    clients[place].awaits = WIRE_BLOCKED;
    model_block (place, model_place (&match->partner));
    blocks++;
    block (gateway_of (place), &pair);
}

static void
ask_any (int place)
{
    client_t *client = &clients[place];
    bool met = !ident_is_nil (&client->match.chat);
    bool waits = score_of (&persons[place].id) > 0;
    uint64_t choice = dice_throw (&dice, 10);
    if (choice == 0 && met && blocks < BLOCKS_MOST) {
        ask_block (place);
    }
    else if (choice == 1 && persons[place].turn > 0) {
        ask_leave (place);
    }
    else if (choice <= 4 && !ident_is_nil (&client->skipped)) {
        ask_back (place);
        client->skipped = ident_nil;
    }
    else if (met && !client->over) {
        ask_skip (place);
    }
    else if (waits && choice <= 7) {
        send_wanted (place, (wire_search_t){.turn = 0});
    }
    else {
        ask_search (place);
    }
}

// --- Hearing ---

static void
hear_waiting (const wire_waiting_t *waiting)
{
    int place = model_place (&waiting->user);
    const want_t *want = model_wants (&persons[place]);
    assert_int_equal (waiting->turn, persons[place].turn);
    assert_in_range (waiting->again_ms, 1, 2000);
    persons[place].open = (want->interests[0] == '\0' && want->language[0] == '\0')
        || waiting->waited_ms >= OPEN_MS;
    clients[place].awaits = WIRE_NONE;
}

static void
hear_matched (const wire_matched_t *match)
{
    int place = model_place (&match->user);
    client_t *client = &clients[place];
    model_hear (match);
    if (!ident_equal (&client->match.chat, &match->chat)) {
        client->match = *match;
        client->match.shared = word_of (NULL);
        client->over = false;
        chats++;
        undone += !ident_is_nil (&match->undoes);
    }
    if (client->awaits == WIRE_WAITING && match->turn == persons[place].turn) {
        client->awaits = WIRE_NONE;
    }
}

static void
hear (const wire_t *wire)
{
    client_t *client;
    switch (wire->kind) {
        case WIRE_WAITING:
            hear_waiting (&wire->as.waiting);
            return;
        case WIRE_MATCHED:
            hear_matched (&wire->as.matched);
            return;
        case WIRE_ENDED:
            client = &clients[model_place (&wire->as.ended.user)];
            client->over |= ident_equal (&client->match.chat, &wire->as.ended.chat);
            return;
        case WIRE_LEFT:
            client = &clients[model_place (&wire->as.left.user)];
            break;
        case WIRE_BLOCKED:
            client = &clients[model_place (&wire->as.blocked.user)];
            break;
        default:
            assert_int_equal (wire->kind, WIRE_LEASED);
            leases--;
            return;
    }
    assert_int_equal (client->awaits, wire->kind);
    client->awaits = WIRE_NONE;
}

static bool
hear_all (void)
{
    for (int i = 0; i < 2 * MATCHERS; i++) {
        peer_t *gateway = i % 2 == 0 ? fixture.here[i / 2] : fixture.there[i / 2];
        while (peer_hears (gateway, WIRE_NONE, 0)) {
            hear (peer_heard (gateway));
        }
    }
    for (int i = 0; i < PERSONS; i++) {
        if (clients[i].awaits != WIRE_NONE) {
            return false;
        }
    }
    return leases == 0;
}

static void
wait_for_answers (void)
{
    uint64_t end_ms = now_ms () + LETTER_MS;
    while (!hear_all ()) {
        assert_true (now_ms () < end_ms);
        breathe ();
    }
}

// Waits for all answers, and then until all is heard that the matchers have said by now.
static void
hear_answers (void)
{
    wait_for_answers ();
    for (int i = 0; i < MATCHERS; i++) {
        lease (fixture.here[i]);
        lease (fixture.there[i]);
        leases += 2;
    }
    wait_for_answers ();
}

// --- Looking ---

// Plays the records that have been appended since the last look.
static void
read_outbox (void)
{
    wire_record_t record;
    while (next_record (last_entry, &record)) {
        model_record (&record);
    }
}

// Who waits, by Redis; returns how many.
static int
read_line (int line[PERSONS])
{
    static char text[8192];
    int count = 0;
    snprintf (text, sizeof text, "%s",
              redis_ask (fixture.redis, "ZRANGE waiting_users 0 -1"));
    for (const char *at = text; *at != '\0';) {
        ident_t user = next_ident (&at);
        line[count] = model_place (&user);
        assert_int_equal (persons[line[count]].chat, -1);
        count++;
    }
    return count;
}

// Of those who wait no two could have met. Whom one has met before may have to wait.
static void
check_line (bool settled)
{
    int line[PERSONS];
    int count = read_line (line);
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < i; k++) {
            const person_t *one = &persons[line[i]], *other = &persons[line[k]];
            bool may = !model_is_never (line[i], line[k])
                && (settled || model_recent_chat (line[i], line[k]) == NULL)
                && model_fits (model_wants (one), one->open, model_wants (other),
                               other->open);
            if (may) {
                fail_msg ("%s and %s wait for each other", named (&one->id),
                          named (&other->id));
            }
        }
    }
}

static void
look (void)
{
    read_outbox ();
    assert_string_equal (find_wrong (), "");
    check_line (false);
}

// When all have waited long enough to meet anybody, and everybody again, one search each is enough.
static void
settle (void)
{
    int line[PERSONS];
    wait_for_later_than (redis_count (fixture.redis, "EVAL %s 0",
                                      "local time = redis.call ('TIME') "
                                      "return time[1] * 1000 + time[2] / 1000")
                         + OPEN_MS + 1);
    for (int pass = 0; pass < 2; pass++) {
        int count = read_line (line);
        for (int i = 0; i < count; i++) {
            if (score_of (&persons[line[i]].id) > 0) {
                send_wanted (line[i], (wire_search_t){.turn = 0});
                hear_answers ();
            }
        }
    }
    read_outbox ();
    check_line (true);
}

static void
ask_one_round (void)
{
    for (int i = 0; i < ASKED; i++) {
        int place = (int) dice_throw (&dice, PERSONS);
        if (clients[place].awaits == WIRE_NONE) {
            ask_any (place);
        }
    }
    hear_answers ();
}

static void
test_nobody_meets_whom_it_should_not_and_nobody_waits_who_need_not (void **state)
{
    (void) state;
    const char *given = getenv ("MODEL_SEED");
    uint64_t seed = given != NULL ? strtoull (given, NULL, 10) : now_ms ();
    print_message ("MODEL_SEED=%" PRIu64 "\n", seed);
    dice = dice_from (seed);
    fixture.avoid_ms = DECIMAL (AVOIDED_MS);
    fixture.interest_wait_ms = DECIMAL (OPEN_MS);
    fixture.recent_partners = DECIMAL (RECENT_KEPT);
    for (int i = 0; i < MATCHERS; i++) {
        start_matcher (i);
        dial (i);
    }
    memset (clients, 0, sizeof clients);
    snprintf (last_entry, sizeof last_entry, "-");
    model_begin (&dice);
    for (int i = 1; i <= ROUNDS; i++) {
        ask_one_round ();
        look ();
        model_next_round ();
        if (i % SETTLE_EVERY == 0) {
            settle ();
        }
    }
    print_message ("%d chats were told of, %d of them taken back; %d blocks\n", chats, undone,
                   blocks);
    assert_true (chats > ROUNDS && undone > 0 && blocks > 0);
    for (int i = 0; i < PERSONS; i++) {
        ask_leave (i);
    }
    hear_answers ();
    assert_string_equal (lasting_keys (), "");
    assert_string_equal (find_unfinished (), "");
    model_end ();
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (
            test_nobody_meets_whom_it_should_not_and_nobody_waits_who_need_not,
            set_up_nothing, tear_down),
    };
    return cmocka_run_group_tests (tests, start_redis, stop_redis);
}
