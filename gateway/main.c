// main.c -- starts a gateway.

#include "actor/program.h"
#include "base/settings.h"
#include "gateway/gateway.h"

static const setting_t settings[] = {
#include "gateway/settings.def"
    SETTINGS_END,
};

static const program_t program = {
    .process = "gateway",
    .purpose = "Holds people: serves the page and Socket.IO to browsers. "
               "The only process that faces the world.",
    .role = ROLE_GATEWAY,
    .settings = settings,
    .metrics = gateway_metrics,
    .run = gateway_run,
};

int
main (int argc, char **argv)
{
    return program_main (argc, argv, &program);
}
