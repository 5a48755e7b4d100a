// gateway.h -- holds people: the only process that faces the world.

#ifndef GATEWAY_H
#define GATEWAY_H

#include "base/config.h"

// Runs a gateway until it is told to stop. Returns the exit code.
int
gateway_run (const config_t *config);

#endif
