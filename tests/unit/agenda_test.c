// agenda_test.c -- alarms ring once, at their time, never before it.

#include "gateway/agenda.h"
#include <stdbool.h>

#include "support/cmocka_all.h"
#include "unit/dice.h"
#include "unit/promise.h"

#define BEGIN 1000003 // Not at the beginning of a slot.
#define LATE_MS 8     // How late an alarm may ring, besides the distance of the ticks.

typedef struct {
    alarm_t alarm;
    unsigned rings;
    uint64_t rang_ms; // When it rang last.
    uint64_t due_ms;  // When it should have.
} bell_t;

static bool
is_set (const alarm_t *alarm)
{
    return alarm->previous != NULL;
}

static agenda_t *agenda;

static void
note (void *self, uint64_t now_ms)
{
    bell_t *bell = self;
    bell->rings++;
    bell->rang_ms = now_ms;
    assert_false (is_set (&bell->alarm));
}

static bell_t
a_bell (void)
{
    return (bell_t){.alarm = {.ring = note}};
}

static void
set (bell_t *bell, uint64_t at_ms)
{
    bell->alarm.self = bell; // As which it is also the beginning of a busy_t.
    bell->due_ms = at_ms;
    agenda_set (agenda, &bell->alarm, at_ms);
    assert_true (is_set (&bell->alarm));
}

static int
set_up (void **state)
{
    (void) state;
    agenda = agenda_new (BEGIN);
    return 0;
}

static int
tear_down (void **state)
{
    (void) state;
    agenda_destroy (&agenda); // Which sees to it that no alarm is left.
    return 0;
}

static void
test_an_alarm_rings_once_and_never_early (void **state)
{
    (void) state;
    for (uint64_t wait_ms = 0; wait_ms < 100; wait_ms++) {
        uint64_t begin_ms = BEGIN + wait_ms * 1000;
        bell_t bell = a_bell ();
        agenda_tick (agenda, begin_ms);
        set (&bell, begin_ms + wait_ms);
        for (uint64_t now_ms = begin_ms; now_ms < begin_ms + 200; now_ms++) {
            agenda_tick (agenda, now_ms);
            assert_true (bell.rings == 0 || bell.rang_ms >= bell.due_ms);
        }
        assert_int_equal (bell.rings, 1);
        assert_in_range (bell.rang_ms - bell.due_ms, 0, LATE_MS);
    }
}

static void
test_many_alarms_all_keep_their_time (void **state)
{
    (void) state;
    static bell_t bells[20000];
    dice_t dice = dice_from (5);
    for (size_t i = 0; i < 20000; i++) {
        bells[i] = a_bell ();
        set (&bells[i], BEGIN + dice_throw (&dice, 60000));
    }
    for (uint64_t now_ms = BEGIN; now_ms <= BEGIN + 60100; now_ms += 10) {
        agenda_tick (agenda, now_ms);
    }
    for (size_t i = 0; i < 20000; i++) {
        assert_int_equal (bells[i].rings, 1);
        assert_true (bells[i].rang_ms >= bells[i].due_ms);
        assert_true (bells[i].rang_ms < bells[i].due_ms + LATE_MS + 10);
    }
}

static void
test_an_alarm_far_away_waits_for_its_turn (void **state)
{
    (void) state;
    static const uint64_t waits[] = {8191, 8192, 8193, 8200, 16384, 25000, 3600000};
    bell_t bells[sizeof waits / sizeof waits[0]];
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        bells[i] = a_bell ();
        set (&bells[i], BEGIN + waits[i]);
    }
    for (uint64_t now_ms = BEGIN; now_ms < BEGIN + 3600100; now_ms += 10) {
        agenda_tick (agenda, now_ms);
    }
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        assert_int_equal (bells[i].rings, 1);
        assert_in_range (bells[i].rang_ms - bells[i].due_ms, 0, LATE_MS + 10);
    }
}

