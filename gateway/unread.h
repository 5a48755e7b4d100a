// unread.h -- what the partner has written and the user's browser is not known to have read. Pure.
//
// It is read out of what is kept for the browser's return: nobody else needs it, but for a partner who
// has moved and whose new gateway is to have it again.

#ifndef UNREAD_H
#define UNREAD_H

#include "gateway/user.h"

// Calls `give` for each such message of the chat that the user is in, from the oldest on, without a gap in
// the numbers, LINK_KEPT at most. What has no text only fills a gap: its text came under another number.
// The words last until `give` returns; ids other than the chat's are not set. Returns how many there were.
uint64_t
unread_give (user_t *user, void (*give) (user_t *user, const wire_message_t *message));

#endif
