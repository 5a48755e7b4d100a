// weather.c -- holds packets until they are due.

#include "unit/weather.h"

#include <string.h>

#include "base/must.h"

void
weather_begin (weather_t *weather, uint64_t seed)
{
    weather->dice = dice_from (seed);
    weather->step = weather->count = 0;
    weather->loss = dice_throw (&weather->dice, 50);
    weather->doubles = dice_throw (&weather->dice, 50);
    weather->delay = 1 + dice_throw (&weather->dice, 60);
}

bool
weather_one_in (weather_t *weather, uint64_t times)
{
    return dice_throw (&weather->dice, times) == 0;
}

// The word of a wire message that has one; NULL if it has none.
static word_t *
word_in (wire_t *wire)
{
    switch (wire->kind) {
        case WIRE_MESSAGE: return &wire->as.message.text;
        case WIRE_MOVED: return &wire->as.moved.heard;
        case WIRE_STANDS: return &wire->as.stands.heard;
        default: return NULL;
    }
}

void
weather_post (weather_t *weather, unsigned to, const ident_t *to_gateway, const wire_t *wire)
{
    for (uint64_t i = dice_throw (&weather->dice, 100) < weather->doubles ? 2 : 1; i > 0; i--) {
        if (dice_throw (&weather->dice, 100) < weather->loss || weather->count == PACKETS_MOST) {
            continue;
        }
        packet_t *packet = &weather->packets[weather->count++];
        packet->due = weather->step + 1 + dice_throw (&weather->dice, weather->delay);
        packet->to = to;
        packet->to_gateway = *to_gateway;
        packet->wire = *wire;
        const word_t *word = word_in (&packet->wire);
        if (word != NULL && word->bytes > 0) {
            must (word->bytes <= sizeof packet->words);
            memcpy (packet->words, word->text, word->bytes);
        }
    }
}

bool
weather_take (weather_t *weather, packet_t *packet)
{
    for (size_t i = 0; i < weather->count; i++) {
        if (weather->packets[i].due <= weather->step) {
            *packet = weather->packets[i];
            weather->packets[i] = weather->packets[--weather->count];
            word_t *word = word_in (&packet->wire);
            if (word != NULL) {
                word->text = packet->words;
            }
            if (packet->wire.kind == WIRE_MESSAGE) {
                packet->wire.as.message.id.text = packet->words;
            }
            return true;
        }
    }
    return false;
}
