// drain.c -- fills by a script, and waits for an empty outbox.

#include "bench/drain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/figures.h"
#include "sessions/chain.h"
#include "sessions/courier.h"
#include "sessions/fixture.h"

#define FILL_AT_ONCE 5000 // Chats.
#define LAG 8000          // A chat is over when so many others have begun.
#define PROCESSES_MOST 64
#define DRAIN_US 1200000000 // At most.
#define LOOK_US 10000

// Appends what scripts append, as COURIER_SUM knows it: chats from ARGV[1] on, before ARGV[2], begin,
// and those that are ARGV[3] earlier are over.
static const char fill_script[] =
    "local function digits (number) return string.format ('%.0f', number) end "
    "local function append (chat, ended, reason, by, sent, received) "
    "  local id = string.format ('0000-7000-8000-%012x', chat) "
    "  local ms = chat % 90001 "
    "  local started = 1700000000000 + chat * 7 "
    "  redis.call ('XADD', 'records', '*', 'record', table.concat ({'00000000-' .. id, "
    "    'aa000000-' .. id, 'bb000000-' .. id, digits (started), '7', '0', "
    "    ended and digits (started + ms) or '0', reason, by, ended and digits (ms) or '0', "
    "    received, digits (ms % 11)}, ' ')) "
    "end "
    "local chats, lag = tonumber (ARGV[3]), tonumber (ARGV[4]) "
    "for i = tonumber (ARGV[1]), tonumber (ARGV[2]) - 1 do "
    "  if i < chats then append (i, false, '0', '0', '0', '0') end "
    "  if i > lag then append (i - lag, true, '1', '1', '0', '1') end "
    "end";

static uint64_t
sum_of (size_t chats)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < chats; i++) {
        sum += i % 90001;
    }
    return sum;
}

// Chats are numbered from 1: the id of the first would be nobody's.
static void
fill (size_t chats)
{
    for (size_t from = 1; from < chats + 1 + LAG; from += FILL_AT_ONCE) {
        size_t to =
            from + FILL_AT_ONCE < chats + 1 + LAG ? from + FILL_AT_ONCE : chats + 1 + LAG;
        redis_ask (chain.redis, "EVAL %s 0 %s %s %s %s", fill_script, number_text (from),
                   number_text (to), number_text (chats + 1), number_text (LAG));
    }
    assert_int_equal (chain_outbox (), 2 * chats);
}

// Adds to what has been used, or with -1 takes it away.
static void
count_cpu (drain_t *drain, double sign)
{
    pid_t pids[PROCESSES_MOST];
    size_t count = postgres_server_processes (fixture.server, pids, PROCESSES_MOST);
    for (size_t i = 0; i < count; i++) {
        drain->postgres += sign * cpu_seconds (pids[i]);
    }
    for (size_t i = 0; i < CHAIN_MATCHERS; i++) {
        drain->matchers += sign * cpu_seconds (service_pid (chain.matchers[i]));
    }
    drain->redis += sign * cpu_seconds (chain_redis_pid ());
    if (fixture.recorder != NULL) {
        drain->recorder += sign * cpu_seconds (service_pid (fixture.recorder));
    }
}

static void
empty (drain_t *drain)
{
    count_cpu (drain, -1);
    uint64_t start_us = now_us ();
    uint64_t look_us = start_us;
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    while (chain_outbox () > 0) {
        assert_true (now_us () < start_us + DRAIN_US);
        look_us += LOOK_US;
        while (now_us () < look_us) {
            breathe ();
        }
    }
    drain->seconds = (double) (now_us () - start_us) / 1e6;
    count_cpu (drain, 1);
}

drain_t
drain_run (size_t records)
{
    size_t chats = records / 2;
    drain_t drain = {.records = 2 * chats};
    chain_open ();
    fill (chats);
    drain.redis_mb = (double) redis_count (chain.redis, "MEMORY USAGE outbox") / 1e6;
    for (size_t i = 0; i < CHAIN_MATCHERS; i++) {
        chain_start_matcher (i);
        wait_ready (chain.admin_ports[i], true);
    }
    empty (&drain);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), chats);
    assert_int_equal (ask_number (COURIER_SUM), sum_of (chats + 1));
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
    service_stop (&fixture.recorder);
    chain_close ();
    return drain;
}

void
drain_print (const drain_t *drain)
{
    double records = (double) drain->records;
    double cpu = drain->matchers + drain->redis + drain->recorder + drain->postgres;
    printf (
        "\nan outbox of %.0f records (%.0f MB in Redis), when a recorder comes; %d matchers\n\n",
        records, drain->redis_mb, CHAIN_MATCHERS);
    puts (
        "| empty after | records/s | records a | us of CPU a record                       |\n"
        "|             |           | CPU s     | matchers | Redis | recorder | Postgres   |\n"
        "|-------------|-----------|-----------|----------|-------|----------|------------|");
    printf ("| %9.1f s | %9.0f | %9.0f | %8.1f | %5.1f | %8.1f | %10.1f |\n",
            drain->seconds, records / drain->seconds, records / cpu,
            drain->matchers * 1e6 / records, drain->redis * 1e6 / records,
            drain->recorder * 1e6 / records, drain->postgres * 1e6 / records);
}
