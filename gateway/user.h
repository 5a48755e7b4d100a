// user.h -- one anonymous person, as a table of states. Pure.
//
// A user hears from its browser, from a matcher, and from its partner's gateway; it speaks through
// a small table of functions (users_port_t) that the gateway fills in, or a test.

#ifndef USER_H
#define USER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "base/ident.h"
#include "gateway/agenda.h"
#include "gateway/link.h"
#include "gateway/offset.h"
#include "gateway/patience.h"
#include "gateway/recall.h"
#include "gateway/visitor.h"
#include "gateway/wish.h"
#include "gateway/writer.h"
#include "wire/refusal.h"
#include "wire/wire.h"

#define USER_NO_ACK UINT64_MAX // The browser wants no answer.
#define USER_GONE_MOST_MS 60000 // How long a user who has gone is kept for an answer.

typedef struct user user_t;

typedef enum {
    USER_IDLE,      // Connected, and doing nothing.
    USER_SEARCHING, // Wants a partner.
    USER_CHATTING,  // Has one.
    USER_RETURNING, // Has come from another gateway; a matcher is asked what it was doing.
    USER_GONE,      // Not connected any more; kept until the matcher has confirmed that it left.
} user_state_t;

#define USER_STATES (USER_GONE + 1)

// Whether the browser's CONNECT is answered. It is held while what was missed is fetched.
typedef enum { CONNECT_ANSWERED, CONNECT_HELD } connect_t;

// What happens to a user, and what machine_step is given with it.
typedef enum {
    // From its browser, with a request_t:
    USER_SEARCHED,
    USER_WROTE,
    USER_SKIPPED,
    USER_ENDED,
    USER_TYPED,
    USER_BLOCKED,      // Wants never to meet its partner again, or its last one, if it has none.
    USER_BLOCKED_LAST, // The same of the last one, which it names.
    USER_BLOCKED_TOO_SOON, // Either, while the last block is not noted yet.
    USER_UNDID,        // Wants the partner back whom it has just skipped.
    USER_NAMED_OLD_CHAT, // Any of these, but it names a chat that is not the one the user is in.
    USER_TYPED_TOO_LATE, // The same, of a typing notice.
    USER_SEARCHED_TOO_OFTEN, // A search or a skip, but there was one too many of them.
    // From its connection, with NULL:
    USER_QUIT,     // Left on purpose.
    USER_CUT_OFF,  // Was cut off, and may come back.
    USER_RETURNED, // Has come back.
    USER_GIVEN_UP, // Has not come back in time.
    // From a matcher, with the wire_t, which has the user's turn:
    USER_WAITS,
    USER_MATCHED,
    USER_MATCHED_BLOCKED, // It is matched, but with somebody whom it has blocked meanwhile.
    USER_REUNITED, // It is matched with its last partner, who has skipped it and wants it back.
    USER_LEFT,
    USER_HELD,
    USER_BLOCK_NOTED, // With the wire_t, but without a turn.
    // From its own clock, with NULL:
    USER_SEARCHED_TOO_LONG,
    // From a matcher, with the wire_t, a RESUMED:
    USER_UNKNOWN_THERE, // Of all pools but the last: the next is asked.
    USER_WAS_UNKNOWN,
    USER_WAS_IDLE,
    USER_WAS_PARTED,
    USER_WAS_SEARCHING,
    USER_WAS_CHATTING,
    USER_WAS_LEAVING, // It was chatting, but its browser knows that that chat is over.
    // From a matcher, with NULL: it is at another gateway now.
    USER_TAKEN_AWAY,
    // About the chat it is in, with the wire_t:
    USER_HEARD,
    USER_RECEIPTED,
    USER_PARTNER_TYPED,
    USER_PARTNER_AWAY,
    USER_PARTNER_BACK,
    USER_PARTNER_GONE,
    USER_PARTNER_MOVED,
    USER_PARTNER_STANDS,
    USER_GIVEN_BACK,        // A MESSAGE that the user has written.
    USER_PARTNER_UNREACHED, // With NULL: the partner's gateway is not reached.
    USER_PARTNER_LOST,      // With NULL: that has lasted too long.
} user_event_t;

