// recorder.h -- puts chats on record.

#ifndef RECORDER_H
#define RECORDER_H

#include "base/config.h"

// Runs a recorder until it is told to stop. Returns the exit code.
int
recorder_run (const config_t *config);

#endif
