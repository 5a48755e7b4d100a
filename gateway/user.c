// user.c -- one anonymous person: what happens in which state. READ THE TABLE FIRST.
//
// Hears its browser, matchers (errand.c, comeback.c) and the partner's gateway (chat.c). Keeps its
// turn, which fences off answers to what it no longer wants.

#include "gateway/user.h"

#include <stdlib.h>
#include <string.h>

#include "actor/machine.h"
#include "gateway/block.h"
#include "gateway/chat.h"
#include "gateway/comeback.h"
#include "gateway/errand.h"
#include "gateway/seek.h"
#include "gateway/speech.h"
#include "gateway/tell.h"

#define STALES_MOST 3    // So often out of date: the user is at another gateway.
#define BUSY_MS 50       // How long a draining gateway waits for a message that is on its way.
#define WANTED_BACK_MS 20000 // A partner may undo its skip for half of that, and is then found.

// --- What the table does ---

static void
still_idle (void *self, const void *what)
{
    errand_answer (self, ((const request_t *) what)->ack, "idle");
}

static void
note_left (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    if (user->pending == WIRE_LEAVE) {
        errand_end (user);
        errand_pay (user);
    }
}

// Why the user leaves whatever it may have been matched with meanwhile, if nothing else is known.
static void
blame (user_t *user, reason_t reason)
{
    if (user_farewell (user)->reason == REASON_NONE) {
        user_farewell_anew (user)->reason = reason;
    }
}

static void
leave (user_t *user, reason_t reason)
{
    tell_gone (user, reason);
    chat_end (user, reason);
}

static void
skip (void *self, const void *what)
{
    user_t *user = self;
    leave (user, REASON_SKIPPED);
    user->last->ending = LAST_WAS_SKIPPED;
    seek_next (user, what);
}

static void
end_chat (void *self, const void *what)
{
    leave (self, REASON_ENDED);
    seek_stop (self, what);
}

static void
note_held (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    if (user->pending == WIRE_HOLD) {
        errand_end (user);
    }
}

static void
part (void *self, const void *what)
{
    user_t *user = self;
    note_held (user, NULL); // A matcher need not say any more whether the chat stands.
    const wire_t *wire = what;
    reason_t reason = (reason_t) (wire->kind == WIRE_GONE ? wire->as.gone.reason
                                                          : wire->as.ended.reason);
    bool unsaid = reason == REASON_ORPHANED && wire->kind == WIRE_GONE;
    reason = unsaid ? REASON_ENDED : reason;
    bool held = user->connect == CONNECT_HELD;
    ident_t chat = user->chat->id;
    chat_end (user, reason);
    user->farewell->by_partner = true;
    if (wire->kind == WIRE_ENDED) {
        user_knows_end (user, &chat);
    }
    // A skip that was not heard of itself may show as any other end.
    bool skipped = reason == REASON_SKIPPED || reason == REASON_ENDED;
    user->last->ending = skipped ? LAST_WAS_SKIPPED_BY : LAST_IS_OVER;
    say_partner_left (user, &chat, reason);
    if (unsaid) {
        errand_begin (user, WIRE_LEAVE); // The partner may have said it to no matcher, either.
    }
    if (held) {
        comeback_begin (user, USER_IDLE);
    }
}

static void
give_up (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    ident_t chat = user->chat->id;
    chat_end (user, REASON_TIMEOUT);
    say_partner_left (user, &chat, REASON_TIMEOUT);
    errand_begin (user, WIRE_LEAVE);
}

// The connection is lost. For a while the user may come back.
static void
wait_for_return (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    user->owed = NULL;
    block_expect_no_ack (user);
    agenda_set (user->users->agenda, &user->absence,
                user->users->now_ms + user->users->recovery_ms);
}

static void
leave_chat_waiting (void *self, const void *what)
{
    tell_away (self);
    link_expect_no_ack (((user_t *) self)->chat->link);
    wait_for_return (self, what);
}

