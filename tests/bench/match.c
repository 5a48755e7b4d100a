// match.c -- what bringing people together costs, and whether it stays so with many who wait.
//
// Runs real matchers on a real Redis, and beside them the bare script, called straight; all kinds of
// runs take turns, and the tables show the medians of all rounds, so that what they compare has met
// the same machine. Every answer is checked. See --help.

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "bench/stage.h"
#include "support/cmocka_all.h"

#define BARE_DEPTH 64  // FCALLs at once.
#define WARM_US 200000 // Not measured, at the beginning of a run.
#define STANDING 128   // With interests, so many more: about these find nobody at once.
#define ROWS_MOST 16
#define USERS_LEAST 16 // Fewer have all met just now.
#define USERS_MOST 100000
#define WAITERS_MOST 1000000
#define MEMORY_MOST 100000 // Users who are weighed.
#define SECONDS_MOST 600
#define DEADLINE_US 10000000 // For the first pair, if it takes longer than a run.

typedef struct {
    size_t rounds;   // How often each kind of run takes its turn.
    double seconds;  // Of one run.
    size_t users;    // Who search at once.
    size_t matchers; // At most.
    size_t waiters;  // At most, who fit nobody.
} options_t;

// A kind of run.
typedef struct {
    const char *name;
    wish_t wish;       // Of the users.
    size_t matchers;   // 0: the bare script.
    bool record;       // There is a recorder.
    size_t waiters;    // Who fit nobody.
    size_t base;       // The row that it is compared with.
    figures_t figures; // What it measured.
} row_t;

static options_t options = {5, 2, 256, 4, 100000};
static stage_t *stage;
static row_t rows[ROWS_MOST]; // Of searches.
static size_t row_count;
static row_t growth[ROWS_MOST]; // With more and more who wait.
static size_t growth_count;
static size_t refusals; // SEARCHes that were refused, in all runs.

// --- One run ---

static void
carry (const row_t *row, crowd_t *crowd, uint64_t for_us)
{
    if (row->matchers == 0) {
        bare_run (stage_bare (stage), crowd, BARE_DEPTH, for_us);
    }
    else {
        callers_t callers = crowd_callers (crowd);
        gateways_run (stage_gateways (stage), &callers, for_us);
    }
}

static void
settle (const row_t *row, crowd_t *crowd)
{
    if (row->matchers == 0) {
        bare_settle (stage_bare (stage), crowd);
    }
    else {
        callers_t callers = crowd_callers (crowd);
        crowd_rest (crowd);
        gateways_settle (stage_gateways (stage), &callers);
    }
}

static void
measure (row_t *row, crowd_t *crowd)
{
    size_t wait_count;
    carry (row, crowd, WARM_US);
    crowd_count (crowd);
    cpu_t before = stage_cpu (stage);
    uint64_t start_us = now_us ();
    carry (row, crowd, (uint64_t) (options.seconds * 1e6));
    while (crowd_pairs (crowd) == 0 && now_us () < start_us + DEADLINE_US) {
        carry (row, crowd, WARM_US); // The machine has other things to do.
    }
    double seconds = (double) (now_us () - start_us) / 1e6;
    cpu_t after = stage_cpu (stage);
    cpu_t used = {after.redis - before.redis, after.matchers - before.matchers,
                  after.load - before.load};
    uint32_t *waits_us = crowd_waits (crowd, &wait_count);
    assert_true (crowd_pairs (crowd) > 0);
    figures_add (&row->figures, crowd_pairs (crowd), seconds, &used, waits_us, wait_count);
}

// Redis has `filled` of the row's waiters already.
static void
run (row_t *row, crowd_t *crowd, size_t filled)
{
    bare_fill (stage_bare (stage), FILL_APART, row->waiters - filled);
    if (row->matchers > 0) {
        size_t people = (options.users + row->waiters) / GATEWAYS;
        stage_start_matchers (stage, row->matchers, people, row->record);
    }
    crowd_wake (crowd);
    measure (row, crowd);
    settle (row, crowd);
    stage_stop_matchers (stage);
}

static crowd_t *
gather (wish_t wish)
{
    size_t users = options.users + (wish == WISH_INTERESTS ? STANDING : 0);
    stage_clear (stage);
    return crowd_new (users, wish, stage_gateway_ids (stage), GATEWAYS);
}

