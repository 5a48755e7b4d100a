// capture.h -- reads what something writes to standard output or standard error.

#ifndef CAPTURE_H
#define CAPTURE_H

#include <stddef.h>

#define CAPTURE_BYTES 65536

// Runs `act` and returns what it wrote to the descriptor, terminated: the first CAPTURE_BYTES
// bytes of it, which last until the next call.
const char *
captured (int descriptor, void (*act) (void));

#endif
