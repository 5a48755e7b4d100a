// peers.c -- what matchers and relays say to a gateway, and which of its users it is for.
//
// Hears WAITING, MATCHED, LEFT, ENDED, LEASED, RESUMED, TAKEN, HELD, BLOCKED, AWAY, BACK from matchers;
// MESSAGE, RECEIPT, TYPING, GONE, AWAY, BACK, MOVED, STANDS, LOST from relays. What is about somebody
// who is not here, or comes from where the partner no longer is, changes nothing.

#include "gateway/chat.h"
#include "gateway/gateway_inside.h"
#include "gateway/seek.h"

#define SAYINGS_A_MS 5      // So many users a ms are said again to matchers.
#define LEARN_MS 60000      // A chat so old is known to both of its people; clocks may differ by less.
#define TURNS_SPARE 1000000 // A user's requests at one gateway are fewer than that.

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

// Somebody whom Redis takes to be here is not: it is leaving until a matcher has heard that.
static void
leave_for (gateway_t *gateway, const letter_t *letter, const ident_t *id, uint64_t turn)
{
    size_t pool = 0;
    while (pool + 1 < gateway->users.pools
           && !replicas_have (gateway->pools[pool].matchers, letter->via)) {
        pool++;
    }
    gateway_stamp (gateway);
    user_t *user = user_leaving (&gateway->users, id, turn, pool);
    book_put (gateway->book, &user->id, user);
}

// Whether that match was made before a block of the user's was noted.
static user_event_t
event_of_match (const user_t *user, const wire_matched_t *matched, user_event_t event)
{
    bool blocked = user_last (user)->ending == LAST_WAS_BLOCKED
                && ident_equal (&user_last (user)->partner, &matched->partner);
    return blocked ? USER_MATCHED_BLOCKED : event;
}

// A partner whom its last one wants back. It may be doing nothing, or not know yet that it was
// skipped, as that comes by another way; or it may have gone.
static void
reunite (gateway_t *gateway, const letter_t *letter, user_t *user)
{
    const wire_matched_t *matched = &letter->wire.as.matched;
    if (user != NULL && user_is_in (user, &matched->undoes)) {
        wire_t ended = {WIRE_ENDED, .as.ended = {user->id, matched->undoes, REASON_SKIPPED}};
        step (gateway, user, USER_PARTNER_GONE, &ended);
    }
    if (user != NULL
        && (user->state != USER_IDLE || ident_equal (&user_last (user)->chat, &matched->undoes))) {
        step (gateway, user, event_of_match (user, matched, USER_REUNITED), &letter->wire);
    }
    else if (book_find (gateway->book, &matched->user) == NULL && matched->turn < TURN_MOST) {
        leave_for (gateway, letter, &matched->user, matched->turn);
    }
}

static void
on_matched (void *self, const letter_t *letter)
{
    const wire_matched_t *matched = &letter->wire.as.matched;
    user_t *user = user_at_turn (self, &matched->user, matched->turn);
    if (!ident_is_nil (&matched->undoes)) {
        reunite (self, letter, user);
    }
    else if (user != NULL) {
        step (self, user, event_of_match (user, matched, USER_MATCHED), &letter->wire);
    }
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
    const wire_ended_t *ended = &letter->wire.as.ended;
    user_t *user = book_find (gateway->book, &ended->user);
    if (user != NULL && user_is_in (user, &ended->chat)) {
        step (gateway, user, USER_PARTNER_GONE, &letter->wire);
    }
    else if (user != NULL) {
        user_knows_end (user, &ended->chat);
    }
}

static void
on_held (void *self, const letter_t *letter)
{
    const wire_held_t *held = &letter->wire.as.held;
    step (self, user_at_turn (self, &held->user, held->turn), USER_HELD, &letter->wire);
}

static void
on_taken (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_taken_t *taken = &letter->wire.as.taken;
    user_t *user = book_find (gateway->book, &taken->user);
    if (user != NULL && user->state != USER_RETURNING && user->turn <= taken->turn) {
        step (gateway, user, USER_TAKEN_AWAY, NULL);
    }
}

