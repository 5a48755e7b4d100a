// client.c -- reads what browsers ask for.
//
// Who asks follows from the connection; a payload cannot name a sender or a receiver. Members that
// are not known are passed over and go no further.

#include "gateway/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/text.h"
#include "gateway/speech.h"

#define INTERESTS_SAID_MOST 64 // Of one payload; those that say the same count once.

// A member of an object; null is as good as absent.
static const value_t *
member_of (const value_t *object, const char *name)
{
    const value_t *value = value_member (object, name);
    return value_is_null (value) ? NULL : value;
}

// `end_chat` and the like: nothing is needed.
static refusal_t
read_nothing (const value_t *payload, const users_t *users, request_t *request)
{
    (void) users;
    (void) request;
    return payload == NULL || value_is_object (payload) ? REFUSAL_NONE : REFUSAL_INVALID_PAYLOAD;
}

static refusal_t
read_typing (const value_t *payload, const users_t *users, request_t *request)
{
    (void) users;
    bool on = true;
    bool valid = value_truth (value_member (payload, "on"), &on);
    request->on = on;
    return valid ? REFUSAL_NONE : REFUSAL_INVALID_PAYLOAD;
}

// The parser has made sure that texts are well-formed UTF-8. A zero byte stands where half of a
// character was (json.h).
static bool
is_whole (const char *text, size_t bytes)
{
    return text != NULL && memchr (text, '\0', bytes) == NULL;
}

static refusal_t
read_message (const value_t *payload, const users_t *users, request_t *request)
{
    const value_t *id = member_of (payload, "id");
    const value_t *text = member_of (payload, "text");
    if (text == NULL && users->legacy) {
        text = member_of (payload, "message");
    }
    request->text.text = value_text (text, &request->text.bytes);
    if (!is_whole (request->text.text, request->text.bytes)
        || !text_is_visible (request->text.text, request->text.bytes)) {
        return REFUSAL_INVALID_MESSAGE;
    }
    // It has no more units than bytes: few texts need to be counted.
    if (request->text.bytes > users->text_most
        && text_utf16_units (request->text.text, request->text.bytes) > users->text_most) {
        return REFUSAL_MESSAGE_TOO_LONG;
    }
    if (id != NULL) {
        request->id.text = value_text (id, &request->id.bytes);
        if (!is_whole (request->id.text, request->id.bytes)
            || request->id.bytes > MESSAGE_ID_BYTES) {
            return REFUSAL_INVALID_PAYLOAD;
        }
    }
    return REFUSAL_NONE;
}

static refusal_t
read_interests (const value_t *interests, wish_t *wish)
{
    if (!value_is_array (interests)) {
        return REFUSAL_INVALID_INTERESTS;
    }
    for (size_t i = 0; value_item (interests, i) != NULL; i++) {
        size_t bytes;
        const char *text = value_text (value_item (interests, i), &bytes);
        refusal_t refusal = is_whole (text, bytes) && i < INTERESTS_SAID_MOST
                              ? wish_add (wish, text, bytes)
                              : REFUSAL_INVALID_INTERESTS;
        if (refusal != REFUSAL_NONE) {
            return refusal;
        }
    }
    return REFUSAL_NONE;
}

static refusal_t
read_language (const value_t *language, wish_t *wish)
{
    size_t bytes;
    const char *tag = value_text (language, &bytes);
    return tag == NULL ? REFUSAL_INVALID_LANGUAGE : wish_speak (wish, tag, bytes);
}

// `search` and `skip`: nothing is needed, interests and a language may be wished.
static refusal_t
read_wish (const value_t *payload, const users_t *users, request_t *request)
{
    refusal_t refusal = read_nothing (payload, users, request);
    const value_t *interests = member_of (payload, "interests");
    const value_t *language = member_of (payload, "language");
    if (refusal != REFUSAL_NONE || (interests == NULL && language == NULL)) {
        return refusal;
    }
    *request->wish = wish_new ();
    if (interests != NULL) {
        refusal = read_interests (interests, *request->wish);
    }
    if (refusal == REFUSAL_NONE && language != NULL) {
        refusal = read_language (language, *request->wish);
    }
    return refusal;
}

