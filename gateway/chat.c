// chat.c -- a user's half of a chat: writes, hears, confirms, sends again.
//
// Hears MESSAGE, RECEIPT, MOVED, STANDS of the partner and says the same (tell.c). Keeps what the
// partner's browser is not known to have read; has it given back after a move.

#include "gateway/chat.h"

#include <stdlib.h>

#include "base/must.h"
#include "gateway/speech.h"
#include "gateway/tell.h"

#define PROBE_MS 10000   // A quiet chat shows that it stands, and learns if it does not.
#define UNREACHED_MS 1000 // A partner's gateway that is not reached for so long: the partner is away.
#define DOUBT_MS 5000    // How often a matcher is asked whether the chat with one who is away stands.
#define SEEN_STEP 16     // So many messages that a browser may not have read: it is asked.

static void
set_alarm (user_t *user)
{
    chat_t *chat = user->chat;
    uint64_t chance = ident_hash (&user->id, chat->attempt + user->users->now_ms);
    bool waits = link_unconfirmed (chat->link) > 0 || !link_is_agreed (chat->link);
    uint64_t wait_ms = waits                    ? patience_wait_ms (&chat->patience, chance)
                     : chat->lost_since_ms != 0 ? UNREACHED_MS
                                                : PROBE_MS;
    agenda_set (user->users->agenda, &chat->alarm, user->users->now_ms + wait_ms);
}

static void
send (user_t *user, const sending_t *sending)
{
    chat_t *chat = user->chat;
    // A relay that is only being started anew is nothing to speak of.
    if (!tell_message (user, sending) && chat->attempt > 0 && !chat->told_no_relay) {
        chat->told_no_relay = true;
        say_refusal (user, USER_NO_ACK, REFUSAL_NO_RELAY, 0);
    }
}

void
chat_send_again (user_t *user)
{
    size_t count = link_is_agreed (user->chat->link) ? link_unconfirmed (user->chat->link) : 0;
    user->users->resent += count;
    user->chat->timed_number = 0; // A receipt would not say which of the two it answers (Karn).
    for (size_t i = 0; i < count; i++) {
        send (user, link_sending (user->chat->link, i));
    }
    set_alarm (user);
}

void
chat_relay_changed (user_t *user)
{
    user->chat->attempt = 0;
    if (!link_is_agreed (user->chat->link)) {
        tell_moved (user);
    }
    else if (link_unconfirmed (user->chat->link) > 0) {
        chat_send_again (user);
    }
}

// Nothing was heard for as long as it was waited for.
static void
lose_patience (void *self, uint64_t now_ms)
{
    user_t *user = self;
    chat_t *chat = user->chat;
    user->users->now_ms = now_ms;
    if (!link_is_agreed (chat->link)) {
        chat->attempt++;
        patience_lost (&chat->patience);
        tell_moved (user);
    }
    else if (link_unconfirmed (chat->link) == 0) {
        tell_receipt (user);
    }
    else {
        chat->attempt++;
        patience_lost (&chat->patience);
    }
    chat_send_again (user);
}

// What the browser knows the partner by: made of the two, so that it is the same at every gateway,
// and says nothing of the partner's id.
static ident_t
alias_of (const ident_t *chat, const ident_t *partner)
{
    return ident_digest (chat, partner->bytes, sizeof partner->bytes);
}

static chat_t *
make_chat (user_t *user, const ident_t *id, const ident_t *partner, const ident_t *partner_gateway,
           origin_t origin)
{
    must (user->chat == NULL);
    chat_t *chat = must_alloc (sizeof *chat);
    chat->id = *id;
    chat->origin = origin;
    chat->partner = *partner;
    chat->partner_gateway = *partner_gateway;
    chat->partner_alias = alias_of (id, partner);
    chat->patience = patience_new ();
    chat->alarm.ring = lose_patience;
    chat->alarm.self = user;
    user->chat = chat;
    return chat;
}

void
chat_begin (user_t *user, const wire_matched_t *matched)
{
    origin_t origin = {matched->side, matched->started_ms, matched->waited_a_ms,
                       matched->waited_b_ms};
    chat_t *chat = make_chat (user, &matched->chat, &matched->partner, &matched->partner_gateway,
                              origin);
    chat->partner_browser = matched->partner_browser;
    chat->link = link_new ();
    user->users->matches++;
    if (user->state == USER_SEARCHING) {
        histogram_add (&user->users->match_time,
                       (user->users->now_ms - user->searching_since_ms) * 1000);
    }
    tell_receipt (user);
    set_alarm (user);
}

// --- From one gateway to another ---

