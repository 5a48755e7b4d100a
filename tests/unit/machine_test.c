// machine_test.c -- the first rule that fits wins, and the last one fits everything.

#include "actor/machine.h"
#include "support/cmocka_all.h"

enum { ASLEEP, AWAKE };
enum { RANG, FED, STRANGE };

typedef struct {
    int rang;
    int fed;
    int other;
    const void *what; // Of the last event.
} animal_t;

static void
wake (void *self, const void *what)
{
    animal_t *animal = self;
    animal->rang++;
    animal->what = what;
}

static void
feed (void *self, const void *what)
{
    animal_t *animal = self;
    animal->fed++;
    animal->what = what;
}

static void
wonder (void *self, const void *what)
{
    animal_t *animal = self;
    animal->other++;
    animal->what = what;
}

// clang-format off
static const rule_t rules[] = {
    { ASLEEP,      RANG,        wake,   AWAKE },
    { MACHINE_ANY, RANG,        NULL,   MACHINE_STAY },
    { AWAKE,       FED,         feed,   ASLEEP },
    { AWAKE,       FED,         wonder, AWAKE },
    { ASLEEP,      MACHINE_ANY, NULL,   AWAKE },
    { MACHINE_ANY, MACHINE_ANY, wonder, MACHINE_STAY },
};
// clang-format on

static void
test_the_rule_for_state_and_event_acts_and_moves (void **state)
{
    (void) state;
    animal_t animal = {0};
    int food;
    assert_int_equal (machine_step (rules, ASLEEP, RANG, &animal, NULL), AWAKE);
    assert_int_equal (animal.rang, 1);
    assert_int_equal (machine_step (rules, AWAKE, FED, &animal, &food), ASLEEP);
    assert_int_equal (animal.fed, 1);
    assert_ptr_equal (animal.what, &food);
}

static void
test_the_first_rule_that_fits_wins (void **state)
{
    (void) state;
    animal_t animal = {0};
    machine_step (rules, AWAKE, FED, &animal, NULL);
    assert_int_equal (animal.fed, 1);
    assert_int_equal (animal.other, 0);
}

static void
test_a_rule_may_fit_every_state_or_every_event_and_do_nothing (void **state)
{
    (void) state;
    animal_t animal = {0};
    assert_int_equal (machine_step (rules, AWAKE, RANG, &animal, NULL), AWAKE);
    assert_int_equal (machine_step (rules, ASLEEP, FED, &animal, NULL), AWAKE);
    assert_int_equal (animal.rang + animal.fed + animal.other, 0);
}

static void
test_the_last_rule_lets_nothing_pass_in_silence (void **state)
{
    (void) state;
    animal_t animal = {0};
    assert_int_equal (machine_step (rules, AWAKE, STRANGE, &animal, NULL), AWAKE);
    assert_int_equal (animal.other, 1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_rule_for_state_and_event_acts_and_moves),
        cmocka_unit_test (test_the_first_rule_that_fits_wins),
        cmocka_unit_test (test_a_rule_may_fit_every_state_or_every_event_and_do_nothing),
        cmocka_unit_test (test_the_last_rule_lets_nothing_pass_in_silence),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
