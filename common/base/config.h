// config.h -- the settings of a process: one table, read from the environment once.
//
// A process lists its settings in a table of setting_t rows (its settings.def, which ends by
// including common_settings.def). config_start prints the table for --help, checks every value
// and names the first wrong one. Nothing else reads the environment.

#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    CONFIG_NUMBER, // A whole number from `least` to `most`.
    CONFIG_TEXT,   // Any text of `least` to `most` bytes.
    CONFIG_SECRET, // The same; its value is never shown, and may stand in the file NAME_FILE names.
    CONFIG_CHOICE, // One of the words in `choices`, which are separated by '|'.
} config_kind_t;

typedef struct {
    const char *name;     // The environment variable.
    config_kind_t kind;
    const char *standard; // The value when the variable is not set.
    int64_t least;        // Smallest number, or fewest bytes.
    int64_t most;         // Largest number, or most bytes.
    const char *choices;  // For CONFIG_CHOICE, else NULL.
    const char *sentence; // What it does, with its unit.
} setting_t;

typedef struct config config_t;

// Reads the settings in `table`, which ends with a row without a name and must outlive the result.
// Answers --help on standard output. Returns NULL when the process should exit at once with
// *exit_code: 0 after --help, 2 after a wrong argument or value, which it has named on standard
// error.
config_t *
config_start (int argc, char **argv, const char *process, const char *purpose,
              const setting_t *table, int *exit_code);

void
config_destroy (config_t **config);

// Says on standard error why a process does not start: its name, then the rest, which names the
// setting that is wrong and ends with a full stop.
__attribute__ ((format (printf, 2, 3))) void
config_wrong (const char *process, const char *format, ...);

// Says something on standard output that was asked for on the command line.
__attribute__ ((format (printf, 1, 2))) void
config_say (const char *format, ...);

// The value of a CONFIG_NUMBER that the table has.
int64_t
config_number (const config_t *config, const char *name);

// The value of a setting of any other kind that the table has. Lives as long as the config.
const char *
config_text (const config_t *config, const char *name);

// The place of the value among the choices of a CONFIG_CHOICE, from 0.
int
config_choice (const config_t *config, const char *name);

#endif
