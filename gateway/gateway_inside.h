// gateway_inside.h -- a gateway from the inside: for gateway.c, browsers.c, online.c,
// peers.c and view.c alone.

#ifndef GATEWAY_INSIDE_H
#define GATEWAY_INSIDE_H

#include "actor/actor.h"
#include "base/book.h"
#include "gateway/browser_door.h"
#include "gateway/socketio.h"
#include "gateway/user.h"
#include "gateway/visitor.h"

#define PEOPLE_A_CONNECTION 2 // Those who are away or leaving have no connection, but are people.

// The matchers of one Redis.
typedef struct {
    replicas_t *matchers; // The actor's.
    ident_t generation;   // Of what Redis knows of our users, as matchers said last.
} pool_t;

typedef struct {
    actor_t *actor;        // Owned.
    agenda_t *agenda;      // Owned.
    users_t users;
    book_t *book;          // user_t by id: who is connected, away, or just leaving. Owned.
    engineio_t *engineio;  // Owned.
    socketio_t *socketio;  // Owned.
    visitors_t *visitors;  // Owned.
    browser_door_t *door;  // Owned.
    pool_t pools[POOLS_MOST]; // users.pools of them.
    replicas_t *relays;    // The actor's.
    size_t people_most;    // Who may be in `book` at once: connected, away or leaving.
    uint64_t lease_ms;
    uint64_t stamped_ms;   // When the clock on the wall was read last.
    uint64_t leased_ms;    // When the lease was said last.
    uint64_t online;       // How many people are here, as a matcher said last; 0: not known.
    size_t online_place;   // Where in `book` the telling of that has got to; 0: it is done.
    uint64_t drain_ms;     // The setting.
    uint64_t stop_ms;      // Until when a stopping gateway waits; 0: it is not stopping, or draining.
    uint64_t lost;         // Wire messages that relays could not pass on.
} gateway_t;

// Every event begins here: users are told the time.
void
gateway_stamp (gateway_t *gateway);

// browsers.c: what happens to a connection; the application that Socket.IO sees, and the door's
// questions about visitors.
extern const socketio_app_t gateway_browsers;

// What to call whoever comes from an address; `gateway` is a gateway_t.
ident_t
gateway_name_visitor (void *gateway, const char *address);

// Whether a visitor may open a session, as browser_door.h asks.
refusal_t
gateway_admit_visitor (void *gateway, const ident_t *visitor, uint64_t now_ms,
                       uint64_t *retry_after_ms);

// online.c: the chore that begins to tell browsers how many people are here, if that is news.
void
gateway_count_people (void *gateway, uint64_t now_ms);

// Goes on telling them, some in each turn.
void
gateway_tell_people (gateway_t *gateway);

// peers.c: what matchers and relays say.
extern const duty_t gateway_duties[];

// What a user says to its partner, if that one is at this gateway, too, and need not hear it by a
// relay. False: it is to go by one.
bool
gateway_tell_here (gateway_t *gateway, const user_t *user, const wire_t *wire);

// view.c: what an operator sees, beside gateway_metrics.
extern const condition_t gateway_conditions[];

#endif
