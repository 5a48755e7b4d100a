// gateway.c -- holds people: their connections and what they are doing.
//
// Hears browsers (client.c); WAITING, MATCHED, LEFT, ENDED from matchers; MESSAGE, RECEIPT, TYPING,
// GONE, AWAY, BACK, LOST from relays. Says LEASE, SEARCH, LEAVE to matchers and the chat's messages to relays.
// Keeps each user's state and what its partner has not confirmed.

#include "gateway/gateway.h"

#include <string.h>
#include <sys/resource.h>

#include "actor/actor.h"
#include "base/book.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "gateway/browser_door.h"
#include "gateway/chat.h"
#include "gateway/client.h"
#include "gateway/socketio.h"
#include "gateway/speech.h"
#include "gateway/user.h"

#define QUEUE_MOST 262144      // Bytes that may wait for one browser; then it is closed.
#define SPARE_DESCRIPTORS 64   // For everything that is no browser.
#define LEASE_SAYINGS 3        // A lease is said so many times before it would run out.
#define STOP_MS 3000           // How long a stopping gateway waits for its leaves to be confirmed.

typedef struct {
    actor_t *actor;        // Owned.
    agenda_t *agenda;      // Owned.
    users_t users;
    book_t *book;          // user_t by id: who is connected, away, or just leaving. Owned.
    book_t *tokens;        // The same by token, if they may come back. Owned.
    engineio_t *engineio;  // Owned.
    socketio_t *socketio;  // Owned.
    browser_door_t *door;  // Owned.
    replicas_t *matchers;  // The actor's.
    replicas_t *relays;    // The actor's.
    size_t text_most;      // UTF-16 units of a message.
    uint64_t lease_ms;
    uint64_t leased_ms;    // When the lease was said last.
    uint64_t stop_ms;      // Until when a stopping gateway waits; 0: it is not stopping.
    uint64_t lost;         // Wire messages that relays could not pass on.
} gateway_t;

// Every event begins here: users are told the time.
static void
stamp (gateway_t *gateway)
{
    gateway->users.now_ms = actor_now_ms (gateway->actor);
    gateway->users.wall_ms = clock_wall_ms ();
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
ask (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    gateway_t *gateway = self;
    mailbox_t *matcher = replicas_pick (gateway->matchers, &user->id, attempt);
    return matcher != NULL && mailbox_send (matcher, NULL, ROLE_MATCHER, wire);
}

static bool
tell (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    gateway_t *gateway = self;
    mailbox_t *relay = replicas_pick (gateway->relays, &user->chat->id, attempt);
    return relay != NULL && mailbox_send (relay, NULL, ROLE_RELAY, wire);
}

static void
done (void *self, user_t *user)
{
    gateway_t *gateway = self;
    book_take (gateway->book, &user->id);
    book_take (gateway->tokens, &user->token);
    user_destroy (&user);
}

static const users_port_t users_port = {emit, answer, ask, tell, done};

// --- Browsers: the application that Socket.IO sees ---

static void
accept_socket (user_t *user)
{
    char token[IDENT_TEXT_SIZE];
    ident_print (&user->token, token);
    sio_accept (user->socket, user->sid, ident_is_nil (&user->token) ? NULL : token);
}

static user_t *
welcome_stranger (gateway_t *gateway, sio_socket_t *socket)
{
    user_t *user = user_new (&gateway->users, socket);
    book_put (gateway->book, &user->id, user);
    if (!ident_is_nil (&user->token)) {
        book_put (gateway->tokens, &user->token, user);
    }
    accept_socket (user);
    say_state (user);
    return user;
}

// The user who comes back: whom the token names, if what was missed since the offset is still there.
static user_t *
find_returned (gateway_t *gateway, const value_t *auth, uint64_t *offset)
{
    size_t bytes;
    ident_t token;
    const char *pid = value_text (value_member (auth, "pid"), &bytes);
    if (pid == NULL || !ident_parse (pid, bytes, &token)) {
        return NULL;
    }
    user_t *user = book_find (gateway->tokens, &token);
    const char *text = value_text (value_member (auth, "offset"), &bytes);
    *offset = 0;
    for (size_t i = 0; text != NULL && i < bytes && i < 18; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return NULL;
        }
        *offset = *offset * 10 + (uint64_t) (text[i] - '0');
    }
    bool fits = user != NULL && user->state != USER_GONE && recall_has (&user->recall, *offset);
    return fits ? user : NULL;
}

