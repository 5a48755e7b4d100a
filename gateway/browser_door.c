// browser_door.c -- HTTP and WebSockets, on libwebsockets 4.1 or later and the loop's libuv.
//
// Hears requests and frames, and gives them to Engine.IO sessions; sends what these have to send.
// Keeps one carrier_t a connection.
//
// Rules of this library that the code below keeps: one lws_write is one frame and has LWS_PRE
// bytes in front of it; its own messages come in pieces; it must not close a connection from
// within that connection's callbacks, so closing goes through a timer; without extensions, because
// inflated messages get stuck (fixed in its 4.3.3); a POST is answered when its body is complete,
// and then at once; what it keeps for a connection is not cleared between two requests on it.

#include "gateway/browser_door.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "base/must.h"
#include "gateway/browser_door_inside.h"

#define SECONDS_MOST 15      // For headers, or a body, to arrive.
#define KEEPALIVE_SECONDS 65 // Above what browsers and proxies keep an idle connection for.

uint64_t
door_now_ms (const browser_door_t *door)
{
    return uv_now (loop_uv (door->loop));
}

// --- What Engine.IO asks for ---

static void
wake (void *self)
{
    carrier_t *carrier = self;
    if (carrier->kind == CARRIER_WEBSOCKET) {
        door_ready (carrier);
    }
    else {
        lws_callback_on_writable (carrier->wsi);
    }
}

