// port_door.h -- the TCP port that faces the world.

#ifndef PORT_DOOR_H
#define PORT_DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "actor/loop.h"

typedef struct port_door port_door_t;

// Listens on `address` (a literal) and `port`; `shared`: other processes may listen there too, and
// the kernel spreads connections over them (socket(7), SO_REUSEPORT). Each connection's descriptor
// is given to `accepted`, which owns it. NULL, with errno set, if the port cannot be bound.
port_door_t *
port_door_new (loop_t *loop, const char *address, uint16_t port, bool shared,
               void (*accepted) (void *self, int fd), void *self);

// Closes the port; connections that were accepted stay.
void
port_door_destroy (port_door_t **door);

#endif
