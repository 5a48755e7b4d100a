// clock.h -- the two clocks. Only actors and doors read them; everything else is told the time.

#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

// Milliseconds that only go forward, since some moment in the past. For deadlines.
uint64_t
clock_monotonic_ms (void);

// The same in microseconds. For what is measured.
uint64_t
clock_monotonic_us (void);

// Milliseconds since 1970-01-01 UTC. For what people and records see.
uint64_t
clock_wall_ms (void);

#endif
