// figures.h -- what a run of the benchmark measured, and medians of several.

#ifndef FIGURES_H
#define FIGURES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ROUNDS_MOST 99

// Seconds of CPU, user and system, by whom.
typedef struct {
    double redis;
    double matchers; // All of them.
    double load;     // This process.
} cpu_t;

typedef enum {
    PAIRS_A_SECOND,
    PAIRS_A_CPU_SECOND, // Of Redis and the matchers.
    P50_MS,
    P99_MS,
    REDIS_US,    // CPU a pair.
    MATCHERS_US, // The same.
    LOAD_US,     // The same.
    LOAD_BUSY,   // Of one core, per cent.
    COMPARED,    // PAIRS_A_SECOND as a part of those of another row in the same round.
    FIGURE_COUNT,
} figure_t;

// What one row of a table measured in its rounds.
typedef struct {
    double of[FIGURE_COUNT][ROUNDS_MOST];
    size_t rounds;
} figures_t;

// Seconds of CPU that a process has used, all its threads together (proc(5), stat). Fails the test
// if there is no such process.
double
cpu_seconds (pid_t pid);

// The same of this process.
double
cpu_seconds_here (void);

// Bytes of memory of a process that no file is behind (proc(5), status). Fails the test if there is no
// such process.
size_t
memory_bytes (pid_t pid);

// The median of up to ROUNDS_MOST values; 0 if there are none.
double
median_of (const double values[], size_t count);

// Monotonic microseconds.
uint64_t
now_us (void);

// Adds a round: `pairs` in `seconds`, `cpu` used meanwhile, `waits_us` as they come; they are sorted.
void
figures_add (figures_t *figures, size_t pairs, double seconds, const cpu_t *cpu,
             uint32_t waits_us[], size_t wait_count);

// Sets COMPARED of the latest round.
void
figures_compare (figures_t *figures, const figures_t *with);

// The median of the rounds; 0 if there are none.
double
figures_median (const figures_t *figures, figure_t which);

#endif
