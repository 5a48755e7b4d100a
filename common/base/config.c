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
        if (setting->kind == CONFIG_SECRET) {
            printf ("      Or %s_FILE: a file whose first line it is.\n", setting->name);
        }
    }
}

// Reads the environment: the only call of getenv in the system. NULL if there is no such variable.
static const char *
value_of (const setting_t *setting, const char *ending)
{
    char variable[64];
    int length = snprintf (variable, sizeof variable, "%s%s", setting->name, ending);
    must (length > 0 && (size_t) length < sizeof variable);
    return getenv (variable);
}

// The first line of a file, without its end; NULL if there is none to read. Of one with more than
// `most` bytes only so much is read that it is seen to be too long.
static char *
first_line_of (const char *path, int64_t most)
{
    FILE *file = fopen (path, "r");
    if (file == NULL) {
        return NULL;
    }
    size_t size = (size_t) most + 3; // With two bytes of a line's end.
    char *line = must_alloc (size);
    char *found = fgets (line, (int) size, file);
    fclose (file);
    if (found == NULL) {
        free (line);
        return NULL;
    }
    line[strcspn (line, "\r\n")] = '\0';
    return line;
}

// The text of a setting; for a secret it may stand in the file that NAME_FILE names, so that it is
// not in the environment. Prints why and returns NULL if that file cannot be used.
static char *
text_of (const char *process, const setting_t *setting)
{
    const char *value = value_of (setting, "");
    const char *path = setting->kind == CONFIG_SECRET ? value_of (setting, "_FILE") : NULL;
    if (path == NULL) {
        value = value != NULL ? value : setting->standard;
        return must_copy (value, strlen (value));
    }
    if (value != NULL) {
        config_wrong (process, "%s and %s_FILE are both set; one of them must go.", setting->name,
                      setting->name);
        return NULL;
    }
    char *line = first_line_of (path, setting->most);
    if (line == NULL) {
        config_wrong (process, "%s_FILE is '%s'; no line can be read from it.", setting->name,
                      path);
    }
    return line;
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
        config->texts[i] = text_of (process, &table[i]);
        if (config->texts[i] == NULL
            || !check (process, &table[i], config->texts[i], &config->numbers[i])) {
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
