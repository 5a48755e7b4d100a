// link.h -- the chat link: one user's half of the numbered, confirmed line to the partner. Pure.
//
// The network between two gateways loses, doubles and reorders, and either end may move to another
// gateway, planned or by the death of its own. Each direction counts its messages from 1. The sender
// sends each one again until a receipt covers it, and keeps it until the reader's browser is known
// to have read it: what a gateway that died had taken but not yet brought is sent once more. The
// receiver takes only the next number, and knows the last messages by their names: somebody whose
// gateway died says again what it has no answer for, under new numbers. What that gateway kept is with
// the receiver's, which gives it back: from then on both have it again, and the reader may move, too.
// So every message arrives once and in order, or the sender knows that it did not.

#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/wire.h"

#define LINK_WINDOW 64 // Messages on their way at once; one more is refused to its writer.
#define LINK_KEPT 256  // The same with those that are confirmed, but not known to have been read.
#define LINK_NO_ACK UINT64_MAX // Nobody awaits an answer.

typedef struct link link_t;

// A message that is on its way.
typedef struct {
    uint64_t number;
    uint64_t at_ms; // When it was taken, Unix time.
    uint64_t ack;   // What its writer's browser awaits; LINK_NO_ACK once it is confirmed.
    word_t id;      // Owned by the link, as the text is.
    word_t text;
} sending_t;

// What an arriving message means to the receiver.
typedef enum {
    LINK_NEXT,   // The one that is due.
    LINK_KNOWN,  // The one that is due, but its content has been here; it counts, and is not shown.
    LINK_DOUBLE, // It has been here; confirm it again.
    LINK_AHEAD,  // One before it is missing; the sender will send both again.
} link_verdict_t;

// The link of a new chat. Never NULL.
link_t *
link_new (void);

// The link of a chat that goes on at another gateway: the browser has seen all up to `arrived`, the
// latest of which have these `count` fingerprints, the latest first. Nothing can be sent until
// link_agree. Never NULL.
link_t *
link_resume (uint64_t arrived, const uint32_t fingerprints[], size_t count);

void
link_destroy (link_t **link);

// Takes a message to be sent; copies its words. NULL if the window is full.
const sending_t *
link_take (link_t *link, uint64_t at_ms, uint64_t ack, word_t id, word_t text);

// True if no message can be taken.
bool
link_is_full (const link_t *link);

// Whether a message with that name and that text was taken before, among the last LINK_WINDOW.
typedef enum {
    LINK_NEW,       // No, or it has no name.
    LINK_SENDING,   // It is on its way; `ack` is now what its writer awaits.
    LINK_CONFIRMED, // It has arrived; *known has its name and time, 0 if another gateway took it.
} link_memory_t;

// Looks a message up by its name and text; one that is on its way is acknowledged as `ack` from now.
link_memory_t
link_find (link_t *link, word_t id, word_t text, uint64_t ack, sending_t *known);

// The writer's connection is gone, and no request on it can be answered: those on their way are
// awaited again once their writer has come back and says them again.
void
link_expect_no_ack (link_t *link);

// How many messages are on their way.
size_t
link_unconfirmed (const link_t *link);

// The message on its way at a place from 0, the oldest.
const sending_t *
link_sending (const link_t *link, size_t place);

// A receipt says that all up to `number` have arrived. Returns how many of those on their way that
// are (0 for an old receipt, or for one that is ahead of what was sent); they are on their way until
// link_pass.
size_t
link_confirm (const link_t *link, uint64_t number);

// The `count` oldest are on their way no more; they are kept for a partner that moves.
void
link_pass (link_t *link, size_t count);

// The browser there has read all up to `number`: they are forgotten.
void
link_forget (link_t *link, uint64_t number);

// For a link that was resumed, before link_agree: a message that was taken where the user was before,
// and that the partner's end gives back, as its browser may not have read it. Copies its words. One
// without a text stands for nothing: what it said has another number, too. What comes beyond LINK_KEPT is
// passed over: no end keeps more.
void
link_give_back (link_t *link, uint64_t number, uint64_t at_ms, word_t id, word_t text);

// Whether the `count` up to `number` have been given back.
bool
link_has_back (const link_t *link, uint64_t number, uint64_t count);

// The partner's end has heard messages with these `count` fingerprints, LINK_WINDOW at most, the latest
// of which is `number`: who says one of them again, after a move, is told that it has arrived. Returns how
// many of the oldest on their way are among them. For a link that was resumed, before link_agree.
size_t
link_heard_there (link_t *link, uint64_t number, const uint32_t fingerprints[], size_t count);

// The partner's end is at another gateway, where all up to `number` have arrived. What came after
// is on its way again. For a link that was resumed this is the number that its own go on from: first
// what was given back, then what it has taken itself.
void
link_agree (link_t *link, uint64_t number);

// True but for a resumed link before link_agree.
bool
link_is_agreed (const link_t *link);

// The oldest message that can still be sent; if there is none, the next one.
uint64_t
link_first (const link_t *link);

// A message with that number, name and text arrived. LINK_NEXT and LINK_KNOWN also count it.
link_verdict_t
link_arrive (link_t *link, uint64_t number, word_t id, word_t text);

// Those before `first` cannot be had any more: `first` is due next, if it is ahead.
void
link_skip (link_t *link, uint64_t first);

// All up to this number have arrived: what a receipt says.
uint64_t
link_arrived (const link_t *link);

// The fingerprints of the latest that have arrived, the latest first, at most `most` and LINK_WINDOW
// of them. Returns how many.
size_t
link_fingerprints (const link_t *link, uint32_t fingerprints[], size_t most);

// The fingerprints of the latest messages up to `number` that went from here, the latest first, at most
// LINK_WINDOW of them. Returns how many are known.
size_t
link_said (const link_t *link, uint64_t number, uint32_t fingerprints[LINK_WINDOW]);

// For a link that was resumed: the latest that have arrived have these `count` fingerprints, LINK_WINDOW at
// most, as the partner's end says, which may know of more than the browser did.
void
link_recall (link_t *link, const uint32_t fingerprints[], size_t count);

// How many were taken so far.
uint64_t
link_taken (const link_t *link);

#endif
