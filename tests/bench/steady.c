// steady.c -- how many instructions a message takes in the gateway and the relay, held against the
// figures that are kept in steady.figures, whose head says what is counted.
//
// All processes share one CPU: how they alternate, and so how often they are woken, then depends
// little on what else the machine does.

#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/callgrind.h"
#include "bench/load.h"
#include "bench/side.h"
#include "bench/steady_figures.h"
#include "support/cmocka_all.h"
#include "support/service.h"

#define USERS 40 // Two after two are a pair.
#define WINDOW 16
// Of each user in a round. After so many a browser is asked what it has read: all rounds have as
// many of these questions.
#define MESSAGES 16
#define ROUNDS 5
#define IDLE_US 1000000
#define NOT_COMPARED 77 // CTest's word for a test that was passed over.

typedef enum { GATEWAY, RELAY, COUNTED } counted_t;
typedef enum { WORK, TURNS, ZEROMQ, MEASURES } measure_t;

static const char *const names[COUNTED] = {"gateway", "relay"};

static struct {
    bool write;     // Keep what is found.
    bool functions; // Print where it goes.
} options;

static side_t *side;
static char folder[] = "/tmp/steady-XXXXXX"; // Of the profiles.
static unsigned part;                        // The latest of them.
static double turn_cost[COUNTED];
static bool compared;

static double
per_message (double sum)
{
    return sum / (USERS * MESSAGES);
}

static void
next_part (void)
{
    part++;
    for (size_t i = 0; i < COUNTED; i++) {
        callgrind_part (side_pid (side, names[i]));
    }
}

static int
compare (const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;
    return (x > y) - (x < y);
}