// What a browser asked for, checked as far as that goes without the user's state.
typedef struct {
    uint64_t ack; // How to answer; USER_NO_ACK: not at all.
    word_t id;    // Its name for a message; empty if it gave none.
    word_t text;  // Of a message; folded, visible, not too long.
    bool on;      // Of typing.
    wish_t **wish; // Of a search or skip: what it wishes, taken by whoever acts on it. *wish is NULL
                   // if it says nothing of that.
    uint64_t retry_after_ms; // Of USER_SEARCHED_TOO_OFTEN: when it may.
} request_t;

// What a chat's record says of its beginning.
typedef struct {
    uint64_t side; // Of the user; side_t.
    uint64_t started_ms;
    uint64_t waited_a_ms;
    uint64_t waited_b_ms;
} origin_t;

// A chat that a user has left, as the matcher needs to know it.
typedef struct {
    ident_t chat; // ident_nil: none.
    origin_t origin;
    ident_t partner;
    ident_t partner_gateway;
    reason_t reason;
    bool by_partner; // The partner ended it.
    uint64_t sent;
    uint64_t received;
    bool anew; // It has also ended a search, and a matcher may not have heard of that.
} farewell_t;

// How the last chat ended, as far as it may be taken up again.
typedef enum {
    LAST_IS_OVER,
    LAST_WAS_SKIPPED,    // By the user, who may want it back.
    LAST_WAS_SKIPPED_BY, // By the partner, who may want it back.
    LAST_WAS_BLOCKED,    // Its partner, by the user.
} ending_t;

// The chat that a user was in last, if any.
typedef struct {
    ident_t chat; // ident_nil: none.
    ident_t partner;
    ident_t partner_browser;
    uint64_t ended_ms;
    ending_t ending;
} last_t;

// A chat that somebody takes a searching user to be in, and that it knows nothing of.
typedef struct {
    ident_t chat;
    uint64_t since_ms;   // Since when that is said.
    uint64_t turn;       // At which a matcher was asked because of that; 0: none was.
    uint64_t waits_turn; // At which a matcher has said since then that the user waits.
} unlearnt_t;

// Where the partner is, as far as this side knows.
typedef enum {
    PARTNER_HERE,
    PARTNER_AWAY,      // Its gateway has said that its connection is lost.
    PARTNER_UNREACHED, // Its gateway is not heard of.
} partner_t;

// The chat that a user is in.
typedef struct {
    ident_t id;
    origin_t origin;
    ident_t partner;
    ident_t partner_gateway;
    ident_t partner_browser; // A digest; nobody: not known.
    ident_t partner_alias;  // What the browser knows the partner by: made for this chat.
    link_t *link;           // Owned.
    alarm_t alarm;          // When to send again, or to look whether the partner is still there.
    patience_t patience;    // How long to wait for a receipt.
    uint64_t timed_number;  // The message whose way is being timed; 0: none.
    uint64_t timed_ms;      // Since when.
    unsigned attempt;       // Chooses the relay: rises with each resend.
    bool told_no_relay;     // The browser knows that nothing can be delivered right now.
    partner_t partner_is;
    uint64_t partner_turn;  // Of the partner's last MOVED.
    uint64_t lost_since_ms; // Since when the partner's gateway has not been reached; 0: it is.
    uint64_t doubted_ms;    // When a matcher was last asked whether the chat still stands.
    uint64_t turn;          // Of the RESUMED that brought the user here; said in MOVED.
    uint64_t missed;        // CONNECT_HELD: up to which message is waited for; 0: not known yet.
    uint64_t written;       // All of the partner's messages up to this one are out to the browser.
    uint64_t asked;         // What was sent before the last ping.
    uint64_t seen;          // What the browser has read, which the last pong said.
    uint64_t seen_told;     // What the partner's gateway knows of that.
} chat_t;

