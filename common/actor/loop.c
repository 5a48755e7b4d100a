// loop.c -- ZeroMQ sockets on a libuv loop: poll wakes, check drains and flushes, prepare looks.

#include "actor/loop.h"

#include <stdlib.h>
#include <uv.h>

#include "base/must.h"

struct watch {
    uv_poll_t poll;                // Wakes the loop.
    loop_t *loop;                  // Where it is listed. Not owned.
    bool due;                      // It is to be drained in this turn.
    bool (*pending) (void *self);  // Has it output that is left, or input that the poll may not see?
    void (*drain) (void *self);    // Take some. NULL once the watch has ended.
    void (*flush) (void *self);    // Send what waits; may be NULL.
    void *self;                    // Whose socket it is. Not owned.
    watch_t *next;                 // The list of the loop.
};

#define ENDS_MOST 4

typedef struct {
    void (*act) (void *self);
    void *self; // Not owned.
} end_t;

// What is called at some end.
typedef struct {
    end_t ends[ENDS_MOST];
    size_t count;
} end_list_t;

struct loop {
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;    // Runs only to keep the loop from sleeping.
    watch_t *watches;  // All that are watched. Owned.
    end_list_t at_poll_end;
    end_list_t at_turn_end;
    end_list_t at_end; // Of all.
};

static void
wake (uv_poll_t *poll, int status, int events)
{
    watch_t *watch = poll->data;
    (void) status;
    (void) events;
    watch->due = true;
}

static void
stay_awake (uv_idle_t *idle)
{
    (void) idle;
}

static void
flush_all (loop_t *loop)
{
    for (watch_t *watch = loop->watches; watch != NULL; watch = watch->next) {
        if (watch->drain != NULL && watch->flush != NULL) {
            watch->flush (watch->self);
        }
    }
}

static void
add_end (end_list_t *list, void (*act) (void *self), void *self)
{
    must (list->count < ENDS_MOST);
    list->ends[list->count++] = (end_t){act, self};
}

static void
call_ends (const end_list_t *list)
{
    for (size_t i = 0; i < list->count; i++) {
        list->ends[i].act (list->ends[i].self);
    }
}

static void
look (uv_prepare_t *prepare)
{
    loop_t *loop = prepare->data;
    call_ends (&loop->at_turn_end);
    flush_all (loop); // First, as it may eat an edge.
    for (watch_t *watch = loop->watches; watch != NULL; watch = watch->next) {
        if (watch->drain != NULL && watch->pending (watch->self)) {
            watch->due = true;
            uv_idle_start (&loop->idle, stay_awake);
        }
    }
}

static void
free_watch (uv_handle_t *handle)
{
    free (handle->data);
}

// Takes ended watches out of the list. Only between turns of draining, so that a drain may end any.
static void
sweep (loop_t *loop)
{
    watch_t **place = &loop->watches;
    while (*place != NULL) {
        watch_t *watch = *place;
        if (watch->drain == NULL) {
            *place = watch->next;
            uv_close ((uv_handle_t *) &watch->poll, free_watch);
        }
        else {
            place = &watch->next;
        }
    }
}

static void
drain_all (uv_check_t *check)
{
    loop_t *loop = check->data;
    uv_idle_stop (&loop->idle);
    call_ends (&loop->at_poll_end);
    for (watch_t *watch = loop->watches; watch != NULL; watch = watch->next) {
        if (watch->drain != NULL && watch->due) {
            watch->due = false;
            watch->drain (watch->self);
        }
    }
    flush_all (loop);
    sweep (loop);
}

loop_t *
loop_new (void)
{
    loop_t *loop = must_alloc (sizeof *loop);
    must (uv_loop_init (&loop->uv) == 0);
    must (uv_prepare_init (&loop->uv, &loop->prepare) == 0);
    must (uv_check_init (&loop->uv, &loop->check) == 0);
    must (uv_idle_init (&loop->uv, &loop->idle) == 0);
    loop->prepare.data = loop;
    loop->check.data = loop;
    must (uv_prepare_start (&loop->prepare, look) == 0);
    must (uv_check_start (&loop->check, drain_all) == 0);
    return loop;
}

void
loop_destroy (loop_t **loop)
{
    if (*loop != NULL) {
        sweep (*loop);
        must ((*loop)->watches == NULL);
        uv_close ((uv_handle_t *) &(*loop)->prepare, NULL);
        uv_close ((uv_handle_t *) &(*loop)->check, NULL);
        uv_close ((uv_handle_t *) &(*loop)->idle, NULL);
        uv_run (&(*loop)->uv, UV_RUN_DEFAULT);
        call_ends (&(*loop)->at_end);
        must (uv_loop_close (&(*loop)->uv) == 0);
        free (*loop);
        *loop = NULL;
    }
}

watch_t *
loop_watch (loop_t *loop, int fd, bool (*pending) (void *self), void (*drain) (void *self),
            void (*flush) (void *self), void *self)
{
    watch_t *watch = must_alloc (sizeof *watch);
    must (uv_poll_init (&loop->uv, &watch->poll, fd) == 0);
    watch->poll.data = watch;
    watch->loop = loop;
    watch->due = true;
    watch->pending = pending;
    watch->drain = drain;
    watch->flush = flush;
    watch->self = self;
    watch->next = loop->watches;
    loop->watches = watch;
    must (uv_poll_start (&watch->poll, UV_READABLE, wake) == 0);
    return watch;
}

void
loop_unwatch (watch_t **watch)
{
    if (*watch != NULL) {
        // The descriptor may be closed right after this call: stop polling it now.
        uv_poll_stop (&(*watch)->poll);
        (*watch)->drain = NULL;
        *watch = NULL;
    }
}

void
loop_at_poll_end (loop_t *loop, void (*act) (void *self), void *self)
{
    add_end (&loop->at_poll_end, act, self);
}

void
loop_at_turn_end (loop_t *loop, void (*act) (void *self), void *self)
{
    add_end (&loop->at_turn_end, act, self);
}

void
loop_at_end (loop_t *loop, void (*end) (void *self), void *self)
{
    add_end (&loop->at_end, end, self);
}

struct uv_loop_s *
loop_uv (loop_t *loop)
{
    return &loop->uv;
}
