// config.c -- reads, checks and explains the settings of a process.

#include "base/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

struct config {
    const setting_t *table; // Not owned.
    char **texts;           // The value of each row, as text. Owned.
    int64_t *numbers;       // The value of each CONFIG_NUMBER or CONFIG_CHOICE row. Owned.
};

static size_t
rows_in (const setting_t *table)
{
    size_t rows = 0;
    while (table[rows].name != NULL) {
        rows++;
    }
    return rows;
}

static void
print_range (const setting_t *setting)
{
    switch (setting->kind) {
        case CONFIG_NUMBER:
            printf ("%" PRId64 " to %" PRId64, setting->least, setting->most);
            break;
        case CONFIG_CHOICE:
            printf ("%s", setting->choices);
            break;
        case CONFIG_TEXT:
        case CONFIG_SECRET:
            printf ("%" PRId64 " to %" PRId64 " bytes", setting->least, setting->most);
            break;
    }
}

static void
print_help (const char *process, const char *purpose, const setting_t *table)
{
    printf ("usage: %s [--help]\n\n%s\n\nSettings are environment variables:\n", process, purpose);
    for (const setting_t *setting = table; setting->name != NULL; setting++) {
        printf ("\n  %s (%s; ", setting->name,
                setting->standard[0] != '\0' ? setting->standard : "empty");
        print_range (setting);
        printf (")\n      %s\n", setting->sentence);
    }
}

// Reads the environment: the only call of getenv in the system.
static const char *
value_of (const setting_t *setting)
{
    const char *value = getenv (setting->name);
    return value != NULL ? value : setting->standard;
}

static bool
read_number (const setting_t *setting, const char *text, int64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoll (text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *number >= setting->least
        && *number <= setting->most;
}

static bool
read_choice (const setting_t *setting, const char *text, int64_t *place)
{
    *place = 0;
    size_t bytes = strlen (text);
    for (const char *word = setting->choices; *word != '\0'; (*place)++) {
        size_t length = strcspn (word, "|");
        if (length == bytes && strncmp (word, text, length) == 0) {
            return true;
        }
        word += length;
        word += *word == '|';
    }
    return false;
}

void
config_wrong (const char *process, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    fprintf (stderr, "%s: ", process);
    vfprintf (stderr, format, arguments);
    fprintf (stderr, "\n");
    va_end (arguments);
}

void
config_say (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    vprintf (format, arguments);
    va_end (arguments);
}

// Prints why and returns false if the value is not allowed.
static bool
check (const char *process, const setting_t *setting, const char *text, int64_t *number)
{
    int64_t bytes = (int64_t) strlen (text);
    const char *shown = setting->kind == CONFIG_SECRET ? "(hidden)" : text;
    switch (setting->kind) {
        case CONFIG_NUMBER:
            if (!read_number (setting, text, number)) {
                config_wrong (process,
                              "%s is '%s'; it must be a whole number from %" PRId64 " to %" PRId64
                              ".",
                              setting->name, shown, setting->least, setting->most);
                return false;
            }
            return true;
        case CONFIG_CHOICE:
            if (!read_choice (setting, text, number)) {
                config_wrong (process, "%s is '%s'; it must be one of %s.", setting->name, shown,
                              setting->choices);
                return false;
            }
            return true;
        case CONFIG_TEXT:
        case CONFIG_SECRET:
            if (bytes < setting->least || bytes > setting->most) {
                config_wrong (process,
                              "%s is '%s'; it must have %" PRId64 " to %" PRId64 " bytes.",
                              setting->name, shown, setting->least, setting->most);
                return false;
            }
            return true;
    }
    must (!"a setting has a known kind");
}

config_t *
config_start (int argc, char **argv, const char *process, const char *purpose,
              const setting_t *table, int *exit_code)
{
    if (argc == 2 && strcmp (argv[1], "--help") == 0) {
        print_help (process, purpose, table);
        *exit_code = 0;
        return NULL;
    }
    if (argc > 1) {
        config_wrong (process, "unknown argument '%s'; see %s --help.", argv[1], process);
        *exit_code = 2;
        return NULL;
    }
    size_t rows = rows_in (table);
    config_t *config = must_alloc (sizeof *config);
    config->table = table;
    config->texts = must_alloc (rows * sizeof *config->texts);
    config->numbers = must_alloc (rows * sizeof *config->numbers);
    for (size_t i = 0; i < rows; i++) {
        const char *text = value_of (&table[i]);
        config->texts[i] = must_copy (text, strlen (text));
        if (!check (process, &table[i], text, &config->numbers[i])) {
            config_destroy (&config);
            *exit_code = 2;
            return NULL;
        }
    }
    return config;
}

void
config_destroy (config_t **config)
{
    if (*config != NULL) {
        for (size_t i = 0; i < rows_in ((*config)->table); i++) {
            free ((*config)->texts[i]);
        }
        free ((*config)->texts);
        free ((*config)->numbers);
        free (*config);
        *config = NULL;
    }
}

static size_t
row_of (const config_t *config, const char *name)
{
    size_t row = 0;
    while (config->table[row].name != NULL && strcmp (config->table[row].name, name) != 0) {
        row++;
    }
    must (config->table[row].name != NULL);
    return row;
}

int64_t
config_number (const config_t *config, const char *name)
{
    size_t row = row_of (config, name);
    must (config->table[row].kind == CONFIG_NUMBER);
    return config->numbers[row];
}

const char *
config_text (const config_t *config, const char *name)
{
    return config->texts[row_of (config, name)];
}

int
config_choice (const config_t *config, const char *name)
{
    size_t row = row_of (config, name);
    must (config->table[row].kind == CONFIG_CHOICE);
    return (int) config->numbers[row];
}
