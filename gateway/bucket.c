// bucket.c -- the token bucket.

#include "gateway/bucket.h"

#define TOKEN 60000

bool
bucket_take (bucket_t *bucket, uint64_t most, uint64_t per_minute, uint64_t now_ms,
             uint64_t *retry_after_ms)
{
    uint64_t full = most * TOKEN;
    *retry_after_ms = 0;
    if (per_minute == 0) {
        return true;
    }
    uint64_t gained = (now_ms - bucket->filled_ms) * per_minute;
    bool brims = bucket->filled_ms == 0 || bucket->tokens_x60000 + gained > full;
    bucket->tokens_x60000 = brims ? full : bucket->tokens_x60000 + gained;
    bucket->filled_ms = now_ms;
    if (bucket->tokens_x60000 >= TOKEN) {
        bucket->tokens_x60000 -= TOKEN;
        return true;
    }
    *retry_after_ms = (TOKEN - bucket->tokens_x60000 + per_minute - 1) / per_minute;
    return false;
}

bool
bucket_is_half_full (const bucket_t *bucket, uint64_t most)
{
    return bucket->tokens_x60000 >= most * TOKEN / 2;
}
