// delay.c -- a child with a pair of sockets for each connection, and what is held for either.

#include "support/delay.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_all.h"
#include "support/service.h"

#define FLOWS_MOST 32 // Two a connection.
#define CHUNK_BYTES 65536

// What was read and is to be written.
typedef struct chunk {
    uint64_t due_ms;
    size_t bytes; // 0: the end of what there is to read.
    struct chunk *next;
    char data[];
} chunk_t;

// One direction of a connection. The other one is its neighbour.
typedef struct {
    int from; // -1: free.
    int to;
    chunk_t *first; // Owned.
    chunk_t *last;
} flow_t;

struct delay {
    pid_t pid;
    uint16_t port;
};

static flow_t flows[FLOWS_MOST]; // Of the child.

// --- In the child ---

static void
hold (flow_t *flow, const char *data, size_t bytes, uint64_t ms)
{
    chunk_t *chunk = calloc (1, sizeof *chunk + bytes);
    if (chunk == NULL) {
        _exit (1);
    }
    chunk->due_ms = now_ms () + ms;
    chunk->bytes = bytes;
    for (size_t i = 0; i < bytes; i++) {
        chunk->data[i] = data[i];
    }
    if (flow->first == NULL) {
        flow->first = chunk;
    }
    else {
        flow->last->next = chunk;
    }
    flow->last = chunk;
}

// Both directions end at once; what is held is lost.
static void
hang_up (size_t pair)
{
    close (flows[pair].from);
    close (flows[pair].to);
    for (size_t i = pair; i < pair + 2; i++) {
        while (flows[i].first != NULL) {
            chunk_t *chunk = flows[i].first;
            flows[i].first = chunk->next;
            free (chunk);
        }
        flows[i] = (flow_t){.from = -1, .to = -1};
    }
}

static void
take (int listener, uint16_t port)
{
    struct sockaddr_in place = {
        .sin_family = AF_INET,
        .sin_port = htons (port),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    int near = accept (listener, NULL, NULL);
    int far = socket (AF_INET, SOCK_STREAM, 0);
    size_t pair = 0;
    while (pair < FLOWS_MOST && flows[pair].from != -1) {
        pair += 2;
    }
    if (pair == FLOWS_MOST || near < 0
        || connect (far, (struct sockaddr *) &place, sizeof place) != 0) {
        close (near);
        close (far);
        return;
    }
    flows[pair] = (flow_t){.from = near, .to = far};
    flows[pair + 1] = (flow_t){.from = far, .to = near};
}

static void
write_due (size_t place)
{
    flow_t *flow = &flows[place];
    while (flow->from != -1 && flow->first != NULL && flow->first->due_ms <= now_ms ()) {
        chunk_t *chunk = flow->first;
        if (chunk->bytes == 0
            || send (flow->to, chunk->data, chunk->bytes, MSG_NOSIGNAL)
                   != (ssize_t) chunk->bytes) {
            hang_up (place / 2 * 2);
            return;
        }
        flow->first = chunk->next;
        free (chunk);
    }
}

static void
read_more (flow_t *flow, uint64_t ms)
{
    char data[CHUNK_BYTES];
    ssize_t bytes = recv (flow->from, data, sizeof data, MSG_DONTWAIT);
    hold (flow, data, bytes > 0 ? (size_t) bytes : 0, ms);
}

// Who has read the end of a flow does not listen to it any more.
static bool
has_ended (const flow_t *flow)
{
    return flow->first != NULL && flow->last->bytes == 0;
}

static void
carry (int listener, uint16_t port, uint64_t ms)
{
    struct pollfd waits[FLOWS_MOST + 1];
    for (size_t i = 0; i < FLOWS_MOST; i++) {
        flows[i] = (flow_t){.from = -1, .to = -1};
    }
    for (;;) {
        waits[FLOWS_MOST] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (size_t i = 0; i < FLOWS_MOST; i++) {
            int fd = has_ended (&flows[i]) ? -1 : flows[i].from;
            waits[i] = (struct pollfd){.fd = fd, .events = POLLIN};
        }
        poll (waits, FLOWS_MOST + 1, 5);
        for (size_t i = 0; i < FLOWS_MOST; i++) {
            if (flows[i].from != -1 && waits[i].fd == flows[i].from
                && waits[i].revents != 0) {
                read_more (&flows[i], ms / 2);
            }
        }
        for (size_t i = 0; i < FLOWS_MOST; i++) {
            write_due (i);
        }
        if (waits[FLOWS_MOST].revents != 0) {
            take (listener, port);
        }
    }
}

// --- In the test ---

static int
listen_somewhere (uint16_t *port)
{
    struct sockaddr_in place = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    socklen_t size = sizeof place;
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal (bind (fd, (struct sockaddr *) &place, size), 0);
    assert_int_equal (listen (fd, 16), 0);
    assert_int_equal (getsockname (fd, (struct sockaddr *) &place, &size), 0);
    *port = ntohs (place.sin_port);
    return fd;
}

delay_t *
delay_new (uint16_t port, uint64_t ms)
{
    delay_t *delay = calloc (1, sizeof *delay);
    assert_non_null (delay);
    int listener = listen_somewhere (&delay->port);
    delay->pid = fork ();
    assert_true (delay->pid >= 0);
    if (delay->pid == 0) {
        prctl (PR_SET_PDEATHSIG, SIGKILL);
        carry (listener, port, ms);
    }
    close (listener);
    return delay;
}

void
delay_destroy (delay_t **delay)
{
    if (*delay != NULL) {
        kill ((*delay)->pid, SIGKILL);
        waitpid ((*delay)->pid, NULL, 0);
        free (*delay);
        *delay = NULL;
    }
}

uint16_t
delay_port (const delay_t *delay)
{
    return delay->port;
}
