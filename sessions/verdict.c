// verdict.c -- a table of classes of SQLSTATE, and a look at who else has gone in.

#include "sessions/verdict.h"

#include <string.h>

#define PUT_OFF_MOST 8 // If none of so many rows is taken, no row is to blame.

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

void
trial_begin (trial_t *trial)
{
    trial->put_off = 0;
    trial->began = false;
}

void
trial_note (trial_t *trial, uint64_t commits)
{
    if (!trial->began) {
        trial->began = true;
        trial->since = commits;
    }
}

bool
trial_convicts (const trial_t *trial, const ident_t *chat, uint64_t commits)
{
    return (trial->began && commits > trial->since)
        || (ident_equal (&trial->suspect, chat) && commits > trial->suspect_since);
}

bool
trial_may_put_off (const trial_t *trial, size_t others)
{
    return trial->put_off < others && trial->put_off < PUT_OFF_MOST;
}

void
trial_put_off (trial_t *trial)
{
    trial->put_off++;
}

void
trial_leave (trial_t *trial, const ident_t *chat, uint64_t commits)
{
    trial->suspect = *chat;
    trial->suspect_since = commits;
}
