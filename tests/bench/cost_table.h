// cost_table.h -- what each side has measured in each round, and the tables of medians.

#ifndef COST_TABLE_H
#define COST_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "bench/side.h"

#define COST_ROUNDS_MOST 30

typedef enum {
    COST_TALK,    // Messages a CPU second, one on its way.
    COST_RUSH,    // The same, many on their way.
    COST_LOW_P50, // Microseconds to the partner, at the lower rate.
    COST_LOW_P99,
    COST_HIGH_P50,
    COST_HIGH_P99,
    COST_MATCHES, // A CPU second.
    COST_IDLE,    // Bytes of memory of a connection.
    COST_JOIN,    // Microseconds of CPU of a connection that comes and goes.
    COSTS,
} cost_t;

// Notes what was measured in this round.
void
cost_note (side_kind_t side, cost_t cost, double value);

// Notes who used how much CPU in it, for each of `count` things done.
void
cost_note_parts (side_kind_t side, cost_t cost, const usage_t *before, const usage_t *after,
                 size_t count);

// Prints all, as Markdown. `names` are the rows' names.
void
cost_print (const char *const names[COSTS]);

#endif
