// gateways.c -- a mailbox for each gateway at each matcher and each relay, and one loop for all.

#include "bench/gateways.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "actor/mailbox.h"
#include "bench/figures.h"
#include "support/cmocka_all.h"
#include "support/service.h"

#define TICK_US 50000
#define LEASE_US 2000000
#define NAP_MS 1 // At most between two looks.

struct gateways {
    household_t households[GATEWAYS];                // One for each.
    mailbox_t *at_matchers[GATEWAYS][MATCHERS_MOST]; // Owned; NULL beyond `matchers`.
    size_t matchers;                                 // That are dialled.
    mailbox_t *at_relays[GATEWAYS][RELAYS_MOST];     // Owned; NULL beyond `relays`.
    size_t relays;                                   // That are dialled.
    size_t relays_used;                              // The first of them.
    size_t people;                                   // As LEASE says, of each gateway.
    size_t leased;                                   // LEASED that have been heard.
    household_t recorder_household;                  // The recorder's.
    mailbox_t *recorder;                             // Owned.
    uint16_t recorder_port;                          // Where it listens.
    uint64_t tick_at_us;                             // When hellos are looked after again.
    uint64_t lease_at_us;                            // When the leases are renewed.
};

// --- Life cycle ---

gateways_t *
gateways_new (const ident_t ids[GATEWAYS])
{
    char endpoint[64];
    gateways_t *gateways = calloc (1, sizeof *gateways);
    assert_non_null (gateways);
    mailbox_start ();
    for (size_t i = 0; i < GATEWAYS; i++) {
        gateways->households[i].role = ROLE_GATEWAY;
        gateways->households[i].instance = ids[i];
        gateways->households[i].codec = codec_new ();
    }
    gateways->recorder_household.role = ROLE_RECORDER;
    gateways->recorder_household.instance = ident_random ();
    gateways->recorder_household.codec = codec_new ();
    gateways->recorder_port = free_port ();
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", gateways->recorder_port);
    gateways->recorder = mailbox_listen (&gateways->recorder_household, endpoint);
    assert_non_null (gateways->recorder);
    return gateways;
}

void
gateways_leave (gateways_t *gateways)
{
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            mailbox_destroy (&gateways->at_matchers[i][j]);
        }
        for (size_t j = 0; j < gateways->relays; j++) {
            mailbox_destroy (&gateways->at_relays[i][j]);
        }
    }
    gateways->matchers = 0;
    gateways->relays = 0;
    gateways->relays_used = 0;
}

void
gateways_destroy (gateways_t **gateways)
{
    if (*gateways != NULL) {
        gateways_leave (*gateways);
        mailbox_destroy (&(*gateways)->recorder);
        for (size_t i = 0; i < GATEWAYS; i++) {
            codec_destroy (&(*gateways)->households[i].codec);
        }
        codec_destroy (&(*gateways)->recorder_household.codec);
        free (*gateways);
        *gateways = NULL;
    }
}

uint16_t
gateways_recorder_port (const gateways_t *gateways)
{
    return gateways->recorder_port;
}

// --- Hearing ---

static bool
hear_mailbox (gateways_t *gateways, size_t gateway, mailbox_t *mailbox,
              const callers_t *callers)
{
    letter_t letter;
    bool heard = false;
    while (mailbox_receive (mailbox, &letter, now_us () / 1000)) {
        heard = true;
        gateways->leased += letter.wire.kind == WIRE_LEASED;
        if (callers != NULL) {
            callers->hear (callers->self, gateway, &letter.wire);
        }
    }
    return heard;
}

static bool
hear_all (gateways_t *gateways, const callers_t *callers)
{
    bool heard = false;
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            heard =
                hear_mailbox (gateways, i, gateways->at_matchers[i][j], callers) || heard;
        }
        for (size_t j = 0; j < gateways->relays; j++) {
            heard = hear_mailbox (gateways, i, gateways->at_relays[i][j], callers) || heard;
        }
    }
    return heard;
}

static bool
confirm_records (gateways_t *gateways)
{
    letter_t letter;
    bool heard = false;
    while (mailbox_receive (gateways->recorder, &letter, now_us () / 1000)) {
        heard = true;
        if (letter.wire.kind == WIRE_RECORD) {
            wire_t recorded = {
                .kind = WIRE_RECORDED,
                .as.recorded = {letter.wire.as.record.entry},
            };
            // One that has no room comes again.
            mailbox_send (gateways->recorder, &letter.from, ROLE_MATCHER, &recorded);
        }
    }
    return heard;
}

// --- Saying ---

// Where it goes: a SEARCH to the matcher of its user, all else to the relay of its gateway.
static mailbox_t *
way_of (gateways_t *gateways, size_t gateway, const wire_t *wire)
{
    if (wire->kind == WIRE_SEARCH) {
        size_t matcher = ident_hash (&wire->as.search.user, 0) % gateways->matchers;
        return gateways->at_matchers[gateway][matcher];
    }
    assert_true (gateways->relays_used > 0);
    return gateways->at_relays[gateway][gateway % gateways->relays_used];
}