// Nobody is to be matched with somebody who is away.
static void
leave_line (void *self, const void *what)
{
    seek_refuse_undo (self);
    blame (self, REASON_DISCONNECTED);
    errand_begin (self, WIRE_LEAVE);
    wait_for_return (self, what);
}

static void
welcome (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    comeback_let_in (user);
    say_state (user, user->state);
}

static void
welcome_to_chat (void *self, const void *what)
{
    welcome (self, what);
    tell_back (self);
}

static void
welcome_to_line (void *self, const void *what)
{
    user_t *user = self;
    welcome (user, what);
    seek_forgive (user);
    errand_begin (user, WIRE_SEARCH);
}

// The user is gone, and with it the way to the browser.
static void
vanish (user_t *user, reason_t reason)
{
    user->socket = NULL;
    user->undoes = false;
    agenda_clear (&user->absence);
    user->give_up_ms = user->users->now_ms + USER_GONE_MOST_MS;
    blame (user, reason);
    if (user->state != USER_IDLE || user->pending != WIRE_NONE
        || !ident_is_nil (&user_farewell (user)->chat)) {
        errand_begin (user, WIRE_LEAVE);
    }
}

static void
quit (void *self, const void *what)
{
    (void) what;
    vanish (self, REASON_ENDED);
}

// Why somebody who was cut off and has not come back has left.
static reason_t
reason_of_absence (const user_t *user)
{
    return user->users->drain_by_ms > 0 ? REASON_DRAINED : REASON_DISCONNECTED;
}

static void
drop_out (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    if (user->pending == WIRE_NONE) {
        // Should it come back, it is too late for whatever it may have been put into meanwhile, too.
        farewell_t *farewell = user_farewell_anew (user);
        farewell->reason = reason_of_absence (user);
        farewell->by_partner = false;
    }
    vanish (user, reason_of_absence (user));
}

static void
quit_chat (void *self, const void *what)
{
    leave (self, REASON_ENDED);
    quit (self, what);
}

static void
drop_chat (void *self, const void *what)
{
    leave (self, reason_of_absence (self));
    drop_out (self, what);
}

// --- From one gateway to another ---

static void
catch_up (user_t *user)
{
    if (user->connect == CONNECT_HELD && chat_has_caught_up (user)) {
        comeback_begin (user, USER_CHATTING);
    }
}

static void
note_moved (void *self, const void *what)
{
    chat_partner_moved (self, &((const wire_t *) what)->as.moved);
    catch_up (self);
}

static void
note_stands (void *self, const void *what)
{
    chat_partner_stands (self, &((const wire_t *) what)->as.stands);
    catch_up (self);
}

static void
note_given_back (void *self, const void *what)
{
    chat_given_back (self, &((const wire_t *) what)->as.message);
}

// The user is at another gateway now. Here nothing is left to do.
static void
let_go (void *self, const void *what)
{
    user_t *user = self;
    users_t *users = user->users;
    (void) what;
    if (user->socket != NULL) {
        say_aside (user, USER_NO_ACK, REFUSAL_TAKEN_OVER, 0);
        users->port->put_out (users->self, user);
    }
    if (user->chat != NULL) {
        chat_end (user, REASON_NONE);
    }
    errand_end (user);
}

static void
note_unreached (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    if (chat_unreached (user) && user->pending == WIRE_NONE) {
        user_say_again (user, user->users->now_ms);
    }
}

static void
write (void *self, const void *what)
{
    chat_write (self, what);
}

static void
type (void *self, const void *what)
{
    tell_typing (self, ((const request_t *) what)->on);
}

static void
hear (void *self, const void *what)
{
    chat_hear (self, &((const wire_t *) what)->as.message);
    catch_up (self);
}

static void
receipt (void *self, const void *what)
{
    chat_receipt (self, &((const wire_t *) what)->as.receipt);
}

