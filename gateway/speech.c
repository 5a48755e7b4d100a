// speech.c -- writes the events and answers that browsers get.

#include "gateway/speech.h"

#include <string.h>

// The events that browsers get.
typedef enum {
    SAY_STATE,
    SAY_WAITING,
    SAY_SEARCH_TIMEOUT,
    SAY_ONLINE,
    SAY_MATCHED,
    SAY_MESSAGE,
    SAY_TYPING,
    SAY_PARTNER_AWAY,
    SAY_PARTNER_BACK,
    SAY_PARTNER_LEFT,
    SAY_ERROR,
} say_t;

// clang-format off
static const char *const events[] = {
    [SAY_STATE]        = "state",
    [SAY_WAITING]      = "waiting",
    [SAY_SEARCH_TIMEOUT] = "search_timeout",
    [SAY_ONLINE]       = "online",
    [SAY_MATCHED]      = "matched",
    [SAY_MESSAGE]      = "message",
    [SAY_TYPING]       = "typing",
    [SAY_PARTNER_AWAY] = "partner_away",
    [SAY_PARTNER_BACK] = "partner_back",
    [SAY_PARTNER_LEFT] = "partner_left",
    [SAY_ERROR]        = "error",
};
// clang-format on

static writer_t *
start (user_t *user)
{
    writer_clear (&user->users->writer);
    return &user->users->writer;
}

// How far a browser has read that has read this event. Whoever is at the same gateway as the partner
// may lose both gateways in one: then only the browsers know what has been here.
static void
write_offset (const user_t *user)
{
    writer_t *writer = &user->users->writer;
    offset_t offset = {.event = user->recall.emitted};
    const chat_t *chat = user->chat;
    if (chat == NULL && user->last != NULL) {
        offset.over = true;
        offset.chat = offset_chat (&user->last->chat);
    }
    if (chat != NULL) {
        offset.in_chat = true;
        offset.chat = offset_chat (&chat->id);
        offset.message = link_arrived (chat->link);
        if (ident_equal (&chat->partner_gateway, &user->users->gateway)) {
            offset.fingerprint_count =
                link_fingerprints (chat->link, offset.fingerprints, OFFSET_FINGERPRINTS);
        }
    }
    writer_text (writer, ",\"");
    offset_write (writer, &offset);
    writer_text (writer, "\"");
}

// Emits what was written. If the user may come back, the event gets an offset and is kept.
static void
emit (user_t *user, say_t say)
{
    const char *event = events[say];
    writer_t *writer = &user->users->writer;
    if (user->users->recovery_ms > 0) {
        user->recall.emitted++;
        write_offset (user);
        recall_keep (&user->recall, event, writer->bytes, writer->size);
    }
    // What comes before the answer to CONNECT goes out together with it: a client keeps such events,
    // and would hear them twice if its connection broke in between.
    if (user->socket != NULL && user->connect == CONNECT_ANSWERED) {
        user->users->port->emit (user->users->self, user, event, writer->bytes, writer->size);
    }
}

// Emits what was written as something that is only true for a moment: nobody is to hear it later, so
// it has no offset and is not kept.
static void
emit_passing (user_t *user, say_t say)
{
    const writer_t *writer = &user->users->writer;
    if (user->socket != NULL && user->connect == CONNECT_ANSWERED) {
        user->users->port->emit (user->users->self, user, events[say], writer->bytes,
                                 writer->size);
    }
}

static void
answer (user_t *user, uint64_t ack)
{
    const writer_t *writer = &user->users->writer;
    if (user->socket != NULL && ack != USER_NO_ACK) {
        user->users->port->answer (user->users->self, user, ack, writer->bytes, writer->size);
    }
}

void
say_online (user_t *user)
{
    user->online_told = user->users->online;
    writer_t *writer = start (user);
    writer_text (writer, "{\"count\":");
    writer_number (writer, user->online_told);
    writer_text (writer, "}");
    emit_passing (user, SAY_ONLINE);
}

void
say_state (user_t *user, user_state_t state)
{
    writer_t *writer = start (user);
    writer_text (writer, "{\"state\":\"");
    writer_text (writer, user_state_name (state));
    writer_text (writer, "\"");
    if (user->chat != NULL) {
        writer_text (writer, ",\"partnerId\":");
        writer_ident (writer, &user->chat->partner_alias);
        writer_text (writer, ",\"chatId\":");
        writer_ident (writer, &user->chat->id);
    }
    writer_text (writer, "}");
    emit (user, SAY_STATE);
    if (user->users->online > 0) {
        say_online (user);
    }
}

static uint64_t
searched_ms (const user_t *user)
{
    return user->users->now_ms - user->searching_since_ms;
}

void
say_waiting (user_t *user)
{
    uint64_t searching = 0;
    for (size_t i = 0; i < user->users->pools; i++) {
        searching += user->users->searching[i];
    }
    writer_t *writer = start (user);
    writer_text (writer, "{\"waitedMs\":");
    writer_number (writer, searched_ms (user));
    writer_text (writer, ",\"searching\":");
    writer_number (writer, searching);
    writer_text (writer, "}");
    emit_passing (user, SAY_WAITING);
}

void
say_search_timeout (user_t *user)
{
    writer_t *writer = start (user);
    writer_text (writer, "{\"waitedMs\":");
    writer_number (writer, searched_ms (user));
    writer_text (writer, "}");
    emit (user, SAY_SEARCH_TIMEOUT);
}

