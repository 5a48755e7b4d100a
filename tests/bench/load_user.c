// load_user.c -- the words of `search`, `message`, `end_chat`, and a judge of what comes.
//
// A message begins with who wrote it and which it is, so that its reader knows what must come next.

#include "bench/load_user.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "bench/figures.h"
#include "support/cmocka_all.h"

#define ANSWER_SEARCH 0
#define ANSWER_END 1
#define ANSWER_MESSAGE 2 // And those above.
#define STAMP_BYTES 13   // "uuuu.mmmmmmmm": user and number, hexadecimal.

static const char filler[] =
    " What one says to another in a chat is about as long as this one is.";

typedef struct {
    const char *name;
    void (*hear) (load_user_t *user, const said_t *said);
} event_t;

void
load_user_search (load_user_t *user)
{
    static const char text[] = "420[\"search\"]";
    assert_int_equal (user->state, USER_HERE);
    user->state = USER_SEARCHING;
    line_say (&user->line, text, sizeof text - 1);
}

static void
end (load_user_t *user)
{
    static const char text[] = "421[\"end_chat\"]";
    user->state = USER_LEAVING;
    line_say (&user->line, text, sizeof text - 1);
    line_flush (&user->line);
}

void
load_user_write (load_user_t *user, uint64_t due_us)
{
    char text[256];
    uint64_t number = user->sent++;
    assert_true (user->sent - user->answered <= WINDOW_MOST);
    user->due_us[number % RING] = due_us;
    int bytes = snprintf (text, sizeof text,
                          "42%" PRIu64 "[\"message\",{\"text\":\"%04zx.%08" PRIx64 "%s\","
                          "\"id\":\"%zx-%" PRIx64 "\"}]",
                          number + ANSWER_MESSAGE, user->number, number, filler,
                          user->number, number);
    line_say (&user->line, text, (size_t) bytes);
}

void
load_user_fill (load_user_t *user)
{
    uint64_t now = now_us ();
    while (user->sent - user->answered < user->company->window) {
        load_user_write (user, now);
    }
}

void
load_user_draw (company_t *company)
{
    load_user_t *user;
    do {
        user = &company->users[(size_t) random () % company->user_count];
    } while (user->sent - user->answered == WINDOW_MOST);
    load_user_write (user, now_us ());
    line_flush (&user->line);
}

// --- Meeting ---

static void
go_on (load_user_t *user)
{
    user->state = USER_HERE;
    if (user->company->aim == AIM_MATCH) {
        load_user_search (user);
    }
}

static void
meet (load_user_t *user, load_user_t *partner)
{
    user->partner = partner;
    user->sent = user->answered = user->heard = 0;
}

static void
on_matched (load_user_t *user, const said_t *said)
{
    static const char key[] = "\"chatId\":\"";
    company_t *company = user->company;
    const char *chat = memmem (said->body, said->bytes, key, sizeof key - 1);
    assert_non_null (chat);
    assert_int_equal (user->state, USER_SEARCHING);
    assert_true (chat + sizeof key + 35 < said->body + said->bytes);
    ident_t id;
    assert_true (ident_parse (chat + sizeof key - 1, 36, &id));
    user->chat = ident_hash (&id, 0);
    user->state = USER_CHATTING;
    for (size_t i = 0; i < company->user_count; i++) {
        load_user_t *other = &company->users[i];
        if (other != user && other->state == USER_CHATTING && other->chat == user->chat) {
            assert_null (other->partner); // Two are in a chat, never three.
            meet (user, other);
            meet (other, user);
        }
    }
    if (user->partner != NULL) {
        company->counts.matches++;
        company->paired += 2;
        if (company->aim == AIM_MATCH) {
            end (user);
        }
    }
}

static void
part (load_user_t *user)
{
    user->partner = NULL;
    user->chat = 0;
    user->company->paired--;
}

static void
on_partner_left (load_user_t *user, const said_t *said)
{
    (void) said;
    assert_int_equal (user->state, USER_CHATTING);
    assert_non_null (user->partner);
    assert_int_equal (user->company->aim, AIM_MATCH);
    part (user);
    go_on (user);
}

// --- Messages ---

