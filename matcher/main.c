// main.c -- starts a matcher.

#include "actor/program.h"
#include "base/settings.h"
#include "matcher/matcher.h"

static const setting_t settings[] = {
#include "matcher/settings.def"
    SETTINGS_END,
};

static const program_t program = {
    .process = "matcher",
    .purpose = "Brings people together. Keeps nothing that Redis does not "
               "have; run as many as you like.",
    .role = ROLE_MATCHER,
    .settings = settings,
    .metrics = matcher_metrics,
    .run = matcher_run,
};

int
main (int argc, char **argv)
{
    return program_main (argc, argv, &program);
}
