// company.h -- users of one gateway who meet at a steady rate: they search, are matched, chat for a
// moment, and one of the two leaves; by way of real matchers, and again whatever is not answered.
//
// What each chat's row must say is known from what the two were told, and is compared with the rows.

#ifndef COMPANY_H
#define COMPANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sessions/chats.h"

typedef struct company company_t;

// Dials matchers on 127.0.0.1 (GATE_MATCHERS at most), again and again; for `most` chats.
company_t *
company_new (const uint16_t ports[], size_t count, size_t most);

void
company_destroy (company_t **company);

// All matchers are there and know of the gateway.
bool
company_is_ready (const company_t *company);

// From now on so many chats are to have been searched for; never fewer than before.
void
company_begin (company_t *company, size_t chats);

// Sends what is due and hears what is there; waits a moment if that was nothing.
void
company_step (company_t *company);

// Nobody searches, and all chats that were searched for are over.
bool
company_is_home (const company_t *company);

// Chats of which both have been told.
size_t
company_chats (const company_t *company);

// Chats that were to be searched for and are not over.
size_t
company_late (const company_t *company);

// Requests that were sent again.
uint64_t
company_repeats (const company_t *company);

// From SEARCH to MATCHED, of those who were matched at once, since the last company_count: in
// microseconds, in no order; the latest of them.
uint32_t *
company_waits (company_t *company, size_t *count);

void
company_count (company_t *company);

// All rows, as CHATS_ROWS gives them. Fails the test unless these are the chats of the company, each
// one once, and every column is right.
void
company_check (company_t *company, const char *rows);

#endif
