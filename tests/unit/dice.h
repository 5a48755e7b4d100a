// dice.h -- chance that can be thrown again: xorshift64*, from a seed.

#ifndef DICE_H
#define DICE_H

#include <stdint.h>

typedef struct {
    uint64_t state; // Never 0.
} dice_t;

static inline dice_t
dice_from (uint64_t seed)
{
    return (dice_t){seed * 0x9e3779b97f4a7c15ULL + 0x2545f4914f6cdd1dULL};
}

// A number from 0 to `sides` - 1.
static inline uint64_t
dice_throw (dice_t *dice, uint64_t sides)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return ((dice->state * 0x2545f4914f6cdd1dULL) >> 32) % sides;
}

#endif
