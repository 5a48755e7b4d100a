// migrations.h -- the numbered SQL files, as they were when this process was built.

#ifndef MIGRATIONS_H
#define MIGRATIONS_H

#include <stdint.h>

// The number of the last one.
int64_t
migrations_newest (void);

// The SQL of the first one after `number`, and its own number; NULL if there is none.
const char *
migrations_after (int64_t number, int64_t *next);

#endif
