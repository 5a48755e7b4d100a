// load.h -- many people at once, in one process: who connect, meet, write to each other, and leave.
//
// Every answer, message and match is checked: lost, doubled, out of order, or at the wrong one.

#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>

#define PORTS_MOST 2
#define WINDOW_MOST 60 // Messages of a user on their way at once.

typedef struct load load_t;

// What has happened since the last load_count.
typedef struct {
    size_t messages; // Answered, and so delivered.
    size_t matches;  // Both were told.
    size_t joins;    // Connections that were joined.
    size_t late;     // Messages that waited for room in a window, in an open loop.
} counts_t;

// `users` people spread over the servers' ports. Nobody is connected yet.
load_t *
load_new (size_t users, const uint16_t ports[], size_t port_count);

// Whoever is still connected leaves.
void
load_destroy (load_t **load);

// Everybody connects and joins; so many at a time.
void
load_join (load_t *load);

// Two after two search, and meet.
void
load_pair (load_t *load);

// Closed loop: everybody has `window` messages on their way, all the time.
void
load_talk (load_t *load, size_t window, uint64_t for_us);

// In step: one after the other writes `window` messages at once, so often, and whoever is next waits
// until all of them have arrived and are answered.
void
load_step (load_t *load, size_t window, size_t times);

// Closed loop: `on_way` messages are on their way, whosever they are; when one is answered somebody
// writes the next, by chance. Before it, everything is settled.
void
load_mix (load_t *load, size_t on_way, uint64_t for_us);

// Open loop: `rate` messages a second, each due at its time whatever has become of those before.
void
load_drip (load_t *load, double rate, uint64_t for_us);

// Waits until every message has been answered and has arrived.
void
load_settle (load_t *load);

// Everybody searches; when both have been told one ends the chat, and both search anew.
void
load_match (load_t *load, uint64_t for_us);

// Everybody joins, leaves and connects anew.
void
load_churn (load_t *load, uint64_t for_us);

// Everybody leaves.
void
load_leave (load_t *load);

// Begins to count anew.
void
load_count (load_t *load);

counts_t
load_counts (const load_t *load);

// From when a message was due until it was at the partner's socket, in no order; the latest of
// them, so many at most.
uint32_t *
load_waits (load_t *load, size_t *count);

#endif
