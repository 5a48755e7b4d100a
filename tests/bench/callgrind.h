// callgrind.h -- a process of ours under valgrind's callgrind, and what its profiles say.

#ifndef CALLGRIND_H
#define CALLGRIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "support/service.h"

// Instructions of one part of a run.
typedef struct {
    uint64_t main;   // Of the main thread.
    uint64_t timers; // Of these, in its timers.
    uint64_t turns;  // Turns of its loop.
    uint64_t zeromq; // Of ZeroMQ's thread.
} profile_t;

// Fails the test, and says what is to be done, if valgrind is not here.
void
callgrind_check (void);

// Starts a process of which nothing is counted yet. Its profiles go to that folder, under that name.
service_t *
callgrind_start (const char *folder, const char *name, const char *binary,
                 const char *const settings[]);

// From now on its instructions are counted.
void
callgrind_count (pid_t pid);

// Ends a part of the run and begins the next. Parts are numbered from 1.
void
callgrind_part (pid_t pid);

// What was counted in a part. Fails the test if the profile does not have what is looked for.
profile_t
callgrind_read (const char *folder, const char *name, unsigned part);

// Prints the costliest functions of the main thread in a part, inclusive and by themselves, with
// their instructions a message.
void
callgrind_print (const char *folder, const char *name, unsigned part, size_t messages);

#endif
