// user.h -- one anonymous person, as a table of states. Pure.
//
// A user hears from its browser, from a matcher, and from its partner's gateway; it speaks through
// a small table of functions (users_port_t) that the gateway fills in, or a test.

#ifndef USER_H
#define USER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ident.h"
#include "gateway/agenda.h"
#include "gateway/link.h"
#include "gateway/recall.h"
#include "gateway/visitor.h"
#include "gateway/writer.h"
#include "wire/refusal.h"
#include "wire/wire.h"

#define USER_NO_ACK UINT64_MAX // The browser wants no answer.

typedef struct user user_t;

typedef enum {
    USER_IDLE,      // Connected, and doing nothing.
    USER_SEARCHING, // Wants a partner.
    USER_CHATTING,  // Has one.
    USER_GONE,      // Not connected any more; kept until the matcher has confirmed that it left.
} user_state_t;

// What happens to a user, and what machine_step is given with it.
typedef enum {
    // From its browser, with a request_t:
    USER_SEARCHED,
    USER_WROTE,
    USER_SKIPPED,
    USER_ENDED,
    USER_TYPED,
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
    USER_LEFT,
    // About the chat it is in, with the wire_t:
    USER_HEARD,
    USER_RECEIPTED,
    USER_PARTNER_TYPED,
    USER_PARTNER_AWAY,
    USER_PARTNER_BACK,
    USER_PARTNER_GONE,
    USER_PARTNER_LOST, // With NULL: the partner's gateway has not been reached for too long.
} user_event_t;

// What a browser asked for, checked as far as that goes without the user's state.
typedef struct {
    uint64_t ack; // How to answer; USER_NO_ACK: not at all.
    word_t id;    // Its name for a message; empty if it gave none.
    word_t text;  // Of a message; folded, visible, not too long.
    bool on;      // Of typing.
    uint64_t retry_after_ms; // Of USER_SEARCHED_TOO_OFTEN: when it may.
} request_t;

// A chat that a user has left, as the matcher needs to know it.
typedef struct {
    ident_t chat; // ident_nil: none.
    ident_t partner;
    ident_t partner_gateway;
    reason_t reason;
    bool by_partner; // The partner ended it.
    uint64_t sent;
    uint64_t received;
} farewell_t;

// The chat that a user is in.
typedef struct {
    ident_t id;
    ident_t partner;
    ident_t partner_gateway;
    ident_t partner_alias;  // What the browser knows the partner by: made for this chat.
    link_t *link;           // Owned.
    alarm_t alarm;          // When to send again, or to look whether the partner is still there.
    uint64_t resend_ms;     // How long to wait for a receipt.
    unsigned attempt;       // Chooses the relay: rises with each resend.
    uint64_t lost_since_ms; // Since when the partner's gateway has not been reached; 0: it is.
} chat_t;

// What a user speaks through.
typedef struct {
    // To its browser: an event with JSON text as its argument.
    void (*emit) (void *self, user_t *user, const char *event, const char *json, size_t bytes);
    // To its browser: the answer to a request.
    void (*answer) (void *self, user_t *user, uint64_t ack, const char *json, size_t bytes);
    // To a matcher. False if there is none right now.
    bool (*ask) (void *self, user_t *user, const wire_t *wire, unsigned attempt);
    // To the partner's gateway, by a relay. False if there is none right now.
    bool (*tell) (void *self, user_t *user, const wire_t *wire, unsigned attempt);
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
    uint64_t matches;         // Chats begun.
    uint64_t written;         // Messages taken from browsers.
    uint64_t delivered;       // Messages confirmed by the partner's gateway.
    uint64_t resent;          // Messages sent again.
    uint64_t refused;         // Requests of browsers refused.
} users_t;

struct user {
    user_state_t state;
    ident_t id;
    users_t *users;      // Not owned.
    void *socket;        // The gateway's way to the browser; NULL while the user is away, or gone.
    char sid[IDENT_SECRET_SIZE]; // What the browser knows its socket by.
    ident_t token;       // The secret by which it may come back; ident_nil: it cannot.
    recall_t recall;     // What it may have missed.
    alarm_t absence;     // Until when it may be away.
    uint64_t turn;       // Counts the requests to matchers, which answer none but the latest.
    wire_kind_t pending; // What a matcher has not answered yet: WIRE_SEARCH, WIRE_LEAVE, WIRE_NONE.
    unsigned attempt;    // Chooses the matcher: rises with each repeat.
    bool told_no_matcher; // The browser knows that nobody can be found right now.
    alarm_t alarm;       // When to repeat what is pending.
    uint64_t give_up_ms; // USER_GONE: when to stop repeating.
    farewell_t farewell; // The chat that was left and that a matcher may not know to be over.
    chat_t *chat;        // USER_CHATTING: the chat. Owned.
    ident_t visitor;     // The address that it comes from, as visitor.h knows it.
    budget_t budget;     // What it may still do.
    bucket_t packets;    // What it may still send.
    unsigned warnings;   // How often it was told that it sends too much.
};

// A new, idle user with a new id and, if users may come back, a new token. Never NULL.
user_t *
user_new (users_t *users, void *socket);

// Frees it and whatever it still has set.
void
user_destroy (user_t **user);

// Something happens to the user. It may be destroyed on return, by way of the port's `done`.
void
user_step (user_t *user, user_event_t event, const void *what);

// True if the user is in that chat.
bool
user_is_in (const user_t *user, const ident_t *chat);

// "idle", "searching", "chatting" or "gone".
const char *
user_state_name (user_state_t state);

#endif
