// gauge.c -- four questions to Redis, and two lines in the log.

#include "matcher/gauge.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/must.h"
#include "matcher/hand.h"

#define MEMORY_EVERY_MS 5000
#define CALM_PARTS                                                                         \
    8 // The alarm is over when so large a part of what is allowed is free again.

struct gauge {
    connection_t *redis;  // Not owned.
    const char *stream;   // Not owned.
    uint64_t alarm_bytes; // The setting; 0: there is no alarm.
    uint64_t redis_ms;    // Redis's own time, when it was last looked at.
    uint64_t memory_at_ms;
    gauge_reading_t reading;
};

gauge_t *
gauge_new (connection_t *redis, const char *stream, uint64_t alarm_bytes)
{
    gauge_t *gauge = must_alloc (sizeof *gauge);
    gauge->redis = redis;
    gauge->stream = stream;
    gauge->alarm_bytes = alarm_bytes;
    return gauge;
}

void
gauge_destroy (gauge_t **gauge)
{
    free (*gauge);
    *gauge = NULL;
}

static void
on_length (void *self, void *about, const reply_t *reply)
{
    (void) about;
    reply_number (reply, &((gauge_t *) self)->reading.unconfirmed);
}

static void
on_time (void *self, void *about, const reply_t *reply)
{
    (void) about;
    uint64_t seconds;
    uint64_t micros;
    if (reply_number (reply_at (reply, 0), &seconds)
        && reply_number (reply_at (reply, 1), &micros)) {
        ((gauge_t *) self)->redis_ms = seconds * 1000 + micros / 1000;
    }
}

// {{entry, ...}}, or nothing. An entry's name begins with when it was appended.
static void
on_oldest (void *self, void *about, const reply_t *reply)
{
    gauge_t *gauge = self;
    (void) about;
    word_t entry;
    char name[ENTRY_SIZE];
    if (reply == NULL || reply_error (reply) != NULL) {
        return;
    }
    gauge->reading.oldest_ms = 0;
    if (reply_text (reply_at (reply_at (reply, 0), 0), &entry)) {
        snprintf (name, sizeof name, "%.*s", (int) entry.bytes, entry.text);
        uint64_t appended_ms = strtoull (name, NULL, 10);
        bool aged = gauge->redis_ms > appended_ms;
        gauge->reading.oldest_ms = aged ? gauge->redis_ms - appended_ms : 0;
    }
}

// What Redis says of its memory is an estimate: the alarm does not go on and off at one byte.
static void
on_memory (void *self, void *about, const reply_t *reply)
{
    gauge_t *gauge = self;
    (void) about;
    if (reply == NULL || reply_error (reply) != NULL) {
        return;
    }
    uint64_t bytes = 0; // There may be no such stream.
    reply_number (reply, &bytes);
    gauge->reading.bytes = bytes;
    uint64_t calm_bytes = gauge->alarm_bytes - gauge->alarm_bytes / CALM_PARTS;
    uint64_t bound = gauge->reading.alarm == 1 ? calm_bytes : gauge->alarm_bytes;
    uint64_t alarm = gauge->alarm_bytes > 0 && bytes > bound;
    if (alarm != gauge->reading.alarm) {
        gauge->reading.alarm = alarm;
        log_event (LEVEL_WARN, alarm == 1 ? "outbox_large" : "outbox_no_longer_large",
                   LOG_FIELDS (LOG_NUMBER ("bytes", (int64_t) bytes),
                               LOG_NUMBER ("alarm_bytes", (int64_t) gauge->alarm_bytes)));
    }
}

void
gauge_look (gauge_t *gauge, uint64_t now_ms)
{
    const char *length[] = {"XLEN", gauge->stream};
    const char *time[] = {"TIME"};
    const char *oldest[] = {"XRANGE", gauge->stream, "-", "+", "COUNT", "1"};
    const char *memory[] = {"MEMORY", "USAGE", gauge->stream};
    connection_command (gauge->redis, 2, length, on_length, gauge, NULL);
    connection_command (gauge->redis, 1, time, on_time, gauge, NULL);
    connection_command (gauge->redis, 6, oldest, on_oldest, gauge, NULL);
    if (now_ms >= gauge->memory_at_ms) {
        gauge->memory_at_ms = now_ms + MEMORY_EVERY_MS;
        connection_command (gauge->redis, 3, memory, on_memory, gauge, NULL);
    }
}

const gauge_reading_t *
gauge_reading (const gauge_t *gauge)
{
    return &gauge->reading;
}
