// admin_door.h -- serves the operator's pages over HTTP. The only file behind it that knows
// libmicrohttpd is admin_door.c.

#ifndef ADMIN_DOOR_H
#define ADMIN_DOOR_H

#include "actor/admin.h"
#include "actor/loop.h"

typedef struct admin_door admin_door_t;

// What the door shows. `self` of conditions is the process's actor.
typedef struct {
    const metric_set_t *sets;
    size_t set_count;
    const condition_t *conditions;
    const void *self;
} admin_view_t;

// Listens on `address` (a literal) and `port`. NULL, with errno set, if that is not possible.
// Keeps the view's pointers.
admin_door_t *
admin_door_new (loop_t *loop, const char *address, uint16_t port, admin_view_t view);

void
admin_door_destroy (admin_door_t **door);

// Lets time-outs happen. Call it at least once a second.
void
admin_door_tick (admin_door_t *door);

#endif
