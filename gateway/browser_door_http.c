// browser_door_http.c -- requests of browsers, and the polling transport.
//
// Every answer is complete when it is written: there is no answer in pieces. A GET is held by
// having no answer yet; a POST is answered when its body is complete, with whatever error was found
// when it began.

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/browser_door_inside.h"

#define HTTP_STATUS_TOO_MANY_REQUESTS 429 // RFC 6585, section 4.
#define WARY_MS 60000 // How long after the last misuse of a connection none is used twice.
#define PATH_SIZE 64 // Of a path that leads anywhere.

// --- Answers ---

// Adds a header whose name ends with a colon. False if there is no room.
static bool
add_header (struct lws *wsi, const char *name, const char *value, unsigned char **at,
            unsigned char *end)
{
    return lws_add_http_header_by_name (wsi, (const unsigned char *) name,
                                        (const unsigned char *) value, (int) strlen (value), at,
                                        end)
        == 0;
}

// What a page of another origin needs to read the answer, on errors too.
static bool
add_cors_headers (carrier_t *carrier, unsigned char **at, unsigned char *end)
{
    const char *origins = carrier->door->settings.origins;
    const char *allowed =
        carrier->origin != NULL ? handshake_allow_origin (carrier->origin, origins) : NULL;
    bool named = strcmp (origins, "*") != 0;
    return (!named || add_header (carrier->wsi, "vary:", "Origin", at, end))
        && (allowed == NULL
            || add_header (carrier->wsi, "access-control-allow-origin:", allowed, at, end))
        && (allowed == NULL || !named
            || add_header (carrier->wsi, "access-control-allow-credentials:", "true", at, end));
}

static bool
add_retry_after (carrier_t *carrier, unsigned char **at, unsigned char *end)
{
    char text[16];
    snprintf (text, sizeof text, "%u", carrier->retry_after_s);
    return carrier->retry_after_s == 0 || add_header (carrier->wsi, "retry-after:", text, at, end);
}

// How much is allocated for so many bytes of a message or a body: a power of two, as one may come in
// thousands of pieces.
static size_t
room_of (size_t bytes)
{
    size_t room = 4 * RECEIVE_BYTES;
    while (room < bytes) {
        room *= 2;
    }
    return room;
}

void
door_add_piece (carrier_t *carrier, const char *data, size_t bytes)
{
    size_t room = room_of (carrier->partial_bytes + bytes);
    if (carrier->partial == NULL || room > room_of (carrier->partial_bytes)) {
        carrier->partial = must_resize (carrier->partial, room);
    }
    if (bytes > 0) {
        memcpy (carrier->partial + carrier->partial_bytes, data, bytes);
    }
    carrier->partial_bytes += bytes;
}

void
door_clear_request (carrier_t *carrier)
{
    free (carrier->partial);
    free (carrier->origin);
    carrier->partial = NULL;
    carrier->partial_bytes = 0;
    carrier->origin = NULL;
    carrier->retry_after_s = 0;
    carrier->session = NULL;
    carrier->kind = CARRIER_NONE;
}

// While somebody misuses connections, none is used twice (door_filter_request).
static bool
is_wary (const browser_door_t *door)
{
    return door_now_ms (door) < door->wary_until_ms;
}

// Is done with a request. What the library keeps for the connection may be freed by this.
static int
complete (carrier_t *carrier, bool written)
{
    struct lws *wsi = carrier->wsi;
    bool goes_on = written && !is_wary (carrier->door);
    door_clear_request (carrier);
    return goes_on && lws_http_transaction_completed (wsi) == 0 ? 0 : -1;
}

