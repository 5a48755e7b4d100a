// browser_door.c -- HTTP and WebSockets, on libwebsockets 4.1 or later and the loop's libuv.
//
// Hears requests and frames, and gives frames to Engine.IO sessions; sends what these have to
// send. Keeps one carrier_t a connection.
//
// Rules of this library that the code below keeps: one lws_write is one frame and has LWS_PRE
// bytes in front of it; its own messages come in pieces; it must not close a connection from
// within that connection's callbacks, so closing goes through a timer; without extensions, because
// inflated messages get stuck (fixed in its 4.3.3).

#include "gateway/browser_door.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <uv.h>

#include "base/log.h"
#include "base/must.h"
#include "gateway/port_door.h"

_Static_assert (LWS_PRE <= EIO_ROOM, "a packet's room must hold a frame's header");

#define FRAMES_A_TURN 16       // Written to one connection before the others get their turn.
#define RECEIVE_BYTES 1024     // A message comes in pieces of this size at most.
#define HEADERS_MOST 8192      // Bytes of a request's headers.
#define SECONDS_MOST 15        // For headers to arrive.
#define KEEPALIVE_SECONDS 65   // Above what browsers and proxies keep an idle connection for.

typedef struct carrier carrier_t;

struct browser_door {
    loop_t *loop;                // Not owned.
    browser_settings_t settings;
    browser_counts_t counts;
    engineio_t *engineio;        // Not owned.
    port_door_t *port;           // Owned; NULL once it is closed.
    struct lws_context *context; // Owned.
    struct lws_vhost *vhost;     // The context's.
    struct lws_http_mount mounts[3];
    carrier_t *finished;         // Carriers that are to be closed from `closer`.
    uv_timer_t closer;
};

// A connection, as libwebsockets keeps it for us.
struct carrier {
    struct lws *wsi;
    browser_door_t *door;    // Not owned. NULL: no WebSocket has been opened on it.
    eio_session_t *session;  // NULL: none any more.
    char *partial;           // A message that has not come to its end. Owned.
    size_t partial_bytes;
    unsigned status;         // Why it is closed (RFC 6455, 7.4); 0: it is not being closed.
    carrier_t *next_finished;
};

static uint64_t
now_of (const browser_door_t *door)
{
    return uv_now (loop_uv (door->loop));
}

// --- What Engine.IO asks for ---

static void
wake (void *self)
{
    carrier_t *carrier = self;
    lws_callback_on_writable (carrier->wsi);
}

