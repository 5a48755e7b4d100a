// links.h -- links in tests: messages that are called "text 1", "text 2" and so on, all named "id".

#ifndef LINKS_H
#define LINKS_H

#include "gateway/link.h"

#define WORD_OF(text) ((word_t){text, sizeof text - 1})

// Takes "text n", at 1000 + n, to be answered as n. NULL if it is refused.
const sending_t *
links_take (link_t *link, uint64_t n);

// The message of that number arrives, with that text.
link_verdict_t
links_arrive (link_t *link, uint64_t number, const char *text);

// Takes so many more.
void
links_take_many (link_t *link, uint64_t count);

// A receipt says that all up to `number` have arrived.
void
links_confirm_to (link_t *link, uint64_t number);

// A link from which `count` messages were sent and have arrived, and were read up to `read`.
link_t *
links_after (uint64_t count, uint64_t read);

// So many more arrive, each the next and new.
void
links_hear_many (link_t *link, uint64_t count);

// The partner's end has heard all that `partner` has. Returns what link_heard_there does.
size_t
links_tell_heard (link_t *link, const link_t *partner);

// What is on its way is numbered from `first` to `last`.
void
links_expect_sending (const link_t *link, uint64_t first, uint64_t last);

#endif
