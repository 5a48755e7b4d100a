// gate.c -- mailboxes, side by side.

#include "sessions/gate.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "actor/mailbox.h"
#include "support/cmocka_all.h"
#include "support/service.h"

#define LEASE_EVERY_MS 1000
#define USERS 1000 // That it says it holds.

struct gate {
    household_t household;
    mailbox_t *matchers[GATE_MATCHERS]; // Owned.
    bool leased[GATE_MATCHERS];         // It has answered a LEASE.
    size_t count;
    letter_t letter; // The last one.
    uint64_t lease_at_ms;
};

gate_t *
gate_new (const uint16_t ports[], size_t count)
{
    char endpoint[64];
    gate_t *gate = calloc (1, sizeof *gate);
    assert_true (gate != NULL && count <= GATE_MATCHERS);
    mailbox_start ();
    gate->household.role = ROLE_GATEWAY;
    gate->household.instance = ident_random ();
    gate->household.codec = codec_new ();
    gate->count = count;
    for (size_t i = 0; i < count; i++) {
        snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", ports[i]);
        gate->matchers[i] = mailbox_dial (&gate->household, endpoint, ROLE_MATCHER);
    }
    return gate;
}

void
gate_destroy (gate_t **gate)
{
    if (*gate != NULL) {
        for (size_t i = 0; i < (*gate)->count; i++) {
            mailbox_destroy (&(*gate)->matchers[i]);
        }
        codec_destroy (&(*gate)->household.codec);
        free (*gate);
        *gate = NULL;
    }
}

const ident_t *
gate_instance (const gate_t *gate)
{
    return &gate->household.instance;
}

bool
gate_is_ready (const gate_t *gate)
{
    size_t ready = 0;
    for (size_t i = 0; i < gate->count; i++) {
        ready += gate->leased[i] && mailbox_is_ready (gate->matchers[i]);
    }
    return ready == gate->count;
}

void
gate_send (gate_t *gate, const ident_t *user, unsigned attempts, const wire_t *wire)
{
    for (size_t i = 0; i < gate->count; i++) {
        size_t place = (ident_hash (user, 0) + attempts + i) % gate->count;
        uint64_t unsendable = gate->household.unsendable;
        bool taken = mailbox_send (gate->matchers[place], NULL, ROLE_NONE, wire);
        mailbox_flush (gate->matchers[place]);
        if (taken && gate->household.unsendable == unsendable) {
            return;
        }
    }
}

const wire_t *
gate_receive (gate_t *gate)
{
    for (size_t i = 0; i < gate->count; i++) {
        if (mailbox_receive (gate->matchers[i], &gate->letter, now_ms ())) {
            gate->leased[i] = gate->leased[i] || gate->letter.wire.kind == WIRE_LEASED;
            return &gate->letter.wire;
        }
    }
    return NULL;
}

void
gate_tick (gate_t *gate)
{
    wire_t lease = {.kind = WIRE_LEASE, .as.lease = {.users = USERS}};
    bool is_due = now_ms () >= gate->lease_at_ms;
    gate->lease_at_ms = is_due ? now_ms () + LEASE_EVERY_MS : gate->lease_at_ms;
    for (size_t i = 0; i < gate->count; i++) {
        mailbox_tick (gate->matchers[i], now_ms ());
        if (is_due) {
            mailbox_send (gate->matchers[i], NULL, ROLE_NONE, &lease);
        }
        mailbox_flush (gate->matchers[i]);
    }
}

void
gate_wait (const gate_t *gate)
{
    struct pollfd waits[GATE_MATCHERS];
    for (size_t i = 0; i < gate->count; i++) {
        waits[i] = (struct pollfd){.fd = mailbox_fd (gate->matchers[i]), .events = POLLIN};
    }
    poll (waits, gate->count, 1);
}
