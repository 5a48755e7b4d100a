// admin.c -- writes the pages that an operator reads.

#include "actor/admin.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"

typedef struct {
    char *text;      // Terminated. Whoever ends the page owns it.
    size_t length;
    size_t capacity;
} page_t;

__attribute__ ((format (printf, 2, 3))) static void
add (page_t *page, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    int needed = vsnprintf (NULL, 0, format, arguments);
    va_end (arguments);
    must (needed >= 0);
    if (page->length + (size_t) needed + 1 > page->capacity) {
        page->capacity = 2 * (page->length + (size_t) needed + 1);
        page->text = must_resize (page->text, page->capacity);
    }
    va_start (arguments, format);
    vsnprintf (page->text + page->length, page->capacity - page->length, format, arguments);
    va_end (arguments);
    page->length += (size_t) needed;
}

// A value in the unit of its metric: 1500 parts of a thousand are 1.500.
static void
add_value (page_t *page, uint64_t value, unsigned parts)
{
    if (parts == 1) {
        add (page, " %" PRIu64 "\n", value);
    }
    else {
        must (parts == 1000);
        add (page, " %" PRIu64 ".%03" PRIu64 "\n", value / parts, value % parts);
    }
}

static void
add_labelled (page_t *page, const metric_t *metric, const void *self)
{
    const char *value;
    for (size_t place = 0; (value = metric->value (self, place)) != NULL; place++) {
        add (page, "%s{%s=\"%s\"}", metric->name, metric->label, value);
        add_value (page, metric->read_at (self, place), metric->parts);
    }
}

#define MICROSECONDS UINT64_C (1000000)

// A bucket says how many took no longer than its bound.
static void
add_histogram (page_t *page, const char *name, const histogram_t *histogram)
{
    uint64_t count = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t bound_us = histogram_bound_us (i);
        count += histogram->counts[i];
        add (page, "%s_bucket{le=\"%" PRIu64 ".%06" PRIu64 "\"} %" PRIu64 "\n", name,
             bound_us / MICROSECONDS, bound_us % MICROSECONDS, count);
    }
    count += histogram->counts[HISTOGRAM_BUCKETS];
    add (page, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
    add (page, "%s_sum %" PRIu64 ".%06" PRIu64 "\n%s_count %" PRIu64 "\n", name,
         histogram->sum_us / MICROSECONDS, histogram->sum_us % MICROSECONDS, name, count);
}

static const char *
kind_name (metric_kind_t kind)
{
    static const char *const names[] = {"counter", "gauge", "histogram"};
    return names[kind];
}

static void
add_metric (page_t *page, const metric_t *metric, const void *self)
{
    add (page, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
         kind_name (metric->kind));
    if (metric->kind == METRIC_HISTOGRAM) {
        add_histogram (page, metric->name, metric->histogram (self));
    }
    else if (metric->label != NULL) {
        add_labelled (page, metric, self);
    }
    else {
        add (page, "%s", metric->name);
        add_value (page, metric->read (self), metric->parts);
    }
}

char *
admin_metrics (const metric_set_t *sets, size_t set_count)
{
    page_t page = {NULL, 0, 0};
    for (size_t i = 0; i < set_count; i++) {
        for (const metric_t *metric = sets[i].metrics; metric->name != NULL; metric++) {
            add_metric (&page, metric, sets[i].self);
        }
    }
    return page.text;
}

char *
admin_explain (const char *title, const metric_t *metrics)
{
    page_t page = {NULL, 0, 0};
    add (&page, "## %s\n\n| metric | kind | label | |\n|---|---|---|---|\n", title);
    for (; metrics->name != NULL; metrics++) {
        add (&page, "| `%s` | %s | %s | %s |\n", metrics->name, kind_name (metrics->kind),
             metrics->label != NULL ? metrics->label : "", metrics->help);
    }
    return page.text;
}

char *
admin_readiness (const condition_t *conditions, const void *self, bool *ready)
{
    page_t page = {NULL, 0, 0};
    *ready = true;
    add (&page, "%s", "");
    for (; conditions->name != NULL; conditions++) {
        bool holds = conditions->holds (self);
        *ready = *ready && holds;
        add (&page, "%s %s\n", conditions->name, holds ? "yes" : "no");
    }
    return page.text;
}
