// person.h -- a browser that keeps what it needs to come back, to this gateway or to another one.

#ifndef PERSON_H
#define PERSON_H

#include "fixture.h"

typedef struct {
    browser_t *browser;
    char pid[64];       // The token.
    char sid[64];
    char before[4096];  // The frames that came before the answer to CONNECT, one a line.
    char answer[256];   // The answer to CONNECT.
} person_t;

// Opens a WebSocket and joins with `auth` (JSON, or ""); waits for nothing.
void
person_knock (person_t *person, const char *auth);

// Waits for the answer to CONNECT, and keeps it and what came before it.
void
person_enter (person_t *person);

// Somebody new: knocks, enters, and takes its token and its first `state`.
void
person_arrive (person_t *person);

// The same, and is then matched with `partner` in `chat`.
void
person_arrive_matched (person_t *person, ident_t *user, ident_t *partner, ident_t *chat);

// Knocks with its token and an offset.
void
person_return (person_t *person, const char *offset);

// Knocks and enters.
void
person_come_back (person_t *person, const char *offset);

// Somebody who has a token from another gateway and comes with an offset. Returns its user's id.
ident_t
person_come_over (person_t *person, const char *offset);

// Says good-bye and closes: nobody waits for it.
void
person_leave (person_t *person);

// Checks that the answer to CONNECT has the token that the person came with, or another one.
void
person_is_known (const person_t *person, bool known);

// The next `state` event, whole.
const char *
person_state (person_t *person);

#endif
