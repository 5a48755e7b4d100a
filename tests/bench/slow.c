// slow.c -- whether people meet later when PostgreSQL is slow.
//
// Chats come at a steady rate through real matchers and a Redis, and go on record: in turns in a
// PostgreSQL that is well, and in one that takes five connections and answers half a second late. The
// time from SEARCH to MATCHED is that of those who find somebody at once. Every row is checked. See
// --help.

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures.h"
#include "sessions/chain.h"
#include "sessions/fixture.h"
#include "support/delay.h"

#define ROUNDS_HERE 50 // At most.
#define SETTLE_MS 120000
#define WARM_MS 500
#define LATENCY_MS 500

typedef struct {
    size_t rounds;
    double seconds; // Of one turn.
    size_t rate;    // Chats a second.
} options_t;

typedef enum { WELL, SLOW, WAYS } way_t;
typedef enum { P50_US, P99_US, WAITING_RECORDS, COLUMNS } column_t;

static options_t options = {7, 4, 300};
static double figures[WAYS][COLUMNS][ROUNDS_HERE];
static size_t round_now;
static postgres_server_t *servers[WAYS]; // Owned.
static delay_t *delay;                   // Before the slow one. Owned.

static int
compare_waits (const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *) a;
    uint32_t second = *(const uint32_t *) b;
    return first < second ? -1 : first > second;
}

// What the turn has measured.
static void
note (way_t way)
{
    size_t count;
    uint32_t *waits_us = company_waits (chain.company, &count);
    assert_true (count > 0);
    qsort (waits_us, count, sizeof *waits_us, compare_waits);
    figures[way][P50_US][round_now] = waits_us[count / 2];
    figures[way][P99_US][round_now] = waits_us[count * 99 / 100];
    figures[way][WAITING_RECORDS][round_now] = (double) chain_outbox ();
}

// People meet, and everything is on record in the end.
static void
take_turn (way_t way)
{
    void *state = NULL;
    char url[128];
    uint64_t turn_ms = WARM_MS + (uint64_t) (options.seconds * 1000);
    fixture.server = servers[way];
    set_up_database (&state);
    snprintf (url, sizeof url, "postgresql://chat@localhost:%u/%s",
              way == SLOW ? delay_port (delay) : postgres_server_port (servers[way]),
              fixture.database);
    bring_up_to_date ();
    fixture.recorder = start_recorder (url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    chain_open ();
    chain_start (turn_ms * options.rate / 1000);
    uint64_t begin_ms = now_ms ();
    chain_carry (begin_ms, options.rate, begin_ms + WARM_MS);
    company_count (chain.company);
    chain_carry (begin_ms, options.rate, begin_ms + turn_ms);
    note (way);
    chain_settle (SETTLE_MS);
    chain_check ();
    chain_close ();
    tear_down (&state);
}

// --- The table ---

static int
compare (const void *a, const void *b)
{
    double first = *(const double *) a;
    double second = *(const double *) b;
    return first < second ? -1 : first > second;
}

static double
median (way_t way, column_t column)
{
    double values[ROUNDS_HERE];
    memcpy (values, figures[way][column], options.rounds * sizeof *values);
    qsort (values, options.rounds, sizeof *values, compare);
    return (values[(options.rounds - 1) / 2] + values[options.rounds / 2]) / 2;
}

static void
print_table (void)
{
    static const char *const names[WAYS] = {"is well", "is slow"};
    printf (
        "\n%zu chats a second; medians of %zu rounds of %.3g s in turns; slow: five connections,"
        "\nand each answer %d ms later\n\n"
        "| Postgres | SEARCH to MATCHED, ms | records that |\n"
        "|          | p50       | p99       | wait then    |\n"
        "|----------|-----------|-----------|--------------|\n",
        options.rate, options.rounds, options.seconds, LATENCY_MS);
    for (way_t way = 0; way < WAYS; way++) {
        printf ("| %-8s | %9.3f | %9.3f | %12.0f |\n", names[way],
                median (way, P50_US) / 1000, median (way, P99_US) / 1000,
                median (way, WAITING_RECORDS));
    }
    printf ("\nslow to well: %.3f of the p50, %.3f of the p99\n",
            median (SLOW, P50_US) / median (WELL, P50_US),
            median (SLOW, P99_US) / median (WELL, P99_US));
}

static void
test_all_are_matched_and_put_on_record (void **state)
{
    (void) state;
    for (round_now = 0; round_now < options.rounds; round_now++) {
        fprintf (stderr, "bench_slow: round %zu of %zu\n", round_now + 1, options.rounds);
        // Who is first does not always go first.
        take_turn (round_now % 2 == 0 ? WELL : SLOW);
        take_turn (round_now % 2 == 0 ? SLOW : WELL);
    }
    print_table ();
}

static int
set_up (void **state)
{
    set_up_few_connections (state);
    servers[SLOW] = fixture.server;
    delay = delay_new (postgres_server_port (fixture.server), LATENCY_MS);
    set_up_server (state);
    servers[WELL] = fixture.server;
    return 0;
}

// Also after a failure: nothing is left behind.
static int
tear_down_all (void **state)
{
    chain_close ();
    if (fixture.recorder != NULL) {
        tear_down (state);
    }
    delay_destroy (&delay);
    for (way_t way = 0; way < WAYS; way++) {
        postgres_server_destroy (&servers[way]);
    }
    return 0;
}

// --- Options ---

static const char help[] =
    "Usage: bench_slow [OPTION]...\n"
    "\n"
    "Prints the time from SEARCH to MATCHED, through two matchers and a Redis, while chats go on record\n"
    "in a Postgres that is well, and in one that takes five connections and answers half a second late:\n"
    "in turns, and the ratio. Starts all that it needs, and ends it. Takes about three minutes.\n"
    "\n"
    "  --rounds N    how often each takes its turn, 1 to 50 (7)\n"
    "  --seconds S   how long a turn is measured, 0.1 to 60 (4)\n"
    "  --rate N      chats a second, 1 to 5000 (300)\n"
    "  --help        this\n";

static bool
read_option (int letter, const char *text)
{
    char *end;
    double number = strtod (text, &end);
    if (end == text || *end != '\0') {
        return false;
    }
    switch (letter) {
        case 'r':
            options.rounds = number >= 1 ? (size_t) number : 0;
            return number >= 1 && number <= ROUNDS_HERE;
        case 's':
            options.seconds = number;
            return number >= 0.1 && number <= 60;
        case 'a':
            options.rate = number >= 1 ? (size_t) number : 0;
            return number >= 1 && number <= 5000;
        default:
            return false;
    }
}

int
main (int argc, char **argv)
{
    static const struct option names[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'},
        {"rate", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_all_are_matched_and_put_on_record, set_up,
                                         tear_down_all),
    };
    int letter;
    while ((letter = getopt_long (argc, argv, "", names, NULL)) != -1) {
        if (letter == 'h') {
            fputs (help, stdout);
            return 0;
        }
        if (letter == '?' || !read_option (letter, optarg)) {
            fprintf (stderr, "bench_slow: that is no option; --help names them.\n");
            return 2;
        }
    }
    return cmocka_run_group_tests (tests, NULL, NULL);
}
