// link.c -- the window of a chat link: a ring that grows up to LINK_KEPT messages.

#include "gateway/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

// The last LINK_WINDOW messages that were taken, remembered by their names; by number modulo that.
typedef struct {
    uint32_t names[LINK_WINDOW];  // Hashes of them alone: whoever says something new is known by these.
    uint64_t hashes[LINK_WINDOW]; // Of name and text. 0: none.
    uint64_t at_ms[LINK_WINDOW];
} named_t;

typedef enum {
    SETTLED,  // Neither end has moved.
    MOVING,   // This end has moved here, and has not heard from which number to go on.
    MOVED,    // One end has moved: the other may say again what it said before.
} move_t;

struct link {
    move_t move;
    sending_t *ring;    // By number modulo its size. Owned, as their words are.
    size_t size;        // Of the ring; a power of two.
    named_t *named;     // Owned; NULL: none yet.
    uint32_t *heard;    // Fingerprints of the last LINK_WINDOW that arrived. Owned; NULL: none yet.
    uint64_t hearings;  // How many fingerprints were written.
    uint32_t *there;    // Fingerprints of what the partner's end had heard. Owned; NULL: none.
    size_t there_count; // How many,
    uint64_t there_number; // and up to which message.
    sending_t *back;    // MOVING: what was given back, in any order. Owned, as the words are; NULL: none.
    size_t back_count;  // How many; LINK_KEPT at most.
    uint64_t taken;     // The highest number that was given to a message.
    uint64_t confirmed; // All up to this one have arrived there.
    uint64_t forgotten; // All up to this one have been read there, and are not kept.
    uint64_t arrived;   // All up to this one have arrived here.
};

#define FIRST_SIZE 4 // Most people have no more on their way at once.

link_t *
link_new (void)
{
    return must_alloc (sizeof (link_t));
}

static void
note_heard (link_t *link, uint32_t fingerprint)
{
    if (link->heard == NULL) {
        link->heard = must_alloc (LINK_WINDOW * sizeof *link->heard);
    }
    link->heard[link->hearings++ % LINK_WINDOW] = fingerprint;
}

// The latest is first there, and last here.
static void
note_all_heard (link_t *link, const uint32_t fingerprints[], size_t count)
{
    for (size_t i = count; i > 0; i--) {
        note_heard (link, fingerprints[i - 1]);
    }
}

link_t *
link_resume (uint64_t arrived, const uint32_t fingerprints[], size_t count)
{
    link_t *link = link_new ();
    link->move = MOVING;
    link->arrived = arrived;
    note_all_heard (link, fingerprints, count);
    return link;
}

static void
free_words (sending_t *sending)
{
    free ((char *) sending->id.text);
}

static void
forget_back (link_t *link)
{
    for (size_t i = 0; i < link->back_count; i++) {
        free_words (&link->back[i]);
    }
    free (link->back);
    link->back = NULL;
    link->back_count = 0;
}

void
link_destroy (link_t **link)
{
    if (*link != NULL) {
        forget_back (*link);
        link_pass (*link, link_unconfirmed (*link));
        link_forget (*link, (*link)->taken);
        free ((*link)->ring);
        free ((*link)->named);
        free ((*link)->heard);
        free ((*link)->there);
        free (*link);
        *link = NULL;
    }
}

static sending_t *
place_of (const link_t *link, uint64_t number)
{
    return &link->ring[number & (link->size - 1)];
}

static void
grow (link_t *link)
{
    link_t grown = *link;
    grown.size = link->size == 0 ? FIRST_SIZE : 2 * link->size;
    grown.ring = must_alloc (grown.size * sizeof *grown.ring);
    for (uint64_t number = link->forgotten + 1; number <= link->taken; number++) {
        *place_of (&grown, number) = *place_of (link, number);
    }
    free (link->ring);
    *link = grown;
}

