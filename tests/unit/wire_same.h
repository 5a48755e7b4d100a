// wire_same.h -- compares wire messages field by field, as the table of messages has them.

#ifndef WIRE_SAME_H
#define WIRE_SAME_H

#include <stdbool.h>

#include "wire/wire.h"

bool
wire_same (const wire_t *a, const wire_t *b);

#endif
