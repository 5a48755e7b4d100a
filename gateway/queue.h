// queue.h -- packets that wait to be sent, one behind the other in one block of memory.
//
// An empty queue owns no memory: a connection that is idle costs nothing here.

#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stddef.h>

// Bytes in front of each packet that whoever sends it may overwrite.
#define QUEUE_ROOM 16

typedef struct {
    char *block;     // Owned; NULL while the queue is empty.
    size_t begin;    // Where the first packet's room begins.
    size_t end;      // Behind the last packet.
    size_t capacity; // Of the block.
    size_t first;    // What queue_first has read: how much queue_remove removes.
} queue_t;

// Adds a packet of `bytes` bytes and returns where they go.
char *
queue_add (queue_t *queue, size_t bytes, bool binary);

// The first packet, or NULL if the queue is empty.
char *
queue_first (queue_t *queue, size_t *bytes, bool *binary);

// The packet at *place, which is 0 for the first and is moved to the next; NULL behind the last.
char *
queue_walk (const queue_t *queue, size_t *place, size_t *bytes, bool *binary);

// Removes the packets before a place that queue_walk has come to; their room may be overwritten.
void
queue_drop (queue_t *queue, size_t place);

// Removes the packet that queue_first gave last; its room may be overwritten by now.
void
queue_remove (queue_t *queue);

// Removes all.
void
queue_clear (queue_t *queue);

// Bytes of memory that the packets take.
size_t
queue_bytes (const queue_t *queue);

#endif
