// gateway.c -- holds people: their connections and what they are doing.
//
// Hears browsers (browsers.c), matchers and relays (peers.c). Says LEASE, SEARCH, LEAVE, RESUME, HOLD
// and BLOCK to matchers, and MESSAGE, RECEIPT, TYPING, GONE, AWAY, BACK, MOVED and STANDS to other gateways by way
// of relays. Keeps each user's state and what its partner's browser is not known to have read.

#include "gateway/gateway.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "gateway/chat.h"
#include "gateway/gateway_inside.h"

#define QUEUE_MOST 262144      // Bytes that may wait for one browser; then it is closed.
#define SPARE_MOST 64          // Descriptors kept back for the bus and the operator's pages, beside those
#define SPARE_PART 4           // that are in use when a gateway starts; at most this part of all.
#define CONNECTIONS_FEW 1000   // Fewer are worth a warning, whatever is wanted.
#define LEASE_SAYINGS 3        // A lease is said so many times before it would run out.
#define STOP_MS 3000           // How long a stopping gateway waits for its leaves to be confirmed.
#define DISMISS_MS 5           // A draining gateway closes one connection in so long, on average,
#define DISMISS_PART 3         // but all in this part of the time it has.
#define LOST_MORE_MS 10000     // A partner's gateway is given up so long after a matcher would have.

static const char *const namespaces[] = {"/", NULL};

void
gateway_stamp (gateway_t *gateway)
{
    // The loop's clock stands still within a turn, and the other is read as often: four times a message else.
    uint64_t now_ms = actor_now_ms (gateway->actor);
    if (now_ms != gateway->stamped_ms) {
        gateway->stamped_ms = now_ms;
        gateway->users.wall_ms = clock_wall_ms ();
    }
    gateway->users.now_ms = now_ms;
}

// --- What users speak through ---

static void
emit (void *self, user_t *user, const char *event, const char *json, size_t bytes)
{
    (void) self;
    sio_emit (user->socket, event, json, bytes);
}

static void
answer (void *self, user_t *user, uint64_t ack, const char *json, size_t bytes)
{
    (void) self;
    sio_ack (user->socket, ack, json, bytes);
}

static bool
ask (void *self, user_t *user, size_t pool, const wire_t *wire, unsigned attempt)
{
    gateway_t *gateway = self;
    mailbox_t *matcher = replicas_pick (gateway->pools[pool].matchers, &user->id, attempt);
    return matcher != NULL && mailbox_send (matcher, NULL, ROLE_MATCHER, wire);
}

static bool
tell (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    gateway_t *gateway = self;
    if (gateway_tell_here (gateway, user, wire)) {
        return true;
    }
    // All that this gateway says goes by the same relay, and so in one bundle a turn: with two of each a
    // message takes 0.8 of the CPU that it takes when each chat has a relay of its own.
    mailbox_t *relay = replicas_pick (gateway->relays, &gateway->users.gateway, attempt);
    return relay != NULL && mailbox_send (relay, NULL, ROLE_RELAY, wire);
}

static void
accept (void *self, user_t *user)
{
    char token[IDENT_TEXT_SIZE];
    (void) self;
    ident_print (&user->token, token);
    sio_accept (user->socket, user->sid, ident_is_nil (&user->token) ? NULL : token);
}

static void
ping (void *self, user_t *user)
{
    sio_ping (user->socket, ((gateway_t *) self)->users.now_ms);
}

static void
dismiss (void *self, user_t *user)
{
    (void) self;
    sio_dismiss (user->socket);
}

static void
put_out (void *self, user_t *user)
{
    sio_socket_t *socket = user->socket;
    user->socket = NULL; // What happens to it is no concern of the user's any more.
    sio_kick (socket, ((gateway_t *) self)->users.now_ms);
}

static void
renamed (void *self, user_t *user, const ident_t *before)
{
    gateway_t *gateway = self;
    book_take (gateway->book, before);
    book_put (gateway->book, &user->id, user);
}

static void
done (void *self, user_t *user)
{
    gateway_t *gateway = self;
    book_take (gateway->book, &user->id);
    visitors_keep_budget (gateway->visitors, &user->visitor, &user->budget);
    user_destroy (&user);
}