static void
show_away (void *self, const void *what)
{
    user_t *user = self;
    const wire_away_t *away = &((const wire_t *) what)->as.away;
    bool said_by_matcher = ident_is_nil (&away->from);
    if (chat_partner_away (user, said_by_matcher) && user->pending == WIRE_NONE) {
        user_say_again (user, user->users->now_ms);
    }
}

// What the partner has not confirmed need not wait for its time.
static void
show_back (void *self, const void *what)
{
    chat_partner_back (self, ident_is_nil (&((const wire_t *) what)->as.back.from));
    chat_send_again (self);
}

static void
show_typing (void *self, const void *what)
{
    say_typing (self, ((const wire_t *) what)->as.typing.on == 1);
}

static void
refuse_no_chat (void *self, const void *what)
{
    say_refusal (self, ((const request_t *) what)->ack, REFUSAL_NOT_IN_CHAT, 0);
}

static void
refuse_undo (void *self, const void *what)
{
    say_refusal (self, ((const request_t *) what)->ack, REFUSAL_NOTHING_TO_UNDO, 0);
}

static void
refuse_in_chat (void *self, const void *what)
{
    say_refusal (self, ((const request_t *) what)->ack, REFUSAL_ALREADY_IN_CHAT, 0);
}

static void
refuse_old_chat (void *self, const void *what)
{
    say_refusal (self, ((const request_t *) what)->ack, REFUSAL_CHAT_OVER, 0);
}

static void
refuse_too_often (void *self, const void *what)
{
    const request_t *request = what;
    say_refusal (self, request->ack, REFUSAL_TOO_MANY_SEARCHES, request->retry_after_ms);
}

// What is late, said twice, or about a chat that is over: the matcher and the partner's gateway
// repeat themselves, and the turn and the chat's id have told that this is not for now.
static void
let_pass (void *self, const void *what)
{
    (void) self;
    (void) what;
}

#define ANY MACHINE_ANY
#define STAY MACHINE_STAY
#define IDLE USER_IDLE
#define SEARCHING USER_SEARCHING
#define CHATTING USER_CHATTING
#define RETURNING USER_RETURNING
#define GONE USER_GONE

