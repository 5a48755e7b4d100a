// side.h -- what is compared: servers that bring people together and pass on what they write.

#ifndef SIDE_H
#define SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/load.h"

#define PARTS_MOST 6

typedef enum {
    SIDE_NODE,  // Socket.IO on Node, one process.
    SIDE_NODES, // The same, two processes and the Redis adapter.
    SIDE_BARE,  // One process in C that does as little as can be done.
    SIDE_OURS,  // One of each service.
    SIDES,
} side_kind_t;

typedef struct side side_t;

// Seconds of CPU by process, since its start.
typedef struct {
    const char *names[PARTS_MOST];
    double seconds[PARTS_MOST];
    size_t count;
} usage_t;

// Starts PostgreSQL, for all sides.
void
sides_open (void);

void
sides_close (void);

// Starts a side, with a Redis (which keeps its data in a file) and a database of its own, and waits
// until it is ready.
side_t *
side_start (side_kind_t kind);

// The same of ours, with so many gateways and as many relays, 1 or 2; if `profiles` is not NULL they run
// under callgrind (bench/callgrind.h), and their profiles are in that folder.
side_t *
side_start_ours (size_t each, const char *profiles);

void
side_stop (side_t **side);

// SIGKILL for all of its processes that still run.
void
side_kill (side_t *side);

// The ports that people connect to.
const uint16_t *
side_ports (const side_t *side, size_t *count);

// The process of that name: "gateway", "matcher", "relay", "sessions" of ours.
pid_t
side_pid (const side_t *side, const char *name);

// What it has used, with Redis and PostgreSQL if they are part of it.
usage_t
side_usage (const side_t *side);

// Bytes of memory of its own processes that no file is behind.
size_t
side_memory (const side_t *side);

// True if chats are put on record.
bool
side_records (const side_t *side);

// Chats that are on record as ended.
size_t
side_chats (const side_t *side);

#endif
