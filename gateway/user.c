// user.c -- one anonymous person: what happens in which state. READ THE TABLE AT THE END FIRST.
//
// Hears its browser, matchers (WAITING, MATCHED, LEFT) and the partner's gateway (chat.c). Says
// SEARCH and LEAVE to matchers, again and again until they are answered. Keeps its turn, which
// fences off answers to what it no longer wants.

#include "gateway/user.h"

#include <stdlib.h>

#include "actor/machine.h"
#include "base/must.h"
#include "gateway/chat.h"
#include "gateway/speech.h"

#define ANSWER_MS 500    // How long to wait for a matcher before another one is asked.
#define WAITING_MS 2000  // How often a search that stands in line is repeated.
#define GONE_MOST_MS 60000 // How long a user who has gone is kept for an answer.

// --- Requests to matchers ---

static wire_t
search_of (const user_t *user)
{
    const farewell_t *farewell = &user->farewell;
    return (wire_t){
        .kind = WIRE_SEARCH,
        .as.search = {user->id, user->turn, farewell->chat, farewell->partner,
                      farewell->partner_gateway, farewell->sent, farewell->received,
                      farewell->reason, farewell->by_partner},
    };
}

static wire_t
leave_of (const user_t *user)
{
    const farewell_t *farewell = &user->farewell;
    return (wire_t){
        .kind = WIRE_LEAVE,
        .as.leave = {user->id, user->turn,
                     farewell->reason != REASON_NONE ? farewell->reason : REASON_ENDED,
                     farewell->chat, farewell->partner, farewell->partner_gateway,
                     farewell->sent, farewell->received, farewell->by_partner},
    };
}

static void
ask (user_t *user)
{
    users_t *users = user->users;
    wire_t wire = user->pending == WIRE_SEARCH ? search_of (user) : leave_of (user);
    bool asked = users->port->ask (users->self, user, &wire, user->attempt);
    if (!asked && user->pending == WIRE_SEARCH && !user->told_no_matcher) {
        user->told_no_matcher = true;
        say_refusal (user, USER_NO_ACK, REFUSAL_NO_MATCHER, 0);
    }
    agenda_set (users->agenda, &user->alarm, users->now_ms + ANSWER_MS);
}

// The answer has not come, or the user still stands in line.
static void
ask_again (void *self, uint64_t now_ms)
{
    user_t *user = self;
    user->users->now_ms = now_ms;
    if (user->state == USER_GONE && now_ms > user->give_up_ms) {
        user->users->port->done (user->users->self, user);
        return;
    }
    user->attempt++;
    ask (user);
}

static void
begin_request (user_t *user, wire_kind_t kind)
{
    user->turn++;
    user->pending = kind;
    user->attempt = 0;
    user->told_no_matcher = false;
    ask (user);
}

static void
end_request (user_t *user)
{
    user->pending = WIRE_NONE;
    user->farewell = (farewell_t){0};
    agenda_clear (&user->alarm);
}

// --- What the table does ---

static void
search (void *self, const void *what)
{
    user_t *user = self;
    const request_t *request = what;
    begin_request (user, WIRE_SEARCH);
    say_status (user, request->ack, "waiting");
}

static void
still_searching (void *self, const void *what)
{
    say_status (self, ((const request_t *) what)->ack, "waiting");
}

static void
still_idle (void *self, const void *what)
{
    say_status (self, ((const request_t *) what)->ack, "idle");
}

static void
withdraw (void *self, const void *what)
{
    user_t *user = self;
    begin_request (user, WIRE_LEAVE);
    say_status (user, ((const request_t *) what)->ack, "idle");
}

static void
note_waiting (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    // The chat that was left is known to be over; the place in line is kept by repeating.
    user->farewell = (farewell_t){0};
    user->attempt = 0;
    user->told_no_matcher = false;
    agenda_set (user->users->agenda, &user->alarm, user->users->now_ms + WAITING_MS);
}

static void
introduce (void *self, const void *what)
{
    user_t *user = self;
    end_request (user);
    chat_begin (user, &((const wire_t *) what)->as.matched);
    say_matched (user);
}

static void
note_left (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    if (user->pending == WIRE_LEAVE) {
        end_request (user);
    }
}

