// program.c -- finds the word of the command line in the tables and does it.

#include "actor/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/actor.h"
#include "actor/healthcheck.h"
#include "actor/keyring.h"
#include "base/must.h"

#define PURPOSE_BYTES 4096

static int
check_health (const program_t *program, const config_t *config)
{
    return healthcheck (program->process, config_text (config, "BIND"),
                        (uint16_t) config_number (config, "ADMIN_PORT"));
}

static int
make_key (const program_t *program, const config_t *config)
{
    char line[KEYRING_WRONG];
    char wrong[KEYRING_WRONG];
    const char *path = config_text (config, "BUS_KEY");
    if (*path == '\0') {
        config_wrong (program->process, "BUS_KEY is not set; it names the file to make.");
        return 2;
    }
    if (!keyring_make (path, program->role, line, wrong)) {
        config_wrong (program->process, "%s", wrong);
        return 1;
    }
    config_say ("%s\n", line);
    return 0;
}

static int
explain_metrics (const program_t *program, const config_t *config)
{
    (void) config;
    char *common = admin_explain ("every process", actor_metrics);
    char *own = admin_explain (program->process, program->metrics);
    config_say ("%s\n%s", common, own);
    free (common);
    free (own);
    return 0;
}

// clang-format off
static const command_t common_commands[] = {
    { "--healthcheck", "it asks the process of the same settings that runs on this machine whether "
                       "it is ready: 0 if it is.", check_health },
    { "--make-key", "it makes a key pair, writes it to the file that BUS_KEY names, and prints the "
                    "line that BUS_KEYS of its peers needs.", make_key },
    { "--metrics", "it prints what /metrics of ADMIN_PORT shows.", explain_metrics },
    { NULL, NULL, NULL },
};
// clang-format on

static const command_t *
find (const command_t *commands, const char *word)
{
    while (commands != NULL && commands->word != NULL && strcmp (commands->word, word) != 0) {
        commands++;
    }
    return commands != NULL && commands->word != NULL ? commands : NULL;
}

static void
explain (char purpose[PURPOSE_BYTES], const command_t *commands)
{
    for (; commands != NULL && commands->word != NULL; commands++) {
        size_t length = strlen (purpose);
        int bytes = snprintf (purpose + length, PURPOSE_BYTES - length, "\n\nWith %s %s",
                              commands->word, commands->sentence);
        must (bytes > 0 && (size_t) bytes < PURPOSE_BYTES - length);
    }
}

int
program_main (int argc, char **argv, const program_t *program)
{
    char purpose[PURPOSE_BYTES];
    int code;
    const command_t *command = NULL;
    if (argc == 2) {
        command = find (program->commands, argv[1]);
        command = command != NULL ? command : find (common_commands, argv[1]);
    }
    snprintf (purpose, sizeof purpose, "%s", program->purpose);
    explain (purpose, program->commands);
    explain (purpose, common_commands);
    config_t *config = config_start (command != NULL ? 1 : argc, argv, program->process, purpose,
                                     program->settings, &code);
    if (config != NULL) {
        code = command != NULL ? command->run (program, config) : program->run (config);
        config_destroy (&config);
    }
    return code;
}
