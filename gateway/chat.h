// chat.h -- what a user does while it is in a chat. Pure; part of the user's table.

#ifndef CHAT_H
#define CHAT_H

#include "gateway/user.h"

// Begins the chat that a MATCHED tells of, and shows the partner's gateway that the user is there.
void
chat_begin (user_t *user, const wire_matched_t *matched);

// Ends it: whoever waits for a delivery learns that there will be none. What a matcher needs to
// know of the chat goes into user->farewell.
void
chat_end (user_t *user, reason_t reason);

// Tells the partner's gateway that the user leaves.
void
chat_tell_gone (user_t *user, reason_t reason);

// Tells the partner's gateway that the user is away.
void
chat_tell_away (user_t *user);

// Tells the partner's gateway that the user is back.
void
chat_tell_back (user_t *user);

// Sends again what is not confirmed.
void
chat_send_again (user_t *user);

// A browser's message, which has been checked. Sends it, or refuses it.
void
chat_write (user_t *user, const request_t *request);

// A browser's typing notice.
void
chat_type (user_t *user, bool on);

// A partner's message: shows it if it is the next, and confirms. While the user is away nothing is
// taken: the partner's gateway will send it again.
void
chat_hear (user_t *user, const wire_message_t *message);

// A partner's receipt: answers the writer's browser for each message that it covers.
void
chat_receipt (user_t *user, const wire_receipt_t *receipt);

// A relay could not reach the partner's gateway. True once that has lasted too long.
bool
chat_is_lost (user_t *user);

#endif
