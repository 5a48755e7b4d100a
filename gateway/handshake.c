// handshake.c -- checks requests to the Socket.IO path.

#include "gateway/handshake.h"

#include <string.h>

static bool
is (const char *text, const char *wanted)
{
    return text != NULL && strcmp (text, wanted) == 0;
}

// True if `origin` stands in the list, letter for letter.
static bool
is_listed (const char *origin, const char *origins)
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
is_allowed (const handshake_t *handshake, const char *origins)
{
    const char *origin = handshake->origin;
    if (origin == NULL || handshake_allow_origin (origin, origins) != NULL) {
        return true;
    }
    const char *authority = strstr (origin, "://");
    return authority != NULL && is (handshake->host, authority + 3);
}

// A header's value is visible characters only; anything else is an attempt at something.
static bool
is_printable (const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text == 0x7f) {
            return false;
        }
    }
    return true;
}

eio_error_t
handshake_check (const handshake_t *handshake, const char *origins)
{
    bool websocket = is (handshake->transport, "websocket");
    if (!websocket && !is (handshake->transport, "polling")) {
        return EIO_UNKNOWN_TRANSPORT;
    }
    if (handshake->origin != NULL && !is_printable (handshake->origin)) {
        return EIO_BAD_REQUEST;
    }
    if (handshake->sid != NULL) {
        // A proxy that drops the Upgrade header must not cost anybody a session.
        return websocket == handshake->upgrade ? EIO_FINE : EIO_BAD_REQUEST;
    }
    if (handshake->method != METHOD_GET) {
        return EIO_BAD_METHOD;
    }
    if (websocket != handshake->upgrade) {
        return EIO_BAD_REQUEST;
    }
    if (!is_allowed (handshake, origins)) {
        return EIO_FORBIDDEN;
    }
    return is (handshake->version, "4") ? EIO_FINE : EIO_WRONG_VERSION;
}

void
handshake_address (const char *peer, const char *forwarded, unsigned hops, char *address,
                   size_t size)
{
    const char *begin = peer;
    size_t bytes = strlen (peer);
    const char *end = forwarded != NULL ? forwarded + strlen (forwarded) : NULL;
    for (unsigned hop = 0; hop < hops && end != NULL; hop++) {
        const char *comma = end;
        while (comma > forwarded && comma[-1] != ',') {
            comma--;
        }
        begin = comma;
        bytes = (size_t) (end - comma);
        end = comma > forwarded ? comma - 1 : NULL;
    }
    while (bytes > 0 && *begin == ' ') {
        begin++;
        bytes--;
    }
    while (bytes > 0 && begin[bytes - 1] == ' ') {
        bytes--;
    }
    bytes = bytes < size ? bytes : size - 1;
    memcpy (address, begin, bytes);
    address[bytes] = '\0';
}

const char *
handshake_allow_origin (const char *origin, const char *origins)
{
    if (is (origins, "*")) {
        return "*";
    }
    return is_listed (origin, origins) ? origin : NULL;
}
