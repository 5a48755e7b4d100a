// connection_door.c -- Redis at hand: finds it, greets it, keeps time, comes back.
//
// Keeps the commands that are unanswered, in order. A connection that is of no use is `doomed` and
// given up by the next tick, never from within its own callbacks.

#include "matcher/connection_door.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/must.h"

#define TICK_MS 25
#define ANSWER_MS 900   // A command that takes longer means that Redis is down.
#define CONNECT_MS 2000 // From the beginning of a connection until Redis is ready.
#define BACK_OFF_MS 50  // Before the second attempt; doubles.
#define BACK_OFF_MOST_MS 2000
#define RUN_ID_BYTES 40

typedef enum { DOWN, RESOLVING, CONNECTING, GREETING, READY } connection_state_t;

// A command that is unanswered.
typedef struct request {
    connection_answered_t *answered;
    void *self;           // For `answered`. Not owned.
    void *about;          // For `answered`. Not owned.
    uint64_t due_ms;      // When it must have been answered.
    uint64_t sent_us;
    struct request *next; // Sent after it.
} request_t;

struct connection {
    connection_state_t state;
    loop_t *loop; // Not owned.
    redis_url_t url;
    connection_changed_t *changed;
    void *self;         // For `changed`. Not owned.
    redis_door_t *door; // Owned until it is lost. NULL when DOWN or RESOLVING.
    bool doomed;        // The connection is of no use: the next tick gives it up.
    uint64_t due_ms;    // DOWN: when to try again; until READY: when to give up.
    unsigned attempts;  // To connect, since Redis was ready.
    char run_id[RUN_ID_BYTES + 1]; // Of the Redis that was last ready.
    request_t *first;              // Unanswered, in the order of sending. Owned.
    request_t *last;               // Of those.
    size_t in_flight;              // How many those are.
    uint64_t errors;               // Answers that were errors, and losses.
    histogram_t time;              // How long answers took.
    uv_timer_t tick;
    uv_getaddrinfo_t look_up;
    unsigned loose_ends; // Callbacks of the loop that are still to come after destroy.
    bool closed;         // Destroyed; freed with the last loose end.
};

// --- Down ---

// Half to the whole of a time that doubles with each attempt, so that processes spread out.
static uint64_t
back_off_ms (unsigned attempts)
{
    uint64_t most_ms = attempts < 6 ? (uint64_t) BACK_OFF_MS << attempts : BACK_OFF_MOST_MS;
    ident_t random = ident_random ();
    return most_ms / 2 + most_ms * random.bytes[0] / 512;
}

// From here on the door, if there is one, is somebody else's to close.
static void
go_down (void *self, const char *why)
{
    connection_t *connection = self;
    if (connection->state == DOWN) {
        return;
    }
    bool was_ready = connection->state == READY;
    if (!connection->closed && (was_ready || connection->attempts == 0)) {
        log_event (LEVEL_WARN, "redis_down", LOG_FIELDS (LOG_TEXT ("why", why)));
    }
    connection->state = DOWN;
    connection->door = NULL;
    connection->doomed = false;
    connection->errors++;
    connection->due_ms = clock_monotonic_ms () + back_off_ms (connection->attempts++);
    if (was_ready) {
        connection->changed (connection->self, false);
    }
}

static void
give_up (connection_t *connection, const char *why)
{
    redis_door_t *door = connection->door;
    go_down (connection, why);
    redis_door_close (&door);
}

static bool
begins_with_one_of (const char *text, const char *const codes[])
{
    for (size_t i = 0; codes[i] != NULL; i++) {
        if (strncmp (text, codes[i], strlen (codes[i])) == 0) {
            return true;
        }
    }
    return false;
}

void
connection_note_error (connection_t *connection, const char *error)
{
    // Whoever asks expects these and mends them.
    static const char *const expected[] = {"ERR Function not found", "NOGROUP", "BUSYGROUP", NULL};
    // With these, this Redis is of no use now, whatever is asked.
    static const char *const down[] = {"LOADING", "READONLY", "MASTERDOWN", "NOAUTH", NULL};
    if (begins_with_one_of (error, expected)) {
        return;
    }
    connection->errors++;
    log_event (LEVEL_WARN, "redis_error", LOG_FIELDS (LOG_TEXT ("error", error)));
    if (begins_with_one_of (error, down)) {
        connection->doomed = true;
    }
}

