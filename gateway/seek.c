// seek.c -- a user looks for a partner.
//
// Says SEARCH, and LEAVE to leave a pool; hears WAITING, MATCHED, LEFT.

#include "gateway/seek.h"

#include "base/must.h"
#include "gateway/chat.h"
#include "gateway/errand.h"
#include "gateway/speech.h"
#include "gateway/tell.h"

#define LEARN_MS 2000 // After so long without word of a chat that others take it to be in, it asks.
#define UNDO_MS 10000 // How long somebody may want back whom it has skipped.

// --- What is wished, and where ---

static void
take_wish (user_t *user, const request_t *request)
{
    wish_destroy (&user->wish);
    user->wish = *request->wish;
    *request->wish = NULL;
}

// A chat that a matcher may not know to be over is known to its own pool, which is left first.
static void
ask_pool (user_t *user, size_t pool)
{
    bool is_free = user->pending == WIRE_NONE && ident_is_nil (&user_farewell (user)->chat);
    user->pool_next = pool;
    user->pool = is_free ? pool : user->pool;
    user->pool_ms = user->users->now_ms;
    errand_begin (user, user->pool == pool ? WIRE_SEARCH : WIRE_LEAVE);
}

static void
begin (user_t *user, size_t pool, uint64_t ack)
{
    // Of a search that was ended no matcher may have heard, and one may have found somebody.
    if (user->pending == WIRE_LEAVE) {
        user_farewell_anew (user)->anew = true;
    }
    user->searching_since_ms = user->users->now_ms;
    errand_owe (user, ack, "waiting");
    ask_pool (user, pool);
}

void
seek_begin (void *self, const void *what)
{
    user_t *user = self;
    const request_t *request = what;
    take_wish (user, request);
    begin (user, wish_pool (user->wish, &user->id, user->users->pools), request->ack);
}

void
seek_next (void *self, const void *what)
{
    user_t *user = self;
    const request_t *request = what;
    size_t pool = user->pool;
    if (*request->wish != NULL) {
        take_wish (user, request);
        pool = wish_pool (user->wish, &user->id, user->users->pools);
    }
    begin (user, pool, request->ack);
}

// As the search that is on: answered, or not yet.
static void
still_waiting (user_t *user, uint64_t ack)
{
    bool unheard = user->owed != NULL;
    errand_owe (user, ack, "waiting");
    if (!unheard) {
        errand_pay (user);
    }
}

void
seek_on (void *self, const void *what)
{
    user_t *user = self;
    const request_t *request = what;
    bool same = wish_is_same (user->wish, *request->wish);
    take_wish (user, request); // It may be the same, spelled for the first time at this gateway.
    if (same) {
        still_waiting (user, request->ack);
        return;
    }
    errand_owe (user, request->ack, "waiting");
    if (user->pending == WIRE_SEARCH) {
        errand_begin (user, WIRE_SEARCH);
    }
}

void
seek_on_skip (void *self, const void *what)
{
    const request_t *request = what;
    if (*request->wish != NULL) {
        seek_on (self, what);
    }
    else {
        still_waiting (self, request->ack);
    }
}

void
seek_forgive (user_t *user)
{
    if (user->farewell != NULL && ident_is_nil (&user->farewell->chat)) {
        user->farewell->reason = REASON_NONE;
    }
}

void
seek_stop (void *self, const void *what)
{
    user_t *user = self;
    seek_refuse_undo (user);
    seek_forgive (user);
    errand_owe (user, ((const request_t *) what)->ack, "idle");
    errand_begin (user, WIRE_LEAVE);
}

// --- In line ---

