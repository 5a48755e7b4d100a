// cost.c -- what messages, matches and connections cost, beside the same service on Node and beside a
// server that does as little as can be done.
//
// All sides take turns in one run, and the tables show medians of all rounds, so that what they
// compare has met the same machine. Every answer, message and match is checked. See --help.

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/cost_table.h"
#include "bench/figures.h"
#include "bench/load.h"
#include "bench/side.h"
#include "support/cmocka_all.h"
#include "support/service.h"

#define CHURNERS 20 // Who come and go at the same time.

typedef struct {
    size_t rounds;     // How often each side takes its turn.
    double seconds;    // Of one measurement.
    size_t users;      // Who talk, an even number.
    size_t window;     // Messages on their way, when there are many.
    double rates[2];   // Messages a second of the open loops.
    size_t idle;       // Connections that do nothing.
    const char *sides; // Letters of those that take part.
    const char *works; // Letters of what is measured.
} options_t;

static options_t options = {3, 3, 200, 16, {2000, 8000}, 5000, "nmbo", "icmtrlh"};
static const char letters[SIDES + 1] = "nmbo";
static side_t *side; // That is having its turn.

static uint64_t
span_us (void)
{
    return (uint64_t) (options.seconds * 1e6);
}

static double
used (const usage_t *before, const usage_t *after)
{
    double sum = 0;
    for (size_t i = 0; i < after->count; i++) {
        sum += after->seconds[i] - before->seconds[i];
    }
    return sum > 0 ? sum : 0.01; // The clock's grain.
}

static load_t *
gather (size_t users)
{
    size_t count;
    const uint16_t *ports = side_ports (side, &count);
    return load_new (users, ports, count);
}

// --- One side's turn ---

static void
run_idle (side_kind_t kind)
{
    load_t *load = gather (options.idle);
    size_t before = side_memory (side);
    load_join (load);
    size_t after = side_memory (side);
    cost_note (kind, COST_IDLE, ((double) after - (double) before) / (double) options.idle);
    load_destroy (&load);
}

static void
run_churn (side_kind_t kind)
{
    load_t *load = gather (CHURNERS);
    usage_t before = side_usage (side);
    load_churn (load, span_us ());
    usage_t after = side_usage (side);
    size_t joins = load_counts (load).joins;
    assert_true (joins > 0);
    cost_note (kind, COST_JOIN, used (&before, &after) * 1e6 / (double) joins);
    cost_note_parts (kind, COST_JOIN, &before, &after, joins);
    load_destroy (&load);
}

// Until so many chats are on record.
static void
await_record (size_t chats)
{
    uint64_t end_ms = now_ms () + DEADLINE_MS;
    size_t found = chats;
    while (side_records (side) && (found = side_chats (side)) < chats
           && now_ms () < end_ms) {
        breathe ();
    }
    if (found < chats) {
        fail_msg ("%zu chats are on record, and there were %zu", found, chats);
    }
}

// Ends when all chats are on record, so that nobody puts work off until nobody looks.
static void
run_matches (side_kind_t kind)
{
    load_t *load = gather (options.users);
    load_join (load);
    size_t recorded = side_records (side) ? side_chats (side) : 0;
    usage_t before = side_usage (side);
    load_match (load, span_us ());
    size_t matches = load_counts (load).matches;
    assert_true (matches > 0);
    load_leave (load);
    await_record (recorded + matches);
    usage_t after = side_usage (side);
    cost_note (kind, COST_MATCHES, (double) matches / used (&before, &after));
    cost_note_parts (kind, COST_MATCHES, &before, &after, matches);
    load_destroy (&load);
}