// Sends what waits, as far as the socket takes it. False if some of it is left.
static bool
write_frames (carrier_t *carrier)
{
    eio_packet_t packet;
    for (int i = 0; i < FRAMES_A_TURN; i++) {
        if (!eio_next (carrier->session, &packet)) {
            return true;
        }
        lws_write (carrier->wsi, (unsigned char *) packet.data, packet.bytes,
                   packet.binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
        eio_sent (carrier->session);
        if (lws_send_pipe_choked (carrier->wsi)) {
            return false;
        }
    }
    return false;
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
    if (!lws_send_pipe_choked (carrier->wsi)) {
        write_frames (carrier);
    }
    carrier->session = NULL;
    carrier->status = status;
    carrier->next_finished = door->finished;
    door->finished = carrier;
    uv_timer_start (&door->closer, close_finished, 0, 0);
}

const engineio_door_t browser_engine_door = {wake, finish};

// --- Requests ---

// Copies a header; empty if there is none, or if it does not fit.
static void
read_header (struct lws *wsi, enum lws_token_indexes token, char *text, size_t size)
{
    if (lws_hdr_copy (wsi, text, (int) size, token) < 0) {
        text[0] = '\0';
    }
}

static bool
is_socket_path (const char *path)
{
    return strcmp (path, "/socket.io/") == 0 || strcmp (path, "/socket.io") == 0;
}

// True if `origin` stands in a list of origins, letter for letter.
static bool
is_listed (const char *origins, const char *origin)
{
    size_t bytes = strlen (origin);
    while (*origins != '\0') {
        size_t length = strcspn (origins, ",");
        if (length == bytes && strncmp (origins, origin, length) == 0) {
            return true;
        }
        origins += length;
        origins += *origins == ',';
    }
    return false;
}

// A page may connect if it comes from this very host, or if its origin is allowed. Programs that
// are no browsers send no Origin.
static bool
is_allowed (const browser_door_t *door, struct lws *wsi)
{
    char origin[300];
    char host[256];
    read_header (wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin);
    read_header (wsi, WSI_TOKEN_HOST, host, sizeof host);
    if (lws_hdr_total_length (wsi, WSI_TOKEN_ORIGIN) == 0
        || strcmp (door->settings.origins, "*") == 0
        || is_listed (door->settings.origins, origin)) {
        return true;
    }
    const char *authority = strstr (origin, "://");
    return authority != NULL && strcmp (authority + 3, host) == 0;
}

// True if the query has `name=value`. `name` ends with '='.
static bool
has_argument (struct lws *wsi, const char *name, const char *value)
{
    char text[64];
    const char *found = lws_get_urlarg_by_name (wsi, name, text, sizeof text);
    return found != NULL && strcmp (found, value) == 0;
}

// Why a handshake is refused: the body of the answer, NULL if it is not.
static const char *
refusal_of (const browser_door_t *door, struct lws *wsi)
{
    char path[64];
    char text[64];
    read_header (wsi, WSI_TOKEN_GET_URI, path, sizeof path);
    if (!is_socket_path (path)) {
        return "Not found";
    }
    if (!has_argument (wsi, "transport=", "websocket")) {
        return "Transport unknown";
    }
    if (lws_get_urlarg_by_name (wsi, "sid=", text, sizeof text) != NULL) {
        return "Session ID unknown";
    }
    if (!is_allowed (door, wsi)) {
        return "Forbidden";
    }
    if (!has_argument (wsi, "EIO=", "4")) {
        return "Unsupported protocol version";
    }
    return NULL;
}

// A WebSocket handshake. The library must not be trusted with any other kind of upgrade: a second
// request's "Upgrade: foo" reads freed memory there, and h2c is not wanted.
static int
confirm_upgrade (browser_door_t *door, struct lws *wsi)
{
    char upgrade[32];
    char answer[LWS_PRE + 256];
    read_header (wsi, WSI_TOKEN_UPGRADE, upgrade, sizeof upgrade);
    if (strcasecmp (upgrade, "websocket") != 0) {
        return -1;
    }
    const char *refusal = refusal_of (door, wsi);
    if (refusal == NULL) {
        return 0;
    }
    door->counts.refused++;
    int bytes = snprintf (answer + LWS_PRE, sizeof answer - LWS_PRE,
                          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                          "Content-Type: text/html\r\nContent-Length: %zu\r\n\r\n%s",
                          strlen (refusal), refusal);
    lws_write (wsi, (unsigned char *) answer + LWS_PRE, (size_t) bytes, LWS_WRITE_HTTP_HEADERS);
    return -1;
}

// A request that no file answers.
static int
answer_request (browser_door_t *door, struct lws *wsi, const char *path)
{
    door->counts.refused++;
    lws_return_http_status (wsi, is_socket_path (path) ? HTTP_STATUS_BAD_REQUEST
                                                       : HTTP_STATUS_NOT_FOUND,
                            NULL);
    return -1;
}

// Nothing but GET without a body is served. A request with a body that stands behind another one
// in the same bytes makes the library turn in an endless circle.
static int
filter_request (struct lws *wsi)
{
    bool is_get = lws_hdr_total_length (wsi, WSI_TOKEN_GET_URI) > 0;
    bool has_body = lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0
                 || lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
    return is_get && !has_body ? 0 : 1;
}

// --- WebSockets ---

static int
on_opened (browser_door_t *door, struct lws *wsi, carrier_t *carrier)
{
    *carrier = (carrier_t){.wsi = wsi, .door = door};
    carrier->session = eio_open (door->engineio, carrier, now_of (door));
    return 0;
}

static void
on_message (carrier_t *carrier, const char *data, size_t bytes, bool binary)
{
    if (carrier->session != NULL) {
        eio_frame (carrier->session, binary, data, bytes, now_of (carrier->door));
    }
}

// A piece of a message. The usual message is one piece, and is not copied.
static int
on_piece (carrier_t *carrier, const char *data, size_t bytes)
{
    bool last = lws_remaining_packet_payload (carrier->wsi) == 0
             && lws_is_final_fragment (carrier->wsi);
    bool binary = lws_frame_is_binary (carrier->wsi) != 0;
    if (carrier->partial_bytes + bytes > carrier->door->settings.max_payload) {
        lws_close_reason (carrier->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
        return -1;
    }
    if (last && carrier->partial == NULL) {
        on_message (carrier, data, bytes, binary);
        return 0;
    }
    carrier->partial = must_resize (carrier->partial, carrier->partial_bytes + bytes);
    if (bytes > 0) {
        memcpy (carrier->partial + carrier->partial_bytes, data, bytes);
    }
    carrier->partial_bytes += bytes;
    if (last) {
        char *whole = carrier->partial;
        size_t whole_bytes = carrier->partial_bytes;
        carrier->partial = NULL;
        carrier->partial_bytes = 0;
        on_message (carrier, whole, whole_bytes, binary);
        free (whole);
    }
    return 0;
}

static int
on_writable (carrier_t *carrier)
{
    if (carrier->session != NULL && !write_frames (carrier)) {
        lws_callback_on_writable (carrier->wsi);
    }
    return 0;
}

static void
on_closed (carrier_t *carrier)
{
    carrier_t **place = &carrier->door->finished;
    while (*place != NULL && *place != carrier) {
        place = &(*place)->next_finished;
    }
    if (*place == carrier) {
        *place = carrier->next_finished;
    }
    free (carrier->partial);
    carrier->partial = NULL;
    if (carrier->session != NULL) {
        eio_session_t *session = carrier->session;
        carrier->session = NULL;
        eio_carrier_gone (session);
    }
}

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
            return filter_request (wsi);
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
            return confirm_upgrade (door, wsi);
        case LWS_CALLBACK_HTTP:
            return answer_request (door, wsi, in);
        case LWS_CALLBACK_ESTABLISHED:
            return on_opened (door, wsi, user);
        case LWS_CALLBACK_RECEIVE:
            return on_piece (user, in, bytes);
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return on_writable (user);
        case LWS_CALLBACK_CLOSED:
            on_closed (user);
            return 0;
        default:
            return lws_callback_http_dummy (wsi, reason, user, in, bytes);
    }
}

