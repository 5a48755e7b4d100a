// bare.c -- FCALL, many at once, and what it answers.

#include "bench/bare.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/figures.h"
#include "bench/interests.h"
#include "matcher/arguments.h"
#include "matcher/scripts.h"
#include "matcher/telling.h"
#include "support/cmocka_all.h"

#define FILL_DEPTH 256
#define TEXT_MOST 1024
#define ANSWER_S 10
#define LETTERS_AT 4 // An answer: verdict, ghosts, appended, time, letter, ...

struct bare {
    redisContext *link; // Owned.
    const char *prefix;      // Of all keys. Not owned.
    const char *terms;       // What every script is told. Not owned.
    const ident_t *gateways; // Not owned.
    size_t gateway_count;    // Of `gateways`.
    size_t in_flight;        // Calls that are unanswered.
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

// --- Calling ---

static void
call (bare_t *bare, const ident_t *gateway, const wire_t *search)
{
    char text[TEXT_MOST] = "search";
    size_t bytes = strlen (text);
    ident_t chat = ident_timed (clock_wall_ms ());
    arguments_t arguments = {.count = 0};
    arguments_ident (&arguments, gateway);
    arguments_ident (&arguments, &chat);
    arguments_wire (&arguments, search);
    for (size_t i = 0; i < arguments.count; i++) {
        bytes += (size_t) snprintf (text + bytes, sizeof text - bytes, " %s", arguments.list[i]);
        assert_true (bytes < sizeof text);
    }
    const char *texts[] = {"FCALL", function, "1", bare->prefix, bare->terms, text};
    assert_int_equal (redisAppendCommandArgv (bare->link, 6, texts, NULL), REDIS_OK);
    bare->in_flight++;
}

// A call answers what each of its scripts answers, and here it has one.
static const reply_t *
of_script (const redisReply *answer)
{
    return reply_at ((const reply_t *) answer, 0);
}

// The next answer: `wait` says whether to wait for it, else NULL if it is not there.
static redisReply *
next_answer (bare_t *bare, bool wait)
{
    void *reply = NULL;
    assert_int_equal (wait ? redisGetReply (bare->link, &reply)
                           : redisGetReplyFromReader (bare->link, &reply),
                      REDIS_OK);
    redisReply *answer = reply;
    if (answer != NULL) {
        bare->in_flight--;
        const char *error = reply_error ((const reply_t *) answer);
        if (error == NULL) {
            error = reply_error (of_script (answer));
        }
        if (error != NULL) {
            fail_msg ("the script fails: %s", error);
        }
    }
    return answer;
}

// --- A crowd ---

static void
hear (const bare_t *bare, crowd_t *crowd, const redisReply *answer)
{
    const reply_t *reply = of_script (answer);
    for (size_t i = LETTERS_AT; i < reply_count (reply); i++) {
        ident_t to;
        wire_t wire;
        size_t gateway = 0;
        assert_true (telling_read (reply_at (reply, i), &to, &wire));
        while (!ident_equal (&bare->gateways[gateway], &to)) {
            gateway++;
            assert_true (gateway < bare->gateway_count);
        }
        crowd_hear (crowd, gateway, &wire);
    }
}

static void
call_for (bare_t *bare, crowd_t *crowd, size_t depth)
{
    const crowd_user_t *user;
    while (bare->in_flight < depth && (user = crowd_next (crowd)) != NULL) {
        wire_t wire;
        size_t gateway;
        crowd_write (user, &wire, &gateway);
        call (bare, &bare->gateways[gateway], &wire);
    }
}

// Waits for an answer and takes all that are there.
static void
hear_all (bare_t *bare, crowd_t *crowd)
{
    redisReply *answer = next_answer (bare, true);
    while (answer != NULL) {
        hear (bare, crowd, answer);
        freeReplyObject (answer);
        answer = bare->in_flight > 0 ? next_answer (bare, false) : NULL;
    }
}

void
bare_run (bare_t *bare, crowd_t *crowd, size_t depth, uint64_t for_us)
{
    uint64_t end_us = now_us () + for_us;
    uint64_t tick_us = 0;
    while (now_us () < end_us) {
        if (now_us () > tick_us) {
            crowd_tick (crowd);
            tick_us = now_us () + 50000;
        }
        call_for (bare, crowd, depth);
        if (bare->in_flight > 0) {
            hear_all (bare, crowd);
        }
    }
}

void
bare_settle (bare_t *bare, crowd_t *crowd)
{
    crowd_rest (crowd);
    while (bare->in_flight > 0) {
        hear_all (bare, crowd);
    }
    assert_true (crowd_is_settled (crowd));
}

// --- Filling ---

// The SEARCH of a new user.
static void
write_new (wire_t *search, fill_t fill, char interests[THREE_BYTES])
{
    static const ident_t same = {{1}};
    bool apart = fill == FILL_APART;
    bool picky = fill == FILL_PICKY;
    search->kind = WIRE_SEARCH;
    search->as.search = (wire_search_t){
        .user = ident_random (),
        .turn = 1,
        .browser = fill == FILL_PLAIN || picky ? same : ident_random (),
    };
    if (picky) {
        interests_draw (interests);
        search->as.search.interests = (word_t){interests, THREE_BYTES};
        search->as.search.language = (word_t){"en", 2};
    }
    if (apart) {
        interests_make (interests);
        search->as.search.interests = (word_t){interests, INTEREST_DIGITS};
    }
}

// The answer number `number`, from 0, to a fill.
static void
check_fill (const redisReply *answer, fill_t fill, size_t number)
{
    word_t verdict;
    const char *wanted = fill == FILL_CHATS && number % 2 == 1 ? "matched" : "waiting";
    assert_true (reply_text (reply_at (of_script (answer), 0), &verdict));
    assert_int_equal (verdict.bytes, strlen (wanted));
    assert_memory_equal (verdict.text, wanted, verdict.bytes);
}

void
bare_fill (bare_t *bare, fill_t fill, size_t users)
{
    size_t asked = 0;
    for (size_t answered = 0; answered < users; answered++) {
        while (asked < users && bare->in_flight < FILL_DEPTH) {
            char interests[THREE_BYTES];
            wire_t search;
            write_new (&search, fill, interests);
            call (bare, &bare->gateways[asked++ % bare->gateway_count], &search);
        }
        redisReply *answer = next_answer (bare, true);
        check_fill (answer, fill, answered);
        freeReplyObject (answer);
    }
}

// --- Life cycle ---

bare_t *
bare_new (const char *path, const char *prefix, const char *terms,
          const ident_t gateways[], size_t gateway_count)
{
    bare_t *bare = calloc (1, sizeof *bare);
    assert_non_null (bare);
    bare->prefix = prefix;
    bare->terms = terms;
    bare->gateways = gateways;
    bare->gateway_count = gateway_count;
    bare->link = redisConnectUnixWithTimeout (path, (struct timeval){ANSWER_S, 0});
    assert_true (bare->link != NULL && bare->link->err == 0);
    redisSetTimeout (bare->link, (struct timeval){ANSWER_S, 0});
    redisReply *loaded = redisCommand (bare->link, "FUNCTION LOAD REPLACE %s", library);
    assert_true (loaded != NULL && loaded->type == REDIS_REPLY_STRING);
    freeReplyObject (loaded);
    return bare;
}

void
bare_destroy (bare_t **bare)
{
    if (*bare != NULL) {
        redisFree ((*bare)->link);
        free (*bare);
        *bare = NULL;
    }
}
