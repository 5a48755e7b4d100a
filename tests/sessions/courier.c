// courier.c -- a mailbox, and what is known of each RECORD.

#include "sessions/courier.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/mailbox.h"
#include "base/clock.h"
#include "support/cmocka_all.h"
#include "support/service.h"

#define AGAIN_MS 1000 // What is not confirmed after so long is sent again.
#define TICK_MS 50    // Hellos, and a look at what is to be sent again.
#define SENT_MOST 256 // In one step.

// A RECORD is known by its number: twice that of its chat, and one more if the chat is over.
struct courier {
    household_t household;
    mailbox_t *mailbox; // Owned.
    letter_t letter;    // The last one.
    size_t chats;
    size_t at_once;
    size_t lag;
    ident_t *ids;        // Of the chats. Owned.
    uint64_t started_ms; // Of the first chat.
    uint64_t *sent_ms;   // When each RECORD was sent last; 0: never. Owned.
    bool *confirmed;     // Each RECORD. Owned.
    size_t confirmed_count;
    size_t on_their_way; // Sent, and not confirmed.
    size_t begun;        // Chats that have begun.
    size_t sent[2];      // Chats of which it was said that they have begun; that they are over.
    size_t oldest;       // All RECORDs before this one are confirmed.
    uint64_t tick_at_ms;
    uint64_t refused;
};

courier_t *
courier_new (uint16_t port, size_t chats, size_t at_once, size_t lag)
{
    char endpoint[64];
    courier_t *courier = calloc (1, sizeof *courier);
    assert_non_null (courier);
    mailbox_start ();
    courier->household.role = ROLE_MATCHER;
    courier->household.instance = ident_random ();
    courier->household.codec = codec_new ();
    courier->chats = chats;
    courier->at_once = at_once;
    courier->lag = lag;
    courier->started_ms = clock_wall_ms ();
    courier->ids = calloc (chats, sizeof *courier->ids);
    courier->sent_ms = calloc (2 * chats, sizeof *courier->sent_ms);
    courier->confirmed = calloc (2 * chats, sizeof *courier->confirmed);
    assert_true (courier->ids != NULL && courier->sent_ms != NULL
                 && courier->confirmed != NULL);
    for (size_t i = 0; i < chats; i++) {
        courier->ids[i] = ident_timed (courier->started_ms + i / 8);
    }
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", port);
    courier->mailbox = mailbox_dial (&courier->household, endpoint, ROLE_RECORDER);
    return courier;
}

void
courier_destroy (courier_t **courier)
{
    if (*courier != NULL) {
        mailbox_destroy (&(*courier)->mailbox);
        codec_destroy (&(*courier)->household.codec);
        free ((*courier)->ids);
        free ((*courier)->sent_ms);
        free ((*courier)->confirmed);
        free (*courier);
        *courier = NULL;
    }
}

void
courier_begin (courier_t *courier, size_t begun)
{
    courier->begun = begun < courier->chats ? begun : courier->chats;
}

void
courier_finish (courier_t *courier)
{
    courier->begun = courier->sent[0];
    courier->lag = 0;
}

// How long a chat lasted, in ms, and how many messages there were.
static uint64_t
length_of (size_t chat)
{
    return chat % 90001;
}

static ident_t
user_of (const ident_t *chat, uint8_t mark)
{
    ident_t user = *chat;
    user.bytes[0] = mark;
    return user;
}

static bool
send_record (courier_t *courier, size_t number)
{
    size_t chat = number / 2;
    char entry[32];
    int bytes = snprintf (entry, sizeof entry, "%zu", number);
    wire_t wire = {
        .kind = WIRE_RECORD,
        .as.record = {
            .entry = {entry, (size_t) bytes},
            .chat = courier->ids[chat],
            .user_a = user_of (&courier->ids[chat], 0xaa),
            .user_b = user_of (&courier->ids[chat], 0xbb),
            .started_ms = courier->started_ms + chat,
            .waited_a_ms = 7,
            .interests = length_of (chat) % (INTERESTS_MOST + 1),
        },
    };
    if (number % 2 == 1) {
        wire.as.record.ended_ms = courier->started_ms + chat + length_of (chat);
        wire.as.record.reason = REASON_SKIPPED;
        wire.as.record.ended_by = SIDE_A;
        wire.as.record.messages_a = length_of (chat);
        wire.as.record.messages_b = 1;
    }
    if (!mailbox_send (courier->mailbox, NULL, ROLE_NONE, &wire)) {
        return false;
    }
    courier->on_their_way += courier->sent_ms[number] == 0;
    courier->sent_ms[number] = now_ms ();
    return true;
}

