// figures.c -- reads clocks, sorts, takes medians.

#include "bench/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "support/cmocka_all.h"

double
cpu_seconds (pid_t pid)
{
    char path[64];
    char line[1024];
    unsigned long user_ticks = 0;
    unsigned long system_ticks = 0;
    snprintf (path, sizeof path, "/proc/%d/stat", (int) pid);
    FILE *file = fopen (path, "r");
    assert_non_null (file);
    assert_non_null (fgets (line, sizeof line, file));
    fclose (file);
    // The name, in brackets, may have anything in it; utime and stime are fields 14 and 15.
    const char *rest = strrchr (line, ')');
    assert_non_null (rest);
    assert_int_equal (sscanf (rest + 1,
                              " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                              &user_ticks, &system_ticks),
                      2);
    return (double) (user_ticks + system_ticks) / (double) sysconf (_SC_CLK_TCK);
}

double
cpu_seconds_here (void)
{
    struct rusage usage;
    getrusage (RUSAGE_SELF, &usage);
    return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

size_t
memory_bytes (pid_t pid)
{
    char path[64];
    char line[256];
    size_t kb = 0;
    snprintf (path, sizeof path, "/proc/%d/status", (int) pid);
    FILE *status = fopen (path, "r");
    assert_non_null (status);
    while (fgets (line, sizeof line, status) != NULL) {
        sscanf (line, "RssAnon: %zu", &kb);
    }
    fclose (status);
    return kb * 1024;
}

uint64_t
now_us (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

static int
compare_waits (const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *) a;
    uint32_t second = *(const uint32_t *) b;
    return first < second ? -1 : first > second;
}

static int
compare_values (const void *a, const void *b)
{
    double first = *(const double *) a;
    double second = *(const double *) b;
    return first < second ? -1 : first > second;
}

double
median_of (const double values[], size_t count)
{
    double sorted[ROUNDS_MOST];
    if (count == 0) {
        return 0;
    }
    memcpy (sorted, values, count * sizeof *values);
    qsort (sorted, count, sizeof *sorted, compare_values);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static double
percentile_ms (const uint32_t sorted_us[], size_t count, double part)
{
    return count > 0 ? sorted_us[(size_t) ((double) (count - 1) * part)] / 1000.0 : 0;
}

void
figures_add (figures_t *figures, size_t pairs, double seconds, const cpu_t *cpu,
             uint32_t waits_us[], size_t wait_count)
{
    size_t round = figures->rounds++;
    double number = pairs > 0 ? (double) pairs : 1;
    double served = cpu->redis + cpu->matchers;
    assert_true (round < ROUNDS_MOST);
    qsort (waits_us, wait_count, sizeof *waits_us, compare_waits);
    figures->of[PAIRS_A_SECOND][round] = (double) pairs / seconds;
    figures->of[PAIRS_A_CPU_SECOND][round] = served > 0 ? (double) pairs / served : 0;
    figures->of[P50_MS][round] = percentile_ms (waits_us, wait_count, 0.5);
    figures->of[P99_MS][round] = percentile_ms (waits_us, wait_count, 0.99);
    figures->of[REDIS_US][round] = cpu->redis * 1e6 / number;
    figures->of[MATCHERS_US][round] = cpu->matchers * 1e6 / number;
    figures->of[LOAD_US][round] = cpu->load * 1e6 / number;
    figures->of[LOAD_BUSY][round] = cpu->load * 100 / seconds;
    figures->of[COMPARED][round] = 0;
}

void
figures_compare (figures_t *figures, const figures_t *with)
{
    assert_true (figures->rounds > 0 && with->rounds == figures->rounds);
    size_t round = figures->rounds - 1;
    double whole = with->of[PAIRS_A_SECOND][round];
    figures->of[COMPARED][round] =
        whole > 0 ? figures->of[PAIRS_A_SECOND][round] / whole : 0;
}

double
figures_median (const figures_t *figures, figure_t which)
{
    return median_of (figures->of[which], figures->rounds);
}
