// port_door.c -- accepts TCP connections and hands their descriptors on.
//
// When no descriptor is left it accepts nothing until its next turn a moment later, instead of
// turning in circles: the connection waits in the kernel's queue.

#include "gateway/port_door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/log.h"
#include "base/must.h"

#define BACKLOG 4096
#define ACCEPTS_A_TURN 64
#define PAUSE_MS 100 // Without a descriptor.

struct port_door {
    uv_poll_t poll;
    uv_timer_t pause;
    int fd;              // Owned.
    unsigned open;       // Handles whose close callback has not come.
    void (*accepted) (void *self, int fd);
    void *self;          // For accepted. Not owned.
};

static void
on_connection (uv_poll_t *poll, int status, int events);

static void
resume (uv_timer_t *pause)
{
    port_door_t *door = pause->data;
    uv_poll_start (&door->poll, UV_READABLE, on_connection);
}

static void
on_connection (uv_poll_t *poll, int status, int events)
{
    port_door_t *door = poll->data;
    (void) status;
    (void) events;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4 (door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            // Chat messages are small, and each is to leave at once.
            setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof (int));
            door->accepted (door->self, fd);
        }
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log_event (LEVEL_WARN, "accept_failed",
                       LOG_FIELDS (LOG_TEXT ("why", strerror (errno))));
            uv_poll_stop (&door->poll);
            uv_timer_start (&door->pause, resume, PAUSE_MS, 0);
            return;
        }
        else if (errno == EAGAIN) {
            return;
        }
    }
}

static int
bind_socket (const char *address, uint16_t port, bool shared)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons (port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons (port)};
    bool is_v4 = inet_pton (AF_INET, address, &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton (AF_INET6, address, &v6.sin6_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    const struct sockaddr *place = is_v4 ? (struct sockaddr *) &v4 : (struct sockaddr *) &v6;
    socklen_t size = is_v4 ? sizeof v4 : sizeof v6;
    int fd = socket (place->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof (int));
    setsockopt (fd, SOL_SOCKET, SO_REUSEPORT, &(int){shared}, sizeof (int));
    if (bind (fd, place, size) != 0 || listen (fd, BACKLOG) != 0) {
        int reason = errno;
        close (fd);
        errno = reason;
        return -1;
    }
    return fd;
}

port_door_t *
port_door_new (loop_t *loop, const char *address, uint16_t port, bool shared,
               void (*accepted) (void *self, int fd), void *self)
{
    int fd = bind_socket (address, port, shared);
    if (fd < 0) {
        return NULL;
    }
    port_door_t *door = must_alloc (sizeof *door);
    door->fd = fd;
    door->accepted = accepted;
    door->self = self;
    door->poll.data = door;
    door->pause.data = door;
    door->open = 2;
    must (uv_poll_init (loop_uv (loop), &door->poll, fd) == 0);
    must (uv_timer_init (loop_uv (loop), &door->pause) == 0);
    must (uv_poll_start (&door->poll, UV_READABLE, on_connection) == 0);
    return door;
}

static void
on_closed (uv_handle_t *handle)
{
    port_door_t *door = handle->data;
    if (--door->open == 0) {
        free (door);
    }
}

void
port_door_destroy (port_door_t **door)
{
    if (*door != NULL) {
        uv_poll_stop (&(*door)->poll);
        close ((*door)->fd);
        uv_close ((uv_handle_t *) &(*door)->poll, on_closed);
        uv_close ((uv_handle_t *) &(*door)->pause, on_closed);
        *door = NULL;
    }
}
