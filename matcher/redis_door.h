// redis_door.h -- one connection to Redis, from its opening to its loss. hiredis is behind it.
//
// What keeps Redis at hand, connection after connection, is connection_door.h.

#ifndef REDIS_DOOR_H
#define REDIS_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actor/loop.h"
#include "wire/wire.h"

typedef struct redis_door redis_door_t;
typedef struct reply reply_t; // What Redis answered. Borrowed until the callback returns.

// Whom a door tells what. The door must not be closed from within.
typedef struct {
    void *self;
    void (*opened) (void *self);                                      // Connected.
    void (*answered) (void *self, void *about, const reply_t *reply); // NULL: lost.
    void (*lost) (void *self,
                  const char *why); // Not connected, after all answers. It is freed.
} redis_ears_t;

// Begins to connect to the Unix socket `path`, or if that is empty to a literal address and port; by TLS
// to who has a certificate for `tls_host`, if that is not NULL. NULL if that fails at once, with the
// reason in `why`.
redis_door_t *
redis_door_open (loop_t *loop, const char *path, const char *address, int port, const char *tls_host,
                 const redis_ears_t *ears, char *why, size_t why_size);

// Answers what is unanswered as lost and closes; does not tell `lost`.
void
redis_door_close (redis_door_t **door);

// Sends a command of `count` texts. It is answered once, `about` with it, in the order of sending.
void
redis_door_send (redis_door_t *door, size_t count, const char *const texts[], void *about);

// The error that a reply is, or NULL.
const char *
reply_error (const reply_t *reply);

// The elements of an array; 0 for anything else, NULL included.
size_t
reply_count (const reply_t *reply);

// One element of an array; NULL if there is none.
const reply_t *
reply_at (const reply_t *reply, size_t place);

// Reads a text; false if the reply is none.
bool
reply_text (const reply_t *reply, word_t *text);

// Reads a whole number from 0, or a text that is one; false if the reply is neither.
bool
reply_number (const reply_t *reply, uint64_t *number);

#endif