static void
run_talk (side_kind_t kind, load_t *load, cost_t cost, size_t window)
{
    load_talk (load, window, span_us () / 4);
    load_count (load);
    usage_t before = side_usage (side);
    double load_before = cpu_seconds_here ();
    load_talk (load, window, span_us ());
    usage_t after = side_usage (side);
    double busy = (cpu_seconds_here () - load_before) / options.seconds;
    size_t messages = load_counts (load).messages;
    assert_true (messages > 0);
    load_settle (load);
    cost_note (kind, cost, (double) messages / used (&before, &after));
    cost_note_parts (kind, cost, &before, &after, messages);
    fprintf (stderr,
             "  %c window %zu: %.0f messages/s, servers %.0f%%, load %.0f%% of a CPU\n",
             letters[kind], window, (double) messages / options.seconds,
             used (&before, &after) * 100 / options.seconds, busy * 100);
}

static int
compare (const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a;
    uint32_t y = *(const uint32_t *) b;
    return (x > y) - (x < y);
}

static void
run_drip (side_kind_t kind, load_t *load, cost_t p50, double rate)
{
    size_t count;
    load_drip (load, rate, span_us () / 4);
    load_settle (load);
    load_count (load);
    load_drip (load, rate, span_us ());
    load_settle (load);
    uint32_t *waits_us = load_waits (load, &count);
    assert_true (count > 0);
    qsort (waits_us, count, sizeof *waits_us, compare);
    cost_note (kind, p50, waits_us[count / 2]);
    cost_note (kind, p50 + 1, waits_us[count * 99 / 100]);
    if (load_counts (load).late > 0) {
        fprintf (stderr, "  %c does not keep up with %.0f messages/s\n", letters[kind],
                 rate);
    }
}

static bool
wants (char work)
{
    return strchr (options.works, work) != NULL;
}

static void
run_messages (side_kind_t kind)
{
    load_t *load = gather (options.users);
    load_join (load);
    load_pair (load);
    if (wants ('t')) {
        run_talk (kind, load, COST_TALK, 1);
    }
    if (wants ('r')) {
        run_talk (kind, load, COST_RUSH, options.window);
    }
    if (wants ('l')) {
        run_drip (kind, load, COST_LOW_P50, options.rates[0]);
    }
    if (wants ('h')) {
        run_drip (kind, load, COST_HIGH_P50, options.rates[1]);
    }
    load_destroy (&load);
}

static void
take_turn (side_kind_t kind)
{
    side = side_start (kind);
    if (wants ('i')) {
        run_idle (kind); // First: memory that was used before would be used again.
    }
    if (wants ('c')) {
        run_churn (kind);
    }
    if (wants ('m')) {
        run_matches (kind);
    }
    run_messages (kind);
    side_stop (&side);
}

// --- The run of all ---

static void
print_all (void)
{
    char text[COSTS][96];
    const char *names[COSTS];
    const char *const formats[COSTS] = {
        [COST_TALK] = "messages a CPU s, 1 on its way",
        [COST_RUSH] = "messages a CPU s, %.0f on their way",
        [COST_LOW_P50] = "p50 one way at %.0f/s, us",
        [COST_LOW_P99] = "p99 one way at %.0f/s, us",
        [COST_HIGH_P50] = "p50 one way at %.0f/s, us",
        [COST_HIGH_P99] = "p99 one way at %.0f/s, us",
        [COST_MATCHES] = "matches a CPU s",
        [COST_IDLE] = "bytes of memory of an idle connection",
        [COST_JOIN] = "us of CPU of a connect and its end",
    };
    for (size_t i = 0; i < COSTS; i++) {
        double number = i == COST_RUSH      ? (double) options.window
                        : i <= COST_LOW_P99 ? options.rates[0]
                                            : options.rates[1];
        const char *gap = strstr (formats[i], "%.0f");
        names[i] = formats[i];
        if (gap != NULL) {
            snprintf (text[i], sizeof text[i], "%.*s%.0f%s", (int) (gap - formats[i]),
                      formats[i], number, gap + 4);
            names[i] = text[i];
        }
    }
    printf (
        "\n%zu users; medians of %zu rounds of %.3g s; CPU of all processes of a side, Redis "
        "and Postgres included\n",
        options.users, options.rounds, options.seconds);
    cost_print (names);
}

