// mailbox_inside.h -- a mailbox from the inside: for mailbox.c and mailbox_out.c alone.

#ifndef MAILBOX_INSIDE_H
#define MAILBOX_INSIDE_H

#include <czmq.h>

#include "actor/bundle.h"
#include "actor/mailbox.h"
#include "base/book.h"

#define ROUTING_ID_BYTES (1 + IDENT_BYTES)
#define ENDPOINT_BYTES 80

typedef struct {
    ident_t instance;
    role_t role;
    uint64_t version;        // That it speaks.
    uint64_t heard_ms;       // When it last said anything.
    bundle_t *bundle;        // What waits for it; NULL: nothing. The mailbox's.
    char key[KEY_BYTES + 1]; // With keys: under which it said hello.
} peer_t;

typedef enum { LISTENING, DIALLING, GREETED } mailbox_state_t;

// Who sent a frame to a listener.
typedef struct {
    char bytes[256];
    size_t size; // 0: the replica that a dialler has dialled.
} sender_t;

struct mailbox {
    mailbox_state_t state;
    household_t *household; // Not owned.
    zsock_t *sock;          // Owned.
    void *socket;           // The same, for zmq_ functions. Not owned.
    bool used;              // Since ZeroMQ said that there was no input: the edge may have been eaten.
    zmq_msg_t frame;        // The last frame that was received, which a letter points into.
    const char *at;         // The next wire message in it.
    size_t left;            // Bytes from there to its end.
    sender_t from;          // LISTENING: who sent it.
    bundles_t bundles;      // What is to be sent.
    bundle_t *bundle;       // DIALLING, GREETED: what waits for the replica; NULL: nothing.
    book_t *peers;          // LISTENING: peer_t by instance, at most PEERS_MOST. Owned, as they are.
    uint64_t tick_ms;       // LISTENING: when it was ticked last.
    role_t role;            // DIALLING, GREETED: the role that is dialled.
    ident_t instance;       // GREETED: who answered.
    uint64_t version;       // DIALLING: which HELLO says; GREETED: which is spoken.
    uint64_t heard_ms;      // GREETED: when it last said anything.
    uint64_t hello_at_ms;   // DIALLING, GREETED: when the next HELLO is due.
    char endpoint[ENDPOINT_BYTES]; // DIALLING, GREETED: what is dialled.
    char key[KEY_BYTES + 1]; // With keys, DIALLING, GREETED: whom it is dialled with. "": nobody.
    unsigned key_turn;      // How often another key was taken.
    uint64_t dial_at_ms;    // With keys, DIALLING: when to dial anew; 0: that is not known yet.
    unsigned readings;      // Of the keyring, when it was looked at last.
};

// mailbox.c: the replica that was dialled is not there any more: say hello anew before anything else is
// sent.
void
mailbox_miss_replica (mailbox_t *mailbox);

// mailbox.c: the peer of a listener with that address, whatever its key; NULL if none has said hello.
peer_t *
mailbox_peer_at (const mailbox_t *mailbox, const sender_t *address);

// mailbox_out.c: a process's address on a listener.
sender_t
mailbox_address (role_t role, const ident_t *instance);

// mailbox_out.c: says something to who sent a frame, or to the replica that is dialled, whether or not it
// has said hello.
void
mailbox_answer (mailbox_t *mailbox, const sender_t *to, const wire_t *wire);

// mailbox_out.c: sends at once what waits for a peer of a listener.
void
mailbox_part (mailbox_t *mailbox, const peer_t *peer);

// mailbox_out.c: sends what waits, and tells nobody what could not be sent.
void
mailbox_close (mailbox_t *mailbox);

#endif
