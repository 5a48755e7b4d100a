// config_test.c -- settings: read, checked, explained.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/settings.h"
#include "support/cmocka_all.h"
#include "unit/capture.h"
#include "unit/promise.h"

static const setting_t table[] = {
    NUMBER_SETTING ("TEST_NUMBER", "20", -5, 100, "How many.")
    TEXT_SETTING ("TEST_TEXT", "abc", 1, 5, "What to say.")
    SECRET_SETTING ("TEST_SECRET", "", 0, 8, "What not to say.")
    CHOICE_SETTING ("TEST_CHOICE", "two", "one|two|three", "Which one.")
    SETTINGS_END,
};

static char *no_arguments[] = {"tester", NULL};
static char *help[] = {"tester", "--help", NULL};
static char *nonsense[] = {"tester", "--verbose", NULL};

static config_t *config; // What the last start gave.
static int exit_code;    // And said.
static char **arguments; // What the next start is given.

static void
start (void)
{
    int count = 0;
    while (arguments[count] != NULL) {
        count++;
    }
    exit_code = -1;
    config = config_start (count, arguments, "tester", "Tests settings.", table, &exit_code);
}

static int
clear_environment (void **state)
{
    (void) state;
    for (const setting_t *setting = table; setting->name != NULL; setting++) {
        unsetenv (setting->name);
    }
    unsetenv ("TEST_SECRET_FILE");
    config_destroy (&config);
    arguments = no_arguments;
    return 0;
}

// Starts with one variable set, and returns what was said of it on standard error.
static const char *
said_of (const char *name, const char *value)
{
    config_destroy (&config);
    setenv (name, value, 1);
    const char *said = captured (STDERR_FILENO, start);
    unsetenv (name);
    return said;
}

static void
expect_taken (const char *name, const char *value)
{
    assert_string_equal (said_of (name, value), "");
    assert_non_null (config);
}

static void
expect_named (const char *name, const char *value, const char *sentence)
{
    assert_string_equal (said_of (name, value), sentence);
    assert_null (config);
    assert_int_equal (exit_code, 2);
}

static void
test_what_is_not_set_has_its_standard_value (void **state)
{
    (void) state;
    start ();
    assert_non_null (config);
    assert_int_equal (config_number (config, "TEST_NUMBER"), 20);
    assert_string_equal (config_text (config, "TEST_TEXT"), "abc");
    assert_string_equal (config_text (config, "TEST_SECRET"), "");
    assert_string_equal (config_text (config, "TEST_CHOICE"), "two");
    assert_int_equal (config_choice (config, "TEST_CHOICE"), 1);
}

static void
test_the_environment_wins (void **state)
{
    (void) state;
    setenv ("TEST_NUMBER", "7", 1);
    setenv ("TEST_TEXT", "hello", 1);
    setenv ("TEST_SECRET", "swordfis", 1);
    setenv ("TEST_CHOICE", "three", 1);
    start ();
    clearenv (); // What was read stays.
    assert_int_equal (config_number (config, "TEST_NUMBER"), 7);
    assert_string_equal (config_text (config, "TEST_TEXT"), "hello");
    assert_string_equal (config_text (config, "TEST_SECRET"), "swordfis");
    assert_int_equal (config_choice (config, "TEST_CHOICE"), 2);
}

static void
test_numbers_keep_to_their_range (void **state)
{
    (void) state;
    static const char *const wrong[] = {"-6", "101", "", " ", "x", "7x", "7 ", "1.5", "1e1",
                                        "0x10", "99999999999999999999",
                                        "-99999999999999999999"};
    expect_taken ("TEST_NUMBER", "-5");
    assert_int_equal (config_number (config, "TEST_NUMBER"), -5);
    expect_taken ("TEST_NUMBER", "100");
    assert_int_equal (config_number (config, "TEST_NUMBER"), 100);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char sentence[200];
        snprintf (sentence, sizeof sentence,
                  "tester: TEST_NUMBER is '%s'; it must be a whole number from -5 to 100.\n",
                  wrong[i]);
        expect_named ("TEST_NUMBER", wrong[i], sentence);
    }
}

static void
test_texts_keep_to_their_length (void **state)
{
    (void) state;
    expect_taken ("TEST_TEXT", "a");
    expect_taken ("TEST_TEXT", "abcde");
    expect_named ("TEST_TEXT", "", "tester: TEST_TEXT is ''; it must have 1 to 5 bytes.\n");
    expect_named ("TEST_TEXT", "abcdef",
                  "tester: TEST_TEXT is 'abcdef'; it must have 1 to 5 bytes.\n");
}

static void
test_choices_are_whole_words (void **state)
{
    (void) state;
    static const char *const wrong[] = {"", "on", "ones", "ONE", "one|two", "|", "four"};
    expect_taken ("TEST_CHOICE", "one");
    assert_int_equal (config_choice (config, "TEST_CHOICE"), 0);
    expect_taken ("TEST_CHOICE", "three");
    assert_int_equal (config_choice (config, "TEST_CHOICE"), 2);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char sentence[200];
        snprintf (sentence, sizeof sentence,
                  "tester: TEST_CHOICE is '%s'; it must be one of one|two|three.\n", wrong[i]);
        expect_named ("TEST_CHOICE", wrong[i], sentence);
    }
}