static bool
send_all (gateways_t *gateways, const callers_t *callers)
{
    wire_t wire;
    size_t gateway;
    bool sent = false;
    while (callers != NULL && callers->say (callers->self, &wire, &gateway)) {
        mailbox_t *mailbox = way_of (gateways, gateway, &wire);
        bool room = mailbox_send (mailbox, NULL, ROLE_NONE, &wire);
        // A SEARCH is repeated; of all else so few are on their way that there is room.
        assert_true (room || wire.kind == WIRE_SEARCH);
        sent = true;
    }
    return sent;
}

static void
send_leases (gateways_t *gateways)
{
    wire_t lease = {.kind = WIRE_LEASE, .as.lease = {gateways->people}};
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            mailbox_send (gateways->at_matchers[i][j], NULL, ROLE_NONE, &lease);
        }
    }
}

static void
tick (gateways_t *gateways, const callers_t *callers)
{
    uint64_t now = now_us ();
    if (now < gateways->tick_at_us) {
        return;
    }
    gateways->tick_at_us = now + TICK_US;
    mailbox_tick (gateways->recorder, now / 1000);
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            mailbox_tick (gateways->at_matchers[i][j], now / 1000);
        }
        for (size_t j = 0; j < gateways->relays; j++) {
            mailbox_tick (gateways->at_relays[i][j], now / 1000);
        }
    }
    if (now >= gateways->lease_at_us) {
        gateways->lease_at_us = now + LEASE_US;
        send_leases (gateways);
    }
    if (callers != NULL) {
        callers->tick (callers->self);
    }
}

// --- The loop ---

static void
nap (const gateways_t *gateways)
{
    struct pollfd waits[GATEWAYS * (MATCHERS_MOST + RELAYS_MOST) + 1];
    nfds_t count = 0;
    waits[count++].fd = mailbox_fd (gateways->recorder);
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            waits[count++].fd = mailbox_fd (gateways->at_matchers[i][j]);
        }
        for (size_t j = 0; j < gateways->relays; j++) {
            waits[count++].fd = mailbox_fd (gateways->at_relays[i][j]);
        }
    }
    for (nfds_t i = 0; i < count; i++) {
        waits[i].events = POLLIN;
    }
    poll (waits, count, NAP_MS);
}

static void
flush (gateways_t *gateways)
{
    mailbox_flush (gateways->recorder);
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            mailbox_flush (gateways->at_matchers[i][j]);
        }
        for (size_t j = 0; j < gateways->relays; j++) {
            mailbox_flush (gateways->at_relays[i][j]);
        }
    }
}

// One turn. A send may take the sign that something has come off the descriptor (zmq_getsockopt,
// ZMQ_FD): naps only when nothing was sent since everything was heard.
static void
turn (gateways_t *gateways, const callers_t *callers)
{
    bool busy = send_all (gateways, callers);
    tick (gateways, callers);
    busy = hear_all (gateways, callers) || busy;
    busy = confirm_records (gateways) || busy;
    flush (gateways);
    if (!busy) {
        nap (gateways);
    }
}

static bool
is_dialled (gateways_t *gateways)
{
    bool ready = true;
    turn (gateways, NULL);
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            ready = ready && mailbox_is_ready (gateways->at_matchers[i][j]);
        }
    }
    return ready;
}

static bool
is_leased (gateways_t *gateways)
{
    turn (gateways, NULL);
    return gateways->leased >= GATEWAYS * gateways->matchers;
}

void
gateways_dial (gateways_t *gateways, const uint16_t ports[], size_t count, size_t people)
{
    char endpoint[64];
    gateways->matchers = count;
    gateways->people = people;
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < count; j++) {
            snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", ports[j]);
            gateways->at_matchers[i][j] =
                mailbox_dial (&gateways->households[i], endpoint, ROLE_MATCHER);
        }
    }
    gateways->tick_at_us = 0;
    WAIT_FOR (is_dialled (gateways));
    gateways->leased = 0;
    gateways->lease_at_us = 0;
    WAIT_FOR (is_leased (gateways));
}

static bool
relays_are_dialled (gateways_t *gateways)
{
    bool ready = true;
    turn (gateways, NULL);
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->relays; j++) {
            ready = ready && mailbox_is_ready (gateways->at_relays[i][j]);
        }
    }
    return ready;
}

void
gateways_dial_relays (gateways_t *gateways, const uint16_t ports[], size_t count)
{
    char endpoint[64];
    assert_true (count <= RELAYS_MOST);
    gateways->relays = count;
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < count; j++) {
            snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", ports[j]);
            gateways->at_relays[i][j] =
                mailbox_dial (&gateways->households[i], endpoint, ROLE_RELAY);
        }
    }
    gateways->tick_at_us = 0;
    WAIT_FOR (relays_are_dialled (gateways));
    gateways->relays_used = count;
}

void
gateways_use_relays (gateways_t *gateways, size_t count)
{
    assert_true (count > 0 && count <= gateways->relays);
    gateways->relays_used = count;
}

void
gateways_run (gateways_t *gateways, const callers_t *callers, uint64_t for_us)
{
    for (uint64_t end_us = now_us () + for_us; now_us () < end_us;) {
        turn (gateways, callers);
    }
}

static bool
is_settled (gateways_t *gateways, const callers_t *callers)
{
    turn (gateways, callers);
    return callers->is_settled (callers->self);
}

void
gateways_settle (gateways_t *gateways, const callers_t *callers)
{
    WAIT_FOR (is_settled (gateways, callers));
}
