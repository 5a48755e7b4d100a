// loop.h -- ZeroMQ sockets on a libuv loop, in one thread.
//
// A ZeroMQ socket's descriptor does not say "readable" but "look at me": it is edge-triggered, and
// any call on the socket, a send included, may eat the edge (zmq_getsockopt(3), ZMQ_FD). So:
//
//   poll     on the descriptor, only to wake the loop and to note whose it is;
//   check    after the loop woke: those sockets, and those that had more, are drained, up to their
//            budget; the rest comes next turn, so that no socket starves the others. Then what was said is
//            flushed, so that whatever is said to somebody in a turn goes together;
//   prepare  before the loop sleeps: doors send what is left of the turn; what that and timers have
//            said is flushed; if some socket has input after all, do not sleep.
//
// To ask a ZeroMQ socket for input, by receiving or by its events, is two system calls when there is none.
// So nobody is asked in vain: an edge is there for the poll to see until a call on the socket eats it.

#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>

typedef struct loop loop_t;
typedef struct watch watch_t;
struct uv_loop_s;

// A new loop. Never NULL.
loop_t *
loop_new (void);

// Frees the loop. All watches must be gone and all handles of others closed; runs the loop until
// their last callbacks have been made, and then calls what loop_at_end was given.
void
loop_destroy (loop_t **loop);

// Watches a socket: `pending` says whether it has output that `flush` has left, or input though a call on
// it may have eaten the edge, `drain` takes some input, `flush` (NULL: nothing to do) sends what waits. All
// get `self`.
watch_t *
loop_watch (loop_t *loop, int fd, bool (*pending) (void *self), void (*drain) (void *self),
            void (*flush) (void *self), void *self);

// Ends a watch; none of its callbacks is called again. May be called from within one.
void
loop_unwatch (watch_t **watch);

// Calls `act` with `self` in each turn when all that has come in was told, before what was said is flushed:
// for doors that read on. At most four, for as long as the loop runs.
void
loop_at_poll_end (loop_t *loop, void (*act) (void *self), void *self);

// Calls `act` with `self` at the end of each turn, before what was said is flushed: for doors that send all
// of a turn at once. At most four, for as long as the loop runs.
void
loop_at_turn_end (loop_t *loop, void (*act) (void *self), void *self);

// Calls `end` with `self` when the loop has run for the last time: for doors whose library has
// something left to free then. At most four.
void
loop_at_end (loop_t *loop, void (*end) (void *self), void *self);

// The libuv loop itself, for doors.
struct uv_loop_s *
loop_uv (loop_t *loop);

#endif
