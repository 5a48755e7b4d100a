// main.c -- starts a matcher.

#include "base/settings.h"
#include "matcher/matcher.h"

static const setting_t settings[] = {
#include "matcher/settings.def"
    SETTINGS_END,
};

int
main (int argc, char **argv)
{
    int code;
    config_t *config =
        config_start (argc, argv, "matcher",
                      "Brings people together. Keeps nothing that Redis does not "
                      "have; run as many as you like.",
                      settings, &code);
    if (config != NULL) {
        code = matcher_run (config);
        config_destroy (&config);
    }
    return code;
}
