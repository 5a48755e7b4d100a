// visitor.h -- what is known of an address: how much of it is here, and what it has used up.
//
// An address is kept only as a digest with a key that is made at start and never leaves memory. Of
// IPv6 the first 64 bits count: the rest is one household's. A budget of somebody who has gone is
// kept until it would be full again, and given to the next who comes from there: a new connection
// is no new budget. Those who share an address and stay have budgets of their own.

#ifndef VISITOR_H
#define VISITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ident.h"
#include "gateway/bucket.h"
#include "wire/refusal.h"

#define VISITORS_MOST 1000000 // Addresses remembered; a further one is turned away for a while.

typedef struct visitors visitors_t;

typedef struct {
    size_t sessions_per_address;    // At once; 0: no limit.
    uint64_t handshakes_per_minute; // Of one address; 0: no limit.
} visitor_limits_t;

// What somebody may still do.
typedef struct {
    bucket_t messages;
    bucket_t searches;
} budget_t;

// Nobody yet. Never NULL.
visitors_t *
visitors_new (visitor_limits_t limits);

void
visitors_destroy (visitors_t **visitors);

// What to call an address by: an IPv4 or IPv6 literal; anything else counts as one place.
ident_t
visitors_name (const visitors_t *visitors, const char *address);

// A visitor wants to open a session. REFUSAL_NONE if it may, which uses up a handshake; else why
// not, and *retry_after_ms when to try again.
refusal_t
visitors_admit (visitors_t *visitors, const ident_t *visitor, uint64_t now_ms,
                uint64_t *retry_after_ms);

// A session has been opened.
void
visitors_enter (visitors_t *visitors, const ident_t *visitor);

// A session has ended; one that was never counted is passed over.
void
visitors_leave (visitors_t *visitors, const ident_t *visitor);

// Keeps the budget of somebody who has gone.
void
visitors_keep_budget (visitors_t *visitors, const ident_t *visitor, const budget_t *budget);

// The emptiest budget that is kept for the address, or a full one.
budget_t
visitors_take_budget (visitors_t *visitors, const ident_t *visitor);

// Forgets whom nothing is left to know of. Call it every few seconds.
void
visitors_tick (visitors_t *visitors, uint64_t now_ms);

// Addresses that are remembered.
size_t
visitors_count (const visitors_t *visitors);

#endif
