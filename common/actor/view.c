// view.c -- what an operator sees of every process.

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "actor/actor_inside.h"
#include "base/clock.h"

#ifndef BUILD_VERSION
#define BUILD_VERSION "unknown"
#endif

static uint64_t
read_received (const void *self)
{
    return ((const actor_t *) self)->household.received;
}

static uint64_t
read_sent (const void *self)
{
    return ((const actor_t *) self)->household.sent;
}

static uint64_t
read_unsendable (const void *self)
{
    return ((const actor_t *) self)->household.unsendable;
}

const char *
actor_name_refusal (const void *self, size_t place)
{
    (void) self;
    return refusal_at (place) != REFUSAL_NONE ? refusal_code (refusal_at (place)) : NULL;
}

static uint64_t
read_refused (const void *self, size_t place)
{
    return ((const actor_t *) self)->household.refused[refusal_at (place)];
}

static uint64_t
read_refused_there (const void *self)
{
    return ((const actor_t *) self)->household.refused_there;
}

static uint64_t
read_keys_refused (const void *self)
{
    return guard_refused (((const actor_t *) self)->guard);
}

static role_t
role_at (size_t place)
{
    return (role_t) (ROLE_GATEWAY + place);
}

static const char *
name_role (const void *self, size_t place)
{
    (void) self;
    return role_at (place) <= ROLE_RECORDER ? wire_role_name (role_at (place)) : NULL;
}

static uint64_t
read_peers (const void *self, size_t place)
{
    const actor_t *actor = self;
    role_t role = role_at (place);
    uint64_t peers = actor->listener != NULL ? mailbox_peers (actor->listener, role) : 0;
    for (size_t i = 0; i < actor->dial_count; i++) {
        if (replicas_role (actor->dials[i]) == role) {
            peers += replicas_ready (actor->dials[i]);
        }
    }
    return peers;
}

static const char *
name_condition (const void *self, size_t place)
{
    return ((const actor_t *) self)->plan->conditions[place].name;
}

static uint64_t
read_condition (const void *self, size_t place)
{
    const actor_t *actor = self;
    return actor->plan->conditions[place].holds (actor->self);
}

void
actor_note_lag (actor_t *actor, uint64_t every_ms)
{
    uint64_t now_us = clock_monotonic_us ();
    uint64_t due_us = actor->tick_us + every_ms * 1000;
    if (actor->tick_us != 0) {
        histogram_add (&actor->lag, now_us > due_us ? now_us - due_us : 0);
    }
    actor->tick_us = now_us;
}

static const histogram_t *
read_lag (const void *self)
{
    return &((const actor_t *) self)->lag;
}

static const char *
name_version (const void *self, size_t place)
{
    (void) self;
    return place == 0 ? BUILD_VERSION : NULL;
}

static uint64_t
read_version (const void *self, size_t place)
{
    (void) self;
    (void) place;
    return 1;
}

static uint64_t
read_start (const void *self)
{
    return ((const actor_t *) self)->began_ms;
}

static uint64_t
ms_of (const struct timeval *time)
{
    return (uint64_t) time->tv_sec * 1000 + (uint64_t) time->tv_usec / 1000;
}

static uint64_t
read_cpu (const void *self)
{
    struct rusage usage = {0};
    (void) self;
    getrusage (RUSAGE_SELF, &usage);
    return ms_of (&usage.ru_utime) + ms_of (&usage.ru_stime);
}

// proc(5), statm: the second number counts pages.
static uint64_t
read_memory (const void *self)
{
    unsigned long long pages = 0;
    FILE *statm = fopen ("/proc/self/statm", "re");
    (void) self;
    if (statm != NULL && fscanf (statm, "%*u %llu", &pages) != 1) {
        pages = 0;
    }
    if (statm != NULL) {
        fclose (statm);
    }
    return pages * (uint64_t) sysconf (_SC_PAGESIZE);
}

const metric_t actor_metrics[] = {
#include "actor/metrics.def"
    METRICS_END,
};
