// bare_relay.c -- as little as a server can do that passes messages between two browsers.
//
// One process, one epoll. Speaks the browser's protocol as far as a well-behaved client needs it:
// takes WebSockets, pairs whoever searches with who searched before, reads each event, and forwards
// it and its answer. Keeps no record, sends nothing again, and checks next to nothing: it is the
// limit that others are held against. Usage: PORT=n bench_bare_relay; with FAULT=lose, double,
// misdeliver or leave_unanswered one message goes wrong.

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bare_relay.h"

#define ROOM 16384
#define AT_ONCE 64
#define OUT_MOST 65536

static int wheel;
static unsigned char heard[ROOM];          // What is being read.
static person_t *touched[2 * AT_ONCE + 2]; // Have something to send.
static size_t touched_count;

void
bare_need (int holds, const char *what)
{
    if (!holds) {
        perror (what);
        exit (1);
    }
}

// --- Saying ---

static void
put (person_t *person, const void *data, size_t bytes)
{
    if (person->out == NULL) {
        person->out = malloc (OUT_MOST);
        bare_need (person->out != NULL, "memory");
    }
    if (person->out_bytes == 0) {
        touched[touched_count++] = person;
    }
    bare_need (person->out_bytes + bytes <= OUT_MOST, "too much to say at once");
    memcpy (person->out + person->out_bytes, data, bytes);
    person->out_bytes += bytes;
}

void
bare_say (person_t *person, const char *text, size_t bytes)
{
    unsigned char head[4] = {0x81, (unsigned char) bytes};
    size_t head_bytes = 2;
    if (bytes > 125) {
        head[1] = 126;
        head[2] = (unsigned char) (bytes >> 8);
        head[3] = (unsigned char) bytes;
        head_bytes = 4;
    }
    put (person, head, head_bytes);
    put (person, text, bytes);
}

static void
flush (void)
{
    for (size_t i = 0; i < touched_count; i++) {
        person_t *person = touched[i];
        // Who does not read what there is room for in a socket is no client of this relay.
        bare_need (send (person->fd, person->out, person->out_bytes, MSG_NOSIGNAL)
                           == (ssize_t) person->out_bytes
                       || errno == EPIPE || errno == ECONNRESET,
                   "send");
        person->out_bytes = 0;
        free (person->out);
        person->out = NULL;
    }
    touched_count = 0;
}

// --- Frames ---

static void
unmask (unsigned char *data, size_t bytes, const unsigned char mask[4])
{
    uint64_t wide = 0;
    size_t i = 0;
    memcpy (&wide, mask, 4);
    wide |= wide << 32;
    for (; i + 8 <= bytes; i += 8) {
        uint64_t word;
        memcpy (&word, data + i, 8);
        word ^= wide;
        memcpy (data + i, &word, 8);
    }
    for (; i < bytes; i++) {
        data[i] ^= mask[i % 4];
    }
}

// Returns the bytes that the frame takes, 0 if it is not whole.
static size_t
take_frame (person_t *person, unsigned char *at, size_t left)
{
    size_t bytes = left >= 2 ? at[1] & 0x7fU : 0;
    size_t start = 6;
    if (left < 6) {
        return 0;
    }
    if (bytes == 126) {
        bytes = (size_t) at[2] << 8 | at[3];
        start = 8;
    }
    if (bytes + start > ROOM || (at[0] & 0x0fU) == 8) {
        person->state = OVER;
        return 0;
    }
    if (left < start + bytes) {
        return 0;
    }
    unmask (at + start, bytes, at + start - 4);
    if ((at[0] & 0x0fU) == 1) {
        bare_hear (person, (const char *) at + start, bytes);
    }
    return start + bytes;
}

