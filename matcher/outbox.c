// outbox.c -- one consumer of the stream: fetches, sends, strikes, claims.
//
// Keeps the entries in hand, each a record that it sends to a recorder again and again until it is
// confirmed; then Redis strikes it, asked again and again, too.

#include "matcher/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/must.h"
#include "matcher/arguments.h"
#include "matcher/hand.h"

#define FETCH_MOST 256
#define STRIKE_MOST 256
#define CLAIM_MOST 64
#define FETCH_EVERY_MS 200
#define CLAIM_EVERY_MS 1000
#define CONFIRM_MS 2000 // A record that is not confirmed after so long is sent again.
#define GONE_MS 5000    // A matcher that has not fetched for so long is gone.

struct outbox {
    connection_t *redis;           // Not owned.
    scripts_t *scripts;            // Not owned.
    const replicas_t *recorders;   // Not owned.
    char stream[128];              // Its key.
    char matcher[IDENT_TEXT_SIZE]; // This consumer.
    gauge_t *gauge;                // Owned.
    hand_t *hand;                  // Owned.
    item_t *striking[STRIKE_MOST]; // Those that Redis is striking.
    size_t striking_count;         // How many those are.
    char after[ENTRY_SIZE]; // Fetch what follows this of our own entries; ">": new ones.
    bool grouped;           // The group exists, as far as we know.
    bool fetching;          // An answer is to come.
    bool claiming;          // An answer is to come.
    size_t asked;           // How many entries the last fetch asked for.
    bool wanted;            // Something was appended since the last fetch.
    bool stopped;           // Nothing more is fetched or claimed.
    uint64_t fetch_at_ms;
    uint64_t claim_at_ms;
    uint64_t now_ms; // Of the last tick.
    outbox_counts_t counts;
};

// --- Entries ---

static void
on_rejected (void *self, void *about, const reply_t *reply)
{
    (void) self;
    (void) about;
    (void) reply; // If it was lost, the entry is still ours and comes again.
}

// Puts aside what is no record, so that it stands in nobody's way.
static void
reject (outbox_t *outbox, const char *entry)
{
    outbox->counts.rejected++;
    log_event (LEVEL_ERROR, "record_rejected", LOG_FIELDS (LOG_TEXT ("entry", entry)));
    scripts_call (outbox->scripts, SCRIPT_REJECT, 1, &entry, on_rejected, outbox, NULL);
}

static void
send_record (outbox_t *outbox, item_t *item)
{
    mailbox_t *recorder =
        replicas_pick (outbox->recorders, &item->record.as.record.chat, item->attempts);
    if (recorder != NULL && mailbox_send (recorder, NULL, ROLE_RECORDER, &item->record)) {
        item->attempts++;
        item->due_ms = outbox->now_ms + CONFIRM_MS;
    }
}

static void
take_entry (outbox_t *outbox, const reply_t *entry)
{
    item_t *item;
    char name[ENTRY_SIZE];
    switch (hand_put (outbox->hand, entry, &item, name)) {
        case HAND_NEW:
            send_record (outbox, item);
            return;
        case HAND_KNOWN:
            return;
        case HAND_NO_RECORD:
            reject (outbox, name);
            return; // The name is never empty: Redis made it.
    }
}

// --- Fetching ---

static void
fetch_after (outbox_t *outbox, const char *entry, size_t bytes)
{
    must (bytes < sizeof outbox->after);
    memcpy (outbox->after, entry, bytes);
    outbox->after[bytes] = '\0';
}

static void
on_grouped (void *self, void *about, const reply_t *reply)
{
    outbox_t *outbox = self;
    (void) about;
    outbox->fetching = false;
    const char *error = reply_error (reply);
    outbox->grouped =
        reply != NULL && (error == NULL || strncmp (error, "BUSYGROUP", 9) == 0);
    if (outbox->grouped) {
        outbox_fetch (outbox);
    }
}

static void
make_group (outbox_t *outbox)
{
    const char *texts[] = {"XGROUP",    "CREATE", outbox->stream,
                           "recorders", "0",      "MKSTREAM"};
    outbox->fetching =
        connection_command (outbox->redis, 6, texts, on_grouped, outbox, NULL);
}

