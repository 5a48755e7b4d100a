// histogram_test.c -- durations fall into the bucket whose bound they do not exceed.

#include <string.h>

#include "base/histogram.h"
#include "support/cmocka_all.h"

// The only bucket that one duration is in.
static size_t
bucket_of (uint64_t took_us)
{
    histogram_t histogram = {0};
    size_t found = HISTOGRAM_BUCKETS + 1;
    histogram_add (&histogram, took_us);
    assert_int_equal (histogram.sum_us, took_us);
    for (size_t i = 0; i <= HISTOGRAM_BUCKETS; i++) {
        if (histogram.counts[i] != 0) {
            assert_int_equal (histogram.counts[i], 1);
            assert_int_equal (found, HISTOGRAM_BUCKETS + 1);
            found = i;
        }
    }
    return found;
}

static void
test_a_bound_belongs_to_its_bucket (void **state)
{
    (void) state;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        assert_int_equal (bucket_of (histogram_bound_us (i)), i);
        assert_int_equal (bucket_of (histogram_bound_us (i) + 1), i + 1);
    }
}

static void
test_the_least_and_the_most (void **state)
{
    (void) state;
    assert_int_equal (bucket_of (0), 0);
    assert_int_equal (bucket_of (1), 0);
    assert_int_equal (bucket_of (2), 0);
    assert_int_equal (bucket_of (UINT64_MAX), HISTOGRAM_BUCKETS);
}

static void
test_bounds_are_from_256_us_to_nine_minutes (void **state)
{
    (void) state;
    assert_int_equal (histogram_bound_us (0), 256);
    assert_int_equal (histogram_bound_us (1), 512);
    assert_int_equal (histogram_bound_us (HISTOGRAM_BUCKETS - 1), 536870912);
}

static void
test_sums_and_counts_add_up (void **state)
{
    histogram_t histogram = {0};
    (void) state;
    for (uint64_t i = 0; i < 100; i++) {
        histogram_add (&histogram, 1000);
    }
    assert_int_equal (histogram.sum_us, 100000);
    assert_int_equal (histogram.counts[2], 100); // 513 to 1024 us.
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_bound_belongs_to_its_bucket),
        cmocka_unit_test (test_the_least_and_the_most),
        cmocka_unit_test (test_bounds_are_from_256_us_to_nine_minutes),
        cmocka_unit_test (test_sums_and_counts_add_up),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
