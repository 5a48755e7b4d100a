// link.h -- the chat link: one user's half of the numbered, confirmed line to the partner. Pure.
//
// The network between two gateways loses, doubles and reorders. Each direction counts its
// messages from 1. The sender keeps each one until a receipt covers it and sends it again until
// then; the receiver takes only the next number. So every message arrives once and in order, or
// the sender knows that it did not.

#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/wire.h"

#define LINK_WINDOW 64 // Messages on their way at once; one more is refused to its writer.

typedef struct link link_t;

// A message that is on its way.
typedef struct {
    uint64_t number;
    uint64_t at_ms; // When it was taken, Unix time.
    uint64_t ack;   // What its writer's browser awaits.
    word_t id;      // Owned by the link, as the text is.
    word_t text;
} sending_t;

// What a number means to the receiver.
typedef enum {
    LINK_NEXT,   // The one that is due.
    LINK_DOUBLE, // It has been here; confirm it again.
    LINK_AHEAD,  // One before it is missing; the sender will send both again.
} link_verdict_t;

// A new link. Never NULL.
link_t *
link_new (void);

void
link_destroy (link_t **link);

// Takes a message to be sent; copies its words. NULL if the window is full.
const sending_t *
link_take (link_t *link, uint64_t at_ms, uint64_t ack, word_t id, word_t text);

// Whether a message with that name and that text was taken before, among the last LINK_WINDOW.
typedef enum {
    LINK_NEW,       // No, or it has no name.
    LINK_SENDING,   // It is on its way; `ack` is now what its writer awaits.
    LINK_CONFIRMED, // It has arrived; *known has its name and time.
} link_memory_t;

// Looks a message up by its name and text; one that is on its way is acknowledged as `ack` from now.
link_memory_t
link_find (link_t *link, word_t id, word_t text, uint64_t ack, sending_t *known);

// How many messages are on their way.
size_t
link_unconfirmed (const link_t *link);

// The message on its way at a place from 0, the oldest.
const sending_t *
link_sending (const link_t *link, size_t place);

// A receipt says that all up to `number` have arrived. Returns how many of those on their way that
// are (0 for an old receipt, or for one that is ahead of what was sent); they stay until
// link_release.
size_t
link_confirm (const link_t *link, uint64_t number);

// Forgets the `count` oldest.
void
link_release (link_t *link, size_t count);

// A message with that number arrived. LINK_NEXT also counts it.
link_verdict_t
link_arrive (link_t *link, uint64_t number);

// All up to this number have arrived: what a receipt says.
uint64_t
link_arrived (const link_t *link);

// How many were taken so far.
uint64_t
link_taken (const link_t *link);

#endif
