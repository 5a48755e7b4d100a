// redis.h -- a real Redis of the test's own: a Unix socket in a folder that goes with it.

#ifndef SUPPORT_REDIS_H
#define SUPPORT_REDIS_H

#include <stdbool.h>

typedef struct redis_server redis_server_t;

// Starts Redis and waits until it answers. `keep`: with an append-only file, so that its data
// outlive its process. It dies when the test does. Fails the test if it cannot start.
redis_server_t *
redis_server_start (bool keep);

// Ends it and removes its folder.
void
redis_server_stop (redis_server_t **server);

// SIGKILL; its folder stays.
void
redis_server_kill (redis_server_t *server);

// Starts it again, in the same folder, after a kill.
void
redis_server_revive (redis_server_t *server);

// Sends a signal to its process.
void
redis_server_signal (redis_server_t *server, int signal);

// unix:///...
const char *
redis_server_url (const redis_server_t *server);

// Asks and returns the answer as text: a number in decimal, an array's elements with blanks
// between, nothing for nothing, an error as it is. Takes hiredis's format: only %s is needed. Good
// until the next call. Fails the test if there is no answer.
const char *
redis_ask (redis_server_t *server, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

// The same, for an answer that is a number.
long
redis_count (redis_server_t *server, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

#endif
