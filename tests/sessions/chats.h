// chats.h -- chats as users were told of them, and what the row of each must say.

#ifndef CHATS_H
#define CHATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/wire.h"

typedef struct chats chats_t;

typedef struct {
    wire_matched_t match;  // As the first of the two was told; its words are nothing.
    size_t number;         // Counts the chats; how it ends follows from that.
    size_t interests;      // How many were said to be shared.
    unsigned told;         // How many of the two were told.
    uint64_t leave_at_ms;  // When one is to leave; monotonic.
    uint64_t left_from_ms; // Wall clock: it ended not before this,
    uint64_t left_by_ms;   // nor after this.
    bool is_on_record;     // Its row was seen.
} chat_t;

// For `most` chats.
chats_t *
chats_new (size_t most);

void
chats_destroy (chats_t **chats);

// One of the two is told of a chat; the second one must be told the same. Good as long as the chats.
chat_t *
chats_note (chats_t *chats, const wire_matched_t *match);

// How a chat ends: why, who leaves it, and how many messages each one sent.
reason_t
chat_reason (const chat_t *chat);

side_t
chat_leaver (const chat_t *chat);

uint64_t
chat_messages (const chat_t *chat, side_t side);

// All rows, as CHATS_ROWS gives them. Fails the test unless these are the chats, each one once, and
// every column is right.
void
chats_check (chats_t *chats, const char *rows);

// A line a chat, with blanks between.
#define CHATS_ROWS                                                                              \
    "SELECT string_agg (concat_ws (' ', \"id\", \"userA\", \"userB\","                          \
    "  (extract (epoch FROM \"startedAt\") * 1000)::bigint, \"waitedMsA\", \"waitedMsB\","      \
    "  coalesce ((extract (epoch FROM \"endedAt\") * 1000)::bigint, 0),"                        \
    "  coalesce (\"endReason\", 'none'), coalesce (\"endedBy\", 'none'),"                       \
    "  coalesce (\"messagesA\", 0), coalesce (\"messagesB\", 0), \"sharedInterests\"), E'\\n')" \
    "  FROM \"ChatSession\""

#endif
