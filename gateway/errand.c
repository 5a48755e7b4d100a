// errand.c -- asks a matcher, and another one, until one has answered.

#include "gateway/errand.h"

#include "base/must.h"
#include "gateway/seek.h"
#include "gateway/speech.h"

#define ANSWER_MS 500  // How long to wait for a matcher before another one is asked.
#define SOON_MS 60     // The same, and up to twice as long, when one was too busy.
#define SILENT_MS 1000 // A request that is unanswered for so long: nobody can be found right now.

static wire_t
search_of (const user_t *user)
{
    const farewell_t *farewell = user_farewell (user);
    const origin_t *origin = &farewell->origin;
    return (wire_t){
        .kind = WIRE_SEARCH,
        .as.search = {user->id, user->turn, farewell->chat, farewell->partner,
                      farewell->partner_gateway, farewell->sent, farewell->received,
                      farewell->reason, farewell->by_partner, origin->side, origin->started_ms,
                      origin->waited_a_ms, origin->waited_b_ms,
                      user->users->now_ms - user->searching_since_ms, user->browser,
                      wish_digests (user->wish), wish_language (user->wish),
                      user->undoes ? user_last (user)->chat : ident_nil, farewell->anew},
    };
}

static wire_t
leave_of (const user_t *user)
{
    const farewell_t *farewell = user_farewell (user);
    const origin_t *origin = &farewell->origin;
    return (wire_t){
        .kind = WIRE_LEAVE,
        .as.leave = {user->id, user->turn,
                     farewell->reason != REASON_NONE ? farewell->reason : REASON_ENDED,
                     farewell->chat, farewell->partner, farewell->partner_gateway,
                     farewell->sent, farewell->received, farewell->by_partner, origin->side,
                     origin->started_ms, origin->waited_a_ms, origin->waited_b_ms},
    };
}

static wire_t
hold_of (const user_t *user)
{
    const chat_t *chat = user->chat;
    return (wire_t){
        .kind = WIRE_HOLD,
        .as.hold = {user->id, user->turn, chat->id, chat->partner, chat->partner_gateway,
                    chat->origin.side, chat->origin.started_ms, chat->origin.waited_a_ms,
                    chat->origin.waited_b_ms},
    };
}

static wire_t
resume_of (const user_t *user)
{
    return (wire_t){.kind = WIRE_RESUME, .as.resume = {user->id, user->nonce}};
}

static wire_t
request_of (const user_t *user)
{
    switch (user->pending) {
        case WIRE_SEARCH: return search_of (user);
        case WIRE_LEAVE: return leave_of (user);
        case WIRE_HOLD: return hold_of (user);
        default: must (user->pending == WIRE_RESUME); return resume_of (user);
    }
}

// A search waits until a block is noted, or it might find the one who is blocked.
static bool
ask_matcher (user_t *user)
{
    const users_t *users = user->users;
    if (user->pending == WIRE_SEARCH && user->block != NULL) {
        return true;
    }
    wire_t wire = request_of (user);
    return users->port->ask (users->self, user, user->pool, &wire, user->attempt);
}

static void
ask (user_t *user)
{
    users_t *users = user->users;
    bool asked = ask_matcher (user);
    bool silent = users->now_ms >= user->asked_ms + SILENT_MS;
    if ((!asked || silent) && user->pending == WIRE_SEARCH && !user->told_no_matcher) {
        user->told_no_matcher = true;
        say_refusal (user, USER_NO_ACK, REFUSAL_NO_MATCHER, 0);
    }
    if (silent) {
        errand_pay (user);
    }
    agenda_set (users->agenda, &user->alarm, users->now_ms + ANSWER_MS);
}

// The answer has not come, or the user still stands in line.
void
errand_repeat (void *self, uint64_t now_ms)
{
    user_t *user = self;
    user->users->now_ms = now_ms;
    if (user->state == USER_GONE && now_ms > user->give_up_ms) {
        user->users->port->done (user->users->self, user);
        return;
    }
    if (user->state == USER_RETURNING && now_ms > user->give_up_ms) {
        user_step (user, USER_WAS_UNKNOWN, NULL);
        return;
    }
    if (seek_is_over (user)) {
        user_step (user, USER_SEARCHED_TOO_LONG, NULL);
        return;
    }
    user->attempt++;
    ask (user);
}

void
errand_begin (user_t *user, wire_kind_t kind)
{
    user->turn++;
    user->pending = kind;
    user->attempt = 0;
    user->stales = 0;
    user->told_no_matcher = false;
    user->asked_ms = user->users->now_ms;
    ask (user);
}

void
errand_ask (user_t *user)
{
    user->attempt = 0;
    user->asked_ms = user->users->now_ms;
    ask (user);
}

void
errand_ask_again_in (user_t *user, uint64_t wait_ms)
{
    user->attempt = 0;
    user->stales = 0;
    user->told_no_matcher = false;
    // It is soon noticed that nobody answers: somebody has just done so.
    user->asked_ms = user->users->now_ms + wait_ms - ANSWER_MS;
    agenda_set (user->users->agenda, &user->alarm, user->users->now_ms + wait_ms);
}

void
errand_ask_soon (user_t *user)
{
    uint64_t now_ms = user->users->now_ms;
    uint64_t wait_ms = SOON_MS + ident_hash (&user->id, now_ms) % SOON_MS; // Not all at once.
    if (user->pending != WIRE_NONE) {
        agenda_set (user->users->agenda, &user->alarm, now_ms + wait_ms);
    }
}

void
errand_owe (user_t *user, uint64_t ack, const char *status)
{
    errand_pay (user);
    user->owed = status;
    user->owed_ack = ack;
}

void
errand_pay (user_t *user)
{
    if (user->owed != NULL) {
        say_status (user, user->owed_ack, user->owed);
        user->owed = NULL;
    }
}

void
errand_answer (user_t *user, uint64_t ack, const char *status)
{
    if (user->pending == WIRE_LEAVE) {
        errand_owe (user, ack, status);
    }
    else {
        say_status (user, ack, status);
    }
}

void
errand_end (user_t *user)
{
    user->pending = WIRE_NONE;
    user->stales = 0;
    user_forget_farewell (user);
    agenda_clear (&user->alarm);
}

void
errand_has_waited (user_t *user, uint64_t waited_ms)
{
    uint64_t now_ms = user->users->now_ms;
    user->searching_since_ms = now_ms - (waited_ms < now_ms ? waited_ms : now_ms);
}
