// speech.h -- what a gateway says to browsers, as JSON. Pure; part of the user.

#ifndef SPEECH_H
#define SPEECH_H

#include "gateway/user.h"

// The user's state, after it has connected, and how many people are here, if that is known.
void
say_state (user_t *user, user_state_t state);

// The user stands in line: for how long, and how many search now.
void
say_waiting (user_t *user);

// Nobody was found in time; the search is over.
void
say_search_timeout (user_t *user);

// How many people are here, at all gateways.
void
say_online (user_t *user);

// The chat that the user is in has begun; with the interests that the two share, as in MATCHED, and
// the chat that it takes up again, or nobody.
void
say_matched (user_t *user, const word_t *shared, const ident_t *undoes);

// A message from the partner.
void
say_message (user_t *user, const wire_message_t *message);

// The partner types, or no longer does.
void
say_typing (user_t *user, bool on);

// The partner's connection is lost.
void
say_partner_away (user_t *user);

// The partner is there again.
void
say_partner_back (user_t *user);

// A chat that the user was in is over, and why. NULL: the one that its browser believes to be in.
void
say_partner_left (user_t *user, const ident_t *chat, reason_t reason);

// A refusal: an `error` event, and the answer if the browser wants one. `retry_after_ms` 0: at
// once, or never.
void
say_refusal (user_t *user, uint64_t ack, refusal_t refusal, uint64_t retry_after_ms);

// The answer to a request that changed the state: {"status": ...}.
void
say_status (user_t *user, uint64_t ack, const char *status);

// The answer to a message that has been delivered.
void
say_delivered (user_t *user, const sending_t *sending);

// A refusal that is not counted among the events: to a connection whose user has gone on elsewhere,
// or that does not wait for the answer to its CONNECT. Nobody misses it.
void
say_aside (user_t *user, uint64_t ack, refusal_t refusal, uint64_t retry_after_ms);

// The answer to a message that will not be delivered.
void
say_not_delivered (user_t *user, const sending_t *sending);

#endif
