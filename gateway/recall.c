// recall.c -- keeps the last events of a user.

#include "gateway/recall.h"

#include <string.h>

static void
forget_first (recall_t *recall)
{
    size_t bytes;
    bool binary;
    queue_first (&recall->events, &bytes, &binary);
    queue_remove (&recall->events);
    recall->forgotten++;
}

void
recall_keep (recall_t *recall, const char *event, const char *json, size_t bytes)
{
    size_t name = strlen (event) + 1;
    char *place = queue_add (&recall->events, name + bytes, false);
    memcpy (place, event, name);
    memcpy (place + name, json, bytes);
    while (queue_bytes (&recall->events) > RECALL_BYTES) {
        forget_first (recall);
    }
}

void
recall_pinged (recall_t *recall)
{
    recall->asked = recall->emitted;
}

void
recall_answered (recall_t *recall)
{
    while (recall->forgotten < recall->asked) {
        forget_first (recall);
    }
}

bool
recall_has (const recall_t *recall, uint64_t offset)
{
    return offset >= recall->forgotten && offset <= recall->emitted;
}

void
recall_give (const recall_t *recall, uint64_t offset,
             void (*give) (void *self, const char *event, const char *json, size_t bytes),
             void *self)
{
    size_t place = 0;
    size_t bytes;
    bool binary;
    const char *event;
    for (uint64_t at = recall->forgotten + 1;
         (event = queue_walk (&recall->events, &place, &bytes, &binary)) != NULL; at++) {
        if (at > offset) {
            size_t name = strlen (event) + 1;
            give (self, event, event + name, bytes - name);
        }
    }
}

void
recall_clear (recall_t *recall)
{
    queue_clear (&recall->events);
    recall->forgotten = recall->emitted;
}