// Answers with `bytes` bytes, and is done with the request. Returns what the callback returns: -1
// closes the connection.
static int
respond (carrier_t *carrier, unsigned status, const char *type, const char *body, size_t bytes)
{
    struct lws *wsi = carrier->wsi;
    unsigned char head[LWS_PRE + 2048];
    unsigned char *at = head + LWS_PRE;
    unsigned char *end = head + sizeof head - 1;
    bool written = lws_add_http_common_headers (wsi, status, type, bytes, &at, end) == 0
                && add_header (wsi, "cache-control:", "no-store", &at, end)
                && (!is_wary (carrier->door)
                    || add_header (wsi, "connection:", "close", &at, end))
                && add_retry_after (carrier, &at, end)
                && add_cors_headers (carrier, &at, end)
                && lws_finalize_write_http_header (wsi, head + LWS_PRE, &at, end) == 0;
    if (written) {
        char *room = must_alloc (LWS_PRE + bytes);
        if (bytes > 0) {
            memcpy (room + LWS_PRE, body, bytes);
        }
        // Somebody who has gone must not be waited for: the library would turn in a circle.
        written = lws_write (wsi, (unsigned char *) room + LWS_PRE, bytes, LWS_WRITE_HTTP_FINAL) >= 0;
        free (room);
    }
    return complete (carrier, written);
}

static int
respond_text (carrier_t *carrier, const char *type, const char *text)
{
    return respond (carrier, HTTP_STATUS_OK, type, text, strlen (text));
}

static int
respond_error (carrier_t *carrier, eio_error_t error)
{
    char body[128];
    int bytes = snprintf (body, sizeof body, "{\"code\":%d,\"message\":\"%s\"}", (int) error,
                          eio_error_name (error));
    carrier->door->counts.refused++;
    return respond (carrier, error == EIO_FORBIDDEN ? HTTP_STATUS_FORBIDDEN : HTTP_STATUS_BAD_REQUEST,
                    "application/json", body, (size_t) bytes);
}

// Somebody comes too often.
static int
respond_later (carrier_t *carrier, refusal_t refusal, uint64_t retry_after_ms)
{
    char body[256];
    unsigned seconds = (unsigned) ((retry_after_ms + 999) / 1000);
    int bytes = snprintf (body, sizeof body,
                          "{\"code\":\"%s\",\"message\":\"%s\",\"retryAfter\":%u}",
                          refusal_code (refusal), refusal_sentence (refusal), seconds);
    carrier->retry_after_s = seconds;
    carrier->door->counts.refused++;
    return respond (carrier, HTTP_STATUS_TOO_MANY_REQUESTS, "application/json", body,
                    (size_t) bytes);
}

// Answers a request whose body will not be read, and closes.
static int
respond_and_close (carrier_t *carrier, unsigned status)
{
    carrier->door->counts.refused++;
    respond (carrier, status, "text/plain", "", 0);
    return -1;
}

static int
respond_packets (carrier_t *carrier)
{
    writer_t *writer = &carrier->door->writer;
    writer_clear (writer);
    eio_collect (carrier->session, writer);
    return respond (carrier, HTTP_STATUS_OK, "text/plain; charset=UTF-8", writer->bytes,
                    writer->size);
}

// The answer to a preflight request.
static int
respond_preflight (carrier_t *carrier)
{
    struct lws *wsi = carrier->wsi;
    unsigned char head[LWS_PRE + 2048];
    unsigned char *at = head + LWS_PRE;
    unsigned char *end = head + sizeof head - 1;
    char wanted[512];
    const char *headers =
        door_header (wsi, WSI_TOKEN_HTTP_AC_REQUEST_HEADERS, wanted, sizeof wanted);
    bool sensible = headers != NULL && strcmp (headers, "\n") != 0;
    bool written =
        lws_add_http_common_headers (wsi, HTTP_STATUS_NO_CONTENT, NULL, 0, &at, end) == 0
        && add_header (wsi, "access-control-allow-methods:", "GET,POST", &at, end)
        && add_header (wsi, "access-control-allow-headers:", sensible ? headers : "content-type",
                       &at, end)
        && add_header (wsi, "access-control-max-age:", "600", &at, end)
        && add_cors_headers (carrier, &at, end)
        && lws_finalize_write_http_header (wsi, head + LWS_PRE, &at, end) == 0;
    return complete (carrier, written);
}

