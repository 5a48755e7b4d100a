// guard.h -- who may speak with this process on the bus: with keys, whoever has one that is listed;
// without, whoever reaches it, so then it listens only where the world does not.

#ifndef GUARD_H
#define GUARD_H

#include <stdint.h>

#include "actor/keyring.h"
#include "actor/loop.h"
#include "base/config.h"

typedef struct guard guard_t;

// Reads the keys that BUS_KEY and BUS_KEYS name, if they name any, and BUS_KEYS again on SIGHUP or
// when the file has changed. NULL, and the reason on standard error, if they are wrong.
guard_t *
guard_new (loop_t *loop, const config_t *config, const char *process);

void
guard_destroy (guard_t **guard);

// The keys; NULL: there are none.
const keyring_t *
guard_keyring (const guard_t *guard);

// Before this process listens for peers of those `roles` (bit 1 << role): begins to answer for them.
// False, and the reason on standard error, if it has no keys and BIND is an address that the world
// may reach, unless BUS_INSECURE says so.
bool
guard_listen (guard_t *guard, const config_t *config, unsigned roles);

// Before this process dials peers of that role. False, and the reason on standard error, if there
// are keys but none of the role.
bool
guard_dial (const guard_t *guard, role_t role);

// Looks whether BUS_KEYS has changed, when that is due.
void
guard_tick (guard_t *guard, uint64_t now_ms);

// Connections that were refused as their key is not listed.
uint64_t
guard_refused (const guard_t *guard);

#endif
