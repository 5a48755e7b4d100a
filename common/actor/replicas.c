// replicas.c -- resolves, compares, dials the new, drops the gone.
//
// Keeps one mailbox for each address behind the names. Everything but the look-up itself happens
// on the loop.

#include "actor/replicas.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/log.h"
#include "base/must.h"

#define NAMES_MOST 16         // In a list of endpoints.
#define LOOK_UP_EVERY_MS 2000
#define HOST_SIZE 256         // A DNS name has at most 253 characters.
#define ENDPOINT_SIZE (INET6_ADDRSTRLEN + 24)

typedef struct name name_t;

// One address that is dialled.
typedef struct {
    char endpoint[ENDPOINT_SIZE]; // tcp://address:port
    mailbox_t *mailbox;           // Owned.
    watch_t *watch;               // Owned.
    replicas_t *replicas;         // Whose it is. Not owned.
    const name_t *name;           // Behind which name it was found. Not owned.
    uint64_t weight;              // Hash of the endpoint, for rendezvous hashing.
    bool seen;                    // Whether the look-up that is being compared has it.
} replica_t;

// One entry of the list of endpoints.
struct name {
    char host[HOST_SIZE];
    char port[8];
    uv_getaddrinfo_t look_up;
    replicas_t *replicas; // Whose it is. Not owned.
    bool under_way;       // A look-up has not answered yet.
    bool failed;          // The last look-up failed, which has been logged.
};

struct replicas {
    loop_t *loop;             // Not owned.
    household_t *household;   // Not owned.
    role_t role;
    void (*drain) (void *self, mailbox_t *mailbox);
    void *self;               // For drain. Not owned.
    name_t names[NAMES_MOST];
    size_t name_count;
    replica_t *all[REPLICAS_MOST]; // Owned.
    size_t count;             // Of `all`.
    uint64_t look_up_at_ms;   // When the next look-up is due.
    size_t under_way;         // Look-ups that have not answered.
    bool destroyed;           // Freed when the last look-up has answered.
};

// Reads one endpoint of a list; returns what follows it, or NULL with *wrong set.
static const char *
read_endpoint (const char *at, name_t *name, const char **wrong)
{
    static const char scheme[] = "tcp://";
    if (strncmp (at, scheme, sizeof scheme - 1) != 0) {
        *wrong = "every endpoint must begin with tcp://";
        return NULL;
    }
    at += sizeof scheme - 1;
    size_t length = strcspn (at, ",");
    const char *end = at + length;
    const char *colon = memrchr (at, ':', length);
    if (colon == NULL || colon == at) {
        *wrong = "every endpoint must be tcp://name:port";
        return NULL;
    }
    const char *host = at;
    size_t host_bytes = (size_t) (colon - at);
    if (host[0] == '[' && colon[-1] == ']' && host_bytes > 2) {
        host++; // An IPv6 literal stands in brackets (RFC 3986, 3.2.2).
        host_bytes -= 2;
    }
    size_t port_bytes = (size_t) (end - colon - 1);
    if (host_bytes >= sizeof name->host || port_bytes == 0 || port_bytes > 5
        || strspn (colon + 1, "0123456789") < port_bytes) {
        *wrong = "every endpoint must have a name and a port number";
        return NULL;
    }
    memcpy (name->host, host, host_bytes);
    memcpy (name->port, colon + 1, port_bytes);
    return *end == ',' ? end + 1 : end;
}

// Reads a list of endpoints into `names`. NULL, or what is wrong.
static const char *
read_endpoints (const char *endpoints, name_t names[NAMES_MOST], size_t *count)
{
    const char *wrong = NULL;
    *count = 0;
    if (*endpoints == '\0') {
        return "there must be one endpoint at least";
    }
    while (endpoints != NULL && *endpoints != '\0') {
        if (*count == NAMES_MOST) {
            return "there are more than 16 endpoints";
        }
        endpoints = read_endpoint (endpoints, &names[(*count)++], &wrong);
    }
    return wrong;
}

const char *
replicas_check (const char *endpoints)
{
    name_t *names = must_alloc (NAMES_MOST * sizeof *names);
    size_t count;
    const char *wrong = read_endpoints (endpoints, names, &count);
    free (names);
    return wrong;
}