static void
give_missed (void *self, const char *event, const char *json, size_t bytes)
{
    sio_emit (self, event, json, bytes);
}

// A connection that is only half dead must not be waited for: the new one takes its place.
static void
welcome_back (user_t *user, sio_socket_t *socket, uint64_t offset)
{
    sio_socket_t *old = user->socket;
    user->socket = socket;
    if (old != NULL) {
        sio_close (old);
    }
    recall_give (&user->recall, offset, give_missed, socket);
    accept_socket (user);
    user_step (user, USER_RETURNED, NULL);
}

static void *
on_connected (void *self, sio_socket_t *socket, const value_t *auth)
{
    gateway_t *gateway = self;
    uint64_t offset;
    stamp (gateway);
    user_t *user = find_returned (gateway, auth, &offset);
    if (user != NULL) {
        welcome_back (user, socket, offset);
        return user;
    }
    return welcome_stranger (gateway, socket);
}

static void
on_event (void *above, const char *name, const value_t *arguments, uint64_t ack)
{
    user_t *user = above;
    gateway_t *gateway = user->users->self;
    stamp (gateway);
    client_hear (user, name, arguments, ack, gateway->text_most);
}

static void
on_binary (void *above, uint64_t ack)
{
    say_refusal (above, ack, REFUSAL_BINARY, 0);
}

static void
on_answered (void *above)
{
    recall_answered (&((user_t *) above)->recall);
}

static void
on_disconnected (void *above, sio_socket_t *socket, bool clean)
{
    user_t *user = above;
    gateway_t *gateway = user->users->self;
    if (user->socket != socket) {
        return; // Another connection has taken its place.
    }
    stamp (gateway);
    user->socket = NULL;
    bool may_return = user->users->recovery_ms > 0 && gateway->stop_ms == 0;
    user_step (user, clean ? USER_QUIT : may_return ? USER_CUT_OFF : USER_GIVEN_UP, NULL);
}

static const socketio_app_t browser_app = {on_connected, on_event, on_binary, on_answered,
                                           on_disconnected};
static const char *const namespaces[] = {"/", NULL};

// --- Matchers ---

// The user whom an answer is for, unless it answers a request that is no longer the latest.
static user_t *
user_at_turn (gateway_t *gateway, const ident_t *id, uint64_t turn)
{
    user_t *user = book_find (gateway->book, id);
    return user != NULL && user->turn == turn ? user : NULL;
}

static void
step (gateway_t *gateway, user_t *user, user_event_t event, const void *what)
{
    stamp (gateway);
    if (user != NULL) {
        user_step (user, event, what);
    }
}

static void
on_waiting (void *self, const letter_t *letter)
{
    const wire_waiting_t *waiting = &letter->wire.as.waiting;
    step (self, user_at_turn (self, &waiting->user, waiting->turn), USER_WAITS, &letter->wire);
}

static void
on_matched (void *self, const letter_t *letter)
{
    const wire_matched_t *matched = &letter->wire.as.matched;
    step (self, user_at_turn (self, &matched->user, matched->turn), USER_MATCHED, &letter->wire);
}

static void
on_left (void *self, const letter_t *letter)
{
    const wire_left_t *left = &letter->wire.as.left;
    step (self, user_at_turn (self, &left->user, left->turn), USER_LEFT, &letter->wire);
}

static void
on_ended (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    user_t *user = book_find (gateway->book, &letter->wire.as.ended.user);
    if (user != NULL && user_is_in (user, &letter->wire.as.ended.chat)) {
        step (gateway, user, USER_PARTNER_GONE, &letter->wire);
    }
}

// --- Relays ---

