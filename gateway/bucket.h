// bucket.h -- a token bucket: so many at once, so many a minute.

#ifndef BUCKET_H
#define BUCKET_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t tokens_x60000; // Tokens left, in 60000ths; a token a minute is one of these a ms.
    uint64_t filled_ms;     // When they were counted. 0: the bucket is new, and full.
} bucket_t;

// Takes a token from a bucket that holds `most` and gets `per_minute` new ones a minute. False if
// there is none; then *retry_after_ms says when there will be. `per_minute` 0: no limit.
bool
bucket_take (bucket_t *bucket, uint64_t most, uint64_t per_minute, uint64_t now_ms,
             uint64_t *retry_after_ms);

// True if a bucket that holds `most` had half of that or more when it was last looked at.
bool
bucket_is_half_full (const bucket_t *bucket, uint64_t most);

#endif
