// people.c -- asks, writes, confirms, and judges.
//
// Where somebody stands among all is in its id, so that nothing need be looked up. A text begins with
// who wrote it and which it is.

#include "bench/people.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures.h"
#include "support/cmocka_all.h"

#define AT_ONCE 256           // Who search, or messages without a RECEIPT.
#define UNANSWERED_US 2000000 // A SEARCH without an answer is repeated after so long.
#define REFUSED_US 50000      // One that was refused, after so long.
#define NOBODY UINT32_MAX
#define STAMP_BYTES 17 // "uuuuuuuu.mmmmmmmm": who and which, hexadecimal.

static const char filler[] =
    " What one says to another in a chat is about as long as this one is.";

// One is in a chat as soon as it is told so.
typedef struct {
    ident_t id;         // Begins with its place among all.
    ident_t chat;       // Nobody: it has not met.
    uint32_t partner;   // In it.
    uint32_t sent;      // Messages.
    uint32_t confirmed; // Of these, in order.
    uint32_t heard;     // Messages of the partner, in order.
    uint32_t repeats;   // Of its SEARCH.
    side_t side;        // In the chat's record.
} person_t;

// The SEARCH of somebody who has not met.
typedef struct {
    uint32_t who;      // NOBODY: there is none.
    bool due;          // It is to be said, for the first time or again.
    uint64_t again_us; // When it is to be repeated.
} ask_t;

// A RECEIPT that is to be said.
typedef struct {
    uint32_t who; // Has heard it.
    uint32_t number;
} receipt_t;

struct people {
    const ident_t *gateways; // Not owned.
    size_t gateway_count;    // Of `gateways`.
    size_t count;            // Of `all`.
    person_t *all;           // Owned.
    uint32_t *order;         // In which they search: by chance. Owned.
    size_t searched;         // Of `order`, that have begun to.
    size_t searchers;        // Of `order`, that may.
    size_t asking;           // Of `asks`, in use.
    ask_t asks[AT_ONCE];
    uint64_t repeats; // Of all SEARCHes.
    size_t chats;     // Of which both were told.
    bool talk;
    size_t on_way;               // Messages without a RECEIPT.
    receipt_t receipts[AT_ONCE]; // A ring: those of a chat keep their order.
    size_t receipt_first;        // In `receipts`.
    size_t receipt_count;        // Of `receipts`.
    uint64_t messages;           // That were confirmed.
    char text[STAMP_BYTES + sizeof filler];
};

// --- Who is who ---

static person_t *
find (const people_t *people, const ident_t *id)
{
    uint32_t place;
    memcpy (&place, id->bytes, sizeof place);
    assert_true (place < people->count && ident_equal (&people->all[place].id, id));
    return &people->all[place];
}

static uint32_t
place_of (const people_t *people, const person_t *person)
{
    return (uint32_t) (person - people->all);
}

static size_t
gateway_of (const people_t *people, const person_t *person)
{
    return place_of (people, person) % people->gateway_count;
}

static ident_t
browser_of (const person_t *person)
{
    ident_t browser = person->id;
    browser.bytes[IDENT_BYTES - 1] ^= 1;
    return browser;
}

static size_t
draw (size_t count)
{
    return (size_t) random () % count;
}

// --- Meeting ---

static void
write_search (const people_t *people, const person_t *person, wire_t *wire, size_t *gateway)
{
    *gateway = gateway_of (people, person);
    *wire = (wire_t){.kind = WIRE_SEARCH,
                     .as.search = {
                         .user = person->id,
                         .turn = 1,
                         .browser = browser_of (person),
                     }};
}

static void
begin_searches (people_t *people)
{
    for (size_t i = 0; i < AT_ONCE && people->searched < people->searchers; i++) {
        if (people->asks[i].who == NOBODY) {
            people->asks[i] = (ask_t){people->order[people->searched++], true, 0};
            people->asking++;
        }
    }
}

static bool
say_search (people_t *people, wire_t *wire, size_t *gateway)
{
    if (people->asking < AT_ONCE) {
        begin_searches (people);
    }
    for (size_t i = 0; i < AT_ONCE && people->asking > 0; i++) {
        ask_t *ask = &people->asks[i];
        if (ask->due) {
            ask->due = false;
            ask->again_us = now_us () + UNANSWERED_US;
            write_search (people, &people->all[ask->who], wire, gateway);
            return true;
        }
    }
    return false;
}

static ask_t *
find_ask (people_t *people, const person_t *person)
{
    uint32_t place = place_of (people, person);
    for (size_t i = 0; i < AT_ONCE && people->asking > 0; i++) {
        if (people->asks[i].who == place) {
            return &people->asks[i];
        }
    }
    return NULL;
}

// Stands in line; asks again in time, should it not hear of a match.
static void
on_waiting (people_t *people, const wire_waiting_t *waiting)
{
    ask_t *ask = find_ask (people, find (people, &waiting->user));
    if (ask != NULL && !ask->due) {
        ask->again_us = now_us () + waiting->again_ms * 1000;
    }
}