static void
test_every_message_and_match_is_right (void **state)
{
    (void) state;
    for (size_t round = 0; round < options.rounds; round++) {
        fprintf (stderr, "bench_cost: round %zu of %zu\n", round + 1, options.rounds);
        for (size_t i = 0; i < SIDES; i++) {
            // Who goes first changes, too.
            size_t kind = (i + round) % SIDES;
            if (strchr (options.sides, letters[kind]) != NULL) {
                take_turn ((side_kind_t) kind);
            }
        }
    }
    print_all ();
}

static int
set_up (void **state)
{
    (void) state;
    if (strspn (options.sides, "b") < strlen (options.sides)) {
        sides_open ();
    }
    return 0;
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
    side_stop (&side); // Prints the log of a process that had ended by itself.
    return 0;
}

// --- Options ---

static const char help[] =
    "Usage: bench_cost [OPTION]...\n"
    "\n"
    "Prints what messages, matches and connections cost here, on Node and Socket.IO, and in a bare\n"
    "relay. Starts a Redis, a PostgreSQL and all servers of its own, and ends them. Some five minutes.\n"
    "\n"
    "  --rounds N    how often each side takes its turn, 1 to 30 (3)\n"
    "  --seconds S   how long each measurement takes, 0.1 to 600 (3)\n"
    "  --users N     users who talk, even, 2 to 10000 (200)\n"
    "  --window N    messages of a user on their way, when there are many, 1 to 60 (16)\n"
    "  --low R       messages a second of the first open loop (2000)\n"
    "  --high R      and of the second (8000)\n"
    "  --idle N      connections that do nothing, 1 to 100000 (5000)\n"
    "  --sides XYZ   n Node, m two of Node, b bare relay, o ours (nmbo)\n"
    "  --works XYZ   i idle, c connects, m matches, t talk, r many on their way, l h the open loops\n"
    "  --help        this\n"
    "\n"
    "CONFIRM=sent in the environment: Node answers a message when it has sent it on, as we do; else when\n"
    "the partner's browser has answered.\n";

static double
number (const char *text, double least, double most)
{
    char *end;
    double value = strtod (text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most)) {
        fputs (help, stderr);
        exit (2);
    }
    return value;
}

// clang-format off
static void
read_option (int letter, const char *text)
{
    switch (letter) {
        case 'r': options.rounds = (size_t) number (text, 1, COST_ROUNDS_MOST); break;
        case 's': options.seconds = number (text, 0.1, 600); break;
        case 'u': options.users = 2 * (size_t) (number (text, 2, 10000) / 2); break;
        case 'w': options.window = (size_t) number (text, 1, WINDOW_MOST); break;
        case 'l': options.rates[0] = number (text, 1, 1e6); break;
        case 'g': options.rates[1] = number (text, 1, 1e6); break;
        case 'i': options.idle = (size_t) number (text, 1, 100000); break;
        case 'k': options.sides = text; break;
        case 'j': options.works = text; break;
        case 'h': fputs (help, stdout); exit (0);
        default: fputs (help, stderr); exit (2);
    }
}
// clang-format on

static void
raise_limit (void)
{
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
}

int
main (int argc, char **argv)
{
    // clang-format off
    static const struct option names[] = {
        {"rounds", required_argument, NULL, 'r'},  {"seconds", required_argument, NULL, 's'},
        {"users", required_argument, NULL, 'u'},   {"window", required_argument, NULL, 'w'},
        {"low", required_argument, NULL, 'l'},     {"high", required_argument, NULL, 'g'},
        {"idle", required_argument, NULL, 'i'},    {"sides", required_argument, NULL, 'k'},
        {"works", required_argument, NULL, 'j'},   {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    // clang-format on
    int letter;
    while ((letter = getopt_long (argc, argv, "", names, NULL)) != -1) {
        read_option (letter, optarg);
    }
    raise_limit ();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (test_every_message_and_match_is_right, set_up,
                                         tear_down),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
