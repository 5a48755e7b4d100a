// guard.c -- the bus's settings, made into keys and answers.

#include "actor/guard.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "actor/zap.h"
#include "base/address.h"
#include "base/must.h"

#define LOOK_EVERY_MS 2000

struct guard {
    loop_t *loop;          // Not owned.
    const char *process;   // Not owned.
    keyring_t *keyring;    // Owned; NULL: no keys.
    zap_t *zap;            // Owned; NULL until it listens with keys.
    uv_signal_t hang_up;   // SIGHUP.
    uint64_t look_at_ms;   // When to look at BUS_KEYS next.
};

static void
on_hang_up (uv_signal_t *signal, int number)
{
    guard_t *guard = signal->data;
    (void) number;
    if (guard->keyring != NULL) {
        keyring_reread (guard->keyring);
    }
}

// False, and the reason on standard error, if the settings are wrong.
static bool
read_keys (guard_t *guard, const config_t *config)
{
    char wrong[KEYRING_WRONG];
    const char *key = config_text (config, "BUS_KEY");
    const char *keys = config_text (config, "BUS_KEYS");
    if (*key == '\0' && *keys == '\0') {
        return true;
    }
    if (*key == '\0' || *keys == '\0') {
        config_wrong (guard->process, "BUS_KEY and BUS_KEYS go together: %s is not set.",
                      *key == '\0' ? "BUS_KEY" : "BUS_KEYS");
        return false;
    }
    guard->keyring = keyring_new (key, keys, wrong);
    if (guard->keyring == NULL) {
        config_wrong (guard->process, "%s", wrong);
    }
    return guard->keyring != NULL;
}

guard_t *
guard_new (loop_t *loop, const config_t *config, const char *process)
{
    guard_t *guard = must_alloc (sizeof *guard);
    guard->loop = loop;
    guard->process = process;
    uv_signal_init (loop_uv (loop), &guard->hang_up);
    guard->hang_up.data = guard;
    // Without keys, too: a terminal that hangs up ends no service.
    uv_signal_start (&guard->hang_up, on_hang_up, SIGHUP);
    if (!read_keys (guard, config)) {
        guard_destroy (&guard);
    }
    return guard;
}

static void
free_guard (uv_handle_t *hang_up)
{
    free (hang_up->data);
}

void
guard_destroy (guard_t **guard)
{
    if (*guard != NULL) {
        zap_destroy (&(*guard)->zap);
        keyring_destroy (&(*guard)->keyring);
        uv_close ((uv_handle_t *) &(*guard)->hang_up, free_guard);
        *guard = NULL;
    }
}

const keyring_t *
guard_keyring (const guard_t *guard)
{
    return guard->keyring;
}

bool
guard_listen (guard_t *guard, const config_t *config, unsigned roles)
{
    address_t address;
    const char *bind = config_text (config, "BIND");
    if (guard->keyring != NULL) {
        guard->zap = zap_new (guard->loop, guard->keyring, roles);
        return true;
    }
    if (config_number (config, "BUS_INSECURE") == 1 || !address_read (bind, 0, &address)
        || address_is_private (&address)) {
        return true; // What is no address is found out by who binds it.
    }
    config_wrong (guard->process,
                  "BIND is %s, where anybody may reach BUS_PORT and speak as a peer: give it keys "
                  "with BUS_KEY and BUS_KEYS (deploy/keys makes them), a private address in BIND, "
                  "or BUS_INSECURE=1 if nobody else is on that network.",
                  bind);
    return false;
}

bool
guard_dial (const guard_t *guard, role_t role)
{
    if (guard->keyring != NULL && keyring_pick (guard->keyring, role, 0) == NULL) {
        config_wrong (guard->process, "BUS_KEYS has no key of a %s.", wire_role_name (role));
        return false;
    }
    return true;
}

void
guard_tick (guard_t *guard, uint64_t now_ms)
{
    if (guard->keyring != NULL && now_ms >= guard->look_at_ms) {
        guard->look_at_ms = now_ms + LOOK_EVERY_MS;
        keyring_reread_changed (guard->keyring);
    }
}

uint64_t
guard_refused (const guard_t *guard)
{
    return guard->zap != NULL ? zap_refused (guard->zap) : 0;
}
