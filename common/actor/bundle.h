// bundle.h -- wire messages that wait for the end of the turn, those for one peer in one bundle.
//
// A wire message says itself where it ends, so a bundle is nothing but its messages one behind the
// other. It has a buffer only while there is something in it; these come from a few that are kept.

#ifndef BUNDLE_H
#define BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/wire.h"

// Of a bundle of several wire messages; a longer one goes alone. ZeroMQ writes and reads 8192 bytes at
// once: so it is one system call, with what ZeroMQ and CURVE add.
#define BUNDLE_BYTES 8000

// What waits for one peer.
typedef struct bundle {
    struct bundle **home;      // Where its peer has it; NULL once it is no longer filled.
    struct bundle *before;     // In its line.
    struct bundle *behind;     // The same.
    role_t role;               // Whom it is for.
    ident_t to;                // The same: its instance.
    size_t count;              // Wire messages in it.
    size_t bytes;              // Of `data`.
    char data[WIRE_BYTES_MOST];
} bundle_t;

// Bundles in the order in which they were begun.
typedef struct {
    bundle_t *first;
    bundle_t *last;
} bundle_line_t;

// All bundles of a mailbox.
typedef struct {
    bundle_line_t waiting;  // To be sent. Owned.
    bundle_line_t returned; // Could not be sent, and nobody has been told yet. Owned.
    bundle_line_t spare;    // Kept for the next. Owned.
    size_t spares;
} bundles_t;

// Frees all bundles, whatever is in them.
void
bundles_clear (bundles_t *bundles);

// Whether `bytes` more may go in a bundle that has been begun.
bool
bundle_has_room (const bundle_t *bundle, size_t bytes);

// Appends a wire message, for which there must be room, to the bundle at `home`; begins one for that
// peer if it is NULL.
void
bundles_add (bundles_t *bundles, bundle_t **home, role_t role, const ident_t *to, const char *data,
             size_t bytes);

// A bundle that waits has been sent, or has not been: it waits no longer, and its home is empty.
void
bundles_settle (bundles_t *bundles, bundle_t *bundle, bool sent);

// Gives back one that was returned: its letters have been told of.
void
bundles_forget (bundles_t *bundles, bundle_t *bundle);

#endif