// --- Requests ---

const char *
door_header (struct lws *wsi, enum lws_token_indexes token, char *text, size_t size)
{
    if (lws_hdr_total_length (wsi, token) == 0) {
        return NULL;
    }
    if (lws_hdr_copy (wsi, text, (int) size, token) < 0) {
        return "\n";
    }
    return text;
}

engineio_t *
door_path (const browser_door_t *door, const char *path)
{
    for (size_t i = 0; i < door->settings.path_count; i++) {
        const browser_path_t *known = &door->settings.paths[i];
        size_t bytes = strlen (known->path) - 1; // Without the slash, which may be left out.
        if (strncmp (path, known->path, bytes) == 0
            && (path[bytes] == '\0' || strcmp (path + bytes, "/") == 0)) {
            return known->engineio;
        }
    }
    return NULL;
}

// Copies the value of an argument of the query, whose name ends with '='. NULL if there is none;
// one that does not fit becomes one that fits nothing.
static const char *
read_argument (struct lws *wsi, const char *name, char *text, size_t size)
{
    // The library copies every argument on its way to the wanted one, and gives up at one that
    // does not fit.
    char scratch[HEADERS_MOST];
    const char *value = lws_get_urlarg_by_name (wsi, name, scratch, sizeof scratch);
    if (value == NULL) {
        return NULL;
    }
    size_t bytes = strlen (value);
    if (bytes >= size) {
        return "\n";
    }
    memcpy (text, value, bytes + 1);
    return text;
}

void
door_read_request (struct lws *wsi, texts_t *texts, method_t method, bool upgrade)
{
    texts->handshake = (handshake_t){
        .method = method,
        .upgrade = upgrade,
        .transport = read_argument (wsi, "transport=", texts->transport, sizeof texts->transport),
        .sid = read_argument (wsi, "sid=", texts->sid, sizeof texts->sid),
        .version = read_argument (wsi, "EIO=", texts->version, sizeof texts->version),
        .origin = door_header (wsi, WSI_TOKEN_ORIGIN, texts->origin, sizeof texts->origin),
        .host = door_header (wsi, WSI_TOKEN_HOST, texts->host, sizeof texts->host),
    };
}

ident_t
door_visitor (const browser_door_t *door, struct lws *wsi)
{
    char peer[INET6_ADDRSTRLEN + 1] = "";
    char forwarded[1024];
    char address[64];
    lws_get_peer_simple (wsi, peer, sizeof peer);
    handshake_address (peer,
                       door_header (wsi, WSI_TOKEN_X_FORWARDED_FOR, forwarded, sizeof forwarded),
                       door->settings.trusted_hops, address, sizeof address);
    return door->settings.name (door->settings.self, address);
}

eio_session_t *
door_session (engineio_t *engineio, const texts_t *texts)
{
    return engineio_find (engineio, texts->handshake.sid, strlen (texts->handshake.sid));
}

// The method of a request, and its path, as far as that fits: a longer one leads nowhere. (The path
// that the library's callback is given is sometimes the whole one, sometimes what follows a mount.)
static method_t
read_line (struct lws *wsi, char *path, size_t size)
{
    char *uri = NULL;
    int bytes = 0;
    int method = lws_http_get_uri_and_method (wsi, &uri, &bytes);
    size_t length = uri != NULL && (size_t) bytes < size ? (size_t) bytes : 0;
    if (length > 0) {
        memcpy (path, uri, length);
    }
    path[length] = '\0';
    switch (method) {
        case LWSHUMETH_GET: return METHOD_GET;
        case LWSHUMETH_POST: return METHOD_POST;
        case LWSHUMETH_OPTIONS: return METHOD_OPTIONS;
        default: return METHOD_OTHER;
    }
}

