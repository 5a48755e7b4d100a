// book.c -- a hash table by ident: linear probing, removal by shifting back.

#include "base/book.h"

#include <stdlib.h>

#include "base/must.h"

#define FIRST_CAPACITY 16

typedef struct {
    ident_t key; // Undefined where item is NULL.
    void *item;  // NULL: the slot is free.
} slot_t;

struct book {
    slot_t *slots;   // `capacity` of them. Owned.
    size_t capacity; // A power of two; at most two thirds are in use.
    size_t count;    // Slots in use.
    uint64_t seed;   // Random, so that nobody outside can choose keys that collide.
};

book_t *
book_new (void)
{
    book_t *book = must_alloc (sizeof *book);
    book->capacity = FIRST_CAPACITY;
    book->slots = must_alloc (book->capacity * sizeof *book->slots);
    ident_t random = ident_random ();
    book->seed = ident_hash (&random, 0);
    return book;
}

void
book_destroy (book_t **book)
{
    if (*book != NULL) {
        free ((*book)->slots);
        free (*book);
        *book = NULL;
    }
}

static size_t
home_of (const book_t *book, const ident_t *key)
{
    return (size_t) ident_hash (key, book->seed) & (book->capacity - 1);
}

// The slot that holds `key`, or the free slot where it would go.
static size_t
slot_of (const book_t *book, const ident_t *key)
{
    size_t at = home_of (book, key);
    while (book->slots[at].item != NULL && !ident_equal (&book->slots[at].key, key)) {
        at = (at + 1) & (book->capacity - 1);
    }
    return at;
}

void *
book_find (const book_t *book, const ident_t *key)
{
    return book->slots[slot_of (book, key)].item;
}

static void
grow (book_t *book)
{
    slot_t *old = book->slots;
    size_t old_capacity = book->capacity;
    book->capacity *= 2;
    book->slots = must_alloc (book->capacity * sizeof *book->slots);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].item != NULL) {
            book->slots[slot_of (book, &old[i].key)] = old[i];
        }
    }
    free (old);
}

void
book_put (book_t *book, const ident_t *key, void *item)
{
    must (item != NULL);
    if (3 * (book->count + 1) > 2 * book->capacity) {
        grow (book);
    }
    size_t at = slot_of (book, key);
    must (book->slots[at].item == NULL);
    book->slots[at] = (slot_t){*key, item};
    book->count++;
}

void *
book_take (book_t *book, const ident_t *key)
{
    size_t at = slot_of (book, key);
    void *item = book->slots[at].item;
    if (item == NULL) {
        return NULL;
    }
    // Shift back what would no longer be found across the gap (Knuth, volume 3, 6.4, algorithm R).
    size_t mask = book->capacity - 1;
    size_t gap = at;
    for (size_t next = (gap + 1) & mask; book->slots[next].item != NULL; next = (next + 1) & mask) {
        size_t home = home_of (book, &book->slots[next].key);
        if (((next - home) & mask) >= ((next - gap) & mask)) {
            book->slots[gap] = book->slots[next];
            gap = next;
        }
    }
    book->slots[gap].item = NULL;
    book->count--;
    return item;
}

size_t
book_count (const book_t *book)
{
    return book->count;
}

void *
book_next (const book_t *book, size_t *place)
{
    while (*place < book->capacity) {
        void *item = book->slots[(*place)++].item;
        if (item != NULL) {
            return item;
        }
    }
    return NULL;
}