static void
test_an_alarm_that_is_cleared_or_moved_does_not_ring_at_its_old_time (void **state)
{
    (void) state;
    bell_t cleared = a_bell ();
    bell_t later = a_bell ();
    bell_t sooner = a_bell ();
    set (&cleared, BEGIN + 100);
    set (&later, BEGIN + 100);
    set (&sooner, BEGIN + 100);
    agenda_clear (&cleared.alarm);
    assert_false (is_set (&cleared.alarm));
    agenda_clear (&cleared.alarm); // It may be cleared twice.
    set (&later, BEGIN + 200);
    set (&sooner, BEGIN + 50);
    agenda_tick (agenda, BEGIN + 60);
    assert_int_equal (sooner.rings, 1);
    agenda_tick (agenda, BEGIN + 150);
    assert_int_equal (cleared.rings + later.rings, 0);
    agenda_tick (agenda, BEGIN + 210);
    assert_int_equal (cleared.rings, 0);
    assert_int_equal (later.rings, 1);
    assert_int_equal (sooner.rings, 1);
}

static void
test_what_is_past_already_rings_at_the_next_tick (void **state)
{
    (void) state;
    bell_t past = a_bell ();
    bell_t ancient = a_bell ();
    agenda_tick (agenda, BEGIN + 5000);
    set (&past, BEGIN + 4000);
    set (&ancient, 0);
    agenda_tick (agenda, BEGIN + 5000);
    assert_int_equal (past.rings + ancient.rings, 0); // That tick is over.
    agenda_tick (agenda, BEGIN + 5010);
    assert_int_equal (past.rings, 1);
    assert_int_equal (ancient.rings, 1);
}

static void
test_a_loop_that_stood_still_rings_each_alarm_once (void **state)
{
    (void) state;
    static bell_t bells[3000];
    for (size_t i = 0; i < 3000; i++) {
        bells[i] = a_bell ();
        set (&bells[i], BEGIN + i * 20); // Over more than seven turns of the wheel.
    }
    agenda_tick (agenda, BEGIN + 50000);
    for (size_t i = 0; i < 3000; i++) {
        assert_true (bells[i].rings <= 1);
        assert_true (i * 20 <= 50000 || bells[i].rings == 0);
        assert_true (i * 20 + LATE_MS > 50000 || bells[i].rings == 1);
    }
    agenda_tick (agenda, BEGIN + 60000);
    for (size_t i = 0; i < 3000; i++) {
        assert_int_equal (bells[i].rings, 1);
    }
}

static void
test_a_clock_that_does_not_move_rings_nothing_twice (void **state)
{
    (void) state;
    bell_t bell = a_bell ();
    set (&bell, BEGIN + 8);
    for (int i = 0; i < 10; i++) {
        agenda_tick (agenda, BEGIN + 30);
        agenda_tick (agenda, BEGIN); // Nor does one that goes back.
    }
    assert_int_equal (bell.rings, 1);
}

// --- Alarms that change others, or themselves, while they ring ---

typedef struct {
    bell_t bell;
    bell_t *clears; // What it clears when it rings.
    bell_t *sets;   // What it sets, to `sets_ms`.
    uint64_t sets_ms;
    uint64_t every_ms; // After which time it sets itself again; 0: not at all.
} busy_t;

static void
be_busy (void *self, uint64_t now_ms)
{
    busy_t *busy = self;
    note (&busy->bell, now_ms);
    if (busy->clears != NULL) {
        agenda_clear (&busy->clears->alarm);
    }
    if (busy->sets != NULL) {
        set (busy->sets, busy->sets_ms);
    }
    if (busy->every_ms > 0) {
        agenda_set (agenda, &busy->bell.alarm, now_ms + busy->every_ms);
    }
}

static void
set_busy (busy_t *busy, uint64_t at_ms)
{
    busy->bell.alarm.ring = be_busy;
    busy->bell.alarm.self = busy;
    agenda_set (agenda, &busy->bell.alarm, at_ms);
}