// Before anything of a request is done. A request with a body that stands behind another one in
// the same bytes makes the library turn in an endless circle: it is cut off. All that can be seen
// from here is that some bytes of some connection wait to be read. The first request of a connection
// stands behind none; so, once that matters, every answer ends its connection, and those who do no
// harm go on with first requests. A request that comes before its predecessor has
// been answered is cut off, too: its answer would be taken for the other's.
int
door_filter_request (browser_door_t *door, struct lws *wsi, const carrier_t *carrier)
{
    char path[PATH_SIZE];
    bool is_get = read_line (wsi, path, sizeof path) == METHOD_GET;
    bool has_body = lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0
                 || lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
    bool is_first = lws_get_opaque_user_data (wsi) == NULL;
    bool some_wait = lws_service_adjust_timeout (lws_get_context (wsi), 1, 0) == 0;
    bool too_early = carrier != NULL && carrier->kind != CARRIER_NONE;
    lws_set_opaque_user_data (wsi, wsi);
    if (!is_get && some_wait) {
        door->wary_until_ms = door_now_ms (door) + WARY_MS;
    }
    return (is_get && has_body) || (!is_get && !is_first && some_wait) || too_early ? 1 : 0;
}

static int
begin_poll (carrier_t *carrier, engineio_t *engineio, const texts_t *texts)
{
    uint64_t now_ms = door_now_ms (carrier->door);
    carrier->kind = CARRIER_GET;
    carrier->reply = REPLY_PACKETS;
    if (texts->handshake.sid == NULL) {
        uint64_t retry_after_ms;
        const browser_settings_t *settings = &carrier->door->settings;
        ident_t visitor = door_visitor (carrier->door, carrier->wsi);
        refusal_t refusal = settings->admit (settings->self, &visitor, now_ms, &retry_after_ms);
        if (refusal != REFUSAL_NONE) {
            return respond_later (carrier, refusal, retry_after_ms);
        }
        carrier->session = eio_open (engineio, &visitor, NULL, now_ms);
        return respond_packets (carrier);
    }
    carrier->session = door_session (engineio, texts);
    eio_error_t error = carrier->session != NULL ? eio_poll (carrier->session, carrier, now_ms)
                                                 : EIO_UNKNOWN_SID;
    if (error != EIO_FINE) {
        return respond_error (carrier, error);
    }
    // It may be held for long: no time-out, and the memory of its headers is given back.
    lws_set_timeout (carrier->wsi, NO_PENDING_TIMEOUT, 0);
    lws_http_headers_detach (carrier->wsi);
    return 0;
}

