// patience_test.c -- how long is waited follows what was measured: RFC 6298, section 2.

#include "gateway/patience.h"
#include "support/cmocka_all.h"

static patience_t
measured (const uint64_t round_trips_ms[], size_t count)
{
    patience_t patience = patience_new ();
    for (size_t i = 0; i < count; i++) {
        patience_measured (&patience, round_trips_ms[i]);
    }
    return patience;
}

#define MEASURED(...) \
    measured ((const uint64_t[]){__VA_ARGS__}, \
              sizeof (const uint64_t[]){__VA_ARGS__} / sizeof (uint64_t))

static void
test_before_anything_is_measured_it_is_the_first (void **state)
{
    (void) state;
    assert_int_equal (patience_new ().wait_ms, PATIENCE_FIRST_MS);
}

// (2.2) SRTT <- R, RTTVAR <- R/2, RTO <- SRTT + 4 * RTTVAR.
static void
test_the_first_measure_counts_three_times (void **state)
{
    (void) state;
    assert_in_range (MEASURED (100).wait_ms, 299, 301);
    assert_in_range (MEASURED (400).wait_ms, 1199, 1201);
    patience_t patience = MEASURED (200);
    assert_in_range (patience.smoothed_us, 199990, 200010);
    assert_in_range (patience.variation_us, 99990, 100010);
}

// (2.3) RTTVAR <- 3/4 * RTTVAR + 1/4 * |SRTT - R'|, SRTT <- 7/8 * SRTT + 1/8 * R', in this order.
static void
test_each_further_measure_moves_it_a_little (void **state)
{
    (void) state;
    patience_t patience = MEASURED (200, 280); // RTTVAR 75 + 20, SRTT 175 + 35.
    assert_in_range (patience.variation_us, 94990, 95010);
    assert_in_range (patience.smoothed_us, 209990, 210010);
    assert_in_range (patience.wait_ms, 589, 591);
    patience_measured (&patience, 130); // RTTVAR 71.25 + 20, SRTT 183.75 + 16.25.
    assert_in_range (patience.variation_us, 91240, 91260);
    assert_in_range (patience.smoothed_us, 199990, 200010);
    assert_in_range (patience.wait_ms, 564, 566);
}

static void
test_it_comes_near_to_a_steady_round_trip (void **state)
{
    (void) state;
    patience_t patience = patience_new ();
    for (int i = 0; i < 100; i++) {
        patience_measured (&patience, 700);
    }
    assert_in_range (patience.wait_ms, 700, 710);
}

static void
test_each_loss_doubles_it_up_to_the_most (void **state)
{
    (void) state;
    patience_t patience = patience_new ();
    static const uint64_t waits_ms[] = {600, 1200, PATIENCE_MOST_MS, PATIENCE_MOST_MS};
    for (size_t i = 0; i < sizeof waits_ms / sizeof *waits_ms; i++) {
        patience_lost (&patience);
        assert_int_equal (patience.wait_ms, waits_ms[i]);
    }
    for (int i = 0; i < 1000; i++) {
        patience_lost (&patience);
    }
    assert_int_equal (patience.wait_ms, PATIENCE_MOST_MS);
}

static void
test_a_measure_ends_the_doubling (void **state)
{
    (void) state;
    patience_t patience = MEASURED (100);
    patience_lost (&patience);
    patience_lost (&patience);
    assert_in_range (patience.wait_ms, 1199, 1204);
    patience_measured (&patience, 100); // RTTVAR 37.5, SRTT 100.
    assert_in_range (patience.wait_ms, 249, 251);
}

static void
test_it_is_never_below_the_least_or_above_the_most (void **state)
{
    (void) state;
    assert_int_equal (MEASURED (0).wait_ms, PATIENCE_LEAST_MS);
    assert_int_equal (MEASURED (0, 0, 0).wait_ms, PATIENCE_LEAST_MS);
    assert_int_equal (MEASURED (1).wait_ms, PATIENCE_LEAST_MS);
    assert_int_equal (MEASURED (66).wait_ms, PATIENCE_LEAST_MS);
    assert_int_equal (MEASURED (667).wait_ms, PATIENCE_MOST_MS);
    assert_int_equal (MEASURED (UINT64_MAX).wait_ms, PATIENCE_MOST_MS);
    assert_int_equal (MEASURED (UINT64_MAX, 0, UINT64_MAX).wait_ms, PATIENCE_MOST_MS);
    patience_t patience = MEASURED (0);
    patience_lost (&patience);
    assert_int_equal (patience.wait_ms, 2 * PATIENCE_LEAST_MS);
}

// A round trip of 0 ms is measured, too: what comes next is not the first any more.
static void
test_no_time_at_all_is_a_measure (void **state)
{
    (void) state;
    patience_t patience = MEASURED (0, 800); // RTTVAR 200, SRTT 100.
    assert_in_range (patience.smoothed_us, 99990, 100010);
    assert_in_range (patience.wait_ms, 899, 901);
}

static void
test_jitter_is_within_a_quarter_and_reaches_all_of_it (void **state)
{
    (void) state;
    patience_t patience = MEASURED (200);
    uint64_t quarter = patience.wait_ms / 4;
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (uint64_t chance = 0; chance < 10000; chance++) {
        uint64_t wait_ms = patience_wait_ms (&patience, chance * 0x9e3779b97f4a7c15ULL);
        assert_in_range (wait_ms, patience.wait_ms - quarter, patience.wait_ms + quarter);
        least = wait_ms < least ? wait_ms : least;
        most = wait_ms > most ? wait_ms : most;
    }
    assert_int_equal (least, patience.wait_ms - quarter);
    assert_int_equal (most, patience.wait_ms + quarter);
    assert_in_range (patience_wait_ms (&patience, UINT64_MAX), patience.wait_ms - quarter,
                     patience.wait_ms + quarter);
}

static void
test_the_same_chance_waits_the_same (void **state)
{
    (void) state;
    patience_t patience = patience_new ();
    assert_int_equal (patience_wait_ms (&patience, 77), patience_wait_ms (&patience, 77));
    assert_int_equal (patience.wait_ms, PATIENCE_FIRST_MS); // Asking changes nothing.
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_before_anything_is_measured_it_is_the_first),
        cmocka_unit_test (test_the_first_measure_counts_three_times),
        cmocka_unit_test (test_each_further_measure_moves_it_a_little),
        cmocka_unit_test (test_it_comes_near_to_a_steady_round_trip),
        cmocka_unit_test (test_each_loss_doubles_it_up_to_the_most),
        cmocka_unit_test (test_a_measure_ends_the_doubling),
        cmocka_unit_test (test_it_is_never_below_the_least_or_above_the_most),
        cmocka_unit_test (test_no_time_at_all_is_a_measure),
        cmocka_unit_test (test_jitter_is_within_a_quarter_and_reaches_all_of_it),
        cmocka_unit_test (test_the_same_chance_waits_the_same),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
