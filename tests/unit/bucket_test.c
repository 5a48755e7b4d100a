// bucket_test.c -- so many at once, so many a minute.

#include "gateway/bucket.h"
#include "support/cmocka_all.h"

#define NOON 43200000 // Monotonic clocks begin at boot, not at 0.

// Takes as often as it can at that moment.
static unsigned
taken_at (bucket_t *bucket, uint64_t per_minute, uint64_t now_ms)
{
    unsigned taken = 0;
    uint64_t retry_after_ms;
    while (bucket_take (bucket, per_minute, per_minute, now_ms, &retry_after_ms)) {
        assert_int_equal (retry_after_ms, 0);
        taken++;
    }
    return taken;
}

static void
test_of_25_in_a_burst_20_pass (void **state)
{
    (void) state;
    bucket_t bucket = {0, 0};
    uint64_t retry_after_ms;
    for (int i = 0; i < 20; i++) {
        assert_true (bucket_take (&bucket, 20, 20, NOON, &retry_after_ms));
    }
    for (int i = 0; i < 5; i++) {
        assert_false (bucket_take (&bucket, 20, 20, NOON, &retry_after_ms));
        assert_int_equal (retry_after_ms, 3000);
    }
}

static void
test_who_waits_as_long_as_said_gets_one_and_not_before (void **state)
{
    (void) state;
    for (uint64_t per_minute = 1; per_minute <= 1000; per_minute += 37) {
        bucket_t bucket = {0, 0};
        uint64_t wait_ms;
        uint64_t now_ms = NOON;
        assert_int_equal (taken_at (&bucket, per_minute, now_ms), per_minute);
        for (int i = 0; i < 20; i++) {
            assert_false (bucket_take (&bucket, per_minute, per_minute, now_ms, &wait_ms));
            bucket_t early = bucket;
            uint64_t again_ms;
            assert_false (bucket_take (&early, per_minute, per_minute, now_ms + wait_ms - 1,
                                       &again_ms));
            assert_int_equal (again_ms, 1);
            now_ms += wait_ms;
            assert_true (bucket_take (&bucket, per_minute, per_minute, now_ms, &wait_ms));
        }
    }
}

static void
test_it_fills_evenly_and_never_above_its_brim (void **state)
{
    (void) state;
    bucket_t bucket = {0, 0};
    assert_int_equal (taken_at (&bucket, 20, NOON), 20);
    assert_int_equal (taken_at (&bucket, 20, NOON + 2999), 0);
    assert_int_equal (taken_at (&bucket, 20, NOON + 3000), 1);
    assert_int_equal (taken_at (&bucket, 20, NOON + 33000), 10);
    assert_int_equal (taken_at (&bucket, 20, NOON + 93000), 20);
    assert_int_equal (taken_at (&bucket, 20, NOON + 1000000000000), 20);
}

static void
test_being_refused_costs_nothing (void **state)
{
    (void) state;
    bucket_t bucket = {0, 0};
    uint64_t retry_after_ms;
    taken_at (&bucket, 20, NOON);
    for (uint64_t now_ms = NOON; now_ms < NOON + 3000; now_ms += 7) {
        assert_false (bucket_take (&bucket, 20, 20, now_ms, &retry_after_ms));
        assert_int_equal (retry_after_ms, NOON + 3000 - now_ms);
    }
    assert_true (bucket_take (&bucket, 20, 20, NOON + 3000, &retry_after_ms));
}

static void
test_over_an_hour_no_more_pass_than_are_allowed (void **state)
{
    (void) state;
    bucket_t bucket = {0, 0};
    unsigned taken = 0;
    uint64_t retry_after_ms;
    for (uint64_t ms = 0; ms < 3600000; ms += 13) {
        taken += bucket_take (&bucket, 20, 20, NOON + ms, &retry_after_ms);
    }
    assert_in_range (taken, 20 + 60 * 20 - 1, 20 + 60 * 20);
}

static void
test_without_a_limit_all_pass (void **state)
{
    (void) state;
    bucket_t bucket = {0, 0};
    uint64_t retry_after_ms = 1;
    for (int i = 0; i < 100000; i++) {
        assert_true (bucket_take (&bucket, 0, 0, NOON, &retry_after_ms));
        assert_int_equal (retry_after_ms, 0);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_of_25_in_a_burst_20_pass),
        cmocka_unit_test (test_who_waits_as_long_as_said_gets_one_and_not_before),
        cmocka_unit_test (test_it_fills_evenly_and_never_above_its_brim),
        cmocka_unit_test (test_being_refused_costs_nothing),
        cmocka_unit_test (test_over_an_hour_no_more_pass_than_are_allowed),
        cmocka_unit_test (test_without_a_limit_all_pass),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
