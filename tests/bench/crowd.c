// crowd.c -- asks, and checks what is answered.

#include "bench/crowd.h"

#include <stdlib.h>
#include <string.h>

#include "base/book.h"
#include "bench/figures.h"
#include "bench/interests.h"
#include "support/cmocka_all.h"

#define WAITS_MOST ((size_t) 1 << 20) // The older are overwritten.
#define UNANSWERED_US 2000000 // A SEARCH without an answer is repeated after so long.
#define REFUSED_US 50000      // One that was refused, after so long.

typedef enum {
    IN_LINE, // For crowd_next.
    ASKING,  // It searches and has no answer yet.
    WAITING, // It searches.
} crowd_state_t;

// One side of a chat, as it was told.
typedef struct {
    wire_matched_t match;        // Its words are nothing.
    char interests[THREE_BYTES]; // That the user asked for.
    size_t interests_bytes;      // Of those; 0: it asked for none.
} side_told_t;

struct crowd_user {
    ident_t id;                  // Who it is.
    ident_t browser;             // Its own.
    size_t gateway;              // Its place among the crowd's.
    crowd_state_t state;         // Changes in enter ().
    uint64_t turn;               // Of its last SEARCH.
    uint64_t asked_us;           // When it was ready for that.
    uint64_t again_us;           // When that is to be repeated.
    size_t repeats;              // How often it has been.
    size_t spare;                // Repeats of earlier ones, which may be answered late.
    wire_matched_t left;         // The chat that it leaves by that; nobody's at first.
    side_told_t partner;         // A chat of which it is yet to be told; nobody's if none.
    char interests[THREE_BYTES]; // That it asks for.
    size_t interests_bytes;      // Of those; 0: it asks for none.
    crowd_user_t *next;          // In line.
};

struct crowd {
    wish_t wish;             // What its users ask for.
    const ident_t *gateways; // Not owned.
    size_t user_count;       // Of `users`.
    crowd_user_t *users;     // Owned.
    book_t *by_id;           // The same. Owned.
    crowd_user_t *first;     // In line.
    crowd_user_t *last;      // In line, if anybody is.
    bool resting;            // Nobody searches any more.
    size_t asking;           // Users whose SEARCH has no answer.
    size_t half_told;        // Chats of which one side has been told.
    size_t pairs;            // Chats of which both have, since the count began.
    size_t refusals;         // SEARCHes that were refused.
    uint32_t *waits_us;      // A ring of WAITS_MOST. Owned.
    size_t wait_count;       // That were put into it since the count began.
};

// --- What users ask ---

static void
enter (crowd_t *crowd, crowd_user_t *user, crowd_state_t state)
{
    crowd->asking -= user->state == ASKING;
    crowd->asking += state == ASKING;
    user->state = state;
}

// Who stands there already, to repeat its last search, stays.
static void
put_in_line (crowd_t *crowd, crowd_user_t *user)
{
    if (user->state == IN_LINE) {
        return;
    }
    enter (crowd, user, IN_LINE);
    user->next = NULL;
    if (crowd->first != NULL) {
        crowd->last->next = user;
    }
    else {
        crowd->first = user;
    }
    crowd->last = user;
}

// Stands in line for a new search.
static void
go_on (crowd_t *crowd, crowd_user_t *user)
{
    user->turn++;
    user->spare += user->repeats;
    user->repeats = 0;
    user->asked_us = now_us ();
    if (crowd->wish == WISH_INTERESTS) {
        interests_draw (user->interests);
        user->interests_bytes = sizeof user->interests;
    }
    put_in_line (crowd, user);
}

crowd_user_t *
crowd_next (crowd_t *crowd)
{
    crowd_user_t *user = crowd->resting ? NULL : crowd->first;
    if (user != NULL) {
        crowd->first = user->next;
        enter (crowd, user, ASKING);
        user->again_us = now_us () + UNANSWERED_US;
    }
    return user;
}

