// main.c -- starts a recorder, or only brings its database up to date.

#include "actor/program.h"
#include "base/settings.h"
#include "sessions/migrate_door.h"
#include "sessions/recorder.h"

static const setting_t settings[] = {
#include "sessions/settings.def"
    SETTINGS_END,
};

static int
migrate (const program_t *program, const config_t *config)
{
    (void) program;
    return migrate_run (config);
}

// clang-format off
static const command_t commands[] = {
    { "--migrate", "it only brings the tables of DATABASE_URL up to date, and ends: 0 if they are.",
      migrate },
    { NULL, NULL, NULL },
};
// clang-format on

static const program_t program = {
    .process = "sessions",
    .purpose = "Puts every chat on record in PostgreSQL, without a word of it. Keeps nothing; run "
               "as many as you like.",
    .role = ROLE_RECORDER,
    .settings = settings,
    .metrics = recorder_metrics,
    .run = recorder_run,
    .commands = commands,
};

int
main (int argc, char **argv)
{
    return program_main (argc, argv, &program);
}
