// redis_door.c -- one connection to Redis: hiredis 0.14 on the loop, and its replies.
//
// A context of hiredis frees itself once it has failed: first a NULL reply for every command, then
// `cleanup`, whatever the failure was, so that is where `lost` is told. hiredis has no time-outs
// and no bound on what is in flight: connection_door.c has.

#include "matcher/redis_door.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/must.h"
#include "matcher/redis_door_tls.h"

struct redis_door {
    uv_poll_t poll;             // On the connection's descriptor.
    int events;                 // What is polled for.
    redisAsyncContext *context; // NULL once it is freed or about to be. Not owned.
    const tls_t *tls;           // NULL: it is not encrypted. Not owned.
    redis_ears_t ears;          // `lost` is NULL once it is being closed from our side.
    char why[128];              // Why it is lost.
};

// --- hiredis on libuv ---

static void
on_poll (uv_poll_t *poll, int status, int events)
{
    redis_door_t *door = poll->data;
    if (status < 0) {
        // libuv has stopped polling; reading makes hiredis find the error and let go.
        door->events = 0;
        events = UV_READABLE;
    }
    if (door->context != NULL && (events & UV_READABLE) != 0) {
        redisAsyncHandleRead (door->context);
    }
    if (door->context != NULL && (events & UV_WRITABLE) != 0) {
        redisAsyncHandleWrite (door->context);
    }
}

static void
poll_for (redis_door_t *door, int events)
{
    if (events == door->events) {
        return;
    }
    door->events = events;
    if (events != 0) {
        uv_poll_start (&door->poll, events, on_poll);
    }
    else {
        uv_poll_stop (&door->poll);
    }
}

static void
add_read (void *self)
{
    poll_for (self, ((redis_door_t *) self)->events | UV_READABLE);
}

static void
del_read (void *self)
{
    poll_for (self, ((redis_door_t *) self)->events & ~UV_READABLE);
}

static void
add_write (void *self)
{
    poll_for (self, ((redis_door_t *) self)->events | UV_WRITABLE);
}

static void
del_write (void *self)
{
    poll_for (self, ((redis_door_t *) self)->events & ~UV_WRITABLE);
}

static void
free_door (uv_handle_t *poll)
{
    free (poll->data);
}

static void
note_why (redis_door_t *door, const redisAsyncContext *context)
{
    const char *wrong = door->tls != NULL ? redis_tls_wrong (door->tls) : NULL;
    if (wrong != NULL) {
        snprintf (door->why, sizeof door->why, "certificate: %s", wrong);
    }
    else if (door->tls != NULL && context->err != 0 && strcmp (context->errstr, strerror (0)) == 0) {
        snprintf (door->why, sizeof door->why, "TLS failed"); // hiredis only knows what errno says.
    }
    else if (context->err != 0 && context->errstr != NULL) {
        snprintf (door->why, sizeof door->why, "%s", context->errstr);
    }
}

static void
cleanup (void *self)
{
    redis_door_t *door = self;
    if (door->context != NULL) {
        note_why (door, door->context);
        door->context = NULL;
    }
    uv_close ((uv_handle_t *) &door->poll, free_door);
    if (door->ears.lost != NULL) {
        door->ears.lost (door->ears.self, door->why);
    }
}

// --- What hiredis tells ---

static void
on_reply (redisAsyncContext *context, void *reply, void *about)
{
    redis_door_t *door = context->data;
    door->ears.answered (door->ears.self, about, reply);
}

static void
on_connect (const redisAsyncContext *context, int status)
{
    redis_door_t *door = context->data;
    if (status == REDIS_OK) {
        door->ears.opened (door->ears.self);
    }
    else {
        note_why (door, context);
    }
}

// --- Life cycle ---

redis_door_t *
redis_door_open (loop_t *loop, const char *path, const char *address, int port, const char *tls_host,
                 const redis_ears_t *ears, char *why, size_t why_size)
{
    redisAsyncContext *context =
        path[0] != '\0' ? redisAsyncConnectUnix (path) : redisAsyncConnect (address, port);
    must (context != NULL);
    const char *wrong = context->err != 0 ? context->errstr : NULL;
    tls_t *tls = NULL;
    if (wrong == NULL && tls_host != NULL) {
        tls = redis_tls_begin (&context->c, tls_host, &wrong);
    }
    if (wrong != NULL) {
        snprintf (why, why_size, "%s", wrong);
        redisAsyncFree (context);
        return NULL;
    }
    redis_door_t *door = must_alloc (sizeof *door);
    door->context = context;
    door->tls = tls;
    door->ears = *ears;
    snprintf (door->why, sizeof door->why, "the connection was closed");
    must (uv_poll_init (loop_uv (loop), &door->poll, context->c.fd) == 0);
    door->poll.data = door;
    context->data = door;
    context->ev.data = door;
    context->ev.addRead = add_read;
    context->ev.delRead = del_read;
    context->ev.addWrite = add_write;
    context->ev.delWrite = del_write;
    context->ev.cleanup = cleanup;
    redisAsyncSetConnectCallback (context, on_connect);
    return door;
}

void
redis_door_close (redis_door_t **door)
{
    if (*door != NULL) {
        redis_door_t *closing = *door;
        redisAsyncContext *context = closing->context;
        *door = NULL;
        closing->ears.lost = NULL;
        if (context != NULL) {
            redisAsyncFree (context);
        }
    }
}

void
redis_door_send (redis_door_t *door, size_t count, const char *const texts[], void *about)
{
    // hiredis declares the texts without const but leaves them alone.
    must (redisAsyncCommandArgv (door->context, on_reply, about, (int) count,
                                 (const char **) (uintptr_t) texts, NULL)
          == REDIS_OK);
}

// --- Replies: a reply_t is hiredis's redisReply ---

const char *
reply_error (const reply_t *reply)
{
    const redisReply *theirs = (const redisReply *) reply;
    return theirs != NULL && theirs->type == REDIS_REPLY_ERROR ? theirs->str : NULL;
}

size_t
reply_count (const reply_t *reply)
{
    const redisReply *theirs = (const redisReply *) reply;
    return theirs != NULL && theirs->type == REDIS_REPLY_ARRAY ? theirs->elements : 0;
}

const reply_t *
reply_at (const reply_t *reply, size_t place)
{
    const redisReply *theirs = (const redisReply *) reply;
    return place < reply_count (reply) ? (const reply_t *) theirs->element[place] : NULL;
}

bool
reply_text (const reply_t *reply, word_t *text)
{
    const redisReply *theirs = (const redisReply *) reply;
    if (theirs == NULL || theirs->type != REDIS_REPLY_STRING) {
        return false;
    }
    *text = (word_t){theirs->str, (size_t) theirs->len};
    return true;
}

bool
reply_number (const reply_t *reply, uint64_t *number)
{
    const redisReply *theirs = (const redisReply *) reply;
    word_t text;
    if (theirs != NULL && theirs->type == REDIS_REPLY_INTEGER && theirs->integer >= 0) {
        *number = (uint64_t) theirs->integer;
        return true;
    }
    if (!reply_text (reply, &text) || text.bytes == 0 || text.bytes > 18) {
        return false;
    }
    *number = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.text[i] < '0' || text.text[i] > '9') {
            return false;
        }
        *number = *number * 10 + (uint64_t) (text.text[i] - '0');
    }
    return true;
}
