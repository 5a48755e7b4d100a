// actor.c -- one loop with mailboxes, timers, signals and the operator's pages.
//
// Hears letters and hands each to the duty for it. Keeps the mailboxes.

#include "actor/actor.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

#include "actor/actor_inside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"

#define TICK_MS 100       // Hellos, look-ups and time-outs of the operator's pages.
#define DESCRIPTORS_LEAST 64U // Some 24 are taken before the first peer is there. With fewer nothing is started.
#define LETTERS_A_TURN 256 // Taken from one mailbox before the others get theirs.

// --- Letters ---

static void
hand_over (actor_t *actor, const letter_t *letter)
{
    bool known = false;
    for (const duty_t *duty = actor->plan->duties; duty->kind != WIRE_NONE; duty++) {
        if (duty->kind == letter->wire.kind && duty->from == letter->role) {
            duty->handle (actor->self, letter);
            return;
        }
        known = known || duty->kind == letter->wire.kind;
    }
    if (letter->wire.kind == WIRE_REFUSED) {
        log_event (LEVEL_DEBUG, "refused_by_peer",
                   LOG_FIELDS (LOG_TEXT ("role", wire_role_name (letter->role)),
                               LOG_NUMBER ("about", letter->wire.as.refused.about),
                               LOG_NUMBER ("reason", letter->wire.as.refused.reason)));
        return;
    }
    mailbox_refuse (letter, REFUSAL_NOT_MY_DUTY, NULL);
}

static void
drain (void *self, mailbox_t *mailbox)
{
    actor_t *actor = self;
    letter_t letter;
    for (int i = 0; i < LETTERS_A_TURN; i++) {
        if (!mailbox_receive (mailbox, &letter, actor_now_ms (actor))) {
            return;
        }
        hand_over (actor, &letter);
    }
}

static void
drain_listener (void *self)
{
    drain (self, ((actor_t *) self)->listener);
}

static void
flush_listener (void *self)
{
    mailbox_flush (((actor_t *) self)->listener);
}

static bool
listener_pending (void *self)
{
    return mailbox_pending (((actor_t *) self)->listener);
}

static void
on_peer_changed (void *self, role_t role, const ident_t *instance, bool present)
{
    actor_t *actor = self;
    if (actor->plan->peer_changed != NULL) {
        actor->plan->peer_changed (actor->self, role, instance, present);
    }
}

static void
on_unsent (void *self, role_t role, const ident_t *to, const wire_t *wire)
{
    actor_t *actor = self;
    if (actor->plan->unsent != NULL) {
        actor->plan->unsent (actor->self, role, to, wire);
    }
}

// --- Time and signals ---

static void
on_alarm (uv_timer_t *timer)
{
    alarm_t *alarm = timer->data;
    alarm->chore->act (alarm->actor->self, actor_now_ms (alarm->actor));
}

static void
on_tick (uv_timer_t *timer)
{
    actor_t *actor = timer->data;
    uint64_t now_ms = actor_now_ms (actor);
    actor_note_lag (actor, TICK_MS);
    if (actor->listener != NULL) {
        mailbox_tick (actor->listener, now_ms);
    }
    for (size_t i = 0; i < actor->dial_count; i++) {
        replicas_tick (actor->dials[i], now_ms);
    }
    guard_tick (actor->guard, now_ms);
    admin_door_tick (actor->admin);
}

static void
on_signal (uv_signal_t *signal, int number)
{
    actor_t *actor = signal->data;
    log_event (LEVEL_INFO, "stopping", LOG_FIELDS (LOG_NUMBER ("signal", number)));
    if (actor->plan->stop == NULL || actor->stopping) {
        actor_finish (actor);
    }
    else {
        actor->stopping = true;
        actor->plan->stop (actor->self);
    }
}

static void
start_timers (actor_t *actor)
{
    uv_loop_t *uv = loop_uv (actor->loop);
    uv_timer_init (uv, &actor->tick);
    actor->tick.data = actor;
    uv_timer_start (&actor->tick, on_tick, 0, TICK_MS);
    for (const chore_t *chore = actor->plan->chores; chore->act != NULL; chore++) {
        must (actor->alarm_count < CHORES_MOST);
        alarm_t *alarm = &actor->alarms[actor->alarm_count++];
        alarm->chore = chore;
        alarm->actor = actor;
        uv_timer_init (uv, &alarm->timer);
        alarm->timer.data = alarm;
        uv_timer_start (&alarm->timer, on_alarm, chore->every_ms, chore->every_ms);
    }
}

