// connection_door.h -- Redis at hand: connected again and again, bounded, never waited for.
//
// Commands go out in order and are answered in order. At most IN_FLIGHT_MOST are unanswered;
// a further one is not taken. A command that is not answered in time means that Redis is down: the
// connection is given up and everything on it answered as lost. What was lost may have been
// carried out, or may be yet.

#ifndef CONNECTION_DOOR_H
#define CONNECTION_DOOR_H

#include "base/histogram.h"
#include "matcher/redis_door.h"
#include "matcher/redis_url.h"

#define IN_FLIGHT_MOST 1024

typedef struct connection connection_t;

// Told when Redis can be used and when it no longer can.
typedef void (connection_changed_t) (void *self, bool ready);

// Told the answer to a command, once for each that was taken. `reply` NULL: lost.
typedef void (connection_answered_t) (void *self, void *about, const reply_t *reply);

// Begins to connect. Never NULL.
connection_t *
connection_new (loop_t *loop, const redis_url_t *url, connection_changed_t *changed,
                void *self);

// Answers what is unanswered as lost and closes; the loop frees the rest.
void
connection_destroy (connection_t **connection);

// Redis can be used.
bool
connection_is_ready (const connection_t *connection);

// Sends a command of `count` texts. `self` and `about` are handed to `answered`. False, and
// nothing happens, if Redis is not ready or too much is in flight.
bool
connection_command (connection_t *connection, size_t count, const char *const texts[],
                    connection_answered_t *answered, void *self, void *about);

// Counts and logs an error that stands within an answer, as those that are one are.
void
connection_note_error (connection_t *connection, const char *error);

// How many commands are unanswered.
size_t
connection_in_flight (const connection_t *connection);

// How long its answers took. Lives as long as the connection.
const histogram_t *
connection_time (const connection_t *connection);

// How many times Redis answered with an error, or was lost, since the start.
uint64_t
connection_errors (const connection_t *connection);

#endif
