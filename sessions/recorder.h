// recorder.h -- puts chats on record.

#ifndef RECORDER_H
#define RECORDER_H

#include "actor/metrics.h"
#include "base/config.h"

// Runs a recorder until it is told to stop. Returns the exit code.
int
recorder_run (const config_t *config);

// What it shows an operator, beside what every process does.
extern const metric_t recorder_metrics[];

#endif
