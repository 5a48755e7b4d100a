// eio_polling.c -- HTTP long polling: a GET that is held, and POSTs.
//
// A payload is packets with 0x1e between them; a binary message is "b" and its bytes in base64 (RFC
// 4648, section 4). At most one GET and one POST of a session are under way at once.

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/eio_session.h"

#define SEPARATOR '\x1e'

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// --- GET ---

eio_error_t
eio_poll (eio_session_t *session, void *carrier, uint64_t now_ms)
{
    if (!eio_is_alive (session, now_ms)) {
        return EIO_UNKNOWN_SID;
    }
    if (session->transport != POLLING) {
        return EIO_BAD_REQUEST;
    }
    if (session->carrier != NULL) {
        eio_close (session, EIO_PARSE_ERROR);
        return EIO_BAD_REQUEST;
    }
    session->carrier = carrier;
    eio_upgrade_poll (session, now_ms);
    eio_wake (session);
    return EIO_FINE;
}

static void
write_base64 (writer_t *writer, const unsigned char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 3) {
        size_t left = bytes - i;
        unsigned group = (unsigned) data[i] << 16 | (left > 1 ? (unsigned) data[i + 1] << 8 : 0)
                       | (left > 2 ? data[i + 2] : 0);
        char letters[4] = {
            base64_letters[group >> 18],
            base64_letters[group >> 12 & 63],
            left > 1 ? base64_letters[group >> 6 & 63] : '=',
            left > 2 ? base64_letters[group & 63] : '=',
        };
        writer_raw (writer, letters, 4);
    }
}

void
eio_collect (eio_session_t *session, writer_t *writer)
{
    eio_packet_t packet;
    session->carrier = NULL;
    while ((packet.data = queue_first (&session->queue, &packet.bytes, &packet.binary)) != NULL) {
        size_t needed = 2 + (packet.binary ? packet.bytes / 3 * 4 + 4 : packet.bytes);
        if (writer->size > 0) {
            if (writer->size + needed > session->engineio->settings.max_payload) {
                break; // The next GET gets the rest.
            }
            writer_raw (writer, &(char){SEPARATOR}, 1);
        }
        if (packet.binary) {
            writer_raw (writer, &(char){PACKET_BINARY}, 1);
            write_base64 (writer, (const unsigned char *) packet.data, packet.bytes);
        }
        else {
            writer_raw (writer, packet.data, packet.bytes);
        }
        queue_remove (&session->queue);
    }
    eio_tell_written (session);
}

// --- POST ---

eio_error_t
eio_post_begin (eio_session_t *session, void *carrier, uint64_t now_ms)
{
    if (!eio_is_alive (session, now_ms)) {
        return EIO_UNKNOWN_SID;
    }
    if (session->transport != POLLING) {
        return EIO_BAD_REQUEST;
    }
    if (session->posting != NULL) {
        eio_close (session, EIO_PARSE_ERROR);
        return EIO_BAD_REQUEST;
    }
    session->posting = carrier;
    return EIO_FINE;
}

static int
base64_value (char letter)
{
    const char *place = letter != '\0' ? strchr (base64_letters, letter) : NULL;
    return place != NULL ? (int) (place - base64_letters) : -1;
}

// Decodes padded base64 into `data`, which has room for it. False if it is not that.
static bool
read_base64 (const char *text, size_t bytes, char *data, size_t *size)
{
    size_t padding = 0;
    *size = 0;
    if (bytes % 4 != 0) {
        return false;
    }
    while (padding < 2 && padding < bytes && text[bytes - 1 - padding] == '=') {
        padding++;
    }
    for (size_t i = 0; i < bytes; i += 4) {
        unsigned group = 0;
        for (size_t j = 0; j < 4; j++) {
            bool padded = i + j >= bytes - padding;
            int value = padded ? 0 : base64_value (text[i + j]);
            if (value < 0) {
                return false;
            }
            group = group << 6 | (unsigned) value;
        }
        for (int shift = 16; shift >= 0; shift -= 8) {
            data[(*size)++] = (char) (group >> shift & 255);
        }
    }
    *size -= padding;
    return true;
}

static void
on_binary (eio_session_t *session, const char *text, size_t bytes)
{
    size_t size;
    char *data = must_alloc (bytes);
    if (read_base64 (text, bytes, data, &size)) {
        session->engineio->app->message (session->above, true, data, size);
    }
    else {
        eio_close (session, EIO_PARSE_ERROR);
    }
    free (data);
}

eio_error_t
eio_post (eio_session_t *session, const char *body, size_t bytes, uint64_t now_ms)
{
    bool closed_by_client = false;
    const char *at = body;
    const char *end = body + bytes;
    eio_hold (session);
    session->posting = NULL;
    while (at <= end && session->state != CLOSED) {
        const char *stop = at < end ? memchr (at, SEPARATOR, (size_t) (end - at)) : NULL;
        size_t size = (size_t) ((stop != NULL ? stop : end) - at);
        closed_by_client = size == 1 && at[0] == PACKET_CLOSE;
        if (size > 0 && at[0] == PACKET_BINARY) {
            on_binary (session, at + 1, size - 1);
        }
        else {
            eio_packet (session, at, size, now_ms);
        }
        at += size + 1;
    }
    bool fine = session->state != CLOSED || closed_by_client;
    eio_release (session);
    return fine ? EIO_FINE : EIO_BAD_REQUEST;
}
