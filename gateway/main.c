// main.c -- starts a gateway.

#include "base/settings.h"
#include "gateway/gateway.h"

static const setting_t settings[] = {
#include "gateway/settings.def"
    SETTINGS_END,
};

int
main (int argc, char **argv)
{
    int code;
    config_t *config = config_start (argc, argv, "gateway",
                                     "Holds people: serves the page and Socket.IO to browsers. "
                                     "The only process that faces the world.",
                                     settings, &code);
    if (config != NULL) {
        code = gateway_run (config);
        config_destroy (&config);
    }
    return code;
}
