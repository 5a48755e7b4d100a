// queue.c -- packets behind each other: a head, room, the bytes, up to the next multiple of 16.

#include "gateway/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

// What stands in a packet's room until it is sent.
typedef struct {
    size_t bytes;
    bool binary;
} head_t;

_Static_assert (sizeof (head_t) <= QUEUE_ROOM, "a packet's head must fit into its room");

static size_t
whole_size (size_t bytes)
{
    return QUEUE_ROOM + (bytes + 15) / 16 * 16;
}

static void
make_room (queue_t *queue, size_t needed)
{
    if (queue->begin > 0 && queue->end + needed > queue->capacity) {
        memmove (queue->block, queue->block + queue->begin, queue->end - queue->begin);
        queue->end -= queue->begin;
        queue->begin = 0;
    }
    if (queue->end + needed > queue->capacity) {
        queue->capacity = queue->capacity == 0 ? needed : 2 * (queue->end + needed);
        queue->block = must_resize (queue->block, queue->capacity);
    }
}

char *
queue_add (queue_t *queue, size_t bytes, bool binary)
{
    size_t needed = whole_size (bytes);
    make_room (queue, needed);
    head_t head = {bytes, binary};
    char *place = queue->block + queue->end;
    memcpy (place, &head, sizeof head);
    queue->end += needed;
    return place + QUEUE_ROOM;
}

char *
queue_first (queue_t *queue, size_t *bytes, bool *binary)
{
    if (queue->begin == queue->end) {
        return NULL;
    }
    head_t head;
    memcpy (&head, queue->block + queue->begin, sizeof head);
    *bytes = head.bytes;
    *binary = head.binary;
    queue->first = whole_size (head.bytes);
    return queue->block + queue->begin + QUEUE_ROOM;
}

char *
queue_walk (const queue_t *queue, size_t *place, size_t *bytes, bool *binary)
{
    if (queue->begin + *place == queue->end) {
        return NULL;
    }
    head_t head;
    char *at = queue->block + queue->begin + *place;
    memcpy (&head, at, sizeof head);
    *bytes = head.bytes;
    *binary = head.binary;
    *place += whole_size (head.bytes);
    return at + QUEUE_ROOM;
}

void
queue_drop (queue_t *queue, size_t place)
{
    must (place <= queue->end - queue->begin);
    queue->begin += place;
    if (queue->begin == queue->end) {
        queue_clear (queue);
    }
}

void
queue_remove (queue_t *queue)
{
    must (queue->first > 0);
    size_t first = queue->first;
    queue->first = 0;
    queue_drop (queue, first);
}

void
queue_clear (queue_t *queue)
{
    free (queue->block);
    *queue = (queue_t){NULL, 0, 0, 0, 0};
}

size_t
queue_bytes (const queue_t *queue)
{
    return queue->end - queue->begin;
}