// The user whom a wire message of a chat is for, if it is in that chat with that partner.
static user_t *
user_in (gateway_t *gateway, const ident_t *id, const ident_t *chat, const ident_t *partner)
{
    user_t *user = book_find (gateway->book, id);
    bool fits = user != NULL && user_is_in (user, chat)
             && ident_equal (&user->chat->partner, partner);
    return fits ? user : NULL;
}

// Somebody speaks to a user who is not in that chat. Unless the user may be about to learn of it,
// the other one is told that it is over: a notice of that may have been lost.
static void
tell_over (gateway_t *gateway, const letter_t *letter, const ident_t *id, const ident_t *chat,
           const ident_t *partner, const ident_t *from)
{
    const user_t *user = book_find (gateway->book, id);
    if (user != NULL && user->state == USER_SEARCHING) {
        return;
    }
    wire_t gone = {
        .kind = WIRE_GONE,
        .as.gone = {*from, gateway->users.gateway, *chat, *partner, *id, REASON_ENDED},
    };
    mailbox_send (letter->via, NULL, ROLE_RELAY, &gone);
}

static void
on_message (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_message_t *message = &letter->wire.as.message;
    user_t *user = user_in (gateway, &message->user, &message->chat, &message->partner);
    if (user != NULL) {
        step (gateway, user, USER_HEARD, &letter->wire);
    }
    else {
        tell_over (gateway, letter, &message->user, &message->chat, &message->partner,
                   &message->from);
    }
}

static void
on_receipt (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_receipt_t *receipt = &letter->wire.as.receipt;
    user_t *user = user_in (gateway, &receipt->user, &receipt->chat, &receipt->partner);
    if (user != NULL) {
        step (gateway, user, USER_RECEIPTED, &letter->wire);
    }
    else {
        tell_over (gateway, letter, &receipt->user, &receipt->chat, &receipt->partner,
                   &receipt->from);
    }
}

static void
on_typing (void *self, const letter_t *letter)
{
    const wire_typing_t *typing = &letter->wire.as.typing;
    step (self, user_in (self, &typing->user, &typing->chat, &typing->partner),
          USER_PARTNER_TYPED, &letter->wire);
}

static void
on_gone (void *self, const letter_t *letter)
{
    const wire_gone_t *gone = &letter->wire.as.gone;
    step (self, user_in (self, &gone->user, &gone->chat, &gone->partner), USER_PARTNER_GONE,
          &letter->wire);
}

static void
on_away (void *self, const letter_t *letter)
{
    const wire_away_t *away = &letter->wire.as.away;
    step (self, user_in (self, &away->user, &away->chat, &away->partner), USER_PARTNER_AWAY,
          &letter->wire);
}

static void
on_back (void *self, const letter_t *letter)
{
    const wire_back_t *back = &letter->wire.as.back;
    step (self, user_in (self, &back->user, &back->chat, &back->partner), USER_PARTNER_BACK,
          &letter->wire);
}

static void
on_lost (void *self, const letter_t *letter)
{
    gateway_t *gateway = self;
    const wire_lost_t *lost = &letter->wire.as.lost;
    gateway->lost++;
    stamp (gateway);
    user_t *user = book_find (gateway->book, &lost->user);
    if (user != NULL && user_is_in (user, &lost->chat) && chat_is_lost (user)) {
        user_step (user, USER_PARTNER_LOST, NULL);
    }
}

// --- Time ---

static void
tick (void *self, uint64_t now_ms)
{
    gateway_t *gateway = self;
    stamp (gateway);
    agenda_tick (gateway->agenda, now_ms);
    if (gateway->stop_ms != 0
        && (book_count (gateway->book) == 0 || now_ms > gateway->stop_ms)) {
        actor_finish (gateway->actor);
    }
}

static void
say_lease (void *self, uint64_t now_ms)
{
    gateway_t *gateway = self;
    if (now_ms - gateway->leased_ms >= gateway->lease_ms / LEASE_SAYINGS) {
        wire_t lease = {.kind = WIRE_LEASE, .as.lease = {book_count (gateway->book)}};
        gateway->leased_ms = now_ms;
        replicas_send_all (gateway->matchers, &lease);
    }
}