// Redis has lost what it knew of our users, or has given them up: it is told again, not all at once.
static void
say_again (gateway_t *gateway, size_t pool)
{
    size_t place = 0;
    uint64_t count = 0;
    user_t *user;
    while ((user = book_next (gateway->book, &place)) != NULL) {
        if (user->pool == pool) {
            user_say_again (user, gateway->users.now_ms + count++ / SAYINGS_A_MS);
        }
    }
}

static void
on_leased (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_leased_t *leased = &letter->wire.as.leased;
    if (leased->pool >= gateway->users.pools) {
        return; // That is no pool of ours.
    }
    ident_t *generation = &gateway->pools[leased->pool].generation;
    bool another = !ident_is_nil (generation) && !ident_equal (generation, &leased->generation);
    *generation = leased->generation;
    gateway_stamp (gateway);
    gateway->online = leased->online;
    gateway->users.searching[leased->pool] = leased->searching;
    if (another) {
        say_again (gateway, leased->pool);
    }
}

static void
on_blocked (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    step (gateway, book_find (gateway->book, &letter->wire.as.blocked.user), USER_BLOCK_NOTED,
          &letter->wire);
}

static user_event_t
event_of_doing (uint64_t doing)
{
    static const user_event_t events[] = {
        [DOING_UNKNOWN] = USER_WAS_UNKNOWN,     [DOING_NOTHING] = USER_WAS_IDLE,
        [DOING_PARTED] = USER_WAS_PARTED,       [DOING_SEARCHING] = USER_WAS_SEARCHING,
        [DOING_CHATTING] = USER_WAS_CHATTING,
    };
    return events[doing];
}

static void
on_resumed (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_resumed_t *resumed = &letter->wire.as.resumed;
    user_t *user = book_find (gateway->book, &resumed->user);
    // Turns have an end. Whoever has come near it, by tens of thousands of moves, begins anew.
    bool spent = resumed->turn > TURN_MOST - TURNS_SPARE;
    bool whole = resumed->doing != DOING_CHATTING
              || (resumed->side != SIDE_NONE && resumed->started_ms != 0);
    if (!whole) {
        return; // There is no such chat.
    }
    if (user == NULL) {
        if (!spent && resumed->doing >= DOING_SEARCHING) { // Its browser did not wait that long.
            leave_for (gateway, letter, &resumed->user, resumed->turn);
        }
    }
    else if (user->state == USER_RETURNING && ident_equal (&user->nonce, &resumed->nonce)) {
        user_event_t event = event_of_doing (spent ? DOING_UNKNOWN : resumed->doing);
        bool knows_end = user->came->over && user->came->chat == offset_chat (&resumed->chat);
        event = event == USER_WAS_CHATTING && knows_end ? USER_WAS_LEAVING : event;
        bool others = user->pool + 1 < gateway->users.pools;
        step (gateway, user, event == USER_WAS_UNKNOWN && others ? USER_UNKNOWN_THERE : event,
              &letter->wire);
    }
}

