// scripts.c -- calls scripts; loads the library if Redis does not have it, once, and calls again.
//
// The calls of a turn of the loop are made together, as a batch: one command for Redis. Keeps every call
// until it is answered for good, so that it can be made again.

#include "matcher/scripts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/must.h"

#define TERM_SIZE 24
#define MISSING "ERR Function not found"

// The settings that every script is told, in this order, as one text.
static const char *const terms[] = {
    "LEASE_MS", "AVOID_MS", "RECOVERY_WINDOW_MS", "INTEREST_WAIT_MS", "RECENT_PARTNERS",
};

static const char *const names[SCRIPT_COUNT] = {
#define SCRIPT(NAME, name) name,
#define LIBRARY(function, text)
#include "matcher/scripts.def"
#undef SCRIPT
#undef LIBRARY
};

static const char function[] =
#define SCRIPT(NAME, name)
#define LIBRARY(function, text) function;
#include "matcher/scripts.def"
#undef SCRIPT
#undef LIBRARY

static const char library[] =
#define SCRIPT(NAME, name)
#define LIBRARY(function, text) text;
#include "matcher/scripts.def"
#undef SCRIPT
#undef LIBRARY

#define TERMS (sizeof terms / sizeof terms[0])
#define HEAD 5        // FCALL, function, number of keys, the prefix, the terms.
#define BATCH_MOST 16 // Scripts of one command: nobody else is served while Redis runs them.

// One call, until it is answered for good.
typedef struct call {
    connection_answered_t *answered;
    void *self;        // For `answered`. Not owned.
    void *about;       // For `answered`. Not owned.
    bool again;        // The library was missing before.
    struct call *next; // Of the line or of the batch that it is in.
    char text[];       // The name of the script and its own arguments, a space between each two.
} call_t;

// Calls, in order.
typedef struct {
    call_t *first; // Owned, as all of them are.
    call_t *last;  // Of those.
    size_t count;  // How many they are.
} line_t;

// Calls that were made together.
typedef struct {
    scripts_t *scripts; // Not owned.
    line_t calls;
} batch_t;

struct scripts {
    connection_t *redis;           // Not owned.
    const char *prefix;            // Put before every key. Not owned.
    char terms[TERMS * TERM_SIZE]; // Decimal, between spaces.
    bool loading;                  // Redis has been given the library and has not answered.
    bool refused;                  // It did not take the library when it was given it last.
    line_t line;                   // Calls that are to be made.
    size_t in_flight;              // Calls that are unanswered.
};

// --- Calls ---

static char *
put_text (char *at, const char *text)
{
    size_t bytes = strlen (text);
    memcpy (at, text, bytes);
    return at + bytes;
}

static call_t *
new_call (const char *name, size_t count, const char *const texts[])
{
    size_t bytes = strlen (name) + 1;
    for (size_t i = 0; i < count; i++) {
        bytes += strlen (texts[i]) + 1;
    }
    call_t *call = must_alloc (sizeof *call + bytes);
    char *at = put_text (call->text, name);
    for (size_t i = 0; i < count; i++) {
        *at++ = ' ';
        at = put_text (at, texts[i]);
    }
    *at = '\0';
    return call;
}

static void
end_call (scripts_t *scripts, call_t *call, const reply_t *reply)
{
    scripts->in_flight--;
    call->answered (call->self, call->about, reply);
    free (call);
}

static void
put_in_line (line_t *line, call_t *call)
{
    call->next = NULL;
    if (line->first != NULL) {
        line->last->next = call;
    }
    else {
        line->first = call;
    }
    line->last = call;
    line->count++;
}

// The line must not be empty.
static call_t *
take_first (line_t *line)
{
    call_t *call = line->first;
    line->first = call->next;
    line->count--;
    return call;
}

static void
load (scripts_t *scripts);

// Redis does not have the library: whoever hears that for the first time waits for it.
static void
call_again (batch_t *batch, const reply_t *reply)
{
    scripts_t *scripts = batch->scripts;
    bool waits = false;
    while (batch->calls.count > 0) {
        call_t *call = take_first (&batch->calls);
        if (call->again) {
            end_call (scripts, call, reply);
        }
        else {
            call->again = true;
            waits = true;
            put_in_line (&scripts->line, call);
        }
    }
    if (waits) {
        load (scripts);
    }
}

