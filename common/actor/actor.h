// actor.h -- what all four processes are: one loop, one thread, tables of duties, chores, metrics
// and conditions, and a struct of their own that nobody else touches.
//
// A handler runs to its end without waiting. Time arrives by chores. SIGTERM and SIGINT call
// `stop`; the actor runs on until actor_finish.

#ifndef ACTOR_H
#define ACTOR_H

#include "actor/admin.h"
#include "actor/loop.h"
#include "actor/mailbox.h"
#include "actor/replicas.h"
#include "base/config.h"

typedef struct actor actor_t;

// A wire message that the process takes, from whom, and what it does with it. A message without a
// row is refused. The last row is of kind WIRE_NONE.
typedef struct {
    wire_kind_t kind;
    role_t from;
    void (*handle) (void *self, const letter_t *letter);
} duty_t;

// Something to do again and again. The last row has no `act`.
typedef struct {
    uint64_t every_ms;
    void (*act) (void *self, uint64_t now_ms);
} chore_t;

// What every process shows an operator, beside its own.
extern const metric_t actor_metrics[];

// The values of a label for what is counted by refusal, at their places as refusal_at has them. For a
// metrics.def; `self` is not looked at.
const char *
actor_name_refusal (const void *self, size_t place);

// A process, as tables. Everything in it must outlive the actor.
typedef struct {
    const char *process;           // Its name in logs and metrics.
    role_t role;
    const duty_t *duties;
    const chore_t *chores;
    const metric_t *metrics;
    const condition_t *conditions;
    // A peer came or went; may be NULL.
    void (*peer_changed) (void *self, role_t role, const ident_t *instance, bool present);
    // A wire message could not be sent after all (mailbox.h); may be NULL.
    void (*unsent) (void *self, role_t role, const ident_t *to, const wire_t *wire);
    bool patient; // Woken, it waits until who has the CPU gives it up (SCHED_BATCH of sched(7)).
    // Told to stop: finish what is in hand, then call actor_finish. NULL: nothing is in hand.
    void (*stop) (void *self);
} plan_t;

// Starts the loop and the operator's pages, from the settings BIND, ADMIN_PORT, LOG_LEVEL and
// LOG_FORMAT. NULL, and the reason on standard error, if that is not possible.
actor_t *
actor_new (const config_t *config, const plan_t *plan, void *self);

// Frees what is left of the actor, after its doors have been closed.
void
actor_destroy (actor_t **actor);

// Listens for peers at BIND and BUS_PORT; the actor owns the mailbox. NULL, and the reason on
// standard error, if that is not possible.
mailbox_t *
actor_listen (actor_t *actor, const config_t *config);

// Dials all replicas of a service; the actor owns them. `setting` names the setting that lists
// their endpoints. NULL, and the reason on standard error, if it is not well formed.
replicas_t *
actor_dial (actor_t *actor, role_t role, const config_t *config, const char *setting);

// The same for endpoints that are a part of what a setting lists.
replicas_t *
actor_dial_at (actor_t *actor, role_t role, const char *setting, const char *endpoints);

// Runs until actor_finish. Returns the exit code for main.
int
actor_run (actor_t *actor);

// Ends actor_run after this turn of the loop.
void
actor_finish (actor_t *actor);

// Does a chore of the plan, named by its `act`, in `in_ms`, and then at its usual pace again.
void
actor_hasten (actor_t *actor, void (*act) (void *self, uint64_t now_ms), uint64_t in_ms);

// This process's instance, which is its address on every link.
const ident_t *
actor_instance (const actor_t *actor);

// The monotonic time in ms, read once a turn of the loop.
uint64_t
actor_now_ms (const actor_t *actor);

// The loop, for doors.
loop_t *
actor_loop (actor_t *actor);

#endif
