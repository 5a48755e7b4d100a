// patience.c -- RFC 6298, section 2, in microseconds.

#include "gateway/patience.h"

static uint64_t
clamp (uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

patience_t
patience_new (void)
{
    return (patience_t){0, 0, PATIENCE_FIRST_MS};
}

void
patience_measured (patience_t *patience, uint64_t round_trip_ms)
{
    uint64_t us = clamp (round_trip_ms, 0, 60000) * 1000 + 1; // Never 0, which is "none yet".
    if (patience->smoothed_us == 0) {
        patience->smoothed_us = us;
        patience->variation_us = us / 2;
    }
    else {
        uint64_t off = us > patience->smoothed_us ? us - patience->smoothed_us
                                                  : patience->smoothed_us - us;
        patience->variation_us = (3 * patience->variation_us + off) / 4;
        patience->smoothed_us = (7 * patience->smoothed_us + us) / 8;
    }
    patience->wait_ms = clamp ((patience->smoothed_us + 4 * patience->variation_us) / 1000,
                               PATIENCE_LEAST_MS, PATIENCE_MOST_MS);
}

void
patience_lost (patience_t *patience)
{
    patience->wait_ms = clamp (2 * patience->wait_ms, PATIENCE_LEAST_MS, PATIENCE_MOST_MS);
}

uint64_t
patience_wait_ms (const patience_t *patience, uint64_t chance)
{
    uint64_t quarter = patience->wait_ms / 4;
    return patience->wait_ms - quarter + chance % (2 * quarter + 1);
}