// clang-format off
static const rule_t user_rules[] = {
    //  in         when                 do                  then
    { ANY,       USER_TAKEN_AWAY,     let_go,             GONE },

    // A message, and its receipt: rules are looked at from above, and nothing happens as often.
    { CHATTING,  USER_WROTE,          write,              STAY },
    { CHATTING,  USER_HEARD,          hear,               STAY },
    { CHATTING,  USER_RECEIPTED,      receipt,            STAY },

    { IDLE,      USER_SEARCHED,       seek_begin,         SEARCHING },
    { IDLE,      USER_SKIPPED,        seek_next,          SEARCHING },
    { IDLE,      USER_ENDED,          still_idle,         STAY },
    { IDLE,      USER_REUNITED,       seek_reunited,      CHATTING },
    { IDLE,      USER_MATCHED_BLOCKED, seek_decline,      STAY },
    { IDLE,      USER_LEFT,           note_left,          STAY },
    { IDLE,      USER_CUT_OFF,        wait_for_return,    STAY },
    { IDLE,      USER_RETURNED,       welcome,            STAY },
    { IDLE,      USER_QUIT,           quit,               GONE },
    { IDLE,      USER_GIVEN_UP,       drop_out,           GONE },

    { SEARCHING, USER_SEARCHED,       seek_on,            STAY },
    { SEARCHING, USER_SKIPPED,        seek_on_skip,       STAY },
    { SEARCHING, USER_ENDED,          seek_stop,          IDLE },
    { SEARCHING, USER_UNDID,          seek_undo,          STAY },
    { SEARCHING, USER_WAITS,          seek_wait,          STAY },
    { SEARCHING, USER_MATCHED,        seek_found,         CHATTING },
    { SEARCHING, USER_REUNITED,       seek_reunited,      CHATTING },
    { SEARCHING, USER_MATCHED_BLOCKED, seek_decline,      STAY },
    { SEARCHING, USER_LEFT,           seek_left,          STAY },
    { SEARCHING, USER_SEARCHED_TOO_LONG, seek_expire,     IDLE },
    { SEARCHING, USER_CUT_OFF,        leave_line,         STAY },
    { SEARCHING, USER_RETURNED,       welcome_to_line,    STAY },
    { SEARCHING, USER_QUIT,           quit,               GONE },
    { SEARCHING, USER_GIVEN_UP,       drop_out,           GONE },

    { CHATTING,  USER_SEARCHED,       refuse_in_chat,     STAY },
    { CHATTING,  USER_TYPED,          type,               STAY },
    { CHATTING,  USER_SKIPPED,        skip,               SEARCHING },
    { CHATTING,  USER_ENDED,          end_chat,           IDLE },
    { CHATTING,  USER_BLOCKED,        block_partner,      IDLE },
    { CHATTING,  USER_UNDID,          refuse_in_chat,     STAY },
    { CHATTING,  USER_PARTNER_TYPED,  show_typing,        STAY },
    { CHATTING,  USER_PARTNER_AWAY,   show_away,          STAY },
    { CHATTING,  USER_PARTNER_BACK,   show_back,          STAY },
    { CHATTING,  USER_PARTNER_MOVED,  note_moved,         STAY },
    { CHATTING,  USER_PARTNER_STANDS, note_stands,        STAY },
    { CHATTING,  USER_GIVEN_BACK,     note_given_back,    STAY },
    { CHATTING,  USER_PARTNER_UNREACHED, note_unreached,  STAY },
    { CHATTING,  USER_HELD,           note_held,          STAY },
    { CHATTING,  USER_PARTNER_GONE,   part,               IDLE },
    { CHATTING,  USER_PARTNER_LOST,   give_up,            IDLE },
    { CHATTING,  USER_CUT_OFF,        leave_chat_waiting, STAY },
    { CHATTING,  USER_RETURNED,       welcome_to_chat,    STAY },
    { CHATTING,  USER_QUIT,           quit_chat,          GONE },
    { CHATTING,  USER_GIVEN_UP,       drop_chat,          GONE },

    { RETURNING, USER_CUT_OFF,        comeback_pause,     STAY },
    { RETURNING, USER_QUIT,           comeback_pause,     STAY },
    { RETURNING, USER_RETURNED,       comeback_ask,       STAY },
    { RETURNING, USER_UNKNOWN_THERE,  comeback_ask_next,  STAY },
    { RETURNING, USER_WAS_UNKNOWN,    comeback_as_stranger,         IDLE },
    { RETURNING, USER_WAS_IDLE,       comeback_to_idle,         IDLE },
    { RETURNING, USER_WAS_PARTED,     comeback_to_end,        IDLE },
    { RETURNING, USER_WAS_SEARCHING,  comeback_to_line,    SEARCHING },
    { RETURNING, USER_WAS_LEAVING,    comeback_from_chat, IDLE },
    { RETURNING, USER_WAS_CHATTING,   comeback_to_chat,     CHATTING },

    { GONE,      USER_LEFT,           note_left,          STAY },

    { ANY,       USER_WROTE,          refuse_no_chat,     STAY },
    { ANY,       USER_TYPED,          let_pass,           STAY },
    { ANY,       USER_BLOCKED,        block_last,         STAY },
    { ANY,       USER_BLOCKED_LAST,   block_last,         STAY },
    { ANY,       USER_BLOCKED_TOO_SOON, block_refuse,     STAY },
    { ANY,       USER_BLOCK_NOTED,    block_noted,        STAY },
    { ANY,       USER_UNDID,          refuse_undo,        STAY },
    { ANY,       USER_NAMED_OLD_CHAT, refuse_old_chat,    STAY },
    { ANY,       USER_SEARCHED_TOO_OFTEN, refuse_too_often, STAY },
    { ANY,       ANY,                 let_pass,           STAY },
};
// clang-format on

