// peers.c -- what matchers and relays say to a gateway, and which of its users it is for.
//
// Hears WAITING, MATCHED, LEFT, ENDED from matchers; MESSAGE, RECEIPT, TYPING, GONE, AWAY, BACK, LOST
// from relays. What is about somebody who is not here, or no longer there, changes nothing.

#include "gateway/chat.h"
#include "gateway/gateway_inside.h"

// --- Matchers ---

// The user whom an answer is for, unless it answers a request that is no longer the latest.
static user_t *
user_at_turn (gateway_t *gateway, const ident_t *id, uint64_t turn)
{
    user_t *user = book_find (gateway->book, id);
    return user != NULL && user->turn == turn ? user : NULL;
}

static void
step (gateway_t *gateway, user_t *user, user_event_t event, const void *what)
{
    gateway_stamp (gateway);
    if (user != NULL) {
        user_step (user, event, what);
    }
}

static void
on_waiting (void *self, const letter_t *letter)
{
    const wire_waiting_t *waiting = &letter->wire.as.waiting;
    step (self, user_at_turn (self, &waiting->user, waiting->turn), USER_WAITS, &letter->wire);
}

static void
on_matched (void *self, const letter_t *letter)
{
    const wire_matched_t *matched = &letter->wire.as.matched;
    step (self, user_at_turn (self, &matched->user, matched->turn), USER_MATCHED, &letter->wire);
}

static void
on_left (void *self, const letter_t *letter)
{
    const wire_left_t *left = &letter->wire.as.left;
    step (self, user_at_turn (self, &left->user, left->turn), USER_LEFT, &letter->wire);
}

static void
on_ended (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    user_t *user = book_find (gateway->book, &letter->wire.as.ended.user);
    if (user != NULL && user_is_in (user, &letter->wire.as.ended.chat)) {
        step (gateway, user, USER_PARTNER_GONE, &letter->wire);
    }
}

// --- Relays ---

// The user whom a wire message of a chat is for, if it is in that chat with that partner.
static user_t *
user_in (gateway_t *gateway, const ident_t *id, const ident_t *chat, const ident_t *partner)
{
    user_t *user = book_find (gateway->book, id);
    bool fits = user != NULL && user_is_in (user, chat)
             && ident_equal (&user->chat->partner, partner);
    return fits ? user : NULL;
}

// Somebody speaks to a user who is not in that chat. Unless the user may be about to learn of it,
// the other one is told that it is over: a notice of that may have been lost.
static void
tell_over (gateway_t *gateway, const letter_t *letter, const ident_t *id, const ident_t *chat,
           const ident_t *partner, const ident_t *from)
{
    const user_t *user = book_find (gateway->book, id);
    if (user != NULL && user->state == USER_SEARCHING) {
        return;
    }
    wire_t gone = {
        .kind = WIRE_GONE,
        .as.gone = {*from, gateway->users.gateway, *chat, *partner, *id, REASON_ENDED},
    };
    mailbox_send (letter->via, NULL, ROLE_RELAY, &gone);
}

static void
on_message (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_message_t *message = &letter->wire.as.message;
    user_t *user = user_in (gateway, &message->user, &message->chat, &message->partner);
    if (user != NULL) {
        step (gateway, user, USER_HEARD, &letter->wire);
    }
    else {
        tell_over (gateway, letter, &message->user, &message->chat, &message->partner,
                   &message->from);
    }
}

static void
on_receipt (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_receipt_t *receipt = &letter->wire.as.receipt;
    user_t *user = user_in (gateway, &receipt->user, &receipt->chat, &receipt->partner);
    if (user != NULL) {
        step (gateway, user, USER_RECEIPTED, &letter->wire);
    }
    else {
        tell_over (gateway, letter, &receipt->user, &receipt->chat, &receipt->partner,
                   &receipt->from);
    }
}

static void
on_typing (void *self, const letter_t *letter)
{
    const wire_typing_t *typing = &letter->wire.as.typing;
    step (self, user_in (self, &typing->user, &typing->chat, &typing->partner),
          USER_PARTNER_TYPED, &letter->wire);
}

static void
on_gone (void *self, const letter_t *letter)
{
    const wire_gone_t *gone = &letter->wire.as.gone;
    step (self, user_in (self, &gone->user, &gone->chat, &gone->partner), USER_PARTNER_GONE,
          &letter->wire);
}

static void
on_away (void *self, const letter_t *letter)
{
    const wire_away_t *away = &letter->wire.as.away;
    step (self, user_in (self, &away->user, &away->chat, &away->partner), USER_PARTNER_AWAY,
          &letter->wire);
}

static void
on_back (void *self, const letter_t *letter)
{
    const wire_back_t *back = &letter->wire.as.back;
    step (self, user_in (self, &back->user, &back->chat, &back->partner), USER_PARTNER_BACK,
          &letter->wire);
}

static void
on_lost (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_lost_t *lost = &letter->wire.as.lost;
    gateway->lost++;
    gateway_stamp (gateway);
    user_t *user = book_find (gateway->book, &lost->user);
    if (user != NULL && user_is_in (user, &lost->chat) && chat_is_lost (user)) {
        user_step (user, USER_PARTNER_LOST, NULL);
    }
}

// clang-format off
const duty_t gateway_duties[] = {
    { WIRE_WAITING, ROLE_MATCHER, on_waiting },
    { WIRE_MATCHED, ROLE_MATCHER, on_matched },
    { WIRE_LEFT,    ROLE_MATCHER, on_left },
    { WIRE_ENDED,   ROLE_MATCHER, on_ended },
    { WIRE_MESSAGE, ROLE_RELAY,   on_message },
    { WIRE_RECEIPT, ROLE_RELAY,   on_receipt },
    { WIRE_TYPING,  ROLE_RELAY,   on_typing },
    { WIRE_GONE,    ROLE_RELAY,   on_gone },
    { WIRE_AWAY,    ROLE_RELAY,   on_away },
    { WIRE_BACK,    ROLE_RELAY,   on_back },
    { WIRE_LOST,    ROLE_RELAY,   on_lost },
    { WIRE_NONE,    ROLE_NONE,    NULL },
};
// clang-format on
