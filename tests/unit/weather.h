// weather.h -- a network that loses, doubles, delays and reorders wire messages.

#ifndef WEATHER_H
#define WEATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unit/dice.h"
#include "wire/wire.h"

#define PACKETS_MOST 4096
#define WORDS_MOST 2 // Of a wire message between gateways; a message's two are the same.

typedef struct {
    uint64_t due;       // At which step it arrives.
    unsigned to;        // Whom it is for, as the test counts them,
    ident_t to_gateway; // and where that is thought to be.
    wire_t wire;
    char words[WORDS_MOST][FINGERPRINTS_BYTES]; // The bytes of its words.
} packet_t;

typedef struct {
    dice_t dice;
    uint64_t step;
    uint64_t loss;    // Of 100 packets, as the next.
    uint64_t doubles;
    uint64_t delay;   // Steps at most.
    packet_t packets[PACKETS_MOST];
    size_t count;
} weather_t;

// A weather that follows from a seed.
void
weather_begin (weather_t *weather, uint64_t seed);

// True once in so many times.
bool
weather_one_in (weather_t *weather, uint64_t times);

// Sends a wire message, whose words are copied: a message has its text as its name.
void
weather_post (weather_t *weather, unsigned to, const ident_t *to_gateway, const wire_t *wire);

// The next one that has arrived. False if there is none.
bool
weather_take (weather_t *weather, packet_t *packet);

#endif
