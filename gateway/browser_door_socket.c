// browser_door_socket.c -- WebSockets of browsers (RFC 6455).

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/must.h"
#include "gateway/browser_door_inside.h"

#define READS_MOST 8  // Of a WebSocket in a turn, so that nobody waits long for who sends much; the rest comes next.
#define HEAD_LEAST 6  // Bytes of the head of a frame that comes in (RFC 6455, section 5.2).
#define HEAD_MOST 14

// Who was read more than this at once has likely sent more.
#define FULL_READ (RECEIVE_BYTES + LWS_PRE - HEAD_MOST)

// Answers a handshake with something else than a WebSocket.
static int
refuse_upgrade (browser_door_t *door, struct lws *wsi, const char *status, const char *more,
                const char *sentence)
{
    char answer[LWS_PRE + 512];
    int bytes = snprintf (answer + LWS_PRE, sizeof answer - LWS_PRE,
                          "HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: text/html\r\n%s"
                          "Content-Length: %zu\r\n\r\n%s",
                          status, more, strlen (sentence), sentence);
    door->counts.refused++;
    lws_write (wsi, (unsigned char *) answer + LWS_PRE, (size_t) bytes, LWS_WRITE_HTTP_HEADERS);
    return -1;
}

// A WebSocket that is to be the beginning of a session.
static int
admit_upgrade (browser_door_t *door, struct lws *wsi)
{
    char more[64];
    uint64_t retry_after_ms;
    ident_t visitor = door_visitor (door, wsi);
    refusal_t refusal = door->settings.admit (door->settings.self, &visitor, door_now_ms (door),
                                              &retry_after_ms);
    if (refusal == REFUSAL_NONE) {
        return 0;
    }
    snprintf (more, sizeof more, "Retry-After: %lu\r\n",
              (unsigned long) ((retry_after_ms + 999) / 1000));
    return refuse_upgrade (door, wsi, "429 Too Many Requests", more, refusal_sentence (refusal));
}

// A WebSocket handshake. The library must not be trusted with any other kind of upgrade: a second
// request's "Upgrade: foo" reads freed memory there, and h2c is not wanted.
int
door_confirm_upgrade (browser_door_t *door, struct lws *wsi)
{
    char text[64];
    texts_t texts;
    const char *upgrade = door_header (wsi, WSI_TOKEN_UPGRADE, text, sizeof text);
    if (upgrade == NULL || strcasecmp (upgrade, "websocket") != 0) {
        return -1;
    }
    const char *path = door_header (wsi, WSI_TOKEN_GET_URI, text, sizeof text);
    engineio_t *engineio = path != NULL ? door_path (door, path) : NULL;
    door_read_request (wsi, &texts, METHOD_GET, true);
    eio_error_t error = engineio == NULL
                          ? EIO_BAD_REQUEST
                          : handshake_check (&texts.handshake, door->settings.origins);
    bool begins = texts.handshake.sid == NULL;
    if (error == EIO_FINE && !begins && door_session (engineio, &texts) == NULL) {
        error = EIO_UNKNOWN_SID;
    }
    if (error != EIO_FINE) {
        return refuse_upgrade (door, wsi,
                               error == EIO_FORBIDDEN ? "403 Forbidden" : "400 Bad Request", "",
                               eio_error_name (error));
    }
    return begins ? admit_upgrade (door, wsi) : 0;
}

void
door_ready (carrier_t *carrier)
{
    if (!carrier->is_ready) {
        carrier->is_ready = true;
        carrier->next_ready = carrier->door->ready;
        carrier->door->ready = carrier;
    }
}

void
door_write_ready (void *self)
{
    browser_door_t *door = self;
    while (door->ready != NULL) {
        carrier_t *carrier = door->ready;
        door->ready = carrier->next_ready;
        carrier->is_ready = false;
        door_on_writable (carrier);
    }
}

// How long the head of a frame is.
static size_t
head_bytes (size_t bytes)
{
    return bytes < 126 ? 2 : bytes < 65536 ? 4 : 10;
}

// Writes the head of a frame, whole and not masked (RFC 6455, section 5.2), into the room in front of
// it. Returns where it begins.
static char *
write_head (const eio_packet_t *packet)
{
    size_t size = head_bytes (packet->bytes);
    unsigned char *head = (unsigned char *) packet->data - size;
    uint64_t bytes = packet->bytes;
    head[0] = packet->binary ? 0x82 : 0x81;
    head[1] = (unsigned char) (size == 2 ? bytes : size == 4 ? 126 : 127);
    for (size_t i = size - 1; i >= 2; i--) {
        head[i] = (unsigned char) bytes;
        bytes >>= 8;
    }
    return (char *) head;
}