static void
run_searches (void)
{
    for (size_t i = 0; i < row_count; i++) {
        crowd_t *crowd = gather (rows[i].wish);
        run (&rows[i], crowd, 0);
        figures_compare (&rows[i].figures, &rows[rows[i].base].figures);
        refusals += crowd_refusals (crowd);
        crowd_destroy (&crowd);
    }
}

// One crowd for all: those of it who are left waiting in the end must be known to the next run.
static void
run_growth (void)
{
    crowd_t *crowd = gather (WISH_NOTHING);
    for (size_t i = 0; i < growth_count; i++) {
        run (&growth[i], crowd, i > 0 ? growth[i - 1].waiters : 0);
        figures_compare (&growth[i].figures, &growth[0].figures);
    }
    refusals += crowd_refusals (crowd);
    crowd_destroy (&crowd);
}

// --- Tables ---

// clang-format off
static const char search_head[] =
    "| search by              | pairs/s | of bare | pairs a | ms to MATCHED | us of CPU a pair        | this |\n"
    "|                        |         |         | CPU s   | p50   | p99   | Redis | matchers | this | busy |\n"
    "|------------------------|---------|---------|---------|-------|-------|-------|----------|------|------|";

static const char growth_head[] =
    "| waiting | pairs/s | of the | ms to MATCHED | us of CPU a pair |\n"
    "|         |         | first  | p50   | p99   | Redis | matchers |\n"
    "|---------|---------|--------|-------|-------|-------|----------|";

static const char memory_head[] =
    "\n"
    "| bytes of Redis for a user         | users  | each  |\n"
    "|-----------------------------------|--------|-------|";
// clang-format on

static double
of (const row_t *row, figure_t which)
{
    return figures_median (&row->figures, which);
}

static void
print_searches (void)
{
    printf (
        "\n%zu users search at once; medians of %zu rounds of %.3g s; Redis without a file\n\n",
        options.users, options.rounds, options.seconds);
    puts (search_head);
    for (size_t i = 0; i < row_count; i++) {
        const row_t *row = &rows[i];
        printf (
            "| %-22s | %7.0f | %7.2f | %7.0f | %5.1f | %5.1f | %5.0f | %8.0f | %4.0f | %3.0f%% |\n",
            row->name, of (row, PAIRS_A_SECOND), of (row, COMPARED),
            of (row, PAIRS_A_CPU_SECOND), of (row, P50_MS), of (row, P99_MS),
            of (row, REDIS_US), of (row, MATCHERS_US), of (row, LOAD_US),
            of (row, LOAD_BUSY));
    }
}

static void
print_growth (void)
{
    printf ("\nWith %s, and others who wait and fit nobody\n\n", growth[0].name);
    puts (growth_head);
    for (size_t i = 0; i < growth_count; i++) {
        const row_t *row = &growth[i];
        printf ("| %7zu | %7.0f | %6.2f | %5.1f | %5.1f | %5.0f | %8.0f |\n", row->waiters,
                of (row, PAIRS_A_SECOND), of (row, COMPARED), of (row, P50_MS),
                of (row, P99_MS), of (row, REDIS_US), of (row, MATCHERS_US));
    }
}

static void
print_memory (void)
{
    static const struct {
        const char *name;
        fill_t fill;
    } kinds[] = {
        {"who waits", FILL_PLAIN},
        {"who waits, 3 interests, language", FILL_PICKY},
        {"who chats", FILL_CHATS},
    };
    puts (memory_head);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (size_t users = 1000; users <= MEMORY_MOST && users <= options.waiters;
             users *= 10) {
            stage_clear (stage);
            size_t before = stage_redis_bytes (stage);
            bare_fill (stage_bare (stage), kinds[i].fill, users);
            stage_drop_records (stage);
            printf ("| %-33s | %6zu | %5zu |\n", kinds[i].name, users,
                    (stage_redis_bytes (stage) - before) / users);
        }
    }
}

// --- The run of all ---

static size_t
add_row (const char *name, wish_t wish, size_t matchers, bool record, size_t base)
{
    must (row_count < ROWS_MOST);
    rows[row_count] = (row_t){
        .name = name, .wish = wish, .matchers = matchers, .record = record, .base = base};
    return row_count++;
}