static const users_port_t users_port = {emit, answer,  ask,     tell,    accept,
                                        ping, dismiss, put_out, renamed, done};

// --- Time ---

// Whoever has not come to another gateway by now has left.
static void
end_drain (gateway_t *gateway, uint64_t now_ms)
{
    size_t place = 0;
    user_t *user;
    gateway->stop_ms = now_ms + STOP_MS;
    engineio_close_all (gateway->engineio, EIO_SERVER_STOP);
    while ((user = book_next (gateway->book, &place)) != NULL) {
        if (user->state != USER_GONE) {
            user_step (user, user->state == USER_RETURNING ? USER_TAKEN_AWAY : USER_GIVEN_UP, NULL);
            place--; // Another may have moved into its slot.
        }
    }
}

static void
tick (void *self, uint64_t now_ms)
{
    gateway_t *gateway = self;
    gateway_stamp (gateway);
    agenda_tick (gateway->agenda, now_ms);
    gateway_tell_people (gateway);
    if (gateway->users.drain_by_ms == 0) {
        return;
    }
    bool empty = book_count (gateway->book) == 0;
    if (gateway->stop_ms == 0 && (empty || now_ms >= gateway->users.drain_by_ms)) {
        end_drain (gateway, now_ms);
    }
    else if (gateway->stop_ms > 0 && (empty || now_ms > gateway->stop_ms)) {
        actor_finish (gateway->actor);
    }
}

static void
say_lease (void *self, uint64_t now_ms)
{
    gateway_t *gateway = self;
    if (now_ms - gateway->leased_ms >= gateway->lease_ms / LEASE_SAYINGS) {
        gateway->leased_ms = now_ms;
        for (size_t i = 0; i < gateway->users.pools; i++) {
            wire_t lease = {.kind = WIRE_LEASE, .as.lease = {gateway->users.present, i}};
            replicas_send_all (gateway->pools[i].matchers, &lease);
        }
    }
}

static void
forget_visitors (void *self, uint64_t now_ms)
{
    visitors_tick (((gateway_t *) self)->visitors, now_ms);
}

static void
on_peer_changed (void *self, role_t role, const ident_t *instance, bool present)
{
    gateway_t *gateway = self;
    (void) instance;
    if (role == ROLE_MATCHER && present) {
        gateway->leased_ms = 0; // A new matcher is to know of us at once.
    }
    // What a relay that has gone had in hand is sent again by another, or by the one that has come.
    if (role == ROLE_RELAY) {
        size_t place = 0;
        user_t *user;
        gateway_stamp (gateway);
        while ((user = book_next (gateway->book, &place)) != NULL) {
            if (user->chat != NULL) {
                chat_relay_changed (user);
            }
        }
    }
}

// Nobody comes in any more, and people are sent to other gateways, not all at once.
static void
stop (void *self)
{
    gateway_t *gateway = self;
    size_t place = 0;
    user_t *user;
    gateway_stamp (gateway);
    uint64_t now_ms = gateway->users.now_ms;
    uint64_t most_ms = gateway->drain_ms / DISMISS_PART;
    uint64_t spread_ms = DISMISS_MS * book_count (gateway->book);
    spread_ms = spread_ms < most_ms ? spread_ms : most_ms;
    // Those who were dismissed last have their whole window, too.
    gateway->users.drain_by_ms = now_ms + gateway->drain_ms;
    browser_door_close_port (gateway->door);
    while ((user = book_next (gateway->book, &place)) != NULL) {
        user_drain (user, now_ms + ident_hash (&user->id, now_ms) % (spread_ms + 1));
    }
}

// clang-format off
static const chore_t gateway_chores[] = {
    { 10,  tick },
    { 100, say_lease },
    { 2000, gateway_count_people },
    { 5000, forget_visitors },
    { 0,   NULL },
};
// clang-format on

static const plan_t gateway_plan = {
    .process = "gateway",
    .role = ROLE_GATEWAY,
    .duties = gateway_duties,
    .chores = gateway_chores,
    .metrics = gateway_metrics,
    .conditions = gateway_conditions,
    .peer_changed = on_peer_changed,
    .stop = stop,
};

