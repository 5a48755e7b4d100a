// crowd.h -- users who search, and as soon as they are matched leave the chat and search on.
//
// A closed loop: each user has one search that is not answered, or stands in line for its next.
// Whoever runs a crowd carries its SEARCHes to whoever answers, and the answers back. Each answer
// is checked: every search is matched once, both sides are told the same, and they have in common
// what they are said to have. What is wrong fails the test.

#ifndef CROWD_H
#define CROWD_H

#include "bench/callers.h"

typedef struct crowd crowd_t;
typedef struct crowd_user crowd_user_t;

// What users ask for.
typedef enum {
    WISH_NOTHING,
    WISH_INTERESTS, // Three of a thousand, others with each search, and a language.
} wish_t;

// `gateways` has `gateway_count` of them; it outlives the crowd. The users are spread over them.
crowd_t *
crowd_new (size_t users, wish_t wish, const ident_t gateways[], size_t gateway_count);

void
crowd_destroy (crowd_t **crowd);

// The next user in line for a SEARCH, which it then has; NULL if there is none.
crowd_user_t *
crowd_next (crowd_t *crowd);

// That user's SEARCH; its words last as long as the user searches. `gateway` gets its place among
// the crowd's gateways.
void
crowd_write (const crowd_user_t *user, wire_t *wire, size_t *gateway);

// A gateway of the crowd hears something. MATCHED, WAITING and REFUSED are heeded.
void
crowd_hear (crowd_t *crowd, size_t gateway, const wire_t *wire);

// Puts whoever is to repeat its SEARCH by now in line. Call it some twenty times a second.
void
crowd_tick (crowd_t *crowd);

// Nobody searches any more: crowd_next has nobody from now on. Who waits goes on waiting.
void
crowd_rest (crowd_t *crowd);

void
crowd_wake (crowd_t *crowd);

// The same, for gateways.
callers_t
crowd_callers (crowd_t *crowd);

// Whether every SEARCH has been answered and both sides of every chat have been told.
bool
crowd_is_settled (const crowd_t *crowd);

// Begins to count anew.
void
crowd_count (crowd_t *crowd);

// Chats that were made since then, each counted when the second side is told.
size_t
crowd_pairs (const crowd_t *crowd);

// SEARCHes that were refused, since the beginning.
size_t
crowd_refusals (const crowd_t *crowd);

// From SEARCH to MATCHED, in microseconds, in no order: the latest of them, so many at most.
uint32_t *
crowd_waits (crowd_t *crowd, size_t *count);

#endif
