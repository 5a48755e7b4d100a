// bare.h -- the script of a SEARCH called straight, by one connection that pipelines: what matching
// costs without matchers. Fills Redis with users, too.

#ifndef BARE_H
#define BARE_H

#include "bench/crowd.h"

typedef struct bare bare_t;

// What users Redis is filled with.
typedef enum {
    FILL_APART, // Who wait, each with an interest of its own: they fit nobody.
    FILL_PLAIN, // Who wait and ask for nothing; all of one browser, so that they do not meet.
    FILL_PICKY, // The same, with three interests of a thousand and a language.
    FILL_CHATS, // Who chat; an even number.
} fill_t;

// Connects to a Unix socket. A matcher puts `prefix` before a script's own texts and `terms`, its
// settings, behind them; they and `gateways` outlive it.
bare_t *
bare_new (const char *path, const char *prefix, const char *terms, const ident_t gateways[],
          size_t gateway_count);

void
bare_destroy (bare_t **bare);

// Calls for a crowd, so long, up to `depth` calls at once.
void
bare_run (bare_t *bare, crowd_t *crowd, size_t depth, uint64_t for_us);

// Nobody of the crowd searches any more; awaits the last answers.
void
bare_settle (bare_t *bare, crowd_t *crowd);

// Puts so many new users into Redis, spread over the gateways. Fails the test if one is not
// answered as it must be.
void
bare_fill (bare_t *bare, fill_t fill, size_t users);

#endif