// All frames of a turn are one call of the system, and nobody asks before whether the socket is
// writable: a message costs the gateway half of what it did with a call for each, when 16 are on their
// way, and three quarters when one is; a connect three quarters. One frame alone is not copied.
bool
door_write_frames (carrier_t *carrier)
{
    browser_door_t *door = carrier->door;
    eio_packet_t packet;
    char *piece = NULL;
    size_t bytes = 0;  // Of the piece.
    size_t taken = 0;  // The place behind what is in it.
    size_t place = 0;
    bool more;
    if (carrier->is_closed || lws_get_close_length (carrier->wsi) > 0) {
        return true; // The library is about to close it, or waits for the other side to.
    }
    if (lws_partial_buffered (carrier->wsi)) {
        return false;
    }
    while ((more = eio_next (carrier->session, carrier, &place, &packet))) {
        size_t size = head_bytes (packet.bytes) + packet.bytes;
        if (bytes > 0 && bytes + size > SEND_BYTES) {
            break;
        }
        char *frame = write_head (&packet);
        if (bytes == 0) {
            piece = frame;
        }
        else {
            if (piece != door->frames) {
                memcpy (door->frames, piece, bytes);
                piece = door->frames;
            }
            memcpy (door->frames + bytes, frame, size);
        }
        bytes += size;
        taken = place;
    }
    if (bytes == 0) {
        return true;
    }
    // Of this kind the library takes bytes as they are; it keeps what the socket does not take.
    if (lws_write (carrier->wsi, (unsigned char *) piece, bytes, LWS_WRITE_HTTP) < 0) {
        // Somebody who has gone must not be waited for.
        lws_set_timeout (carrier->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
        return true;
    }
    eio_sent (carrier->session, carrier, taken);
    return !more;
}

int
door_on_opened (browser_door_t *door, struct lws *wsi, carrier_t *carrier)
{
    char path[64];
    texts_t texts;
    door_clear_request (carrier);
    *carrier = (carrier_t){.kind = CARRIER_WEBSOCKET, .wsi = wsi, .door = door};
    const char *uri = door_header (wsi, WSI_TOKEN_GET_URI, path, sizeof path);
    engineio_t *engineio = uri != NULL ? door_path (door, uri) : NULL;
    if (engineio == NULL) {
        return -1;
    }
    door_read_request (wsi, &texts, METHOD_GET, true);
    if (texts.handshake.sid == NULL) {
        ident_t visitor = door_visitor (door, wsi);
        carrier->session = eio_open (engineio, &visitor, carrier, door_now_ms (door));
        return 0;
    }
    carrier->session = door_session (engineio, &texts);
    if (carrier->session == NULL) {
        return -1;
    }
    eio_probe (carrier->session, carrier, door_now_ms (door));
    return 0;
}

// --- What comes in ---
//
// The library reads little at once, so whoever has sent more is read again in the same turn. Until then
// what was read is held, so that all messages of one browser follow each other: else they would be split
// into many small bundles, and so would be what answers them, and what the browser says to that. Whether
// there is more is known when the next one is read: if not, what was read is heard then.

typedef enum { HELD_TEXT, HELD_BINARY, HELD_MORE } held_kind_t;

// In front of what is held.
typedef struct {
    carrier_t *carrier; // NULL: it was closed.
    size_t bytes;
    held_kind_t kind;   // A message, or that there is likely more to read.
} held_t;

static size_t
held_size (size_t bytes)
{
    return sizeof (held_t) + (bytes + 7) / 8 * 8;
}

static void
hear (carrier_t *carrier, const char *data, size_t bytes, held_kind_t kind)
{
    if (carrier->session != NULL) {
        eio_frame (carrier->session, carrier, kind == HELD_BINARY, data, bytes,
                   door_now_ms (carrier->door));
    }
}

// It may be closed on return.
static void
read_on (carrier_t *carrier)
{
    browser_door_t *door = carrier->door;
    struct lws_pollfd readable = {.fd = lws_get_socket_fd (carrier->wsi)};
    unsigned reads = 1;
    do {
        door->reader = NULL;
        door->reader_bytes = 0;
        readable.events = readable.revents = LWS_POLLIN;
        if (lws_service_fd (door->context, &readable) != 0) {
            // It waits for its end: the library sets its timer only when it is woken.
            lws_cancel_service (door->context);
            return;
        }
    } while (door->reader == carrier && door->reader_bytes > FULL_READ && ++reads < READS_MOST);
}

// Hears all that is held behind a place.
static void
hear_held (browser_door_t *door, size_t from, bool reads_on)
{
    held_t head;
    door->hears = true;
    for (size_t at = from; at < door->held_bytes; at += held_size (head.bytes)) {
        memcpy (&head, door->held + at, sizeof head);
        if (head.carrier == NULL) {
            continue;
        }
        if (head.kind != HELD_MORE) {
            hear (head.carrier, door->held + at + sizeof head, head.bytes, head.kind);
        }
        else {
            head.carrier->is_kept = false;
            if (reads_on) {
                read_on (head.carrier);
            }
        }
    }
    door->held_bytes = from;
    door->kept_bytes = from;
    door->hears = false;
}

// False if there is no room.
static bool
hold (carrier_t *carrier, const char *data, size_t bytes, held_kind_t kind)
{
    browser_door_t *door = carrier->door;
    held_t head = {carrier, bytes, kind};
    if (held_size (bytes) > sizeof door->held - door->held_bytes) {
        return false;
    }
    char *place = door->held + door->held_bytes;
    memcpy (place, &head, sizeof head);
    if (bytes > 0) {
        memcpy (place + sizeof head, data, bytes);
    }
    door->held_bytes += held_size (bytes);
    return true;
}

static void
on_message (carrier_t *carrier, const char *data, size_t bytes, bool binary)
{
    browser_door_t *door = carrier->door;
    held_kind_t kind = binary ? HELD_BINARY : HELD_TEXT;
    if (door->hears) {
        hear (carrier, data, bytes, kind);
    }
    else if (!hold (carrier, data, bytes, kind)) {
        hear_held (door, 0, false);
        hear (carrier, data, bytes, kind);
    }
}

// What the library has read of one browser, in pieces, is read.
static void
end_read (browser_door_t *door)
{
    carrier_t *reader = door->reader;
    bool was_full = door->reader_bytes > FULL_READ;
    door->reader = NULL;
    door->reader_bytes = 0;
    if (reader == NULL || door->hears) {
        return;
    }
    reader->is_kept = was_full && hold (reader, NULL, 0, HELD_MORE);
    if (reader->is_kept) {
        door->kept_bytes = door->held_bytes;
    }
    else {
        hear_held (door, was_full ? 0 : door->kept_bytes, false);
    }
}

static void
begin_read (carrier_t *carrier)
{
    browser_door_t *door = carrier->door;
    end_read (door);
    if (carrier->is_kept && !door->hears) {
        hear_held (door, 0, false); // It is read twice in a turn: what came first is heard first.
    }
    door->reader = carrier;
}

void
door_hear_held (void *self)
{
    browser_door_t *door = self;
    end_read (door);
    hear_held (door, 0, true);
    door->reader = NULL;
    door->reader_bytes = 0;
}

// It is closed: what came before that is heard now, and nothing afterwards.
static void
hear_last (carrier_t *carrier)
{
    browser_door_t *door = carrier->door;
    carrier->is_closed = true;
    if (!door->hears) {
        hear_held (door, 0, false);
    }
    held_t head;
    for (size_t at = 0; at < door->held_bytes; at += held_size (head.bytes)) {
        memcpy (&head, door->held + at, sizeof head);
        if (head.carrier == carrier) {
            head.carrier = NULL;
            memcpy (door->held + at, &head, sizeof head);
        }
    }
    if (door->reader == carrier) {
        door->reader = NULL;
        door->reader_bytes = 0;
    }
}

// The usual message is one piece.
static int
take_piece (carrier_t *carrier, const char *data, size_t bytes)
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
    door_add_piece (carrier, data, bytes);
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

// A piece of a message.
int
door_on_piece (carrier_t *carrier, const char *data, size_t bytes)
{
    if (carrier->door->reader != carrier) {
        begin_read (carrier);
    }
    int end = take_piece (carrier, data, bytes);
    carrier->door->reader_bytes += HEAD_LEAST + bytes;
    return end;
}

int
door_on_writable (carrier_t *carrier)
{
    if (carrier->session != NULL && !door_write_frames (carrier)) {
        lws_callback_on_writable (carrier->wsi);
    }
    return 0;
}

void
door_on_closed (carrier_t *carrier)
{
    if (carrier == NULL || carrier->kind != CARRIER_WEBSOCKET) {
        return; // Its handshake came to nothing: it was never opened.
    }
    hear_last (carrier);
    carrier_t **place = &carrier->door->finished;
    while (*place != NULL && *place != carrier) {
        place = &(*place)->next_finished;
    }
    if (*place == carrier) {
        *place = carrier->next_finished;
    }
    if (carrier->is_ready) {
        place = &carrier->door->ready;
        while (*place != carrier) {
            place = &(*place)->next_ready;
        }
        *place = carrier->next_ready;
    }
    free (carrier->partial);
    carrier->partial = NULL;
    if (carrier->session != NULL) {
        eio_session_t *session = carrier->session;
        carrier->session = NULL;
        eio_carrier_gone (session, carrier);
    }
}
