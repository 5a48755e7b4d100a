// side.c -- starts and ends servers, and reads from /proc what they have used.

#include "bench/side.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/callgrind.h"
#include "bench/figures.h"
#include "support/cmocka_all.h"
#include "support/postgres.h"
#include "support/redis.h"
#include "support/service.h"

#define SERVICES_MOST 6
#define EACH_MOST 2 // Gateways, and relays, of ours.
#define POSTGRES_MOST 64

struct side {
    service_t *services[SERVICES_MOST]; // Owned; NULL once killed.
    const char *names[SERVICES_MOST];   // Of the services.
    size_t service_count;               // Of `services`.
    uint16_t ports[PORTS_MOST];         // Where people connect.
    size_t port_count;                  // Of `ports`.
    redis_server_t *redis;              // NULL if there is none. Owned.
    pid_t redis_pid;                    // Its process.
    char database[64];                  // Its name, "" if there is none.
    postgres_client_t *client;          // Into it; NULL if there is none. Owned.
    const char *profiles;               // Folder, if instructions are counted; NULL: they are not.
};

static postgres_server_t *postgres;

void
sides_open (void)
{
    postgres = postgres_server_new ();
}

void
sides_close (void)
{
    if (postgres != NULL) {
        postgres_server_destroy (&postgres);
    }
}

// --- Start ---

static void
add (side_t *side, const char *name, service_t *service)
{
    assert_true (side->service_count < SERVICES_MOST);
    side->names[side->service_count] = name;
    side->services[side->service_count++] = service;
}

static uint16_t
add_port (side_t *side)
{
    side->ports[side->port_count] = free_port ();
    return side->ports[side->port_count++];
}

static void
make_stores (side_t *side)
{
    static const char row[] = "process_id:";
    side->redis = redis_server_start (true);
    const char *found = strstr (redis_ask (side->redis, "INFO server"), row);
    assert_non_null (found);
    side->redis_pid = (pid_t) strtol (found + sizeof row - 1, NULL, 10);
    snprintf (side->database, sizeof side->database, "%s",
              postgres_server_database (postgres));
}

static void
start_node (side_t *side, const char *processes)
{
    const char *url = postgres_server_socket_url (postgres, side->database);
    uint16_t port = add_port (side);
    add (side, "Node",
         service_command (NODE_BINARY, NODE_PEER,
                          (const char *[]){"PORT", number_text (port), "PROCESSES",
                                           processes, "REDIS_URL",
                                           redis_server_url (side->redis), "DATABASE_URL",
                                           url, "NODE_ENV", "production", NULL}));
    WAIT_FOR (http_get (port, "/healthz", NULL, 0) == 200);
}

static void
start_one_node (side_t *side)
{
    make_stores (side);
    start_node (side, "1");
}

static void
start_two_nodes (side_t *side)
{
    make_stores (side);
    start_node (side, "2");
    start_node (side, "2");
}

static void
start_bare (side_t *side)
{
    uint16_t port = add_port (side);
    add (side, "bare",
         service_start (BARE_BINARY, (const char *[]){"PORT", number_text (port), NULL}));
    WAIT_FOR (http_get (port, "/healthz", NULL, 0) == 200);
}

static const char *
place_text (uint16_t port)
{
    static char texts[4][32];
    static size_t next;
    char *text = texts[next++ % 4];
    snprintf (text, sizeof texts[0], "tcp://127.0.0.1:%u", port);
    return text;
}

static void
start_recorder (side_t *side, uint16_t port, uint16_t admin_port)
{
    const char *url = postgres_server_socket_url (postgres, side->database);
    add (side, "sessions",
         service_start (SESSIONS_BINARY,
                        (const char *[]){"BUS_PORT", number_text (port), "ADMIN_PORT",
                                         number_text (admin_port), "DATABASE_URL", url,
                                         NULL}));
    wait_ready (admin_port, true);
}

static void
start_matcher (side_t *side, uint16_t port, uint16_t admin_port, uint16_t recorder)
{
    add (side, "matcher",
         service_start (MATCHER_BINARY,
                        (const char *[]){"BUS_PORT", number_text (port), "ADMIN_PORT",
                                         number_text (admin_port), "REDIS_URL",
                                         redis_server_url (side->redis), "RECORDERS",
                                         place_text (recorder), NULL}));
    wait_ready (admin_port, true);
}

// A service that every message passes through, and whose instructions may be counted.
static void
add_passed (side_t *side, const char *name, const char *binary, const char *const settings[])
{
    add (side, name,
         side->profiles != NULL ? callgrind_start (side->profiles, name, binary, settings)
                                : service_start (binary, settings));
}

static void
start_relay (side_t *side, uint16_t port, uint16_t admin_port)
{
    add_passed (side, "relay", RELAY_BINARY,
                (const char *[]){"BUS_PORT", number_text (port), "ADMIN_PORT",
                                 number_text (admin_port), NULL});
    wait_ready (admin_port, true);
}

