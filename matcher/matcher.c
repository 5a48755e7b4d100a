// matcher.c -- brings people together.
//
// Hears LEASE, SEARCH, LEAVE, RESUME, HOLD and BLOCK from gateways; a script in Redis does each at
// once and says whom to tell what: LEASED, WAITING, MATCHED, LEFT, ENDED, RESUMED, TAKEN, HELD,
// BLOCKED, AWAY, BACK. Hears RECORDED and DOUBT from recorders. Says REFUSED when Redis is away,
// too much is in flight, or a request is older than one that was answered. Keeps nothing that
// Redis does not have, so it may die at any time.

#include "matcher/matcher.h"

#include <stdio.h>
#include <string.h>

#include "actor/actor.h"
#include "actor/loop.h"
#include "base/log.h"
#include "matcher/arguments.h"
#include "matcher/outbox.h"
#include "matcher/redis_door_tls.h"
#include "matcher/requests.h"
#include "matcher/telling.h"

#define TICK_MS 50
#define EVERY_SECOND_MS 1000
#define LATE_MS 2500 // What comes each second, and so late: we, or Redis, stood still.
#define STOP_MS 2000 // How long a stop waits for Redis's answers.

typedef struct {
    actor_t *actor;        // Owned.
    mailbox_t *gateways;   // ROUTER; a gateway's instance is its address. The actor's.
    replicas_t *recorders; // The actor's.
    connection_t *redis;   // Owned.
    scripts_t *scripts;    // Owned.
    outbox_t *outbox;      // Owned.
    requests_t *requests;  // Owned.
    const char *prefix;    // Of all keys. Not owned.
    uint64_t lease_ms;     // The setting.
    uint64_t window_ms;    // RECOVERY_WINDOW_MS.
    unsigned pool;         // The setting.
    uint64_t redis_ms;     // Redis's own time at its last answer; 0: not known.
    uint64_t steady_ms;    // Since when leases could be renewed without a break.
    uint64_t swept_ms;     // When the last sweep was due.
    bool sweeping;         // A sweep's answer is to come.
    uint64_t stop_by_ms;   // Told to stop: when at the latest. 0: not told.
    uint64_t waiting;      // Users in line, when they were last counted.
    uint64_t orphans;      // Chats that were put on record as orphaned.
    uint64_t ghosts;       // Who stood in line and was not there, and was dropped.
} matcher_t;

// --- Telling ---

// Does what every script's answer asks for: {verdict, ghosts, appended, time, letter, ...}.
// Returns the verdict, "" if there is no such answer. A gateway that is not here is not told; it
// asks again.
static const char *
heed (void *self, const reply_t *reply)
{
    matcher_t *matcher = self;
    static char verdict[16];
    word_t text = {"", 0};
    uint64_t ghosts = 0;
    uint64_t appended = 0;
    reply_text (reply_at (reply, 0), &text);
    reply_number (reply_at (reply, 1), &ghosts);
    reply_number (reply_at (reply, 2), &appended);
    reply_number (reply_at (reply, 3), &matcher->redis_ms);
    snprintf (verdict, sizeof verdict, "%.*s", (int) text.bytes, text.text);
    for (size_t i = 4; i < reply_count (reply); i++) {
        ident_t gateway;
        wire_t wire;
        if (telling_read (reply_at (reply, i), &gateway, &wire)) {
            mailbox_send (matcher->gateways, &gateway, ROLE_GATEWAY, &wire);
        }
        else {
            log_event (LEVEL_WARN, "letter_unreadable",
                       LOG_FIELDS (LOG_TEXT ("verdict", verdict)));
        }
    }
    matcher->ghosts += ghosts;
    if (appended > 0) {
        outbox_fetch (matcher->outbox);
    }
    return verdict;
}

// --- Letters ---

static void
on_request (void *self, const letter_t *letter)
{
    requests_take (((matcher_t *) self)->requests, letter);
}

// A record could not be sent after all. Whatever else is not heard is asked again.
static void
on_unsent (void *self, role_t role, const ident_t *to, const wire_t *wire)
{
    (void) role;
    (void) to;
    if (wire->kind == WIRE_RECORD) {
        outbox_unsent (((matcher_t *) self)->outbox, &wire->as.record.entry);
    }
}

static void
on_recorded (void *self, const letter_t *letter)
{
    outbox_confirm (((matcher_t *) self)->outbox, &letter->wire.as.recorded.entry);
}

static void
on_doubted (void *self, void *about, const reply_t *reply)
{
    matcher_t *matcher = self;
    (void) about;
    matcher->orphans += strcmp (heed (matcher, reply), "orphaned") == 0;
}

