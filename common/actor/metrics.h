// metrics.h -- what a process counts and measures, as a table, and how a .def file becomes one.
//
// A process's metrics.def holds rows COUNTER, COUNTERS, GAUGE and so on; it is included between the
// braces of `const metric_t relay_metrics[] = { ... };` after this header. The page /metrics, what
// --metrics prints and METRICS.md follow from the table. A label's values are few and known: nobody's
// id is ever one.

#ifndef METRICS_H
#define METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"

typedef enum { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM } metric_kind_t;

// One metric. Its name ends in _total if it is a counter, and in its unit if it has one.
typedef struct {
    const char *name;
    metric_kind_t kind;
    const char *help;
    unsigned parts;        // The value is in so many parts of the unit: 1000 for ms of _seconds.
    // The value; NULL: it has a label, or is a histogram.
    uint64_t (*read) (const void *self);
    const char *label;     // NULL: it has none.
    // The label's value at a place, NULL behind the last.
    const char *(*value) (const void *self, size_t place);
    // What is counted under that value.
    uint64_t (*read_at) (const void *self, size_t place);
    const histogram_t *(*histogram) (const void *self);
} metric_t;

// clang-format off
#define METRIC_ROW(title, type, sentence) .name = title, .kind = METRIC_##type, .help = sentence
#define COUNTER(title, reader, sentence) \
    {METRIC_ROW (title, COUNTER, sentence), .parts = 1, .read = reader},
#define COUNTER_MS(title, reader, sentence) \
    {METRIC_ROW (title, COUNTER, sentence), .parts = 1000, .read = reader},
#define COUNTERS(title, key, values, reader, sentence) \
    {METRIC_ROW (title, COUNTER, sentence), .parts = 1, .label = key, .value = values, .read_at = reader},
#define GAUGE(title, reader, sentence) \
    {METRIC_ROW (title, GAUGE, sentence), .parts = 1, .read = reader},
#define GAUGE_MS(title, reader, sentence) \
    {METRIC_ROW (title, GAUGE, sentence), .parts = 1000, .read = reader},
#define GAUGES(title, key, values, reader, sentence) \
    {METRIC_ROW (title, GAUGE, sentence), .parts = 1, .label = key, .value = values, .read_at = reader},
#define HISTOGRAM(title, reader, sentence) \
    {METRIC_ROW (title, HISTOGRAM, sentence), .histogram = reader},
#define METRICS_END {.name = NULL}
// clang-format on

#endif
