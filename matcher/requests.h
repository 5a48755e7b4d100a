// requests.h -- the requests of gateways, from their coming to their answer.
//
// LEASE, SEARCH, LEAVE, RESUME, HOLD and BLOCK: each is handed to the script of its name, whose
// answer says whom to tell what. What Redis cannot take now is refused, but for a LEASE: the next
// one makes good for it.

#ifndef REQUESTS_H
#define REQUESTS_H

#include "actor/mailbox.h"
#include "matcher/scripts.h"

typedef struct requests requests_t;

// Does what a script's answer asks for; `reply` NULL: it is lost. Returns the verdict, "" if there
// is none, good until the next call.
typedef const char *(heed_t) (void *self, const reply_t *reply);

// Since the start.
typedef struct {
    uint64_t searches; // SEARCHes that were answered.
    uint64_t matches;  // Chats that were made.
    uint64_t undone;   // Chats among them that took up one that was just skipped.
    uint64_t leaves;   // LEAVEs that were answered.
    uint64_t resumes;  // RESUMEs that were answered.
    uint64_t holds;    // HOLDs that were answered.
    uint64_t blocks;   // BLOCKs that were answered.
    uint64_t stale;    // Requests that were older than one that was answered.
} requests_counts_t;

// Borrows the scripts. `pool` is put into the ids of chats, `self` is handed to `heed`. Never NULL.
requests_t *
requests_new (scripts_t *scripts, unsigned pool, heed_t *heed, void *self);

// Frees the requests. Destroy the connection_t first, so that no answer is to come.
void
requests_destroy (requests_t **requests);

// Takes a request of a gateway.
void
requests_take (requests_t *requests, const letter_t *letter);

// Refuses all that come from now on, but for LEASEs.
void
requests_stop (requests_t *requests);

// What has been counted since the start. Lives as long as the requests.
const requests_counts_t *
requests_counts (const requests_t *requests);

#endif
