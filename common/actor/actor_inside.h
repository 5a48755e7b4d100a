// actor_inside.h -- an actor from the inside: for actor.c and view.c alone.

#ifndef ACTOR_INSIDE_H
#define ACTOR_INSIDE_H

#include <uv.h>

#include "actor/actor.h"
#include "actor/admin_door.h"
#include "actor/guard.h"

#define CHORES_MOST 16
#define DIALS_MOST (POOLS_MOST + 2)

typedef struct {
    uv_timer_t timer;
    const chore_t *chore; // Not owned.
    actor_t *actor;       // Not owned.
} alarm_t;

struct actor {
    const plan_t *plan;             // Not owned.
    void *self;                     // The process's own struct. Not owned.
    loop_t *loop;                   // Owned.
    guard_t *guard;                 // Owned.
    household_t household;
    mailbox_t *listener;            // Owned; NULL if the process does not listen.
    watch_t *listener_watch;        // Owned.
    replicas_t *dials[DIALS_MOST];  // Owned.
    size_t dial_count;
    admin_door_t *admin;            // Owned.
    metric_set_t sets[2];           // What the operator's page shows: ours, the process's.
    alarm_t alarms[CHORES_MOST];
    size_t alarm_count;
    uv_timer_t tick;
    uv_signal_t signals[2];
    bool stopping;                  // `stop` has been called.
    uint64_t began_ms;              // Unix time.
    uint64_t tick_us;               // When the last tick was; 0: there was none.
    histogram_t lag;                // How late ticks are.
};

// view.c: notes how late a tick is that is due `every_ms` after the one before.
void
actor_note_lag (actor_t *actor, uint64_t every_ms);

#endif
