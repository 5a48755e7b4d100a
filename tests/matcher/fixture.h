// fixture.h -- what the suites of the matcher share: a Redis, two matchers, two gateways that have
// dialled both, and a recorder, all real but the last three, which the test plays.

#ifndef FIXTURE_H
#define FIXTURE_H

#include "support/cmocka_all.h"
#include "support/peer.h"
#include "support/redis.h"
#include "support/service.h"

typedef struct {
    redis_server_t *redis;
    service_t *matchers[2]; // NULL: not started.
    uint16_t bus_ports[2];
    uint16_t admin_ports[2];
    uint16_t recorder_port;
    const char *lease_ms; // For matchers that are started from now on.
    const char *avoid_ms;
    const char *window_ms;
    peer_t *here[2];  // One gateway, at each matcher; NULL if not dialled.
    peer_t *there[2]; // Another one.
    peer_t *recorder; // NULL: not started.
} fixture_t;

extern fixture_t fixture;

// Group: starts and stops Redis; with or without a file that keeps its data.
int
start_redis (void **state);

int
start_lasting_redis (void **state);

int
stop_redis (void **state);

// Test: empties Redis and starts one matcher with two gateways.
int
set_up (void **state);

// Test: the same without the matcher and the gateways.
int
set_up_nothing (void **state);

// Ends whatever was started, kindly.
int
tear_down (void **state);

// Starts a matcher with the fixture's settings and waits until it is ready.
void
start_matcher (int which);

// Starts it without waiting.
void
launch_matcher (int which);

// Both gateways dial a matcher.
void
dial (int which);

// Begins to listen as a recorder and waits until `matchers` matchers have said hello.
void
start_recorder (size_t matchers);

// Takes the next record, and confirms it if `confirm`.
wire_record_t
take_record (bool confirm);

// Puts an ident into text; good until the eighth next call.
const char *
named (const ident_t *ident);

// Gateways ask.
void
search (peer_t *gateway, const ident_t *user, uint64_t turn);

// A SEARCH that leaves a chat, as the other side of `match`, whose MATCHED the user got.
void
search_leaving (peer_t *gateway, const wire_matched_t *match, uint64_t turn);

// A LEAVE of whatever the user is in.
void
leave (peer_t *gateway, const ident_t *user, uint64_t turn);

// A LEAVE of a certain chat, with the numbers of messages sent and received.
void
leave_chat (peer_t *gateway, const wire_matched_t *match, uint64_t turn, uint64_t sent,
            uint64_t received);

// A LEAVE of somebody whose connection is lost, and who is in no chat.
void
lose (peer_t *gateway, const ident_t *user, uint64_t turn);

void
resume (peer_t *gateway, const ident_t *user, const ident_t *nonce);

// A HOLD of the chat that `match` told of, at the turn that it named.
void
hold_chat (peer_t *gateway, const wire_matched_t *match);

void
lease (peer_t *gateway);

// Gateways hear.
wire_matched_t
expect_matched (peer_t *gateway, const ident_t *user);

void
expect_waiting (peer_t *gateway, const ident_t *user);

void
expect_ended (peer_t *gateway, const ident_t *user, const ident_t *chat, reason_t reason);

void
expect_left (peer_t *gateway, const ident_t *user);

void
expect_refused (peer_t *gateway, const ident_t *user, refusal_t reason);

wire_resumed_t
expect_resumed (peer_t *gateway, const ident_t *user, const ident_t *nonce, doing_t doing);

void
expect_held (peer_t *gateway, const ident_t *user, uint64_t turn);

void
expect_taken (peer_t *gateway, const ident_t *user, uint64_t turn);

// An AWAY or a BACK of a matcher, about the partner in the chat that `match` told of.
void
expect_away (peer_t *gateway, const wire_matched_t *match);

void
expect_back (peer_t *gateway, const wire_matched_t *match);

// Leases and returns the generation that it is told.
ident_t
generation_of (peer_t *gateway);

// What the partner's MATCHED said: `gateway` is that of the user of `match`, `turn` the partner's.
wire_matched_t
other_side (const wire_matched_t *match, const ident_t *gateway, uint64_t turn);

// The state in the user's row; good until the next question to Redis.
const char *
state_of (const ident_t *user);

// Two users, each searching at its gateway of matcher 0, are matched; `user_a` has waited.
wire_matched_t
make_match (peer_t *gateway_a, const ident_t *user_a, peer_t *gateway_b,
            const ident_t *user_b);

// Since when a user waits, in ms of Unix time; 0 if it does not.
long
score_of (const ident_t *user);

// Waits until Redis's clock is past that time, so that whoever waits from now on is later.
void
wait_for_later_than (long time_ms);

// The names of all keys that have no expiry, but for the outbox.
const char *
lasting_keys (void);

#endif
