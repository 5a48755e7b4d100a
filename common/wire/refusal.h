// refusal.h -- every no of the system; the table is refusals.def.

#ifndef REFUSAL_H
#define REFUSAL_H

#include <stddef.h>

typedef enum {
    REFUSAL_NONE = 0,
#define REFUSAL(NAME, number, code, sentence) REFUSAL_##NAME = number,
#include "wire/refusals.def"
#undef REFUSAL
} refusal_t;

#define REFUSAL_NUMBERS 128 // All numbers are below.

// The refusals in the order of the table; REFUSAL_NONE behind the last.
refusal_t
refusal_at (size_t place);

// The fixed word of a refusal, "unknown" for a number without a row.
const char *
refusal_code (refusal_t refusal);

// The sentence for a person.
const char *
refusal_sentence (refusal_t refusal);

#endif
