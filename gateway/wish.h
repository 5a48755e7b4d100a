// wish.h -- what a user wishes its partner to share: interests and a language. Pure.
//
// An interest leaves a gateway as a digest of its folded text, the same at every gateway; how a user
// has spelled it is known to the user's gateway alone.

#ifndef WISH_H
#define WISH_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/refusal.h"
#include "wire/wire.h"

#define WISH_INTEREST_UNITS 32  // UTF-16 units of an interest.
#define WISH_LANGUAGE_BYTES 35  // Of a language tag (RFC 5646, 4.4.1).

typedef struct {
    char digests[INTERESTS_BYTES];         // `count` of them, each INTEREST_DIGITS long.
    char *spellings[INTERESTS_MOST];  // Terminated; NULL: not known here. Owned.
    size_t count;                          // Of the interests.
    char language[LANGUAGE_BYTES + 1];     // Terminated; empty: any.
} wish_t;

// A wish for anybody. Never NULL.
wish_t *
wish_new (void);

// A wish as matchers know it, without spellings. NULL if it is for anybody.
wish_t *
wish_read (const word_t *digests, const word_t *language);

void
wish_destroy (wish_t **wish);

// Adds an interest, well-formed UTF-8, as somebody has spelled it; one that is there stays as it was.
// REFUSAL_NONE, or why not.
refusal_t
wish_add (wish_t *wish, const char *text, size_t bytes);

// Sets the language by a BCP 47 tag; its primary subtag counts. REFUSAL_NONE, or why not.
refusal_t
wish_speak (wish_t *wish, const char *tag, size_t bytes);

// The digests as wire messages carry them; `wish` may be NULL: for anybody.
word_t
wish_digests (const wish_t *wish);

// The language as wire messages carry it; `wish` may be NULL.
word_t
wish_language (const wish_t *wish);

// True if both wish the same, in whatever order and spelling. NULL is for anybody.
bool
wish_is_same (const wish_t *a, const wish_t *b);

// How the user has spelled the interest with that digest; NULL if that is not known.
const char *
wish_spelling (const wish_t *wish, const char digest[INTEREST_DIGITS]);

// The name of a browser that has said `bytes` bytes about itself; nobody if they are none.
ident_t
wish_browser (const char *text, size_t bytes);

// Which of `pools` pools somebody with that wish looks in first. Whoever wishes for anybody is spread
// by its id.
size_t
wish_pool (const wish_t *wish, const ident_t *user, size_t pools);

#endif