static void
test_one_that_rings_may_clear_one_that_is_due_with_it (void **state)
{
    (void) state;
    bell_t first = a_bell ();
    bell_t second = a_bell ();
    busy_t busy = {.clears = &second};
    set (&first, BEGIN + 40);
    set_busy (&busy, BEGIN + 40);
    set (&second, BEGIN + 40);
    agenda_tick (agenda, BEGIN + 60);
    assert_int_equal (first.rings, 1);
    assert_int_equal (busy.bell.rings, 1);
    assert_int_equal (second.rings, 0);
    assert_false (is_set (&second.alarm));
}

static void
test_one_that_rings_may_clear_or_move_one_of_another_slot (void **state)
{
    (void) state;
    bell_t cleared = a_bell ();
    bell_t moved = a_bell ();
    busy_t busy = {.clears = &cleared, .sets = &moved, .sets_ms = BEGIN + 500};
    set_busy (&busy, BEGIN + 16);
    set (&cleared, BEGIN + 40);
    set (&moved, BEGIN + 48);
    agenda_tick (agenda, BEGIN + 100);
    assert_int_equal (cleared.rings + moved.rings, 0);
    agenda_tick (agenda, BEGIN + 510);
    assert_int_equal (cleared.rings, 0);
    assert_int_equal (moved.rings, 1);
}

static void
test_one_that_sets_itself_rings_again_and_again (void **state)
{
    (void) state;
    busy_t busy = {.every_ms = 100};
    set_busy (&busy, BEGIN + 100);
    for (uint64_t now_ms = BEGIN; now_ms < BEGIN + 10000; now_ms += 10) {
        agenda_tick (agenda, now_ms);
    }
    assert_in_range (busy.bell.rings, 10000 / (100 + LATE_MS + 10), 100);
    agenda_clear (&busy.bell.alarm);
}

static void
test_one_that_sets_itself_rings_once_in_a_tick (void **state)
{
    (void) state;
    busy_t future = {.every_ms = 1};
    busy_t past = {.sets = &past.bell, .sets_ms = BEGIN + 2};
    set_busy (&future, BEGIN + 1);
    set_busy (&past, BEGIN + 1);
    for (unsigned round = 1; round <= 3; round++) {
        agenda_tick (agenda, BEGIN + 5000 * round); // After the loop stood still for a while.
        assert_int_equal (future.bell.rings, round);
        assert_int_equal (past.bell.rings, round);
    }
    agenda_clear (&future.bell.alarm);
    agenda_clear (&past.bell.alarm);
}

static void
destroy_with_an_alarm (void)
{
    bell_t bell = a_bell ();
    agenda = agenda_new (BEGIN);
    set (&bell, BEGIN);
    agenda_destroy (&agenda);
}

static void
test_an_alarm_that_outlives_its_agenda_breaks_a_promise (void **state)
{
    (void) state;
    assert_true (breaks_a_promise (destroy_with_an_alarm));
}

#define WITH_AGENDA(test) cmocka_unit_test_setup_teardown (test, set_up, tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_AGENDA (test_an_alarm_rings_once_and_never_early),
        WITH_AGENDA (test_many_alarms_all_keep_their_time),
        WITH_AGENDA (test_an_alarm_far_away_waits_for_its_turn),
        WITH_AGENDA (test_an_alarm_that_is_cleared_or_moved_does_not_ring_at_its_old_time),
        WITH_AGENDA (test_what_is_past_already_rings_at_the_next_tick),
        WITH_AGENDA (test_a_loop_that_stood_still_rings_each_alarm_once),
        WITH_AGENDA (test_a_clock_that_does_not_move_rings_nothing_twice),
        WITH_AGENDA (test_one_that_rings_may_clear_one_that_is_due_with_it),
        WITH_AGENDA (test_one_that_rings_may_clear_or_move_one_of_another_slot),
        WITH_AGENDA (test_one_that_sets_itself_rings_again_and_again),
        WITH_AGENDA (test_one_that_sets_itself_rings_once_in_a_tick),
        cmocka_unit_test (test_an_alarm_that_outlives_its_agenda_breaks_a_promise),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
