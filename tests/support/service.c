// service.c -- starts, watches and ends processes under test.

#include "support/service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/cmocka_all.h"

struct service {
    pid_t pid;          // 0 once it has been waited for.
    int code;           // Its exit code then.
    char log_path[64];
};

static void
become (const char *const words[], const char *const settings[], int log)
{
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; settings[i] != NULL; i += 2) {
        setenv (settings[i], settings[i + 1], 1);
    }
    dup2 (log, STDERR_FILENO);
    dup2 (log, STDOUT_FILENO);
    execvp (words[0], (char *const *) words);
    dprintf (log, "cannot start %s: %s\n", words[0], strerror (errno));
    _exit (127);
}

service_t *
service_words (const char *const words[], const char *const settings[])
{
    service_t *service = calloc (1, sizeof *service);
    assert_non_null (service);
    snprintf (service->log_path, sizeof service->log_path, "/tmp/service-log-XXXXXX");
    int log = mkstemp (service->log_path);
    assert_true (log >= 0);
    fcntl (log, F_SETFD, FD_CLOEXEC);
    fcntl (log, F_SETFL, O_APPEND);
    service->pid = fork ();
    assert_true (service->pid >= 0);
    if (service->pid == 0) {
        become (words, settings, log);
    }
    close (log);
    return service;
}

service_t *
service_command (const char *binary, const char *word, const char *const settings[])
{
    return service_words ((const char *[]){binary, word, NULL}, settings);
}

service_t *
service_start (const char *binary, const char *const settings[])
{
    return service_command (binary, NULL, settings);
}

void
service_signal (service_t *service, int signal)
{
    assert_int_equal (kill (service->pid, signal), 0);
}

bool
service_ended (service_t *service)
{
    int status;
    if (service->pid != 0 && waitpid (service->pid, &status, WNOHANG) == service->pid) {
        service->pid = 0;
        service->code = WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
    }
    return service->pid == 0;
}

int
service_wait (service_t *service)
{
    WAIT_FOR (service_ended (service));
    return service->code;
}

static void
print_log (const service_t *service)
{
    char line[1024];
    FILE *log = fopen (service->log_path, "r");
    while (log != NULL && fgets (line, sizeof line, log) != NULL) {
        fputs (line, stderr);
    }
    if (log != NULL) {
        fclose (log);
    }
}

static void
forget (service_t **service)
{
    unlink ((*service)->log_path);
    free (*service);
    *service = NULL;
}

void
service_stop (service_t **service)
{
    if (!service_ended (*service)) {
        service_signal (*service, SIGTERM);
    }
    int code = service_wait (*service);
    if (code != 0) {
        print_log (*service);
    }
    forget (service);
    assert_int_equal (code, 0);
}

void
service_kill (service_t **service)
{
    if (!service_ended (*service)) {
        service_signal (*service, SIGKILL);
        service_wait (*service);
    }
    forget (service);
}

pid_t
service_pid (const service_t *service)
{
    return service->pid;
}

bool
service_logged (const service_t *service, const char *text)
{
    char line[2048];
    bool found = false;
    FILE *log = fopen (service->log_path, "r");
    assert_non_null (log);
    while (!found && fgets (line, sizeof line, log) != NULL) {
        found = strstr (line, text) != NULL;
    }
    fclose (log);
    return found;
}

static struct sockaddr_in
loopback (uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons (port),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
}

// Takes a port if nobody has it. False if somebody has.
static bool
take_port (int kind, uint16_t port, int *fd)
{
    struct sockaddr_in place = loopback (port);
    *fd = socket (AF_INET, kind | SOCK_CLOEXEC, 0);
    assert_true (*fd >= 0);
    if (bind (*fd, (struct sockaddr *) &place, sizeof place) == 0) {
        return true;
    }
    assert_int_equal (errno, EADDRINUSE);
    close (*fd);
    return false;
}

// Whoever holds the UDP port of a number may listen on the TCP port, and holds it until it ends.
// Not out of the range that connections take theirs from. system/process.mjs has the same rule.
uint16_t
free_port (void)
{
    enum { FIRST = 10240, COUNT = 9760 };
    static unsigned last;
    last = last == 0 ? (unsigned) getpid () * 61 : last;
    for (int tries = 0; tries < COUNT; tries++) {
        uint16_t port = (uint16_t) (FIRST + ++last % COUNT);
        int lock;
        int probe;
        if (take_port (SOCK_DGRAM, port, &lock)) {
            if (take_port (SOCK_STREAM, port, &probe)) {
                close (probe);
                return port;
            }
            close (lock);
        }
    }
    fail_msg ("no port is free");
    return 0;
}

const char *
number_text (uint64_t number)
{
    static char texts[8][24];
    static unsigned next;
    char *text = texts[next++ % 8];
    snprintf (text, sizeof texts[0], "%" PRIu64, number);
    return text;
}

// Reads until the end of the connection. Returns the bytes read, terminated.
static size_t
read_all (int fd, char *buffer, size_t size)
{
    size_t length = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (length + 1 < size && poll (&wait, 1, DEADLINE_MS) == 1) {
        ssize_t got = read (fd, buffer + length, size - 1 - length);
        if (got <= 0) {
            break;
        }
        length += (size_t) got;
    }
    buffer[length] = '\0';
    return length;
}

int
http_get (uint16_t port, const char *path, char *body, size_t size)
{
    static char answer[65536];
    struct sockaddr_in place = loopback (port);
    int status = 0;
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect (fd, (struct sockaddr *) &place, sizeof place) == 0) {
        dprintf (fd, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
        read_all (fd, answer, sizeof answer);
        sscanf (answer, "HTTP/1.%*d %d", &status);
        const char *end = strstr (answer, "\r\n\r\n");
        if (body != NULL) {
            snprintf (body, size, "%s", end != NULL ? end + 4 : "");
        }
    }
    close (fd);
    return status;
}

void
wait_ready (uint16_t admin_port, bool ready)
{
    WAIT_FOR (http_get (admin_port, "/readyz", NULL, 0) == (ready ? 200 : 503));
}

static double
sum_of (uint16_t admin_port, const char *name)
{
    static char page[65536];
    size_t length = strlen (name);
    size_t rows = 0;
    double sum = 0;
    assert_int_equal (http_get (admin_port, "/metrics", page, sizeof page), 200);
    for (const char *row = page; *row != '\0'; row += strcspn (row, "\n"), row += *row == '\n') {
        if (strncmp (row, name, length) == 0 && (row[length] == ' ' || row[length] == '{')) {
            const char *value = row + length + strcspn (row + length, " \n");
            // The value of a label may have spaces in it.
            const char *end = memchr (row, '}', strcspn (row, "\n"));
            sum += strtod (end != NULL ? end + 1 : value, NULL);
            rows++;
        }
    }
    if (rows == 0) {
        fail_msg ("no metric %s", name);
    }
    return sum;
}

uint64_t
metric_value (uint16_t admin_port, const char *name)
{
    return (uint64_t) sum_of (admin_port, name);
}

uint64_t
metric_ms (uint16_t admin_port, const char *name)
{
    return (uint64_t) (sum_of (admin_port, name) * 1000 + 0.5);
}

uint64_t
now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

void
breathe (void)
{
    poll (NULL, 0, 5);
}
