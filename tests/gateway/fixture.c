// fixture.c -- starts a gateway and plays its neighbours.

#include "fixture.h"

#include <signal.h>
#include <stdio.h>

fixture_t fixture;

void
start_gateway (const char *const settings[])
{
    const char *all[64] = {
        "PORT", number_text (fixture.port),
        "ADMIN_PORT", number_text (fixture.admin_port),
        "MATCHERS", NULL, "RELAYS", NULL,
        "WEB_ROOT", WEB_FIXTURE,
        "LOG_LEVEL", "debug",
    };
    static char matchers[64];
    static char relays[64];
    snprintf (matchers, sizeof matchers, "tcp://127.0.0.1:%u", fixture.matcher_port);
    snprintf (relays, sizeof relays, "tcp://localhost:%u", fixture.relay_port);
    all[5] = matchers;
    all[7] = relays;
    size_t count = 12;
    for (size_t i = 0; settings[i] != NULL; i++) {
        all[count++] = settings[i];
    }
    fixture.gateway = fixture.descriptors == NULL
                        ? service_start (GATEWAY_BINARY, all)
                        : service_words ((const char *[]){"sh", "-c", "ulimit -n $0 && exec \"$1\"",
                                                          fixture.descriptors, GATEWAY_BINARY, NULL},
                                         all);
}

static void
set_up_limited_to (const char *descriptors, const char *const settings[])
{
    memset (&fixture, 0, sizeof fixture);
    fixture.descriptors = descriptors;
    fixture.port = free_port ();
    fixture.admin_port = free_port ();
    fixture.matcher_port = free_port ();
    fixture.relay_port = free_port ();
    fixture.other_gateway = ident_random ();
    fixture.matcher = peer_listen (fixture.matcher_port, ROLE_MATCHER);
    fixture.relay = peer_listen (fixture.relay_port, ROLE_RELAY);
    start_gateway (settings);
    WAIT_FOR (peer_count (fixture.matcher) == 1 && peer_count (fixture.relay) == 1);
    wait_ready (fixture.admin_port, true);
    peer_expect (fixture.matcher, WIRE_LEASE, &fixture.instance);
}

static void
set_up_with (const char *const settings[])
{
    set_up_limited_to (NULL, settings);
}

int
set_up (void **state)
{
    (void) state;
    set_up_with ((const char *[]){"RECOVERY_WINDOW_MS", "0", "PACKETS_PER_SECOND", "0", "MAX_PAYLOAD", "65536", "CONNECTIONS_MAX",
                                  "50", "CORS_ORIGINS", "http://good.example,http://better.example", NULL});
    return 0;
}

int
set_up_hasty (void **state)
{
    (void) state;
    set_up_with ((const char *[]){"PING_INTERVAL_MS", "300", "PING_TIMEOUT_MS", "200",
                                  "CONNECT_TIMEOUT_MS", "500", "RECOVERY_WINDOW_MS", "0", NULL});
    return 0;
}

int
set_up_legacy (void **state)
{
    (void) state;
    set_up_with ((const char *[]){"LEGACY_CLIENTS", "1", "DRAIN_MS", "0", NULL});
    return 0;
}

int
set_up_limited (void **state)
{
    (void) state;
    set_up_with ((const char *[]){"RECOVERY_WINDOW_MS", "0", "TRUSTED_HOPS", "1",
                                  "CONNECTIONS_PER_ADDRESS", "3", "HANDSHAKES_PER_MINUTE", "6",
                                  "PACKETS_PER_SECOND", "4", "SEARCHES_PER_MINUTE", "5", NULL});
    return 0;
}

int
set_up_recovering (void **state)
{
    (void) state;
    set_up_with ((const char *[]){"RECOVERY_WINDOW_MS", "1000", "CONNECTIONS_MAX", "6",
                                  "DRAIN_MS", "3000", NULL});
    return 0;
}

int
set_up_cramped (void **state)
{
    (void) state;
    set_up_limited_to ("64", (const char *[]){"RECOVERY_WINDOW_MS", "0", "CONNECTIONS_MAX", "5000", NULL});
    return 0;
}

int
set_up_moving (void **state)
{
    (void) state;
    set_up_with ((const char *[]){"RECOVERY_WINDOW_MS", "4000", "DRAIN_MS", "6000", NULL});
    return 0;
}

// Confirms that somebody has left, as a matcher would, so that a stopping gateway need not wait.
static void
answer_leave (void)
{
    if (fixture.matcher != NULL && peer_hears (fixture.matcher, WIRE_LEAVE, 10)) {
        wire_leave_t leave = peer_heard (fixture.matcher)->as.leave;
        wire_t left = {.kind = WIRE_LEFT, .as.left = {leave.user, leave.turn}};
        peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &left);
    }
}

int
tear_down (void **state)
{
    (void) state;
    if (!service_ended (fixture.gateway)) {
        service_signal (fixture.gateway, SIGTERM);
    }
    while (!service_ended (fixture.gateway)) {
        answer_leave ();
    }
    service_stop (&fixture.gateway);
    peer_close (&fixture.matcher);
    peer_close (&fixture.relay);
    return 0;
}

void
match (browser_t *browser, ident_t *user, ident_t *partner, ident_t *chat)
{
    browser_send (browser, "42[\"search\"]");
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    *user = search.user;
    *partner = ident_random ();
    *chat = ident_timed (1);
    wire_t matched = {
        .kind = WIRE_MATCHED,
        .as.matched = {*user, search.turn, *chat, *partner, fixture.other_gateway, SIDE_B, 7, 5,
                       1},
    };
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &matched);
    browser_expect (browser, "42[\"matched\"");
    const wire_receipt_t *receipt = &peer_expect (fixture.relay, WIRE_RECEIPT, NULL)->as.receipt;
    assert_int_equal (receipt->number, 0);
}

void
relay_message (const ident_t *user, const ident_t *partner, const ident_t *chat, uint64_t number,
               const char *text)
{
    wire_t message = {
        .kind = WIRE_MESSAGE,
        .as.message = {fixture.instance, fixture.other_gateway, *chat, *user, *partner, number, 7,
                       {"m", 1}, {text, strlen (text)}},
    };
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &message);
}

void
relay_receipt (const ident_t *user, const ident_t *partner, const ident_t *chat, uint64_t number)
{
    wire_t receipt = {
        .kind = WIRE_RECEIPT,
        .as.receipt = {fixture.instance, fixture.other_gateway, *chat, *user, *partner, number},
    };
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &receipt);
}

void
relay_gone (const ident_t *user, const ident_t *partner, const ident_t *chat)
{
    wire_t gone = {
        .kind = WIRE_GONE,
        .as.gone = {fixture.instance, fixture.other_gateway, *chat, *user, *partner,
                    REASON_SKIPPED},
    };
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &gone);
}

void
relay_message_from (ident_t from, const ident_t *user, const ident_t *partner, const ident_t *chat,
                    uint64_t number, const char *text)
{
    wire_t message = {WIRE_MESSAGE,
                      .as.message = {fixture.instance, from, *chat, *user, *partner, number, 7,
                                     {text, strlen (text)}, {text, strlen (text)}}};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &message);
}

void
relay_moved (ident_t from, const ident_t *user, const ident_t *partner, const ident_t *chat,
             uint64_t turn, uint64_t number)
{
    wire_t moved = {WIRE_MOVED,
                    .as.moved = {fixture.instance, from, *chat, *user, *partner, turn, number}};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &moved);
}
