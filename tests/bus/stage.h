// stage.h -- services with keys and peers with others, on one machine.

#ifndef STAGE_H
#define STAGE_H

#include "support/keys.h"
#include "support/peer.h"
#include "support/service.h"

// A service that others dial, and who may.
typedef struct {
    const char *binary;
    const char *name;  // Of its pair of keys.
    role_t role;
    role_t caller;     // A role that dials it,
    const char *key;   // and that role's pair.
} host_t;

typedef struct {
    keys_t *keys;       // Pairs gateway, guest (a gateway, too), matcher, relay, sessions, others.
    service_t *service; // NULL: none runs.
    uint16_t bus_port;
    uint16_t admin_port;
} stage_t;

extern stage_t stage;

// The matcher, the relay and the recorder; the last has no binary.
extern const host_t hosts[];

// The relay alone.
extern const host_t *const relay_host;

// Makes the keys; `list` has all but those of guests. For cmocka.
int
stage_set_up (void **state);

// Ends what runs, and fails if it has said any key.
int
stage_tear_down (void **state);

// Starts a service with its own pair, which trusts what `list` has.
void
stage_start (const host_t *host);

// The same with another pair.
void
stage_start_as (const host_t *host, const char *name);

// Knocks at the service with the keys of `name`, NULL for none, trusting `list`.
peer_t *
stage_knock (const host_t *host, const char *name, const char *list);

// The value of a metric of the service.
uint64_t
stage_metric (const char *name);

#endif
