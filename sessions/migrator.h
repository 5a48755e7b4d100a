// migrator.h -- brings the tables of a database up to date over a connection, one migration a
// transaction, while no other recorder of that database does.

#ifndef MIGRATOR_H
#define MIGRATOR_H

#include <stdbool.h>

#include "sessions/connection_door.h"

typedef struct migrator migrator_t;

typedef enum {
    MIGRATOR_GOES_ON, // It has asked the next thing, or waits for another recorder.
    MIGRATOR_DONE,    // The tables are up to date, and the connection is free.
    MIGRATOR_FAILED,  // The connection may be in the midst of a transaction: give it up.
} migrator_news_t;

// `connection` is borrowed. Never NULL.
migrator_t *
migrator_new (connection_t *connection);

void
migrator_destroy (migrator_t **migrator);

// Begins, on a new connection.
void
migrator_begin (migrator_t *migrator);

// What it asked is answered.
migrator_news_t
migrator_hear (migrator_t *migrator, const answer_t *answer);

// Call it about twice a second: it looks whether another recorder has done the work.
void
migrator_tick (migrator_t *migrator);

// Another recorder has the lock.
bool
migrator_waits (const migrator_t *migrator);

#endif
