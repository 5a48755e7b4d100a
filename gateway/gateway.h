// gateway.h -- holds people: the only process that faces the world.

#ifndef GATEWAY_H
#define GATEWAY_H

#include "actor/metrics.h"
#include "base/config.h"

// Runs a gateway until it is told to stop. Returns the exit code.
int
gateway_run (const config_t *config);

// What it shows an operator, beside what every process does.
extern const metric_t gateway_metrics[];

#endif
