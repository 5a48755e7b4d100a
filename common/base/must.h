// must.h -- our own promises: checked always, never compiled out.
//
// must() is for what only our own code can break (a NULL where we said never, a state outside its
// enum, memory that ran out). What a peer or a browser sends is answered with a refusal instead.

#ifndef MUST_H
#define MUST_H

#include <stddef.h>

#define must(promise) ((promise) ? (void) 0 : must_fail (#promise, __FILE__, __LINE__))

// Says which promise broke, where, and aborts.
_Noreturn void
must_fail (const char *promise, const char *file, int line);

// `bytes` zeroed bytes; never NULL. Free with free().
void *
must_alloc (size_t bytes);

// Resizes `block` (which may be NULL) to `bytes` bytes; never NULL. What is new is not zeroed.
void *
must_resize (void *block, size_t bytes);

// A copy of the first `bytes` bytes of `text`, terminated; never NULL. Free with free().
char *
must_copy (const char *text, size_t bytes);

#endif
