// healthcheck.c -- one GET of /readyz with a deadline. It runs in a process of its own, which may
// wait.

#include "actor/healthcheck.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/config.h"

#define DEADLINE_MS 2000
#define ANSWER_BYTES 2048

typedef struct {
    int fd;
    uint64_t end_ms;            // When the answer must be there, monotonic.
    char answer[ANSWER_BYTES];  // Terminated.
} question_t;

// Waits for the socket until the deadline. False, with errno set, if that has passed.
static bool
await (const question_t *question, short events)
{
    uint64_t now_ms = clock_monotonic_ms ();
    int left_ms = now_ms < question->end_ms ? (int) (question->end_ms - now_ms) : 0;
    struct pollfd wait = {.fd = question->fd, .events = events};
    int ready = poll (&wait, 1, left_ms);
    errno = ready == 0 ? ETIMEDOUT : errno;
    return ready == 1;
}

static bool
reach (const question_t *question, const address_t *place)
{
    int reason = 0;
    socklen_t size = sizeof reason;
    if (connect (question->fd, &place->any, place->bytes) == 0) {
        return true;
    }
    if (errno != EINPROGRESS || !await (question, POLLOUT)) {
        return false;
    }
    getsockopt (question->fd, SOL_SOCKET, SO_ERROR, &reason, &size);
    errno = reason;
    return reason == 0;
}

static bool
put (const question_t *question)
{
    static const char request[] =
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    // It fits any socket's buffer: it goes out as a whole.
    return send (question->fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0;
}

// Reads to the end of the answer, or of the room for it.
static bool
hear (question_t *question)
{
    size_t length = 0;
    ssize_t got = 1;
    while (got > 0 && length + 1 < ANSWER_BYTES) {
        if (!await (question, POLLIN)) {
            return false;
        }
        got = recv (question->fd, question->answer + length, ANSWER_BYTES - 1 - length, 0);
        length += got > 0 ? (size_t) got : 0;
    }
    question->answer[length] = '\0';
    return got >= 0;
}

// Says which conditions do not hold; the page has one a line, such as "redis no".
static void
say_conditions (const char *process, const char *answer)
{
    char missing[ANSWER_BYTES] = "";
    size_t length = 0;
    const char *line = strstr (answer, "\r\n\r\n");
    for (line = line != NULL ? line + 4 : ""; *line != '\0'; line += *line == '\n') {
        size_t bytes = strcspn (line, "\n");
        if (bytes > 3 && strncmp (line + bytes - 3, " no", 3) == 0) {
            length += (size_t) snprintf (missing + length, sizeof missing - length, "%s%.*s",
                                         length > 0 ? ", " : "", (int) bytes - 3, line);
        }
        line += bytes;
    }
    config_wrong (process, "is not ready; it lacks: %s.", missing);
}

static int
ask (question_t *question, const char *process, const address_t *place, uint16_t port)
{
    if (!reach (question, place) || !put (question) || !hear (question)) {
        config_wrong (process, "nobody answers at ADMIN_PORT %u: %s.", port, strerror (errno));
        return 1;
    }
    if (strncmp (question->answer, "HTTP/1.1 200 ", 13) == 0) {
        return 0;
    }
    if (strncmp (question->answer, "HTTP/1.1 503 ", 13) == 0) {
        say_conditions (process, question->answer);
        return 1;
    }
    // Whatever it says stays unsaid: it is not ours.
    config_wrong (process, "what listens at ADMIN_PORT %u is something else.", port);
    return 1;
}

int
healthcheck (const char *process, const char *address, uint16_t port)
{
    address_t place;
    question_t question = {.end_ms = clock_monotonic_ms () + DEADLINE_MS};
    if (!address_read (address, port, &place)) {
        config_wrong (process, "BIND is '%s'; it must be an address.", address);
        return 1;
    }
    address_reach (&place);
    question.fd = socket (place.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (question.fd < 0) {
        config_wrong (process, "cannot make a socket: %s.", strerror (errno));
        return 1;
    }
    int code = ask (&question, process, &place, port);
    close (question.fd);
    return code;
}
