// hand.c -- a book of entries by their numbers, and a line of those that are confirmed.

#include "matcher/hand.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/book.h"
#include "base/must.h"
#include "matcher/telling.h"

struct hand {
    book_t *items;     // item_t by key. Owned, as they are.
    item_t *confirmed; // Those of them that are to be struck; the latest first.
};

hand_t *
hand_new (void)
{
    hand_t *hand = must_alloc (sizeof *hand);
    hand->items = book_new ();
    return hand;
}

void
hand_destroy (hand_t **hand)
{
    if (*hand != NULL) {
        size_t place = 0;
        item_t *item;
        while ((item = book_next ((*hand)->items, &place)) != NULL) {
            free (item);
        }
        book_destroy (&(*hand)->items);
        free (*hand);
        *hand = NULL;
    }
}

size_t
hand_room (const hand_t *hand)
{
    size_t count = book_count (hand->items);
    return count < HAND_MOST ? HAND_MOST - count : 0;
}

// Reads "number-number" into a key.
static bool
read_key (const char *entry, ident_t *key)
{
    uint64_t numbers[2];
    int end = 0;
    if (sscanf (entry, "%" SCNu64 "-%" SCNu64 "%n", &numbers[0], &numbers[1], &end) != 2
        || entry[end] != '\0') {
        return false;
    }
    memcpy (key->bytes, numbers, sizeof numbers);
    return true;
}

// Copies a word and its terminator; false if it does not fit.
static bool
read_name (const word_t *word, char name[ENTRY_SIZE])
{
    if (word->bytes >= ENTRY_SIZE) {
        return false;
    }
    memcpy (name, word->text, word->bytes);
    name[word->bytes] = '\0';
    return true;
}

hand_verdict_t
hand_put (hand_t *hand, const reply_t *entry, item_t **item, char name[ENTRY_SIZE])
{
    word_t word;
    ident_t key;
    wire_t record;
    name[0] = '\0';
    if (!reply_text (reply_at (entry, 0), &word) || !read_name (&word, name)
        || !read_key (name, &key) || !telling_read_record (entry, &record)) {
        return HAND_NO_RECORD;
    }
    if (book_find (hand->items, &key) != NULL) {
        return HAND_KNOWN;
    }
    *item = must_alloc (sizeof **item);
    (*item)->key = key;
    memcpy ((*item)->entry, name, ENTRY_SIZE);
    (*item)->record = record;
    (*item)->record.as.record.entry.text = (*item)->entry;
    book_put (hand->items, &(*item)->key, *item);
    return HAND_NEW;
}

item_t *
hand_next_due (const hand_t *hand, uint64_t now_ms, size_t *place)
{
    item_t *item;
    do {
        item = book_next (hand->items, place);
    } while (item != NULL && (item->confirmed || now_ms < item->due_ms));
    return item;
}

// The entry of that name; NULL if it is not here, or is confirmed.
static item_t *
find (const hand_t *hand, const word_t *entry)
{
    char name[ENTRY_SIZE];
    ident_t key;
    if (!read_name (entry, name) || !read_key (name, &key)) {
        return NULL;
    }
    item_t *item = book_find (hand->items, &key);
    return item != NULL && !item->confirmed ? item : NULL;
}

void
hand_hasten (hand_t *hand, const word_t *entry)
{
    item_t *item = find (hand, entry);
    if (item != NULL) {
        item->due_ms = 0;
    }
}

bool
hand_confirm (hand_t *hand, const word_t *entry)
{
    item_t *item = find (hand, entry);
    if (item != NULL) {
        hand_put_back (hand, item);
    }
    return item != NULL;
}

size_t
hand_take_confirmed (hand_t *hand, item_t *items[], size_t most)
{
    size_t count = 0;
    for (; count < most && hand->confirmed != NULL; count++) {
        items[count] = hand->confirmed;
        hand->confirmed = hand->confirmed->next;
    }
    return count;
}

void
hand_put_back (hand_t *hand, item_t *item)
{
    item->confirmed = true;
    item->next = hand->confirmed;
    hand->confirmed = item;
}

void
hand_forget (hand_t *hand, item_t *item)
{
    book_take (hand->items, &item->key);
    free (item);
}
