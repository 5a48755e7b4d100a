// machine.c -- finds the rule and follows it.

#include "actor/machine.h"

#include <stdbool.h>
#include <stddef.h>

static bool
fits (const rule_t *rule, int state, int event)
{
    return (rule->in == MACHINE_ANY || rule->in == state)
        && (rule->when == MACHINE_ANY || rule->when == event);
}

int
machine_step (const rule_t *rules, int state, int event, void *self, const void *what)
{
    while (!fits (rules, state, event)) {
        rules++;
    }
    if (rules->act != NULL) {
        rules->act (self, what);
    }
    return rules->then == MACHINE_STAY ? state : rules->then;
}