static void
on_peer_changed (void *self, role_t role, const ident_t *instance, bool present)
{
    gateway_t *gateway = self;
    (void) instance;
    if (role == ROLE_MATCHER && present) {
        gateway->leased_ms = 0; // A new matcher is to know of us at once.
    }
}

static void
stop (void *self)
{
    gateway_t *gateway = self;
    gateway->stop_ms = actor_now_ms (gateway->actor) + STOP_MS;
    browser_door_close_port (gateway->door);
    engineio_close_all (gateway->engineio, EIO_SERVER_STOP);
    size_t place = 0;
    user_t *user;
    stamp (gateway);
    while ((user = book_next (gateway->book, &place)) != NULL) {
        if (user->state != USER_GONE) {
            user_step (user, USER_GIVEN_UP, NULL); // It was away, and cannot come back here.
            place = 0;
        }
    }
}

// --- What an operator sees ---

static uint64_t
read_users (const void *self)
{
    return book_count (((const gateway_t *) self)->book);
}

static uint64_t
read_sessions (const void *self)
{
    return engineio_sessions (((const gateway_t *) self)->engineio);
}

static uint64_t
read_connections (const void *self)
{
    return browser_door_counts (((const gateway_t *) self)->door)->connections;
}

static uint64_t
read_accepted (const void *self)
{
    return browser_door_counts (((const gateway_t *) self)->door)->accepted;
}

static uint64_t
read_turned_away (const void *self)
{
    return browser_door_counts (((const gateway_t *) self)->door)->turned_away;
}

static uint64_t
read_http_refused (const void *self)
{
    return browser_door_counts (((const gateway_t *) self)->door)->refused;
}

static uint64_t
read_matches (const void *self)
{
    return ((const gateway_t *) self)->users.matches;
}

static uint64_t
read_written (const void *self)
{
    return ((const gateway_t *) self)->users.written;
}

static uint64_t
read_delivered (const void *self)
{
    return ((const gateway_t *) self)->users.delivered;
}

static uint64_t
read_resent (const void *self)
{
    return ((const gateway_t *) self)->users.resent;
}

static uint64_t
read_refused (const void *self)
{
    return ((const gateway_t *) self)->users.refused;
}

static uint64_t
read_lost (const void *self)
{
    return ((const gateway_t *) self)->lost;
}

static bool
is_open (const void *self)
{
    return ((const gateway_t *) self)->stop_ms == 0;
}

static bool
has_matcher (const void *self)
{
    return replicas_ready (((const gateway_t *) self)->matchers) > 0;
}

static bool
has_relay (const void *self)
{
    return replicas_ready (((const gateway_t *) self)->relays) > 0;
}

// clang-format off
static const duty_t gateway_duties[] = {
    { WIRE_WAITING, ROLE_MATCHER, on_waiting },
    { WIRE_MATCHED, ROLE_MATCHER, on_matched },
    { WIRE_LEFT,    ROLE_MATCHER, on_left },
    { WIRE_ENDED,   ROLE_MATCHER, on_ended },
    { WIRE_MESSAGE, ROLE_RELAY,   on_message },
    { WIRE_RECEIPT, ROLE_RELAY,   on_receipt },
    { WIRE_TYPING,  ROLE_RELAY,   on_typing },
    { WIRE_GONE,    ROLE_RELAY,   on_gone },
    { WIRE_AWAY,    ROLE_RELAY,   on_away },
    { WIRE_BACK,    ROLE_RELAY,   on_back },
    { WIRE_LOST,    ROLE_RELAY,   on_lost },
    { WIRE_NONE,    ROLE_NONE,    NULL },
};

static const chore_t gateway_chores[] = {
    { 10,  tick },
    { 100, say_lease },
    { 0,   NULL },
};