static void
catch_signals (actor_t *actor)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (int i = 0; i < 2; i++) {
        uv_signal_init (loop_uv (actor->loop), &actor->signals[i]);
        actor->signals[i].data = actor;
        uv_signal_start (&actor->signals[i], on_signal, numbers[i]);
    }
    signal (SIGPIPE, SIG_IGN);
}

// --- Life cycle ---

// As many descriptors as the system allows: a gateway holds one for each person. False, and the reason
// on standard error, if they are too few to do anything: ZeroMQ would end the process for want of one.
static bool
raise_descriptor_limit (const char *process)
{
    struct rlimit limit = {0};
    if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit (RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < DESCRIPTORS_LEAST) {
        config_wrong (process,
                      "%u open files are allowed, and %u are needed at least: raise the hard limit "
                      "(ulimit -Hn, LimitNOFILE= of systemd, ulimits of compose).",
                      (unsigned) limit.rlim_cur, DESCRIPTORS_LEAST);
        return false;
    }
    return true;
}

// What ZeroMQ starts later inherits it.
static void
be_patient (void)
{
    static const struct sched_param none = {0};
    if (sched_setscheduler (0, SCHED_BATCH, &none) != 0) {
        log_event (LEVEL_WARN, "not_patient",
                   LOG_FIELDS (LOG_TEXT ("why", strerror (errno))));
    }
}

// Opens the operator's pages. False, and the reason on standard error, if that is not possible.
static bool
open_admin (actor_t *actor, const config_t *config)
{
    const plan_t *plan = actor->plan;
    const char *address = config_text (config, "BIND");
    uint16_t port = (uint16_t) config_number (config, "ADMIN_PORT");
    actor->admin = admin_door_new (
        actor->loop, address, port,
        (admin_view_t){actor->sets, 2, plan->conditions, actor->self});
    if (actor->admin == NULL) {
        config_wrong (plan->process, "cannot listen on BIND %s and ADMIN_PORT %u: %s.", address,
                      port, strerror (errno));
    }
    return actor->admin != NULL;
}

actor_t *
actor_new (const config_t *config, const plan_t *plan, void *self)
{
    log_start (plan->process, (log_level_t) config_choice (config, "LOG_LEVEL"),
               config_choice (config, "LOG_FORMAT") == 1);
    if (!raise_descriptor_limit (plan->process)) {
        return NULL;
    }
    if (plan->patient) {
        be_patient ();
    }
    mailbox_start ();
    actor_t *actor = must_alloc (sizeof *actor);
    actor->plan = plan;
    actor->self = self;
    actor->began_ms = clock_wall_ms ();
    actor->loop = loop_new ();
    actor->guard = guard_new (actor->loop, config, plan->process);
    actor->household = (household_t){
        .role = plan->role,
        .instance = ident_random (),
        .codec = codec_new (),
        .keyring = actor->guard != NULL ? guard_keyring (actor->guard) : NULL,
        .self = actor,
        .peer_changed = on_peer_changed,
        .unsent = on_unsent,
    };
    actor->sets[0] = (metric_set_t){actor_metrics, actor};
    actor->sets[1] = (metric_set_t){plan->metrics, self};
    if (actor->guard == NULL || !open_admin (actor, config)) {
        guard_destroy (&actor->guard);
        codec_destroy (&actor->household.codec);
        loop_destroy (&actor->loop);
        free (actor);
        return NULL;
    }
    catch_signals (actor);
    start_timers (actor);
    return actor;
}

// The roles that the duties hear, each as a bit.
static unsigned
roles_heard (const plan_t *plan)
{
    unsigned roles = 0;
    for (const duty_t *duty = plan->duties; duty->kind != WIRE_NONE; duty++) {
        roles |= 1U << duty->from;
    }
    return roles;
}