// It need not ask any more.
static void
end_ask (people_t *people, const person_t *person)
{
    ask_t *ask = find_ask (people, person);
    if (ask != NULL) {
        *ask = (ask_t){NOBODY, false, 0};
        people->asking--;
    }
}

static void
on_matched (people_t *people, size_t gateway, const wire_matched_t *match)
{
    person_t *person = find (people, &match->user);
    person_t *partner = find (people, &match->partner);
    ident_t browser = browser_of (partner);
    assert_int_equal (gateway, gateway_of (people, person));
    assert_ptr_not_equal (person, partner);
    assert_true (ident_equal (&match->partner_gateway,
                              &people->gateways[gateway_of (people, partner)]));
    assert_true (ident_equal (&match->partner_browser, &browser));
    end_ask (people, person);
    if (!ident_is_nil (&person->chat)) {
        // Told again, of a search that was repeated just when it was answered.
        assert_true (person->repeats-- > 0 && ident_equal (&person->chat, &match->chat));
        return;
    }
    person->chat = match->chat;
    person->partner = place_of (people, partner);
    person->side = (side_t) match->side;
    if (!ident_is_nil (&partner->chat)) {
        assert_true (ident_equal (&partner->chat, &match->chat));
        assert_int_equal (partner->partner, place_of (people, person));
        assert_int_equal (partner->side + person->side, SIDE_A + SIDE_B);
        people->chats++;
    }
}

// Only that there is too much to do is a reason.
static void
on_refused (people_t *people, const wire_refused_t *refused)
{
    assert_int_equal (refused->about, WIRE_SEARCH);
    assert_int_equal (refused->reason, REFUSAL_BUSY);
    ask_t *ask = find_ask (people, find (people, &refused->user));
    if (ask != NULL) {
        ask->again_us = now_us () + REFUSED_US;
    }
}

// --- Writing ---

static void
write_message (people_t *people, wire_t *wire, size_t *gateway)
{
    person_t *writer = &people->all[draw (people->count)];
    person_t *reader = &people->all[writer->partner];
    snprintf (people->text, sizeof people->text, "%08" PRIx32 ".%08" PRIx32 "%s",
              place_of (people, writer), ++writer->sent, filler);
    *gateway = gateway_of (people, writer);
    *wire = (wire_t){.kind = WIRE_MESSAGE,
                     .as.message = {
                         .to = people->gateways[gateway_of (people, reader)],
                         .from = people->gateways[*gateway],
                         .chat = writer->chat,
                         .user = reader->id,
                         .partner = writer->id,
                         .number = writer->sent,
                         .at_ms = 1,
                         .id = {people->text, STAMP_BYTES},
                         .text = {people->text, sizeof people->text - 1},
                     }};
    people->on_way++;
}

static void
write_receipt (people_t *people, wire_t *wire, size_t *gateway)
{
    receipt_t receipt = people->receipts[people->receipt_first];
    person_t *reader = &people->all[receipt.who];
    person_t *writer = &people->all[reader->partner];
    *gateway = gateway_of (people, reader);
    *wire = (wire_t){.kind = WIRE_RECEIPT,
                     .as.receipt = {
                         .to = people->gateways[gateway_of (people, writer)],
                         .from = people->gateways[*gateway],
                         .chat = reader->chat,
                         .user = writer->id,
                         .partner = reader->id,
                         .number = receipt.number,
                         .seen = receipt.number,
                     }};
    people->receipt_first = (people->receipt_first + 1) % AT_ONCE;
    people->receipt_count--;
}

// At the right one, all of them, once, in order, and as they were written.
static void
on_message (people_t *people, size_t gateway, const wire_message_t *message)
{
    person_t *reader = find (people, &message->user);
    person_t *writer = find (people, &message->partner);
    uint32_t place = place_of (people, reader);
    char stamp[STAMP_BYTES + 1];
    if (gateway != gateway_of (people, reader)
        || reader->partner != place_of (people, writer)
        || !ident_equal (&message->chat, &reader->chat)) {
        fail_msg ("misdelivered: person %" PRIu32 " hears person %" PRIu32, place,
                  place_of (people, writer));
    }
    if (message->number <= reader->heard) {
        fail_msg ("doubled: person %" PRIu32 " hears message %" PRIu64 " again", place,
                  message->number);
    }
    if (message->number > reader->heard + 1) {
        fail_msg ("lost or overtaken: person %" PRIu32 " has not heard message %" PRIu32,
                  place, reader->heard + 1);
    }
    reader->heard++;
    snprintf (stamp, sizeof stamp, "%08" PRIx32 ".%08" PRIx32, place_of (people, writer),
              reader->heard);
    assert_int_equal (message->text.bytes, STAMP_BYTES + sizeof filler - 1);
    assert_memory_equal (message->text.text, stamp, STAMP_BYTES);
    assert_memory_equal (message->text.text + STAMP_BYTES, filler, sizeof filler - 1);
    assert_true (people->receipt_count < AT_ONCE); // There is one for each on its way.
    people->receipts[(people->receipt_first + people->receipt_count++) % AT_ONCE] =
        (receipt_t){place, reader->heard};
}

