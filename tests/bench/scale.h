// scale.h -- the works of the benchmark of scale, and what can be chosen of them.

#ifndef SCALE_H
#define SCALE_H

#include <stddef.h>

typedef struct {
    size_t rounds;   // How often those that are compared take turns.
    double seconds;  // Of one turn.
    size_t users;    // A great many, even.
    size_t beside;   // A few, even.
    size_t matchers; // At most.
    size_t relays;   // At most.
    size_t clients;  // Browsers at once, at most.
    size_t on_way;   // Messages of browsers on their way, whosever.
} scale_t;

// Many users at simulated gateways: real matchers bring them together, real relays pass on what they
// write. Prints tables; fails the test if an answer or a message is wrong.
void
scale_people (const scale_t *scale);

// Ends what is left of it, after a failure.
void
scale_people_end (void);

// Messages through everything, with few browsers connected and with more and more; and beside it
// through a bare relay.
void
scale_clients (const scale_t *scale);

// The same with two gateways and two relays, beside one of each.
void
scale_double (const scale_t *scale);

// Ends what is left of the two, after a failure.
void
scale_clients_end (void);

#endif
