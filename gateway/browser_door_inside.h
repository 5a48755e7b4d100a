// browser_door_inside.h -- the door from the inside: for the browser_door_*.c files alone, which
// together are the only ones that know libwebsockets.

#ifndef BROWSER_DOOR_INSIDE_H
#define BROWSER_DOOR_INSIDE_H

#include <libwebsockets.h>
#include <uv.h>

#include "gateway/browser_door.h"
#include "gateway/handshake.h"
#include "gateway/port_door.h"
#include "gateway/writer.h"

#define HEADERS_MOST 16384 // Bytes of a request's headers.
#define ORIGIN_SIZE 300    // Of an Origin header; a longer one is refused.
#define SEND_BYTES 16384   // Goes out in one piece at most.

// The library keeps so many bytes, and those in front of them, for each WebSocket, and reads no more at
// once; a message comes in pieces of this size at most. Not below the 125 bytes of a control frame.
#define RECEIVE_BYTES 256
#define HELD_BYTES 262144  // Of messages that were read in a turn: beyond that they are heard at once.

#define PAGE_PATH_SIZE 4352 // Of a file of the page: WEB_ROOT and what follows.

typedef struct carrier carrier_t;

// How the library opens files: as the system does, but for what lies there compressed.
typedef struct {
    struct lws_plat_file_ops ops;           // First, so that its address is ours.
    const struct lws_plat_file_ops *system; // The library's own.
} page_files_t;

struct browser_door {
    loop_t *loop;                // Not owned.
    browser_settings_t settings;
    browser_counts_t counts;
    writer_t writer;             // For the bodies of answers. Owned.
    port_door_t *port;           // Owned; NULL once it is closed.
    struct lws_context *context; // Owned.
    struct lws_vhost *vhost;     // The context's.
    page_files_t files;          // The context uses it.
    char assets[PAGE_PATH_SIZE]; // The folder of what may be kept by browsers.
    struct lws_http_mount mounts[BROWSER_PATHS_MOST + 2];
    size_t mount_count;
    uint64_t wary_until_ms;      // Until then every answer ends its connection.
    carrier_t *finished;         // WebSockets that are to be closed from `closer`.
    uv_timer_t closer;
    carrier_t *ready;            // WebSockets that are to be written to at the end of this turn.
    carrier_t *reader;           // The WebSocket that was read last; NULL: none.
    size_t reader_bytes;         // How many were read of it at once.
    bool hears;                  // What was held is heard; what is read now is heard at once.
    size_t held_bytes;
    size_t kept_bytes;           // Of these: of those who are to be read again.
    char held[HELD_BYTES];       // What was read in this turn.
    char frames[SEND_BYTES];     // Frames that go out in one piece.
    uv_signal_t reload;          // SIGHUP: the certificate has changed.
};

typedef enum {
    CARRIER_NONE,      // A request is being read, or has been answered.
    CARRIER_WEBSOCKET,
    CARRIER_GET,       // Held until there is something to answer.
    CARRIER_POST,      // Its body is coming.
} carrier_kind_t;

// What a held GET is to be answered with, when it can be written to.
typedef enum { REPLY_PACKETS, REPLY_PACKET, REPLY_ERROR } reply_t;

// A connection, as libwebsockets keeps it for us.
struct carrier {
    carrier_kind_t kind;
    reply_t reply;           // CARRIER_GET.
    eio_error_t error;       // REPLY_ERROR; and of a POST, whose body is awaited all the same.
    unsigned status;         // Why a WebSocket is closed (RFC 6455, 7.4).
    unsigned retry_after_s;  // For an answer that says so; else 0.
    char packet;             // REPLY_PACKET.
    bool is_ready;           // Listed in door->ready.
    bool is_closed;          // Nothing can be written to it any more.
    bool is_kept;            // It is to be read again, and what was read is held until then.
    struct lws *wsi;
    browser_door_t *door;    // Not owned.
    eio_session_t *session;  // NULL: none any more.
    char *partial;           // A message or a body that has not come to its end. Owned.
    size_t partial_bytes;
    char *origin;            // Of the page that asks, NULL: not said. Owned.
    carrier_t *next_finished;
    carrier_t *next_ready;
};

// A request's texts, for as long as it is looked at.
typedef struct {
    handshake_t handshake;
    char origin[ORIGIN_SIZE];
    char host[256];
    char transport[16];
    char sid[IDENT_SECRET_SIZE];
    char version[4];
} texts_t;

// The loop's monotonic time.
uint64_t
door_now_ms (const browser_door_t *door);

// Has a path answered from a folder, or by us. All of it is the door's.
struct lws_http_mount *
door_mount (browser_door_t *door, const char *path, const char *origin, unsigned char kind);

// --- browser_door_files.c: the page ---

// Before the context is made.
void
door_mount_page (browser_door_t *door);

// After that.
void
door_serve_files (browser_door_t *door);

// --- browser_door_http.c: requests, and polling ---

// Copies a header. NULL if there is none; one that does not fit becomes one that fits nothing.
const char *
door_header (struct lws *wsi, enum lws_token_indexes token, char *text, size_t size);

// Which sessions are behind a path; NULL if none are.
engineio_t *
door_path (const browser_door_t *door, const char *path);

// Reads what a request says; its handshake points into `texts`.
void
door_read_request (struct lws *wsi, texts_t *texts, method_t method, bool upgrade);

// Who sent a request.
ident_t
door_visitor (const browser_door_t *door, struct lws *wsi);

// The session that a request names.
eio_session_t *
door_session (engineio_t *engineio, const texts_t *texts);

// Puts a piece behind what has come of a message or a body. Whoever calls sees to max_payload.
void
door_add_piece (carrier_t *carrier, const char *data, size_t bytes);

// Ends a request: what it held is given back.
void
door_clear_request (carrier_t *carrier);

// The library's callbacks; each returns what the callback is to return.
int
door_filter_request (browser_door_t *door, struct lws *wsi, const carrier_t *carrier);

// A request has come whose headers are complete; `carrier` is what is kept for its connection.
int
door_on_request (browser_door_t *door, struct lws *wsi, carrier_t *carrier);

// A piece of a POST's body has come.
int
door_on_body (carrier_t *carrier, const char *data, size_t bytes);

// All of a POST's body has come.
int
door_on_body_complete (carrier_t *carrier);

// What a GET was held for can be written.
int
door_on_http_writable (carrier_t *carrier);

// The connection of a request is gone.
void
door_on_http_closed (carrier_t *carrier);

// --- browser_door_socket.c: WebSockets ---

// A request asks to become a WebSocket: 0 if it may; else it has been answered.
int
door_confirm_upgrade (browser_door_t *door, struct lws *wsi);

// It has become one.
int
door_on_opened (browser_door_t *door, struct lws *wsi, carrier_t *carrier);

// A piece of a message has come.
int
door_on_piece (carrier_t *carrier, const char *data, size_t bytes);

// The socket takes more.
int
door_on_writable (carrier_t *carrier);

// The WebSocket is gone.
void
door_on_closed (carrier_t *carrier);

// Something waits: it goes out when this turn of the loop has done everything else.
void
door_ready (carrier_t *carrier);

// Hears what was held, and reads on. Takes a browser_door_t.
void
door_hear_held (void *door);

// Writes to all that are ready. Takes a browser_door_t.
void
door_write_ready (void *door);

// Sends what waits, SEND_BYTES at most or one frame. False if some of it is left.
bool
door_write_frames (carrier_t *carrier);

#endif