// What a user speaks through.
typedef struct {
    // To its browser: an event with JSON text as its argument.
    void (*emit) (void *self, user_t *user, const char *event, const char *json, size_t bytes);
    // To its browser: the answer to a request.
    void (*answer) (void *self, user_t *user, uint64_t ack, const char *json, size_t bytes);
    // To a matcher of a pool. False if there is none right now.
    bool (*ask) (void *self, user_t *user, size_t pool, const wire_t *wire, unsigned attempt);
    // To the partner's gateway, by a relay. False if there is none right now.
    bool (*tell) (void *self, user_t *user, const wire_t *wire, unsigned attempt);
    // To its browser: the answer to CONNECT.
    void (*accept) (void *self, user_t *user);
    // To its browser: a ping, now, unless one is on its way.
    void (*ping) (void *self, user_t *user);
    // Closes the connection, with the hint that the browser should connect anew elsewhere.
    void (*dismiss) (void *self, user_t *user);
    // Puts the browser out: it should not come back by itself. The user then has no socket.
    void (*put_out) (void *self, user_t *user);
    // The user has another id now; `before` is the old one.
    void (*renamed) (void *self, user_t *user, const ident_t *before);
    // The user is GONE and nothing is left to do: forget and destroy it.
    void (*done) (void *self, user_t *user);
} users_port_t;

// What all users of a gateway share.
typedef struct {
    const users_port_t *port; // Not owned.
    void *self;               // For the port. Not owned.
    agenda_t *agenda;         // Not owned.
    ident_t gateway;          // This gateway's instance.
    writer_t writer;          // For JSON that is being written. Owned by whoever fills this in.
    uint64_t now_ms;          // Monotonic; set before each user_step.
    uint64_t wall_ms;         // Unix time; set before each user_step.
    bool legacy;              // Browsers speak as the first version did (LEGACY_CLIENTS).
    size_t text_most;         // UTF-16 units of a message.
    uint64_t messages_per_minute; // 0: no limit, here and in the next two.
    uint64_t searches_per_minute; // Searches and skips.
    uint64_t packets_per_second;  // Of anything that a browser sends.
    uint64_t recovery_ms;     // How long a user who was cut off may come back; 0: not at all.
    uint64_t search_limit_ms; // How long a search may last; 0: for ever.
    size_t pools;             // Of matchers; at least 1.
    uint64_t pool_wait_ms;    // After so long in one pool a search goes on in the next.
    uint64_t searching[POOLS_MOST]; // How many search in each, as matchers said last.
    uint64_t online;          // How many people are here, as browsers are told; 0: not known.
    uint64_t present;         // Users here who are not GONE.
    uint64_t lost_ms;         // After so long a partner's gateway that is not reached is gone for good.
    uint64_t drain_by_ms;     // 0: this gateway goes on; else until when people may still move away.
    uint64_t matches;         // Chats begun.
    uint64_t written;         // Messages taken from browsers.
    uint64_t delivered;       // Messages confirmed by the partner's gateway.
    uint64_t resent;          // Messages sent again.
    uint64_t refused[REFUSAL_NUMBERS]; // Requests of browsers refused, by reason.
    uint64_t in_state[USER_STATES]; // How many users are in each.
    histogram_t match_time;    // How long who was matched had searched.
    histogram_t delivery_time; // From the taking of a message to its confirmation.
} users_t;