// RFC 6455, 4.2.2: the answer to its own sample of a key, which is what the load sends.
static void
shake (person_t *person)
{
    static const char yes[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    static const char open[] =
        "0{\"sid\":\"AAAAAAAAAAAAAAAAAAAA\",\"upgrades\":[],\"pingInterval\":3600000,"
        "\"pingTimeout\":20000,\"maxPayload\":1000000}";
    put (person, yes, sizeof yes - 1);
    bare_say (person, open, sizeof open - 1);
    person->state = OPEN;
}

static size_t
take_shake (person_t *person, const unsigned char *data, size_t bytes)
{
    static const char fine[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const unsigned char *end = memmem (data, bytes, "\r\n\r\n", 4);
    if (end == NULL) {
        return 0;
    }
    if (memmem (data, bytes, "Upgrade: websocket", 18) != NULL) {
        shake (person);
    }
    else {
        put (person, fine, sizeof fine - 1);
        person->state = OVER;
    }
    return (size_t) (end + 4 - data);
}

// --- The wheel ---

// Reads once into the common buffer, after what was left over.
static void
hear (person_t *person)
{
    size_t at = 0;
    size_t taken = 1;
    if (person->in_bytes > 0) {
        memcpy (heard, person->in, person->in_bytes);
    }
    ssize_t got = read (person->fd, heard + person->in_bytes, ROOM - person->in_bytes);
    if (got <= 0) {
        person->state = got < 0 && errno == EAGAIN ? person->state : OVER;
        return;
    }
    size_t bytes = person->in_bytes + (size_t) got;
    if (person->state == SHAKING) {
        at = take_shake (person, heard, bytes);
    }
    while (person->state == OPEN && taken > 0) {
        taken = take_frame (person, heard + at, bytes - at);
        at += taken;
    }
    person->in_bytes = bytes - at;
    free (person->in);
    person->in = NULL;
    if (person->in_bytes > 0) {
        person->in = malloc (person->in_bytes);
        bare_need (person->in != NULL, "memory");
        memcpy (person->in, heard + at, person->in_bytes);
    }
}

static void
forget (person_t *person)
{
    close (person->fd);
    free (person->in);
    free (person->out);
    free (person);
}

static void
let_in (int listener)
{
    int on = 1;
    int fd = accept4 (listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    person_t *person = calloc (1, sizeof *person);
    bare_need (person != NULL, "memory");
    person->fd = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = person};
    bare_need (epoll_ctl (wheel, EPOLL_CTL_ADD, fd, &event) == 0, "epoll");
}

typedef void
each_t (person_t *person);

static void
each_over (const struct epoll_event events[], int count, each_t *each)
{
    for (int i = 0; i < count; i++) {
        person_t *person = events[i].data.ptr;
        if (person != NULL && person->state == OVER) {
            each (person);
        }
    }
}

static void
turn (int listener)
{
    struct epoll_event events[AT_ONCE];
    int count = epoll_wait (wheel, events, AT_ONCE, -1);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == NULL) {
            let_in (listener);
        }
        else {
            hear (events[i].data.ptr);
        }
    }
    // Their partners hear of it first.
    each_over (events, count, bare_part);
    flush ();
    each_over (events, count, forget);
}

static void
end (int signal)
{
    (void) signal;
    _exit (0);
}

int
main (void)
{
    int on = 1;
    const char *port = getenv ("PORT");
    struct sockaddr_in place = {
        .sin_family = AF_INET,
        .sin_port = htons ((uint16_t) (port != NULL ? atoi (port) : 0)),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    signal (SIGTERM, end);
    int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    wheel = epoll_create1 (EPOLL_CLOEXEC);
    bare_need (listener >= 0 && wheel >= 0, "socket");
    setsockopt (listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bare_need (bind (listener, (struct sockaddr *) &place, sizeof place) == 0, "bind");
    bare_need (listen (listener, 4096) == 0, "listen");
    bare_need (epoll_ctl (wheel, EPOLL_CTL_ADD, listener, &event) == 0, "epoll");
    for (;;) {
        turn (listener);
    }
}
