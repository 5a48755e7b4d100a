// link.c -- the window of a chat link: a ring that grows up to LINK_WINDOW messages.

#include "gateway/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

// A message that was taken, remembered by its name.
typedef struct {
    uint64_t number; // 0: none.
    uint64_t hash;   // Of its name and text.
    uint64_t at_ms;
} named_t;

struct link {
    sending_t *ring;    // By number modulo its size. Owned, as their words are.
    size_t size;        // Of the ring; a power of two.
    named_t *named;     // The names of the last LINK_WINDOW, by number. Owned; NULL: none yet.
    uint64_t taken;     // The highest number that was given to a message.
    uint64_t confirmed; // All up to this one have arrived there.
    uint64_t arrived;   // All up to this one have arrived here.
};

#define FIRST_SIZE 4 // Most people have no more on their way at once.

link_t *
link_new (void)
{
    return must_alloc (sizeof (link_t));
}

void
link_destroy (link_t **link)
{
    if (*link != NULL) {
        link_release (*link, link_unconfirmed (*link));
        free ((*link)->ring);
        free ((*link)->named);
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
    for (uint64_t number = link->confirmed + 1; number <= link->taken; number++) {
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

// FNV-1a of both, with a byte between them that is in no UTF-8: messages are told apart by 64 bits,
// within one chat and among a few dozen of them.
static uint64_t
hash_of (word_t id, word_t text)
{
    uint64_t hash = hash_word (0xcbf29ce484222325ULL, id);
    return hash_word (hash_word (hash, (word_t){"\xff", 1}), text);
}

static void
remember (link_t *link, uint64_t at_ms, word_t id, word_t text)
{
    if (link->named == NULL) {
        link->named = must_alloc (LINK_WINDOW * sizeof *link->named);
    }
    link->named[link->taken % LINK_WINDOW] = (named_t){link->taken, hash_of (id, text), at_ms};
}

link_memory_t
link_find (link_t *link, word_t id, word_t text, uint64_t ack, sending_t *known)
{
    uint64_t hash = hash_of (id, text);
    for (size_t i = 0; link->named != NULL && id.bytes > 0 && i < LINK_WINDOW; i++) {
        const named_t *named = &link->named[i];
        if (named->number != 0 && named->hash == hash) {
            if (named->number > link->confirmed) {
                place_of (link, named->number)->ack = ack;
                return LINK_SENDING;
            }
            *known = (sending_t){named->number, named->at_ms, ack, id, {NULL, 0}};
            return LINK_CONFIRMED;
        }
    }
    return LINK_NEW;
}

const sending_t *
link_take (link_t *link, uint64_t at_ms, uint64_t ack, word_t id, word_t text)
{
    if (link_unconfirmed (link) == LINK_WINDOW) {
        return NULL;
    }
    if (link_unconfirmed (link) == link->size) {
        grow (link);
    }
    // Both words in one block, the id first.
    char *words = must_alloc (id.bytes + text.bytes);
    if (id.bytes > 0) {
        memcpy (words, id.text, id.bytes);
    }
    memcpy (words + id.bytes, text.text, text.bytes);
    sending_t *sending = place_of (link, ++link->taken);
    *sending =
        (sending_t){link->taken, at_ms, ack, {words, id.bytes}, {words + id.bytes, text.bytes}};
    remember (link, at_ms, id, text);
    return sending;
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
    bool sensible = number > link->confirmed && number <= link->taken;
    return sensible ? (size_t) (number - link->confirmed) : 0;
}

void
link_release (link_t *link, size_t count)
{
    must (count <= link_unconfirmed (link));
    for (size_t i = 0; i < count; i++) {
        free ((char *) link_sending (link, 0)->id.text);
        link->confirmed++;
    }
}

link_verdict_t
link_arrive (link_t *link, uint64_t number)
{
    if (number <= link->arrived) {
        return LINK_DOUBLE;
    }
    if (number > link->arrived + 1) {
        return LINK_AHEAD;
    }
    link->arrived = number;
    return LINK_NEXT;
}

uint64_t
link_arrived (const link_t *link)
{
    return link->arrived;
}

uint64_t
link_taken (const link_t *link)
{
    return link->taken;
}
