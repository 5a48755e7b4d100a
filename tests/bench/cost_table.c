// cost_table.c -- medians, ratios, Markdown.

#include "bench/cost_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"

typedef struct {
    double values[COST_ROUNDS_MOST];
    size_t count;
} series_t;

// Two figures that are held against each other.
typedef struct {
    const char *what;
    cost_t cost;
    side_kind_t with;
    const char *bar;
} ratio_t;

static series_t figures[SIDES][COSTS];
static series_t parts[SIDES][COSTS][PARTS_MOST];
static const char *part_names[SIDES][PARTS_MOST];

static const char *const side_names[SIDES] = {"Node, 1 process", "Node, 2 + Redis adapter",
                                              "bare epoll relay", "ours, one each"};

// clang-format off
static const ratio_t ratios[] = {
    { "messages a CPU s, one on its way, of the bare relay's",   COST_TALK,     SIDE_BARE,  ">= 0.25" },
    { "messages a CPU s, one on its way, of Node's (2)",         COST_TALK,     SIDE_NODES, ">= 5" },
    { "messages a CPU s, many on their way, of the bare relay's",COST_RUSH,     SIDE_BARE,  "" },
    { "messages a CPU s, many on their way, of Node's (2)",      COST_RUSH,     SIDE_NODES, ">= 10" },
    { "p99 at the lower rate, of the bare relay's",              COST_LOW_P99,  SIDE_BARE,  "<= 4" },
    { "p99 at the higher rate, of the bare relay's",             COST_HIGH_P99, SIDE_BARE,  "<= 4" },
    { "matches a CPU s, of Node's (1)",                          COST_MATCHES,  SIDE_NODE,  "" },
    { "matches a CPU s, of Node's (2)",                          COST_MATCHES,  SIDE_NODES, ">= 3.5" },
    { "CPU of a connect, of Node's (1)",                         COST_JOIN,     SIDE_NODE,  "<= 0.16" },
};
// clang-format on

static void
add (series_t *series, double value)
{
    assert_true (series->count < COST_ROUNDS_MOST);
    series->values[series->count++] = value;
}

void
cost_note (side_kind_t side, cost_t cost, double value)
{
    add (&figures[side][cost], value);
}

void
cost_note_parts (side_kind_t side, cost_t cost, const usage_t *before, const usage_t *after,
                 size_t count)
{
    for (size_t i = 0; i < after->count; i++) {
        part_names[side][i] = after->names[i];
        add (&parts[side][cost][i], (after->seconds[i] - before->seconds[i]) * 1e6
                                        / (double) (count > 0 ? count : 1));
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
median (const series_t *series)
{
    double sorted[COST_ROUNDS_MOST];
    size_t count = series->count;
    memcpy (sorted, series->values, sizeof sorted);
    qsort (sorted, count, sizeof *sorted, compare);
    return count > 0 ? (sorted[(count - 1) / 2] + sorted[count / 2]) / 2 : 0;
}

static void
print_head (const char *first)
{
    printf ("\n| %s |", first);
    for (size_t side = 0; side < SIDES; side++) {
        printf (" %s |", side_names[side]);
    }
    printf ("\n|---|---:|---:|---:|---:|\n");
}

static void
print_figures (const char *const names[COSTS])
{
    print_head ("work");
    for (size_t cost = 0; cost < COSTS; cost++) {
        printf ("| %s |", names[cost]);
        for (size_t side = 0; side < SIDES; side++) {
            if (figures[side][cost].count > 0) {
                printf (" %.0f |", median (&figures[side][cost]));
            }
            else {
                printf (" - |");
            }
        }
        printf ("\n");
    }
}

static void
print_parts (const char *const names[COSTS])
{
    print_head ("us of CPU for each, by process");
    for (size_t cost = 0; cost < COSTS; cost++) {
        if (parts[SIDE_OURS][cost][0].count == 0) {
            continue;
        }
        printf ("| %s |", names[cost]);
        for (size_t side = 0; side < SIDES; side++) {
            for (size_t i = 0; i < PARTS_MOST && parts[side][cost][i].count > 0; i++) {
                printf (" %s %.1f", part_names[side][i], median (&parts[side][cost][i]));
            }
            printf (" |");
        }
        printf ("\n");
    }
}

static void
print_ratios (void)
{
    printf ("\n| ours | ratio | bar |\n|---|---:|---|\n");
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
        const ratio_t *ratio = &ratios[i];
        double with = median (&figures[ratio->with][ratio->cost]);
        if (with > 0 && figures[SIDE_OURS][ratio->cost].count > 0) {
            printf ("| %s | %.2f | %s |\n", ratio->what,
                    median (&figures[SIDE_OURS][ratio->cost]) / with, ratio->bar);
        }
    }
    if (figures[SIDE_OURS][COST_IDLE].count == 0) {
        return;
    }
    printf ("| bytes of an idle connection | %.0f | <= 3072 |\n",
            median (&figures[SIDE_OURS][COST_IDLE]));
}

void
cost_print (const char *const names[COSTS])
{
    print_figures (names);
    print_parts (names);
    print_ratios ();
}
