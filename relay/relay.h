// relay.h -- the message switch between gateways.

#ifndef RELAY_H
#define RELAY_H

#include "actor/metrics.h"
#include "base/config.h"

// Runs a relay until it is told to stop. Returns the exit code.
int
relay_run (const config_t *config);

// What it shows an operator, beside what every process does.
extern const metric_t relay_metrics[];

#endif
