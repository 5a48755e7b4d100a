// stage.c -- starts, clears, reads and ends processes.

#include "bench/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "support/cmocka_all.h"
#include "support/redis.h"
#include "support/service.h"

// The settings of matchers that every script is told, in that order, behind the prefix. Who waits
// with interests goes on wanting them.
// clang-format off
static const struct {
    const char *name;
    const char *value;
} settings[] = {
    {"REDIS_PREFIX", ""},
    {"LEASE_MS", "6000"},
    {"AVOID_MS", "8000"},
    {"RECOVERY_WINDOW_MS", "15000"},
    {"INTEREST_WAIT_MS", "600000"},
    {"RECENT_PARTNERS", "3"},
};
// clang-format on

#define SETTINGS (sizeof settings / sizeof *settings)

struct stage {
    redis_server_t *redis;              // Owned.
    pid_t redis_pid;                    // Of its process.
    ident_t gateway_ids[GATEWAYS];      // Their instances.
    gateways_t *gateways;               // Owned.
    bare_t *bare;                       // Owned.
    char terms[64];                     // The values of the settings, but for the prefix.
    service_t *matchers[MATCHERS_MOST]; // Owned; NULL beyond `matcher_count`.
    size_t matcher_count;               // Of `matchers`.
};

stage_t *
stage_open (void)
{
    static const char pid_row[] = "process_id:";
    static const char scheme[] = "unix://";
    stage_t *stage = calloc (1, sizeof *stage);
    assert_non_null (stage);
    stage->redis = redis_server_start (false);
    const char *row = strstr (redis_ask (stage->redis, "INFO server"), pid_row);
    assert_non_null (row);
    stage->redis_pid = (pid_t) strtol (row + sizeof pid_row - 1, NULL, 10);
    for (size_t i = 0; i < GATEWAYS; i++) {
        stage->gateway_ids[i] = ident_random ();
    }
    for (size_t i = 1; i < SETTINGS; i++) {
        size_t bytes = strlen (stage->terms);
        snprintf (stage->terms + bytes, sizeof stage->terms - bytes, "%s%s", i > 1 ? " " : "",
                  settings[i].value);
    }
    log_start ("bench", LEVEL_WARN, false);
    stage->gateways = gateways_new (stage->gateway_ids);
    stage->bare = bare_new (redis_server_url (stage->redis) + sizeof scheme - 1,
                            settings[0].value, stage->terms, stage->gateway_ids, GATEWAYS);
    return stage;
}

void
stage_close (stage_t **stage)
{
    if (*stage != NULL) {
        stage_stop_matchers (*stage);
        bare_destroy (&(*stage)->bare);
        gateways_destroy (&(*stage)->gateways);
        redis_server_stop (&(*stage)->redis);
        free (*stage);
        *stage = NULL;
    }
}

void
stage_clear (stage_t *stage)
{
    assert_string_equal (redis_ask (stage->redis, "FLUSHALL"), "OK");
}

static service_t *
start_matcher (stage_t *stage, uint16_t port, uint16_t admin_port, const char *recorders)
{
    const char *texts[2 * SETTINGS + 9] = {
        "BUS_PORT",   number_text (port),
        "ADMIN_PORT", number_text (admin_port),
        "REDIS_URL",  redis_server_url (stage->redis),
        "RECORDERS",  recorders,
    };
    for (size_t i = 0; i < SETTINGS; i++) {
        texts[8 + 2 * i] = settings[i].name;
        texts[9 + 2 * i] = settings[i].value;
    }
    return service_start (MATCHER_BINARY, texts);
}

void
stage_start_matchers (stage_t *stage, size_t count, size_t people, bool record)
{
    uint16_t ports[MATCHERS_MOST];
    uint16_t admin_ports[MATCHERS_MOST];
    char recorders[64];
    snprintf (recorders, sizeof recorders, "tcp://127.0.0.1:%u",
              record ? gateways_recorder_port (stage->gateways) : 1);
    for (size_t i = 0; i < count; i++) {
        ports[i] = free_port ();
        admin_ports[i] = free_port ();
        stage->matchers[i] = start_matcher (stage, ports[i], admin_ports[i], recorders);
        stage->matcher_count = i + 1;
        wait_ready (admin_ports[i], true);
    }
    gateways_dial (stage->gateways, ports, count, people);
}

void
stage_stop_matchers (stage_t *stage)
{
    gateways_leave (stage->gateways);
    for (size_t i = 0; i < stage->matcher_count; i++) {
        service_stop (&stage->matchers[i]);
    }
    stage->matcher_count = 0;
}

cpu_t
stage_cpu (const stage_t *stage)
{
    cpu_t cpu = {.redis = cpu_seconds (stage->redis_pid), .load = cpu_seconds_here ()};
    for (size_t i = 0; i < stage->matcher_count; i++) {
        cpu.matchers += cpu_seconds (service_pid (stage->matchers[i]));
    }
    return cpu;
}

size_t
stage_redis_bytes (stage_t *stage)
{
    static const char bytes_row[] = "used_memory:";
    const char *row = strstr (redis_ask (stage->redis, "INFO memory"), bytes_row);
    assert_non_null (row);
    return strtoul (row + sizeof bytes_row - 1, NULL, 10);
}

size_t
stage_matcher_bytes (const stage_t *stage)
{
    size_t bytes = 0;
    for (size_t i = 0; i < stage->matcher_count; i++) {
        bytes += memory_bytes (service_pid (stage->matchers[i]));
    }
    return bytes;
}

size_t
stage_records (stage_t *stage)
{
    return (size_t) redis_count (stage->redis, "XLEN records");
}

void
stage_drop_records (stage_t *stage)
{
    redis_ask (stage->redis, "DEL outbox");
}

const ident_t *
stage_gateway_ids (const stage_t *stage)
{
    return stage->gateway_ids;
}

gateways_t *
stage_gateways (const stage_t *stage)
{
    return stage->gateways;
}

bare_t *
stage_bare (const stage_t *stage)
{
    return stage->bare;
}
