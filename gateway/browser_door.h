// browser_door.h -- HTTP and WebSockets for browsers. Only the browser_door files know libwebsockets.

#ifndef BROWSER_DOOR_H
#define BROWSER_DOOR_H

#include <stddef.h>
#include <stdint.h>

#include "actor/loop.h"
#include "gateway/engineio.h"
#include "wire/refusal.h"

typedef struct browser_door browser_door_t;

#define BROWSER_PATHS_MOST 2

// A path, which begins and ends with '/', and whose sessions are behind it.
typedef struct {
    const char *path;
    engineio_t *engineio;
} browser_path_t;

typedef struct {
    browser_path_t paths[BROWSER_PATHS_MOST];
    size_t path_count;
    // What to call whoever comes from an address, a literal.
    ident_t (*name) (void *self, const char *address);
    // Whether a visitor may open a session: REFUSAL_NONE; else why not, and when to try again.
    refusal_t (*admit) (void *self, const ident_t *visitor, uint64_t now_ms,
                        uint64_t *retry_after_ms);
    void *self;              // For these two. Not owned.
    unsigned trusted_hops;   // How many proxies, from here on, say truly who came to them.
    const char *address;     // A literal address to listen on.
    uint16_t port;
    bool shared_port;        // Other gateways of this machine may listen there, too.
    const char *tls_cert;    // Files of a certificate chain and its key, PEM; both empty: no TLS.
    const char *tls_key;
    const char *web_root;    // Folder of the page; empty: none.
    const char *origins;     // Allowed origins, separated by commas, or "*".
    size_t max_payload;      // Bytes of one message, over all its fragments.
    size_t connections_most; // At once; further ones are closed.
    size_t descriptors_most; // One that is as high, or higher, is closed, too: the rest is for others.
} browser_settings_t;

// What the door counts.
typedef struct {
    size_t connections; // Open ones, of any kind.
    uint64_t accepted;  // Since the start.
    uint64_t turned_away; // Because there were too many.
    uint64_t refused;   // Requests answered with an error.
} browser_counts_t;

// What to give engineio_new as its door.
extern const engineio_door_t browser_engine_door;

// Listens. NULL, with the reason on standard error, if that is not possible. The settings' texts
// must outlive the door.
browser_door_t *
browser_door_new (loop_t *loop, browser_settings_t settings, const char *process);

// Closes the port; open connections stay, but each answers at most one more request.
void
browser_door_close_port (browser_door_t *door);

// Closes every connection; the door is freed with the loop. All sessions must be closed.
void
browser_door_destroy (browser_door_t **door);

// What the door has counted so far.
const browser_counts_t *
browser_door_counts (const browser_door_t *door);

#endif
