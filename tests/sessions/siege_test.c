// siege_test.c -- the whole way from a search to the row of its chat, while chats come at a steady rate
// and everything on that way is killed, frozen, cut off and filled up; in the end each chat has its one
// complete row, every column of it is right, and the outbox is empty.
//
// RECORDS_SECONDS and RECORDS_RATE (chats a second) make the siege longer and stronger.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sessions/chain.h"
#include "sessions/faults.h"
#include "sessions/fixture.h"

#define SETTLE_MS 60000 // And as long again as it has lasted.

static size_t next_matcher; // Which one is killed next.

static void
kill_a_matcher (void)
{
    chain_kill_matcher (next_matcher++ % CHAIN_MATCHERS);
}

// When what comes, in thousandths of the whole. While nothing is put on record for half of the time,
// those that hold records die, too.
static const struct {
    uint64_t at;
    void (*come) (void);
} moments[] = {
    {50, kill_a_matcher},
    {100, faults_end_the_connection},
    {150, faults_freeze},
    {300, kill_a_matcher},
    {400, faults_kill_the_recorder},
    {500, kill_a_matcher},
    {650, faults_thaw},
    {700, faults_fill_the_disk},
    {760, kill_a_matcher},
    {800, faults_empty_the_disk},
    {850, faults_kill_the_server},
    {900, faults_start_the_server},
    {920, faults_kill_the_recorder},
    {940, kill_a_matcher},
    {1000, NULL},
};

static int
set_up_siege (void **state)
{
    set_up_recorder (state);
    peer_close (&fixture.matcher);
    chain_open ();
    return 0;
}

static int
tear_down_siege (void **state)
{
    postgres_server_thaw (fixture.server);
    chain_close ();
    return tear_down (state);
}

static void
test_each_chat_has_its_one_row_after_a_siege (void **state)
{
    (void) state;
    size_t seconds = faults_number ("RECORDS_SECONDS", 6);
    size_t rate = faults_number ("RECORDS_RATE", 200);
    size_t most = 0;
    chain_start (seconds * rate);
    uint64_t begin_ms = now_ms ();
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        chain_carry (begin_ms, rate, begin_ms + moments[i].at * seconds);
        if (moments[i].come != NULL) {
            moments[i].come ();
        }
        most = chain_outbox () > most ? chain_outbox () : most;
    }
    size_t late = company_late (chain.company);
    size_t left = chain_outbox ();
    uint64_t storm_ms = now_ms () - begin_ms;
    chain_settle (SETTLE_MS + storm_ms);
    print_message (
        "%zu chats in %" PRIu64 " ms, %zu of them late; %" PRIu64
        " requests said again; %zu records in the outbox at most, %zu in the end;"
        " all there %" PRIu64 " ms later\n",
        company_chats (chain.company), storm_ms, late, company_repeats (chain.company),
        most, left, now_ms () - begin_ms - storm_ms);
    chain_check ();
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_each_chat_has_its_one_row_after_a_siege,
                                         set_up_siege, tear_down_siege),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
