// verdict.c -- a table of classes of SQLSTATE.

#include "sessions/verdict.h"

#include <stddef.h>
#include <string.h>

// clang-format off
static const struct {
    const char *class;
    verdict_t verdict;
} verdicts[] = {
    { "22", VERDICT_FAULT   }, // Data exception.
    { "23", VERDICT_FAULT   }, // Constraint violation.
    // What another application's trigger, rule or policy on the table may raise, for a row or for all.
    { "09", VERDICT_SUSPECT }, // Triggered action exception.
    { "21", VERDICT_SUSPECT }, // Cardinality violation.
    { "27", VERDICT_SUSPECT }, // Triggered data change violation.
    { "38", VERDICT_SUSPECT }, // External routine exception.
    { "39", VERDICT_SUSPECT }, // External routine invocation exception.
    { "42", VERDICT_SUSPECT }, // Access rule violation, such as that of a row's policy.
    { "44", VERDICT_SUSPECT }, // WITH CHECK OPTION violation.
    { "54", VERDICT_SUSPECT }, // Program limit exceeded, such as that of an index's rows.
    { "P0", VERDICT_SUSPECT }, // PL/pgSQL, RAISE EXCEPTION among them.
};
// clang-format on

verdict_t
verdict_of (const char *sqlstate)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        if (strncmp (sqlstate, verdicts[i].class, strlen (verdicts[i].class)) == 0) {
            return verdicts[i].verdict;
        }
    }
    return VERDICT_WORLD;
}
