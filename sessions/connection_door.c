// connection_door.c -- watches the socket of the other door and the time, and begins again.
//
// Keeps libpq's door, and one timer: until the next attempt, or until an attempt or an answer is
// late.

#include "sessions/connection_door.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/must.h"

#define CONNECT_MS 5000  // From the look-up of the name to a usable connection.
#define RUN_MS 30000     // For a prepared statement.
#define ASK_MS 600000    // For any other SQL.
#define RETRY_MS 100     // Before the second attempt; doubles up to RETRY_MOST_MS.
#define RETRY_MOST_MS 5000
#define STEADY_MS 5000   // A connection that lasted so long is not held against the next.
#define ADDRESSES_MOST 8 // Of one name.
#define LIST_SIZE (ADDRESSES_MOST * (NI_MAXHOST + 1))

typedef enum {
    RESTING,    // Until the timer says: connect.
    RESOLVING,  // The name is being looked up.
    CONNECTING, // Shakes hands.
    READY,      // Takes a question.
    ASKED,      // Waits for an answer.
    BROKEN,     // Could not be asked; the timer will say so.
} state_t;

struct connection {
    state_t state;
    uv_loop_t *loop;       // Not owned.
    postgres_t *postgres;  // Owned.
    connection_listener_t listener;
    uv_poll_t *poll;       // Watches the socket, if there is one. Owned.
    uv_timer_t timer;      // When time is up, whatever for.
    uv_getaddrinfo_t look_up;
    bool looking_up;       // A look-up has not answered, which may be one that was given up.
    bool timer_closed;
    bool told;             // The log has said that the database is away.
    unsigned attempt;      // Since the last steady connection.
    uint64_t connected_ms; // When the connection was made; 0: it is not.
    uint64_t run_us;       // When the statement was run whose answer is to come; 0: none is timed.
    histogram_t time;      // How long answers took.
};

static void on_socket (uv_poll_t *poll, int status, int events);
static void on_time (uv_timer_t *timer);

// --- Life cycle ---

connection_t *
connection_new (loop_t *loop, const char *url, connection_listener_t listener)
{
    connection_t *connection = must_alloc (sizeof *connection);
    connection->loop = loop_uv (loop);
    connection->postgres = postgres_new (url);
    connection->listener = listener;
    must (uv_timer_init (connection->loop, &connection->timer) == 0);
    connection->timer.data = connection;
    connection->look_up.data = connection;
    uv_timer_start (&connection->timer, on_time, 0, 0);
    return connection;
}

static void
free_poll (uv_handle_t *handle)
{
    free (handle);
}

static void
unwatch (connection_t *connection)
{
    if (connection->poll != NULL) {
        uv_poll_stop (connection->poll);
        uv_close ((uv_handle_t *) connection->poll, free_poll);
        connection->poll = NULL;
    }
}

// Watches the socket for what the connection needs. Once it is made it always hears.
static void
watch_for (connection_t *connection, postgres_need_t need)
{
    if (connection->poll == NULL) {
        int fd = postgres_socket (connection->postgres);
        connection->poll = must_alloc (sizeof *connection->poll);
        must (uv_poll_init (connection->loop, connection->poll, fd) == 0);
        connection->poll->data = connection;
    }
    int events = need == POSTGRES_WRITES ? UV_WRITABLE : UV_READABLE;
    events |= connection->state != CONNECTING ? UV_READABLE : 0;
    must (uv_poll_start (connection->poll, events, on_socket) == 0);
}

static void
free_if_done (connection_t *connection)
{
    if (connection->timer_closed && !connection->looking_up) {
        free (connection);
    }
}

static void
timer_closed (uv_handle_t *handle)
{
    connection_t *connection = handle->data;
    connection->timer_closed = true;
    free_if_done (connection);
}

void
connection_destroy (connection_t **connection)
{
    if (*connection != NULL) {
        unwatch (*connection);
        postgres_destroy (&(*connection)->postgres);
        if ((*connection)->looking_up) {
            uv_cancel ((uv_req_t *) &(*connection)->look_up);
        }
        uv_close ((uv_handle_t *) &(*connection)->timer, timer_closed);
        *connection = NULL;
    }
}

// --- Failing, and beginning again ---

// Between half of the time and all of it, so that many recorders do not come at once.
static uint64_t
retry_ms (unsigned attempt)
{
    ident_t dice = ident_random ();
    uint64_t ms = (uint64_t) RETRY_MS << (attempt < 6 ? attempt : 6);
    ms = ms < RETRY_MOST_MS ? ms : RETRY_MOST_MS;
    return ms / 2 + ident_hash (&dice, 0) % (ms / 2 + 1);
}

void
connection_give_up (connection_t *connection)
{
    uint64_t now_ms = uv_now (connection->loop);
    unwatch (connection);
    postgres_disconnect (connection->postgres);
    if (connection->connected_ms != 0 && now_ms - connection->connected_ms >= STEADY_MS) {
        connection->attempt = 0;
    }
    connection->connected_ms = 0;
    connection->state = RESTING;
    uv_timer_start (&connection->timer, on_time, retry_ms (connection->attempt++), 0);
}

// Says why, once until the next connection.
static void
fail (connection_t *connection, const char *why)
{
    log_event (connection->told ? LEVEL_DEBUG : LEVEL_WARN,
               connection->connected_ms != 0 ? "database_lost" : "database_away",
               LOG_FIELDS (LOG_TEXT ("why", why)));
    connection->told = true;
    connection_give_up (connection);
    connection->listener.lost (connection->listener.self);
}

// --- Connecting ---

