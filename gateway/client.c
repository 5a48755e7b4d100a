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

// A member of an object; null is as good as absent.
static const value_t *
member_of (const value_t *object, const char *name)
{
    const value_t *value = value_member (object, name);
    return value_is_null (value) ? NULL : value;
}

// `search` and the like: nothing is needed.
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
// character was (json_door.h).
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
    if (text_utf16_units (request->text.text, request->text.bytes) > users->text_most) {
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

// clang-format off
const client_event_t client_events[] = {
    { "search",   USER_SEARCHED, read_nothing, "Find a partner." },
    { "message",  USER_WROTE,    read_message, "Send {text, id?, chatId?} to the partner." },
    { "skip",     USER_SKIPPED,  read_nothing, "Leave the chat and find another partner." },
    { "end_chat", USER_ENDED,    read_nothing, "Leave the chat, or stop searching." },
    { "typing",   USER_TYPED,    read_typing,  "Show the partner {on: true or false}." },
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

// True if the payload names a chat that is not the one the user is in.
static bool
names_old_chat (const user_t *user, const value_t *payload)
{
    size_t bytes;
    ident_t chat;
    const value_t *value = member_of (payload, "chatId");
    if (value == NULL) {
        return false;
    }
    const char *text = value_text (value, &bytes);
    return text == NULL || !ident_parse (text, bytes, &chat) || !user_is_in (user, &chat);
}

// True if the event would begin a search for which there is no budget.
static bool
is_too_often (user_t *user, user_event_t event, request_t *request)
{
    const users_t *users = user->users;
    bool begins = event == USER_SKIPPED || (event == USER_SEARCHED && user->state == USER_IDLE);
    return begins && user->state != USER_SEARCHING
        && !bucket_take (&user->budget.searches, users->searches_per_minute,
                         users->searches_per_minute, users->now_ms, &request->retry_after_ms);
}

// Lets the event happen. The words of the request last until return.
static void
let_happen (user_t *user, const client_event_t *event, const value_t *payload,
            request_t *request)
{
    // The text is changed in a copy: what was parsed belongs to the parser.
    char *text = NULL;
    if (request->text.bytes > 0) {
        text = must_copy (request->text.text, request->text.bytes);
        request->text = (word_t){text, text_fold_newlines (text, request->text.bytes)};
    }
    user_event_t happens = event->event;
    if (names_old_chat (user, payload)) {
        // Nobody needs to know that a typing notice came too late.
        happens = event->event == USER_TYPED ? USER_TYPED_TOO_LATE : USER_NAMED_OLD_CHAT;
    }
    else if (is_too_often (user, event->event, request)) {
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
    request_t request = {.ack = ack};
    refusal_t refusal = event != NULL ? event->read (payload, user->users, &request)
                                      : REFUSAL_UNKNOWN_EVENT;
    if (refusal != REFUSAL_NONE) {
        say_refusal (user, ack, refusal, 0);
    }
    else {
        let_happen (user, event, payload, &request);
    }
}