static uint64_t
hash_word (uint64_t hash, word_t word)
{
    for (size_t i = 0; i < word.bytes; i++) {
        hash = (hash ^ (unsigned char) word.text[i]) * 0x100000001b3ULL;
    }
    return hash;
}

// FNV-1a.
static uint64_t
hash_of_name (word_t id)
{
    return hash_word (0xcbf29ce484222325ULL, id);
}

// Of both, with a byte between them that is in no UTF-8: messages are told apart by 64 bits, within one
// chat and among a few dozen of them.
static uint64_t
hash_with (uint64_t hash_of_id, word_t text)
{
    return hash_word (hash_word (hash_of_id, (word_t){"\xff", 1}), text);
}

static uint64_t
hash_of (word_t id, word_t text)
{
    return hash_with (hash_of_name (id), text);
}

static uint32_t
fingerprint_of (word_t id, word_t text)
{
    return (uint32_t) (hash_of (id, text) >> 32);
}

static bool
is_among (const uint32_t fingerprints[], size_t count, uint32_t fingerprint)
{
    for (size_t i = 0; i < count; i++) {
        if (fingerprints[i] == fingerprint) {
            return true;
        }
    }
    return false;
}

static void
remember (link_t *link, uint64_t at_ms, word_t id, word_t text)
{
    size_t place = link->taken % LINK_WINDOW;
    if (link->named == NULL) {
        link->named = must_alloc (sizeof *link->named);
    }
    uint64_t name = hash_of_name (id);
    link->named->names[place] = (uint32_t) name;
    link->named->hashes[place] = hash_with (name, text);
    link->named->at_ms[place] = at_ms;
}

// The number of a message that is remembered at a place: the latest that belongs there.
static uint64_t
number_at (const link_t *link, size_t place)
{
    return link->taken - (link->taken - place) % LINK_WINDOW;
}

link_memory_t
link_find (link_t *link, word_t id, word_t text, uint64_t ack, sending_t *known)
{
    const named_t *named = link->named;
    if (id.bytes == 0) {
        return LINK_NEW;
    }
    // Nearly all is new, and its name says so already: its text is not looked at.
    if (named != NULL && is_among (named->names, LINK_WINDOW, (uint32_t) hash_of_name (id))) {
        uint64_t hash = hash_of (id, text);
        for (size_t i = 0; i < LINK_WINDOW; i++) {
            uint64_t number = number_at (link, i);
            if (named->hashes[i] == hash && number > link->confirmed) {
                place_of (link, number)->ack = ack;
                return LINK_SENDING;
            }
            if (named->hashes[i] == hash) {
                *known = (sending_t){number, named->at_ms[i], ack, id, {NULL, 0}};
                return LINK_CONFIRMED;
            }
        }
    }
    if (link->there_count > 0
        && is_among (link->there, link->there_count, fingerprint_of (id, text))) {
        *known = (sending_t){0, 0, ack, id, {NULL, 0}};
        return LINK_CONFIRMED;
    }
    return LINK_NEW;
}

// With a copy of both words, in one block, the id first.
static sending_t
make_sending (uint64_t number, uint64_t at_ms, uint64_t ack, word_t id, word_t text)
{
    char *words = must_alloc (id.bytes + text.bytes);
    if (id.bytes > 0) {
        memcpy (words, id.text, id.bytes);
    }
    if (text.bytes > 0) {
        memcpy (words + id.bytes, text.text, text.bytes);
    }
    return (sending_t){number, at_ms, ack, {words, id.bytes}, {words + id.bytes, text.bytes}};
}

// Takes a message, whose words are the link's from now on.
static const sending_t *
put (link_t *link, const sending_t *message)
{
    if (link->taken - link->forgotten == link->size) {
        grow (link);
    }
    sending_t *sending = place_of (link, ++link->taken);
    *sending = *message;
    sending->number = link->taken;
    remember (link, sending->at_ms, sending->id, sending->text);
    return sending;
}

