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

// A word of a wire message; NULL: it has no more.
static word_t *
word_in (wire_t *wire, size_t place)
{
    switch (wire->kind) {
        case WIRE_MESSAGE: return place == 0 ? &wire->as.message.text : NULL;
        case WIRE_MOVED: return place == 0 ? &wire->as.moved.heard : NULL;
        case WIRE_STANDS: return place == 0 ? &wire->as.stands.heard : &wire->as.stands.said;
        default: return NULL;
    }
}

static void
keep_words (packet_t *packet)
{
    const word_t *word;
    for (size_t i = 0; i < WORDS_MOST && (word = word_in (&packet->wire, i)) != NULL; i++) {
        must (word->bytes <= sizeof packet->words[i]);
        if (word->bytes > 0) {
            memcpy (packet->words[i], word->text, word->bytes);
        }
    }
}

// A packet has gone from where it was.
static void
find_words (packet_t *packet)
{
    word_t *word;
    for (size_t i = 0; i < WORDS_MOST && (word = word_in (&packet->wire, i)) != NULL; i++) {
        word->text = packet->words[i];
    }
    if (packet->wire.kind == WIRE_MESSAGE) {
        packet->wire.as.message.id.text = packet->words[0];
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
        keep_words (packet);
    }
}

bool
weather_take (weather_t *weather, packet_t *packet)
{
    for (size_t i = 0; i < weather->count; i++) {
        if (weather->packets[i].due <= weather->step) {
            *packet = weather->packets[i];
            weather->packets[i] = weather->packets[--weather->count];
            find_words (packet);
            return true;
        }
    }
    return false;
}
