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

// It is answered for now, and asked again after so long.
void
errand_ask_again_in (user_t *user, uint64_t wait_ms);

// A matcher was too busy: another one is asked soon.
void
errand_ask_soon (user_t *user);

// It is answered.
void
errand_end (user_t *user);

// The browser is answered with that status once a matcher has heard what is asked now, so that what it
// was told holds wherever it goes on; or after a while of silence. An earlier answer is given at once.
void
errand_owe (user_t *user, uint64_t ack, const char *status);

// The same, if the user is leaving; else at once.
void
errand_answer (user_t *user, uint64_t ack, const char *status);

// A matcher has heard it.
void
errand_pay (user_t *user);

// The alarm of a user: it has not been answered, or is to be said again.
void
errand_repeat (void *user, uint64_t now_ms);

// The user's search has gone on for so long, as a matcher knows.
void
errand_has_waited (user_t *user, uint64_t waited_ms);

#endif
