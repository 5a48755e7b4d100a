// hand.h -- the entries of the outbox that one matcher has in hand. Pure.
//
// An entry is put in when it is fetched or claimed, is due to be sent again and again until it is
// confirmed, and leaves when Redis has struck it. At most HAND_MOST are fetched; the hand itself
// takes whatever it is given.

#ifndef HAND_H
#define HAND_H

#include <stdbool.h>

#include "matcher/redis_door.h"
#include "wire/wire.h"

#define HAND_MOST 1024
#define ENTRY_SIZE 42 // Two decimal numbers of 64 bits with a dash between, terminated.

typedef struct hand hand_t;

// One entry. Owned by the hand.
typedef struct item {
    ident_t key;            // The entry's two numbers.
    char entry[ENTRY_SIZE]; // Its name in the stream.
    wire_t record;          // The RECORD; its word points to `entry`.
    unsigned attempts;      // How many times it was sent.
    uint64_t due_ms;        // When it is to be sent next.
    bool confirmed;         // A recorder has it; it is to be struck.
    struct item *next;      // Among the confirmed.
} item_t;

typedef enum { HAND_NEW, HAND_KNOWN, HAND_NO_RECORD } hand_verdict_t;

// A new, empty hand. Never NULL.
hand_t *
hand_new (void);

void
hand_destroy (hand_t **hand);

// How many more may be fetched.
size_t
hand_room (const hand_t *hand);

// Puts an entry {entry, {field, value, ...}} in. *item is the item of what is new; `name` gets the
// name of what is no record, empty if it has none.
hand_verdict_t
hand_put (hand_t *hand, const reply_t *entry, item_t **item, char name[ENTRY_SIZE]);

// The next item that is not confirmed and is due; start with *place = 0, ends with NULL.
item_t *
hand_next_due (const hand_t *hand, uint64_t now_ms, size_t *place);

// Makes an entry due now, if it is here and not confirmed.
void
hand_hasten (hand_t *hand, const word_t *entry);

// Marks an entry as confirmed. False if it is not here, or was confirmed before.
bool
hand_confirm (hand_t *hand, const word_t *entry);

// Takes up to `most` confirmed items out of the line. Returns how many.
size_t
hand_take_confirmed (hand_t *hand, item_t *items[], size_t most);

// Puts a confirmed item back into the line.
void
hand_put_back (hand_t *hand, item_t *item);

// Frees an item that was taken.
void
hand_forget (hand_t *hand, item_t *item);

#endif
