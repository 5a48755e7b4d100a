// admin.h -- what an operator sees of a process: metrics and readiness, as tables.
//
//   /healthz  200 while the loop turns
//   /readyz   200 when every condition holds, else 503; one line a condition
//   /metrics  Prometheus text format, version 0.0.4

#ifndef ADMIN_H
#define ADMIN_H

#include <stdbool.h>

#include "actor/metrics.h"

// Something that must hold before the process is of use. The last row has no name.
typedef struct {
    const char *name;
    bool (*holds) (const void *self);
} condition_t;

// A table of metrics and whom they are read from; the last row has no name.
typedef struct {
    const metric_t *metrics;
    const void *self;
} metric_set_t;

// The page /metrics of some tables, terminated; the caller frees it.
char *
admin_metrics (const metric_set_t *sets, size_t set_count);

// A table as a section of a page in Markdown, terminated; the caller frees it.
char *
admin_explain (const char *title, const metric_t *metrics);

// The page /readyz, terminated; the caller frees it. *ready says whether all conditions hold.
char *
admin_readiness (const condition_t *conditions, const void *self, bool *ready);

#endif
