// fixture.h -- a gateway between a matcher and a relay that are the test itself.

#ifndef FIXTURE_H
#define FIXTURE_H

#include <string.h>

#include "support/browser.h"
#include "support/cmocka_all.h"
#include "support/peer.h"
#include "support/service.h"

typedef struct {
    service_t *gateway;
    uint16_t port;
    uint16_t admin_port;
    uint16_t matcher_port;
    uint16_t relay_port;
    peer_t *matcher;
    peer_t *relay;
    ident_t instance;       // The gateway's, as the matcher knows it.
    ident_t other_gateway;  // Where partners are.
    const char *descriptors; // That the gateway may have; NULL: as many as the test.
} fixture_t;

extern fixture_t fixture;

// Starts a gateway with further settings (name, value, ..., NULL), and its two neighbours.
void
start_gateway (const char *const settings[]);

// With pings and time-outs as in production, and with ones that a test can wait for.
int
set_up (void **state);

int
set_up_hasty (void **state);

// For pages of the first version.
int
set_up_legacy (void **state);

// Behind one trusted proxy, with low limits.
int
set_up_limited (void **state);

// With a window in which who was cut off may come back.
int
set_up_recovering (void **state);

// With 64 descriptors.
int
set_up_cramped (void **state);

// With a window that is long enough to move to another gateway, and to be waited for.
int
set_up_moving (void **state);

int
tear_down (void **state);

// Lets the browser search, and answers as a matcher that has found `partner` in `chat`.
void
match (browser_t *browser, ident_t *user, ident_t *partner, ident_t *chat);

// A MESSAGE, RECEIPT or GONE that comes from the partner.
void
relay_message (const ident_t *user, const ident_t *partner, const ident_t *chat, uint64_t number,
               const char *text);

void
relay_receipt (const ident_t *user, const ident_t *partner, const ident_t *chat, uint64_t number);

void
relay_gone (const ident_t *user, const ident_t *partner, const ident_t *chat);

// A MESSAGE, named as its text, or a MOVED, from a gateway that the partner is at by then.
void
relay_message_from (ident_t from, const ident_t *user, const ident_t *partner, const ident_t *chat,
                    uint64_t number, const char *text);

void
relay_moved (ident_t from, const ident_t *user, const ident_t *partner, const ident_t *chat,
             uint64_t turn, uint64_t number);

#define WITH_GATEWAY(test) cmocka_unit_test_setup_teardown (test, set_up, tear_down)
#define WITH_LIMITED_GATEWAY(test) \
    cmocka_unit_test_setup_teardown (test, set_up_limited, tear_down)
#define WITH_LEGACY_GATEWAY(test) cmocka_unit_test_setup_teardown (test, set_up_legacy, tear_down)
#define WITH_RECOVERING_GATEWAY(test) \
    cmocka_unit_test_setup_teardown (test, set_up_recovering, tear_down)
#define WITH_MOVING_GATEWAY(test) cmocka_unit_test_setup_teardown (test, set_up_moving, tear_down)
#define WITH_CRAMPED_GATEWAY(test) \
    cmocka_unit_test_setup_teardown (test, set_up_cramped, tear_down)
#define WITH_HASTY_GATEWAY(test) cmocka_unit_test_setup_teardown (test, set_up_hasty, tear_down)

#endif
