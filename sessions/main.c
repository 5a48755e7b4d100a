// main.c -- starts a recorder, or only brings its database up to date.

#include <string.h>

#include "base/settings.h"
#include "sessions/migrate_door.h"
#include "sessions/recorder.h"

static const setting_t settings[] = {
#include "sessions/settings.def"
    SETTINGS_END,
};

int
main (int argc, char **argv)
{
    int code;
    bool only_migrate = argc == 2 && strcmp (argv[1], "--migrate") == 0;
    config_t *config = config_start (only_migrate ? 1 : argc, argv, "sessions",
                                     "Puts every chat on record in PostgreSQL, without a word of "
                                     "it. Keeps nothing; run as many as you like.\n\n"
                                     "With --migrate it only brings the tables of DATABASE_URL up "
                                     "to date, and ends: 0 if they are.",
                                     settings, &code);
    if (config != NULL) {
        code = only_migrate ? migrate_run (config) : recorder_run (config);
        config_destroy (&config);
    }
    return code;
}