static const char *
name_of (size_t matchers, const char *what)
{
    static char names[ROWS_MOST][32];
    snprintf (names[row_count], sizeof names[0], "%zu matcher%s%s", matchers,
              matchers > 1 ? "s" : "", what);
    return names[row_count];
}

static void
plan_rows (void)
{
    size_t most = options.matchers;
    size_t bare = add_row ("the bare script", WISH_NOTHING, 0, false, row_count);
    for (size_t matchers = 1; matchers < most; matchers *= 2) {
        add_row (name_of (matchers, ""), WISH_NOTHING, matchers, true, bare);
    }
    add_row (name_of (most, ""), WISH_NOTHING, most, true, bare);
    add_row (name_of (most, ", no records"), WISH_NOTHING, most, false, bare);
    bare = add_row ("the bare, interests", WISH_INTERESTS, 0, false, row_count);
    add_row (name_of (most, ", interests"), WISH_INTERESTS, most, true, bare);
    growth[growth_count++] =
        (row_t){.name = name_of (most, ""), .matchers = most, .record = true};
    for (size_t waiters = 1000; waiters <= options.waiters; waiters *= 10) {
        growth[growth_count++] =
            (row_t){.matchers = most, .record = true, .waiters = waiters};
    }
}

static void
test_every_answer_is_right (void **state)
{
    (void) state;
    plan_rows ();
    for (size_t i = 0; i < options.rounds; i++) {
        fprintf (stderr, "bench_match: round %zu of %zu\n", i + 1, options.rounds);
        run_searches ();
        run_growth ();
    }
    print_searches ();
    print_growth ();
    print_memory ();
    printf ("\n%zu searches were refused, and repeated.\n", refusals);
}

static int
set_up (void **state)
{
    (void) state;
    stage = stage_open ();
    return 0;
}

// Also after a failure: nothing is left behind.
static int
tear_down (void **state)
{
    (void) state;
    stage_close (&stage);
    return 0;
}

// --- Options ---

static const char help[] =
    "Usage: bench_match [OPTION]...\n"
    "\n"
    "Prints how many pairs matchers make a second, beside the script in Redis that they call, called\n"
    "straight; how that holds with many who wait; and the bytes that a user takes in Redis. Starts a\n"
    "Redis and matchers of its own, and ends them. Takes some five minutes.\n"
    "\n"
    "  --rounds N    how often each kind of run takes its turn, 1 to 99 (5)\n"
    "  --seconds S   how long each is measured, 0.05 to 600 (2)\n"
    "  --users N     users who search at the same time, 16 to 100000 (256)\n"
    "  --matchers N  at most so many matchers, 1 to 16 (4): 1, 2, 4, ... N\n"
    "  --waiters N   at most so many others who wait, 0 to 1000000 (100000): 0, 1000, 10000, ... N\n"
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
    switch (letter) {
        case 'r':
            options.rounds =
                read_number (text, 1, ROUNDS_MOST, &number) ? (size_t) number : 0;
            return options.rounds > 0;
        case 's':
            return read_number (text, 0.05, SECONDS_MOST, &options.seconds);
        case 'u':
            options.users =
                read_number (text, USERS_LEAST, USERS_MOST, &number) ? (size_t) number : 0;
            return options.users > 0;
        case 'm':
            options.matchers =
                read_number (text, 1, MATCHERS_MOST, &number) ? (size_t) number : 0;
            return options.matchers > 0;
        case 'w':
            options.waiters =
                read_number (text, 0, WAITERS_MOST, &number) ? (size_t) number : 0;
            return number > 0 || strcmp (text, "0") == 0;
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
        {"users", required_argument, NULL, 'u'},
        {"matchers", required_argument, NULL, 'm'},
        {"waiters", required_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter;
    while ((letter = getopt_long (argc, argv, "", names, NULL)) != -1) {
        if (letter == 'h') {
            fputs (help, stdout);
            return 0;
        }
        if (!read_option (letter, optarg)) {
            fputs (help, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fputs (help, stderr);
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_every_answer_is_right, set_up, tear_down),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
