// seek.h -- a user looks for a partner: searches, waits, is matched, wants one back. Pure; part of
// the user's table.

#ifndef SEEK_H
#define SEEK_H

#include "gateway/user.h"

// For the table; `what` is the request_t.

// A search, which says what it wishes.
void
seek_begin (void *user, const void *what);

// A skip: the search that follows wishes what the last one did, unless it says otherwise.
void
seek_next (void *user, const void *what);

// A skip while a search goes on: as a search, if it wishes something.
void
seek_on_skip (void *user, const void *what);

// A search while one goes on: it may wish something else now, and keeps its place.
void
seek_on (void *user, const void *what);

// The search ends, by the browser's wish.
void
seek_stop (void *user, const void *what);

// The partner who was just skipped is wanted back.
void
seek_undo (void *user, const void *what);

// For the table; `what` is the wire_t.

// The user stands in line.
void
seek_wait (void *user, const void *what);

// There is a partner.
void
seek_found (void *user, const void *what);

// The partner of the last chat is there again.
void
seek_reunited (void *user, const void *what);

// The partner is somebody whom the user has blocked meanwhile: that chat is left, and the search, if it
// goes on, goes on.
void
seek_decline (void *user, const void *what);

// The pool that was searched is left, and the search goes on in the next; or the user is away.
void
seek_left (void *user, const void *what);

// For the table; nobody was found in time.
void
seek_expire (void *user, const void *what);

// Why the line was left, for a while or for another pool, is not why it may be left next.
void
seek_forgive (user_t *user);

// An undo that is asked for comes to nothing.
void
seek_refuse_undo (user_t *user);

// Whether a searching user may yet learn of a chat that somebody takes it to be in. If that goes on for
// some seconds a matcher is asked; if the user then waits, it is not in that chat.
bool
seek_may_learn_of (user_t *user, const ident_t *chat);

// True once the search has gone on for SEARCH_LIMIT_MS.
bool
seek_is_over (const user_t *user);

#endif