const sending_t *
link_take (link_t *link, uint64_t at_ms, uint64_t ack, word_t id, word_t text)
{
    if (link_is_full (link)) {
        return NULL;
    }
    sending_t message = make_sending (0, at_ms, ack, id, text);
    return put (link, &message);
}

bool
link_is_full (const link_t *link)
{
    // More than a window is on its way again if the partner's end has moved.
    return link_unconfirmed (link) >= LINK_WINDOW || link->taken - link->forgotten >= LINK_KEPT;
}

void
link_expect_no_ack (link_t *link)
{
    for (uint64_t number = link->confirmed + 1; number <= link->taken; number++) {
        place_of (link, number)->ack = LINK_NO_ACK;
    }
}

size_t
link_unconfirmed (const link_t *link)
{
    return (size_t) (link->taken - link->confirmed);
}

const sending_t *
link_sending (const link_t *link, size_t place)
{
    must (place < link_unconfirmed (link));
    return place_of (link, link->confirmed + 1 + place);
}

size_t
link_confirm (const link_t *link, uint64_t number)
{
    bool sensible = link_is_agreed (link) && number > link->confirmed && number <= link->taken;
    return sensible ? (size_t) (number - link->confirmed) : 0;
}

void
link_pass (link_t *link, size_t count)
{
    must (count <= link_unconfirmed (link));
    for (size_t i = 0; i < count; i++) {
        place_of (link, ++link->confirmed)->ack = LINK_NO_ACK; // Should it go again, it was answered.
    }
}

void
link_forget (link_t *link, uint64_t number)
{
    while (link->forgotten < number && link->forgotten < link->confirmed) {
        free_words (place_of (link, ++link->forgotten));
    }
}

static const sending_t *
back_of (const link_t *link, uint64_t number)
{
    for (size_t i = 0; i < link->back_count; i++) {
        if (link->back[i].number == number) {
            return &link->back[i];
        }
    }
    return NULL;
}

void
link_give_back (link_t *link, uint64_t number, uint64_t at_ms, word_t id, word_t text)
{
    bool wanted = link->move == MOVING && back_of (link, number) == NULL;
    if (!wanted || link->back_count == LINK_KEPT) {
        return;
    }
    if (link->back == NULL) {
        link->back = must_alloc (LINK_KEPT * sizeof *link->back);
    }
    link->back[link->back_count++] = make_sending (number, at_ms, LINK_NO_ACK, id, text);
}

bool
link_has_back (const link_t *link, uint64_t number, uint64_t count)
{
    bool has = count <= number && count <= link->back_count;
    for (uint64_t i = 0; has && i < count; i++) {
        has = back_of (link, number - i) != NULL;
    }
    return has;
}

size_t
link_heard_there (link_t *link, uint64_t number, const uint32_t fingerprints[], size_t count)
{
    must (link->move == MOVING && count <= LINK_WINDOW);
    link->there_number = number;
    size_t known = 0;
    free (link->there);
    link->there = must_alloc (LINK_WINDOW * sizeof *link->there);
    memcpy (link->there, fingerprints, count * sizeof *fingerprints);
    link->there_count = count;
    while (known < link_unconfirmed (link)) {
        const sending_t *sending = link_sending (link, known);
        if (!is_among (fingerprints, count, fingerprint_of (sending->id, sending->text))) {
            break;
        }
        known++;
    }
    return known;
}

// Gives what was taken before it was known from which number to go on its numbers, behind what was given
// back. What its writer has said again of that is awaited again, and taken only once.
static void
renumber (link_t *link, uint64_t base)
{
    sending_t known;
    link_forget (link, link->confirmed);
    size_t count = link_unconfirmed (link);
    sending_t *early = must_alloc (LINK_WINDOW * sizeof *early);
    for (size_t i = 0; i < count; i++) {
        early[i] = *link_sending (link, i);
    }
    free (link->ring);
    free (link->named);
    link->ring = NULL;
    link->named = NULL;
    link->size = 0;
    link->taken = link->confirmed = link->forgotten = base;
    for (const sending_t *back; (back = back_of (link, link->taken + 1)) != NULL;) {
        sending_t message = make_sending (0, back->at_ms, LINK_NO_ACK, back->id, back->text);
        put (link, &message);
    }
    for (size_t i = 0; i < count; i++) {
        if (link_find (link, early[i].id, early[i].text, early[i].ack, &known) == LINK_SENDING) {
            free_words (&early[i]);
        }
        else {
            put (link, &early[i]);
        }
    }
    free (early);
    forget_back (link);
}