void
user_step (user_t *user, user_event_t event, const void *what)
{
    bool was_returning = user->state == USER_RETURNING;
    bool was_present = user->state != USER_GONE;
    user->users->in_state[user->state]--;
    user->state = (user_state_t) machine_step (user_rules, user->state, event, user, what);
    user->users->in_state[user->state]++;
    user->users->present -= was_present && user->state == USER_GONE;
    if (was_returning && user->state != USER_RETURNING && user->state != USER_GONE) {
        free (user->came);
        user->came = NULL;
        if (user->socket == NULL) {
            user_step (user, USER_CUT_OFF, NULL); // Its connection was lost again meanwhile.
        }
    }
    else if (user->state == USER_GONE && user->pending == WIRE_NONE && user->block == NULL) {
        user->users->port->done (user->users->self, user);
    }
}

void
user_wait_no_longer (void *self, uint64_t now_ms)
{
    user_t *user = self;
    users_t *users = user->users;
    users->now_ms = now_ms;
    if (user->socket == NULL) {
        user_step (user, USER_GIVEN_UP, NULL);
    }
    else if (users->drain_by_ms > 0) {
        bool busy = user->chat != NULL && link_unconfirmed (user->chat->link) > 0;
        if (busy && now_ms + users->recovery_ms < users->drain_by_ms) {
            user_drain (user, now_ms + BUSY_MS);
        }
        else {
            users->port->dismiss (users->self, user);
        }
    }
    else if (user->connect == CONNECT_HELD) {
        comeback_begin (user, user->state);
    }
}

void
user_drain (user_t *user, uint64_t at_ms)
{
    if (user->socket != NULL) {
        agenda_set (user->users->agenda, &user->absence, at_ms);
    }
}

void
user_say_again (user_t *user, uint64_t at_ms)
{
    if (user->state == USER_CHATTING && user->pending == WIRE_NONE) {
        user->pending = WIRE_HOLD;
        user->attempt = 0;
    }
    if (user->pending != WIRE_NONE) {
        agenda_set (user->users->agenda, &user->alarm, at_ms);
    }
}

void
user_refused (user_t *user, wire_kind_t about, refusal_t reason)
{
    if (about != user->pending) {
        return; // It was about something that is no longer wanted.
    }
    if (reason == REFUSAL_BUSY) {
        errand_ask_soon (user);
    }
    if (reason == REFUSAL_STALE && ++user->stales >= STALES_MOST) {
        user_step (user, USER_TAKEN_AWAY, NULL);
    }
}

void
user_knows_end (user_t *user, const ident_t *chat)
{
    if (user->pending == WIRE_NONE && ident_equal (&user_farewell (user)->chat, chat)) {
        user_forget_farewell (user);
    }
}

bool
user_may_be_wanted_back (const user_t *user, const ident_t *partner, const ident_t *chat)
{
    if (user->state == USER_CHATTING) {
        // Chats sort by when they were made.
        return ident_equal (&user->chat->partner, partner)
            && memcmp (user->chat->id.bytes, chat->bytes, IDENT_BYTES) < 0;
    }
    return user->state == USER_IDLE && user_last (user)->ending == LAST_WAS_SKIPPED_BY
        && user->users->now_ms - user_last (user)->ended_ms < WANTED_BACK_MS;
}

bool
user_is_in (const user_t *user, const ident_t *chat)
{
    return user->chat != NULL && ident_equal (&user->chat->id, chat);
}

const char *
user_state_name (user_state_t state)
{
    static const char *const names[] = {"idle", "searching", "chatting", "returning",
                                        "gone"};
    return names[state];
}
