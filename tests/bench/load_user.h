// load_user.h -- one of many people: what it says, and whether what it hears is right.

#ifndef LOAD_USER_H
#define LOAD_USER_H

#include "bench/line.h"
#include "bench/load.h"

#define RING                                                                               \
    256 // A power of two; nobody's partner reads so much later than it is answered.
#define WAITS_MOST 200000 // The latest are kept.

typedef struct load_user load_user_t;

// What everybody is about.
typedef enum {
    AIM_REST,  // Says nothing by itself.
    AIM_TALK,  // Keeps a window of messages on their way.
    AIM_MIX,   // When one is answered another writes, by chance.
    AIM_MATCH, // Searches, ends, searches.
    AIM_CHURN, // Joins, leaves, joins.
} aim_t;

typedef enum {
    USER_OUT,       // Not connected.
    USER_JOINING,   // Connected.
    USER_HERE,      // Joined.
    USER_SEARCHING, // Has said so.
    USER_CHATTING,  // Was told of a match.
    USER_LEAVING,   // Has ended the chat, and waits for the answer.
    USER_GOING,     // Has left, and waits for the server to close.
} load_state_t;

// What all have in common.
typedef struct {
    load_user_t *users;  // All of them. Owned by the load.
    size_t user_count;   // Of `users`.
    aim_t aim;           // What they do.
    size_t window;       // Messages of each on their way.
    size_t paired;       // Users with a partner.
    counts_t counts;     // Since the last load_count.
    uint64_t wait_count; // Of all waits since then.
    uint32_t *waits_us;  // The latest WAITS_MOST. Owned by the load.
} company_t;

struct load_user {
    line_t line;
    company_t *company; // Everybody.
    size_t number;      // Its place among them.
    load_state_t state;
    uint64_t chat;         // Hash of the chat's id, while CHATTING.
    load_user_t *partner;  // Once both were told.
    uint64_t sent;         // Messages.
    uint64_t answered;     // Of these, in order.
    uint64_t heard;        // Messages of the partner, in order.
    uint64_t due_us[RING]; // When the latest were due, by their number.
};

// Something came: a line_hear_t whose owner is a load_user_t.
void
load_user_hear (void *owner, const said_t *said);

// Is here, and searches.
void
load_user_search (load_user_t *user);

// Writes to its partner.
void
load_user_write (load_user_t *user, uint64_t due_us);

// Disconnects; it is OUT when the server has closed.
void
load_user_leave (load_user_t *user);

// Writes as many messages as its window has room for.
void
load_user_fill (load_user_t *user);

// Somebody who has room for it writes a message, by chance.
void
load_user_draw (company_t *company);

#endif
