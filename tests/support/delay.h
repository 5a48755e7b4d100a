// delay.h -- a port that is another port, later: a process that carries TCP there and back, and holds
// each byte for so long.

#ifndef SUPPORT_DELAY_H
#define SUPPORT_DELAY_H

#include <stdint.h>

typedef struct delay delay_t;

// Whoever connects to its port is connected to `port` of 127.0.0.1; there and back together takes
// `ms` longer. It dies when the test does.
delay_t *
delay_new (uint16_t port, uint64_t ms);

void
delay_destroy (delay_t **delay);

uint16_t
delay_port (const delay_t *delay);

#endif
