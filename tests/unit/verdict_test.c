// verdict_test.c -- who is to blame for rows that are not taken.

#include "sessions/verdict.h"
#include "support/cmocka_all.h"

static void
test_what_is_wrong_with_data_is_a_row_s_fault_and_what_fails_is_not (void **state)
{
    (void) state;
    assert_int_equal (verdict_of ("22003"), VERDICT_FAULT);
    assert_int_equal (verdict_of ("23502"), VERDICT_FAULT);
    assert_int_equal (verdict_of ("P0001"), VERDICT_SUSPECT);
    assert_int_equal (verdict_of ("42501"), VERDICT_SUSPECT);
    assert_int_equal (verdict_of ("53100"), VERDICT_WORLD);
    assert_int_equal (verdict_of ("40P01"), VERDICT_WORLD);
    assert_int_equal (verdict_of ("unknown"), VERDICT_WORLD);
    assert_int_equal (verdict_of (""), VERDICT_WORLD);
}

static void
test_a_row_is_to_blame_when_others_have_gone_in_since_fault_was_found (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    trial_t trial = {.put_off = 0};
    trial_begin (&trial);
    assert_false (trial_convicts (&trial, &chat, 7));
    trial_note (&trial, 7);
    assert_false (trial_convicts (&trial, &chat, 7));
    trial_note (&trial, 8);
    assert_true (trial_convicts (&trial, &chat, 8));
    trial_begin (&trial);
    assert_false (trial_convicts (&trial, &chat, 9));
}

static void
test_one_row_is_remembered_when_its_batch_is_left (void **state)
{
    (void) state;
    ident_t chats[] = {ident_random (), ident_random ()};
    trial_t trial = {.put_off = 0};
    trial_begin (&trial);
    trial_note (&trial, 3);
    trial_leave (&trial, &chats[0], 3);
    trial_begin (&trial);
    assert_false (trial_convicts (&trial, &chats[0], 3));
    assert_false (trial_convicts (&trial, &chats[1], 4));
    assert_true (trial_convicts (&trial, &chats[0], 4));
}

static void
test_each_row_is_put_off_once_and_not_for_ever (void **state)
{
    (void) state;
    trial_t trial = {.put_off = 0};
    trial_begin (&trial);
    assert_false (trial_may_put_off (&trial, 0));
    assert_true (trial_may_put_off (&trial, 1));
    trial_put_off (&trial);
    assert_false (trial_may_put_off (&trial, 1));
    for (size_t i = 1; trial_may_put_off (&trial, 500); i++) {
        assert_true (i < 100);
        trial_put_off (&trial);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_what_is_wrong_with_data_is_a_row_s_fault_and_what_fails_is_not),
        cmocka_unit_test (
            test_a_row_is_to_blame_when_others_have_gone_in_since_fault_was_found),
        cmocka_unit_test (test_one_row_is_remembered_when_its_batch_is_left),
        cmocka_unit_test (test_each_row_is_put_off_once_and_not_for_ever),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
