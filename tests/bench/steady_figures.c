// steady_figures.c -- the table of figures, and a file with a line for each.

#include "bench/steady_figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MADE_KEY "made_with"

typedef struct {
    const char *name;
    const char *sentence;
    double most;  // What it may grow to, of what is kept; 0: it is not judged.
    double least; // Below this part it is worth a remark. A busy machine takes fewer turns.
} row_t;

// clang-format off
static const row_t rows[STEADY_FIGURES] = {
    [ONE_GATEWAY]        = { "one_gateway",        "1 on its way: gateway, main thread",         1.05, 0.95 },
    [ONE_GATEWAY_ZEROMQ] = { "one_gateway_zeromq", "1 on its way: gateway, ZeroMQ's thread",     1.05, 0.95 },
    [ONE_GATEWAY_TURNS]  = { "one_gateway_turns",  "1 on its way: turns of the gateway's loop",  1.15, 0.75 },
    [ONE_RELAY]          = { "one_relay",          "1 on its way: relay, main thread",           1.05, 0.95 },
    [ONE_RELAY_ZEROMQ]   = { "one_relay_zeromq",   "1 on its way: relay, ZeroMQ's thread",       1.05, 0.95 },
    [ONE_RELAY_TURNS]    = { "one_relay_turns",    "1 on its way: turns of the relay's loop",    1.15, 0.75 },
    [MANY_GATEWAY]       = { "many_gateway",       "16 on their way: gateway, main thread",      1.05, 0.95 },
    [MANY_RELAY]         = { "many_relay",         "16 on their way: relay, main thread",        1.10, 0.90 },
    [TURN_GATEWAY]       = { "turn_gateway",       "a turn of the gateway's loop with nothing",  0,    0 },
    [TURN_RELAY]         = { "turn_relay",         "a turn of the relay's loop with nothing",    0,    0 },
};
// clang-format on

static const char head[] =
    "# steady.figures -- instructions a message, which bench_steady holds new ones against.\n"
    "#\n"
    "# `bench_steady --write` writes this file anew; `--functions` shows where they go.\n"
    "#\n"
    "# Counted, by callgrind, between a gateway and a relay as they are built here, when everybody is\n"
    "# connected and has met: 20 pairs at one gateway, one user after the other, each with one message,\n"
    "# or with 16 at once, all of them delivered and answered before the next user writes. Medians of\n"
    "# five rounds, for each message: reading it, the relay, writing it, its receipt and its answer.\n"
    "#\n"
    "# Not counted: the kernel; start, connects and matches; timers; and the turns of the loop, of\n"
    "# which there are more or fewer as processes are woken: what a turn costs in which nothing\n"
    "# happens (turn_gateway, turn_relay, measured when this file was written) is taken off for each.\n"
    "# How many turns a message takes is a row of its own, and may grow by 15 %; many_relay may by 10 %,\n"
    "# as timing decides how many messages the relay meets at once; all others by 5 %. Ten runs differ\n"
    "# by less than 2 %, also on a busy machine, but for these. ZeroMQ's threads with 16 on their way\n"
    "# are printed and not judged: from run to run they take half as much again.\n"
    "#\n"
    "# The C library is kept from choosing its functions by the CPU. Elsewhere than with what is named\n"
    "# in the next line nothing is compared.\n";

bool
steady_read (const char *path, steady_figures_t *figures, char wrong[256])
{
    char line[256];
    FILE *file = fopen (path, "r");
    *figures = (steady_figures_t){.made_with = ""};
    if (file == NULL) {
        snprintf (wrong, 256, "%.120s: %s", path, strerror (errno));
        return false;
    }
    while (fgets (line, sizeof line, file) != NULL) {
        line[strcspn (line, "\n")] = '\0';
        char *value = strchr (line, ' ');
        if (line[0] == '#' || value == NULL) {
            continue;
        }
        *value++ = '\0';
        if (strcmp (line, MADE_KEY) == 0) {
            snprintf (figures->made_with, sizeof figures->made_with, "%s", value);
        }
        for (size_t i = 0; i < STEADY_FIGURES; i++) {
            if (strcmp (line, rows[i].name) == 0) {
                figures->of[i] = strtod (value, NULL);
            }
        }
    }
    fclose (file);
    for (size_t i = 0; i < STEADY_FIGURES; i++) {
        if (!(figures->of[i] > 0)) {
            snprintf (wrong, 256, "%.120s has no figure for %s", path, rows[i].name);
            return false;
        }
    }
    return true;
}

bool
steady_write (const char *path, const steady_figures_t *figures)
{
    FILE *file = fopen (path, "w");
    if (file == NULL) {
        return false;
    }
    fprintf (file, "%s" MADE_KEY " %s\n", head, figures->made_with);
    for (size_t i = 0; i < STEADY_FIGURES; i++) {
        fprintf (file, figures->of[i] < 100 ? "%s %.2f\n" : "%s %.0f\n", rows[i].name,
                 figures->of[i]);
    }
    return fclose (file) == 0;
}

bool
steady_compare (FILE *out, const steady_figures_t *kept, const steady_figures_t *now)
{
    bool fine = true;
    fprintf (out,
             "\n| instructions a message                     |   kept |    now | change |\n"
             "|--------------------------------------------|-------:|-------:|-------:|\n");
    for (size_t i = 0; i < STEADY_FIGURES; i++) {
        int digits = now->of[i] < 100 ? 2 : 0;
        if (rows[i].most > 0) {
            fprintf (out, "| %-42s | %6.*f | %6.*f | %+4.1f %% |\n", rows[i].sentence,
                     digits, kept->of[i], digits, now->of[i],
                     (now->of[i] / kept->of[i] - 1) * 100);
        }
    }
    fputc ('\n', out);
    for (size_t i = 0; i < STEADY_FIGURES; i++) {
        double most = rows[i].most;
        if (most > 0 && !(now->of[i] <= kept->of[i] * most)) {
            fprintf (
                out,
                "%s has grown by more than %.0f %%: see where with --functions; if it is "
                "worth it, --write keeps the new figures\n",
                rows[i].name, (most - 1) * 100);
            fine = false;
        }
        else if (now->of[i] < kept->of[i] * rows[i].least) {
            fprintf (out,
                     "%s has become cheaper by more than %.0f %%: keep that with "
                     "'bench_steady --write'\n",
                     rows[i].name, (1 - rows[i].least) * 100);
        }
    }
    return fine;
}
