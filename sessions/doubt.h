// doubt.h -- chats that have long been open on record: the statement that finds them, and what it
// gives read into DOUBTs. Pure.
//
// They are found a page at a time, the oldest first, each page behind the one before; after the last
// page it begins with the first again.

#ifndef DOUBT_H
#define DOUBT_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/wire.h"

#define DOUBT_NAME "find_open" // As doubt_prepare names it.
#define DOUBT_VALUES 3         // Its parameters: behind whom, since when, how old.
#define DOUBT_PAGE 64          // Chats that it gives at most.

// The SQL that prepares the statement, once a connection.
extern const char doubt_prepare[];

// Where a walk through the open chats is, as the statement's parameters.
typedef struct {
    char started_ms[24];          // Of the last chat, in decimal; 0: at the beginning.
    char chat[IDENT_TEXT_SIZE];   // The last chat; empty: at the beginning.
    char age_ms[24];              // How old a chat must be, in decimal.
    const char *values[DOUBT_VALUES]; // Point into what is here.
} doubt_walk_t;

// Begins a walk.
void
doubt_begin (doubt_walk_t *walk, uint64_t age_ms);

// Reads the next chat of a page into a DOUBT and moves the walk behind it; lines that are none are
// passed over. *page is what is left of it. False when there is none.
bool
doubt_read (doubt_walk_t *walk, const char **page, wire_t *doubt);

#endif