static void
close_finished (uv_timer_t *closer)
{
    browser_door_t *door = closer->data;
    while (door->finished != NULL) {
        carrier_t *carrier = door->finished;
        door->finished = carrier->next_finished;
        lws_close_reason (carrier->wsi, (enum lws_close_status) carrier->status, NULL, 0);
        lws_set_timeout (carrier->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
    }
}

static void
finish (void *self, unsigned status)
{
    carrier_t *carrier = self;
    browser_door_t *door = carrier->door;
    while (carrier->session != NULL && !lws_partial_buffered (carrier->wsi)
           && !door_write_frames (carrier)) {
    }
    carrier->session = NULL;
    carrier->status = status;
    carrier->next_finished = door->finished;
    door->finished = carrier;
    uv_timer_start (&door->closer, close_finished, 0, 0);
}

static void
answer (void *self, char packet)
{
    carrier_t *carrier = self;
    carrier->session = NULL;
    carrier->reply = REPLY_PACKET;
    carrier->packet = packet;
    wake (carrier);
}

static void
refuse (void *self, eio_error_t error)
{
    carrier_t *carrier = self;
    carrier->session = NULL;
    carrier->reply = REPLY_ERROR;
    carrier->error = error;
    if (carrier->kind == CARRIER_GET) {
        wake (carrier);
    }
}

const engineio_door_t browser_engine_door = {wake, finish, answer, refuse};

// --- What libwebsockets tells ---

static int
on_event (struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t bytes)
{
    struct lws_vhost *vhost = lws_get_vhost (wsi);
    browser_door_t *door = vhost != NULL ? lws_get_vhost_user (vhost) : NULL;
    switch (reason) {
        case LWS_CALLBACK_WSI_CREATE:
            door->counts.connections++;
            return 0;
        case LWS_CALLBACK_WSI_DESTROY:
            door->counts.connections--;
            return 0;
        case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
            return door_filter_request (door, wsi, user);
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
            return door_confirm_upgrade (door, wsi);
        case LWS_CALLBACK_HTTP:
            return door_on_request (door, wsi, user);
        case LWS_CALLBACK_HTTP_BODY:
            return door_on_body (user, in, bytes);
        case LWS_CALLBACK_HTTP_BODY_COMPLETION:
            return door_on_body_complete (user);
        case LWS_CALLBACK_HTTP_WRITEABLE:
            return door_on_http_writable (user);
        case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        case LWS_CALLBACK_CLOSED_HTTP:
            if (user != NULL) {
                door_on_http_closed (user);
            }
            return 0;
        case LWS_CALLBACK_ESTABLISHED:
            return door_on_opened (door, wsi, user);
        case LWS_CALLBACK_RECEIVE:
            return door_on_piece (user, in, bytes);
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return door_on_writable (user);
        case LWS_CALLBACK_CLOSED:
            door_on_closed (user);
            return 0;
        default:
            return lws_callback_http_dummy (wsi, reason, user, in, bytes);
    }
}

static const struct lws_protocols protocols[] = {
    {"browser", on_event, sizeof (carrier_t), RECEIVE_BYTES, 0, NULL, SEND_BYTES},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

// --- Life cycle ---

// Sent with every answer: the page loads nothing from elsewhere, and nothing may frame it.
static const struct lws_protocol_vhost_options referrer_header = {
    NULL, NULL, "referrer-policy:", "no-referrer"};
static const struct lws_protocol_vhost_options sniff_header = {
    &referrer_header, NULL, "x-content-type-options:", "nosniff"};
static const struct lws_protocol_vhost_options page_headers = {
    &sniff_header, NULL, "content-security-policy:",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"};

struct lws_http_mount *
door_mount (browser_door_t *door, const char *path, const char *origin, unsigned char kind)
{
    size_t place = door->mount_count++;
    size_t bytes = strlen (path);
    door->mounts[place] = (struct lws_http_mount){
        .mountpoint = path,
        .mountpoint_len = (unsigned char) (bytes > 1 ? bytes - 1 : bytes), // Without the slash.
        .origin = origin,
        .origin_protocol = kind,
        .def = "index.html",
    };
    if (place > 0) {
        door->mounts[place - 1].mount_next = &door->mounts[place];
    }
    return &door->mounts[place];
}

static bool
open_context (browser_door_t *door)
{
    void *loops[] = {loop_uv (door->loop)};
    // That the library looks at texts byte by byte takes a message 1100 instructions; but where it does not, it
    // waits five seconds for the end of who breaks the protocol.
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_VALIDATE_UTF8
                 | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .foreign_loops = loops,
        .protocols = protocols,
        .mounts = door->mounts,
        .headers = &page_headers,
        .user = door,
        .timeout_secs = SECONDS_MOST,
        .keepalive_timeout = KEEPALIVE_SECONDS,
        .max_http_header_data = HEADERS_MOST,
    };
    info.gid -= 1; // -1: stay who we are. Of what type it is depends on the version.
    info.uid -= 1;
    if (door->settings.tls_cert[0] != '\0') {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = door->settings.tls_cert;
        info.ssl_private_key_filepath = door->settings.tls_key;
        info.alpn = "http/1.1"; // Not HTTP/2, which has WebSockets of its own.
    }
    for (size_t i = 0; i < door->settings.path_count; i++) {
        door_mount (door, door->settings.paths[i].path, "browser", LWSMPRO_CALLBACK);
    }
    if (door->settings.web_root[0] != '\0') {
        door_mount_page (door);
    }
    door->context = lws_create_context (&info);
    if (door->context == NULL) {
        return false;
    }
    door_serve_files (door);
    door->vhost = lws_create_vhost (door->context, &info);
    return door->vhost != NULL;
}

// New connections get the new certificate; if it is no good, the old one stays.
static void
reload_certificate (uv_signal_t *reload, int number)
{
    browser_door_t *door = reload->data;
    (void) number;
    int failed = lws_tls_cert_updated (door->context, door->settings.tls_cert,
                                       door->settings.tls_key, NULL, 0, NULL, 0);
    log_event (failed != 0 ? LEVEL_ERROR : LEVEL_INFO, "certificate_reloaded",
               LOG_FIELDS (LOG_NUMBER ("failed", failed != 0)));
}

// A connection was accepted.
static void
adopt (void *self, int fd)
{
    browser_door_t *door = self;
    if (door->counts.connections >= door->settings.connections_most
        || (size_t) fd >= door->settings.descriptors_most) {
        door->counts.turned_away++;
        close (fd);
        return;
    }
    door->counts.accepted++;
    if (lws_adopt_socket_vhost (door->vhost, fd) == NULL) {
        door->counts.turned_away++;
    }
}

browser_door_t *
browser_door_new (loop_t *loop, browser_settings_t settings, const char *process)
{
    browser_door_t *door = must_alloc (sizeof *door);
    door->loop = loop;
    door->settings = settings;
    uv_timer_init (loop_uv (loop), &door->closer);
    door->closer.data = door;
    loop_at_poll_end (loop, door_hear_held, door);
    loop_at_turn_end (loop, door_hear_held, door); // The library may read between turns, too.
    loop_at_turn_end (loop, door_write_ready, door);
    uv_signal_init (loop_uv (loop), &door->reload);
    door->reload.data = door;
    if (settings.tls_cert[0] != '\0') {
        uv_signal_start (&door->reload, reload_certificate, SIGHUP);
    }
    // The library's own log would tell of addresses and tokens.
    lws_set_log_level (0, NULL);
    if (!open_context (door)) {
        config_wrong (process, settings.tls_cert[0] == '\0' || door->context == NULL
                                 ? "libwebsockets cannot run on libuv; install libwebsockets-evlib-uv."
                                 : "TLS_CERT or TLS_KEY is not a certificate and its key in PEM.");
        browser_door_destroy (&door);
        return NULL;
    }
    door->port = port_door_new (loop, settings.address, settings.port, settings.shared_port, adopt,
                                door);
    if (door->port == NULL) {
        config_wrong (process, "cannot listen on BIND %s and PORT %u: %s.", settings.address,
                      settings.port, strerror (errno));
        browser_door_destroy (&door);
    }
    return door;
}

void
browser_door_close_port (browser_door_t *door)
{
    door->wary_until_ms = UINT64_MAX; // The next request of whoever is connected goes elsewhere.
    port_door_destroy (&door->port);
}

// The library frees the last of its context when the loop has closed the handles that it had there.
static void
free_door (void *self)
{
    browser_door_t *door = self;
    if (door->context != NULL) {
        lws_context_destroy (door->context);
    }
    writer_close (&door->writer);
    free (door);
}

void
browser_door_destroy (browser_door_t **door)
{
    if (*door != NULL) {
        browser_door_close_port (*door);
        if ((*door)->context != NULL) {
            lws_context_destroy ((*door)->context);
        }
        uv_close ((uv_handle_t *) &(*door)->closer, NULL);
        uv_close ((uv_handle_t *) &(*door)->reload, NULL);
        loop_at_end ((*door)->loop, free_door, *door);
        *door = NULL;
    }
}

const browser_counts_t *
browser_door_counts (const browser_door_t *door)
{
    return &door->counts;
}
