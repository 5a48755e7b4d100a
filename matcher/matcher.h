// matcher.h -- brings people together.

#ifndef MATCHER_H
#define MATCHER_H

#include "actor/metrics.h"
#include "base/config.h"

// Runs a matcher until it is told to stop. Returns the exit code.
int
matcher_run (const config_t *config);

// What it shows an operator, beside what every process does.
extern const metric_t matcher_metrics[];

#endif
