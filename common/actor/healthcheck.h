// healthcheck.h -- asks a process whether it is ready, as an orchestrator does that has neither a
// shell nor an HTTP client in the image.

#ifndef HEALTHCHECK_H
#define HEALTHCHECK_H

#include <stdint.h>

// Asks /readyz of the process whose operator's pages are bound to `address` (its BIND) and `port`,
// for 2 s at most. Returns 0 if it is ready; else 1, and says why on standard error.
int
healthcheck (const char *process, const char *address, uint16_t port);

#endif
