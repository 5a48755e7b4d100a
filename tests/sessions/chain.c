// chain.c -- starts, carries, and looks at both ends.

#include "sessions/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sessions/fixture.h"

chain_t chain;

void
chain_open (void)
{
    chain = (chain_t){.redis = redis_server_start (true)};
    for (size_t i = 0; i < CHAIN_MATCHERS; i++) {
        chain.bus_ports[i] = free_port ();
        chain.admin_ports[i] = free_port ();
    }
}

void
chain_start_matcher (size_t which)
{
    char recorders[64];
    snprintf (recorders, sizeof recorders, "tcp://127.0.0.1:%u", fixture.bus_port);
    chain.matchers[which] = service_start (
        MATCHER_BINARY,
        (const char *[]){"BUS_PORT", number_text (chain.bus_ports[which]), "ADMIN_PORT",
                         number_text (chain.admin_ports[which]), "REDIS_URL",
                         redis_server_url (chain.redis), "RECORDERS", recorders, "AVOID_MS",
                         "0", "RECENT_PARTNERS", "0", NULL});
}

void
chain_kill_matcher (size_t which)
{
    service_kill (&chain.matchers[which]);
    chain_start_matcher (which);
}

void
chain_start (size_t most)
{
    for (size_t i = 0; i < CHAIN_MATCHERS; i++) {
        chain_start_matcher (i);
    }
    for (size_t i = 0; i < CHAIN_MATCHERS; i++) {
        wait_ready (chain.admin_ports[i], true);
    }
    chain.company = company_new (chain.bus_ports, CHAIN_MATCHERS, most);
    WAIT_FOR ((company_step (chain.company), company_is_ready (chain.company)));
}

void
chain_close (void)
{
    company_destroy (&chain.company);
    for (size_t i = 0; i < CHAIN_MATCHERS; i++) {
        if (chain.matchers[i] != NULL) {
            service_stop (&chain.matchers[i]);
        }
    }
    redis_server_stop (&chain.redis);
}

void
chain_carry (uint64_t begin_ms, size_t rate, uint64_t end_ms)
{
    uint64_t now;
    while ((now = now_ms ()) < end_ms) {
        company_begin (chain.company, (now - begin_ms) * rate / 1000);
        company_step (chain.company);
    }
    company_begin (chain.company, (end_ms - begin_ms) * rate / 1000);
}

pid_t
chain_redis_pid (void)
{
    static const char row[] = "process_id:";
    const char *found = strstr (redis_ask (chain.redis, "INFO server"), row);
    assert_non_null (found);
    return (pid_t) strtol (found + sizeof row - 1, NULL, 10);
}

size_t
chain_outbox (void)
{
    return (size_t) redis_count (chain.redis, "XLEN records");
}

void
chain_settle (uint64_t settle_ms)
{
    uint64_t end_ms = now_ms () + settle_ms;
    uint64_t look_ms = 0;
    while (!company_is_home (chain.company) || now_ms () < look_ms || chain_outbox () > 0) {
        if (company_is_home (chain.company) && now_ms () >= look_ms) {
            look_ms = now_ms () + 20;
        }
        company_step (chain.company);
        if (now_ms () > end_ms) {
            fail_msg ("%zu chats are not over, %zu records are in the outbox",
                      company_late (chain.company), chain_outbox ());
        }
    }
}

void
chain_check (void)
{
    company_check (chain.company, ask_text (CHATS_ROWS));
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
    // What was sent again while Postgres stood still may come after the outbox is empty.
    WAIT_FOR (metric_value (fixture.admin_port, "recorder_pending") == 0);
    assert_int_equal (redis_count (chain.redis, "EXISTS outbox_rejected"), 0);
    assert_int_equal (
        redis_count (chain.redis, "EVAL %s 0",
                     "return redis.call ('XPENDING', 'records', 'recorders')[1]"),
        0);
}