struct user {
    user_state_t state;
    connect_t connect;
    users_t *users;      // Not owned.
    void *socket;        // The gateway's way to the browser; NULL while the user is away, or gone.
    ident_t id;
    char sid[IDENT_SECRET_SIZE]; // What the browser knows its socket by.
    bool told_no_matcher; // The browser knows that nobody can be found right now.
    bool undoes;         // The pending SEARCH is to undo a skip.
    ident_t token;       // The secret by which it may come back; ident_nil: it cannot.
    ident_t nonce;       // USER_RETURNING: names this coming back.
    offset_t *came;      // USER_RETURNING: how far the browser has read. Owned.
    recall_t recall;     // What it may have missed.
    uint64_t recall_from; // CONNECT_HELD: what came after this event goes before the answer.
    alarm_t absence;     // What it is waited for: to come back, to be let in, or to be dismissed.
    uint64_t searching_since_ms; // USER_SEARCHING.
    ident_t browser;     // A digest of what its browser calls itself; nobody: not known.
    wish_t *wish;        // What it wishes of a partner; NULL: nothing. Owned.
    size_t pool;         // Where matchers know it.
    size_t pool_next;    // USER_SEARCHING, LEAVE pending: where the search goes on.
    uint64_t pool_ms;    // USER_SEARCHING: since when in this pool.
    unlearnt_t *unlearnt; // NULL: nothing was said of any. Owned.
    const char *owed;    // What the browser is answered once a matcher has heard of it; NULL: nothing.
    uint64_t owed_ack;   // How to answer that.
    uint64_t undo_ack;   // SEARCH pending that is to undo a skip: how to answer.
    last_t *last;        // NULL: it was in no chat yet. Owned; user_last.
    struct block *block; // What matchers have not noted yet; NULL: nothing. Owned by block.c.
    uint64_t online_told; // What the browser was last told of how many people are here.
    uint64_t turn;       // Counts the requests to matchers, which answer none but the latest.
    wire_kind_t pending; // What a matcher has not answered yet: SEARCH, LEAVE, RESUME, HOLD or none.
    unsigned attempt;    // Chooses the matcher: rises with each repeat.
    uint64_t asked_ms;   // Since when it has not been answered.
    unsigned stales;     // How often in a row a matcher has called it out of date.
    unsigned warnings;   // How often it was told that it sends too much.
    alarm_t alarm;       // When to repeat what is pending.
    uint64_t give_up_ms; // USER_GONE: when to stop repeating.
    farewell_t *farewell; // The chat that was left and that a matcher may not know to be over; NULL:
                         // nothing is to be said of any. Owned; user_farewell.
    chat_t *chat;        // USER_CHATTING: the chat. Owned.
    ident_t visitor;     // The address that it comes from, as visitor.h knows it.
    budget_t budget;     // What it may still do.
    bucket_t packets;    // What it may still send.
};

// A new, idle user with a new id and, if users may come back, a new token. The id then follows from
// the token. Never NULL.
user_t *
user_new (users_t *users, void *socket);

// Whoever has that token.
ident_t
user_of_token (const ident_t *token);

// A user who has come with a token that this gateway does not know, having read up to `came`. A
// matcher is asked; CONNECT is held. Never NULL.
user_t *
user_resume (users_t *users, void *socket, const ident_t *token, const offset_t *came);

// Somebody whom matchers take to be here, and who is not: GONE, and LEAVE is said until it is heard.
// Never NULL.
user_t *
user_leaving (users_t *users, const ident_t *id, uint64_t turn, size_t pool);

// The chat that the user was in last; all zero if it was in none.
const last_t *
user_last (const user_t *user);

// The same, to write.
last_t *
user_last_anew (user_t *user);

// The chat that it has left and that a matcher may not know to be over; all zero if there is none.
const farewell_t *
user_farewell (const user_t *user);

// The same, to write.
farewell_t *
user_farewell_anew (user_t *user);

// A matcher knows that it is over.
void
user_forget_farewell (user_t *user);

// Frees it and whatever it still has set.
void
user_destroy (user_t **user);

// Something happens to the user. It may be destroyed on return, by way of the port's `done`.
void
user_step (user_t *user, user_event_t event, const void *what);

// A matcher wants to hear again what the user is doing: it will be said at `at_ms`.
void
user_say_again (user_t *user, uint64_t at_ms);

// A matcher has refused what is pending.
void
user_refused (user_t *user, wire_kind_t about, refusal_t reason);

// A matcher knows that this chat is over.
void
user_knows_end (user_t *user, const ident_t *chat);

// The alarm of a user who is waited for: it has not come back in time, or what it has missed has not; or its
// gateway stops.
void
user_wait_no_longer (void *user, uint64_t now_ms);

// This gateway stops: the user's connection is to be closed at `at_ms`, or soon after.
void
user_drain (user_t *user, uint64_t at_ms);

// True if that partner may have wanted the user back, into that chat: the user does nothing, or is still
// in an earlier one with it, as it has not heard of the skip; both may be on their way.
bool
user_may_be_wanted_back (const user_t *user, const ident_t *partner, const ident_t *chat);

// True if the user is in that chat.
bool
user_is_in (const user_t *user, const ident_t *chat);

// "idle", "searching", "chatting", "returning" or "gone".
const char *
user_state_name (user_state_t state);

#endif
