// scripts.c -- calls scripts by hash; loads what Redis does not have, once, and calls again.
//
// Keeps every call until it is answered for good, so that it can be made again.

#include "matcher/scripts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/must.h"

#define HASH_SIZE 41
#define TERM_SIZE 24

// The settings that every script is told, in this order.
static const char *const terms[] = {
    "LEASE_MS", "AVOID_MS", "RECOVERY_WINDOW_MS", "INTEREST_WAIT_MS", "RECENT_PARTNERS",
};

#define TERMS (sizeof terms / sizeof terms[0])
#define HEAD (4 + TERMS) // EVALSHA, hash, number of keys, the prefix, and the terms.

// One call, until it is answered for good.
typedef struct call {
    scripts_t *scripts; // Not owned.
    script_t script;
    size_t count; // Of `texts`.
    char **texts; // Its own arguments, in one block. Owned.
    connection_answered_t *answered;
    void *self;        // For `answered`. Not owned.
    void *about;       // For `answered`. Not owned.
    bool again;        // It found its script missing before.
    struct call *next; // Among those that wait for the same script.
} call_t;

// One script.
typedef struct {
    const char *name;
    const char *text;
    char hash[HASH_SIZE]; // What Redis calls it; empty until it has been loaded.
    bool loading;         // Redis has been given the text and has not answered.
    call_t *first;        // Calls that wait for it, in order. Owned.
    call_t *last;         // Of those.
} entry_t;

struct scripts {
    connection_t *redis;          // Not owned.
    const char *prefix;           // Put before every key. Not owned.
    char terms[TERMS][TERM_SIZE]; // Decimal.
    entry_t entries[SCRIPT_COUNT];
    size_t in_flight; // Calls that are unanswered.
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
put_in_line (entry_t *entry, call_t *call)
{
    call->next = NULL;
    if (entry->first != NULL) {
        entry->last->next = call;
    }
    else {
        entry->first = call;
    }
    entry->last = call;
}

static void
load (scripts_t *scripts, entry_t *entry);

static void
on_called (void *self, void *about, const reply_t *reply)
{
    scripts_t *scripts = self;
    call_t *call = about;
    entry_t *entry = &scripts->entries[call->script];
    const char *error = reply_error (reply);
    if (error != NULL && strncmp (error, "NOSCRIPT", 8) == 0 && !call->again) {
        call->again = true;
        put_in_line (entry, call);
        load (scripts, entry);
        return;
    }
    end_call (call, reply);
}

static bool
make_call (call_t *call)
{
    scripts_t *scripts = call->scripts;
    const char *texts[HEAD + SCRIPT_ARGUMENTS_MOST] = {
        "EVALSHA",
        scripts->entries[call->script].hash,
        "1",
        scripts->prefix,
    };
    for (size_t i = 0; i < TERMS; i++) {
        texts[HEAD - TERMS + i] = scripts->terms[i];
    }
    for (size_t i = 0; i < call->count; i++) {
        texts[HEAD + i] = call->texts[i];
    }
    return connection_command (scripts->redis, HEAD + call->count, texts, on_called,
                               scripts, call);
}

// --- Loading ---

// Makes the calls that have waited, or answers them as lost.
static void
serve_line (entry_t *entry, bool loaded)
{
    call_t *call = entry->first;
    entry->first = NULL;
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
    (void) self;
    entry_t *entry = about;
    word_t hash;
    entry->loading = false;
    bool loaded = reply_text (reply, &hash) && hash.bytes < sizeof entry->hash;
    if (loaded) {
        memcpy (entry->hash, hash.text, hash.bytes);
        entry->hash[hash.bytes] = '\0';
        log_event (LEVEL_DEBUG, "script_loaded",
                   LOG_FIELDS (LOG_TEXT ("script", entry->name)));
    }
    serve_line (entry, loaded);
}

static void
load (scripts_t *scripts, entry_t *entry)
{
    const char *texts[] = {"SCRIPT", "LOAD", entry->text};
    if (!entry->loading) {
        entry->loading =
            connection_command (scripts->redis, 3, texts, on_loaded, scripts, entry);
        if (!entry->loading) {
            serve_line (entry, false);
        }
    }
}

bool
scripts_call (scripts_t *scripts, script_t script, size_t count,
              const char *const arguments[], connection_answered_t *answered, void *self,
              void *about)
{
    must (count <= SCRIPT_ARGUMENTS_MOST);
    entry_t *entry = &scripts->entries[script];
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
    if (entry->loading || entry->hash[0] == '\0') {
        put_in_line (entry, call);
        load (scripts, entry);
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
    static const entry_t entries[SCRIPT_COUNT] = {
#define SCRIPT(NAME, name, text) {#name, text, "", false, NULL, NULL},
#include "matcher/scripts.def"
#undef SCRIPT
    };
    scripts_t *scripts = must_alloc (sizeof *scripts);
    scripts->redis = redis;
    scripts->prefix = config_text (config, "REDIS_PREFIX");
    for (size_t i = 0; i < TERMS; i++) {
        snprintf (scripts->terms[i], TERM_SIZE, "%" PRId64, config_number (config, terms[i]));
    }
    memcpy (scripts->entries, entries, sizeof entries);
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
