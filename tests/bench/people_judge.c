// people_judge.c -- whether people see what goes wrong with what they write.
//
// Plays gateways, a matcher and a relay, without a process: brings people together, takes all that they
// write, and does one thing wrong, which the environment names in FAULT; nothing, if it names none.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/people.h"
#include "support/cmocka_all.h"

#define PEOPLE 4
#define GATEWAYS 2
#define HELD_MOST 512
#define WRONG 10 // With this one; others of the same person follow.

// What somebody said, and which gateway is to hear it.
typedef struct {
    wire_t wire;
    char text[128];
    size_t gateway;
} said_t;

static ident_t gateways[GATEWAYS];
static said_t held[HELD_MOST];
static size_t held_count;

static bool
wrong (size_t i, wire_kind_t kind, const char *fault)
{
    const char *wanted = getenv ("FAULT");
    return i == WRONG && held[i].wire.kind == kind && wanted != NULL
           && strcmp (wanted, fault) == 0;
}

static size_t
gateway_at (const ident_t *instance)
{
    size_t i = 0;
    while (!ident_equal (&gateways[i], instance)) {
        assert_true (++i < GATEWAYS);
    }
    return i;
}

// Takes all that is said now.
static void
take (const callers_t *callers)
{
    size_t gateway;
    held_count = 0;
    while (callers->say (callers->self, &held[held_count].wire, &gateway)) {
        said_t *said = &held[held_count++];
        assert_true (held_count < HELD_MOST);
        said->gateway = gateway;
        if (said->wire.kind == WIRE_MESSAGE) {
            wire_message_t *message = &said->wire.as.message;
            assert_true (message->text.bytes <= sizeof said->text);
            memcpy (said->text, message->text.text, message->text.bytes);
            message->text.text = said->text;
            said->gateway = gateway_at (&message->to);
        }
        else if (said->wire.kind == WIRE_RECEIPT) {
            said->gateway = gateway_at (&said->wire.as.receipt.to);
        }
    }
}

static void
match (const callers_t *callers, const said_t *one, const said_t *other,
       const ident_t *chat, side_t side)
{
    wire_t matched = {.kind = WIRE_MATCHED,
                      .as.matched = {
                          .user = one->wire.as.search.user,
                          .turn = one->wire.as.search.turn,
                          .chat = *chat,
                          .partner = other->wire.as.search.user,
                          .partner_gateway = gateways[other->gateway],
                          .side = side,
                          .started_ms = 1,
                          .partner_browser = other->wire.as.search.browser,
                      }};
    callers->hear (callers->self, one->gateway, &matched);
}

static void
bring_together (const callers_t *callers)
{
    take (callers);
    assert_int_equal (held_count, PEOPLE);
    for (size_t i = 0; i < PEOPLE; i += 2) {
        ident_t chat = ident_random ();
        match (callers, &held[i], &held[i + 1], &chat, SIDE_A);
        match (callers, &held[i + 1], &held[i], &chat, SIDE_B);
    }
}

// The next message of the same person comes before this one.
static void
overtake (const callers_t *callers, size_t i)
{
    const ident_t *writer = &held[i].wire.as.message.partner;
    size_t next = i + 1;
    while (!ident_equal (&held[next].wire.as.message.partner, writer)) {
        assert_true (++next < held_count);
    }
    callers->hear (callers->self, held[next].gateway, &held[next].wire);
}

static void
pass_on (const callers_t *callers)
{
    for (size_t i = 0; i < held_count; i++) {
        const said_t *said = &held[i];
        size_t gateway = said->gateway;
        if (wrong (i, WIRE_MESSAGE, "lose") || wrong (i, WIRE_RECEIPT, "unconfirm")) {
            continue;
        }
        if (wrong (i, WIRE_MESSAGE, "overtake")) {
            overtake (callers, i);
        }
        if (wrong (i, WIRE_MESSAGE, "misdeliver")) {
            gateway = (gateway + 1) % GATEWAYS;
        }
        callers->hear (callers->self, gateway, &said->wire);
        if (wrong (i, WIRE_MESSAGE, "double")) {
            callers->hear (callers->self, gateway, &said->wire);
        }
    }
}

static void
test_people_see_what_goes_wrong (void **state)
{
    (void) state;
    for (size_t i = 0; i < GATEWAYS; i++) {
        gateways[i] = ident_random ();
    }
    people_t *people = people_new (PEOPLE, gateways, GATEWAYS);
    callers_t callers = people_callers (people);
    people_search (people, PEOPLE);
    bring_together (&callers);
    people_talk (people, true);
    take (&callers);
    people_talk (people, false);
    size_t messages = held_count;
    assert_true (messages > WRONG + 1);
    pass_on (&callers);
    take (&callers);
    pass_on (&callers);
    assert_int_equal (people_messages (people), messages);
    people_check (people);
    people_destroy (&people);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test (test_people_see_what_goes_wrong)};
    return cmocka_run_group_tests (tests, NULL, NULL);
}
