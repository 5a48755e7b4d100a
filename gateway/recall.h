// recall.h -- what a browser may have missed: events that were emitted and may not have arrived.
//
// Every event has an offset, counted from 1; the browser gives back the last one it has seen, and
// gets what came after. An event is forgotten when the browser is known to have read it, or when
// more than RECALL_BYTES are kept: then a browser that has missed it cannot be served any more.

#ifndef RECALL_H
#define RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/queue.h"

#define RECALL_BYTES 65536

typedef struct {
    queue_t events;     // Each is a name, a zero byte, and the JSON text of its arguments.
    uint64_t emitted;   // The offset of the last one.
    uint64_t forgotten; // The offset of the last one that is not kept any more.
    uint64_t asked;     // What `emitted` was when the browser was pinged last.
} recall_t;

// Keeps an event, whose arguments end with its offset: recall->emitted, which is raised before.
void
recall_keep (recall_t *recall, const char *event, const char *json, size_t bytes);

// The browser is being pinged.
void
recall_pinged (recall_t *recall);

// The browser has answered the ping: it has read what was emitted before.
void
recall_answered (recall_t *recall);

// True if a browser that has seen the event with this offset can be given all that came after.
bool
recall_has (const recall_t *recall, uint64_t offset);

// Calls `give` for each event after `offset`, in order.
void
recall_give (const recall_t *recall, uint64_t offset,
             void (*give) (void *self, const char *event, const char *json, size_t bytes),
             void *self);

// Forgets all.
void
recall_clear (recall_t *recall);

#endif