void
chat_resume (user_t *user, const wire_resumed_t *resumed, bool had_read)
{
    const offset_t *came = user->came;
    origin_t origin = {resumed->side, resumed->started_ms, resumed->waited_a_ms,
                       resumed->waited_b_ms};
    chat_t *chat = make_chat (user, &resumed->chat, &resumed->partner, &resumed->partner_gateway,
                              origin);
    chat->link = had_read ? link_resume (came->message, came->fingerprints, came->fingerprint_count)
                          : link_resume (0, NULL, 0);
    chat->partner_browser = resumed->partner_browser;
    chat->turn = resumed->turn;
    chat->written = chat->asked = chat->seen = link_arrived (chat->link);
    tell_moved (user);
    set_alarm (user);
}

static void
show_partner (user_t *user, partner_t now)
{
    partner_t was = user->chat->partner_is;
    user->chat->partner_is = now;
    if (was == PARTNER_HERE && now != PARTNER_HERE) {
        say_partner_away (user);
    }
    if (was != PARTNER_HERE && now == PARTNER_HERE) {
        say_partner_back (user);
    }
}

static void
note_delivered (user_t *user, const sending_t *sending)
{
    uint64_t wall_ms = user->users->wall_ms;
    uint64_t took_ms = wall_ms > sending->at_ms ? wall_ms - sending->at_ms : 0;
    histogram_add (&user->users->delivery_time, took_ms * 1000);
    say_delivered (user, sending);
}

static void
deliver (user_t *user, uint64_t number)
{
    chat_t *chat = user->chat;
    size_t count = link_confirm (chat->link, number);
    for (size_t i = 0; i < count; i++) {
        note_delivered (user, link_sending (chat->link, i));
    }
    link_pass (chat->link, count);
    user->users->delivered += count;
    if (count > 0 && chat->timed_number != 0 && number >= chat->timed_number) {
        patience_measured (&chat->patience, user->users->now_ms - chat->timed_ms);
        chat->timed_number = 0;
    }
}

void
chat_given_back (user_t *user, const wire_message_t *message)
{
    link_give_back (user->chat->link, message->number, message->at_ms, message->id, message->text);
}

// The two agree from where to go on. What the partner's end has heard already is delivered.
static void
agree (user_t *user, uint64_t number, uint64_t heard_number, word_t heard)
{
    link_t *link = user->chat->link;
    uint32_t fingerprints[LINK_WINDOW];
    size_t count;
    deliver (user, number);
    if (!link_is_agreed (link)
        && offset_read_fingerprints (heard.text, heard.bytes, fingerprints, LINK_WINDOW, &count)) {
        size_t known = link_heard_there (link, heard_number, fingerprints, count);
        for (size_t i = 0; i < known; i++) {
            note_delivered (user, link_sending (link, i));
        }
        link_pass (link, known);
    }
    link_agree (link, number);
}

void
chat_partner_moved (user_t *user, const wire_moved_t *moved)
{
    chat_t *chat = user->chat;
    if (moved->turn < chat->partner_turn) {
        return; // It has moved on since.
    }
    bool again = moved->turn == chat->partner_turn;
    chat->partner_turn = moved->turn;
    chat->partner_gateway = moved->from;
    chat->lost_since_ms = 0;
    if (!again || !link_is_agreed (chat->link)) {
        agree (user, moved->number, moved->number, moved->heard);
    }
    tell_stands (user, moved->number);
    if (user->socket == NULL) {
        tell_away (user);
    }
    show_partner (user, PARTNER_HERE);
    chat_send_again (user);
}

// This side's browser has read these, whether it knows it or not.
static void
recall_heard (user_t *user, word_t said)
{
    uint32_t fingerprints[LINK_WINDOW];
    size_t count;
    if (offset_read_fingerprints (said.text, said.bytes, fingerprints, LINK_WINDOW, &count)) {
        link_recall (user->chat->link, fingerprints, count);
    }
}

void
chat_partner_stands (user_t *user, const wire_stands_t *stands)
{
    chat_t *chat = user->chat;
    chat->lost_since_ms = 0;
    chat->missed = stands->taken;
    bool all_back = link_has_back (chat->link, stands->number, stands->given_back);
    if (!link_is_agreed (chat->link) && all_back) { // Else MOVED is said again.
        recall_heard (user, stands->said);
        agree (user, stands->number - stands->given_back, stands->number, stands->heard);
        link_skip (chat->link, stands->first);
        chat->patience = patience_new ();
        chat_send_again (user);
    }
}

bool
chat_has_caught_up (const user_t *user)
{
    return link_is_agreed (user->chat->link) && link_arrived (user->chat->link) >= user->chat->missed;
}

// --- The end ---

