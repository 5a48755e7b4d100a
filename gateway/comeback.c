// comeback.c -- a user goes on here with what it was doing elsewhere, or before.

#include "gateway/comeback.h"

#include "gateway/chat.h"
#include "gateway/errand.h"
#include "gateway/speech.h"

#define CATCH_UP_MS 1000 // How long CONNECT is held for what the partner's gateway has.

static void
give_missed (void *self, const char *event, const char *json, size_t bytes)
{
    user_t *user = self;
    user->users->port->emit (user->users->self, user, event, json, bytes);
}

// The browser gets the answer to its CONNECT, after what it has missed.
void
comeback_let_in (user_t *user)
{
    users_t *users = user->users;
    if (user->connect == CONNECT_HELD && user->socket != NULL) {
        recall_give (&user->recall, user->recall_from, give_missed, user);
        users->port->accept (users->self, user);
    }
    user->connect = CONNECT_ANSWERED;
    agenda_clear (&user->absence);
    if (users->drain_by_ms > 0) {
        user_drain (user, users->now_ms); // It came while the gateway was stopping, and is sent on.
    }
}

// The user is in this state here: so the browser hears, unless it has left again meanwhile.
void
comeback_begin (user_t *user, user_state_t state)
{
    if (user->socket != NULL) {
        comeback_let_in (user);
        say_state (user, state);
    }
}

// The browser has read up to `came`; its events are counted on from there.
static void
go_on_counting (user_t *user)
{
    recall_clear (&user->recall);
    user->recall = (recall_t){.emitted = user->came->event, .forgotten = user->came->event};
    user->recall_from = user->came->event;
}

static void
end_return (user_t *user, const wire_resumed_t *resumed)
{
    errand_end (user);
    user->turn = resumed->turn;
    wish_destroy (&user->wish);
    user->wish = wish_read (&resumed->interests, &resumed->language);
    go_on_counting (user);
}

// True if the browser had learnt of that chat when it read its last event.
static bool
had_read_of (const user_t *user, const ident_t *chat)
{
    return user->came->in_chat && user->came->chat == offset_chat (chat);
}

// The browser may only know a chat that this one has taken up again meanwhile. If there were others in
// between, its name is not known any more.
static void
tell_taken_up (user_t *user, const wire_resumed_t *resumed)
{
    if (user->came->in_chat && !ident_is_nil (&resumed->undoes)) {
        bool known = had_read_of (user, &resumed->undoes);
        say_partner_left (user, known ? &resumed->undoes : NULL, REASON_SKIPPED);
    }
}

void
comeback_pause (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    agenda_set (user->users->agenda, &user->alarm, user->give_up_ms + 1);
}

void
comeback_ask (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    errand_repeat (user, user->users->now_ms);
}

// No pool but the next may know it.
void
comeback_ask_next (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    user->pool++;
    user->nonce = ident_random (); // Whatever else that pool answers is too late.
    errand_begin (user, WIRE_RESUME);
}

// Nobody knows it any more: it has come too late and is somebody new.
void
comeback_as_stranger (void *self, const void *what)
{
    user_t *user = self;
    users_t *users = user->users;
    ident_t before = user->id;
    (void) what;
    errand_end (user);
    user->pool = 0;
    user->token = ident_token ();
    user->id = user_of_token (&user->token);
    user->turn = 0;
    recall_clear (&user->recall);
    user->recall = (recall_t){0};
    user->recall_from = 0;
    users->port->renamed (users->self, user, &before);
    comeback_begin (user, USER_IDLE);
}

void
comeback_to_idle (void *self, const void *what)
{
    user_t *user = self;
    end_return (user, &((const wire_t *) what)->as.resumed);
    comeback_begin (user, USER_IDLE);
}

void
comeback_to_end (void *self, const void *what)
{
    user_t *user = self;
    const wire_resumed_t *resumed = &((const wire_t *) what)->as.resumed;
    end_return (user, resumed);
    *user_last_anew (user) = (last_t){
        .chat = resumed->chat,
        .partner = resumed->partner,
        .partner_browser = resumed->partner_browser,
        .ended_ms = user->users->now_ms,
        .ending = resumed->reason == REASON_SKIPPED ? LAST_WAS_SKIPPED_BY : LAST_IS_OVER,
    };
    if (had_read_of (user, &resumed->chat)) {
        say_partner_left (user, &resumed->chat, (reason_t) resumed->reason);
    }
    else {
        tell_taken_up (user, resumed);
    }
    comeback_begin (user, USER_IDLE);
}

void
comeback_to_line (void *self, const void *what)
{
    user_t *user = self;
    const wire_resumed_t *resumed = &((const wire_t *) what)->as.resumed;
    end_return (user, resumed);
    errand_has_waited (user, resumed->waits_ms);
    user->pool_ms = user->users->now_ms;
    comeback_begin (user, USER_SEARCHING);
    errand_begin (user, WIRE_SEARCH);
}

// Its browser has heard that the chat is over, and Redis has not: so it hears it again.
void
comeback_from_chat (void *self, const void *what)
{
    user_t *user = self;
    const wire_resumed_t *resumed = &((const wire_t *) what)->as.resumed;
    end_return (user, resumed);
    *user_farewell_anew (user) = (farewell_t){
        .chat = resumed->chat,
        .origin = {resumed->side, resumed->started_ms, resumed->waited_a_ms, resumed->waited_b_ms},
        .partner = resumed->partner,
        .partner_gateway = resumed->partner_gateway,
        .reason = REASON_ENDED,
    };
    *user_last_anew (user) = (last_t){.chat = resumed->chat, .partner = resumed->partner,
                                      .partner_browser = resumed->partner_browser,
                                      .ended_ms = user->users->now_ms};
    errand_begin (user, WIRE_LEAVE);
    comeback_begin (user, USER_IDLE);
}

// The chat goes on here. CONNECT is held until the partner's gateway has sent what was missed.
void
comeback_to_chat (void *self, const void *what)
{
    user_t *user = self;
    const wire_resumed_t *resumed = &((const wire_t *) what)->as.resumed;
    bool had_read = had_read_of (user, &resumed->chat);
    end_return (user, resumed);
    chat_resume (user, resumed, had_read);
    if (!had_read) {
        tell_taken_up (user, resumed);
        say_matched (user, &resumed->shared, &resumed->undoes);
    }
    agenda_set (user->users->agenda, &user->absence, user->users->now_ms + CATCH_UP_MS);
}
