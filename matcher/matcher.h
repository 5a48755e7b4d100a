// matcher.h -- brings people together.

#ifndef MATCHER_H
#define MATCHER_H

#include "base/config.h"

// Runs a matcher until it is told to stop. Returns the exit code.
int
matcher_run (const config_t *config);

#endif