static const metric_t gateway_metrics[] = {
    { "gateway_users",                    METRIC_GAUGE,   "People who are connected, away, or just leaving.", read_users },
    { "gateway_sessions",                 METRIC_GAUGE,   "Engine.IO sessions.", read_sessions },
    { "gateway_connections",              METRIC_GAUGE,   "TCP connections of browsers.", read_connections },
    { "gateway_connections_total",        METRIC_COUNTER, "TCP connections accepted.", read_accepted },
    { "gateway_connections_turned_away_total", METRIC_COUNTER, "TCP connections closed because there were too many.", read_turned_away },
    { "gateway_http_refused_total",       METRIC_COUNTER, "Requests answered with an error.", read_http_refused },
    { "gateway_matches_total",            METRIC_COUNTER, "Chats that a user here began.", read_matches },
    { "gateway_messages_written_total",   METRIC_COUNTER, "Messages taken from browsers.", read_written },
    { "gateway_messages_delivered_total", METRIC_COUNTER, "Messages confirmed by the partner's gateway.", read_delivered },
    { "gateway_messages_resent_total",    METRIC_COUNTER, "Messages sent again.", read_resent },
    { "gateway_requests_refused_total",   METRIC_COUNTER, "Requests of browsers refused.", read_refused },
    { "gateway_wire_lost_total",          METRIC_COUNTER, "Wire messages that a relay could not pass on.", read_lost },
    { NULL, METRIC_GAUGE, NULL, NULL },
};

static const condition_t gateway_conditions[] = {
    { "open",    is_open },
    { "matcher", has_matcher },
    { "relay",   has_relay },
    { NULL, NULL },
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

static size_t
connections_most (const config_t *config)
{
    struct rlimit limit = {1024, 1024};
    getrlimit (RLIMIT_NOFILE, &limit);
    size_t possible = limit.rlim_cur > 2 * SPARE_DESCRIPTORS
                        ? (size_t) limit.rlim_cur - SPARE_DESCRIPTORS
                        : SPARE_DESCRIPTORS;
    size_t wanted = (size_t) config_number (config, "CONNECTIONS_MAX");
    return wanted == 0 || wanted > possible ? possible : wanted;
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
        .address = config_text (config, "BIND"),
        .port = (uint16_t) config_number (config, "PORT"),
        .web_root = config_text (config, "WEB_ROOT"),
        .origins = config_text (config, "CORS_ORIGINS"),
        .max_payload = max_payload,
        .connections_most = connections_most (config),
    };
    gateway->socketio =
        socketio_new (namespaces, (uint64_t) config_number (config, "CONNECT_TIMEOUT_MS"),
                      &browser_app, gateway, gateway->agenda);
    gateway->engineio = engineio_new (engineio, &socketio_engine_app, gateway->socketio,
                                      &browser_engine_door, gateway->agenda);
    browsers.paths[0] = (browser_path_t){"/socket.io/", gateway->engineio};
    gateway->door = browser_door_new (actor_loop (gateway->actor), browsers, "gateway");
    return gateway->door != NULL;
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
    book_destroy (&gateway->tokens);
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
    gateway.tokens = book_new ();
    gateway.text_most = (size_t) config_number (config, "TEXT_MAX");
    gateway.lease_ms = (uint64_t) config_number (config, "LEASE_MS");
    gateway.users = (users_t){
        .port = &users_port,
        .self = &gateway,
        .agenda = gateway.agenda,
        .gateway = *actor_instance (gateway.actor),
        .messages_per_minute = (uint64_t) config_number (config, "MESSAGES_PER_MINUTE"),
        .recovery_ms = (uint64_t) config_number (config, "RECOVERY_WINDOW_MS"),
    };
    gateway.matchers = actor_dial (gateway.actor, ROLE_MATCHER, config, "MATCHERS");
    gateway.relays = gateway.matchers != NULL
                       ? actor_dial (gateway.actor, ROLE_RELAY, config, "RELAYS")
                       : NULL;
    if (gateway.relays != NULL && open_to_browsers (&gateway, config)) {
        code = actor_run (gateway.actor);
        engineio_close_all (gateway.engineio, EIO_SERVER_STOP);
    }
    browser_door_destroy (&gateway.door);
    forget_everybody (&gateway);
    actor_destroy (&gateway.actor);
    engineio_destroy (&gateway.engineio);
    socketio_destroy (&gateway.socketio);
    agenda_destroy (&gateway.agenda);
    writer_close (&gateway.users.writer);
    return code;
}
