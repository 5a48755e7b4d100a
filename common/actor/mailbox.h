// mailbox.h -- one ZeroMQ socket: a ROUTER that listens, or a DEALER to one remote replica.
//
// Every link begins with HELLO and repeats it as a sign of life, in both directions. A dialler's
// routing id is one letter for its role and its 16 instance bytes, so a listener's address for a
// process is that process's instance, and nobody can speak for another. Whatever cannot be read
// is answered with REFUSED, counted, and goes no further. A HELLO names the version that is spoken; of two
// processes the newer one speaks as the older, so that they can be renewed one after the other.
//
// With keys every link is encrypted (CURVE), a listener takes only what comes under a key that is
// listed for the role which the sender's HELLO claims, and who dials speaks only to who has a key that
// is listed for the role it dials. When the lists change, those whose key has gone are left.
//
// What is said to one peer in a turn of the loop goes as one ZeroMQ message, in the order in which it was
// said, when mailbox_flush is called, which the loop does before it sleeps; or sooner, when it is some
// thousand bytes. Whether ZeroMQ takes it is known only then: `unsent` tells of each wire message that
// it does not take.
//
// Delivery is at most once (a message on a link that breaks is lost): whoever needs more repeats.
// Queues are bounded by ZeroMQ's high-water mark.

#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "actor/keyring.h"
#include "wire/codec.h"
#include "wire/wire.h"

typedef struct mailbox mailbox_t;

// What arrived, and from whom. Everything in it lasts until the next mailbox_receive.
typedef struct {
    wire_t wire;
    const char *data; // The same, as it came: this one of its bundle.
    size_t bytes;
    role_t role;      // The sender's, as its HELLO said.
    ident_t from;     // The sender's instance.
    mailbox_t *via;   // Where it arrived.
} letter_t;

// What all mailboxes of a process share. Whoever makes it owns it and outlives the mailboxes.
typedef struct {
    role_t role;                 // Of this process.
    ident_t instance;            // Of this process, made at its start.
    codec_t *codec;              // For all that is sent. Owned by whoever fills this in.
    const keyring_t *keyring;    // For all links; NULL: they are not encrypted. Not owned.
    uint64_t received;           // Wire messages taken.
    uint64_t sent;               // Wire messages handed to ZeroMQ.
    uint64_t unsendable;         // Wire messages that could not be: peer gone or too slow.
    uint64_t refused[REFUSAL_NUMBERS]; // Wire messages that were refused here, by reason.
    uint64_t refused_there;      // Wire messages of ours that a peer refused.
    void *self;                  // For what follows.
    // A peer said hello (present) or fell silent, left or began anew (not present). May be NULL.
    void (*peer_changed) (void *self, role_t role, const ident_t *instance, bool present);
    // What mailbox_send or mailbox_forward took for that peer could not be sent after all. Called by
    // mailbox_flush alone; `wire` lasts until it returns, and it may send. May be NULL.
    void (*unsent) (void *self, role_t role, const ident_t *to, const wire_t *wire);
} household_t;

// Readies ZeroMQ for this process and leaves its signals alone. Once, before anything else here.
void
mailbox_start (void);

// Ends ZeroMQ's own thread, once all mailboxes are destroyed.
void
mailbox_end (void);

// Listens at `endpoint`, a literal address such as tcp://127.0.0.1:5701. NULL, with errno set, if
// it cannot be bound.
mailbox_t *
mailbox_listen (household_t *household, const char *endpoint);

// Dials one replica, of the given role, at a literal address. ZeroMQ connects again and again.
mailbox_t *
mailbox_dial (household_t *household, const char *endpoint, role_t role);

// What waits is still sent, for as long as ZeroMQ lingers.
void
mailbox_destroy (mailbox_t **mailbox);

// Takes the next letter for the application; false when there is none. `now_ms` is monotonic.
bool
mailbox_receive (mailbox_t *mailbox, letter_t *letter, uint64_t now_ms);

// Sends to a peer of a listener, by its instance, or with `to` NULL to the replica that a dialler
// has dialled, at the end of the turn. False if it is known now that it is not there, has not said hello,
// or has no room; `unsent` if that is found then.
bool
mailbox_send (mailbox_t *mailbox, const ident_t *to, role_t role, const wire_t *wire);

// Sends bytes that were received, unchanged, to a peer of a listener.
bool
mailbox_forward (mailbox_t *mailbox, const ident_t *to, role_t role, const letter_t *letter);

// Answers a letter with a REFUSED that names its kind and `user` (may be NULL).
void
mailbox_refuse (const letter_t *letter, refusal_t reason, const ident_t *user);

// The end of a turn: sends what waits, and tells of what could not be sent. If there is something to send
// again after it, mailbox_pending is true.
void
mailbox_flush (mailbox_t *mailbox);

// Says hello where it is due and notices who fell silent. Call it about ten times a second.
void
mailbox_tick (mailbox_t *mailbox, uint64_t now_ms);

// A dialler: the replica has answered our hello and is not silent.
bool
mailbox_is_ready (const mailbox_t *mailbox);

// A listener: how many peers of that role, or of any for ROLE_NONE, have said hello and are not
// silent.
size_t
mailbox_peers (const mailbox_t *mailbox, role_t role);

// For the loop: the descriptor.
int
mailbox_fd (const mailbox_t *mailbox);

// For the loop: whether there is something to send, or input that the descriptor may not tell of any more.
// Takes a mailbox_t.
bool
mailbox_pending (void *mailbox);

#endif