// --- Commands ---

static void
on_answered (void *self, void *about, const reply_t *reply)
{
    connection_t *connection = self;
    request_t *request = about;
    must (request == connection->first);
    connection->first = request->next;
    connection->last = connection->first != NULL ? connection->last : NULL;
    connection->in_flight--;
    if (reply != NULL) {
        histogram_add (&connection->time, clock_monotonic_us () - request->sent_us);
    }
    if (reply == NULL) {
        go_down (connection, "the connection was lost");
    }
    else if (reply_error (reply) != NULL) {
        connection_note_error (connection, reply_error (reply));
    }
    request->answered (request->self, request->about, reply);
    free (request);
}

static void
send_command (connection_t *connection, size_t count, const char *const texts[],
              connection_answered_t *answered, void *self, void *about)
{
    request_t *request = must_alloc (sizeof *request);
    *request = (request_t){
        .answered = answered,
        .self = self,
        .about = about,
        .due_ms = clock_monotonic_ms () + ANSWER_MS,
        .sent_us = clock_monotonic_us (),
    };
    if (connection->last != NULL) {
        connection->last->next = request;
    }
    else {
        connection->first = request;
    }
    connection->last = request;
    connection->in_flight++;
    redis_door_send (connection->door, count, texts, request);
}

bool
connection_command (connection_t *connection, size_t count, const char *const texts[],
                    connection_answered_t *answered, void *self, void *about)
{
    if (!connection_is_ready (connection) || connection->in_flight >= IN_FLIGHT_MOST) {
        return false;
    }
    send_command (connection, count, texts, answered, self, about);
    return true;
}

// --- Greeting ---

static void
on_greeted (void *self, void *about, const reply_t *reply)
{
    connection_t *connection = self;
    (void) about;
    if (reply != NULL && reply_error (reply) != NULL) {
        connection->doomed = true;
    }
}

// INFO server says which run of Redis this is. Not everybody may ask; then nobody knows.
static void
on_info (void *self, void *about, const reply_t *reply)
{
    static const char name[] = "run_id:";
    connection_t *connection = self;
    (void) about;
    word_t info;
    if (!reply_text (reply, &info)) {
        return;
    }
    const char *found = memmem (info.text, info.bytes, name, sizeof name - 1);
    const char *run_id = found != NULL ? found + sizeof name - 1 : NULL;
    if (run_id == NULL || info.text + info.bytes - run_id < RUN_ID_BYTES) {
        return;
    }
    bool anew = connection->run_id[0] != '\0'
                && memcmp (connection->run_id, run_id, RUN_ID_BYTES) != 0;
    memcpy (connection->run_id, run_id, RUN_ID_BYTES);
    if (anew) {
        log_event (LEVEL_WARN, "redis_began_anew",
                   LOG_FIELDS (LOG_TEXT ("run_id", connection->run_id)));
    }
}

// The last of the greeting: only a Redis that has loaded its data answers PING.
static void
on_pong (void *self, void *about, const reply_t *reply)
{
    connection_t *connection = self;
    on_greeted (self, about, reply);
    if (connection->state == GREETING && !connection->doomed) {
        connection->state = READY;
        connection->attempts = 0;
        log_event (LEVEL_INFO, "redis_ready",
                   LOG_FIELDS (LOG_TEXT ("run_id", connection->run_id)));
        connection->changed (connection->self, true);
    }
}

static void
on_opened (void *self)
{
    connection_t *connection = self;
    const redis_url_t *url = &connection->url;
    connection->state = GREETING;
    if (url->password[0] != '\0') {
        bool named = url->user[0] != '\0';
        const char *auth[] = {"AUTH", named ? url->user : url->password, url->password};
        send_command (connection, named ? 3 : 2, auth, on_greeted, connection, NULL);
    }
    if (strcmp (url->database, "0") != 0) {
        const char *select[] = {"SELECT", url->database};
        send_command (connection, 2, select, on_greeted, connection, NULL);
    }
    static const char *const info[] = {"INFO", "server"};
    static const char *const ping[] = {"PING"};
    send_command (connection, 2, info, on_info, connection, NULL);
    send_command (connection, 1, ping, on_pong, connection, NULL);
}

