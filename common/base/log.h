// log.h -- one line an event, on standard error.
//
//     2026-01-31T12:00:00.123Z relay info peer_joined role=gateway peers=3
//
// or the same as a JSON object. Event words and keys are fixed words of ours; values that come
// from elsewhere are escaped. What people wrote, their addresses and their tokens are never logged.

#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ident.h"

typedef enum { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR } log_level_t;
typedef enum { LOG_KIND_END, LOG_KIND_TEXT, LOG_KIND_NUMBER, LOG_KIND_IDENT } log_kind_t;

typedef struct {
    log_kind_t kind;
    const char *key;
    const char *text;     // LOG_KIND_TEXT; NULL prints as empty.
    int64_t number;       // LOG_KIND_NUMBER.
    const ident_t *ident; // LOG_KIND_IDENT.
} log_field_t;

// clang-format off
#define LOG_TEXT(name, value)   {LOG_KIND_TEXT,   name, value, 0, NULL}
#define LOG_NUMBER(name, value) {LOG_KIND_NUMBER, name, NULL, (int64_t) (value), NULL}
#define LOG_IDENT(name, value)  {LOG_KIND_IDENT,  name, NULL, 0, value}
#define LOG_FIELDS(...) (const log_field_t[]) {__VA_ARGS__, {LOG_KIND_END, NULL, NULL, 0, NULL}}
// clang-format on

// Says once, at start, which process this is and what is logged how. `process` must last.
void
log_start (const char *process, log_level_t least, bool json);

// Logs one event: log_event (LEVEL_INFO, "peer_joined", LOG_FIELDS (LOG_TEXT ("role", role))).
// At most 100 lines a second are written; the rest are counted in one `log_dropped` line.
void
log_event (log_level_t level, const char *event, const log_field_t *fields);

#endif
