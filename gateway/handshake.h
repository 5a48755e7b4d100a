// handshake.h -- whether a request to the Socket.IO path is taken, and what a page elsewhere may
// read of the answer. Pure.

#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <stdbool.h>

#include "gateway/engineio.h"

typedef enum { METHOD_GET, METHOD_POST, METHOD_OPTIONS, METHOD_OTHER } method_t;

// What a request says. Texts are terminated; NULL: it does not say it.
typedef struct {
    method_t method;
    bool upgrade;          // It asks to become a WebSocket.
    const char *transport; // From the query, as are the next two.
    const char *sid;
    const char *version;
    const char *origin;    // From the headers, as is the next.
    const char *host;
} handshake_t;

// Checks a request in the order of the reference implementation. `origins` is a list of allowed
// origins, separated by commas, or "*". A sid is not looked up here.
eio_error_t
handshake_check (const handshake_t *handshake, const char *origins);

// Who came, given who is connected (`peer`) and what X-Forwarded-For says (NULL: nothing): behind
// `hops` proxies of ours it is the entry that the outermost of them has added, counted from the
// right; what stands further left anybody may have written. `address` gets a literal.
void
handshake_address (const char *peer, const char *forwarded, unsigned hops, char *address,
                   size_t size);

// The value of Access-Control-Allow-Origin for a page of that origin (Fetch standard, CORS
// protocol), or NULL if it gets none: "*", or the very origin.
const char *
handshake_allow_origin (const char *origin, const char *origins);

#endif
