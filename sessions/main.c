// main.c -- starts a recorder.

#include "base/settings.h"
#include "sessions/recorder.h"

static const setting_t settings[] = {
#include "sessions/settings.def"
    SETTINGS_END,
};

int
main (int argc, char **argv)
{
    int code;
    config_t *config = config_start (argc, argv, "sessions",
                                     "Puts every chat on record in PostgreSQL, without a word of "
                                     "it. Keeps nothing; run as many as you like.",
                                     settings, &code);
    if (config != NULL) {
        code = recorder_run (config);
        config_destroy (&config);
    }
    return code;
}