static void
on_called (void *self, void *about, const reply_t *reply)
{
    scripts_t *scripts = self;
    batch_t *batch = about;
    const char *error = reply_error (reply);
    if (error != NULL && strncmp (error, MISSING, strlen (MISSING)) == 0) {
        call_again (batch, reply);
    }
    for (size_t i = 0; batch->calls.count > 0; i++) {
        // What is said of all is said to each.
        const reply_t *own = reply_count (reply) > 0 ? reply_at (reply, i) : reply;
        if (own != reply && reply_error (own) != NULL) {
            connection_note_error (scripts->redis, reply_error (own));
        }
        end_call (scripts, take_first (&batch->calls), own);
    }
    free (batch);
}

// The next calls of the line, as many as Redis runs at once.
static void
make_batch (scripts_t *scripts)
{
    const char *texts[HEAD + BATCH_MOST] = {
        "FCALL", function, "1", scripts->prefix, scripts->terms,
    };
    batch_t *batch = must_alloc (sizeof *batch);
    batch->scripts = scripts;
    while (scripts->line.count > 0 && batch->calls.count < BATCH_MOST) {
        call_t *call = take_first (&scripts->line);
        texts[HEAD + batch->calls.count] = call->text;
        put_in_line (&batch->calls, call);
    }
    if (!connection_command (scripts->redis, HEAD + batch->calls.count, texts, on_called, scripts,
                             batch)) {
        on_called (scripts, batch, NULL);
    }
}

void
scripts_flush (scripts_t *scripts)
{
    while (scripts->line.count > 0 && !scripts->loading) {
        make_batch (scripts);
    }
}

// --- Loading ---

// Answers the calls that have waited as lost.
static void
lose_line (scripts_t *scripts)
{
    line_t line = scripts->line;
    scripts->line = (line_t){0};
    while (line.count > 0) {
        end_call (scripts, take_first (&line), NULL);
    }
}

static void
on_loaded (void *self, void *about, const reply_t *reply)
{
    scripts_t *scripts = self;
    word_t name;
    (void) about;
    scripts->loading = false;
    if (reply_text (reply, &name)) {
        log_event (LEVEL_DEBUG, "scripts_loaded", LOG_FIELDS (LOG_TEXT ("library", name.text)));
        scripts->refused = false;
        return; // The turn's end makes the calls.
    }
    if (reply_error (reply) != NULL && !scripts->refused) {
        log_event (LEVEL_ERROR, "scripts_refused",
                   LOG_FIELDS (LOG_TEXT ("needs", "Redis 7 or later, and leave to load functions")));
        scripts->refused = true;
    }
    lose_line (scripts);
}

static void
load (scripts_t *scripts)
{
    // REPLACE: another matcher may have been as quick.
    static const char *const texts[] = {"FUNCTION", "LOAD", "REPLACE", library};
    if (!scripts->loading) {
        scripts->loading =
            connection_command (scripts->redis, 4, texts, on_loaded, scripts, NULL);
        if (!scripts->loading) {
            lose_line (scripts);
        }
    }
}

bool
scripts_call (scripts_t *scripts, script_t script, size_t count,
              const char *const arguments[], connection_answered_t *answered, void *self,
              void *about)
{
    must (count <= SCRIPT_ARGUMENTS_MOST);
    if (!connection_is_ready (scripts->redis) || scripts->in_flight >= IN_FLIGHT_MOST
        || connection_in_flight (scripts->redis) >= IN_FLIGHT_MOST) {
        return false;
    }
    call_t *call = new_call (names[script], count, arguments);
    call->answered = answered;
    call->self = self;
    call->about = about;
    scripts->in_flight++;
    put_in_line (&scripts->line, call);
    if (scripts->line.count >= BATCH_MOST) {
        scripts_flush (scripts);
    }
    return true;
}

// --- Life cycle ---

scripts_t *
scripts_new (connection_t *redis, const config_t *config)
{
    scripts_t *scripts = must_alloc (sizeof *scripts);
    scripts->redis = redis;
    scripts->prefix = config_text (config, "REDIS_PREFIX");
    char *at = scripts->terms;
    for (size_t i = 0; i < TERMS; i++) {
        at += snprintf (at, TERM_SIZE, "%s%" PRId64, i > 0 ? " " : "",
                        config_number (config, terms[i]));
    }
    return scripts;
}

void
scripts_destroy (scripts_t **scripts)
{
    if (*scripts != NULL) {
        must ((*scripts)->in_flight == 0);
        free (*scripts);
        *scripts = NULL;
    }
}

size_t
scripts_in_flight (const scripts_t *scripts)
{
    return scripts->in_flight;
}
