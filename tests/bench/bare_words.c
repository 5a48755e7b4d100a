// bare_words.c -- what people say to the bare relay, and what becomes of it.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bare_relay.h"

#define FAULT_AT 100 // The one message that goes wrong, if any shall.

// So that who judges the load can be tried.
typedef enum { FAULTLESS, LOSE, DOUBLE, MISDELIVER, LEAVE_UNANSWERED } fault_t;

static person_t *waiting; // Has searched, and nobody has come.
static size_t chats;      // So many were made.

static void
say_matched (person_t *person)
{
    char text[160];
    int bytes = snprintf (text, sizeof text,
                          "42[\"matched\",{\"partnerId\":\"%zu\",\"chatId\":"
                          "\"00000000-0000-4000-8000-%012zx\"}]",
                          person->chat, person->chat);
    bare_say (person, text, (size_t) bytes);
}

static void
answer (person_t *person, const char *number, size_t digits, const char *said)
{
    char text[256];
    int bytes = snprintf (text, sizeof text, "43%.*s[%s]", (int) digits, number, said);
    bare_say (person, text, (size_t) bytes);
}

static void
search (person_t *person)
{
    if (waiting == NULL || waiting == person) {
        waiting = person;
        return;
    }
    person->partner = waiting;
    waiting->partner = person;
    person->chat = waiting->chat = ++chats;
    waiting = NULL;
    say_matched (person->partner);
    say_matched (person);
}

void
bare_part (person_t *person)
{
    static const char left[] = "42[\"partner_left\",{}]";
    if (waiting == person) {
        waiting = NULL;
    }
    if (person->partner != NULL) {
        bare_say (person->partner, left, sizeof left - 1);
        person->partner->partner = NULL;
        person->partner = NULL;
    }
}

static uint64_t
now_unix_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_REALTIME, &now);
    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

// The text of a member, as it is written; NULL if there is none. Its end is the next bare quote.
static const char *
member (const char *body, size_t bytes, const char *key, size_t *length)
{
    size_t key_bytes = strlen (key);
    const char *end = body + bytes;
    const char *at = memmem (body, bytes, key, key_bytes);
    if (at == NULL) {
        return NULL;
    }
    const char *stop = at += key_bytes;
    while (stop < end && *stop != '"') {
        stop += *stop == '\\' ? 2 : 1;
    }
    *length = (size_t) (stop - at);
    return stop < end ? at : NULL;
}

// What is wrong with the message that comes now, if FAULT says so.
static fault_t
fault_now (void)
{
    static const char *const names[] = {[FAULTLESS] = "",
                                        [LOSE] = "lose",
                                        [DOUBLE] = "double",
                                        [MISDELIVER] = "misdeliver",
                                        [LEAVE_UNANSWERED] = "leave_unanswered"};
    static size_t count;
    if (++count != FAULT_AT) {
        return FAULTLESS;
    }
    const char *wanted = getenv ("FAULT");
    fault_t fault = wanted != NULL ? LEAVE_UNANSWERED : FAULTLESS;
    while (fault != FAULTLESS && strcmp (names[fault], wanted) != 0) {
        fault--;
    }
    return fault;
}

static void
forward (person_t *person, const char *number, size_t digits, const char *body,
         size_t bytes)
{
    char text[8192];
    size_t text_bytes = 0;
    size_t id_bytes = 0;
    const char *said = member (body, bytes, "\"text\":\"", &text_bytes);
    const char *id = member (body, bytes, "\"id\":\"", &id_bytes);
    if (person->partner == NULL || said == NULL || id == NULL || bytes > 4096) {
        answer (person, number, digits, "{\"error\":{}}");
        return;
    }
    unsigned long long at_ms = now_unix_ms ();
    int size =
        snprintf (text, sizeof text,
                  "42[\"message\",{\"text\":\"%.*s\",\"timestamp\":%llu,\"id\":\"%.*s\"}]",
                  (int) text_bytes, said, at_ms, (int) id_bytes, id);
    fault_t fault = fault_now ();
    for (int i = 0; i < (fault == LOSE ? 0 : fault == DOUBLE ? 2 : 1); i++) {
        bare_say (fault == MISDELIVER ? person : person->partner, text, (size_t) size);
    }
    size = snprintf (text, sizeof text, "43%.*s[{\"id\":\"%.*s\",\"timestamp\":%llu}]",
                     (int) digits, number, (int) id_bytes, id, at_ms);
    if (fault != LEAVE_UNANSWERED) {
        bare_say (person, text, (size_t) size);
    }
}

static int
begins (const char *body, size_t bytes, const char *name)
{
    return bytes >= strlen (name) && memcmp (body, name, strlen (name)) == 0;
}

static void
hear_event (person_t *person, const char *text, size_t bytes)
{
    size_t digits = 0;
    while (digits < bytes && text[digits] >= '0' && text[digits] <= '9') {
        digits++;
    }
    const char *body = text + digits;
    bytes -= digits;
    if (begins (body, bytes, "[\"message\"")) {
        forward (person, text, digits, body, bytes);
    }
    else if (begins (body, bytes, "[\"search\"")) {
        answer (person, text, digits, "{\"status\":\"waiting\"}");
        search (person);
    }
    else if (begins (body, bytes, "[\"end_chat\"")) {
        bare_part (person);
        answer (person, text, digits, "{\"status\":\"idle\"}");
    }
}

void
bare_hear (person_t *person, const char *text, size_t bytes)
{
    static const char joined[] = "40{\"sid\":\"AAAAAAAAAAAAAAAAAAAB\"}";
    if (bytes >= 2 && text[0] == '4' && text[1] == '2') {
        hear_event (person, text + 2, bytes - 2);
    }
    else if (bytes >= 2 && text[0] == '4' && text[1] == '0') {
        bare_say (person, joined, sizeof joined - 1);
    }
    else if (bytes >= 2 && text[0] == '4' && text[1] == '1') {
        bare_part (person);
    }
}
