// errand.h -- what a user has asked of matchers and has not been answered: SEARCH, LEAVE, RESUME or
// HOLD, one at a time. Pure; part of the user's table.

#ifndef ERRAND_H
#define ERRAND_H

#include "gateway/user.h"

// Asks something new, in place of whatever is unanswered.
void
errand_begin (user_t *user, wire_kind_t kind);

// Asks what is unanswered again, now, beginning with the matcher that is best.
void
errand_ask (user_t *user);

// It is answered.
void
errand_end (user_t *user);

// The alarm of a user: it has not been answered, or is to be said again.
void
errand_repeat (void *user, uint64_t now_ms);

// The user's search has gone on for so long, as a matcher knows.
void
errand_has_waited (user_t *user, uint64_t waited_ms);

// The browser learns, once, that nobody can be found right now, if that is what is asked for.
void
errand_tell_no_matcher (user_t *user);

#endif