static void
test_a_wrong_secret_is_named_but_not_shown (void **state)
{
    (void) state;
    const char *said = said_of ("TEST_SECRET", "swordfish");
    assert_null (strstr (said, "sword"));
    assert_string_equal (said,
                         "tester: TEST_SECRET is '(hidden)'; it must have 0 to 8 bytes.\n");
    assert_null (config);
    assert_int_equal (exit_code, 2);
}

// Has the secret in a file, and returns what is said when that is started with.
static const char *
said_of_file (const char *content)
{
    char path[] = "/tmp/config-test-XXXXXX";
    int fd = mkstemp (path);
    assert_true (fd >= 0);
    assert_int_equal (write (fd, content, strlen (content)), (int) strlen (content));
    close (fd);
    const char *said = said_of ("TEST_SECRET_FILE", path);
    unlink (path);
    return said;
}

static void
test_a_secret_may_stand_in_a_file (void **state)
{
    (void) state;
    static const char *const contents[] = {"sword", "sword\n", "sword\r\n", "sword\nfish\n"};
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        assert_string_equal (said_of_file (contents[i]), "");
        assert_string_equal (config_text (config, "TEST_SECRET"), "sword");
    }
    assert_string_equal (said_of_file ("\n"), "");
    assert_string_equal (config_text (config, "TEST_SECRET"), "");
    static const char *const too_long[] = {"swordfish", "swordfish\n", "swordfish and more\n"};
    for (size_t i = 0; i < sizeof too_long / sizeof too_long[0]; i++) {
        assert_string_equal (said_of_file (too_long[i]),
                             "tester: TEST_SECRET is '(hidden)'; it must have 0 to 8 bytes.\n");
        assert_null (config);
    }
}

static void
test_a_file_of_a_secret_that_cannot_be_used_is_named (void **state)
{
    (void) state;
    expect_named ("TEST_SECRET_FILE", "/nowhere",
                  "tester: TEST_SECRET_FILE is '/nowhere'; no line can be read from it.\n");
    expect_named ("TEST_SECRET_FILE", "/dev/null",
                  "tester: TEST_SECRET_FILE is '/dev/null'; no line can be read from it.\n");
    expect_taken ("TEST_TEXT_FILE", "/nowhere"); // Only secrets have files.
    setenv ("TEST_SECRET", "sword", 1);
    expect_named ("TEST_SECRET_FILE", "/dev/null",
                  "tester: TEST_SECRET and TEST_SECRET_FILE are both set; one of them must go.\n");
}

static void
test_the_first_wrong_one_is_named_and_no_other (void **state)
{
    (void) state;
    setenv ("TEST_CHOICE", "four", 1);
    const char *said = said_of ("TEST_NUMBER", "x");
    assert_non_null (strstr (said, "TEST_NUMBER"));
    assert_null (strstr (said, "TEST_CHOICE"));
}

static void
test_help_prints_the_whole_table_and_no_value (void **state)
{
    (void) state;
    arguments = help;
    setenv ("TEST_NUMBER", "x", 1); // Not even looked at.
    setenv ("TEST_SECRET", "sword", 1);
    assert_string_equal (captured (STDOUT_FILENO, start),
                         "usage: tester [--help]\n\nTests settings.\n\n"
                         "Settings are environment variables:\n"
                         "\n  TEST_NUMBER (20; -5 to 100)\n      How many.\n"
                         "\n  TEST_TEXT (abc; 1 to 5 bytes)\n      What to say.\n"
                         "\n  TEST_SECRET (empty; 0 to 8 bytes)\n      What not to say.\n"
                         "      Or TEST_SECRET_FILE: a file whose first line it is.\n"
                         "\n  TEST_CHOICE (two; one|two|three)\n      Which one.\n");
    assert_null (config);
    assert_int_equal (exit_code, 0);
}

static void
test_an_unknown_argument_is_named (void **state)
{
    (void) state;
    arguments = nonsense;
    assert_string_equal (captured (STDERR_FILENO, start),
                         "tester: unknown argument '--verbose'; see tester --help.\n");
    assert_null (config);
    assert_int_equal (exit_code, 2);
}

static void
ask_for_an_unknown_setting (void)
{
    start ();
    config_text (config, "TEST_OTHER");
}

static void
ask_for_a_number_that_is_none (void)
{
    start ();
    config_number (config, "TEST_TEXT");
}

static void
test_asking_for_what_the_table_has_not_breaks_a_promise (void **state)
{
    (void) state;
    assert_true (breaks_a_promise (ask_for_an_unknown_setting));
    assert_true (breaks_a_promise (ask_for_a_number_that_is_none));
}

#define ALONE(test) \
    cmocka_unit_test_setup_teardown (test, clear_environment, clear_environment)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        ALONE (test_what_is_not_set_has_its_standard_value),
        ALONE (test_the_environment_wins),
        ALONE (test_numbers_keep_to_their_range),
        ALONE (test_texts_keep_to_their_length),
        ALONE (test_choices_are_whole_words),
        ALONE (test_a_wrong_secret_is_named_but_not_shown),
        ALONE (test_a_secret_may_stand_in_a_file),
        ALONE (test_a_file_of_a_secret_that_cannot_be_used_is_named),
        ALONE (test_the_first_wrong_one_is_named_and_no_other),
        ALONE (test_help_prints_the_whole_table_and_no_value),
        ALONE (test_an_unknown_argument_is_named),
        ALONE (test_asking_for_what_the_table_has_not_breaks_a_promise),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
