// tell.h -- what a user's gateway tells the partner's, by a relay: all of a chat that is not for the browser
// (speech.h). Pure; part of the user.

#ifndef TELL_H
#define TELL_H

#include "gateway/user.h"

// Up to which message all are out to the user's browser, and up to which it has read them.
void
tell_receipt (user_t *user);

// A message of the user, for the first time or again. False if there is no relay right now.
bool
tell_message (user_t *user, const sending_t *sending);

// The user types, or no longer does.
void
tell_typing (user_t *user, bool on);

// The user leaves.
void
tell_gone (user_t *user, reason_t reason);

// The user is away.
void
tell_away (user_t *user);

// The user is back.
void
tell_back (user_t *user);

// The user has moved here: the partner's gateway hears so until it answers.
void
tell_moved (user_t *user);

// The answer to a partner's MOVED, whose browser has read up to `number`. What the user's browser may not
// have read goes back before it.
void
tell_stands (user_t *user, uint64_t number);

#endif
