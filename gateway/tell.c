// tell.c -- the wire messages from a user's gateway to the partner's.

#include "gateway/tell.h"

#include "gateway/unread.h"

static bool
tell (user_t *user, const wire_t *wire)
{
    return user->users->port->tell (user->users->self, user, wire, user->chat->attempt);
}

void
tell_receipt (user_t *user)
{
    chat_t *chat = user->chat;
    wire_t receipt = {
        .kind = WIRE_RECEIPT,
        .as.receipt = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner,
                       user->id, chat->written, chat->seen},
    };
    chat->seen_told = chat->seen;
    tell (user, &receipt);
}

bool
tell_message (user_t *user, const sending_t *sending)
{
    const chat_t *chat = user->chat;
    wire_t message = {
        .kind = WIRE_MESSAGE,
        .as.message = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner,
                       user->id, sending->number, sending->at_ms, sending->id, sending->text},
    };
    return tell (user, &message);
}

void
tell_typing (user_t *user, bool on)
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
tell_gone (user_t *user, reason_t reason)
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
tell_away (user_t *user)
{
    const chat_t *chat = user->chat;
    wire_t away = {
        .kind = WIRE_AWAY,
        .as.away = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner, user->id},
    };
    tell (user, &away);
}

void
tell_back (user_t *user)
{
    const chat_t *chat = user->chat;
    wire_t back = {
        .kind = WIRE_BACK,
        .as.back = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner, user->id},
    };
    tell (user, &back);
}

// --- From one gateway to another ---

// Two words that last until the next ones are written.
typedef struct {
    word_t heard; // What is out to this side's browser, for a partner who may say it again.
    word_t said;  // What went to the partner, who may be said it again.
} memories_t;

// `number`: the last message that the partner's browser has read.
static memories_t
memories_of (user_t *user, uint64_t number)
{
    uint32_t fingerprints[LINK_WINDOW];
    writer_t *writer = &user->users->writer;
    const chat_t *chat = user->chat;
    size_t count = link_fingerprints (chat->link, fingerprints, LINK_WINDOW);
    size_t waiting = (size_t) (link_arrived (chat->link) - chat->written);
    waiting = waiting < count ? waiting : count;
    writer_clear (writer);
    offset_write_fingerprints (writer, fingerprints + waiting, count - waiting);
    size_t heard_bytes = writer->size;
    offset_write_fingerprints (writer, fingerprints, link_said (chat->link, number, fingerprints));
    const char *bytes = writer->size > 0 ? writer->bytes : "";
    return (memories_t){{bytes, heard_bytes}, {bytes + heard_bytes, writer->size - heard_bytes}};
}

void
tell_moved (user_t *user)
{
    const chat_t *chat = user->chat;
    wire_t moved = {
        .kind = WIRE_MOVED,
        .as.moved = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner,
                     user->id, chat->turn, link_arrived (chat->link),
                     memories_of (user, 0).heard},
    };
    tell (user, &moved);
}

// What the user's browser may not have read goes back to the partner's new gateway, which has none of it.
static void
give_back (user_t *user, const wire_message_t *message)
{
    const chat_t *chat = user->chat;
    wire_t back = {.kind = WIRE_MESSAGE, .as.message = *message};
    back.as.message.to = chat->partner_gateway;
    back.as.message.from = user->users->gateway;
    back.as.message.user = user->id;
    back.as.message.partner = chat->partner;
    tell (user, &back);
}

void
tell_stands (user_t *user, uint64_t number)
{
    const chat_t *chat = user->chat;
    uint64_t given_back = unread_give (user, give_back); // By the same relay: they come first.
    memories_t memories = memories_of (user, number);
    wire_t stands = {
        .kind = WIRE_STANDS,
        .as.stands = {chat->partner_gateway, user->users->gateway, chat->id, chat->partner, user->id,
                      link_arrived (chat->link), link_first (chat->link), link_taken (chat->link),
                      memories.heard, given_back, memories.said},
    };
    tell (user, &stands);
}
