// block.h -- a user never wants to meet somebody again. Pure; part of the user's table.
//
// The matchers of every pool are told, one pool after the other, each until it has noted it. Until
// then the user's searches wait.

#ifndef BLOCK_H
#define BLOCK_H

#include "gateway/user.h"

// For the table; `what` is the request_t.

// The partner, whose chat ends by it.
void
block_partner (void *user, const void *what);

// The partner of the last chat.
void
block_last (void *user, const void *what);

// The last one is not noted yet.
void
block_refuse (void *user, const void *what);

// For the table; `what` is the wire_t, a BLOCKED.
void
block_noted (void *user, const void *what);

// The connection that wants an answer is gone.
void
block_expect_no_ack (user_t *user);

// Forgets what is not noted yet.
void
block_drop (user_t *user);

#endif