static int
begin_post (carrier_t *carrier, engineio_t *engineio, const texts_t *texts)
{
    struct lws *wsi = carrier->wsi;
    char length[24];
    char type[64];
    carrier->kind = CARRIER_POST;
    carrier->error = EIO_FINE;
    carrier->session = door_session (engineio, texts);
    const char *content_length =
        door_header (wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length);
    const char *content_type =
        door_header (wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, type, sizeof type);
    if (content_length == NULL || lws_hdr_total_length (wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        return respond_and_close (carrier, HTTP_STATUS_LENGTH_REQUIRED);
    }
    bool too_large =
        strtoull (content_length, NULL, 10) > engineio_settings (engineio)->max_payload;
    bool old_binary =
        content_type != NULL && strcmp (content_type, "application/octet-stream") == 0;
    carrier->error = carrier->session != NULL ? eio_post_begin (carrier->session, carrier,
                                                                door_now_ms (carrier->door))
                                              : EIO_UNKNOWN_SID;
    if (carrier->error != EIO_FINE) {
        carrier->session = NULL; // Not ours to close: it may use a WebSocket.
    }
    else if (too_large || old_binary) {
        eio_close (carrier->session, EIO_PARSE_ERROR); // Which refuses this POST.
    }
    return too_large ? respond_and_close (carrier, HTTP_STATUS_REQ_ENTITY_TOO_LARGE) : 0;
}

// A request that no file answers.
int
door_on_request (browser_door_t *door, struct lws *wsi, carrier_t *carrier)
{
    texts_t texts;
    char path[PATH_SIZE];
    if (carrier->kind != CARRIER_NONE) {
        return -1; // It stands behind one that has not been answered.
    }
    door_clear_request (carrier);
    carrier->wsi = wsi;
    carrier->door = door;
    method_t method = read_line (wsi, path, sizeof path);
    engineio_t *engineio = door_path (door, path);
    if (engineio == NULL) {
        return method == METHOD_GET ? respond (carrier, HTTP_STATUS_NOT_FOUND, "text/plain",
                                               "There is nothing here.\n", 23)
                                    : respond_and_close (carrier, HTTP_STATUS_METHOD_NOT_ALLOWED);
    }
    door_read_request (wsi, &texts, method, false);
    if (texts.handshake.origin != NULL) {
        carrier->origin = must_copy (texts.handshake.origin, strlen (texts.handshake.origin));
    }
    if (method == METHOD_OPTIONS) {
        return respond_preflight (carrier);
    }
    eio_error_t error = handshake_check (&texts.handshake, door->settings.origins);
    if (error == EIO_FINE && method == METHOD_GET) {
        return begin_poll (carrier, engineio, &texts);
    }
    if (error == EIO_FINE && method == METHOD_POST) {
        return begin_post (carrier, engineio, &texts);
    }
    if (method == METHOD_GET) {
        return respond_error (carrier, error);
    }
    // The answer to HEAD has no body (RFC 9110, 9.3.2).
    if (lws_hdr_total_length (wsi, WSI_TOKEN_HEAD_URI) > 0) {
        return respond_and_close (carrier, HTTP_STATUS_BAD_REQUEST);
    }
    // It may have a body, which is not read.
    respond_error (carrier, error == EIO_FINE ? EIO_BAD_REQUEST : error);
    return -1;
}

// --- Polling ---

int
door_on_body (carrier_t *carrier, const char *data, size_t bytes)
{
    if (carrier->kind != CARRIER_POST
        || carrier->partial_bytes + bytes > carrier->door->settings.max_payload) {
        return -1;
    }
    if (bytes > 0) { // An empty body is told as one of no bytes, at NULL.
        door_add_piece (carrier, data, bytes);
    }
    return 0;
}

int
door_on_body_complete (carrier_t *carrier)
{
    if (carrier->kind != CARRIER_POST) {
        return -1;
    }
    eio_session_t *session = carrier->session;
    carrier->session = NULL;
    if (session != NULL) {
        carrier->error = eio_post (session, carrier->partial_bytes > 0 ? carrier->partial : "",
                                   carrier->partial_bytes, door_now_ms (carrier->door));
    }
    return carrier->error == EIO_FINE ? respond_text (carrier, "text/html", "ok")
                                      : respond_error (carrier, carrier->error);
}

int
door_on_http_writable (carrier_t *carrier)
{
    if (carrier->kind != CARRIER_GET) {
        return 0;
    }
    switch (carrier->reply) {
        case REPLY_PACKETS:
            return carrier->session != NULL ? respond_packets (carrier) : -1;
        case REPLY_PACKET:
            return respond (carrier, HTTP_STATUS_OK, "text/plain; charset=UTF-8",
                            &carrier->packet, 1);
        case REPLY_ERROR:
            return respond_error (carrier, carrier->error);
    }
    must (!"a reply is of a known kind");
    return -1;
}

void
door_on_http_closed (carrier_t *carrier)
{
    eio_session_t *session = carrier->session;
    door_clear_request (carrier);
    if (session != NULL) {
        eio_carrier_gone (session, carrier);
    }
}