// While gateways may still be saying whom they hold, and people may still come back, nothing is
// known of a chat that Redis does not have; nor ever of one of another pool. A doubt that is passed
// over comes again.
static void
on_doubt (void *self, const letter_t *letter)
{
    matcher_t *matcher = self;
    arguments_t arguments = {.count = 0};
    uint64_t steady_ms = actor_now_ms (matcher->actor) - matcher->steady_ms;
    if (matcher->stop_by_ms == 0 && ident_mark (&letter->wire.as.doubt.chat) == matcher->pool
        && steady_ms > matcher->lease_ms + matcher->window_ms) {
        arguments_wire (&arguments, &letter->wire);
        scripts_call (matcher->scripts, SCRIPT_DOUBT, arguments.count, arguments.list,
                      on_doubted, matcher, NULL);
    }
}

// --- Sweeping ---

static void
sweep (matcher_t *matcher);

static void
on_swept (void *self, void *about, const reply_t *reply)
{
    matcher_t *matcher = self;
    (void) about;
    matcher->sweeping = false;
    if (strcmp (heed (matcher, reply), "swept") == 0) {
        sweep (matcher);
    }
}

static void
sweep (matcher_t *matcher)
{
    arguments_t arguments = {.count = 0};
    arguments_number (&arguments, REASON_DISCONNECTED);
    arguments_number (&arguments, matcher->redis_ms + LATE_MS);
    if (!matcher->sweeping && matcher->stop_by_ms == 0) {
        matcher->sweeping = scripts_call (matcher->scripts, SCRIPT_SWEEP, arguments.count,
                                          arguments.list, on_swept, matcher, NULL);
    }
}

// While Redis, or we, could not hear leases, gateways could not renew them: first let them.
static void
sweep_if_steady (void *self, uint64_t now_ms)
{
    matcher_t *matcher = self;
    if (now_ms - matcher->swept_ms > LATE_MS) {
        matcher->steady_ms = now_ms;
    }
    matcher->swept_ms = now_ms;
    if (connection_is_ready (matcher->redis)
        && now_ms - matcher->steady_ms > matcher->lease_ms) {
        sweep (matcher);
    }
}

static void
on_redis_changed (void *self, bool ready)
{
    matcher_t *matcher = self;
    matcher->steady_ms = actor_now_ms (matcher->actor);
    matcher->redis_ms = 0;
    outbox_redis_changed (matcher->outbox, ready);
}

// --- Chores and the end ---

static void
on_queue_measured (void *self, void *about, const reply_t *reply)
{
    (void) about;
    reply_number (reply, &((matcher_t *) self)->waiting);
}

static void
measure_queue (void *self, uint64_t now_ms)
{
    matcher_t *matcher = self;
    (void) now_ms;
    char key[128];
    snprintf (key, sizeof key, "%swaiting_users", matcher->prefix);
    const char *texts[] = {"ZCARD", key};
    connection_command (matcher->redis, 2, texts, on_queue_measured, matcher, NULL);
}

static void
tick (void *self, uint64_t now_ms)
{
    matcher_t *matcher = self;
    outbox_tick (matcher->outbox, now_ms);
    if (matcher->stop_by_ms != 0
        && (scripts_in_flight (matcher->scripts) == 0 || now_ms >= matcher->stop_by_ms)) {
        actor_finish (matcher->actor);
    }
}

// What Redis has in hand is awaited and told; nothing new is begun.
static void
stop (void *self)
{
    matcher_t *matcher = self;
    matcher->stop_by_ms = actor_now_ms (matcher->actor) + STOP_MS;
    requests_stop (matcher->requests);
    outbox_stop (matcher->outbox);
}

// --- Tables ---

#define READ(field, from)                                                                  \
    static uint64_t read_##field (const void *self)                                        \
    {                                                                                      \
        const matcher_t *matcher = self;                                                   \
        return (from)->field;                                                              \
    }
READ (searches, requests_counts (matcher->requests))
READ (matches, requests_counts (matcher->requests))
READ (undone, requests_counts (matcher->requests))
READ (leaves, requests_counts (matcher->requests))
READ (resumes, requests_counts (matcher->requests))
READ (holds, requests_counts (matcher->requests))
READ (blocks, requests_counts (matcher->requests))
READ (stale, requests_counts (matcher->requests))
READ (orphans, matcher)
READ (ghosts, matcher)
READ (waiting, matcher)
READ (recorded, outbox_counts (matcher->outbox))
READ (rejected, outbox_counts (matcher->outbox))
READ (unconfirmed, outbox_reading (matcher->outbox))
READ (oldest_ms, outbox_reading (matcher->outbox))
READ (bytes, outbox_reading (matcher->outbox))
READ (alarm, outbox_reading (matcher->outbox))

static uint64_t
read_redis_errors (const void *self)
{
    return connection_errors (((const matcher_t *) self)->redis);
}

