// drain.h -- how fast a long outbox gets empty when a recorder comes back: real matchers bring it from
// Redis to the fixture's recorder and its PostgreSQL.

#ifndef DRAIN_H
#define DRAIN_H

#include <stddef.h>

typedef struct {
    size_t records;
    double redis_mb; // That they take in Redis.
    double seconds;  // From the start of the recorder to an empty outbox.
    double matchers; // Seconds of CPU in that time, all matchers together.
    double redis;
    double recorder;
    double postgres; // All its processes.
} drain_t;

// Fills an outbox with so many records, two a chat, and empties it. The table of chats must be
// there, and empty; nobody else uses the recorder's port. Every row is checked.
drain_t
drain_run (size_t records);

// Prints what came out.
void
drain_print (const drain_t *drain);

#endif