static uint64_t
read_hex (const char *text, size_t digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = text[i];
        assert_true ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
        value = value << 4 | (uint64_t) (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value;
}

static void
answer (load_user_t *user, uint64_t number)
{
    char text[32];
    int bytes = snprintf (text, sizeof text, "43%" PRIu64 "[]", number);
    line_say (&user->line, text, (size_t) bytes);
}

// At the right one, all of them, once, in order, and as they were written.
static void
judge (const load_user_t *user, const char *text)
{
    uint64_t sender = read_hex (text, 4);
    uint64_t number = read_hex (text + 5, 8);
    if (sender != user->partner->number) {
        fail_msg ("misdelivered: user %zu hears user %" PRIu64, user->number, sender);
    }
    if (number < user->heard) {
        fail_msg ("doubled: user %zu hears message %" PRIu64 " again", user->number,
                  number);
    }
    if (number > user->heard) {
        fail_msg ("lost or overtaken: user %zu has not heard message %" PRIu64,
                  user->number, user->heard);
    }
    assert_memory_equal (text + STAMP_BYTES, filler, sizeof filler - 1);
}

static void
on_message (load_user_t *user, const said_t *said)
{
    static const char key[] = "\"text\":\"";
    company_t *company = user->company;
    load_user_t *partner = user->partner;
    const char *text = memmem (said->body, said->bytes, key, sizeof key - 1);
    assert_non_null (text);
    assert_non_null (partner);
    text += sizeof key - 1;
    assert_true (text + STAMP_BYTES + sizeof filler < said->body + said->bytes);
    judge (user, text);
    assert_true (partner->sent - user->heard <= RING);
    uint64_t waited = now_us () - partner->due_us[user->heard++ % RING];
    company->waits_us[company->wait_count++ % WAITS_MOST] = (uint32_t) waited;
    if (said->number != NO_NUMBER) {
        answer (user, said->number);
    }
}

// --- What comes ---

// Their number is not known beforehand, or they say nothing that a load is after.
static void
pass_over (load_user_t *user, const said_t *said)
{
    (void) user;
    (void) said;
}

// clang-format off
static const event_t events[] = {
    { "[\"message\"",      on_message },
    { "[\"matched\"",      on_matched },
    { "[\"partner_left\"", on_partner_left },
    { "[\"state\"",        pass_over },
    { "[\"waiting\"",      pass_over },
    { "[\"online\"",       pass_over },
    { NULL,                NULL },
};
// clang-format on

static void
on_event (load_user_t *user, const said_t *said)
{
    for (const event_t *event = events; event->name != NULL; event++) {
        size_t bytes = strlen (event->name);
        if (said->bytes > bytes && memcmp (said->body, event->name, bytes) == 0) {
            event->hear (user, said);
            return;
        }
    }
    fail_msg ("user %zu is told %.*s", user->number, (int) said->bytes, said->body);
}

static void
on_answer (load_user_t *user, const said_t *said)
{
    if (memmem (said->body, said->bytes, "\"error\"", 7) != NULL) {
        fail_msg ("user %zu is refused: %.*s", user->number, (int) said->bytes, said->body);
    }
    if (said->number >= ANSWER_MESSAGE) {
        if (said->number - ANSWER_MESSAGE != user->answered
            || user->answered == user->sent) {
            fail_msg ("unanswered: user %zu waits for the answer to message %" PRIu64
                      ", and gets that to %" PRIu64,
                      user->number, user->answered, said->number - ANSWER_MESSAGE);
        }
        user->answered++;
        user->company->counts.messages++;
        if (user->company->aim == AIM_TALK) {
            load_user_fill (user);
        }
        else if (user->company->aim == AIM_MIX) {
            load_user_draw (user->company);
        }
    }
    else if (said->number == ANSWER_END) {
        assert_int_equal (user->state, USER_LEAVING);
        part (user);
        go_on (user);
    }
}

static void
on_joined (load_user_t *user)
{
    assert_int_equal (user->state, USER_JOINING);
    user->state = USER_HERE;
    user->company->counts.joins++;
    if (user->company->aim == AIM_CHURN) {
        load_user_leave (user);
    }
}

void
load_user_leave (load_user_t *user)
{
    user->company->paired -= user->partner != NULL ? 1 : 0;
    user->partner = NULL;
    user->state = USER_GOING;
    line_leave (&user->line);
}

void
load_user_hear (void *owner, const said_t *said)
{
    load_user_t *user = owner;
    if (said->kind == SAID_JOINED) {
        on_joined (user);
    }
    else if (said->kind == SAID_EVENT) {
        on_event (user, said);
    }
    else if (said->kind == SAID_ANSWER) {
        on_answer (user, said);
    }
    else if (said->kind == SAID_GONE) {
        assert_int_equal (user->state, USER_GOING);
        user->state = USER_OUT;
    }
    else {
        fail_msg ("user %zu is put out: %.*s", user->number, (int) said->bytes, said->body);
    }
}
