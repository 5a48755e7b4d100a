// program.h -- what the command line of all four processes is: without an argument the process runs,
// with one word it does something small with the same settings, and ends.

#ifndef PROGRAM_H
#define PROGRAM_H

#include "actor/metrics.h"
#include "base/config.h"
#include "wire/wire.h"

typedef struct program program_t;

// A word of the command line. The last row of a table has no word.
typedef struct {
    const char *word;     // Such as --healthcheck.
    const char *sentence; // What it does; --help puts "With WORD" in front.
    int (*run) (const program_t *program, const config_t *config);
} command_t;

struct program {
    const char *process;
    const char *purpose;           // For --help.
    role_t role;
    const setting_t *settings;
    const metric_t *metrics;       // Its own.
    int (*run) (const config_t *config);
    const command_t *commands;     // Beside those that all have; NULL: none.
};

// Does what the command line says; returns the exit code for main.
int
program_main (int argc, char **argv, const program_t *program);

#endif
