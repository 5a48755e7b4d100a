// log_test.c -- one line an event, whatever the values are.

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "gateway/json.h"
#include "support/cmocka_all.h"
#include "unit/capture.h"

static const log_field_t *fields; // Of the next event.

static void
log_plain (void)
{
    log_start ("tester", LEVEL_INFO, false);
    log_event (LEVEL_INFO, "tried", fields);
}

static void
log_json (void)
{
    log_start ("tester", LEVEL_INFO, true);
    log_event (LEVEL_WARN, "tried", fields);
}

// What stands behind the time, which is 2026-01-31T12:00:00.123Z or the like.
static const char *
behind_the_time (const char *line)
{
    assert_true (strlen (line) > 24);
    assert_int_equal (line[10], 'T');
    assert_int_equal (line[19], '.');
    assert_int_equal (line[23], 'Z');
    return line + 24;
}

static void
test_a_line_has_time_process_level_event_and_fields (void **state)
{
    (void) state;
    ident_t ident = {{0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55, 0x55,
                      0x55, 0x55, 0x55, 0x55}};
    fields = LOG_FIELDS (LOG_TEXT ("role", "relay"), LOG_NUMBER ("peers", -3),
                         LOG_IDENT ("chat", &ident), LOG_TEXT ("none", NULL));
    assert_string_equal (behind_the_time (captured (STDERR_FILENO, log_plain)),
                         " tester info tried role=relay peers=-3 "
                         "chat=11111111-2222-3333-4444-555555555555 none=\"\"\n");
}

static void
test_values_cannot_break_the_line (void **state)
{
    (void) state;
    fields = LOG_FIELDS (LOG_TEXT ("a", "x\ny"), LOG_TEXT ("b", "two words"),
                         LOG_TEXT ("c", "say \"no\"\\"), LOG_TEXT ("d", "k=v"),
                         LOG_TEXT ("e", "\x1b[31m\x7f\xff"));
    assert_string_equal (behind_the_time (captured (STDERR_FILENO, log_plain)),
                         " tester info tried a=\"x\\u000ay\" b=\"two words\" "
                         "c=\"say \\\"no\\\"\\\\\" d=\"k=v\" e=\\u001b[31m\\u007f\\u00ff\n");
}

static void
test_json_lines_are_objects (void **state)
{
    (void) state;
    fields = LOG_FIELDS (LOG_TEXT ("a", "x\n\"y\""), LOG_NUMBER ("n", 5));
    const char *line = captured (STDERR_FILENO, log_json);
    assert_memory_equal (line, "{\"time\":\"", 9);
    assert_string_equal (behind_the_time (line + 9),
                         "\",\"process\":\"tester\",\"level\":\"warn\",\"event\":\"tried\","
                         "\"a\":\"x\\u000a\\\"y\\\"\",\"n\":5}\n");
}

static void
test_a_value_that_is_too_long_is_cut_off (void **state)
{
    (void) state;
    static char text[5000];
    memset (text, 'x', sizeof text - 1);
    fields = LOG_FIELDS (LOG_TEXT ("a", text), LOG_TEXT ("b", text));
    const char *line = captured (STDERR_FILENO, log_plain);
    assert_in_range (strlen (line), 900, 1024);
    assert_ptr_equal (strchr (line, '\n'), line + strlen (line) - 1);
}

static void
test_a_json_line_that_is_cut_off_still_is_an_object (void **state)
{
    (void) state;
    static char text[5000];
    memset (text, '"', sizeof text - 1);
    for (size_t bytes = 300; bytes < 600; bytes += 7) {
        text[bytes] = '\0';
        fields = LOG_FIELDS (LOG_TEXT ("a", text), LOG_NUMBER ("n", INT64_MIN),
                             LOG_IDENT ("i", &ident_nil), LOG_TEXT ("b", text));
        const char *line = captured (STDERR_FILENO, log_json);
        value_t *value = value_read (line, strlen (line));
        assert_true (value_is_object (value));
        value_free (&value);
        text[bytes] = '"';
    }
}

static void
log_at_each_level (void)
{
    log_start ("tester", LEVEL_WARN, false);
    log_event (LEVEL_DEBUG, "a_debug", LOG_FIELDS (LOG_NUMBER ("n", 1)));
    log_event (LEVEL_INFO, "an_info", LOG_FIELDS (LOG_NUMBER ("n", 1)));
    log_event (LEVEL_WARN, "a_warning", LOG_FIELDS (LOG_NUMBER ("n", 1)));
    log_event (LEVEL_ERROR, "an_error", LOG_FIELDS (LOG_NUMBER ("n", 1)));
}

static void
test_what_is_less_important_is_not_written (void **state)
{
    (void) state;
    const char *lines = captured (STDERR_FILENO, log_at_each_level);
    assert_null (strstr (lines, "a_debug"));
    assert_null (strstr (lines, "an_info"));
    assert_non_null (strstr (lines, " tester warn a_warning n=1\n"));
    assert_non_null (strstr (lines, " tester error an_error n=1\n"));
}

static void
log_a_flood (void)
{
    log_start ("tester", LEVEL_INFO, false);
    for (int i = 0; i < 2000; i++) {
        log_event (LEVEL_INFO, "flooded", LOG_FIELDS (LOG_NUMBER ("n", i)));
    }
}

static void
test_a_flood_is_not_written (void **state)
{
    (void) state;
    size_t count = 0;
    const char *line = captured (STDERR_FILENO, log_a_flood);
    while ((line = strchr (line, '\n')) != NULL) {
        line++;
        count++;
    }
    assert_in_range (count, 1, 1000); // 100 a second, and it does not last ten.
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_line_has_time_process_level_event_and_fields),
        cmocka_unit_test (test_values_cannot_break_the_line),
        cmocka_unit_test (test_json_lines_are_objects),
        cmocka_unit_test (test_a_value_that_is_too_long_is_cut_off),
        cmocka_unit_test (test_a_json_line_that_is_cut_off_still_is_an_object),
        cmocka_unit_test (test_what_is_less_important_is_not_written),
        cmocka_unit_test (test_a_flood_is_not_written),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