static double
median (double values[ROUNDS])
{
    qsort (values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

// What a turn costs in which nothing happens.
static void
measure_turns (load_t *load)
{
    double found[COUNTED][ROUNDS];
    next_part ();
    for (size_t round = 0; round < ROUNDS; round++) {
        load_talk (load, 0, IDLE_US);
        next_part ();
        for (size_t i = 0; i < COUNTED; i++) {
            profile_t profile = callgrind_read (folder, names[i], part);
            found[i][round] =
                (double) (profile.main - profile.timers) / (double) profile.turns;
        }
    }
    for (size_t i = 0; i < COUNTED; i++) {
        turn_cost[i] = median (found[i]);
    }
}

// Medians of all rounds with so many messages at once.
static void
measure (load_t *load, size_t window, double medians[COUNTED][MEASURES])
{
    double found[COUNTED][MEASURES][ROUNDS];
    load_step (load, window, MESSAGES / window);
    next_part ();
    for (size_t round = 0; round < ROUNDS; round++) {
        load_step (load, window, MESSAGES / window);
        next_part ();
        for (size_t i = 0; i < COUNTED; i++) {
            profile_t profile = callgrind_read (folder, names[i], part);
            double turns = (double) profile.turns;
            double work = (double) (profile.main - profile.timers) - turns * turn_cost[i];
            found[i][WORK][round] = per_message (work);
            found[i][TURNS][round] = per_message (turns);
            found[i][ZEROMQ][round] = per_message ((double) profile.zeromq);
        }
    }
    for (size_t i = 0; i < COUNTED; i++) {
        for (size_t j = 0; j < MEASURES; j++) {
            medians[i][j] = median (found[i][j]);
        }
    }
    for (size_t i = 0; options.functions && i < COUNTED; i++) {
        printf ("\n--- %zu on their way ---\n", window);
        callgrind_print (folder, names[i], part, USERS * MESSAGES);
    }
}

static void
print_all (const char *name, double medians[COUNTED][MEASURES])
{
    for (size_t i = 0; i < COUNTED; i++) {
        printf (
            "%s, %s: main thread %.0f and %.2f turns of %.0f each, ZeroMQ's thread %.0f\n",
            name, names[i], medians[i][WORK], medians[i][TURNS], turn_cost[i],
            medians[i][ZEROMQ]);
    }
}

static steady_figures_t
measure_all (const steady_figures_t *kept)
{
    double one[COUNTED][MEASURES];
    double many[COUNTED][MEASURES];
    side = side_start_ours (1, folder);
    size_t port_count;
    const uint16_t *ports = side_ports (side, &port_count);
    load_t *load = load_new (USERS, ports, port_count);
    load_join (load);
    load_pair (load);
    for (size_t i = 0; i < COUNTED; i++) {
        callgrind_count (side_pid (side, names[i]));
    }
    turn_cost[GATEWAY] = kept->of[TURN_GATEWAY];
    turn_cost[RELAY] = kept->of[TURN_RELAY];
    if (options.write) {
        measure_turns (load);
    }
    measure (load, 1, one);
    measure (load, WINDOW, many);
    load_destroy (&load);
    side_stop (&side);
    puts ("instructions a message");
    print_all ("1 on its way", one);
    print_all ("16 on their way", many);
    steady_figures_t now = {
        .made_with = MADE_WITH,
        .of =
            {
                [ONE_GATEWAY] = one[GATEWAY][WORK],
                [ONE_GATEWAY_ZEROMQ] = one[GATEWAY][ZEROMQ],
                [ONE_GATEWAY_TURNS] = one[GATEWAY][TURNS],
                [ONE_RELAY] = one[RELAY][WORK],
                [ONE_RELAY_ZEROMQ] = one[RELAY][ZEROMQ],
                [ONE_RELAY_TURNS] = one[RELAY][TURNS],
                [MANY_GATEWAY] = many[GATEWAY][WORK],
                [MANY_RELAY] = many[RELAY][WORK],
                [TURN_GATEWAY] = turn_cost[GATEWAY],
                [TURN_RELAY] = turn_cost[RELAY],
            },
    };
    return now;
}

static void
test_a_message_takes_no_more_instructions_than_it_did (void **state)
{
    char wrong[256];
    steady_figures_t kept;
    (void) state;
    bool whole = steady_read (FIGURES, &kept, wrong);
    if (!whole && !options.write) {
        fail_msg ("%s; 'bench_steady --write' writes it anew", wrong);
    }
    steady_figures_t now = measure_all (&kept);
    if (options.write) {
        assert_true (steady_write (FIGURES, &now));
        puts ("written to " FIGURES);
        return;
    }
    compared = strcmp (kept.made_with, now.made_with) == 0;
    bool fine = steady_compare (stdout, &kept, &now);
    fflush (stdout);
    if (!compared) {
        printf ("the kept ones were made with %s, and these with %s: they are not judged\n",
                kept.made_with, now.made_with);
    }
    else if (!fine) {
        fail_msg ("messages take more instructions than they did");
    }
}

// --- The run ---

static int
set_up (void **state)
{
    (void) state;
    callgrind_check ();
    assert_non_null (mkdtemp (folder));
    sides_open ();
    return 0;
}

static int
remove_one (const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status;
    (void) kind;
    (void) place;
    return remove (path);
}

// Also after a failure: nothing is left behind.
static int
tear_down (void **state)
{
    (void) state;
    if (side != NULL) {
        side_kill (side);
    }
    sides_close ();
    side_stop (&side);
    nftw (folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}

static const char help[] =
    "Usage: bench_steady [OPTION]...\n"
    "\n"
    "Counts the instructions that a message takes in the gateway and the relay, and fails if they are\n"
    "more than those in " FIGURES " by more than 5 %.\n"
    "Starts all servers of its own, the two under valgrind, and ends them. Half a minute.\n"
    "\n"
    "  --write      writes that file anew\n"
    "  --functions  prints the costliest functions, too\n"
    "  --help       this\n";

static void
share_one_cpu (void)
{
    cpu_set_t set;
    int cpu = sched_getcpu ();
    CPU_ZERO (&set);
    CPU_SET ((size_t) (cpu >= 0 ? cpu : 0), &set);
    sched_setaffinity (0, sizeof set, &set);
}

int
main (int argc, char **argv)
{
    static const struct option words[] = {
        {"write", no_argument, NULL, 'w'},
        {"functions", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter;
    while ((letter = getopt_long (argc, argv, "", words, NULL)) != -1) {
        options.write = options.write || letter == 'w';
        options.functions = options.functions || letter == 'f';
        if (letter == 'h' || letter == '?') {
            fputs (help, letter == 'h' ? stdout : stderr);
            return letter == 'h' ? 0 : 2;
        }
    }
    share_one_cpu ();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (
            test_a_message_takes_no_more_instructions_than_it_did, set_up, tear_down),
    };
    int failed = cmocka_run_group_tests (tests, NULL, NULL);
    return failed == 0 && !compared && !options.write ? NOT_COMPARED : failed;
}