// --- Life cycle ---

// How many descriptors are open: a new one is the lowest that is free.
static size_t
descriptors_used (void)
{
    int next = eventfd (0, EFD_CLOEXEC);
    if (next < 0) {
        return INT_MAX;
    }
    close (next);
    return (size_t) next;
}

static void
warn_of_few (size_t limit, size_t taken, size_t fit, size_t wanted)
{
    size_t needed = taken + (wanted == 0 ? CONNECTIONS_FEW : wanted);
    log_event (LEVEL_WARN, "descriptors_few",
               LOG_FIELDS (LOG_NUMBER ("limit", limit), LOG_NUMBER ("needed", needed),
                           LOG_NUMBER ("connections", fit), LOG_NUMBER ("wanted", wanted),
                           LOG_TEXT ("mend", "raise the hard limit of open files: ulimit -Hn, "
                                             "LimitNOFILE= of systemd, ulimits of compose")));
}

// How many connections there may be, and from which descriptor on the rest is kept back.
static void
measure_room (const config_t *config, browser_settings_t *browsers)
{
    struct rlimit limit = {1024, 1024};
    getrlimit (RLIMIT_NOFILE, &limit);
    size_t all = limit.rlim_cur < INT_MAX ? (size_t) limit.rlim_cur : INT_MAX;
    size_t spare = all / SPARE_PART < SPARE_MOST ? all / SPARE_PART : SPARE_MOST;
    size_t taken = descriptors_used () + spare;
    size_t fit = all > taken ? all - taken : 1;
    size_t wanted = (size_t) config_number (config, "CONNECTIONS_MAX");
    browsers->descriptors_most = all - spare;
    browsers->connections_most = wanted == 0 || wanted > fit ? fit : wanted;
    if (fit < (wanted == 0 ? CONNECTIONS_FEW : wanted)) {
        warn_of_few (all, taken, fit, wanted);
    }
}

// A certificate needs its key, and both need to be there.
static bool
check_tls (const config_t *config)
{
    static const char *const names[] = {"TLS_CERT", "TLS_KEY"};
    bool wanted = config_text (config, names[0])[0] != '\0'
               || config_text (config, names[1])[0] != '\0';
    for (int i = 0; i < 2 && wanted; i++) {
        if (access (config_text (config, names[i]), R_OK) != 0) {
            config_wrong ("gateway", "%s is '%s', which cannot be read: %s.", names[i],
                          config_text (config, names[i]), strerror (errno));
            return false;
        }
    }
    return true;
}

static bool
open_to_browsers (gateway_t *gateway, const config_t *config)
{
    size_t max_payload = (size_t) config_number (config, "MAX_PAYLOAD");
    engineio_settings_t engineio = {
        .ping_interval_ms = (uint64_t) config_number (config, "PING_INTERVAL_MS"),
        .ping_timeout_ms = (uint64_t) config_number (config, "PING_TIMEOUT_MS"),
        .upgrade_timeout_ms = (uint64_t) config_number (config, "UPGRADE_TIMEOUT_MS"),
        .max_payload = max_payload,
        .queue_most = QUEUE_MOST,
    };
    browser_settings_t browsers = {
        .path_count = 1,
        .name = gateway_name_visitor,
        .admit = gateway_admit_visitor,
        .self = gateway,
        .trusted_hops = (unsigned) config_number (config, "TRUSTED_HOPS"),
        .address = config_text (config, "BIND"),
        .port = (uint16_t) config_number (config, "PORT"),
        .shared_port = config_number (config, "PORT_SHARED") == 1,
        .tls_cert = config_text (config, "TLS_CERT"),
        .tls_key = config_text (config, "TLS_KEY"),
        .web_root = config_text (config, "WEB_ROOT"),
        .origins = config_text (config, "CORS_ORIGINS"),
        .max_payload = max_payload,
    };
    measure_room (config, &browsers);
    gateway->people_most = PEOPLE_A_CONNECTION * browsers.connections_most;
    gateway->visitors = visitors_new ((visitor_limits_t){
        .sessions_per_address = (size_t) config_number (config, "CONNECTIONS_PER_ADDRESS"),
        .handshakes_per_minute = (uint64_t) config_number (config, "HANDSHAKES_PER_MINUTE"),
    });
    gateway->socketio =
        socketio_new (namespaces, (uint64_t) config_number (config, "CONNECT_TIMEOUT_MS"),
                      &gateway_browsers, gateway, gateway->agenda);
    gateway->engineio = engineio_new (engineio, &socketio_engine_app, gateway->socketio,
                                      &browser_engine_door, gateway->agenda);
    browsers.paths[0] = (browser_path_t){"/socket.io/", gateway->engineio};
    gateway->door = browser_door_new (actor_loop (gateway->actor), browsers, "gateway");
    return gateway->door != NULL;
}

