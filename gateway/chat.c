// chat.c -- a user's half of a chat: writes, hears, confirms, sends again.
//
// Hears MESSAGE, RECEIPT, TYPING of the partner and says the same. Keeps what is not confirmed.

#include "gateway/chat.h"

#include <stdlib.h>

#include "base/must.h"
#include "gateway/speech.h"

#define RESEND_MS 300       // How long the first time to wait for a receipt.
#define RESEND_MOST_MS 2000 // And later, doubling each time.
#define PROBE_MS 10000      // A quiet chat shows that it stands, and learns if it does not.
#define LOST_MS 10000       // A partner's gateway that is not reached for so long is gone.

static wire_t
receipt_of (const user_t *user)
{
    const chat_t *chat = user->chat;
    return (wire_t){
        .kind = WIRE_RECEIPT,
        .as.receipt = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner,
                       user->id, link_arrived (chat->link)},
    };
}

static bool
tell (user_t *user, const wire_t *wire)
{
    return user->users->port->tell (user->users->self, user, wire, user->chat->attempt);
}

static void
confirm (user_t *user)
{
    wire_t receipt = receipt_of (user);
    tell (user, &receipt);
}

static void
set_alarm (user_t *user)
{
    chat_t *chat = user->chat;
    uint64_t wait_ms = link_unconfirmed (chat->link) > 0 ? chat->resend_ms : PROBE_MS;
    agenda_set (user->users->agenda, &chat->alarm, user->users->now_ms + wait_ms);
}

static void
send (user_t *user, const sending_t *sending)
{
    const chat_t *chat = user->chat;
    wire_t message = {
        .kind = WIRE_MESSAGE,
        .as.message = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner,
                       user->id, sending->number, sending->at_ms, sending->id, sending->text},
    };
    tell (user, &message);
}

void
chat_send_again (user_t *user)
{
    size_t count = link_unconfirmed (user->chat->link);
    user->users->resent += count;
    for (size_t i = 0; i < count; i++) {
        send (user, link_sending (user->chat->link, i));
    }
    set_alarm (user);
}

// Nothing was heard for as long as it was waited for.
static void
lose_patience (void *self, uint64_t now_ms)
{
    user_t *user = self;
    chat_t *chat = user->chat;
    user->users->now_ms = now_ms;
    if (link_unconfirmed (chat->link) == 0) {
        confirm (user);
    }
    else {
        chat->attempt++;
        chat->resend_ms = 2 * chat->resend_ms < RESEND_MOST_MS ? 2 * chat->resend_ms
                                                               : RESEND_MOST_MS;
    }
    chat_send_again (user);
}

void
chat_begin (user_t *user, const wire_matched_t *matched)
{
    must (user->chat == NULL);
    chat_t *chat = must_alloc (sizeof *chat);
    chat->id = matched->chat;
    chat->partner = matched->partner;
    chat->partner_gateway = matched->partner_gateway;
    chat->partner_alias = ident_random ();
    chat->link = link_new ();
    chat->resend_ms = RESEND_MS;
    chat->alarm.ring = lose_patience;
    chat->alarm.self = user;
    user->chat = chat;
    user->users->matches++;
    confirm (user);
    set_alarm (user);
}

void
chat_end (user_t *user, reason_t reason)
{
    chat_t *chat = user->chat;
    user->farewell = (farewell_t){
        .chat = chat->id,
        .partner = chat->partner,
        .partner_gateway = chat->partner_gateway,
        .reason = reason,
        .sent = link_taken (chat->link),
        .received = link_arrived (chat->link),
    };
    for (size_t i = 0; i < link_unconfirmed (chat->link); i++) {
        say_not_delivered (user, link_sending (chat->link, i));
    }
    agenda_clear (&chat->alarm);
    link_destroy (&chat->link);
    free (chat);
    user->chat = NULL;
}

void
chat_tell_gone (user_t *user, reason_t reason)
{
    const chat_t *chat = user->chat;
    wire_t gone = {
        .kind = WIRE_GONE,
        .as.gone = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner,
                    user->id, reason},
    };
    tell (user, &gone);
}

void
chat_tell_away (user_t *user)
{
    const chat_t *chat = user->chat;
    wire_t away = {
        .kind = WIRE_AWAY,
        .as.away = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner, user->id},
    };
    tell (user, &away);
}

void
chat_tell_back (user_t *user)
{
    const chat_t *chat = user->chat;
    wire_t back = {
        .kind = WIRE_BACK,
        .as.back = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner, user->id},
    };
    tell (user, &back);
}

// A browser that has come back sends again what it has no answer for. True if it is such a one:
// then it waits for the answer to the first, or is given it.
static bool
answer_again (user_t *user, const request_t *request)
{
    sending_t known;
    switch (link_find (user->chat->link, request->id, request->text, request->ack, &known)) {
        case LINK_NEW:
            return false;
        case LINK_SENDING:
            return true;
        case LINK_CONFIRMED:
            say_delivered (user, &known);
            return true;
    }
    must (!"a message is known or new");
    return false;
}

void
chat_write (user_t *user, const request_t *request)
{
    chat_t *chat = user->chat;
    users_t *users = user->users;
    char made[IDENT_SECRET_SIZE];
    word_t id = request->id;
    uint64_t retry_after_ms;
    if (answer_again (user, request)) {
        return;
    }
    if (link_unconfirmed (chat->link) == LINK_WINDOW) {
        say_refusal (user, request->ack, REFUSAL_WINDOW_FULL, 1000);
        return;
    }
    if (!bucket_take (&user->budget.messages, users->messages_per_minute,
                      users->messages_per_minute, users->now_ms, &retry_after_ms)) {
        say_refusal (user, request->ack, REFUSAL_TOO_MANY_MESSAGES, retry_after_ms);
        return;
    }
    if (id.bytes == 0) {
        ident_secret (made);
        id = (word_t){made, sizeof made - 1};
    }
    const sending_t *sending =
        link_take (chat->link, users->wall_ms, request->ack, id, request->text);
    must (sending != NULL);
    users->written++;
    send (user, sending);
    if (link_unconfirmed (chat->link) == 1) {
        set_alarm (user);
    }
}

void
chat_type (user_t *user, bool on)
{
    const chat_t *chat = user->chat;
    wire_t typing = {
        .kind = WIRE_TYPING,
        .as.typing = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner,
                      user->id, on},
    };
    tell (user, &typing);
}

void
chat_hear (user_t *user, const wire_message_t *message)
{
    user->chat->lost_since_ms = 0;
    if (user->socket == NULL) {
        return;
    }
    if (link_arrive (user->chat->link, message->number) == LINK_NEXT) {
        say_message (user, message);
    }
    confirm (user);
}

void
chat_receipt (user_t *user, const wire_receipt_t *receipt)
{
    chat_t *chat = user->chat;
    size_t count = link_confirm (chat->link, receipt->number);
    chat->lost_since_ms = 0;
    for (size_t i = 0; i < count; i++) {
        say_delivered (user, link_sending (chat->link, i));
    }
    if (count > 0) {
        link_release (chat->link, count);
        user->users->delivered += count;
        chat->resend_ms = RESEND_MS;
        set_alarm (user);
    }
}

bool
chat_is_lost (user_t *user)
{
    chat_t *chat = user->chat;
    if (chat->lost_since_ms == 0) {
        chat->lost_since_ms = user->users->now_ms;
    }
    return user->users->now_ms - chat->lost_since_ms >= LOST_MS;
}