replicas_t *
replicas_new (loop_t *loop, household_t *household, role_t role, const char *endpoints,
              void (*drain) (void *self, mailbox_t *mailbox), void *self)
{
    replicas_t *replicas = must_alloc (sizeof *replicas);
    replicas->loop = loop;
    replicas->household = household;
    replicas->role = role;
    replicas->drain = drain;
    replicas->self = self;
    must (read_endpoints (endpoints, replicas->names, &replicas->name_count) == NULL);
    for (size_t i = 0; i < replicas->name_count; i++) {
        replicas->names[i].replicas = replicas;
        replicas->names[i].look_up.data = &replicas->names[i];
    }
    return replicas;
}

static void
drop (replicas_t *replicas, size_t place)
{
    replica_t *replica = replicas->all[place];
    log_event (LEVEL_INFO, "replica_dropped",
               LOG_FIELDS (LOG_TEXT ("role", wire_role_name (replicas->role)),
                           LOG_TEXT ("endpoint", replica->endpoint)));
    loop_unwatch (&replica->watch);
    mailbox_destroy (&replica->mailbox);
    free (replica);
    replicas->all[place] = replicas->all[--replicas->count];
}

void
replicas_destroy (replicas_t **replicas)
{
    if (*replicas != NULL) {
        while ((*replicas)->count > 0) {
            drop (*replicas, 0);
        }
        (*replicas)->destroyed = true;
        if ((*replicas)->under_way == 0) {
            free (*replicas);
        }
        *replicas = NULL;
    }
}

static void
drain_replica (void *self)
{
    replica_t *replica = self;
    replica->replicas->drain (replica->replicas->self, replica->mailbox);
}

static void
flush_replica (void *self)
{
    mailbox_flush (((replica_t *) self)->mailbox);
}

static bool
replica_pending (void *self)
{
    return mailbox_pending (((replica_t *) self)->mailbox);
}

// FNV-1a, by Fowler, Noll and Vo: spreads a short text over 64 bits.
static uint64_t
hash_text (const char *text)
{
    uint64_t hash = 0xcbf29ce484222325ULL;
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char) *text) * 0x100000001b3ULL;
    }
    return hash;
}

static void
dial (replicas_t *replicas, const name_t *name, const char *endpoint)
{
    if (replicas->count == REPLICAS_MOST) {
        log_event (LEVEL_WARN, "too_many_replicas",
                   LOG_FIELDS (LOG_TEXT ("role", wire_role_name (replicas->role)),
                               LOG_NUMBER ("most", REPLICAS_MOST)));
        return;
    }
    log_event (LEVEL_INFO, "replica_dialled",
               LOG_FIELDS (LOG_TEXT ("role", wire_role_name (replicas->role)),
                           LOG_TEXT ("endpoint", endpoint)));
    replica_t *replica = must_alloc (sizeof *replica);
    memcpy (replica->endpoint, endpoint, strlen (endpoint) + 1);
    replica->replicas = replicas;
    replica->name = name;
    replica->weight = hash_text (endpoint);
    replica->seen = true;
    replica->mailbox = mailbox_dial (replicas->household, endpoint, replicas->role);
    replica->watch = loop_watch (replicas->loop, mailbox_fd (replica->mailbox), replica_pending,
                                 drain_replica, flush_replica, replica);
    replicas->all[replicas->count++] = replica;
}

static void
see (replicas_t *replicas, const name_t *name, const struct addrinfo *address)
{
    char host[INET6_ADDRSTRLEN];
    char endpoint[ENDPOINT_SIZE];
    if (getnameinfo (address->ai_addr, address->ai_addrlen, host, sizeof host, NULL, 0,
                     NI_NUMERICHOST)
        != 0) {
        return;
    }
    const char *form = address->ai_family == AF_INET6 ? "tcp://[%s]:%s" : "tcp://%s:%s";
    snprintf (endpoint, sizeof endpoint, form, host, name->port);
    for (size_t i = 0; i < replicas->count; i++) {
        if (strcmp (replicas->all[i]->endpoint, endpoint) == 0) {
            replicas->all[i]->seen = true;
            return;
        }
    }
    dial (replicas, name, endpoint);
}

