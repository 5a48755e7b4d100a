// fixture.h -- what the suites of the matcher share: a Redis, up to four matchers, two gateways
// that have dialled each, and a recorder, all real but the last three, which the test plays.

#ifndef FIXTURE_H
#define FIXTURE_H

#include "support/cmocka_all.h"
#include "support/peer.h"
#include "support/redis.h"
#include "support/service.h"

#define MATCHERS 4

typedef struct {
    redis_server_t *redis;
    service_t *matchers[MATCHERS]; // NULL: not started.
    uint16_t bus_ports[MATCHERS];
    uint16_t admin_ports[MATCHERS];
    uint16_t recorder_port;
    const char *lease_ms; // For matchers that are started from now on; the others as well.
    const char *avoid_ms;
    const char *window_ms;
    const char *interest_wait_ms;
    const char *recent_partners;
    const char *pool;
    const char *outbox_alarm_bytes;
    peer_t *here[MATCHERS];  // One gateway, at each matcher; NULL if not dialled.
    peer_t *there[MATCHERS]; // Another one.
    peer_t *recorder;        // NULL: not started.
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

// The same with all that a SEARCH may say.
void
send_search (peer_t *gateway, const wire_search_t *asked);

// What somebody searches by, as wire.def has it; NULL: nothing.
typedef struct {
    const ident_t *browser;
    const char *interests;
    const char *language;
} wish_t;

// A SEARCH by a wish.
void
search_for (peer_t *gateway, const ident_t *user, uint64_t turn, const wish_t *wish);

// A text as a word; NULL: none.
word_t
word_of (const char *text);

// A SEARCH that skips a chat, as the other side of `match`, whose MATCHED the user got.
wire_search_t
leaving (const wire_matched_t *match, uint64_t turn);

// Sends that.
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

// A LEASE of one that holds a single user.
void
lease (peer_t *gateway);

void
block (peer_t *gateway, const wire_block_t *pair);

// Gateways hear. Words of what is returned are good until the sixteenth next word.
wire_matched_t
expect_matched (peer_t *gateway, const ident_t *user);

wire_waiting_t
expect_waiting (peer_t *gateway, const ident_t *user);

void
expect_blocked (peer_t *gateway, const wire_block_t *pair);

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

// Fails the test unless both say the same.
void
assert_same_match (const wire_matched_t *match, const wire_matched_t *other);

void
assert_same_resumed (const wire_resumed_t *resumed, const wire_resumed_t *other);

// Fails the test unless the word is that text.
void
assert_word (const word_t *word, const char *text);

// Leases and returns the generation that it is told.
ident_t
generation_of (peer_t *gateway);

// What the partner's MATCHED said: `gateway` is that of the user of `match`, `turn` the partner's.
wire_matched_t
other_side (const wire_matched_t *match, const ident_t *gateway, uint64_t turn);

// Lua: unpack_row makes a table of a user's row, by the names of its fields, and pack_row the row of that.
#define ROWS_IN_LUA                                                                        \
    "local names = {'state', 'turn', 'asked', 'gateway', 'since', 'recent', 'last_chat', "  \
    "               'browser', 'interests', 'language', 'chat', 'partner', "                \
    "               'partner_gateway', 'side', 'story', 'reason', 'by_partner', 'back'} "   \
    "local function unpack_row (text) "                                                    \
    "  local texts, row = text and {cmsgpack.unpack (text)} or {}, {} "                     \
    "  for i, name in ipairs (names) do row[name] = texts[i] or '' end "                    \
    "  row.turn = row.turn ~= '' and row.turn or '0' "                                     \
    "  return row "                                                                        \
    "end "                                                                                 \
    "local function pack_row (row) "                                                       \
    "  local texts = {} "                                                                  \
    "  for i, name in ipairs (names) do texts[i] = row[name] or '' end "                    \
    "  return cmsgpack.pack (unpack (texts)) "                                             \
    "end "

// Lua: read_record makes a table of an entry of the outbox.
#define RECORDS_IN_LUA                                                                     \
    "local fields = {'chat', 'user_a', 'user_b', 'started_ms', 'waited_a_ms', "             \
    "                'waited_b_ms', 'ended_ms', 'reason', 'ended_by', 'messages_a', "       \
    "                'messages_b', 'interests'} "                                          \
    "local function read_record (entry) "                                                  \
    "  local record, i = {}, 0 "                                                           \
    "  for text in string.gmatch (entry[2][2], '%S+') do "                                  \
    "    i = i + 1 "                                                                       \
    "    record[fields[i]] = text "                                                        \
    "  end "                                                                               \
    "  return record "                                                                     \
    "end "

// The state in the user's row; good until the next question to Redis.
const char *
state_of (const ident_t *user);

// A field of the user's row, "" if it has none; good until the next question to Redis.
const char *
field_of (const ident_t *user, const char *field);

// Changes a field of the user's row, which is made if there is none; "" takes it away.
void
set_field (const ident_t *user, const char *field, const char *text);

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

// Looks at who waits, who chats, and who holds them. Says what is wrong, or nothing.
const char *
find_wrong (void);

// The chats of the outbox that are not there twice, opened and closed.
const char *
find_unfinished (void);

#define ENTRY_SIZE 64

// Takes the record that stands in the outbox after `entry`, which begins as "-" and is set to it.
// Why it ended, by whom and after how many messages is not read. False: there is none.
bool
next_record (char entry[ENTRY_SIZE], wire_record_t *record);

// Takes the next ident of a text that Redis has answered.
ident_t
next_ident (const char **at);

// The names of all keys that have no expiry, but for the outbox.
const char *
lasting_keys (void);

#endif