static size_t
over (const courier_t *courier)
{
    size_t begun = courier->sent[0];
    return begun > courier->lag ? begun - courier->lag : 0;
}

// Sends what was never sent. False if there is nothing, or no room.
static bool
send_next (courier_t *courier)
{
    size_t ended = courier->sent[1] < over (courier) ? 1 : 0;
    size_t most = ended == 1 ? over (courier) : courier->begun;
    if (courier->on_their_way >= courier->at_once || courier->sent[ended] >= most
        || !send_record (courier, 2 * courier->sent[ended] + ended)) {
        return false;
    }
    courier->sent[ended]++;
    return true;
}

static void
send_again (courier_t *courier)
{
    uint64_t now = now_ms ();
    size_t end = 2 * courier->sent[0];
    while (courier->oldest < end && courier->confirmed[courier->oldest]) {
        courier->oldest++;
    }
    for (size_t i = courier->oldest; i < end; i++) {
        if (!courier->confirmed[i] && courier->sent_ms[i] != 0
            && now - courier->sent_ms[i] >= AGAIN_MS && !send_record (courier, i)) {
            return;
        }
    }
}

static void
confirm (courier_t *courier, const word_t *entry)
{
    char text[32] = "";
    assert_true (entry->bytes > 0 && entry->bytes < sizeof text);
    memcpy (text, entry->text, entry->bytes);
    size_t number = (size_t) strtoull (text, NULL, 10);
    assert_true (number < 2 * courier->chats && courier->sent_ms[number] != 0);
    if (!courier->confirmed[number]) {
        courier->confirmed[number] = true;
        courier->confirmed_count++;
        courier->on_their_way--;
    }
}

static bool
hear (courier_t *courier)
{
    if (!mailbox_receive (courier->mailbox, &courier->letter, now_ms ())) {
        return false;
    }
    if (courier->letter.wire.kind == WIRE_RECORDED) {
        confirm (courier, &courier->letter.wire.as.recorded.entry);
    }
    courier->refused += courier->letter.wire.kind == WIRE_REFUSED;
    return true;
}

void
courier_step (courier_t *courier)
{
    size_t done = 0;
    if (now_ms () >= courier->tick_at_ms) {
        courier->tick_at_ms = now_ms () + TICK_MS;
        mailbox_tick (courier->mailbox, now_ms ());
        send_again (courier);
    }
    while (hear (courier)) {
        done++;
    }
    for (size_t i = 0; i < SENT_MOST && send_next (courier); i++) {
        done++;
    }
    mailbox_flush (courier->mailbox);
    if (done == 0) {
        struct pollfd wait = {.fd = mailbox_fd (courier->mailbox), .events = POLLIN};
        poll (&wait, 1, 1);
    }
}

bool
courier_is_ready (const courier_t *courier)
{
    return mailbox_is_ready (courier->mailbox);
}

size_t
courier_confirmed (const courier_t *courier)
{
    return courier->confirmed_count;
}

size_t
courier_waiting (const courier_t *courier)
{
    return courier->begun + over (courier) - courier->confirmed_count;
}

uint64_t
courier_refused (const courier_t *courier)
{
    return courier->refused;
}

size_t
courier_begun (const courier_t *courier)
{
    return courier->sent[0];
}

uint64_t
courier_sum (const courier_t *courier)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < courier->sent[0]; i++) {
        sum += length_of (i);
    }
    return sum;
}
