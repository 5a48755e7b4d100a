// unread.c -- reads events as say_message wrote them.

#include "gateway/unread.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/json.h"

typedef struct {
    user_t *user;
    void (*give) (user_t *user, const wire_message_t *message);
    uint64_t next;  // The number that is due; 0: the first that there is.
    uint64_t least; // None below this one.
    uint64_t count; // Given so far.
} walk_t;

static void
give_next (walk_t *walk, wire_message_t *message)
{
    message->chat = walk->user->chat->id;
    message->number = walk->next++;
    walk->give (walk->user, message);
    walk->count++;
}

// Up to that number.
static void
fill_gap (walk_t *walk, uint64_t number)
{
    while (walk->next < number) {
        give_next (walk, &(wire_message_t){.at_ms = walk->user->users->wall_ms});
    }
}

static word_t
text_of (const value_t *value)
{
    word_t word;
    word.text = value_text (value, &word.bytes);
    return word;
}

// An event's arguments: what is said, and the offset.
static void
give_event (walk_t *walk, const value_t *arguments)
{
    const value_t *said = value_item (arguments, 0);
    word_t offset_text = text_of (value_item (arguments, 1));
    offset_t offset;
    bool read = offset_text.text != NULL
             && offset_read (offset_text.text, offset_text.bytes, &offset);
    must (read); // It is ours.
    uint64_t number = offset.message;
    word_t chat_text = text_of (value_member (said, "chatId"));
    ident_t chat;
    bool is_unread = ident_parse (chat_text.text, chat_text.bytes, &chat)
                  && ident_equal (&chat, &walk->user->chat->id) && number >= walk->least;
    if (is_unread) {
        wire_message_t message = {
            .id = text_of (value_member (said, "id")),
            .text = text_of (value_member (said, walk->user->users->legacy ? "message" : "text")),
        };
        if (walk->next == 0) {
            walk->next = number;
        }
        value_whole (value_member (said, "timestamp"), &message.at_ms);
        fill_gap (walk, number);
        give_next (walk, &message);
    }
}

static void
read_event (void *self, const char *event, const char *json, size_t bytes)
{
    if (strcmp (event, "message") == 0) {
        char *text = must_alloc (bytes + 2);
        text[0] = '[';
        memcpy (text + 1, json, bytes);
        text[bytes + 1] = ']';
        value_t *arguments = value_read (text, bytes + 2);
        give_event (self, arguments);
        value_free (&arguments);
        free (text);
    }
}

_Static_assert (LINK_KEPT <= GIVEN_BACK_MOST, "STANDS can say how many are given back");

uint64_t
unread_give (user_t *user, void (*give) (user_t *user, const wire_message_t *message))
{
    const chat_t *chat = user->chat;
    uint64_t arrived = link_arrived (chat->link);
    uint64_t least = arrived > LINK_KEPT ? arrived - LINK_KEPT + 1 : 1;
    least = least > chat->seen ? least : chat->seen + 1;
    walk_t walk = {.user = user, .give = give, .least = least};
    recall_give (&user->recall, user->recall.forgotten, read_event, &walk);
    if (walk.next != 0) {
        fill_gap (&walk, arrived + 1);
    }
    return walk.count;
}