static void
start_gateway (side_t *side, uint16_t admin_port, const char *matcher, const char *relays)
{
    add_passed (side, "gateway", GATEWAY_BINARY,
                (const char *[]){"PORT", number_text (add_port (side)), "ADMIN_PORT",
                                 number_text (admin_port), "MATCHERS", matcher, "RELAYS",
                                 relays, "MESSAGES_PER_MINUTE", "0", "SEARCHES_PER_MINUTE",
                                 "0", "PACKETS_PER_SECOND", "0", NULL});
    wait_ready (admin_port, true);
}

// Everything as it is by default, but for the limits of what one user may do.
static void
start_services (side_t *side, size_t each)
{
    uint16_t recorder = free_port ();
    uint16_t matcher = free_port ();
    char relays[EACH_MOST * 32] = "";
    assert_true (each > 0 && each <= EACH_MOST);
    make_stores (side);
    start_recorder (side, recorder, free_port ());
    start_matcher (side, matcher, free_port (), recorder);
    for (size_t i = 0; i < each; i++) {
        uint16_t relay = free_port ();
        size_t bytes = strlen (relays);
        start_relay (side, relay, free_port ());
        snprintf (relays + bytes, sizeof relays - bytes, "%s%s", i > 0 ? "," : "",
                  place_text (relay));
    }
    for (size_t i = 0; i < each; i++) {
        start_gateway (side, free_port (), place_text (matcher), relays);
    }
}

static void
start_ours (side_t *side)
{
    start_services (side, 1);
}

static side_t *
new_side (void)
{
    side_t *side = calloc (1, sizeof *side);
    assert_non_null (side);
    return side;
}

static side_t *
with_client (side_t *side)
{
    if (side_records (side)) {
        side->client = postgres_client_new (postgres, side->database);
    }
    return side;
}

side_t *
side_start (side_kind_t kind)
{
    static void (*const starts[SIDES]) (side_t * side) = {
        [SIDE_NODE] = start_one_node,
        [SIDE_NODES] = start_two_nodes,
        [SIDE_BARE] = start_bare,
        [SIDE_OURS] = start_ours,
    };
    side_t *side = new_side ();
    starts[kind](side);
    return with_client (side);
}

side_t *
side_start_ours (size_t each, const char *profiles)
{
    side_t *side = new_side ();
    side->profiles = profiles;
    start_services (side, each);
    return with_client (side);
}

void
side_stop (side_t **side)
{
    if (*side != NULL) {
        postgres_client_destroy (&(*side)->client);
        while ((*side)->service_count > 0) {
            service_t **service = &(*side)->services[--(*side)->service_count];
            if (*service != NULL) {
                service_stop (service);
            }
        }
        redis_server_stop (&(*side)->redis);
        free (*side);
        *side = NULL;
    }
}

void
side_kill (side_t *side)
{
    for (size_t i = 0; i < side->service_count; i++) {
        if (!service_ended (side->services[i])) {
            service_kill (&side->services[i]);
        }
    }
}

const uint16_t *
side_ports (const side_t *side, size_t *count)
{
    *count = side->port_count;
    return side->ports;
}

pid_t
side_pid (const side_t *side, const char *name)
{
    size_t i = 0;
    while (i < side->service_count && strcmp (side->names[i], name) != 0) {
        i++;
    }
    assert_true (i < side->service_count);
    return service_pid (side->services[i]);
}

// --- What it uses ---

// The same name again adds up.
static void
count_in (usage_t *usage, const char *name, double seconds)
{
    size_t i = 0;
    while (i < usage->count && strcmp (usage->names[i], name) != 0) {
        i++;
    }
    assert_true (i < PARTS_MOST);
    if (i == usage->count) {
        usage->names[usage->count++] = name;
    }
    usage->seconds[i] += seconds;
}

usage_t
side_usage (const side_t *side)
{
    usage_t usage = {.count = 0};
    pid_t pids[POSTGRES_MOST];
    for (size_t i = 0; i < side->service_count; i++) {
        count_in (&usage, side->names[i], cpu_seconds (service_pid (side->services[i])));
    }
    if (side_records (side)) {
        size_t count = postgres_server_processes (postgres, pids, POSTGRES_MOST);
        count_in (&usage, "Redis", cpu_seconds (side->redis_pid));
        for (size_t i = 0; i < count; i++) {
            char path[64];
            snprintf (path, sizeof path, "/proc/%d/stat", (int) pids[i]);
            if (access (path, R_OK) == 0) { // Its helpers come and go.
                count_in (&usage, "Postgres", cpu_seconds (pids[i]));
            }
        }
    }
    return usage;
}

size_t
side_memory (const side_t *side)
{
    size_t bytes = 0;
    for (size_t i = 0; i < side->service_count; i++) {
        bytes += memory_bytes (service_pid (side->services[i]));
    }
    return bytes;
}

// --- The record ---

bool
side_records (const side_t *side)
{
    return side->database[0] != '\0';
}

size_t
side_chats (const side_t *side)
{
    static const char ended[] =
        "SELECT count(*) FROM \"ChatSession\" WHERE \"endedAt\" IS NOT NULL";
    return (size_t) postgres_client_number (side->client, ended);
}