// What the end there had heard beyond `number` is known to nobody there any more.
static void
keep_there (link_t *link, uint64_t number)
{
    uint64_t beyond = link->there_number > number ? link->there_number - number : 0;
    size_t gone = beyond < link->there_count ? (size_t) beyond : link->there_count;
    link->there_number -= gone;
    link->there_count -= gone;
    if (gone > 0) {
        memmove (link->there, link->there + gone, link->there_count * sizeof *link->there);
    }
}

void
link_agree (link_t *link, uint64_t number)
{
    if (link->move == MOVING) {
        renumber (link, number);
    }
    else {
        link->confirmed = number > link->taken       ? link->taken
                        : number < link->forgotten   ? link->forgotten
                                                     : number;
        keep_there (link, number);
    }
    link->move = MOVED;
}

bool
link_is_agreed (const link_t *link)
{
    return link->move != MOVING;
}

uint64_t
link_first (const link_t *link)
{
    return link->forgotten + 1;
}

link_verdict_t
link_arrive (link_t *link, uint64_t number, word_t id, word_t text)
{
    if (number <= link->arrived) {
        return LINK_DOUBLE;
    }
    if (number > link->arrived + 1) {
        return LINK_AHEAD;
    }
    uint32_t fingerprint = fingerprint_of (id, text);
    size_t heard = link->hearings < LINK_WINDOW ? (size_t) link->hearings : LINK_WINDOW;
    link->arrived = number;
    if (text.bytes == 0 || (link->move != SETTLED && is_among (link->heard, heard, fingerprint))) {
        return LINK_KNOWN;
    }
    note_heard (link, fingerprint);
    return LINK_NEXT;
}

void
link_skip (link_t *link, uint64_t first)
{
    if (first > link->arrived + 1) {
        link->arrived = first - 1;
    }
}

uint64_t
link_arrived (const link_t *link)
{
    return link->arrived;
}

size_t
link_fingerprints (const link_t *link, uint32_t fingerprints[], size_t most)
{
    size_t count = 0;
    while (count < most && count < link->hearings && count < LINK_WINDOW) {
        fingerprints[count] = link->heard[(link->hearings - 1 - count) % LINK_WINDOW];
        count++;
    }
    return count;
}

size_t
link_said (const link_t *link, uint64_t number, uint32_t fingerprints[LINK_WINDOW])
{
    size_t count = 0;
    uint64_t remembered = link->taken > LINK_WINDOW ? link->taken - LINK_WINDOW : 0;
    for (uint64_t at = number; link->named != NULL && at > remembered && at <= link->taken; at--) {
        uint64_t hash = link->named->hashes[at % LINK_WINDOW];
        if (hash == 0) {
            break; // It was taken elsewhere.
        }
        fingerprints[count++] = (uint32_t) (hash >> 32);
    }
    // What came twice has one fingerprint there: the number of each is at most this.
    for (size_t i = 0; i < link->there_count && count < LINK_WINDOW; i++) {
        if (link->there_number <= number + i && !is_among (fingerprints, count, link->there[i])) {
            fingerprints[count++] = link->there[i];
        }
    }
    return count;
}

void
link_recall (link_t *link, const uint32_t fingerprints[], size_t count)
{
    must (count <= LINK_WINDOW);
    if (count > link->hearings) {
        link->hearings = 0;
        note_all_heard (link, fingerprints, count);
    }
}

uint64_t
link_taken (const link_t *link)
{
    return link->taken;
}