// The interests that the two share, as this user has spelled them.
static void
write_shared (const user_t *user, const word_t *shared)
{
    writer_t *writer = &user->users->writer;
    const char *comma = "";
    writer_text (writer, ",\"interests\":[");
    for (size_t at = 0; at + INTEREST_DIGITS <= shared->bytes; at += INTEREST_DIGITS) {
        const char *spelling = wish_spelling (user->wish, shared->text + at);
        if (spelling != NULL) {
            writer_text (writer, comma);
            writer_string (writer, spelling, strlen (spelling));
            comma = ",";
        }
    }
    writer_text (writer, "]");
}

void
say_matched (user_t *user, const word_t *shared, const ident_t *undoes)
{
    writer_t *writer = start (user);
    writer_text (writer, "{\"partnerId\":");
    writer_ident (writer, &user->chat->partner_alias);
    writer_text (writer, ",\"chatId\":");
    writer_ident (writer, &user->chat->id);
    write_shared (user, shared);
    if (!ident_is_nil (undoes)) {
        writer_text (writer, ",\"again\":");
        writer_ident (writer, undoes);
    }
    writer_text (writer, "}");
    emit (user, SAY_MATCHED);
}

void
say_message (user_t *user, const wire_message_t *message)
{
    writer_t *writer = start (user);
    writer_text (writer, user->users->legacy ? "{\"message\":" : "{\"text\":");
    writer_string (writer, message->text.text, message->text.bytes);
    writer_text (writer, ",\"timestamp\":");
    writer_number (writer, message->at_ms);
    writer_text (writer, ",\"id\":");
    writer_string (writer, message->id.text, message->id.bytes);
    writer_text (writer, ",\"chatId\":");
    writer_ident (writer, &message->chat);
    writer_text (writer, "}");
    emit (user, SAY_MESSAGE);
}

void
say_typing (user_t *user, bool on)
{
    writer_t *writer = start (user);
    writer_text (writer, "{\"chatId\":");
    writer_ident (writer, &user->chat->id);
    writer_text (writer, on ? ",\"on\":true}" : ",\"on\":false}");
    emit (user, SAY_TYPING);
}

static void
say_of_chat (user_t *user, say_t say)
{
    writer_t *writer = start (user);
    writer_text (writer, "{\"chatId\":");
    writer_ident (writer, &user->chat->id);
    writer_text (writer, "}");
    emit (user, say);
}

void
say_partner_away (user_t *user)
{
    say_of_chat (user, SAY_PARTNER_AWAY);
}

void
say_partner_back (user_t *user)
{
    say_of_chat (user, SAY_PARTNER_BACK);
}

void
say_partner_left (user_t *user, const ident_t *chat, reason_t reason)
{
    writer_t *writer = start (user);
    writer_text (writer, "{");
    if (chat != NULL) {
        writer_text (writer, "\"chatId\":");
        writer_ident (writer, chat);
        writer_text (writer, ",");
    }
    writer_text (writer, "\"reason\":\"");
    writer_text (writer, wire_reason_name (reason));
    writer_text (writer, "\"}");
    emit (user, SAY_PARTNER_LEFT);
}

static void
write_refusal (writer_t *writer, refusal_t refusal, uint64_t retry_after_ms)
{
    writer_text (writer, "{\"message\":\"");
    writer_text (writer, refusal_sentence (refusal));
    writer_text (writer, "\",\"code\":\"");
    writer_text (writer, refusal_code (refusal));
    writer_text (writer, "\"");
    if (retry_after_ms > 0) {
        writer_text (writer, ",\"retryAfter\":");
        writer_number (writer, (retry_after_ms + 999) / 1000);
    }
    writer_text (writer, "}");
}

// What an `error` event carries. Pages of the first version show its first argument as it is.
static void
write_error (writer_t *writer, bool legacy, refusal_t refusal, uint64_t retry_after_ms)
{
    if (legacy) {
        writer_string (writer, refusal_sentence (refusal), strlen (refusal_sentence (refusal)));
        writer_text (writer, ",");
    }
    write_refusal (writer, refusal, retry_after_ms);
}

static void
answer_error (user_t *user, uint64_t ack, refusal_t refusal, uint64_t retry_after_ms)
{
    writer_t *writer = start (user);
    writer_text (writer, "{\"error\":");
    write_refusal (writer, refusal, retry_after_ms);
    writer_text (writer, "}");
    answer (user, ack);
}

void
say_refusal (user_t *user, uint64_t ack, refusal_t refusal, uint64_t retry_after_ms)
{
    user->users->refused[refusal]++;
    write_error (start (user), user->users->legacy, refusal, retry_after_ms);
    emit (user, SAY_ERROR);
    answer_error (user, ack, refusal, retry_after_ms);
}

void
say_status (user_t *user, uint64_t ack, const char *status)
{
    writer_t *writer = start (user);
    writer_text (writer, "{\"status\":\"");
    writer_text (writer, status);
    writer_text (writer, "\"}");
    answer (user, ack);
}

void
say_delivered (user_t *user, const sending_t *sending)
{
    writer_t *writer = start (user);
    writer_text (writer, "{\"id\":");
    writer_string (writer, sending->id.text, sending->id.bytes);
    writer_text (writer, ",\"timestamp\":");
    writer_number (writer, sending->at_ms);
    writer_text (writer, "}");
    answer (user, sending->ack);
}

void
say_not_delivered (user_t *user, const sending_t *sending)
{
    answer_error (user, sending->ack, REFUSAL_NOT_DELIVERED, 0);
}

void
say_aside (user_t *user, uint64_t ack, refusal_t refusal, uint64_t retry_after_ms)
{
    users_t *users = user->users;
    writer_t *writer = start (user);
    write_error (writer, users->legacy, refusal, retry_after_ms);
    users->port->emit (users->self, user, events[SAY_ERROR], writer->bytes, writer->size);
    answer_error (user, ack, refusal, retry_after_ms);
}
