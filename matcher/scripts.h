// scripts.h -- the Lua scripts in matcher/scripts, a library of functions in Redis (7.0 and later).
//
// Redis may not have the library: it is new, was emptied, or was told so (FUNCTION FLUSH). The first
// call that finds its function missing loads it; calls that find the same meanwhile wait for that, and
// then all are made again. The library of another version stays beside it.

#ifndef SCRIPTS_H
#define SCRIPTS_H

#include "base/config.h"
#include "matcher/connection_door.h"

#define SCRIPT_ARGUMENTS_MOST 272 // Of one call, beside those that every script is given.

typedef enum {
#define SCRIPT(NAME, name) SCRIPT_##NAME,
#define LIBRARY(function, text)
#include "matcher/scripts.def"
#undef SCRIPT
#undef LIBRARY
    SCRIPT_COUNT
} script_t;

typedef struct scripts scripts_t;

// Borrows the connection and the settings, some of which every script is told. Never NULL.
scripts_t *
scripts_new (connection_t *redis, const config_t *config);

// Frees the scripts. Flush them and destroy the connection_t first, so that no answer is to come.
void
scripts_destroy (scripts_t **scripts);

// Calls a script, at once or with others by scripts_flush; like connection_command otherwise. No argument has
// a space in it.
bool
scripts_call (scripts_t *scripts, script_t script, size_t count,
              const char *const arguments[], connection_answered_t *answered, void *self,
              void *about);

// Makes the calls that wait for others: at the end of each turn of the loop.
void
scripts_flush (scripts_t *scripts);

// How many calls are unanswered.
size_t
scripts_in_flight (const scripts_t *scripts);

#endif
