// main.c -- starts a relay.

#include "actor/program.h"
#include "base/settings.h"
#include "relay/relay.h"

static const setting_t settings[] = {
#include "relay/settings.def"
    SETTINGS_END,
};

static const program_t program = {
    .process = "relay",
    .purpose = "The message switch between gateways. Keeps nothing; run as "
               "many as you like.",
    .role = ROLE_RELAY,
    .settings = settings,
    .metrics = relay_metrics,
    .run = relay_run,
};

int
main (int argc, char **argv)
{
    return program_main (argc, argv, &program);
}
