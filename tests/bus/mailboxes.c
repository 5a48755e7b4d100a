// mailboxes.c -- opens and closes the two, and says what they have to say.

#include "bus/mailboxes.h"

#include "support/cmocka_all.h"
#include "support/service.h"
#include "wire/codec.h"

fixture_t fixture;
static char long_text[TEXT_BYTES];

static void
note_unsent (void *self, role_t role, const ident_t *to, const wire_t *wire)
{
    told_t *told = self;
    assert_int_equal (wire->kind, WIRE_MESSAGE);
    assert_true (told->count < TOLD_MOST);
    told->numbers[told->count++] = wire->as.message.number;
    told->role = role;
    told->to = *to;
}

household_t
household_of (role_t role)
{
    return (household_t){
        .role = role,
        .instance = ident_random (),
        .codec = codec_new (),
        .self = &fixture.told,
        .unsent = note_unsent,
    };
}

int
set_up (void **state)
{
    (void) state;
    memset (&fixture, 0, sizeof fixture);
    memset (long_text, 'x', sizeof long_text);
    mailbox_start ();
    snprintf (fixture.endpoint, sizeof fixture.endpoint, "tcp://127.0.0.1:%u", free_port ());
    fixture.here = household_of (ROLE_RELAY);
    fixture.there = household_of (ROLE_GATEWAY);
    return 0;
}

int
tear_down (void **state)
{
    (void) state;
    mailbox_destroy (&fixture.dialler);
    mailbox_destroy (&fixture.listener);
    zsock_destroy (&fixture.raw);
    codec_destroy (&fixture.here.codec);
    codec_destroy (&fixture.there.codec);
    return 0;
}

void
listen_here (void)
{
    WAIT_FOR ((fixture.listener = mailbox_listen (&fixture.here, fixture.endpoint)) != NULL);
}

void
turn (mailbox_t *mailbox)
{
    letter_t letter;
    mailbox_tick (mailbox, now_ms ());
    mailbox_flush (mailbox);
    while (mailbox_receive (mailbox, &letter, now_ms ())) {
    }
    mailbox_flush (mailbox);
}

wire_t
message (uint64_t number, size_t text_bytes)
{
    return (wire_t){
        .kind = WIRE_MESSAGE,
        .as.message = {.number = number, .at_ms = 1, .id = {"id", 2}, .text = {long_text, text_bytes}},
    };
}

bool
say (mailbox_t *mailbox, const ident_t *to, uint64_t number, size_t text_bytes)
{
    wire_t wire = message (number, text_bytes);
    return mailbox_send (mailbox, to, ROLE_GATEWAY, &wire);
}
