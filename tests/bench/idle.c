// idle.c -- what a person costs who is connected and does nothing.
//
// Opens many WebSockets, and then as many held polls, on one gateway of its own; prints the user
// memory of the gateway for each, and how fast they were opened; and fails unless everything is
// given back afterwards. Usage: bench_idle [CONNECTIONS], 10000 by default.

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/cmocka_all.h"
#include "support/service.h"

#define AT_ONCE 200 // Connections that are being opened at the same time.

typedef struct {
    uint16_t port;
    uint16_t admin_port;
    service_t *gateway;
    int *sockets;
    int count;
} bench_t;

static bench_t bench;

// Kilobytes of a row of /proc/PID/status.
static long
status_kb (const char *row)
{
    char path[64];
    char line[256];
    long kb = 0;
    snprintf (path, sizeof path, "/proc/%d/status", (int) service_pid (bench.gateway));
    FILE *status = fopen (path, "r");
    assert_non_null (status);
    while (fgets (line, sizeof line, status) != NULL) {
        if (strncmp (line, row, strlen (row)) == 0) {
            sscanf (line + strlen (row), ": %ld", &kb);
        }
    }
    fclose (status);
    return kb;
}

static int
dial (void)
{
    struct sockaddr_in place = {
        .sin_family = AF_INET,
        .sin_port = htons (bench.port),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true (fd >= 0);
    assert_int_equal (connect (fd, (struct sockaddr *) &place, sizeof place), 0);
    return fd;
}

static void
put (int fd, const char *text, size_t bytes)
{
    assert_int_equal (send (fd, text, bytes, MSG_NOSIGNAL), (ssize_t) bytes);
}

// Reads until `text` has come; what else has come stays in `buffer`, terminated.
static void
await_text (int fd, const char *text, char buffer[4096])
{
    size_t length = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    buffer[0] = '\0';
    while (memmem (buffer, length, text, strlen (text)) == NULL) {
        assert_int_equal (poll (&wait, 1, DEADLINE_MS), 1);
        ssize_t got = read (fd, buffer + length, 4095 - length);
        assert_true (got > 0);
        length += (size_t) got;
        buffer[length] = '\0';
    }
}

static void
open_websocket (int fd)
{
    static const char shake[] =
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    static const char connect_frame[] = "\x81\x82\0\0\0\0" "40";
    put (fd, shake, sizeof shake - 1);
    put (fd, connect_frame, sizeof connect_frame - 1);
}

static void
join_websocket (int fd)
{
    char buffer[4096];
    await_text (fd, "42[\"state\"", buffer);
}

static void
open_poll (int fd)
{
    static const char shake[] =
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n";
    put (fd, shake, sizeof shake - 1);
}

// Joins by POST, takes what waits, and leaves a GET held.
static void
join_poll (int fd)
{
    char buffer[4096];
    char sid[64];
    char request[512];
    await_text (fd, "\"maxPayload\":", buffer);
    const char *at = strstr (buffer, "\"sid\":\"");
    assert_non_null (at);
    assert_int_equal (sscanf (at + 7, "%63[^\"]", sid), 1);
    int bytes = snprintf (request, sizeof request,
                          "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\n"
                          "Host: localhost\r\nContent-Length: 2\r\n\r\n40",
                          sid);
    put (fd, request, (size_t) bytes);
    await_text (fd, "ok", buffer);
    bytes = snprintf (request, sizeof request,
                      "GET /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\n"
                      "Host: localhost\r\n\r\n",
                      sid);
    put (fd, request, (size_t) bytes);
    await_text (fd, "42[\"state\"", buffer);
    put (fd, request, (size_t) bytes);
}

static void
open_all (void (*open) (int fd), void (*join) (int fd))
{
    for (int i = 0; i < bench.count; i += AT_ONCE) {
        int end = i + AT_ONCE < bench.count ? i + AT_ONCE : bench.count;
        for (int j = i; j < end; j++) {
            bench.sockets[j] = dial ();
            open (bench.sockets[j]);
        }
        for (int j = i; j < end; j++) {
            join (bench.sockets[j]);
        }
    }
}

static size_t
descriptors (void)
{
    char command[64];
    size_t count = 0;
    snprintf (command, sizeof command, "ls /proc/%d/fd | wc -l", (int) service_pid (bench.gateway));
    FILE *list = popen (command, "r");
    assert_non_null (list);
    assert_int_equal (fscanf (list, "%zu", &count), 1);
    pclose (list);
    return count;
}

// A fresh gateway, so that no memory is used twice. Its matcher and relay are nowhere: nobody
// searches.
static void
start_gateway (void)
{
    bench.port = free_port ();
    bench.admin_port = free_port ();
    bench.gateway = service_start (
        GATEWAY_BINARY, (const char *[]){"PORT", number_text (bench.port), "ADMIN_PORT",
                                         number_text (bench.admin_port), "MATCHERS",
                                         "tcp://127.0.0.1:1", "RELAYS", "tcp://127.0.0.1:1",
                                         "RECOVERY_WINDOW_MS", "0", NULL});
    WAIT_FOR (http_get (bench.admin_port, "/healthz", NULL, 0) == 200);
}

static void
measure (const char *name, void (*open) (int fd), void (*join) (int fd))
{
    start_gateway ();
    size_t descriptors_before = descriptors ();
    long before_kb = status_kb ("RssAnon");
    uint64_t start_ms = now_ms ();
    open_all (open, join);
    uint64_t took_ms = now_ms () - start_ms;
    WAIT_FOR (metric_value (bench.admin_port, "gateway_sessions") == (uint64_t) bench.count);
    long bytes = (status_kb ("RssAnon") - before_kb) * 1024 / bench.count;
    printf ("| %-16s | %6d | %8ld | %8.0f |\n", name, bench.count, bytes,
            bench.count * 1000.0 / (double) (took_ms > 0 ? took_ms : 1));
    for (int i = 0; i < bench.count; i++) {
        close (bench.sockets[i]);
    }
    WAIT_FOR (metric_value (bench.admin_port, "gateway_connections") == 0);
    WAIT_FOR (metric_value (bench.admin_port, "gateway_users") == 0);
    WAIT_FOR (descriptors () <= descriptors_before); // Dials to nowhere come and go.
    service_stop (&bench.gateway);
}

static void
test_idle_people_cost_little_and_leave_nothing_behind (void **state)
{
    (void) state;
    printf ("| connection       | number | bytes of | opened a |\n"
            "|                  |        | memory   | second   |\n"
            "|------------------|--------|----------|----------|\n");
    measure ("WebSocket", open_websocket, join_websocket);
    measure ("held poll", open_poll, join_poll);
}

int
main (int argc, char **argv)
{
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
    bench.count = argc > 1 ? atoi (argv[1]) : 10000;
    if (bench.count < 1 || (rlim_t) bench.count + 200 > limit.rlim_max) {
        fprintf (stderr, "bench_idle: %d connections need ulimit -n %d.\n", bench.count,
                 bench.count + 200);
        return 2;
    }
    bench.sockets = calloc ((size_t) bench.count, sizeof *bench.sockets);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_idle_people_cost_little_and_leave_nothing_behind),
    };
    int failed = cmocka_run_group_tests (tests, NULL, NULL);
    free (bench.sockets);
    return failed;
}
