// stage.c -- starts services with keys, and knocks at them.

#include "bus/stage.h"

#include <stdio.h>

#include "support/cmocka_all.h"

#define RINGS_MOST 16

stage_t stage;

// Nothing that they need is there: listening is all that is asked of them.
const host_t hosts[] = {
    {MATCHER_BINARY, "matcher", ROLE_MATCHER, ROLE_GATEWAY, "gateway"},
    {RELAY_BINARY, "relay", ROLE_RELAY, ROLE_GATEWAY, "gateway"},
    {SESSIONS_BINARY, "sessions", ROLE_RECORDER, ROLE_MATCHER, "matcher"},
    {NULL, NULL, ROLE_NONE, ROLE_NONE, NULL},
};
const host_t *const relay_host = &hosts[1];

static keyring_t *rings[RINGS_MOST]; // Of peers; owned.
static size_t ring_count;

static const struct {
    const char *name;
    role_t role;
} pairs[] = {
    {"gateway", ROLE_GATEWAY}, {"guest", ROLE_GATEWAY},      {"matcher", ROLE_MATCHER},
    {"relay", ROLE_RELAY},     {"relay_next", ROLE_RELAY},   {"relay_false", ROLE_RELAY},
    {"sessions", ROLE_RECORDER},
};

#define PAIRS (sizeof pairs / sizeof pairs[0])

int
stage_set_up (void **state)
{
    (void) state;
    stage.keys = keys_new ();
    stage.bus_port = free_port ();
    stage.admin_port = free_port ();
    for (size_t i = 0; i < PAIRS; i++) {
        keys_make (stage.keys, pairs[i].name, pairs[i].role);
    }
    keys_list (stage.keys, "list",
               (const char *[]){"gateway", "matcher", "relay", "sessions", NULL});
    return 0;
}

// The secret half of a pair, as its file has it.
static const char *
secret_of (const char *name)
{
    static char secret[KEY_BYTES + 1];
    char file[64];
    snprintf (file, sizeof file, "%s.key", name);
    FILE *in = fopen (keys_path (stage.keys, file), "r");
    assert_non_null (in);
    while (fscanf (in, " secret %40s", secret) != 1) {
        assert_int_equal (fscanf (in, "%*[^\n]"), 0);
        assert_false (feof (in));
    }
    fclose (in);
    return secret;
}

static void
assert_no_key_is_said (void)
{
    for (size_t i = 0; i < PAIRS; i++) {
        assert_false (service_logged (stage.service, keys_public (stage.keys, pairs[i].name)));
        assert_false (service_logged (stage.service, secret_of (pairs[i].name)));
    }
}

int
stage_tear_down (void **state)
{
    (void) state;
    if (stage.service != NULL) {
        assert_no_key_is_said ();
        service_stop (&stage.service);
    }
    for (size_t i = 0; i < ring_count; i++) {
        keyring_destroy (&rings[i]);
    }
    ring_count = 0;
    peer_use_keys (NULL);
    keys_destroy (&stage.keys);
    return 0;
}

void
stage_start_as (const host_t *host, const char *name)
{
    char file[64];
    snprintf (file, sizeof file, "%s.key", name);
    stage.service = service_start (host->binary, (const char *[]){
        "BUS_PORT", number_text (stage.bus_port), "ADMIN_PORT", number_text (stage.admin_port),
        "BUS_KEY", keys_path (stage.keys, file), "BUS_KEYS", keys_path (stage.keys, "list"),
        "REDIS_URL", "unix:///nowhere", "RECORDERS", "tcp://127.0.0.1:1",
        "DATABASE_URL", "postgresql://chat@/chat?host=/nowhere", "LOG_LEVEL", "debug", NULL});
    WAIT_FOR (http_get (stage.admin_port, "/healthz", NULL, 0) == 200
              || service_ended (stage.service));
    assert_false (service_ended (stage.service));
}

void
stage_start (const host_t *host)
{
    stage_start_as (host, host->name);
}

peer_t *
stage_knock (const host_t *host, const char *name, const char *list)
{
    keyring_t *ring = NULL;
    if (name != NULL) {
        assert_true (ring_count < RINGS_MOST);
        ring = keys_ring (stage.keys, name, list);
        rings[ring_count++] = ring;
    }
    peer_use_keys (ring);
    return peer_knock (stage.bus_port, host->caller, host->role);
}

uint64_t
stage_metric (const char *name)
{
    return metric_value (stage.admin_port, name);
}
