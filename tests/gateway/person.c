// person.c -- joins, and comes back.

#include "person.h"

#include <stdio.h>

// The value of a member of the JSON in an answer to CONNECT.
static void
read_member (const char *answer, const char *name, char value[64])
{
    char start[32];
    snprintf (start, sizeof start, "\"%s\":\"", name);
    const char *at = strstr (answer, start);
    assert_non_null (at);
    assert_int_equal (sscanf (at + strlen (start), "%63[^\"]", value), 1);
}

void
person_knock (person_t *person, const char *auth)
{
    char frame[512];
    person->browser = browser_dial (fixture.port);
    browser_shake (person->browser, "/socket.io/?EIO=4&transport=websocket", "");
    assert_int_equal (browser_status (person->browser), 101);
    browser_expect (person->browser, "0{");
    snprintf (frame, sizeof frame, "40%s", auth);
    browser_send (person->browser, frame);
    person->before[0] = '\0';
}

void
person_enter (person_t *person)
{
    const char *text = browser_expect (person->browser, "4");
    while (strncmp (text, "40", 2) != 0) {
        size_t length = strlen (person->before);
        snprintf (person->before + length, sizeof person->before - length, "%s\n", text);
        text = browser_expect (person->browser, "4");
    }
    snprintf (person->answer, sizeof person->answer, "%s", text);
}

void
person_arrive (person_t *person)
{
    person_knock (person, "");
    person_enter (person);
    read_member (person->answer, "pid", person->pid);
    read_member (person->answer, "sid", person->sid);
    assert_non_null (strstr (person_state (person), ",\"1\"]"));
}

void
person_arrive_matched (person_t *person, ident_t *user, ident_t *partner, ident_t *chat)
{
    person_arrive (person);
    match (person->browser, user, partner, chat);
}

void
person_return (person_t *person, const char *offset)
{
    char auth[256];
    snprintf (auth, sizeof auth, "{\"pid\":\"%s\",\"offset\":\"%s\"}", person->pid, offset);
    person_knock (person, auth);
}

void
person_come_back (person_t *person, const char *offset)
{
    person_return (person, offset);
    person_enter (person);
}

ident_t
person_come_over (person_t *person, const char *offset)
{
    ident_t token = ident_token ();
    ident_print (&token, person->pid);
    person_return (person, offset);
    return ident_digest (&ident_nil, token.bytes, sizeof token.bytes);
}

void
person_leave (person_t *person)
{
    browser_send (person->browser, "41");
    browser_close (&person->browser);
}

void
person_is_known (const person_t *person, bool known)
{
    char pid[64];
    read_member (person->answer, "pid", pid);
    assert_int_equal (strcmp (pid, person->pid) == 0, known);
}

const char *
person_state (person_t *person)
{
    return browser_expect (person->browser, "42[\"state\"");
}