static void
compare (replicas_t *replicas, const name_t *name, const struct addrinfo *addresses)
{
    for (size_t i = 0; i < replicas->count; i++) {
        replicas->all[i]->seen = replicas->all[i]->name != name;
    }
    for (; addresses != NULL; addresses = addresses->ai_next) {
        see (replicas, name, addresses);
    }
    for (size_t i = replicas->count; i > 0; i--) {
        if (!replicas->all[i - 1]->seen) {
            drop (replicas, i - 1);
        }
    }
}

static void
looked_up (uv_getaddrinfo_t *look_up, int status, struct addrinfo *addresses)
{
    name_t *name = look_up->data;
    replicas_t *replicas = name->replicas;
    name->under_way = false;
    replicas->under_way--;
    if (replicas->destroyed) {
        if (replicas->under_way == 0) {
            free (replicas);
        }
    }
    else if (status == 0) {
        name->failed = false;
        compare (replicas, name, addresses);
    }
    else if (!name->failed) {
        name->failed = true;
        log_event (LEVEL_WARN, "name_not_found",
                   LOG_FIELDS (LOG_TEXT ("role", wire_role_name (replicas->role)),
                               LOG_TEXT ("host", name->host),
                               LOG_TEXT ("why", uv_strerror (status))));
    }
    uv_freeaddrinfo (addresses);
}

static void
look_up (replicas_t *replicas)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    for (size_t i = 0; i < replicas->name_count; i++) {
        name_t *name = &replicas->names[i];
        if (!name->under_way
            && uv_getaddrinfo (loop_uv (replicas->loop), &name->look_up, looked_up, name->host,
                               name->port, &hints)
                   == 0) {
            name->under_way = true;
            replicas->under_way++;
        }
    }
}

void
replicas_tick (replicas_t *replicas, uint64_t now_ms)
{
    if (now_ms >= replicas->look_up_at_ms) {
        replicas->look_up_at_ms = now_ms + LOOK_UP_EVERY_MS;
        look_up (replicas);
    }
    for (size_t i = 0; i < replicas->count; i++) {
        mailbox_tick (replicas->all[i]->mailbox, now_ms);
    }
}

role_t
replicas_role (const replicas_t *replicas)
{
    return replicas->role;
}

size_t
replicas_ready (const replicas_t *replicas)
{
    size_t ready = 0;
    for (size_t i = 0; i < replicas->count; i++) {
        ready += mailbox_is_ready (replicas->all[i]->mailbox);
    }
    return ready;
}

// How much `key` likes a replica.
static uint64_t
liking (const replica_t *replica, const ident_t *key)
{
    return ident_hash (key, replica->weight);
}

mailbox_t *
replicas_pick (const replicas_t *replicas, const ident_t *key, unsigned attempt)
{
    size_t ready = replicas_ready (replicas);
    if (ready == 0) {
        return NULL;
    }
    uint64_t below = UINT64_MAX;
    const replica_t *best = NULL;
    for (size_t rank = attempt % ready + 1; rank > 0; rank--) {
        best = NULL;
        for (size_t i = 0; i < replicas->count; i++) {
            const replica_t *replica = replicas->all[i];
            uint64_t likes = liking (replica, key);
            if (mailbox_is_ready (replica->mailbox) && likes < below
                && (best == NULL || likes > liking (best, key))) {
                best = replica;
            }
        }
        if (best == NULL) {
            break; // Two likings were equal, which is as good as impossible.
        }
        below = liking (best, key);
    }
    return best != NULL ? best->mailbox : NULL;
}

bool
replicas_have (const replicas_t *replicas, const mailbox_t *mailbox)
{
    for (size_t i = 0; i < replicas->count; i++) {
        if (replicas->all[i]->mailbox == mailbox) {
            return true;
        }
    }
    return false;
}

size_t
replicas_send_all (const replicas_t *replicas, const wire_t *wire)
{
    size_t sent = 0;
    for (size_t i = 0; i < replicas->count; i++) {
        sent += mailbox_send (replicas->all[i]->mailbox, NULL, replicas->role, wire);
    }
    return sent;
}
