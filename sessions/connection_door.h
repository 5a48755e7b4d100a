// connection_door.h -- a connection to PostgreSQL that is kept up, on libuv's loop.
//
// Connects, and after every failure connects again, a little later each time. Names are looked up
// off the loop. The loop makes all callbacks, none is made from within a call.

#ifndef CONNECTION_DOOR_H
#define CONNECTION_DOOR_H

#include "actor/loop.h"
#include "base/histogram.h"
#include "sessions/postgres_door.h"

typedef struct connection connection_t;

typedef struct {
    void *self;
    // The connection is up and takes a question.
    void (*connected) (void *self);
    // It is gone, or could not be made; what was asked may or may not have been done.
    void (*lost) (void *self);
    // The question is answered; the next may be asked at once. `answer` lasts until then.
    void (*answered) (void *self, const answer_t *answer);
} connection_listener_t;

// Begins to connect. `url` must have been checked. Never NULL.
connection_t *
connection_new (loop_t *loop, const char *url, connection_listener_t listener);

// Closes the connection; the loop frees the rest.
void
connection_destroy (connection_t **connection);

// Asks SQL of one statement or more, which may take minutes. Only when connected and not asked.
void
connection_ask (connection_t *connection, const char *sql);

// Runs a statement that was prepared on this connection, with parameters as texts (NULL is NULL).
// What takes longer than 30 s is given up, and the connection is lost.
void
connection_run (connection_t *connection, const char *statement, int count,
                const char *const values[]);

// How long the answers to connection_run took. Lives as long as the connection.
const histogram_t *
connection_time (const connection_t *connection);

// Ends the connection, without a callback, and makes a new one later.
void
connection_give_up (connection_t *connection);

#endif