// After a connection our own entries come first: an answer that held some may have been lost.
static void
move_on (outbox_t *outbox, const reply_t *entries)
{
    size_t count = reply_count (entries);
    word_t last;
    if (outbox->after[0] == '>') {
        outbox->wanted = count == outbox->asked; // Then there may be more.
    }
    else if (reply_text (reply_at (reply_at (entries, count - 1), 0), &last)
             && last.bytes < sizeof outbox->after) {
        fetch_after (outbox, last.text, last.bytes);
        outbox->wanted = true;
    }
    else {
        fetch_after (outbox, ">", 1);
        outbox->wanted = true;
    }
}

static void
on_fetched (void *self, void *about, const reply_t *reply)
{
    outbox_t *outbox = self;
    (void) about;
    outbox->fetching = false;
    const char *error = reply_error (reply);
    if (error != NULL && strncmp (error, "NOGROUP", 7) == 0) {
        outbox->grouped = false;
    }
    if (reply == NULL || error != NULL) {
        return;
    }
    // {{stream, {entry, ...}}}, or nothing.
    const reply_t *entries = reply_at (reply_at (reply, 0), 1);
    for (size_t i = 0; i < reply_count (entries); i++) {
        take_entry (outbox, reply_at (entries, i));
    }
    move_on (outbox, entries);
    if (outbox->wanted) {
        outbox_fetch (outbox);
    }
}

static void
fetch (outbox_t *outbox, size_t most)
{
    char count[24];
    snprintf (count, sizeof count, "%zu", most);
    const char *texts[] = {"XREADGROUP",    "GROUP",        "recorders",
                           outbox->matcher, "COUNT",        count,
                           "STREAMS",       outbox->stream, outbox->after};
    outbox->wanted = false;
    outbox->asked = most;
    outbox->fetch_at_ms = outbox->now_ms + FETCH_EVERY_MS;
    outbox->fetching =
        connection_command (outbox->redis, 9, texts, on_fetched, outbox, NULL);
}

void
outbox_fetch (outbox_t *outbox)
{
    size_t room = hand_room (outbox->hand);
    outbox->wanted = true;
    if (outbox->fetching || outbox->stopped || !connection_is_ready (outbox->redis)) {
        return;
    }
    if (!outbox->grouped) {
        make_group (outbox);
    }
    else if (room > 0) {
        fetch (outbox, room < FETCH_MOST ? room : FETCH_MOST);
    }
}

// There is room again: takes what had none before.
static void
fetch_wanted (outbox_t *outbox)
{
    if (outbox->wanted) {
        outbox_fetch (outbox);
    }
}

// --- Striking ---

static void
strike (outbox_t *outbox);

// Redis has struck them, or they are to be struck again.
static void
end_striking (outbox_t *outbox, bool struck)
{
    for (size_t i = 0; i < outbox->striking_count; i++) {
        item_t *item = outbox->striking[i];
        if (struck) {
            hand_forget (outbox->hand, item);
            outbox->counts.recorded++;
        }
        else {
            hand_put_back (outbox->hand, item);
        }
    }
    outbox->striking_count = 0;
}

static void
on_struck (void *self, void *about, const reply_t *reply)
{
    outbox_t *outbox = self;
    (void) about;
    bool struck = reply != NULL && reply_error (reply) == NULL;
    end_striking (outbox, struck);
    if (struck) {
        strike (outbox);
        fetch_wanted (outbox);
    }
}

static void
strike (outbox_t *outbox)
{
    const char *names[STRIKE_MOST];
    if (outbox->striking_count > 0) {
        return;
    }
    size_t count = hand_take_confirmed (outbox->hand, outbox->striking, STRIKE_MOST);
    for (size_t i = 0; i < count; i++) {
        names[i] = outbox->striking[i]->entry;
    }
    outbox->striking_count = count;
    if (count > 0
        && !scripts_call (outbox->scripts, SCRIPT_STRIKE, count, names, on_struck, outbox,
                          NULL)) {
        end_striking (outbox, false); // The next tick tries again.
    }
}

