// postgres_door.h -- libpq, without waiting: one connection, one question at a time.
//
// Knows no loop and no time: whoever owns it watches the socket, calls when it is ready, and says
// when to give up (connection_door.c).

#ifndef POSTGRES_DOOR_H
#define POSTGRES_DOOR_H

#include <stdbool.h>
#include <stddef.h>

typedef struct postgres postgres_t;

// How a question was answered.
typedef struct {
    const char *sqlstate; // NULL: it was done, and is committed unless a transaction is open.
    const char *value;    // First field of the first row of the last statement that gave one.
    size_t rows;          // How many rows that statement, or else the first, gave or changed.
} answer_t;

// What a connection needs, or has come to.
typedef enum {
    POSTGRES_READS,    // Call again when its socket has input.
    POSTGRES_WRITES,   // Call again when its socket takes output.
    POSTGRES_DONE,     // Connected; sent; or answered.
    POSTGRES_FAILED,   // It is of no more use; postgres_why says why.
} postgres_need_t;

// NULL if that may be a DATABASE_URL, else what is wrong, without any part of it: it may hold a
// password.
const char *
postgres_check (const char *url);

// No connection yet. `url` must have been checked. Never NULL.
postgres_t *
postgres_new (const char *url);

void
postgres_destroy (postgres_t **postgres);

// The name of the host to look up before each connection; NULL if there is nothing to look up.
const char *
postgres_host (const postgres_t *postgres);

// Begins a connection, to `addresses`: a list with commas of literal addresses, tried in that
// order, and `hosts` as many times the name. Both NULL if there was nothing to look up.
postgres_need_t
postgres_connect (postgres_t *postgres, const char *hosts, const char *addresses);

// Goes on with it. The socket may be another one afterwards.
postgres_need_t
postgres_shake_hands (postgres_t *postgres);

// Ends the connection, if there is one.
void
postgres_disconnect (postgres_t *postgres);

// The socket of the connection, also while it is being made.
int
postgres_socket (const postgres_t *postgres);

// Asks SQL of one statement or more.
postgres_need_t
postgres_ask (postgres_t *postgres, const char *sql);

// Runs a statement that was prepared on this connection, with parameters as texts (NULL is NULL).
postgres_need_t
postgres_run (postgres_t *postgres, const char *statement, int count, const char *const values[]);

// Goes on sending what the socket did not take.
postgres_need_t
postgres_send (postgres_t *postgres);

// Takes what has come. POSTGRES_DONE: the question is answered; *answer is good until the next
// call. May be called without a question, to learn that the connection is gone.
postgres_need_t
postgres_receive (postgres_t *postgres, answer_t *answer);

// One line on the last failure. Good until the next call.
const char *
postgres_why (postgres_t *postgres);

#endif
