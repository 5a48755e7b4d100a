// record.c -- what putting chats on record costs.
//
// A real recorder on a real PostgreSQL, which commits to the disk, is brought records as by matchers;
// beside it a connection that writes row by row. Both take turns, and the table shows medians, so
// that what it compares has met the same machine. Every row is checked. See --help.

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/drain.h"
#include "bench/figures.h"
#include "bench/row_by_row.h"
#include "sessions/chain.h"
#include "sessions/courier.h"
#include "sessions/fixture.h"

#define ROUNDS_HERE 20        // At most.
#define CHATS_A_SECOND 100000 // No machine does more.
#define PROCESSES_MOST 64
#define SETTLE_US 60000000

typedef struct {
    size_t rounds;  // How often each way takes its turn.
    double seconds; // Of one run.
    size_t at_once; // RECORDs on their way.
    size_t backlog; // Chats.
    size_t outbox;  // Records; 0: that is left out.
} options_t;

// Seconds of CPU.
typedef struct {
    double recorder;
    double postgres; // All its processes.
} spent_t;

typedef enum { BY_RECORDER, BY_ROWS, OF_BACKLOG, WAYS } way_t;

typedef enum {
    CHATS_S,
    CHATS_CPU_S,
    RECORDER_US,
    POSTGRES_US,
    STATEMENTS,
    COLUMNS
} column_t;

static options_t options = {5, 2, 2048, 20000, 1000000};
static double figures[WAYS][COLUMNS][ROUNDS_HERE];
static size_t round_now;
static courier_t *courier;
static row_by_row_t *rows;

// --- CPU ---

static spent_t
spent (void)
{
    pid_t pids[PROCESSES_MOST];
    size_t count = postgres_server_processes (fixture.server, pids, PROCESSES_MOST);
    spent_t so_far = {0, 0};
    for (size_t i = 0; i < count; i++) {
        so_far.postgres += cpu_seconds (pids[i]);
    }
    if (fixture.recorder != NULL) {
        so_far.recorder = cpu_seconds (service_pid (fixture.recorder));
    }
    return so_far;
}

static uint64_t
statements (void)
{
    return fixture.recorder != NULL
               ? metric_value (fixture.admin_port, "recorder_batches_total")
               : 0;
}

// Takes down what `chats` have cost since then.
static void
note (way_t way, double chats, uint64_t start_us, const spent_t *before, double run)
{
    double seconds = (double) (now_us () - start_us) / 1e6;
    spent_t after = spent ();
    double recorder = after.recorder - before->recorder;
    double postgres = after.postgres - before->postgres;
    double cpu = recorder + postgres > 0 ? recorder + postgres : 0.01;
    assert_true (chats > 0);
    figures[way][CHATS_S][round_now] = chats / seconds;
    figures[way][CHATS_CPU_S][round_now] = chats / cpu;
    figures[way][RECORDER_US][round_now] = recorder * 1e6 / chats;
    figures[way][POSTGRES_US][round_now] = postgres * 1e6 / chats;
    figures[way][STATEMENTS][round_now] = run / chats;
}

// --- Runs: each begins with an empty table ---

static void
start_run (void)
{
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    ask_text ("TRUNCATE \"ChatSession\"");
    ask_text ("CHECKPOINT");
}

static void
end_run (void)
{
    courier_destroy (&courier);
    service_stop (&fixture.recorder);
}

static void
carry (uint64_t end_us)
{
    while (now_us () < end_us && courier_waiting (courier) > 0) {
        courier_step (courier);
    }
}

// Everything that was begun comes to its end, and is there.
static void
check_rows (void)
{
    uint64_t end_us = now_us () + SETTLE_US;
    courier_finish (courier);
    carry (end_us);
    assert_int_equal (courier_waiting (courier), 0);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""),
                      courier_begun (courier));
    assert_int_equal (ask_number (COURIER_SUM), courier_sum (courier));
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
}

static void
run_recorder (void)
{
    size_t most = (size_t) (options.seconds * CHATS_A_SECOND) + 1000;
    start_run ();
    courier = courier_new (fixture.bus_port, most, options.at_once, options.at_once);
    WAIT_FOR ((courier_step (courier), courier_is_ready (courier)));
    courier_begin (courier, most);
    carry (now_us () + 200000); // Warms up.
    size_t confirmed = courier_confirmed (courier);
    uint64_t run = statements ();
    spent_t before = spent ();
    uint64_t start_us = now_us ();
    carry (start_us + (uint64_t) (options.seconds * 1e6));
    note (BY_RECORDER, (double) (courier_confirmed (courier) - confirmed) / 2, start_us,
          &before, (double) (statements () - run));
    check_rows ();
    end_run ();
}

static void
run_rows (void)
{
    start_run ();
    service_stop (&fixture.recorder);
    row_by_row_run (rows, 100); // Warms up.
    spent_t before = spent ();
    uint64_t start_us = now_us ();
    uint64_t end_us = start_us + (uint64_t) (options.seconds * 1e6);
    size_t chats = 0;
    while (now_us () < end_us) {
        row_by_row_run (rows, 10);
        chats += 10;
    }
    note (BY_ROWS, (double) chats, start_us, &before, 2 * (double) chats);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""
                                  "  WHERE \"endedAt\" IS NOT NULL"),
                      chats + 100);
}