void
outbox_confirm (outbox_t *outbox, const word_t *entry)
{
    if (hand_confirm (outbox->hand, entry)) {
        strike (outbox);
    }
}

void
outbox_unsent (outbox_t *outbox, const word_t *entry)
{
    hand_hasten (outbox->hand, entry);
}

// --- Claiming ---

static void
on_claimed (void *self, void *about, const reply_t *reply)
{
    outbox_t *outbox = self;
    (void) about;
    outbox->claiming = false;
    size_t count = reply_error (reply) == NULL ? reply_count (reply) : 0;
    for (size_t i = 0; i < count; i++) {
        take_entry (outbox, reply_at (reply, i));
    }
    if (count > 0) {
        log_event (LEVEL_INFO, "records_claimed", LOG_FIELDS (LOG_NUMBER ("count", count)));
        outbox->claim_at_ms = 0; // There may be more.
    }
}

static void
claim (outbox_t *outbox)
{
    size_t room = hand_room (outbox->hand);
    arguments_t arguments = {.count = 0};
    ident_t matcher = ident_nil;
    ident_parse (outbox->matcher, IDENT_TEXT_SIZE - 1, &matcher);
    arguments_ident (&arguments, &matcher);
    arguments_number (&arguments, GONE_MS);
    arguments_number (&arguments, room < CLAIM_MOST ? room : CLAIM_MOST);
    outbox->claim_at_ms = outbox->now_ms + CLAIM_EVERY_MS;
    outbox->claiming = scripts_call (outbox->scripts, SCRIPT_CLAIM, arguments.count,
                                     arguments.list, on_claimed, outbox, NULL);
}

// --- Time ---

static void
send_due (outbox_t *outbox)
{
    size_t place = 0;
    item_t *item;
    while ((item = hand_next_due (outbox->hand, outbox->now_ms, &place)) != NULL) {
        send_record (outbox, item);
    }
}

void
outbox_tick (outbox_t *outbox, uint64_t now_ms)
{
    outbox->now_ms = now_ms;
    if (replicas_ready (outbox->recorders) > 0) {
        send_due (outbox);
    }
    strike (outbox);
    if (outbox->wanted || now_ms >= outbox->fetch_at_ms) {
        outbox_fetch (outbox);
    }
    if (now_ms >= outbox->claim_at_ms && !outbox->claiming && outbox->grouped
        && !outbox->stopped && connection_is_ready (outbox->redis)) {
        claim (outbox);
        gauge_look (outbox->gauge, now_ms);
    }
}

void
outbox_redis_changed (outbox_t *outbox, bool ready)
{
    if (ready) {
        outbox->grouped = false;
        fetch_after (outbox, "0", 1);
        outbox_fetch (outbox);
    }
}

void
outbox_stop (outbox_t *outbox)
{
    outbox->stopped = true;
}

// --- Life cycle ---

outbox_t *
outbox_new (connection_t *redis, scripts_t *scripts, const replicas_t *recorders,
            const char *prefix, const ident_t *matcher, uint64_t alarm_bytes)
{
    outbox_t *outbox = must_alloc (sizeof *outbox);
    outbox->redis = redis;
    outbox->scripts = scripts;
    outbox->recorders = recorders;
    snprintf (outbox->stream, sizeof outbox->stream, "%srecords", prefix);
    ident_print (matcher, outbox->matcher);
    outbox->gauge = gauge_new (redis, outbox->stream, alarm_bytes);
    outbox->hand = hand_new ();
    fetch_after (outbox, "0", 1);
    return outbox;
}

void
outbox_destroy (outbox_t **outbox)
{
    if (*outbox != NULL) {
        hand_destroy (&(*outbox)->hand);
        gauge_destroy (&(*outbox)->gauge);
        free (*outbox);
        *outbox = NULL;
    }
}

const outbox_counts_t *
outbox_counts (const outbox_t *outbox)
{
    return &outbox->counts;
}

const gauge_reading_t *
outbox_reading (const outbox_t *outbox)
{
    return gauge_reading (outbox->gauge);
}
