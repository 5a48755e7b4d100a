// scripts.c -- calls functions; loads the library if Redis does not have it, once, and calls again.
//
// Keeps every call until it is answered for good, so that it can be made again.

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

// What Redis calls each script.
static const char *const functions[SCRIPT_COUNT] = {
#define SCRIPT(NAME, function) function,
#define LIBRARY(text)
#include "matcher/scripts.def"
#undef SCRIPT
#undef LIBRARY
};

static const char library[] =
#define SCRIPT(NAME, function)
#define LIBRARY(text) text;
#include "matcher/scripts.def"
#undef SCRIPT
#undef LIBRARY

#define TERMS (sizeof terms / sizeof terms[0])
#define HEAD 4 // FCALL, function, number of keys, the prefix.

// One call, until it is answered for good.
typedef struct call {
    scripts_t *scripts; // Not owned.
    script_t script;
    size_t count; // Of `texts`.
    char **texts; // Its own arguments, in one block. Owned.
    connection_answered_t *answered;
    void *self;        // For `answered`. Not owned.
    void *about;       // For `answered`. Not owned.
    bool again;        // It found its function missing before.
    struct call *next; // Among those that wait for the library.
} call_t;

struct scripts {
    connection_t *redis;          // Not owned.
    const char *prefix;           // Put before every key. Not owned.
    char terms[TERMS * TERM_SIZE]; // Decimal, between spaces.
    bool loading;                 // Redis has been given the library and has not answered.
    bool refused;                 // It did not take the library when it was given it last.
    call_t *first;                // Calls that wait for it, in order. Owned.
    call_t *last;                 // Of those.
    size_t in_flight;             // Calls that are unanswered.
};

// --- Calls ---

// Copies the texts into one block: the pointers, and behind them the characters.
static char **
copy_texts (size_t count, const char *const texts[])
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += strlen (texts[i]) + 1;
    }
    char **copies = must_alloc (count * sizeof *copies + bytes + 1);
    char *at = (char *) (copies + count);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen (texts[i]) + 1;
        copies[i] = memcpy (at, texts[i], size);
        at += size;
    }
    return copies;
}

static void
end_call (call_t *call, const reply_t *reply)
{
    call->scripts->in_flight--;
    call->answered (call->self, call->about, reply);
    free (call->texts);
    free (call);
}

static void
put_in_line (scripts_t *scripts, call_t *call)
{
    call->next = NULL;
    if (scripts->first != NULL) {
        scripts->last->next = call;
    }
    else {
        scripts->first = call;
    }
    scripts->last = call;
}

static void
load (scripts_t *scripts);

static void
on_called (void *self, void *about, const reply_t *reply)
{
    scripts_t *scripts = self;
    call_t *call = about;
    const char *error = reply_error (reply);
    if (error != NULL && strncmp (error, MISSING, strlen (MISSING)) == 0 && !call->again) {
        call->again = true;
        put_in_line (scripts, call);
        load (scripts);
        return;
    }
    end_call (call, reply);
}

static bool
make_call (call_t *call)
{
    scripts_t *scripts = call->scripts;
    const char *texts[HEAD + SCRIPT_ARGUMENTS_MOST + 1] = {
        "FCALL",
        functions[call->script],
        "1",
        scripts->prefix,
    };
    for (size_t i = 0; i < call->count; i++) {
        texts[HEAD + i] = call->texts[i];
    }
    texts[HEAD + call->count] = scripts->terms;
    return connection_command (scripts->redis, HEAD + call->count + 1, texts, on_called, scripts,
                               call);
}

// --- Loading ---

// Makes the calls that have waited, or answers them as lost.
static void
serve_line (scripts_t *scripts, bool loaded)
{
    call_t *call = scripts->first;
    scripts->first = NULL;
    while (call != NULL) {
        call_t *next = call->next;
        if (!loaded || !make_call (call)) {
            end_call (call, NULL);
        }
        call = next;
    }
}

static void
on_loaded (void *self, void *about, const reply_t *reply)
{
    scripts_t *scripts = self;
    word_t name;
    (void) about;
    scripts->loading = false;
    bool loaded = reply_text (reply, &name);
    if (loaded) {
        log_event (LEVEL_DEBUG, "scripts_loaded", LOG_FIELDS (LOG_TEXT ("library", name.text)));
        scripts->refused = false;
    }
    else if (reply_error (reply) != NULL && !scripts->refused) {
        log_event (LEVEL_ERROR, "scripts_refused",
                   LOG_FIELDS (LOG_TEXT ("needs", "Redis 7 or later, and leave to load functions")));
        scripts->refused = true;
    }
    serve_line (scripts, loaded);
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
            serve_line (scripts, false);
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
    call_t *call = must_alloc (sizeof *call);
    *call = (call_t){
        .scripts = scripts,
        .script = script,
        .count = count,
        .texts = copy_texts (count, arguments),
        .answered = answered,
        .self = self,
        .about = about,
    };
    scripts->in_flight++;
    if (scripts->loading) {
        put_in_line (scripts, call);
    }
    else {
        must (make_call (call));
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