static const struct lws_protocols protocols[] = {
    {"browser", on_event, sizeof (carrier_t), RECEIVE_BYTES, 0, NULL, 16384},
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
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"};

static void
mount (browser_door_t *door, size_t place, const char *path, const char *origin,
       unsigned char kind)
{
    door->mounts[place] = (struct lws_http_mount){
        .mountpoint = path,
        .mountpoint_len = (unsigned char) strlen (path),
        .origin = origin,
        .origin_protocol = kind,
        .def = "index.html",
    };
    if (place > 0) {
        door->mounts[place - 1].mount_next = &door->mounts[place];
    }
}

static bool
open_context (browser_door_t *door)
{
    void *loops[] = {loop_uv (door->loop)};
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
        .gid = -1,
        .uid = -1,
    };
    mount (door, 0, "/socket.io", "browser", LWSMPRO_CALLBACK);
    if (door->settings.web_root[0] != '\0') {
        mount (door, 1, "/", door->settings.web_root, LWSMPRO_FILE);
    }
    door->context = lws_create_context (&info);
    door->vhost = door->context != NULL ? lws_create_vhost (door->context, &info) : NULL;
    return door->vhost != NULL;
}

// A connection was accepted.
static void
adopt (void *self, int fd)
{
    browser_door_t *door = self;
    if (door->counts.connections >= door->settings.connections_most) {
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
    // The library's own log would tell of addresses and tokens.
    lws_set_log_level (0, NULL);
    if (!open_context (door)) {
        fprintf (stderr,
                 "%s: libwebsockets cannot run on libuv; is libwebsockets-evlib-uv installed?\n",
                 process);
        browser_door_destroy (&door);
        return NULL;
    }
    door->port = port_door_new (loop, settings.address, settings.port, adopt, door);
    if (door->port == NULL) {
        fprintf (stderr, "%s: cannot listen on BIND %s and PORT %u: %s.\n", process,
                 settings.address, settings.port, strerror (errno));
        browser_door_destroy (&door);
    }
    return door;
}

void
browser_door_serve (browser_door_t *door, engineio_t *engineio)
{
    door->engineio = engineio;
}

void
browser_door_close_port (browser_door_t *door)
{
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
        loop_at_end ((*door)->loop, free_door, *door);
        *door = NULL;
    }
}

const browser_counts_t *
browser_door_counts (const browser_door_t *door)
{
    return &door->counts;
}
