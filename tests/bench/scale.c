// scale.c -- whether things cost the same with a great many people, with many connections, and with two
// of each process.
//
// What is compared takes turns in one run, so that it has met the same machine. Every answer and message
// is checked. See --help.

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/figures.h"
#include "bench/gateways.h"
#include "bench/scale.h"
#include "support/cmocka_all.h"

static scale_t scale = {3, 1.5, 20000, 10000, 2, 2, 1000, 64};
static const char *works = "ucd";

static void
test_people_meet_and_every_message_is_right (void **state)
{
    (void) state;
    scale_people (&scale);
}

static void
test_browsers_hear_every_message (void **state)
{
    (void) state;
    scale_clients (&scale);
}

static void
test_two_of_each_lose_nothing (void **state)
{
    (void) state;
    scale_double (&scale);
}

// Also after a failure: nothing is left behind.
static int
end_people (void **state)
{
    (void) state;
    scale_people_end ();
    return 0;
}

static int
end_clients (void **state)
{
    (void) state;
    scale_clients_end ();
    return 0;
}

// --- Options ---

static const char help[] =
    "Usage: bench_scale [OPTION]...\n"
    "\n"
    "Prints whether a match and a message cost the same with a great many users, a message with many\n"
    "connections, and a message with two gateways and two relays. Starts all that it needs, and ends it.\n"
    "With --users 1000000 --clients 20000 it takes some seven minutes, and less than 4 GB.\n"
    "\n"
    "  --works XYZ   u many users at simulated gateways, c many connections, d two of each (ucd)\n"
    "  --users N     many users, even, 4 to 4000000 (20000)\n"
    "  --beside N    and few beside them, even, 2 to half as many as those (10000)\n"
    "  --matchers N  u: at most so many matchers, 1 to 16 (2): 1, 2, 4, ... N\n"
    "  --relays N    u: at most so many relays, 1 to 4 (2)\n"
    "  --clients N   c: at most so many connections, 100 to 60000 (1000): 100, 1000, 5000, 20000, ... N\n"
    "  --on-way N    c, d: messages on their way, whosever, 1 to 1000 (64)\n"
    "  --rounds N    how often those that are compared take turns, 1 to 99 (3)\n"
    "  --seconds S   how long a turn takes, 0.05 to 600 (1.5)\n"
    "  --help        this\n";

static void
complain (void)
{
    fputs (help, stderr);
    exit (2);
}

static double
number (const char *text, double least, double most)
{
    char *end;
    double value = strtod (text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most)) {
        complain ();
    }
    return value;
}

static size_t
even (const char *text, double least, double most)
{
    return 2 * (size_t) (number (text, least, most) / 2);
}

// clang-format off
static void
read_option (int letter, const char *text)
{
    switch (letter) {
        case 'w': works = text; break;
        case 'u': scale.users = even (text, 4, 4e6); break;
        case 'b': scale.beside = even (text, 2, 2e6); break;
        case 'm': scale.matchers = (size_t) number (text, 1, MATCHERS_MOST); break;
        case 'l': scale.relays = (size_t) number (text, 1, RELAYS_MOST); break;
        case 'c': scale.clients = even (text, 100, 60000); break;
        case 'o': scale.on_way = (size_t) number (text, 1, 1000); break;
        case 'r': scale.rounds = (size_t) number (text, 1, ROUNDS_MOST); break;
        case 's': scale.seconds = number (text, 0.05, 600); break;
        case 'h': fputs (help, stdout); exit (0);
        default: complain ();
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
        {"works", required_argument, NULL, 'w'},    {"users", required_argument, NULL, 'u'},
        {"beside", required_argument, NULL, 'b'},   {"matchers", required_argument, NULL, 'm'},
        {"relays", required_argument, NULL, 'l'},   {"clients", required_argument, NULL, 'c'},
        {"on-way", required_argument, NULL, 'o'},
        {"rounds", required_argument, NULL, 'r'},   {"seconds", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    static const struct CMUnitTest all[] = {
        cmocka_unit_test_teardown (test_people_meet_and_every_message_is_right, end_people),
        cmocka_unit_test_teardown (test_browsers_hear_every_message, end_clients),
        cmocka_unit_test_teardown (test_two_of_each_lose_nothing, end_clients),
    };
    // clang-format on
    struct CMUnitTest tests[3] = {{0}};
    size_t count = 0;
    int letter;
    while ((letter = getopt_long (argc, argv, "", names, NULL)) != -1) {
        read_option (letter, optarg);
    }
    for (size_t i = 0; i < 3; i++) {
        if (strchr (works, "ucd"[i]) != NULL) {
            tests[count++] = all[i];
        }
    }
    if (optind < argc || count == 0 || scale.beside > scale.users / 2) {
        complain ();
    }
    raise_limit ();
    return _cmocka_run_group_tests ("scale", tests, count, NULL, NULL);
}