static void
on_receipt (people_t *people, size_t gateway, const wire_receipt_t *receipt)
{
    person_t *writer = find (people, &receipt->user);
    person_t *reader = find (people, &receipt->partner);
    assert_int_equal (gateway, gateway_of (people, writer));
    assert_int_equal (writer->partner, place_of (people, reader));
    assert_true (ident_equal (&receipt->chat, &writer->chat));
    if (receipt->number != writer->confirmed + 1 || writer->confirmed == writer->sent) {
        fail_msg ("unconfirmed: person %" PRIu32
                  " waits for the receipt of message %" PRIu32
                  ", and gets that of %" PRIu64,
                  place_of (people, writer), writer->confirmed + 1, receipt->number);
    }
    writer->confirmed++;
    people->on_way--;
    people->messages++;
}

// --- For gateways ---

static bool
say (void *self, wire_t *wire, size_t *gateway)
{
    people_t *people = self;
    if (people->receipt_count > 0) {
        write_receipt (people, wire, gateway);
        return true;
    }
    if (people->talk && people->on_way < AT_ONCE) {
        write_message (people, wire, gateway);
        return true;
    }
    return say_search (people, wire, gateway);
}

static void
hear (void *self, size_t gateway, const wire_t *wire)
{
    people_t *people = self;
    switch (wire->kind) {
        case WIRE_MATCHED:
            on_matched (people, gateway, &wire->as.matched);
            break;
        case WIRE_WAITING:
            on_waiting (people, &wire->as.waiting);
            break;
        case WIRE_REFUSED:
            on_refused (people, &wire->as.refused);
            break;
        case WIRE_MESSAGE:
            on_message (people, gateway, &wire->as.message);
            break;
        case WIRE_RECEIPT:
            on_receipt (people, gateway, &wire->as.receipt);
            break;
        case WIRE_LEASED:
            break;
        default:
            fail_msg ("gateway %zu is told %s", gateway, wire_shape (wire->kind)->name);
    }
}

static void
tick (void *self)
{
    people_t *people = self;
    uint64_t now = now_us ();
    for (size_t i = 0; i < AT_ONCE && people->asking > 0; i++) {
        ask_t *ask = &people->asks[i];
        if (ask->who != NOBODY && !ask->due && now >= ask->again_us) {
            ask->due = true;
            people->all[ask->who].repeats++;
            people->repeats++;
        }
    }
}

static bool
is_settled (const void *self)
{
    const people_t *people = self;
    return people->asking == 0 && people->on_way == 0 && people->receipt_count == 0;
}

callers_t
people_callers (people_t *people)
{
    return (callers_t){people, say, hear, tick, is_settled};
}

// --- Life cycle ---

static void
shuffle (people_t *people)
{
    for (size_t i = 0; i < people->count; i++) {
        size_t other = draw (i + 1);
        people->order[i] = people->order[other];
        people->order[other] = (uint32_t) i;
    }
}

people_t *
people_new (size_t count, const ident_t gateways[], size_t gateway_count)
{
    people_t *people = calloc (1, sizeof *people);
    assert_non_null (people);
    assert_true (count % 2 == 0 && count < NOBODY);
    people->gateways = gateways;
    people->gateway_count = gateway_count;
    people->count = count;
    people->all = calloc (count, sizeof *people->all);
    people->order = calloc (count, sizeof *people->order);
    assert_true (people->all != NULL && people->order != NULL);
    for (uint32_t i = 0; i < count; i++) {
        people->all[i].id = ident_random ();
        memcpy (people->all[i].id.bytes, &i, sizeof i);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        people->asks[i].who = NOBODY;
    }
    shuffle (people);
    return people;
}

void
people_destroy (people_t **people)
{
    if (*people != NULL) {
        free ((*people)->all);
        free ((*people)->order);
        free (*people);
        *people = NULL;
    }
}

void
people_search (people_t *people, size_t count)
{
    assert_true (count <= people->count);
    people->searchers = count;
}

size_t
people_chats (const people_t *people)
{
    return people->chats;
}

uint64_t
people_repeats (const people_t *people)
{
    return people->repeats;
}

void
people_talk (people_t *people, bool talk)
{
    assert_true (!talk || people->chats == people->count / 2);
    people->talk = talk;
}

uint64_t
people_messages (const people_t *people)
{
    return people->messages;
}

void
people_check (const people_t *people)
{
    assert_true (is_settled (people));
    for (size_t i = 0; i < people->count; i++) {
        const person_t *person = &people->all[i];
        assert_int_equal (people->all[person->partner].partner, i);
        assert_int_equal (person->confirmed, person->sent);
        assert_int_equal (people->all[person->partner].heard, person->sent);
    }
}
