// slow_test.c -- people meet as ever while PostgreSQL stands still, or is slow and takes few
// connections; their chats are on record later.

#include <stdio.h>

#include "sessions/chain.h"
#include "sessions/faults.h"
#include "sessions/fixture.h"
#include "support/delay.h"

#define CHATS 200
#define RATE 100 // Chats a second.
#define SETTLE_MS 30000
#define LATENCY_MS 500

static delay_t *delay; // Between the recorder and the server; NULL: there is none.

static int
set_up_chain (void **state)
{
    set_up_database (state);
    chain_open ();
    return 0;
}

static int
tear_down_chain (void **state)
{
    postgres_server_thaw (fixture.server);
    chain_close ();
    tear_down (state);
    delay_destroy (&delay);
    return 0;
}

// A few chats, from the search to the end, without a look at what is on record.
static void
meet (void)
{
    uint64_t begin_ms = now_ms ();
    chain_carry (begin_ms, RATE, begin_ms + 1000 * CHATS / RATE);
    WAIT_FOR ((company_step (chain.company), company_is_home (chain.company)));
    assert_int_equal (company_chats (chain.company), CHATS);
}

static void
test_people_meet_while_nothing_can_be_put_on_record (void **state)
{
    (void) state;
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    chain_start (CHATS);
    faults_freeze ();
    meet ();
    assert_int_equal (chain_outbox (), 2 * CHATS);
    faults_thaw ();
    chain_settle (SETTLE_MS);
    chain_check ();
}

static void
test_five_connections_and_half_a_second_of_latency_are_enough (void **state)
{
    (void) state;
    char url[128];
    assert_int_equal (ask_number ("SHOW max_connections"), 5);
    delay = delay_new (postgres_server_port (fixture.server), LATENCY_MS);
    snprintf (url, sizeof url, "postgresql://chat@localhost:%u/%s", delay_port (delay),
              fixture.database);
    bring_up_to_date ();
    fixture.recorder = start_recorder (url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    chain_start (CHATS);
    meet ();
    chain_settle (SETTLE_MS);
    chain_check ();
}

#define WITH_CHAIN(test)                                                                   \
    cmocka_unit_test_setup_teardown (test, set_up_chain, tear_down_chain)

int
main (void)
{
    const struct CMUnitTest still[] = {
        WITH_CHAIN (test_people_meet_while_nothing_can_be_put_on_record),
    };
    const struct CMUnitTest slow[] = {
        WITH_CHAIN (test_five_connections_and_half_a_second_of_latency_are_enough),
    };
    int failed = cmocka_run_group_tests (still, set_up_server, tear_down_server);
    failed += cmocka_run_group_tests (slow, set_up_few_connections, tear_down_server);
    return failed;
}
