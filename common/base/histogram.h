// histogram.h -- how long things take: counts in buckets whose bounds double, from 256 us to some nine
// minutes. To add to one is two additions.

#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BUCKETS 22
#define HISTOGRAM_FIRST_BITS 8 // The first bound is 2^8 us.

typedef struct {
    uint64_t counts[HISTOGRAM_BUCKETS + 1]; // Up to each bound and above the one before; the last: beyond.
    uint64_t sum_us;
} histogram_t;

// Counts one that took so long.
void
histogram_add (histogram_t *histogram, uint64_t took_us);

// The bound of a bucket, which still belongs to it.
uint64_t
histogram_bound_us (size_t bucket);

#endif