// clang-format off
const client_event_t client_events[] = {
    { "search",   USER_SEARCHED, read_wish,    "Find a partner; {interests?, language?}." },
    { "message",  USER_WROTE,    read_message, "Send {text, id?, chatId?} to the partner." },
    { "skip",     USER_SKIPPED,  read_wish,    "Leave the chat and find another partner." },
    { "end_chat", USER_ENDED,    read_nothing, "Leave the chat, or stop searching." },
    { "typing",   USER_TYPED,    read_typing,  "Show the partner {on: true or false}." },
    { "block",    USER_BLOCKED,  read_nothing, "Never meet the partner again, or the last one." },
    { "undo",     USER_UNDID,    read_nothing, "Have the partner back who was just skipped." },
    { NULL,       USER_SEARCHED, NULL,         NULL },
};
// clang-format on

static const client_event_t *
find_event (const char *name)
{
    const client_event_t *event = client_events;
    while (event->name != NULL && strcmp (event->name, name) != 0) {
        event++;
    }
    return event->name != NULL ? event : NULL;
}

// Which of the user's chats a payload names.
typedef enum { NAMES_NONE, NAMES_CURRENT, NAMES_LAST, NAMES_ANOTHER } named_t;

static named_t
chat_named (const user_t *user, const value_t *payload)
{
    size_t bytes;
    ident_t chat;
    const value_t *value = member_of (payload, "chatId");
    if (value == NULL) {
        return NAMES_NONE;
    }
    const char *text = value_text (value, &bytes);
    if (text == NULL || !ident_parse (text, bytes, &chat) || ident_is_nil (&chat)) {
        return NAMES_ANOTHER;
    }
    return user_is_in (user, &chat)                  ? NAMES_CURRENT
         : ident_equal (&user_last (user)->chat, &chat) ? NAMES_LAST
                                                     : NAMES_ANOTHER;
}

// What happens if the event names that chat.
static user_event_t
event_about (const user_t *user, user_event_t event, named_t named)
{
    bool may_be_last = event == USER_BLOCKED || event == USER_UNDID;
    if (named == NAMES_ANOTHER || (named == NAMES_LAST && !may_be_last)) {
        // Nobody needs to know that a typing notice came too late.
        return event == USER_TYPED ? USER_TYPED_TOO_LATE : USER_NAMED_OLD_CHAT;
    }
    if (event == USER_BLOCKED && user->block != NULL) {
        return USER_BLOCKED_TOO_SOON;
    }
    return event == USER_BLOCKED && named == NAMES_LAST ? USER_BLOCKED_LAST : event;
}

// True if the event would begin a search, or change one, for which there is no budget.
static bool
is_too_often (user_t *user, user_event_t event, request_t *request)
{
    const users_t *users = user->users;
    bool begins = user->state == USER_SEARCHING
                    ? (event == USER_SEARCHED || (event == USER_SKIPPED && *request->wish != NULL))
                          && !wish_is_same (user->wish, *request->wish)
                    : event == USER_SKIPPED
                          || (event == USER_SEARCHED && user->state == USER_IDLE);
    return begins
        && !bucket_take (&user->budget.searches, users->searches_per_minute,
                         users->searches_per_minute, users->now_ms, &request->retry_after_ms);
}

static bool
has_lines (const word_t *text)
{
    return memchr (text->text, '\n', text->bytes) != NULL
        || memchr (text->text, '\r', text->bytes) != NULL;
}

// Lets the event happen. The words of the request last until return.
static void
let_happen (user_t *user, const client_event_t *event, const value_t *payload,
            request_t *request)
{
    // The text is changed in a copy: what was parsed belongs to the parser.
    char *text = NULL;
    if (request->text.bytes > 0 && has_lines (&request->text)) {
        text = must_copy (request->text.text, request->text.bytes);
        request->text = (word_t){text, text_fold_newlines (text, request->text.bytes)};
    }
    user_event_t happens = event_about (user, event->event, chat_named (user, payload));
    if (happens == event->event && is_too_often (user, happens, request)) {
        happens = USER_SEARCHED_TOO_OFTEN;
    }
    user_step (user, happens, request);
    free (text);
}

void
client_hear (user_t *user, const char *name, const value_t *arguments, uint64_t ack)
{
    const client_event_t *event = find_event (name);
    const value_t *payload = value_item (arguments, 1);
    payload = value_is_null (payload) ? NULL : payload;
    wish_t *wish = NULL;
    request_t request = {.ack = ack, .wish = &wish};
    refusal_t refusal = event != NULL ? event->read (payload, user->users, &request)
                                      : REFUSAL_UNKNOWN_EVENT;
    if (refusal != REFUSAL_NONE) {
        say_refusal (user, ack, refusal, 0);
    }
    else {
        let_happen (user, event, payload, &request);
    }
    wish_destroy (&wish);
}