// All of it waits when the recorder comes.
static void
run_backlog (void)
{
    start_run ();
    courier =
        courier_new (fixture.bus_port, options.backlog, options.at_once, options.at_once);
    WAIT_FOR ((courier_step (courier), courier_is_ready (courier)));
    uint64_t run = statements ();
    spent_t before = spent ();
    uint64_t start_us = now_us ();
    courier_begin (courier, options.backlog);
    while (courier_begun (courier) < options.backlog) {
        courier_step (courier);
        assert_true (now_us () < start_us + 2 * SETTLE_US);
    }
    courier_finish (courier);
    carry (start_us + 2 * SETTLE_US);
    note (OF_BACKLOG, (double) options.backlog, start_us, &before,
          (double) (statements () - run));
    check_rows ();
    end_run ();
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
    static const char *const names[WAYS] = {"a recorder", "row by row, prepared",
                                            "a backlog"};
    char version[64];
    snprintf (version, sizeof version, "%s", ask_text ("SHOW server_version"));
    printf ("\nPostgreSQL %s, synchronous_commit %s", version,
            ask_text ("SHOW synchronous_commit"));
    printf (", fsync %s; medians of %zu rounds of %.3g s;\n"
            "two records a chat, %zu records at once; the backlog is of %zu chats\n\n",
            ask_text ("SHOW fsync"), options.rounds, options.seconds, options.at_once,
            options.backlog);
    puts (
        "| chats put on record by | chats/s | chats a | us of CPU a chat    | statements |\n"
        "|                        |         | CPU s   | recorder | Postgres | a chat     |\n"
        "|------------------------|---------|---------|----------|----------|------------|");
    for (way_t way = 0; way < WAYS; way++) {
        printf ("| %-22s | %7.0f | %7.0f | %8.0f | %8.0f | %10.3f |\n", names[way],
                median (way, CHATS_S), median (way, CHATS_CPU_S), median (way, RECORDER_US),
                median (way, POSTGRES_US), median (way, STATEMENTS));
    }
}

static void
test_every_chat_has_its_row (void **state)
{
    (void) state;
    for (round_now = 0; round_now < options.rounds; round_now++) {
        fprintf (stderr, "bench_record: round %zu of %zu\n", round_now + 1, options.rounds);
        run_recorder ();
        run_rows ();
        run_backlog ();
    }
    print_table ();
}

static void
test_a_long_outbox_gets_empty (void **state)
{
    (void) state;
    if (options.outbox == 0) {
        skip ();
    }
    fprintf (stderr, "bench_record: an outbox of %zu records\n", options.outbox);
    start_run ();
    service_stop (&fixture.recorder);
    drain_t drain = drain_run (options.outbox);
    drain_print (&drain);
}

static int
set_up (void **state)
{
    set_up_server (state);
    postgres_server_kill (fixture.server);
    postgres_server_set (fixture.server, "fsync=on");
    postgres_server_set (fixture.server, "full_page_writes=on");
    postgres_server_set (fixture.server, "shared_buffers=128MB");
    postgres_server_start (fixture.server);
    set_up_database (state);
    rows = row_by_row_new (postgres_server_socket_url (fixture.server, fixture.database));
    return 0;
}

// Also after a failure: nothing is left behind.
static int
tear_down_all (void **state)
{
    courier_destroy (&courier);
    row_by_row_destroy (&rows);
    chain_close ();
    tear_down (state);
    return tear_down_server (state);
}

// --- Options ---

static const char help[] =
    "Usage: bench_record [OPTION]...\n"
    "\n"
    "Prints how many chats a recorder puts on record a second, and a second of CPU (the recorder's and\n"
    "all of Postgres together), beside one connection that writes row by row; and how fast a backlog\n"
    "goes; then how fast real matchers empty a long outbox in Redis, such as an hour without a recorder\n"
    "leaves. Starts all that it needs, and ends it. Takes about three minutes.\n"
    "\n"
    "  --rounds N    how often each takes its turn, 1 to 20 (5)\n"
    "  --seconds S   how long each is measured, 0.05 to 60 (2)\n"
    "  --at-once N   records that are on their way at the same time, 1 to 10000 (2048)\n"
    "  --backlog N   chats that wait for a recorder, 100 to 1000000 (20000)\n"
    "  --outbox N    records that wait in Redis, 0 (none) to 10000000 (1000000)\n"
    "  --help        this\n";

static bool
read_number (const char *text, double least, double most, double *number)
{
    char *end;
    *number = strtod (text, &end);
    return end != text && *end == '\0' && *number >= least && *number <= most;
}

static bool
read_option (int letter, const char *text)
{
    double number = 0;
    bool right;
    switch (letter) {
        case 'r':
            right = read_number (text, 1, ROUNDS_HERE, &number);
            options.rounds = (size_t) number;
            return right;
        case 's':
            return read_number (text, 0.05, 60, &options.seconds);
        case 'a':
            right = read_number (text, 1, 10000, &number);
            options.at_once = (size_t) number;
            return right;
        case 'b':
            right = read_number (text, 100, 1000000, &number);
            options.backlog = (size_t) number;
            return right;
        case 'o':
            right = read_number (text, 0, 10000000, &number);
            options.outbox = (size_t) number;
            return right;
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
        {"at-once", required_argument, NULL, 'a'},
        {"backlog", required_argument, NULL, 'b'},
        {"outbox", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_every_chat_has_its_row, set_up,
                                         tear_down_all),
        cmocka_unit_test_setup_teardown (test_a_long_outbox_gets_empty, set_up,
                                         tear_down_all),
    };
    int letter;
    while ((letter = getopt_long (argc, argv, "", names, NULL)) != -1) {
        if (letter == 'h') {
            fputs (help, stdout);
            return 0;
        }
        if (!read_option (letter, optarg)) {
            fprintf (stderr, "bench_record: that is no option; --help names them.\n");
            return 2;
        }
    }
    if (optind < argc) {
        fprintf (stderr, "bench_record: that is no option; --help names them.\n");
        return 2;
    }
    return cmocka_run_group_tests (tests, NULL, NULL);
}
