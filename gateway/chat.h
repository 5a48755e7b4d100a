// chat.h -- what a user does while it is in a chat. Pure; part of the user's table.

#ifndef CHAT_H
#define CHAT_H

#include "gateway/user.h"

// Begins the chat that a MATCHED tells of, and shows the partner's gateway that the user is there.
void
chat_begin (user_t *user, const wire_matched_t *matched);

// Goes on with the chat that a RESUMED tells of. `had_read`: the browser's offset is about it. The
// partner's gateway is told, again and again until it answers; nothing is sent before.
void
chat_resume (user_t *user, const wire_resumed_t *resumed, bool had_read);

// The partner is at another gateway: the two agree from where to go on.
void
chat_partner_moved (user_t *user, const wire_moved_t *moved);

// The partner's gateway has answered: go on from there, once all is here that it gives back.
void
chat_partner_stands (user_t *user, const wire_stands_t *stands);

// One of the user's own messages, given back by the partner's gateway.
void
chat_given_back (user_t *user, const wire_message_t *message);

// True if all that the partner's gateway had for the user has arrived.
bool
chat_has_caught_up (const user_t *user);

// Ends it: whoever waits for a delivery learns that there will be none. What a matcher needs to
// know of the chat goes into user->farewell.
void
chat_end (user_t *user, reason_t reason);

// Sends again what is not confirmed.
void
chat_send_again (user_t *user);

// A relay has come or gone: what is on its way may be lost, and goes again, by whichever is best now.
void
chat_relay_changed (user_t *user);

// A browser's message, which has been checked. Sends it, or refuses it.
void
chat_write (user_t *user, const request_t *request);

// A partner's message: shows it if it is the next, and confirms. Nothing is taken while the user is
// away, or has moved here and the two have not agreed yet: the partner's gateway will send it again.
void
chat_hear (user_t *user, const wire_message_t *message);

// A partner's receipt: answers the writer's browser for each message that it covers.
void
chat_receipt (user_t *user, const wire_receipt_t *receipt);

// All that the browser was sent so far is out: what of it was the partner's is confirmed.
void
chat_written (user_t *user);

// The browser is being pinged.
void
chat_pinged (user_t *user);

// It has answered the ping, and so has read what it was sent before.
void
chat_answered (user_t *user);

// The partner is away: its gateway says so, or a matcher does because that gateway is silent. True
// if that has lasted so long that a matcher is to be asked whether the chat stands.
bool
chat_partner_away (user_t *user, bool said_by_matcher);

// The partner is there again: its gateway says so, or a matcher does because that gateway is not
// silent any more.
void
chat_partner_back (user_t *user, bool said_by_matcher);

// The partner's gateway is not reached. True as for chat_partner_away.
bool
chat_unreached (user_t *user);

// True once the partner's gateway has not been reached for too long.
bool
chat_is_lost (const user_t *user);

#endif
