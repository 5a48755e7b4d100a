// chain.h -- the whole way of a record, all of it real: a company of users, two matchers with a Redis
// that keeps its data in a file, and the fixture's recorder with its PostgreSQL.

#ifndef CHAIN_H
#define CHAIN_H

#include "sessions/company.h"
#include "support/redis.h"
#include "support/service.h"

#define CHAIN_MATCHERS 2

typedef struct {
    redis_server_t *redis;
    service_t *matchers[CHAIN_MATCHERS]; // NULL: not started.
    uint16_t bus_ports[CHAIN_MATCHERS];
    uint16_t admin_ports[CHAIN_MATCHERS];
    company_t *company; // NULL: there is none.
} chain_t;

extern chain_t chain;

// Starts a Redis; the fixture has a database already. Then a recorder on it, if there is none.
void
chain_open (void);

// Starts a matcher whose recorder is the one on the fixture's port.
void
chain_start_matcher (size_t which);

// SIGKILL, and starts it again.
void
chain_kill_matcher (size_t which);

// Both matchers, and a company for so many chats that they know.
void
chain_start (size_t most);

// Ends whatever was started but for what is the fixture's, kindly.
void
chain_close (void);

// Lets the company search for `rate` chats a second since a time that now_ms gave, until another.
void
chain_carry (uint64_t begin_ms, size_t rate, uint64_t end_ms);

// Everybody goes home, and the outbox gets empty. Fails the test if that takes longer.
void
chain_settle (uint64_t settle_ms);

// Redis's process.
pid_t
chain_redis_pid (void);

// Entries in the outbox.
size_t
chain_outbox (void);

// Fails the test unless each chat has its one complete row, and nothing is set aside or left.
void
chain_check (void);

#endif
