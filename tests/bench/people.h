// people.h -- a great many users who meet once, and then write to each other.
//
// A closed loop of so many searches, then of so many messages on their way at once, whoever they are
// of: it stays the same however many people there are. Whoever is next is chosen by chance. Everything
// that comes is checked: both of a chat are told the same; every message arrives at the one gateway and
// user that it is for, once, in order, as it was written, and is confirmed. What is wrong fails the test.

#ifndef PEOPLE_H
#define PEOPLE_H

#include "bench/callers.h"

typedef struct people people_t;

// An even number of them, spread over the gateways, which outlive them.
people_t *
people_new (size_t count, const ident_t gateways[], size_t gateway_count);

void
people_destroy (people_t **people);

// For gateways to carry what they say.
callers_t
people_callers (people_t *people);

// As many of them as that have begun to search go on to; the others wait for a later call.
void
people_search (people_t *people, size_t count);

// Of how many chats both sides have been told.
size_t
people_chats (const people_t *people);

// How often a SEARCH was said again, as no match was heard of in time.
uint64_t
people_repeats (const people_t *people);

// Everybody who has met writes from now on, or no longer does.
void
people_talk (people_t *people, bool talk);

// Messages that were confirmed.
uint64_t
people_messages (const people_t *people);

// Holds everybody against its partner. Settled people only.
void
people_check (const people_t *people);

#endif
