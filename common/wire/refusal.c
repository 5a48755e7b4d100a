// refusal.c -- looks refusals up in their table.

#include "wire/refusal.h"

refusal_t
refusal_at (size_t place)
{
    static const refusal_t refusals[] = {
#define REFUSAL(NAME, number, code, sentence) REFUSAL_##NAME,
#include "wire/refusals.def"
#undef REFUSAL
    };
    return place < sizeof refusals / sizeof refusals[0] ? refusals[place] : REFUSAL_NONE;
}

#define REFUSAL(NAME, number, code, sentence) \
    _Static_assert ((number) < REFUSAL_NUMBERS, "counters have a place for each");
#include "wire/refusals.def"
#undef REFUSAL

const char *
refusal_code (refusal_t refusal)
{
    switch (refusal) {
#define REFUSAL(NAME, number, code, sentence) \
    case REFUSAL_##NAME: return code;
#include "wire/refusals.def"
#undef REFUSAL
        case REFUSAL_NONE:
            break;
    }
    return "unknown";
}

const char *
refusal_sentence (refusal_t refusal)
{
    switch (refusal) {
#define REFUSAL(NAME, number, code, sentence) \
    case REFUSAL_##NAME: return sentence;
#include "wire/refusals.def"
#undef REFUSAL
        case REFUSAL_NONE:
            break;
    }
    return "Refused";
}