void
chat_end (user_t *user, reason_t reason)
{
    chat_t *chat = user->chat;
    *user_farewell_anew (user) = (farewell_t){
        .chat = chat->id,
        .origin = chat->origin,
        .partner = chat->partner,
        .partner_gateway = chat->partner_gateway,
        .reason = reason,
        .sent = link_taken (chat->link),
        .received = link_arrived (chat->link),
    };
    *user_last_anew (user) = (last_t){
        .chat = chat->id,
        .partner = chat->partner,
        .partner_browser = chat->partner_browser,
        .ended_ms = user->users->now_ms,
    };
    for (size_t i = 0; i < link_unconfirmed (chat->link); i++) {
        say_not_delivered (user, link_sending (chat->link, i));
    }
    agenda_clear (&chat->alarm);
    link_destroy (&chat->link);
    free (chat);
    user->chat = NULL;
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
            known.at_ms = known.at_ms != 0 ? known.at_ms : user->users->wall_ms;
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
    if (link_is_full (chat->link)) {
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
    if (link_is_agreed (chat->link)) {
        if (chat->timed_number == 0) {
            chat->timed_number = sending->number;
            chat->timed_ms = users->now_ms;
        }
        send (user, sending);
        if (link_unconfirmed (chat->link) == 1) {
            set_alarm (user);
        }
    }
}

// The partner's gateway is heard of.
static void
reach (user_t *user)
{
    user->chat->lost_since_ms = 0;
    if (user->chat->partner_is == PARTNER_UNREACHED) {
        show_partner (user, PARTNER_HERE);
    }
}

// Enough may not have been read: the browser's answer to a ping will say so.
static void
ping_if_due (user_t *user)
{
    bool reads = user->socket != NULL && user->connect == CONNECT_ANSWERED;
    if (reads && link_arrived (user->chat->link) - user->chat->seen >= SEEN_STEP) {
        user->users->port->ping (user->users->self, user);
    }
}

void
chat_hear (user_t *user, const wire_message_t *message)
{
    chat_t *chat = user->chat;
    reach (user);
    // Somebody may be back at a gateway that its partner still sends to. But what MOVED says to have
    // arrived is delivered, so that must be what the browser has read, and no more.
    if (user->socket == NULL || !link_is_agreed (chat->link)) {
        return;
    }
    switch (link_arrive (chat->link, message->number, message->id, message->text)) {
        case LINK_NEXT:
            say_message (user, message); // Confirmed when it is out: chat_written.
            ping_if_due (user);
            break;
        case LINK_KNOWN:
            if (chat->written + 1 == message->number) {
                chat->written = message->number; // Nothing is to be written for it.
            }
            tell_receipt (user);
            break;
        case LINK_DOUBLE:
        case LINK_AHEAD:
            tell_receipt (user);
            break;
    }
}

void
chat_written (user_t *user)
{
    chat_t *chat = user->chat;
    if (chat->written < link_arrived (chat->link)) {
        chat->written = link_arrived (chat->link);
        tell_receipt (user);
    }
}

void
chat_pinged (user_t *user)
{
    user->chat->asked = link_arrived (user->chat->link);
}

void
chat_answered (user_t *user)
{
    chat_t *chat = user->chat;
    chat->seen = chat->asked;
    if (chat->seen - chat->seen_told >= SEEN_STEP) {
        tell_receipt (user);
    }
    ping_if_due (user);
}

void
chat_receipt (user_t *user, const wire_receipt_t *receipt)
{
    chat_t *chat = user->chat;
    size_t before = link_unconfirmed (chat->link);
    reach (user);
    deliver (user, receipt->number);
    if (link_unconfirmed (chat->link) < before) {
        chat->told_no_relay = false;
        set_alarm (user);
    }
    link_forget (chat->link, receipt->seen);
}

// True now and then: a matcher is to be asked whether the chat stands.
static bool
doubts (user_t *user)
{
    chat_t *chat = user->chat;
    bool due = user->users->now_ms - chat->doubted_ms >= DOUBT_MS;
    if (due) {
        chat->doubted_ms = user->users->now_ms;
    }
    return due;
}

bool
chat_partner_away (user_t *user, bool said_by_matcher)
{
    // Its own gateway knows better.
    if (!said_by_matcher || user->chat->partner_is == PARTNER_HERE) {
        show_partner (user, said_by_matcher ? PARTNER_UNREACHED : PARTNER_AWAY);
    }
    return doubts (user);
}

void
chat_partner_back (user_t *user, bool said_by_matcher)
{
    user->chat->lost_since_ms = 0;
    if (!said_by_matcher || user->chat->partner_is == PARTNER_UNREACHED) {
        show_partner (user, PARTNER_HERE);
    }
}

bool
chat_unreached (user_t *user)
{
    chat_t *chat = user->chat;
    uint64_t now_ms = user->users->now_ms;
    if (chat->lost_since_ms == 0) {
        chat->lost_since_ms = now_ms;
        if (link_unconfirmed (chat->link) == 0) {
            set_alarm (user);
        }
    }
    if (now_ms - chat->lost_since_ms < UNREACHED_MS) {
        return false;
    }
    if (chat->partner_is == PARTNER_HERE && user->connect == CONNECT_ANSWERED) {
        show_partner (user, PARTNER_UNREACHED);
    }
    return doubts (user);
}

bool
chat_is_lost (const user_t *user)
{
    const chat_t *chat = user->chat;
    return chat->lost_since_ms != 0
        && user->users->now_ms - chat->lost_since_ms >= user->users->lost_ms;
}
