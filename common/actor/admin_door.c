// admin_door.c -- the operator's HTTP pages, on libmicrohttpd without a thread of its own.
//
// At most 16 connections at once; one that is silent for 10 s is closed.

#include "actor/admin_door.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/address.h"
#include "base/must.h"

struct admin_door {
    struct MHD_Daemon *daemon; // Owned.
    uv_poll_t poll;            // Its epoll descriptor.
    admin_view_t view;
};

static enum MHD_Result
answer (struct MHD_Connection *connection, unsigned status, const char *type, char *page)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer (strlen (page), page, MHD_RESPMEM_MUST_FREE);
    must (response != NULL);
    MHD_add_response_header (response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header (response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    enum MHD_Result result = MHD_queue_response (connection, status, response);
    MHD_destroy_response (response);
    return result;
}

static enum MHD_Result
serve (void *self, struct MHD_Connection *connection, const char *url, const char *method,
       const char *version, const char *body, size_t *body_bytes, void **request)
{
    static const char text[] = "text/plain; charset=utf-8";
    const admin_view_t *view = &((admin_door_t *) self)->view;
    (void) version;
    (void) body;
    (void) request;
    if (strcmp (method, "GET") != 0 || *body_bytes != 0) {
        *body_bytes = 0;
        return answer (connection, MHD_HTTP_METHOD_NOT_ALLOWED, text, must_copy ("GET only\n", 9));
    }
    if (strcmp (url, "/healthz") == 0) {
        return answer (connection, MHD_HTTP_OK, text, must_copy ("ok\n", 3));
    }
    if (strcmp (url, "/readyz") == 0) {
        bool ready;
        char *page = admin_readiness (view->conditions, view->self, &ready);
        return answer (connection, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, text, page);
    }
    if (strcmp (url, "/metrics") == 0) {
        char *page = admin_metrics (view->sets, view->set_count);
        return answer (connection, MHD_HTTP_OK, "text/plain; version=0.0.4", page);
    }
    return answer (connection, MHD_HTTP_NOT_FOUND, text,
                   must_copy ("/healthz /readyz /metrics\n", 26));
}

static void
on_readable (uv_poll_t *poll, int status, int events)
{
    (void) status;
    (void) events;
    admin_door_tick (poll->data);
}

admin_door_t *
admin_door_new (loop_t *loop, const char *address, uint16_t port, admin_view_t view)
{
    address_t place;
    if (!address_read (address, port, &place)) {
        errno = EINVAL;
        return NULL;
    }
    admin_door_t *door = must_alloc (sizeof *door);
    door->view = view;
    unsigned flags = MHD_USE_EPOLL | (place.any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    door->daemon =
        MHD_start_daemon (flags, port, NULL, NULL, serve, door, MHD_OPTION_SOCK_ADDR, &place.any,
                          MHD_OPTION_CONNECTION_LIMIT, 16U, MHD_OPTION_CONNECTION_TIMEOUT, 10U,
                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) 16384, MHD_OPTION_END);
    if (door->daemon == NULL) {
        free (door);
        return NULL;
    }
    int fd = MHD_get_daemon_info (door->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    must (uv_poll_init (loop_uv (loop), &door->poll, fd) == 0);
    door->poll.data = door;
    must (uv_poll_start (&door->poll, UV_READABLE, on_readable) == 0);
    return door;
}

void
admin_door_tick (admin_door_t *door)
{
    MHD_run (door->daemon);
}

static void
free_door (uv_handle_t *poll)
{
    free (poll->data);
}

void
admin_door_destroy (admin_door_t **door)
{
    if (*door != NULL) {
        uv_poll_stop (&(*door)->poll);
        MHD_stop_daemon ((*door)->daemon);
        uv_close ((uv_handle_t *) &(*door)->poll, free_door);
        *door = NULL;
    }
}
