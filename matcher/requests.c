// requests.c -- a table of what gateways ask, and the errands that are with Redis.

#include "matcher/requests.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "matcher/arguments.h"

struct requests {
    scripts_t *scripts;       // Not owned.
    unsigned pool;            // Marks the ids of chats.
    heed_t *heed;
    void *self;               // For `heed`. Not owned.
    bool stopped;             // No errand is begun.
    requests_counts_t counts;
};

// One kind of request.
typedef struct {
    wire_kind_t kind;
    script_t script;
    size_t user;  // Where in a wire_t it says whom it is about.
    size_t count; // Where in requests_counts_t its answers are counted.
} request_t;

#define ROW(NAME, name, counted)                                                           \
    {WIRE_##NAME, SCRIPT_##NAME, offsetof (wire_t, as.name.user),                          \
     offsetof (requests_counts_t, counted)}

// clang-format off
static const request_t table[] = {
    ROW (SEARCH, search, searches),
    ROW (LEAVE,  leave,  leaves),
    ROW (RESUME, resume, resumes),
    ROW (HOLD,   hold,   holds),
    ROW (BLOCK,  block,  blocks),
};
// clang-format on

#define REQUESTS (sizeof table / sizeof table[0])

// A request, while Redis has it.
typedef struct {
    requests_t *requests;     // Not owned.
    const request_t *request; // Its row.
    mailbox_t *via;           // Where it came from. Not owned.
    ident_t gateway;          // Who asked.
    ident_t user;             // About whom.
} errand_t;

static const request_t *
row_of (wire_kind_t kind)
{
    for (size_t i = 0; i < REQUESTS; i++) {
        if (table[i].kind == kind) {
            return &table[i];
        }
    }
    must (false);
    return NULL;
}

// --- Answers ---

static void
refuse (const errand_t *errand, refusal_t reason)
{
    wire_t refused = {
        .kind = WIRE_REFUSED,
        .as.refused = {errand->request->kind, reason, errand->user},
    };
    mailbox_send (errand->via, &errand->gateway, ROLE_GATEWAY, &refused);
}

static void
on_errand_done (void *self, void *about, const reply_t *reply)
{
    requests_t *requests = self;
    errand_t *errand = about;
    const char *verdict = requests->heed (requests->self, reply);
    bool answered = verdict[0] != '\0' && strcmp (verdict, "early") != 0;
    bool stale = strcmp (verdict, "stale") == 0;
    bool undone = strcmp (verdict, "undone") == 0;
    if (stale || !answered) {
        refuse (errand, stale ? REFUSAL_STALE : REFUSAL_BUSY);
    }
    if (answered) {
        ++*(uint64_t *) ((char *) &requests->counts + errand->request->count);
    }
    requests->counts.stale += stale;
    requests->counts.undone += undone;
    requests->counts.matches += undone || strcmp (verdict, "matched") == 0;
    free (errand);
}

static void
on_lease_done (void *self, void *about, const reply_t *reply)
{
    requests_t *requests = self;
    (void) about;
    requests->heed (requests->self, reply);
}

// --- Requests ---

// Digests of interests: digits as ident_print writes them.
static bool
are_interests (const word_t *word)
{
    for (size_t i = 0; i < word->bytes; i++) {
        char digit = word->text[i];
        if ((digit < '0' || digit > '9') && (digit < 'a' || digit > 'f')) {
            return false;
        }
    }
    return word->bytes % INTEREST_DIGITS == 0;
}

// A primary language subtag, or nothing.
static bool
is_language (const word_t *word)
{
    for (size_t i = 0; i < word->bytes; i++) {
        if (word->text[i] < 'a' || word->text[i] > 'z') {
            return false;
        }
    }
    return word->bytes != 1;
}

// Whether it keeps to what wire.def says of it in words.
static bool
is_sound (const wire_t *wire)
{
    return wire->kind != WIRE_SEARCH
        || (are_interests (&wire->as.search.interests)
            && is_language (&wire->as.search.language));
}

static void
tell_script (const requests_t *requests, const letter_t *letter, arguments_t *arguments)
{
    arguments->count = 0;
    arguments_ident (arguments, &letter->from);
    if (letter->wire.kind == WIRE_SEARCH) {
        ident_t new_chat = ident_timed (clock_wall_ms ());
        ident_set_mark (&new_chat, requests->pool);
        arguments_ident (arguments, &new_chat);
    }
    arguments_wire (arguments, &letter->wire);
}

static void
take_lease (requests_t *requests, const letter_t *letter)
{
    arguments_t arguments;
    tell_script (requests, letter, &arguments);
    scripts_call (requests->scripts, SCRIPT_LEASE, arguments.count, arguments.list,
                  on_lease_done, requests, NULL);
}

static void
run_errand (requests_t *requests, const letter_t *letter)
{
    const request_t *request = row_of (letter->wire.kind);
    const ident_t *user = (const ident_t *) ((const char *) &letter->wire + request->user);
    if (!is_sound (&letter->wire)) {
        mailbox_refuse (letter, REFUSAL_FIELD_RANGE, user);
        return;
    }
    arguments_t arguments;
    tell_script (requests, letter, &arguments);
    errand_t *errand = must_alloc (sizeof *errand);
    *errand = (errand_t){requests, request, letter->via, letter->from, *user};
    if (requests->stopped
        || !scripts_call (requests->scripts, request->script, arguments.count,
                          arguments.list, on_errand_done, requests, errand)) {
        mailbox_refuse (letter, REFUSAL_BUSY, user);
        free (errand);
    }
}

void
requests_take (requests_t *requests, const letter_t *letter)
{
    if (letter->wire.kind == WIRE_LEASE) {
        take_lease (requests, letter);
    }
    else {
        run_errand (requests, letter);
    }
}

// --- Life cycle ---

requests_t *
requests_new (scripts_t *scripts, unsigned pool, heed_t *heed, void *self)
{
    requests_t *requests = must_alloc (sizeof *requests);
    *requests = (requests_t){
        .scripts = scripts, .pool = pool, .heed = heed, .self = self,
    };
    return requests;
}

void
requests_destroy (requests_t **requests)
{
    free (*requests);
    *requests = NULL;
}

void
requests_stop (requests_t *requests)
{
    requests->stopped = true;
}

const requests_counts_t *
requests_counts (const requests_t *requests)
{
    return &requests->counts;
}
