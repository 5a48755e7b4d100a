// relay.h -- the message switch between gateways.

#ifndef RELAY_H
#define RELAY_H

#include "base/config.h"

// Runs a relay until it is told to stop. Returns the exit code.
int
relay_run (const config_t *config);

#endif
