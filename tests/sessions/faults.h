// faults.h -- what befalls the fixture's PostgreSQL and its recorder.

#ifndef FAULTS_H
#define FAULTS_H

#include <stddef.h>

void
faults_end_the_connection (void);

// All processes of the server stand still, until they go on.
void
faults_freeze (void);

void
faults_thaw (void);

// Whatever is put on record fails for want of space, until there is some.
void
faults_fill_the_disk (void);

void
faults_empty_the_disk (void);

// SIGKILL; it is started again at once.
void
faults_kill_the_recorder (void);

// SIGKILL, until it is started again.
void
faults_kill_the_server (void);

void
faults_start_the_server (void);

// How long or strong that is to be: a number of the environment.
size_t
faults_number (const char *name, size_t standard);

#endif