// --- Connecting ---

static void
open_door (connection_t *connection, const char *address)
{
    char why[128];
    const redis_ears_t ears = {connection, on_opened, on_answered, go_down};
    connection->state = CONNECTING;
    connection->door =
        redis_door_open (connection->loop, connection->url.path, address,
                         atoi (connection->url.port),
                         connection->url.tls ? connection->url.host : NULL, &ears, why, sizeof why);
    if (connection->door == NULL) {
        go_down (connection, why);
    }
}

static void
untie (connection_t *connection)
{
    if (--connection->loose_ends == 0 && connection->closed) {
        free (connection);
    }
}

// One of the addresses, another one with each attempt.
static const struct addrinfo *
choose (const struct addrinfo *addresses, unsigned attempt)
{
    unsigned count = 0;
    for (const struct addrinfo *at = addresses; at != NULL; at = at->ai_next) {
        count++;
    }
    for (unsigned skip = count > 0 ? attempt % count : 0; skip > 0; skip--) {
        addresses = addresses->ai_next;
    }
    return addresses;
}

static void
looked_up (uv_getaddrinfo_t *look_up, int status, struct addrinfo *addresses)
{
    connection_t *connection = look_up->data;
    char address[64]; // Room for any literal address.
    if (!connection->closed) {
        const struct addrinfo *chosen = choose (addresses, connection->attempts);
        if (status == 0
            && getnameinfo (chosen->ai_addr, chosen->ai_addrlen, address, sizeof address,
                            NULL, 0, NI_NUMERICHOST)
                   == 0) {
            open_door (connection, address);
        }
        else {
            go_down (connection, "its name was not found");
        }
    }
    uv_freeaddrinfo (addresses);
    untie (connection);
}

static void
start_connecting (connection_t *connection)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                          .ai_socktype = SOCK_STREAM};
    connection->due_ms = clock_monotonic_ms () + CONNECT_MS;
    connection->state = RESOLVING;
    if (connection->url.path[0] != '\0') {
        open_door (connection, "");
        return;
    }
    connection->look_up.data = connection;
    must (uv_getaddrinfo (loop_uv (connection->loop), &connection->look_up, looked_up,
                          connection->url.host, connection->url.port, &hints)
          == 0);
    connection->loose_ends++;
}

static void
on_tick (uv_timer_t *tick)
{
    connection_t *connection = tick->data;
    uint64_t due_ms = connection->due_ms;
    if (connection->state == READY) {
        due_ms = connection->first != NULL ? connection->first->due_ms : UINT64_MAX;
    }
    bool overdue = clock_monotonic_ms () >= due_ms;
    if (connection->state == DOWN && overdue) {
        start_connecting (connection);
    }
    else if (connection->door != NULL && (connection->doomed || overdue)) {
        give_up (connection,
                 connection->doomed ? "Redis turned us away" : "no answer in time");
    }
}

// --- Life cycle ---

connection_t *
connection_new (loop_t *loop, const redis_url_t *url, connection_changed_t *changed,
                void *self)
{
    connection_t *connection = must_alloc (sizeof *connection);
    connection->state = DOWN;
    connection->loop = loop;
    connection->url = *url;
    connection->changed = changed;
    connection->self = self;
    must (uv_timer_init (loop_uv (loop), &connection->tick) == 0);
    connection->tick.data = connection;
    connection->loose_ends = 1;
    uv_timer_start (&connection->tick, on_tick, 0, TICK_MS);
    return connection;
}

static void
on_tick_closed (uv_handle_t *tick)
{
    untie (tick->data);
}

void
connection_destroy (connection_t **connection)
{
    if (*connection != NULL) {
        (*connection)->closed = true;
        give_up (*connection, "closed");
        uv_close ((uv_handle_t *) &(*connection)->tick, on_tick_closed);
        *connection = NULL;
    }
}

bool
connection_is_ready (const connection_t *connection)
{
    return connection->state == READY && !connection->doomed;
}

size_t
connection_in_flight (const connection_t *connection)
{
    return connection->in_flight;
}

const histogram_t *
connection_time (const connection_t *connection)
{
    return &connection->time;
}

uint64_t
connection_errors (const connection_t *connection)
{
    return connection->errors;
}