static uint64_t
least (uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// What is left of a time; 0 is for ever.
static uint64_t
left_of (uint64_t whole_ms, uint64_t since_ms, uint64_t now_ms)
{
    return whole_ms == 0                   ? UINT64_MAX
         : now_ms - since_ms >= whole_ms   ? 0
                                           : whole_ms - (now_ms - since_ms);
}

// How long the user may still wait in its pool.
static uint64_t
pool_left_ms (const user_t *user)
{
    const users_t *users = user->users;
    return user->pool + 1 < users->pools
             ? left_of (users->pool_wait_ms, user->pool_ms, users->now_ms)
             : UINT64_MAX;
}

bool
seek_is_over (const user_t *user)
{
    return user->state == USER_SEARCHING && user->socket != NULL
        && left_of (user->users->search_limit_ms, user->searching_since_ms, user->users->now_ms)
               == 0;
}

bool
seek_may_learn_of (user_t *user, const ident_t *chat)
{
    uint64_t now_ms = user->users->now_ms;
    if (user->unlearnt == NULL) {
        user->unlearnt = must_alloc (sizeof *user->unlearnt);
    }
    unlearnt_t *unlearnt = user->unlearnt;
    if (!ident_equal (&unlearnt->chat, chat)) {
        // The word of a matcher is on its way, as a rule.
        *unlearnt = (unlearnt_t){.chat = *chat, .since_ms = now_ms};
    }
    else if (unlearnt->turn > 0) {
        return unlearnt->waits_turn < unlearnt->turn;
    }
    else if (now_ms - unlearnt->since_ms >= LEARN_MS && user->pending == WIRE_SEARCH) {
        errand_begin (user, WIRE_SEARCH); // With a turn of its own, so that the answer is about now.
        unlearnt->turn = user->turn;
    }
    return true;
}

// Nobody was found here: the search goes on in the next pool. The last one is where all meet.
static void
change_pool (user_t *user)
{
    user_farewell_anew (user)->reason = REASON_DRAINED;
    user->pool_next = user->pool + 1;
    errand_begin (user, WIRE_LEAVE);
}

void
seek_wait (void *self, const void *what)
{
    user_t *user = self;
    users_t *users = user->users;
    const wire_waiting_t *waiting = &((const wire_t *) what)->as.waiting;
    // The chat that was left is known to be over; the place in line is kept by repeating.
    user_forget_farewell (user);
    if (user->unlearnt != NULL) {
        user->unlearnt->waits_turn = user->turn;
    }
    errand_pay (user);
    seek_refuse_undo (user);
    errand_has_waited (user, waiting->waited_ms);
    users->searching[user->pool] = waiting->searching;
    say_waiting (user);
    uint64_t pool_ms = pool_left_ms (user);
    if (pool_ms == 0) {
        change_pool (user);
        return;
    }
    uint64_t limit_ms = left_of (users->search_limit_ms, user->searching_since_ms, users->now_ms);
    errand_ask_again_in (user, least (waiting->again_ms, least (pool_ms, limit_ms)));
}

void
seek_left (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    if (user->pending != WIRE_LEAVE) {
        return;
    }
    errand_end (user);
    if (user->socket != NULL) {
        user->pool = user->pool_next;
        user->pool_ms = user->users->now_ms;
        errand_begin (user, WIRE_SEARCH);
    }
}

void
seek_expire (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    errand_pay (user);
    seek_refuse_undo (user);
    if (user_farewell (user)->reason == REASON_NONE) {
        user_farewell_anew (user)->reason = REASON_TIMEOUT;
    }
    errand_begin (user, WIRE_LEAVE);
    say_search_timeout (user);
}

// --- Matched ---

void
seek_found (void *self, const void *what)
{
    user_t *user = self;
    const wire_matched_t *matched = &((const wire_t *) what)->as.matched;
    errand_pay (user);
    if (user->undoes && !ident_is_nil (&matched->undoes)) {
        user->undoes = false;
        say_status (user, user->undo_ack, "matched");
    }
    seek_refuse_undo (user);
    errand_end (user);
    chat_begin (user, matched);
    say_matched (user, &matched->shared, &matched->undoes);
}

void
seek_decline (void *self, const void *what)
{
    user_t *user = self;
    const wire_matched_t *matched = &((const wire_t *) what)->as.matched;
    seek_refuse_undo (user);
    *user_farewell_anew (user) = (farewell_t){
        .chat = matched->chat,
        .origin = {matched->side, matched->started_ms, matched->waited_a_ms, matched->waited_b_ms},
        .partner = matched->partner,
        .partner_gateway = matched->partner_gateway,
        .reason = REASON_ENDED,
    };
    errand_begin (user, user->state == USER_SEARCHING ? WIRE_SEARCH : WIRE_LEAVE);
}

void
seek_reunited (void *self, const void *what)
{
    user_t *user = self;
    seek_found (user, what);
    if (user->socket == NULL) {
        tell_away (user);
    }
}

void
seek_undo (void *self, const void *what)
{
    user_t *user = self;
    const request_t *request = what;
    if (user_last (user)->ending != LAST_WAS_SKIPPED
        || user->users->now_ms - user->last->ended_ms > UNDO_MS
        || user->pending != WIRE_SEARCH) {
        say_refusal (user, request->ack, REFUSAL_NOTHING_TO_UNDO, 0);
        return;
    }
    user->last->ending = LAST_IS_OVER; // It is asked for once.
    user->undoes = true;
    user->undo_ack = request->ack;
    errand_begin (user, WIRE_SEARCH);
}

void
seek_refuse_undo (user_t *user)
{
    if (user->undoes) {
        user->undoes = false;
        say_refusal (user, user->undo_ack, REFUSAL_PARTNER_TAKEN, 0);
    }
}