static void
take_up (connection_t *connection)
{
    uv_timer_stop (&connection->timer);
    connection->state = READY;
    connection->told = false;
    connection->connected_ms = uv_now (connection->loop);
    log_event (LEVEL_INFO, "database_connected",
               LOG_FIELDS (LOG_NUMBER ("attempt", connection->attempt + 1)));
    connection->listener.connected (connection->listener.self);
}

static void
go_on_connecting (connection_t *connection, postgres_need_t need)
{
    if (need == POSTGRES_FAILED) {
        fail (connection, postgres_why (connection->postgres));
        return;
    }
    watch_for (connection, need);
    if (need == POSTGRES_DONE) {
        take_up (connection);
    }
}

static void
open_connection (connection_t *connection, const char *hosts, const char *addresses)
{
    connection->state = CONNECTING;
    go_on_connecting (connection, postgres_connect (connection->postgres, hosts, addresses));
}

// Appends an item to a list with commas.
static void
append (char list[LIST_SIZE], const char *item)
{
    size_t length = strlen (list);
    snprintf (list + length, LIST_SIZE - length, "%s%s", length > 0 ? "," : "", item);
}

// Connects to all addresses of the host. False if there is none.
static bool
connect_to (connection_t *connection, const struct addrinfo *address)
{
    char hosts[LIST_SIZE] = "";
    char addresses[LIST_SIZE] = "";
    char item[NI_MAXHOST];
    for (int count = 0; address != NULL && count < ADDRESSES_MOST; address = address->ai_next) {
        if (getnameinfo (address->ai_addr, address->ai_addrlen, item, sizeof item, NULL, 0,
                         NI_NUMERICHOST)
            == 0) {
            append (hosts, postgres_host (connection->postgres));
            append (addresses, item);
            count++;
        }
    }
    if (addresses[0] != '\0') {
        open_connection (connection, hosts, addresses);
    }
    return addresses[0] != '\0';
}

static void
looked_up (uv_getaddrinfo_t *look_up, int status, struct addrinfo *addresses)
{
    connection_t *connection = look_up->data;
    connection->looking_up = false;
    if (connection->postgres == NULL) {
        free_if_done (connection);
    }
    else if (connection->state == RESOLVING && !connect_to (connection, addresses)) {
        fail (connection, status != 0 ? uv_strerror (status) : "the name has no address");
    }
    uv_freeaddrinfo (addresses);
}

static void
connect_now (connection_t *connection)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const char *host = postgres_host (connection->postgres);
    uv_timer_start (&connection->timer, on_time, CONNECT_MS, 0);
    if (host == NULL) {
        open_connection (connection, NULL, NULL);
        return;
    }
    connection->state = RESOLVING;
    if (!connection->looking_up) {
        must (uv_getaddrinfo (connection->loop, &connection->look_up, looked_up, host, NULL,
                              &hints)
              == 0);
        connection->looking_up = true;
    }
}

// --- Asking ---

static void
wait_for_answer (connection_t *connection, postgres_need_t need, uint64_t wait_ms)
{
    must (connection->state == READY);
    bool broken = need == POSTGRES_FAILED;
    connection->state = broken ? BROKEN : ASKED;
    watch_for (connection, need);
    uv_timer_start (&connection->timer, on_time, broken ? 0 : wait_ms, 0);
}

void
connection_ask (connection_t *connection, const char *sql)
{
    connection->run_us = 0;
    wait_for_answer (connection, postgres_ask (connection->postgres, sql), ASK_MS);
}

void
connection_run (connection_t *connection, const char *statement, int count,
                const char *const values[])
{
    connection->run_us = clock_monotonic_us ();
    wait_for_answer (connection, postgres_run (connection->postgres, statement, count, values),
                     RUN_MS);
}

const histogram_t *
connection_time (const connection_t *connection)
{
    return &connection->time;
}

// --- What the loop says ---

static void
hear (connection_t *connection, bool writes)
{
    answer_t answer;
    postgres_need_t need = postgres_receive (connection->postgres, &answer);
    if (need == POSTGRES_READS && writes) {
        need = postgres_send (connection->postgres);
        if (need != POSTGRES_FAILED) {
            watch_for (connection, need);
            return;
        }
    }
    if (need == POSTGRES_FAILED) {
        fail (connection, postgres_why (connection->postgres));
    }
    else if (need == POSTGRES_DONE) {
        watch_for (connection, POSTGRES_READS);
        uv_timer_stop (&connection->timer);
        connection->state = READY;
        if (connection->run_us != 0) {
            histogram_add (&connection->time, clock_monotonic_us () - connection->run_us);
        }
        connection->listener.answered (connection->listener.self, &answer);
    }
}

static void
on_socket (uv_poll_t *poll, int status, int events)
{
    connection_t *connection = poll->data;
    if (connection->state == CONNECTING) {
        // libpq may close this socket and open one with the same number: forget it before.
        unwatch (connection);
        go_on_connecting (connection, postgres_shake_hands (connection->postgres));
    }
    else if (connection->state != BROKEN) {
        hear (connection, status == 0 && (events & UV_WRITABLE) != 0);
        if (status != 0 && connection->poll != NULL) {
            // libuv has ended the watch, but there was still something to read: look again.
            watch_for (connection, POSTGRES_WRITES);
        }
    }
}

static void
on_time (uv_timer_t *timer)
{
    connection_t *connection = timer->data;
    switch (connection->state) {
        case RESTING:
            connect_now (connection);
            break;
        case RESOLVING:
        case CONNECTING:
            fail (connection, "no connection in time");
            break;
        case ASKED:
            fail (connection, "no answer in time");
            break;
        case BROKEN:
            fail (connection, postgres_why (connection->postgres));
            break;
        case READY:
            must (!"a connection that waits for nothing has no timer");
    }
}
