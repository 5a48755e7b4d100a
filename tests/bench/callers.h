// callers.h -- who speaks through the gateways of a benchmark: a crowd, or people.

#ifndef CALLERS_H
#define CALLERS_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/wire.h"

// All are called with `self`.
typedef struct {
    void *self;
    // The next that one of them says, SEARCH, MESSAGE or RECEIPT, and the place of its gateway; its
    // words last until the next call. False: nobody has anything to say now.
    bool (*say) (void *self, wire_t *wire, size_t *gateway);
    // A gateway hears something.
    void (*hear) (void *self, size_t gateway, const wire_t *wire);
    // Some twenty times a second.
    void (*tick) (void *self);
    // Whether all that was said has been answered.
    bool (*is_settled) (const void *self);
} callers_t;

#endif
