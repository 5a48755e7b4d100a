// visitor_test.c -- what is known of an address, and what is not.

#include "gateway/visitor.h"

#include <stdio.h>

#include "support/cmocka_all.h"

#define NOON 43200000

static visitors_t *
new_visitors (size_t sessions, uint64_t handshakes)
{
    return visitors_new ((visitor_limits_t){sessions, handshakes});
}

static void
assert_same (const visitors_t *visitors, const char *a, const char *b, bool same)
{
    ident_t first = visitors_name (visitors, a);
    ident_t second = visitors_name (visitors, b);
    assert_int_equal (ident_equal (&first, &second), same);
}

static void
test_a_household_is_one_visitor_and_a_street_is_not (void **state)
{
    (void) state;
    visitors_t *visitors = new_visitors (0, 0);
    assert_same (visitors, "192.0.2.1", "192.0.2.1", true);
    assert_same (visitors, "192.0.2.1", "192.0.2.2", false);
    assert_same (visitors, "192.0.2.1", "::ffff:192.0.2.1", true);
    assert_same (visitors, "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true);
    assert_same (visitors, "2001:db8:1:2::1", "2001:db8:1:3::1", false);
    assert_same (visitors, "nonsense", "", true);
    assert_same (visitors, "nonsense", "192.0.2.1", false);
    visitors_destroy (&visitors);
}

static void
test_another_process_knows_the_same_address_by_another_name (void **state)
{
    (void) state;
    visitors_t *here = new_visitors (0, 0);
    visitors_t *there = new_visitors (0, 0);
    ident_t a = visitors_name (here, "192.0.2.1");
    ident_t b = visitors_name (there, "192.0.2.1");
    assert_false (ident_equal (&a, &b));
    visitors_destroy (&here);
    visitors_destroy (&there);
}

static void
test_sessions_are_counted_in_and_out (void **state)
{
    (void) state;
    uint64_t retry_after_ms;
    visitors_t *visitors = new_visitors (2, 0);
    ident_t visitor = visitors_name (visitors, "192.0.2.1");
    for (int i = 0; i < 2; i++) {
        assert_int_equal (visitors_admit (visitors, &visitor, NOON, &retry_after_ms), REFUSAL_NONE);
        visitors_enter (visitors, &visitor);
    }
    assert_int_equal (visitors_admit (visitors, &visitor, NOON, &retry_after_ms),
                      REFUSAL_TOO_MANY_CONNECTIONS);
    visitors_leave (visitors, &visitor);
    assert_int_equal (visitors_admit (visitors, &visitor, NOON, &retry_after_ms), REFUSAL_NONE);
    visitors_leave (visitors, &visitor);
    visitors_leave (visitors, &visitor); // One too many is passed over.
    visitors_destroy (&visitors);
}

static void
test_handshakes_have_a_budget_that_fills_again (void **state)
{
    (void) state;
    uint64_t retry_after_ms;
    visitors_t *visitors = new_visitors (0, 6);
    ident_t visitor = visitors_name (visitors, "192.0.2.1");
    for (int i = 0; i < 6; i++) {
        assert_int_equal (visitors_admit (visitors, &visitor, NOON, &retry_after_ms), REFUSAL_NONE);
    }
    assert_int_equal (visitors_admit (visitors, &visitor, NOON, &retry_after_ms),
                      REFUSAL_TOO_MANY_HANDSHAKES);
    assert_int_equal (retry_after_ms, 10000);
    assert_int_equal (visitors_admit (visitors, &visitor, NOON + 10000, &retry_after_ms),
                      REFUSAL_NONE);
    visitors_destroy (&visitors);
}

// A budget of which so many of ten messages are left.
static budget_t
budget_with (uint64_t left)
{
    return (budget_t){{left * 60000, NOON}, {0, 0}};
}

static void
test_the_next_who_comes_gets_the_emptiest_budget (void **state)
{
    (void) state;
    visitors_t *visitors = new_visitors (0, 0);
    ident_t visitor = visitors_name (visitors, "192.0.2.1");
    ident_t other = visitors_name (visitors, "192.0.2.2");
    for (uint64_t left = 20; left > 0; left--) {
        budget_t budget = budget_with (left);
        visitors_keep_budget (visitors, &visitor, &budget);
    }
    assert_int_equal (visitors_take_budget (visitors, &other).messages.filled_ms, 0);
    for (uint64_t left = 1; left <= 8; left++) {
        assert_int_equal (visitors_take_budget (visitors, &visitor).messages.tokens_x60000,
                          left * 60000);
    }
    assert_int_equal (visitors_take_budget (visitors, &visitor).messages.filled_ms, 0);
    visitors_destroy (&visitors);
}

static void
test_who_is_gone_for_a_minute_is_forgotten_and_who_is_here_is_not (void **state)
{
    (void) state;
    uint64_t retry_after_ms;
    char address[16];
    visitors_t *visitors = new_visitors (0, 0);
    for (int i = 0; i < 200; i++) {
        snprintf (address, sizeof address, "192.0.2.%d", i);
        ident_t visitor = visitors_name (visitors, address);
        assert_int_equal (visitors_admit (visitors, &visitor, NOON, &retry_after_ms), REFUSAL_NONE);
        visitors_enter (visitors, &visitor);
        if (i >= 3) {
            visitors_leave (visitors, &visitor);
        }
    }
    visitors_tick (visitors, NOON + 60000);
    assert_int_equal (visitors_count (visitors), 200);
    visitors_tick (visitors, NOON + 60001);
    visitors_tick (visitors, NOON + 65001); // What moved while others were taken out goes now.
    assert_int_equal (visitors_count (visitors), 3);
    visitors_destroy (&visitors);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_household_is_one_visitor_and_a_street_is_not),
        cmocka_unit_test (test_another_process_knows_the_same_address_by_another_name),
        cmocka_unit_test (test_sessions_are_counted_in_and_out),
        cmocka_unit_test (test_handshakes_have_a_budget_that_fills_again),
        cmocka_unit_test (test_the_next_who_comes_gets_the_emptiest_budget),
        cmocka_unit_test (test_who_is_gone_for_a_minute_is_forgotten_and_who_is_here_is_not),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
