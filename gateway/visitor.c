// visitor.c -- addresses, as digests.

#include "gateway/visitor.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/book.h"
#include "base/must.h"

#define BUDGETS_MOST 8      // Kept for one address: the emptiest.
#define FULL_AGAIN_MS 60000 // After so long every budget is full again.

typedef struct {
    ident_t digest;
    size_t sessions;                // Open ones.
    bucket_t handshakes;
    budget_t budgets[BUDGETS_MOST]; // Of those who have gone.
    size_t budget_count;
    uint64_t seen_ms;               // When somebody came or went last.
} visitor_t;

struct visitors {
    visitor_limits_t limits;
    ident_t key;      // Of the digests.
    book_t *book;     // visitor_t by digest, at most VISITORS_MOST. Owned, as they are.
    uint64_t now_ms;  // As it was told last.
};

visitors_t *
visitors_new (visitor_limits_t limits)
{
    visitors_t *visitors = must_alloc (sizeof *visitors);
    *visitors = (visitors_t){limits, ident_token (), book_new (), 0};
    return visitors;
}

void
visitors_destroy (visitors_t **visitors)
{
    if (*visitors != NULL) {
        size_t place = 0;
        visitor_t *visitor;
        while ((visitor = book_next ((*visitors)->book, &place)) != NULL) {
            free (visitor);
        }
        book_destroy (&(*visitors)->book);
        free (*visitors);
        *visitors = NULL;
    }
}

ident_t
visitors_name (const visitors_t *visitors, const char *address)
{
    unsigned char bytes[16] = {0};
    size_t count = 8; // Of IPv6.
    if (inet_pton (AF_INET, address, bytes) == 1) {
        count = 4;
    }
    else if (inet_pton (AF_INET6, address, bytes) != 1) {
        count = 0;
    }
    else if (IN6_IS_ADDR_V4MAPPED ((struct in6_addr *) bytes)) {
        memmove (bytes, bytes + 12, 4);
        count = 4;
    }
    return ident_digest (&visitors->key, bytes, count);
}

static visitor_t *
find_or_make (visitors_t *visitors, const ident_t *digest)
{
    visitor_t *visitor = book_find (visitors->book, digest);
    if (visitor == NULL && book_count (visitors->book) < VISITORS_MOST) {
        visitor = must_alloc (sizeof *visitor);
        visitor->digest = *digest;
        book_put (visitors->book, digest, visitor);
    }
    return visitor;
}

refusal_t
visitors_admit (visitors_t *visitors, const ident_t *visitor, uint64_t now_ms,
                uint64_t *retry_after_ms)
{
    const visitor_limits_t *limits = &visitors->limits;
    *retry_after_ms = FULL_AGAIN_MS;
    visitors->now_ms = now_ms;
    visitor_t *known = find_or_make (visitors, visitor);
    if (known == NULL) {
        return REFUSAL_TOO_MANY_CONNECTIONS;
    }
    known->seen_ms = now_ms;
    if (limits->sessions_per_address > 0 && known->sessions >= limits->sessions_per_address) {
        return REFUSAL_TOO_MANY_CONNECTIONS;
    }
    bool admitted = bucket_take (&known->handshakes, limits->handshakes_per_minute,
                                 limits->handshakes_per_minute, now_ms, retry_after_ms);
    return admitted ? REFUSAL_NONE : REFUSAL_TOO_MANY_HANDSHAKES;
}

void
visitors_enter (visitors_t *visitors, const ident_t *visitor)
{
    visitor_t *known = find_or_make (visitors, visitor);
    if (known != NULL) {
        known->sessions++;
        known->seen_ms = visitors->now_ms;
    }
}

void
visitors_leave (visitors_t *visitors, const ident_t *visitor)
{
    visitor_t *known = book_find (visitors->book, visitor);
    if (known != NULL && known->sessions > 0) {
        known->sessions--;
        known->seen_ms = visitors->now_ms;
    }
}

// A bucket that was never used is full.
static uint64_t
tokens_of (const bucket_t *bucket)
{
    return bucket->filled_ms != 0 ? bucket->tokens_x60000 : UINT32_MAX;
}

static uint64_t
tokens_in (const budget_t *budget)
{
    return tokens_of (&budget->messages) + tokens_of (&budget->searches);
}

void
visitors_keep_budget (visitors_t *visitors, const ident_t *visitor, const budget_t *budget)
{
    visitor_t *known = find_or_make (visitors, visitor);
    if (known == NULL || (budget->messages.filled_ms == 0 && budget->searches.filled_ms == 0)) {
        return; // Nothing of it has been used.
    }
    known->seen_ms = visitors->now_ms;
    if (known->budget_count < BUDGETS_MOST) {
        known->budgets[known->budget_count++] = *budget;
        return;
    }
    budget_t *fullest = &known->budgets[0];
    for (size_t i = 1; i < BUDGETS_MOST; i++) {
        fullest = tokens_in (&known->budgets[i]) > tokens_in (fullest) ? &known->budgets[i]
                                                                       : fullest;
    }
    if (tokens_in (fullest) > tokens_in (budget)) {
        *fullest = *budget;
    }
}

budget_t
visitors_take_budget (visitors_t *visitors, const ident_t *visitor)
{
    visitor_t *known = book_find (visitors->book, visitor);
    if (known == NULL || known->budget_count == 0) {
        return (budget_t){{0, 0}, {0, 0}};
    }
    budget_t *emptiest = &known->budgets[0];
    for (size_t i = 1; i < known->budget_count; i++) {
        emptiest = tokens_in (&known->budgets[i]) < tokens_in (emptiest) ? &known->budgets[i]
                                                                         : emptiest;
    }
    budget_t budget = *emptiest;
    *emptiest = known->budgets[--known->budget_count];
    return budget;
}

void
visitors_tick (visitors_t *visitors, uint64_t now_ms)
{
    size_t place = 0;
    visitor_t *visitor;
    visitors->now_ms = now_ms;
    while ((visitor = book_next (visitors->book, &place)) != NULL) {
        if (now_ms - visitor->seen_ms > FULL_AGAIN_MS) {
            visitor->budget_count = 0;
            if (visitor->sessions == 0) {
                book_take (visitors->book, &visitor->digest);
                free (visitor);
                place = place > 0 ? place - 1 : 0; // Another may have moved into its slot.
            }
        }
    }
}

size_t
visitors_count (const visitors_t *visitors)
{
    return book_count (visitors->book);
}
