// admin.h -- what an operator sees of a process: metrics and readiness, as tables.
//
//   /healthz  200 while the loop turns
//   /readyz   200 when every condition holds, else 503; one line a condition
//   /metrics  Prometheus text format, version 0.0.4

#ifndef ADMIN_H
#define ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { METRIC_COUNTER, METRIC_GAUGE } metric_kind_t;

// One metric. Its name ends in _total if it is a counter, in its unit if it has one.
typedef struct {
    const char *name;
    metric_kind_t kind;
    const char *help;
    uint64_t (*read) (const void *self);
} metric_t;

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
admin_metrics (const char *process, const metric_set_t *sets, size_t set_count);

// The page /readyz, terminated; the caller frees it. *ready says whether all conditions hold.
char *
admin_readiness (const condition_t *conditions, const void *self, bool *ready);

#endif
