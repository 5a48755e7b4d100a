// chats.c -- a book of chats, held against the rows.

#include "sessions/chats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/book.h"
#include "support/cmocka_all.h"

#define LINE_SIZE 512

struct chats {
    chat_t *all;   // Owned.
    book_t *by_id; // Owned; the chats are not.
    size_t most;
    size_t count;
};

chats_t *
chats_new (size_t most)
{
    chats_t *chats = calloc (1, sizeof *chats);
    assert_non_null (chats);
    chats->all = calloc (most, sizeof *chats->all);
    assert_non_null (chats->all);
    chats->by_id = book_new ();
    chats->most = most;
    return chats;
}

void
chats_destroy (chats_t **chats)
{
    if (*chats != NULL) {
        book_destroy (&(*chats)->by_id);
        free ((*chats)->all);
        free (*chats);
        *chats = NULL;
    }
}

static void
assert_other_side (const chat_t *chat, const wire_matched_t *match)
{
    assert_int_equal (chat->told, 1);
    assert_true (ident_equal (&chat->match.user, &match->partner));
    assert_true (ident_equal (&chat->match.partner, &match->user));
    assert_int_equal (chat->match.side + match->side, SIDE_A + SIDE_B);
    assert_int_equal (chat->match.started_ms, match->started_ms);
    assert_int_equal (chat->interests, match->shared.bytes / INTEREST_DIGITS);
}

chat_t *
chats_note (chats_t *chats, const wire_matched_t *match)
{
    chat_t *chat = book_find (chats->by_id, &match->chat);
    if (chat != NULL) {
        assert_other_side (chat, match);
        chat->told++;
        return chat;
    }
    assert_true (chats->count < chats->most);
    chat = &chats->all[chats->count];
    chat->number = chats->count++;
    chat->told = 1;
    chat->match = *match;
    chat->match.shared = (word_t){NULL, 0};
    chat->interests = match->shared.bytes / INTEREST_DIGITS;
    book_put (chats->by_id, &chat->match.chat, chat);
    return chat;
}

reason_t
chat_reason (const chat_t *chat)
{
    return chat->number % 2 == 0 ? REASON_SKIPPED : REASON_ENDED;
}

side_t
chat_leaver (const chat_t *chat)
{
    return chat->number % 3 == 0 ? SIDE_B : SIDE_A;
}

uint64_t
chat_messages (const chat_t *chat, side_t side)
{
    return side == SIDE_A ? chat->number : chat->number % 7;
}

// What the row of a chat says but for when it ended, as CHATS_ROWS has it.
static void
print (const chat_t *chat, uint64_t ended_ms, char line[LINE_SIZE])
{
    const wire_matched_t *match = &chat->match;
    bool is_a = match->side == SIDE_A;
    char id[IDENT_TEXT_SIZE];
    char user_a[IDENT_TEXT_SIZE];
    char user_b[IDENT_TEXT_SIZE];
    ident_print (&match->chat, id);
    ident_print (is_a ? &match->user : &match->partner, user_a);
    ident_print (is_a ? &match->partner : &match->user, user_b);
    snprintf (line, LINE_SIZE,
              "%s %s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s %s %" PRIu64
              " %" PRIu64 " %zu",
              id, user_a, user_b, match->started_ms, match->waited_a_ms, match->waited_b_ms,
              ended_ms, wire_reason_name (chat_reason (chat)),
              chat_leaver (chat) == SIDE_A ? "A" : "B", chat_messages (chat, SIDE_A),
              chat_messages (chat, SIDE_B), chat->interests);
}

static void
check_line (const chats_t *chats, const char *line)
{
    char right[LINE_SIZE];
    ident_t id;
    uint64_t ended_ms = 0;
    assert_true (strlen (line) > IDENT_TEXT_SIZE
                 && ident_parse (line, IDENT_TEXT_SIZE - 1, &id));
    chat_t *chat = book_find (chats->by_id, &id);
    if (chat == NULL) {
        fail_msg ("nobody was told of this chat: %s", line);
        return;
    }
    sscanf (line, "%*s %*s %*s %*u %*u %*u %" SCNu64, &ended_ms);
    print (chat, ended_ms, right);
    assert_string_equal (line, right);
    assert_false (chat->is_on_record);
    assert_in_range (ended_ms, chat->left_from_ms, chat->left_by_ms);
    chat->is_on_record = true;
}

void
chats_check (chats_t *chats, const char *rows)
{
    char line[LINE_SIZE];
    size_t lines = 0;
    while (*rows != '\0') {
        size_t bytes = strcspn (rows, "\n");
        snprintf (line, sizeof line, "%.*s", (int) bytes, rows);
        check_line (chats, line);
        lines++;
        rows += bytes;
        rows += *rows == '\n';
    }
    assert_int_equal (lines, chats->count);
}