// Why the user leaves whatever it may have been matched with meanwhile, if nothing else is known.
static void
blame (user_t *user, reason_t reason)
{
    if (user->farewell.reason == REASON_NONE) {
        user->farewell.reason = reason;
    }
}

static void
leave (user_t *user, reason_t reason)
{
    chat_tell_gone (user, reason);
    chat_end (user, reason);
}

static void
skip (void *self, const void *what)
{
    leave (self, REASON_SKIPPED);
    search (self, what);
}

static void
end_chat (void *self, const void *what)
{
    leave (self, REASON_ENDED);
    withdraw (self, what);
}

static void
part (void *self, const void *what)
{
    user_t *user = self;
    const wire_t *wire = what;
    reason_t reason = (reason_t) (wire->kind == WIRE_GONE ? wire->as.gone.reason
                                                          : wire->as.ended.reason);
    ident_t chat = user->chat->id;
    chat_end (user, reason);
    user->farewell.by_partner = true;
    say_partner_left (user, &chat, reason);
}

static void
give_up (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    ident_t chat = user->chat->id;
    chat_end (user, REASON_TIMEOUT);
    say_partner_left (user, &chat, REASON_TIMEOUT);
    begin_request (user, WIRE_LEAVE);
}

// The connection is lost. For a while the user may come back.
static void
wait_for_return (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    agenda_set (user->users->agenda, &user->absence,
                user->users->now_ms + user->users->recovery_ms);
}

static void
leave_chat_waiting (void *self, const void *what)
{
    chat_tell_away (self);
    wait_for_return (self, what);
}

// Nobody is to be matched with somebody who is away.
static void
leave_line (void *self, const void *what)
{
    blame (self, REASON_DISCONNECTED);
    begin_request (self, WIRE_LEAVE);
    wait_for_return (self, what);
}

static void
welcome (void *self, const void *what)
{
    user_t *user = self;
    (void) what;
    agenda_clear (&user->absence);
    say_state (user);
}

static void
welcome_to_chat (void *self, const void *what)
{
    welcome (self, what);
    chat_tell_back (self);
}

static void
welcome_to_line (void *self, const void *what)
{
    welcome (self, what);
    begin_request (self, WIRE_SEARCH);
}

// The user is gone, and with it the way to the browser.
static void
vanish (user_t *user, reason_t reason)
{
    user->socket = NULL;
    agenda_clear (&user->absence);
    user->give_up_ms = user->users->now_ms + GONE_MOST_MS;
    blame (user, reason);
    if (user->state != USER_IDLE || user->pending != WIRE_NONE) {
        begin_request (user, WIRE_LEAVE);
    }
}

static void
quit (void *self, const void *what)
{
    (void) what;
    vanish (self, REASON_ENDED);
}

static void
drop_out (void *self, const void *what)
{
    (void) what;
    vanish (self, REASON_DISCONNECTED);
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
    leave (self, REASON_DISCONNECTED);
    drop_out (self, what);
}

static void
write (void *self, const void *what)
{
    chat_write (self, what);
}

static void
type (void *self, const void *what)
{
    chat_type (self, ((const request_t *) what)->on);
}

static void
hear (void *self, const void *what)
{
    chat_hear (self, &((const wire_t *) what)->as.message);
}

static void
receipt (void *self, const void *what)
{
    chat_receipt (self, &((const wire_t *) what)->as.receipt);
}

static void
show_away (void *self, const void *what)
{
    (void) what;
    say_partner_away (self);
}