// Pools stand between semicolons.
static bool
dial_matchers (gateway_t *gateway, const config_t *config)
{
    const char *rest = config_text (config, "MATCHERS");
    bool dialled = true;
    while (dialled && rest != NULL) {
        size_t bytes = strcspn (rest, ";");
        char *endpoints = must_copy (rest, bytes);
        rest = rest[bytes] == ';' ? rest + bytes + 1 : NULL;
        dialled = gateway->users.pools < POOLS_MOST;
        if (!dialled) {
            config_wrong ("gateway", "MATCHERS names more than %d pools.", POOLS_MOST);
        }
        else {
            pool_t *pool = &gateway->pools[gateway->users.pools++];
            pool->matchers =
                actor_dial_at (gateway->actor, ROLE_MATCHER, "MATCHERS", endpoints);
            dialled = pool->matchers != NULL;
        }
        free (endpoints);
    }
    return dialled;
}

static void
forget_everybody (gateway_t *gateway)
{
    size_t place = 0;
    user_t *user;
    while ((user = book_next (gateway->book, &place)) != NULL) {
        user_destroy (&user);
    }
    book_destroy (&gateway->book);
}

int
gateway_run (const config_t *config)
{
    gateway_t gateway = {0};
    int code = 1;
    gateway.actor = actor_new (config, &gateway_plan, &gateway);
    if (gateway.actor == NULL) {
        return code;
    }
    gateway.agenda = agenda_new (actor_now_ms (gateway.actor));
    gateway.book = book_new ();
    gateway.lease_ms = (uint64_t) config_number (config, "LEASE_MS");
    gateway.drain_ms = (uint64_t) config_number (config, "DRAIN_MS");
    gateway.users = (users_t){
        .port = &users_port,
        .self = &gateway,
        .agenda = gateway.agenda,
        .gateway = *actor_instance (gateway.actor),
        .legacy = config_number (config, "LEGACY_CLIENTS") == 1,
        .text_most = (size_t) config_number (config, "TEXT_MAX"),
        .messages_per_minute = (uint64_t) config_number (config, "MESSAGES_PER_MINUTE"),
        .searches_per_minute = (uint64_t) config_number (config, "SEARCHES_PER_MINUTE"),
        .packets_per_second = (uint64_t) config_number (config, "PACKETS_PER_SECOND"),
        .recovery_ms = (uint64_t) config_number (config, "RECOVERY_WINDOW_MS"),
        .search_limit_ms = (uint64_t) config_number (config, "SEARCH_LIMIT_MS"),
        .pool_wait_ms = (uint64_t) config_number (config, "POOL_WAIT_MS"),
    };
    gateway.users.lost_ms = gateway.lease_ms + gateway.users.recovery_ms + LOST_MORE_MS;
    gateway.relays = dial_matchers (&gateway, config)
                       ? actor_dial (gateway.actor, ROLE_RELAY, config, "RELAYS")
                       : NULL;
    if (gateway.relays != NULL && check_tls (config) && open_to_browsers (&gateway, config)) {
        code = actor_run (gateway.actor);
        engineio_close_all (gateway.engineio, EIO_SERVER_STOP);
    }
    browser_door_destroy (&gateway.door);
    forget_everybody (&gateway);
    actor_destroy (&gateway.actor);
    engineio_destroy (&gateway.engineio);
    socketio_destroy (&gateway.socketio);
    visitors_destroy (&gateway.visitors);
    agenda_destroy (&gateway.agenda);
    writer_close (&gateway.users.writer);
    return code;
}
