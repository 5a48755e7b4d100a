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

char *
admin_metrics (const char *process, const metric_set_t *sets, size_t set_count)
{
    page_t page = {NULL, 0, 0};
    add (&page, "# %s\n", process);
    for (size_t i = 0; i < set_count; i++) {
        for (const metric_t *metric = sets[i].metrics; metric->name != NULL; metric++) {
            const char *kind = metric->kind == METRIC_COUNTER ? "counter" : "gauge";
            add (&page, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", metric->name,
                 metric->help, metric->name, kind, metric->name, metric->read (sets[i].self));
        }
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
