// refusal.c -- looks refusals up in their table.

#include "wire/refusal.h"

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