mailbox_t *
actor_listen (actor_t *actor, const config_t *config)
{
    if (!guard_listen (actor->guard, config, roles_heard (actor->plan))) {
        return NULL;
    }
    char endpoint[80];
    const char *address = config_text (config, "BIND");
    int port = (int) config_number (config, "BUS_PORT");
    const char *form = strchr (address, ':') != NULL ? "tcp://[%s]:%d" : "tcp://%s:%d";
    snprintf (endpoint, sizeof endpoint, form, address, port);
    actor->listener = mailbox_listen (&actor->household, endpoint);
    if (actor->listener == NULL) {
        config_wrong (actor->plan->process, "cannot listen on BIND %s and BUS_PORT %d: %s.",
                      address, port, strerror (errno));
        return NULL;
    }
    actor->listener_watch = loop_watch (actor->loop, mailbox_fd (actor->listener),
                                        listener_pending, drain_listener, flush_listener, actor);
    return actor->listener;
}

replicas_t *
actor_dial (actor_t *actor, role_t role, const config_t *config, const char *setting)
{
    return actor_dial_at (actor, role, setting, config_text (config, setting));
}

replicas_t *
actor_dial_at (actor_t *actor, role_t role, const char *setting, const char *endpoints)
{
    const char *wrong = replicas_check (endpoints);
    if (wrong != NULL) {
        config_wrong (actor->plan->process, "%s is '%s'; %s.", setting, endpoints, wrong);
        return NULL;
    }
    if (!guard_dial (actor->guard, role)) {
        return NULL;
    }
    must (actor->dial_count < DIALS_MOST);
    replicas_t *replicas =
        replicas_new (actor->loop, &actor->household, role, endpoints, drain, actor);
    actor->dials[actor->dial_count++] = replicas;
    return replicas;
}

int
actor_run (actor_t *actor)
{
    log_event (LEVEL_INFO, "started",
               LOG_FIELDS (LOG_IDENT ("instance", &actor->household.instance)));
    uv_run (loop_uv (actor->loop), UV_RUN_DEFAULT);
    log_event (LEVEL_INFO, "stopped",
               LOG_FIELDS (LOG_IDENT ("instance", &actor->household.instance)));
    return 0;
}

void
actor_finish (actor_t *actor)
{
    uv_stop (loop_uv (actor->loop));
}

void
actor_hasten (actor_t *actor, void (*act) (void *self, uint64_t now_ms), uint64_t in_ms)
{
    size_t i = 0;
    while (i < actor->alarm_count && actor->alarms[i].chore->act != act) {
        i++;
    }
    must (i < actor->alarm_count);
    uv_timer_start (&actor->alarms[i].timer, on_alarm, in_ms, actor->alarms[i].chore->every_ms);
}

void
actor_destroy (actor_t **actor)
{
    if (*actor == NULL) {
        return;
    }
    uv_close ((uv_handle_t *) &(*actor)->tick, NULL);
    for (size_t i = 0; i < (*actor)->alarm_count; i++) {
        uv_close ((uv_handle_t *) &(*actor)->alarms[i].timer, NULL);
    }
    for (int i = 0; i < 2; i++) {
        uv_close ((uv_handle_t *) &(*actor)->signals[i], NULL);
    }
    loop_unwatch (&(*actor)->listener_watch);
    mailbox_destroy (&(*actor)->listener);
    for (size_t i = 0; i < (*actor)->dial_count; i++) {
        replicas_destroy (&(*actor)->dials[i]);
    }
    admin_door_destroy (&(*actor)->admin);
    guard_destroy (&(*actor)->guard);
    // ZeroMQ's thread ends first: libwebsockets closes a descriptor twice in the end, which may be that
    // thread's by then.
    mailbox_end ();
    loop_destroy (&(*actor)->loop);
    codec_destroy (&(*actor)->household.codec);
    free (*actor);
    *actor = NULL;
}

const ident_t *
actor_instance (const actor_t *actor)
{
    return &actor->household.instance;
}

uint64_t
actor_now_ms (const actor_t *actor)
{
    return uv_now (loop_uv (actor->loop));
}

loop_t *
actor_loop (actor_t *actor)
{
    return actor->loop;
}