static void
on_refused (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_refused_t *refused = &letter->wire.as.refused;
    user_t *user = book_find (gateway->book, &refused->user);
    if (user != NULL) {
        gateway_stamp (gateway);
        user_refused (user, (wire_kind_t) refused->about, (refusal_t) refused->reason);
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

// True if that is where the partner is, as far as the user knows.
static bool
is_from_partner (const user_t *user, const ident_t *from)
{
    return ident_equal (&user->chat->partner_gateway, from);
}

// Whether a matcher may still have to tell of a chat.
static bool
is_new (const gateway_t *gateway, const ident_t *chat)
{
    return ident_time_ms (chat) + LEARN_MS > gateway->users.wall_ms;
}

// Somebody speaks to a user who is not in that chat. If the user is here it is over: a notice of that
// may have been lost. If not, it may be at another gateway, which will say so, or else a matcher will.
static void
tell_not_here (gateway_t *gateway, const letter_t *letter, const ident_t *id, const ident_t *chat,
               const ident_t *partner, const ident_t *from)
{
    gateway_stamp (gateway);
    user_t *user = book_find (gateway->book, id);
    const ident_t *us = &gateway->users.gateway;
    wire_t gone = {WIRE_GONE, .as.gone = {*from, *us, *chat, *partner, *id, REASON_ORPHANED}};
    wire_t away = {WIRE_AWAY, .as.away = {*from, *us, *chat, *partner, *id}};
    bool may_be_matched = user != NULL && is_new (gateway, chat)
                       && (user->state == USER_SEARCHING
                               ? seek_may_learn_of (user, chat)
                               : user_may_be_wanted_back (user, partner, chat));
    bool may_learn_of_it = may_be_matched || (user != NULL && user->state == USER_RETURNING);
    if (!may_learn_of_it) {
        mailbox_send (letter->via, NULL, ROLE_RELAY, user != NULL ? &gone : &away);
    }
}

// Whether it is a message that goes back to who wrote it. Where both are at one gateway it looks like one
// that has been here, or like one to somebody who has gone; but who waits for some has sent none.
static bool
give_back (gateway_t *gateway, const letter_t *letter)
{
    const wire_message_t *message = &letter->wire.as.message;
    user_t *writer = user_in (gateway, &message->partner, &message->chat, &message->user);
    bool fits = writer != NULL && !link_is_agreed (writer->chat->link)
             && is_from_partner (writer, &message->from);
    if (fits) {
        step (gateway, writer, USER_GIVEN_BACK, &letter->wire);
    }
    return fits;
}

static void
on_message (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_message_t *message = &letter->wire.as.message;
    user_t *user = user_in (gateway, &message->user, &message->chat, &message->partner);
    if (user != NULL && is_from_partner (user, &message->from)) {
        if (message->number <= link_arrived (user->chat->link)) {
            give_back (gateway, letter);
        }
        step (gateway, user, USER_HEARD, &letter->wire);
    }
    else if (give_back (gateway, letter)) {
        return;
    }
    else if (user == NULL) {
        tell_not_here (gateway, letter, &message->user, &message->chat, &message->partner,
                       &message->from);
    }
}

static void
on_receipt (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_receipt_t *receipt = &letter->wire.as.receipt;
    user_t *user = user_in (gateway, &receipt->user, &receipt->chat, &receipt->partner);
    if (user != NULL && is_from_partner (user, &receipt->from)) {
        step (gateway, user, USER_RECEIPTED, &letter->wire);
    }
    else if (user == NULL) {
        tell_not_here (gateway, letter, &receipt->user, &receipt->chat, &receipt->partner,
                       &receipt->from);
    }
}

// What else the partner's gateway says.
static void
hear (gateway_t *gateway, const letter_t *letter, user_event_t event, user_t *user,
      const ident_t *from)
{
    if (user != NULL && (is_from_partner (user, from) || letter->role == ROLE_MATCHER)) {
        step (gateway, user, event, &letter->wire);
    }
}

static void
on_typing (void *self, const letter_t *letter)
{
    const wire_typing_t *typing = &letter->wire.as.typing;
    hear (self, letter, USER_PARTNER_TYPED,
          user_in (self, &typing->user, &typing->chat, &typing->partner), &typing->from);
}

static void
on_gone (void *self, const letter_t *letter)
{
    const wire_gone_t *gone = &letter->wire.as.gone;
    hear (self, letter, USER_PARTNER_GONE, user_in (self, &gone->user, &gone->chat, &gone->partner),
          &gone->from);
}

static void
on_away (void *self, const letter_t *letter)
{
    const wire_away_t *away = &letter->wire.as.away;
    hear (self, letter, USER_PARTNER_AWAY, user_in (self, &away->user, &away->chat, &away->partner),
          &away->from);
}

static void
on_back (void *self, const letter_t *letter)
{
    const wire_back_t *back = &letter->wire.as.back;
    hear (self, letter, USER_PARTNER_BACK, user_in (self, &back->user, &back->chat, &back->partner),
          &back->from);
}

// Whoever has moved says so itself: it is not where it was.
static void
on_moved (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_moved_t *moved = &letter->wire.as.moved;
    user_t *user = user_in (gateway, &moved->user, &moved->chat, &moved->partner);
    if (user != NULL) {
        step (gateway, user, USER_PARTNER_MOVED, &letter->wire);
    }
    else {
        tell_not_here (gateway, letter, &moved->user, &moved->chat, &moved->partner, &moved->from);
    }
}

static void
on_stands (void *self, const letter_t *letter)
{
    const wire_stands_t *stands = &letter->wire.as.stands;
    hear (self, letter, USER_PARTNER_STANDS,
          user_in (self, &stands->user, &stands->chat, &stands->partner), &stands->from);
}

static void
on_lost (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_lost_t *lost = &letter->wire.as.lost;
    gateway->lost++;
    user_t *user = book_find (gateway->book, &lost->user);
    if (user != NULL && user_is_in (user, &lost->chat) && is_from_partner (user, &lost->gateway)) {
        gateway_stamp (gateway);
        user_step (user, chat_is_lost (user) ? USER_PARTNER_LOST : USER_PARTNER_UNREACHED, NULL);
    }
}

// --- From one user to another ---

// It overtakes no message.
static bool
part_here (gateway_t *gateway, const user_t *from, user_t *user, const wire_t *gone)
{
    bool fits = user != NULL && link_unconfirmed (from->chat->link) == 0;
    if (fits) {
        step (gateway, user, USER_PARTNER_GONE, gone);
    }
    return fits;
}

// A partner who does not know of the chat yet is about to learn of it, as a rule.
static bool
greet_here (gateway_t *gateway, user_t *user, const wire_t *wire)
{
    const wire_receipt_t *receipt = &wire->as.receipt;
    if (receipt->number > 0 || receipt->seen > 0) {
        return false;
    }
    if (user != NULL) {
        step (gateway, user, USER_RECEIPTED, wire);
        return true;
    }
    user_t *searcher = book_find (gateway->book, &receipt->user);
    return searcher != NULL && searcher->state == USER_SEARCHING
        && is_new (gateway, &receipt->chat) && seek_may_learn_of (searcher, &receipt->chat);
}

bool
gateway_tell_here (gateway_t *gateway, const user_t *user, const wire_t *wire)
{
    const ident_t *us = &gateway->users.gateway;
    const chat_t *chat = user->chat;
    if (!ident_equal (&chat->partner_gateway, us)
        || (wire->kind != WIRE_GONE && wire->kind != WIRE_RECEIPT)) {
        return false;
    }
    user_t *partner = user_in (gateway, &chat->partner, &chat->id, &user->id);
    if (partner != NULL && !is_from_partner (partner, us)) {
        return false;
    }
    return wire->kind == WIRE_GONE ? part_here (gateway, user, partner, wire)
                                   : greet_here (gateway, partner, wire);
}

// clang-format off
const duty_t gateway_duties[] = {
    { WIRE_WAITING, ROLE_MATCHER, on_waiting },
    { WIRE_MATCHED, ROLE_MATCHER, on_matched },
    { WIRE_LEFT,    ROLE_MATCHER, on_left },
    { WIRE_ENDED,   ROLE_MATCHER, on_ended },
    { WIRE_LEASED,  ROLE_MATCHER, on_leased },
    { WIRE_RESUMED, ROLE_MATCHER, on_resumed },
    { WIRE_TAKEN,   ROLE_MATCHER, on_taken },
    { WIRE_HELD,    ROLE_MATCHER, on_held },
    { WIRE_BLOCKED, ROLE_MATCHER, on_blocked },
    { WIRE_AWAY,    ROLE_MATCHER, on_away },
    { WIRE_BACK,    ROLE_MATCHER, on_back },
    { WIRE_REFUSED, ROLE_MATCHER, on_refused },
    { WIRE_MESSAGE, ROLE_RELAY,   on_message },
    { WIRE_RECEIPT, ROLE_RELAY,   on_receipt },
    { WIRE_TYPING,  ROLE_RELAY,   on_typing },
    { WIRE_GONE,    ROLE_RELAY,   on_gone },
    { WIRE_AWAY,    ROLE_RELAY,   on_away },
    { WIRE_BACK,    ROLE_RELAY,   on_back },
    { WIRE_MOVED,   ROLE_RELAY,   on_moved },
    { WIRE_STANDS,  ROLE_RELAY,   on_stands },
    { WIRE_LOST,    ROLE_RELAY,   on_lost },
    { WIRE_NONE,    ROLE_NONE,    NULL },
};
// clang-format on
