// log.c -- formats and bounds the log.

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define LINE_BYTES 1024
#define FIELD_END (LINE_BYTES - 128) // No field begins behind it,
#define VALUE_END (LINE_BYTES - 32)  // and no value goes on: so that quotes and braces always close.
#define LINES_PER_SECOND 100

typedef struct {
    const char *process;  // Its name. Not owned.
    log_level_t least;    // What is less important is not written.
    bool json;            // JSON objects instead of key=value.
    uint64_t second;      // The second that `lines` counts.
    uint64_t lines;       // Lines written in this second.
    uint64_t dropped;     // Lines not written since the last one that was.
} state_t;

typedef struct {
    char bytes[LINE_BYTES]; // The line so far. What does not fit is cut off.
    size_t length;
} line_t;

static state_t the_log = {"", LEVEL_INFO, false, 0, 0, 0};
static const char *const level_words[] = {"debug", "info", "warn", "error"};

static void
put (line_t *line, const char *text)
{
    size_t room = sizeof line->bytes - 2 - line->length;
    size_t length = strnlen (text, room);
    memcpy (line->bytes + line->length, text, length);
    line->length += length;
}

// Escapes what would break the line: quotes, backslashes, controls; and blanks by quoting.
static void
put_value (line_t *line, const char *text)
{
    char escaped[8];
    bool quote = the_log.json || text[0] == '\0' || strpbrk (text, " \"\\=\t\r\n") != NULL;
    put (line, quote ? "\"" : "");
    for (const char *at = text; *at != '\0' && line->length < VALUE_END; at++) {
        unsigned char byte = (unsigned char) *at;
        if (byte == '"' || byte == '\\') {
            snprintf (escaped, sizeof escaped, "\\%c", byte);
        }
        else if (byte < 0x20 || byte >= 0x7f) {
            snprintf (escaped, sizeof escaped, "\\u%04x", byte);
        }
        else {
            snprintf (escaped, sizeof escaped, "%c", byte);
        }
        put (line, escaped);
    }
    put (line, quote ? "\"" : "");
}

static void
put_key (line_t *line, const char *key)
{
    put (line, the_log.json ? ",\"" : " ");
    put (line, key);
    put (line, the_log.json ? "\":" : "=");
}

static void
put_field (line_t *line, const log_field_t *field)
{
    char text[IDENT_TEXT_SIZE];
    put_key (line, field->key);
    switch (field->kind) {
        case LOG_KIND_TEXT:
            put_value (line, field->text != NULL ? field->text : "");
            break;
        case LOG_KIND_NUMBER:
            snprintf (text, sizeof text, "%" PRId64, field->number);
            put (line, text);
            break;
        case LOG_KIND_IDENT:
            ident_print (field->ident, text);
            put_value (line, text);
            break;
        case LOG_KIND_END:
            break;
    }
}

static void
put_head (line_t *line, log_level_t level, const char *event)
{
    uint64_t now = clock_wall_ms ();
    time_t seconds = (time_t) (now / 1000);
    struct tm parts;
    char stamp[64];
    gmtime_r (&seconds, &parts);
    size_t length = strftime (stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf (stamp + length, sizeof stamp - length, ".%03uZ", (unsigned) (now % 1000));
    if (the_log.json) {
        put (line, "{\"time\":\"");
        put (line, stamp);
        put (line, "\"");
        put_field (line, &(log_field_t) LOG_TEXT ("process", the_log.process));
        put_field (line, &(log_field_t) LOG_TEXT ("level", level_words[level]));
        put_field (line, &(log_field_t) LOG_TEXT ("event", event));
        return;
    }
    const char *words[] = {stamp, " ", the_log.process, " ", level_words[level], " ", event};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        put (line, words[i]);
    }
}

static void
write_line (log_level_t level, const char *event, const log_field_t *fields)
{
    line_t line = {.length = 0};
    put_head (&line, level, event);
    for (; fields->kind != LOG_KIND_END && line.length < FIELD_END; fields++) {
        put_field (&line, fields);
    }
    if (the_log.json) {
        put (&line, "}");
    }
    line.bytes[line.length++] = '\n';
    fwrite (line.bytes, 1, line.length, stderr);
}

void
log_start (const char *process, log_level_t least, bool json)
{
    the_log.process = process;
    the_log.least = least;
    the_log.json = json;
}

void
log_event (log_level_t level, const char *event, const log_field_t *fields)
{
    if (level < the_log.least) {
        return;
    }
    uint64_t second = clock_monotonic_ms () / 1000;
    if (second != the_log.second) {
        the_log.second = second;
        the_log.lines = 0;
    }
    if (++the_log.lines > LINES_PER_SECOND) {
        the_log.dropped++;
        return;
    }
    if (the_log.dropped > 0) {
        uint64_t dropped = the_log.dropped;
        the_log.dropped = 0;
        write_line (LEVEL_WARN, "log_dropped", LOG_FIELDS (LOG_NUMBER ("lines", dropped)));
    }
    write_line (level, event, fields);
}
