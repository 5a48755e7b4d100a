// link.c -- the window of a chat link: a ring that grows up to LINK_WINDOW messages.

#include "gateway/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

struct link {
    sending_t *ring;    // By number modulo its size. Owned, as their words are.
    size_t size;        // Of the ring; a power of two.
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