void
crowd_write (const crowd_user_t *user, wire_t *wire, size_t *gateway)
{
    const wire_matched_t *left = &user->left;
    bool leaves = !ident_is_nil (&left->chat);
    *gateway = user->gateway;
    wire->kind = WIRE_SEARCH;
    wire->as.search = (wire_search_t){
        .user = user->id,
        .turn = user->turn,
        .chat = left->chat,
        .partner = left->partner,
        .partner_gateway = left->partner_gateway,
        .sent = leaves,
        .received = leaves,
        .side = left->side,
        .started_ms = left->started_ms,
        .waited_a_ms = left->waited_a_ms,
        .waited_b_ms = left->waited_b_ms,
        .browser = user->browser,
        .interests = {user->interests, user->interests_bytes},
        .language = {"en", user->interests_bytes > 0 ? 2 : 0},
    };
}

void
crowd_tick (crowd_t *crowd)
{
    uint64_t now = now_us ();
    for (size_t i = 0; i < crowd->user_count; i++) {
        crowd_user_t *user = &crowd->users[i];
        if (user->state != IN_LINE && now >= user->again_us) {
            user->repeats++;
            put_in_line (crowd, user);
        }
    }
}

// --- What they are answered ---

static crowd_user_t *
find (const crowd_t *crowd, const ident_t *id)
{
    crowd_user_t *user = book_find (crowd->by_id, id);
    assert_non_null (user);
    return user;
}

// The second side of a chat is told: the same as the first.
static void
check_sides (const crowd_t *crowd, const side_told_t *other, const wire_matched_t *match)
{
    const wire_matched_t *first = &other->match;
    assert_true (ident_equal (&first->chat, &match->chat));
    assert_true (ident_equal (&first->user, &match->partner));
    assert_true (ident_equal (&first->partner, &match->user));
    assert_int_equal (first->side + match->side, SIDE_A + SIDE_B);
    assert_int_equal (first->started_ms, match->started_ms);
    assert_int_equal (first->waited_a_ms, match->waited_a_ms);
    assert_int_equal (first->waited_b_ms, match->waited_b_ms);
    const crowd_user_t *user = find (crowd, &match->user);
    const word_t one = {user->interests, user->interests_bytes};
    const word_t two = {other->interests, other->interests_bytes};
    size_t common = interests_check (&one, &two, &match->shared);
    assert_int_equal (common > 0, crowd->wish == WISH_INTERESTS);
}

static void
note_pair (crowd_t *crowd, crowd_user_t *user, const wire_matched_t *match)
{
    crowd_user_t *partner = find (crowd, &match->partner);
    assert_ptr_not_equal (partner, user);
    assert_true (ident_equal (&match->partner_gateway, &crowd->gateways[partner->gateway]));
    assert_true (ident_equal (&match->partner_browser, &partner->browser));
    assert_true (ident_is_nil (&match->undoes));
    if (!ident_is_nil (&user->partner.match.chat)) {
        check_sides (crowd, &user->partner, match);
        user->partner = (side_told_t){.interests_bytes = 0};
        crowd->half_told--;
        crowd->pairs++;
        return;
    }
    assert_true (ident_is_nil (&partner->partner.match.chat));
    partner->partner.match = *match;
    partner->partner.match.shared = (word_t){NULL, 0};
    memcpy (partner->partner.interests, user->interests, user->interests_bytes);
    partner->partner.interests_bytes = user->interests_bytes;
    crowd->half_told++;
}

static void
on_matched (crowd_t *crowd, size_t gateway, const wire_matched_t *match)
{
    crowd_user_t *user = find (crowd, &match->user);
    assert_int_equal (user->gateway, gateway);
    if (match->turn != user->turn) {
        // Told again of a search that was repeated just when it was answered.
        assert_true (match->turn < user->turn && user->spare > 0);
        user->spare--;
        return;
    }
    assert_true (user->state != IN_LINE || user->repeats > 0);
    note_pair (crowd, user, match);
    crowd->waits_us[crowd->wait_count++ % WAITS_MOST] =
        (uint32_t) (now_us () - user->asked_us);
    user->left = *match;
    user->left.shared = (word_t){NULL, 0};
    go_on (crowd, user);
}

