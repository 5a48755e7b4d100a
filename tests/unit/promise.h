// promise.h -- tests that a broken promise of our own ends the process.

#ifndef PROMISE_H
#define PROMISE_H

#include <stdbool.h>

// True if `act`, in a process of its own, ends by must().
bool
breaks_a_promise (void (*act) (void));

#endif
