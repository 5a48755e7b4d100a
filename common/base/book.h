// book.h -- who is where: items by ident.
//
// A hash table with open addressing. It holds pointers and owns none of them. It grows by doubling
// and does not shrink; whoever fills it says what bounds it.

#ifndef BOOK_H
#define BOOK_H

#include <stddef.h>

#include "base/ident.h"

typedef struct book book_t;

// A new, empty book. Never NULL.
book_t *
book_new (void);

// Frees the book, not the items.
void
book_destroy (book_t **book);

// The item under `key`, or NULL.
void *
book_find (const book_t *book, const ident_t *key);

// Puts `item` (not NULL) under `key`, which must not be taken.
void
book_put (book_t *book, const ident_t *key, void *item);

// Removes and returns the item under `key`, or NULL.
void *
book_take (book_t *book, const ident_t *key);

// How many items it has.
size_t
book_count (const book_t *book);

// Walks the book: start with *place = 0, ends with NULL. After a change begin again.
void *
book_next (const book_t *book, size_t *place);

#endif
