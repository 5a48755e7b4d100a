// steady_figures_test.c -- what is kept is read again, and what has grown too much is seen.

#include "bench/steady_figures.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/cmocka_all.h"

static const steady_figures_t kept = {
    .made_with = "a machine, a compiler",
    .of = {60000, 6500, 5, 9000, 6600, 2, 54000, 5300, 3300, 2500},
};

// Compares figures of which one is another part of what is kept.
static bool
judge (steady_figure_t which, double part, char text[4096])
{
    steady_figures_t now = kept;
    now.of[which] *= part;
    FILE *out = fmemopen (text, 4096, "w");
    assert_non_null (out);
    bool fine = steady_compare (out, &kept, &now);
    fclose (out);
    return fine;
}

static void
test_the_same_figures_are_fine (void **state)
{
    char text[4096];
    (void) state;
    assert_true (judge (ONE_GATEWAY, 1, text));
    assert_null (strstr (text, "--write"));
}

static void
test_what_grows_by_more_than_it_may_is_seen (void **state)
{
    static const struct {
        steady_figure_t which;
        double fine;
        double wrong;
        const char *sentence;
    } cases[] = {
        {ONE_GATEWAY, 1.049, 1.051, "one_gateway has grown by more than 5 %"},
        {ONE_GATEWAY_ZEROMQ, 1.049, 1.051, "one_gateway_zeromq has grown by more than 5 %"},
        {ONE_GATEWAY_TURNS, 1.14, 1.16, "one_gateway_turns has grown by more than 15 %"},
        {ONE_RELAY, 1.049, 1.051, "one_relay has grown by more than 5 %"},
        {ONE_RELAY_ZEROMQ, 1.049, 1.051, "one_relay_zeromq has grown by more than 5 %"},
        {ONE_RELAY_TURNS, 1.14, 1.16, "one_relay_turns has grown by more than 15 %"},
        {MANY_GATEWAY, 1.049, 1.051, "many_gateway has grown by more than 5 %"},
        {MANY_RELAY, 1.09, 1.11, "many_relay has grown by more than 10 %"},
    };
    char text[4096];
    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true (judge (cases[i].which, cases[i].fine, text));
        assert_false (judge (cases[i].which, cases[i].wrong, text));
        assert_non_null (strstr (text, cases[i].sentence));
    }
}

static void
test_what_is_no_number_is_seen (void **state)
{
    char text[4096];
    (void) state;
    assert_false (judge (ONE_RELAY, strtod ("nan", NULL), text));
}

static void
test_what_has_become_cheaper_may_be_kept (void **state)
{
    char text[4096];
    (void) state;
    assert_true (judge (ONE_RELAY, 0.96, text));
    assert_null (strstr (text, "cheaper"));
    assert_true (judge (ONE_RELAY, 0.94, text));
    assert_non_null (
        strstr (text, "one_relay has become cheaper by more than 5 %: keep that with "
                      "'bench_steady --write'"));
}

static void
test_what_is_written_is_read_again (void **state)
{
    char path[] = "/tmp/steady-figures-XXXXXX";
    char wrong[256];
    steady_figures_t found;
    (void) state;
    int file = mkstemp (path);
    assert_true (file >= 0);
    close (file);
    assert_true (steady_write (path, &kept));
    assert_true (steady_read (path, &found, wrong));
    assert_memory_equal (&found, &kept, sizeof kept);
    unlink (path);
}

static void
test_a_file_that_is_not_whole_is_refused (void **state)
{
    char path[] = "/tmp/steady-figures-XXXXXX";
    char wrong[256];
    steady_figures_t figures = kept;
    (void) state;
    int file = mkstemp (path);
    assert_true (file >= 0);
    close (file);
    figures.of[ONE_RELAY] = 0;
    assert_true (steady_write (path, &figures));
    assert_false (steady_read (path, &figures, wrong));
    assert_non_null (strstr (wrong, "has no figure for one_relay"));
    unlink (path);
    assert_false (steady_read (path, &figures, wrong));
    assert_non_null (strstr (wrong, "No such file"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_same_figures_are_fine),
        cmocka_unit_test (test_what_grows_by_more_than_it_may_is_seen),
        cmocka_unit_test (test_what_is_no_number_is_seen),
        cmocka_unit_test (test_what_has_become_cheaper_may_be_kept),
        cmocka_unit_test (test_what_is_written_is_read_again),
        cmocka_unit_test (test_a_file_that_is_not_whole_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
