// histogram.c -- finds the bucket of a duration by its highest bit.

#include "base/histogram.h"

void
histogram_add (histogram_t *histogram, uint64_t took_us)
{
    int bucket = took_us > 1 ? 64 - __builtin_clzll (took_us - 1) - HISTOGRAM_FIRST_BITS : 0;
    bucket = bucket < 0 ? 0 : bucket > HISTOGRAM_BUCKETS ? HISTOGRAM_BUCKETS : bucket;
    histogram->counts[bucket]++;
    histogram->sum_us += took_us;
}

uint64_t
histogram_bound_us (size_t bucket)
{
    return UINT64_C (1) << (HISTOGRAM_FIRST_BITS + bucket);
}
