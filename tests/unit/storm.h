// storm.h -- a storm around two users: who the two are, and the gateways that they are at.
//
// The gateways, their relay and their matcher are in storm_gateways.c. What the browsers do, how the two
// move, and what must hold whatever happens: storm_test.c.

#ifndef STORM_H
#define STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/user.h"
#include "unit/storm_browser.h"
#include "unit/weather.h"

#define GATEWAYS_MOST 32
#define STEP_MS 10

typedef enum { CALM, SOMEBODY_LEAVES, BOTH_COME_AND_GO, THEY_MOVE, KINDS } storm_kind_t;

typedef struct party party_t;

// A user at a gateway.
typedef struct {
    party_t *party;
    users_t users;
    user_t *user;
    bool pinged;
    uint64_t pong_at; // When the answer to the ping comes; 0: it was not read yet.
} place_t;

// One of the two.
struct party {
    storm_browser_t browser;
    place_t *here;     // Where its browser is connected, or was; NULL: it is on its way.
    place_t *left;     // Where it was before, as long as that has not been told so.
    uint64_t back_at;  // When it comes.
    uint64_t taken_at; // When `left` is told.
    ident_t token, id;
    ident_t home;      // Where it is as matchers know it,
    ident_t nonce;     // the coming back that has told them,
    uint64_t turn;     // and its turn.
    unsigned debt;     // What it had written when one of the two moved last.
    uint64_t kept;     // What its partner's gateway had taken for it when it moved last.
};

typedef struct {
    weather_t weather;
    storm_kind_t kind;
    agenda_t *agenda;
    party_t parties[2];
    unsigned unanswered_most; // Messages that a browser has no answer for.
    uint64_t sloth;           // A browser reads in one of so many steps.
    uint64_t moves;           // How many are still to come,
    uint64_t peace;           // in one of so many steps,
    bool company;             // and that the two may be at the same gateway.
    const party_t *moved;     // Who of the two has moved last; NULL: both.
    uint8_t gateways;         // How many there were,
    bool dead[GATEWAYS_MOST]; // and which have died.
    const char *wrong;
} storm_t;

extern storm_t storm;

extern const ident_t the_chat;

// True once in so many times.
bool
storm_one_in (uint64_t times);

// A step within the next second.
uint64_t
storm_soon (void);

// A gateway that there was not before.
ident_t
storm_new_gateway (void);

// A wire message comes to where it was sent.
void
storm_deliver (const packet_t *packet);

// The other one.
party_t *
party_partner (const party_t *party);

// Its end of the chat. NULL: it is on the way, or a matcher has not said yet that it is in the chat.
const link_t *
party_link (const party_t *party);

bool
party_is_connected (const party_t *party);

// A place for it at that gateway, without a user.
place_t *
place_new (party_t *party, const ident_t *gateway);

void
place_destroy (place_t **place);

// All that its browser was sent is written.
void
place_written (place_t *place);

// What a gateway does by itself in a step, or not.
void
place_tend (place_t *place);

#endif
