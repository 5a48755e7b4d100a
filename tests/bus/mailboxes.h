// mailboxes.h -- a relay's mailbox and a gateway's, in one process; a bare socket may take the place of one.

#ifndef MAILBOXES_H
#define MAILBOXES_H

#include <czmq.h>

#include "actor/mailbox.h"

#define TOLD_MOST 64

// What a household was told could not be sent.
typedef struct {
    size_t count;
    uint64_t numbers[TOLD_MOST]; // Of MESSAGEs, as they were told of.
    role_t role;                 // Of the last: whom it was for.
    ident_t to;
} told_t;

typedef struct {
    household_t here;  // A relay's, which listens.
    household_t there; // A gateway's, which dials.
    mailbox_t *listener;
    mailbox_t *dialler;
    zsock_t *raw;      // Takes the place of one of the two.
    char endpoint[64];
    told_t told;
} fixture_t;

extern fixture_t fixture;

// For each test. The mailboxes are opened by the tests themselves.
int
set_up (void **state);

int
tear_down (void **state);

// Of a process of that role, with a new instance and a codec that is the caller's.
household_t
household_of (role_t role);

// Opens the relay's mailbox.
void
listen_here (void);

// A turn of a mailbox that expects no letter.
void
turn (mailbox_t *mailbox);

// A MESSAGE of that number, with a text of so many bytes.
wire_t
message (uint64_t number, size_t text_bytes);

// Sends it. `to`: a gateway; NULL: to the one whom the mailbox has dialled.
bool
say (mailbox_t *mailbox, const ident_t *to, uint64_t number, size_t text_bytes);

#endif
