// interests.h -- lists of interests as the wire has them: digests of sixteen digits, one after the
// other.

#ifndef INTERESTS_H
#define INTERESTS_H

#include "wire/wire.h"

#define THREE_BYTES (3 * INTEREST_DIGITS)

// Writes three different ones out of a thousand.
void
interests_draw (char interests[THREE_BYTES]);

// Writes one that nobody else has.
void
interests_make (char interest[INTEREST_DIGITS]);

// How many two lists have in common. Fails the test unless `shared` is just these.
size_t
interests_check (const word_t *one, const word_t *other, const word_t *shared);

#endif
