// gateways.c -- a mailbox for each gateway at each matcher, and one loop for all.

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
    household_t households[GATEWAYS];              // One for each.
    mailbox_t *mailboxes[GATEWAYS][MATCHERS_MOST]; // Owned; NULL beyond `matchers`.
    size_t matchers;                               // That are dialled.
    size_t people;                                 // As LEASE says, of each gateway.
    size_t leased;                                 // LEASED that have been heard.
    household_t recorder_household;                // The recorder's.
    mailbox_t *recorder;                           // Owned.
    uint16_t recorder_port;                        // Where it listens.
    uint64_t tick_at_us;                           // When hellos are looked after again.
    uint64_t lease_at_us;                          // When the leases are renewed.
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
            mailbox_destroy (&gateways->mailboxes[i][j]);
        }
    }
    gateways->matchers = 0;
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
hear_matchers (gateways_t *gateways, crowd_t *crowd)
{
    letter_t letter;
    bool heard = false;
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            while (mailbox_receive (gateways->mailboxes[i][j], &letter, now_us () / 1000)) {
                heard = true;
                gateways->leased += letter.wire.kind == WIRE_LEASED;
                if (crowd != NULL) {
                    crowd_hear (crowd, i, &letter.wire);
                }
            }
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

static bool
send_searches (gateways_t *gateways, crowd_t *crowd)
{
    const crowd_user_t *user;
    wire_t wire;
    size_t gateway;
    bool sent = false;
    while (crowd != NULL && (user = crowd_next (crowd)) != NULL) {
        crowd_write (user, &wire, &gateway);
        size_t matcher = ident_hash (&wire.as.search.user, 0) % gateways->matchers;
        // One that has no room is repeated.
        mailbox_send (gateways->mailboxes[gateway][matcher], NULL, ROLE_NONE, &wire);
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
            mailbox_send (gateways->mailboxes[i][j], NULL, ROLE_NONE, &lease);
        }
    }
}

static void
tick (gateways_t *gateways, crowd_t *crowd)
{
    uint64_t now = now_us ();
    if (now < gateways->tick_at_us) {
        return;
    }
    gateways->tick_at_us = now + TICK_US;
    mailbox_tick (gateways->recorder, now / 1000);
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            mailbox_tick (gateways->mailboxes[i][j], now / 1000);
        }
    }
    if (now >= gateways->lease_at_us) {
        gateways->lease_at_us = now + LEASE_US;
        send_leases (gateways);
    }
    if (crowd != NULL) {
        crowd_tick (crowd);
    }
}

// --- The loop ---

static void
nap (const gateways_t *gateways)
{
    struct pollfd waits[GATEWAYS * MATCHERS_MOST + 1];
    nfds_t count = 0;
    waits[count++] =
        (struct pollfd){.fd = mailbox_fd (gateways->recorder), .events = POLLIN};
    for (size_t i = 0; i < GATEWAYS; i++) {
        for (size_t j = 0; j < gateways->matchers; j++) {
            int fd = mailbox_fd (gateways->mailboxes[i][j]);
            waits[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
        }
    }
    poll (waits, count, NAP_MS);
}

// One turn. A send may take the sign that something has come off the descriptor (zmq_getsockopt,
// ZMQ_FD): naps only when nothing was sent since everything was heard.
static void
turn (gateways_t *gateways, crowd_t *crowd)
{
    bool busy = send_searches (gateways, crowd);
    tick (gateways, crowd);
    busy = hear_matchers (gateways, crowd) || busy;
    busy = confirm_records (gateways) || busy;
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
            ready = ready && mailbox_is_ready (gateways->mailboxes[i][j]);
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
            gateways->mailboxes[i][j] =
                mailbox_dial (&gateways->households[i], endpoint, ROLE_MATCHER);
        }
    }
    gateways->tick_at_us = 0;
    WAIT_FOR (is_dialled (gateways));
    gateways->leased = 0;
    gateways->lease_at_us = 0;
    WAIT_FOR (is_leased (gateways));
}

void
gateways_run (gateways_t *gateways, crowd_t *crowd, uint64_t for_us)
{
    for (uint64_t end_us = now_us () + for_us; now_us () < end_us;) {
        turn (gateways, crowd);
    }
}

static bool
is_settled (gateways_t *gateways, crowd_t *crowd)
{
    turn (gateways, crowd);
    return crowd_is_settled (crowd);
}

void
gateways_settle (gateways_t *gateways, crowd_t *crowd)
{
    crowd_rest (crowd);
    WAIT_FOR (is_settled (gateways, crowd));
}
