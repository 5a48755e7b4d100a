// main.c -- starts a relay.

#include "base/settings.h"
#include "relay/relay.h"

static const setting_t settings[] = {
#include "relay/settings.def"
    SETTINGS_END,
};

int
main (int argc, char **argv)
{
    int code;
    config_t *config = config_start (argc, argv, "relay",
                                     "The message switch between gateways. Keeps nothing; run as "
                                     "many as you like.",
                                     settings, &code);
    if (config != NULL) {
        code = relay_run (config);
        config_destroy (&config);
    }
    return code;
}