// What the partner has not confirmed need not wait for its time.
static void
show_back (void *self, const void *what)
{
    (void) what;
    say_partner_back (self);
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
#define GONE USER_GONE

// clang-format off
static const rule_t user_rules[] = {
    //  in         when                 do                  then
    { IDLE,      USER_SEARCHED,       search,             SEARCHING },
    { IDLE,      USER_SKIPPED,        search,             SEARCHING },
    { IDLE,      USER_ENDED,          still_idle,         STAY },
    { IDLE,      USER_LEFT,           note_left,          STAY },
    { IDLE,      USER_CUT_OFF,        wait_for_return,    STAY },
    { IDLE,      USER_RETURNED,       welcome,            STAY },
    { IDLE,      USER_QUIT,           quit,               GONE },
    { IDLE,      USER_GIVEN_UP,       drop_out,           GONE },

    { SEARCHING, USER_SEARCHED,       still_searching,    STAY },
    { SEARCHING, USER_SKIPPED,        still_searching,    STAY },
    { SEARCHING, USER_ENDED,          withdraw,           IDLE },
    { SEARCHING, USER_WAITS,          note_waiting,       STAY },
    { SEARCHING, USER_MATCHED,        introduce,          CHATTING },
    { SEARCHING, USER_LEFT,           note_left,          STAY },
    { SEARCHING, USER_CUT_OFF,        leave_line,         STAY },
    { SEARCHING, USER_RETURNED,       welcome_to_line,    STAY },
    { SEARCHING, USER_QUIT,           quit,               GONE },
    { SEARCHING, USER_GIVEN_UP,       drop_out,           GONE },

    { CHATTING,  USER_SEARCHED,       refuse_in_chat,     STAY },
    { CHATTING,  USER_WROTE,          write,              STAY },
    { CHATTING,  USER_TYPED,          type,               STAY },
    { CHATTING,  USER_SKIPPED,        skip,               SEARCHING },
    { CHATTING,  USER_ENDED,          end_chat,           IDLE },
    { CHATTING,  USER_HEARD,          hear,               STAY },
    { CHATTING,  USER_RECEIPTED,      receipt,            STAY },
    { CHATTING,  USER_PARTNER_TYPED,  show_typing,        STAY },
    { CHATTING,  USER_PARTNER_AWAY,   show_away,          STAY },
    { CHATTING,  USER_PARTNER_BACK,   show_back,          STAY },
    { CHATTING,  USER_PARTNER_GONE,   part,               IDLE },
    { CHATTING,  USER_PARTNER_LOST,   give_up,            IDLE },
    { CHATTING,  USER_CUT_OFF,        leave_chat_waiting, STAY },
    { CHATTING,  USER_RETURNED,       welcome_to_chat,    STAY },
    { CHATTING,  USER_QUIT,           quit_chat,          GONE },
    { CHATTING,  USER_GIVEN_UP,       drop_chat,          GONE },

    { GONE,      USER_LEFT,           note_left,          STAY },

    { ANY,       USER_WROTE,          refuse_no_chat,     STAY },
    { ANY,       USER_TYPED,          let_pass,           STAY },
    { ANY,       USER_NAMED_OLD_CHAT, refuse_old_chat,    STAY },
    { ANY,       USER_SEARCHED_TOO_OFTEN, refuse_too_often, STAY },
    { ANY,       ANY,                 let_pass,           STAY },
};
// clang-format on

void
user_step (user_t *user, user_event_t event, const void *what)
{
    user->state = (user_state_t) machine_step (user_rules, user->state, event, user, what);
    if (user->state == USER_GONE && user->pending == WIRE_NONE) {
        user->users->port->done (user->users->self, user);
    }
}

static void
give_up_waiting (void *self, uint64_t now_ms)
{
    user_t *user = self;
    user->users->now_ms = now_ms;
    user_step (user, USER_GIVEN_UP, NULL);
}

bool
user_is_in (const user_t *user, const ident_t *chat)
{
    return user->chat != NULL && ident_equal (&user->chat->id, chat);
}

const char *
user_state_name (user_state_t state)
{
    static const char *const names[] = {"idle", "searching", "chatting", "gone"};
    return names[state];
}

user_t *
user_new (users_t *users, void *socket)
{
    user_t *user = must_alloc (sizeof *user);
    user->state = USER_IDLE;
    user->id = ident_random ();
    user->users = users;
    user->socket = socket;
    user->alarm.ring = ask_again;
    user->alarm.self = user;
    user->absence.ring = give_up_waiting;
    user->absence.self = user;
    ident_secret (user->sid);
    if (users->recovery_ms > 0) {
        user->token = ident_token ();
    }
    return user;
}

void
user_destroy (user_t **user)
{
    if (*user != NULL) {
        if ((*user)->chat != NULL) {
            (*user)->socket = NULL;
            chat_end (*user, REASON_NONE);
        }
        agenda_clear (&(*user)->alarm);
        agenda_clear (&(*user)->absence);
        recall_clear (&(*user)->recall);
        free (*user);
        *user = NULL;
    }
}
