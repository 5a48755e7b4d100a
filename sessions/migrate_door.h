// migrate_door.h -- brings a database up to date and ends, as a step before a new version starts.

#ifndef MIGRATE_DOOR_H
#define MIGRATE_DOOR_H

#include "base/config.h"

// Returns the exit code: 0 when the tables are up to date, 1 when they are not in time, with the
// reason on standard error, 2 for a wrong DATABASE_URL.
int
migrate_run (const config_t *config);

#endif
