// comeback.h -- a user comes back, or comes from another gateway. Pure; part of the user's table.
//
// CONNECT is held until it is known what the user was doing and what its browser has missed.

#ifndef COMEBACK_H
#define COMEBACK_H

#include "gateway/user.h"

// The browser gets the answer to its CONNECT, if that was held.
void
comeback_let_in (user_t *user);

// The same, and it hears that the user is in `state`; nothing if it has left again meanwhile.
void
comeback_begin (user_t *user, user_state_t state);

// For the table: while a matcher is asked, the browser has gone; it may be at another gateway by now,
// from where it must not be taken back.
void
comeback_pause (void *user, const void *what);

// The browser is there again, and a matcher is asked on.
void
comeback_ask (void *user, const void *what);

// For the table; `what` is the wire_t, a RESUMED.

// The pool that was asked does not know it; the next is asked.
void
comeback_ask_next (void *user, const void *what);

// Nobody knows it any more: it has come too late and is somebody new.
void
comeback_as_stranger (void *user, const void *what);

// It was doing nothing.
void
comeback_to_idle (void *user, const void *what);

// Its partner has ended the chat meanwhile.
void
comeback_to_end (void *user, const void *what);

// It was searching, and keeps its place.
void
comeback_to_line (void *user, const void *what);

// It was chatting, but its browser knows that that chat is over.
void
comeback_from_chat (void *user, const void *what);

// It was chatting, and goes on: CONNECT is held until the partner's gateway has sent what was missed.
void
comeback_to_chat (void *user, const void *what);

#endif