static void
on_waiting (crowd_t *crowd, const wire_waiting_t *waiting)
{
    crowd_user_t *user = find (crowd, &waiting->user);
    if (user->state != IN_LINE && waiting->turn == user->turn) {
        enter (crowd, user, WAITING);
        user->again_us = now_us () + waiting->again_ms * 1000;
    }
}

// Only that there is too much to do is a reason.
static void
on_refused (crowd_t *crowd, const wire_refused_t *refused)
{
    assert_int_equal (refused->reason, REFUSAL_BUSY);
    crowd_user_t *user = find (crowd, &refused->user);
    crowd->refusals++;
    if (user->state == ASKING) {
        enter (crowd, user, WAITING);
        user->again_us = now_us () + REFUSED_US;
    }
}

void
crowd_hear (crowd_t *crowd, size_t gateway, const wire_t *wire)
{
    if (wire->kind == WIRE_MATCHED) {
        on_matched (crowd, gateway, &wire->as.matched);
    }
    else if (wire->kind == WIRE_WAITING) {
        on_waiting (crowd, &wire->as.waiting);
    }
    else if (wire->kind == WIRE_REFUSED) {
        on_refused (crowd, &wire->as.refused);
    }
}

// --- Life cycle ---

crowd_t *
crowd_new (size_t users, wish_t wish, const ident_t gateways[], size_t gateway_count)
{
    crowd_t *crowd = calloc (1, sizeof *crowd);
    assert_non_null (crowd);
    crowd->wish = wish;
    crowd->gateways = gateways;
    crowd->user_count = users;
    crowd->users = calloc (users, sizeof *crowd->users);
    crowd->waits_us = calloc (WAITS_MOST, sizeof *crowd->waits_us);
    crowd->by_id = book_new ();
    assert_true (crowd->users != NULL && crowd->waits_us != NULL);
    for (size_t i = 0; i < users; i++) {
        crowd_user_t *user = &crowd->users[i];
        user->id = ident_random ();
        user->browser = ident_random ();
        user->gateway = i % gateway_count;
        user->state = WAITING;
        book_put (crowd->by_id, &user->id, user);
        go_on (crowd, user);
    }
    return crowd;
}

void
crowd_destroy (crowd_t **crowd)
{
    if (*crowd != NULL) {
        book_destroy (&(*crowd)->by_id);
        free ((*crowd)->users);
        free ((*crowd)->waits_us);
        free (*crowd);
        *crowd = NULL;
    }
}

void
crowd_rest (crowd_t *crowd)
{
    crowd->resting = true;
}

void
crowd_wake (crowd_t *crowd)
{
    crowd->resting = false;
}

bool
crowd_is_settled (const crowd_t *crowd)
{
    return crowd->half_told == 0 && crowd->asking == 0;
}

// --- Its gateways ---

static bool
say (void *self, wire_t *wire, size_t *gateway)
{
    const crowd_user_t *user = crowd_next (self);
    if (user != NULL) {
        crowd_write (user, wire, gateway);
    }
    return user != NULL;
}

static void
hear (void *self, size_t gateway, const wire_t *wire)
{
    crowd_hear (self, gateway, wire);
}

static void
tick (void *self)
{
    crowd_tick (self);
}

static bool
is_settled (const void *self)
{
    return crowd_is_settled (self);
}

callers_t
crowd_callers (crowd_t *crowd)
{
    return (callers_t){crowd, say, hear, tick, is_settled};
}

// --- Counting ---

void
crowd_count (crowd_t *crowd)
{
    crowd->pairs = 0;
    crowd->wait_count = 0;
}

size_t
crowd_pairs (const crowd_t *crowd)
{
    return crowd->pairs;
}

size_t
crowd_refusals (const crowd_t *crowd)
{
    return crowd->refusals;
}

uint32_t *
crowd_waits (crowd_t *crowd, size_t *count)
{
    *count = crowd->wait_count < WAITS_MOST ? crowd->wait_count : WAITS_MOST;
    return crowd->waits_us;
}