static const histogram_t *
read_redis_time (const void *self)
{
    return connection_time (((const matcher_t *) self)->redis);
}

static uint64_t
read_in_flight (const void *self)
{
    return connection_in_flight (((const matcher_t *) self)->redis);
}

static bool
listens (const void *self)
{
    const matcher_t *matcher = self;
    return matcher->gateways != NULL && matcher->stop_by_ms == 0;
}

static bool
has_redis (const void *self)
{
    const matcher_t *matcher = self;
    return matcher->redis != NULL && connection_is_ready (matcher->redis);
}

// clang-format off
static const duty_t matcher_duties[] = {
    { WIRE_LEASE,    ROLE_GATEWAY,  on_request },
    { WIRE_SEARCH,   ROLE_GATEWAY,  on_request },
    { WIRE_LEAVE,    ROLE_GATEWAY,  on_request },
    { WIRE_RESUME,   ROLE_GATEWAY,  on_request },
    { WIRE_HOLD,     ROLE_GATEWAY,  on_request },
    { WIRE_BLOCK,    ROLE_GATEWAY,  on_request },
    { WIRE_RECORDED, ROLE_RECORDER, on_recorded },
    { WIRE_DOUBT,    ROLE_RECORDER, on_doubt },
    { WIRE_NONE,     ROLE_NONE,     NULL },
};

static const chore_t matcher_chores[] = {
    { TICK_MS,         tick },
    { EVERY_SECOND_MS, measure_queue },
    { EVERY_SECOND_MS, sweep_if_steady },
    { 0, NULL },
};

static const condition_t matcher_conditions[] = {
    { "listening", listens },
    { "redis",     has_redis },
    { NULL, NULL },
};
// clang-format on

const metric_t matcher_metrics[] = {
#include "matcher/metrics.def"
    METRICS_END,
};

static const plan_t matcher_plan = {
    .process = "matcher",
    .role = ROLE_MATCHER,
    .duties = matcher_duties,
    .chores = matcher_chores,
    .metrics = matcher_metrics,
    .conditions = matcher_conditions,
    .unsent = on_unsent,
    .stop = stop,
};

// --- Life cycle ---

static void
on_turn_end (void *self)
{
    matcher_t *matcher = self;
    if (matcher->scripts != NULL) {
        scripts_flush (matcher->scripts);
    }
}

static bool
start (matcher_t *matcher, const config_t *config, const redis_url_t *url)
{
    matcher->actor = actor_new (config, &matcher_plan, matcher);
    if (matcher->actor == NULL) {
        return false;
    }
    matcher->prefix = config_text (config, "REDIS_PREFIX");
    matcher->lease_ms = (uint64_t) config_number (config, "LEASE_MS");
    matcher->window_ms = (uint64_t) config_number (config, "RECOVERY_WINDOW_MS");
    matcher->pool = (unsigned) config_number (config, "POOL");
    matcher->redis =
        connection_new (actor_loop (matcher->actor), url, on_redis_changed, matcher);
    matcher->scripts = scripts_new (matcher->redis, config);
    loop_at_turn_end (actor_loop (matcher->actor), on_turn_end, matcher);
    matcher->requests = requests_new (matcher->scripts, matcher->pool, heed, matcher);
    matcher->recorders = actor_dial (matcher->actor, ROLE_RECORDER, config, "RECORDERS");
    if (matcher->recorders == NULL) {
        return false;
    }
    matcher->outbox = outbox_new (matcher->redis, matcher->scripts, matcher->recorders,
                                  matcher->prefix, actor_instance (matcher->actor),
                                  (uint64_t) config_number (config, "OUTBOX_ALARM_BYTES"));
    matcher->gateways = actor_listen (matcher->actor, config);
    return matcher->gateways != NULL;
}

int
matcher_run (const config_t *config)
{
    matcher_t matcher = {0};
    redis_url_t url;
    const char *wrong = redis_url_read (config_text (config, "REDIS_URL"), &url);
    if (wrong != NULL) {
        config_wrong ("matcher", "REDIS_URL is wrong: %s.", wrong);
        return 2;
    }
    if (url.tls && !redis_tls_is_there ()) {
        config_wrong ("matcher", "REDIS_URL is wrong: rediss:// needs hiredis 1.1 or later, as Debian 13 "
                                 "has it, when the matcher is built.");
        return 2;
    }
    int code = start (&matcher, config, &url) ? actor_run (matcher.actor) : 1;
    on_turn_end (&matcher);
    connection_destroy (&matcher.redis);
    outbox_destroy (&matcher.outbox);
    requests_destroy (&matcher.requests);
    scripts_destroy (&matcher.scripts);
    actor_destroy (&matcher.actor);
    return code;
}
