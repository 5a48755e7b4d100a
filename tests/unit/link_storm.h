// link_storm.h -- a storm around two links: each in a gateway that has a browser, and a network between
// them that loses, doubles, delays and reorders.
//
// The gateways are in link_storm_gateways.c. What the browsers do, who dies, and what must hold whatever
// happens: link_storm_test.c.

#ifndef LINK_STORM_H
#define LINK_STORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/link.h"
#include "gateway/offset.h"
#include "unit/dice.h"

#define CONTENTS_MOST 200 // Messages that each of the two writes.
#define PACKETS_MOST 4096
#define PIPE_MOST 2048

typedef enum {
    ALL_LIVE,
    ONE_BY_ONE,     // Machines die, the second one after the harm of the first is mended.
    PROCESSES_DIE,  // At any time, both at once too; what was written still reaches the browser.
    MACHINES_DIE,   // At any time, both at once too.
    KINDS
} storm_kind_t;

// What a gateway has for its browser.
typedef struct {
    enum { TEXT, ANSWER, NOTICE } kind;
    uint64_t content; // Of the text, or of what is answered.
    uint64_t number;  // The offset: all up to this one have arrived, and
    uint32_t prints[OFFSET_FINGERPRINTS]; // what of it is said again is known by these.
    size_t print_count;
} item_t;

// One of the two: its browser, and its half of the link, wherever that is.
typedef struct {
    // At its gateway:
    link_t *link;         // NULL: that has died.
    uint64_t gateway;     // Which one; each is used once.
    uint64_t partner_gateway;
    uint64_t partner_turn;
    uint64_t out;         // All up to this number are written to the browser.
    uint64_t seen;        // All up to this number have been read, as the browser's pong has said.
    item_t pipe[PIPE_MOST];
    size_t piped;
    size_t pipe_out;      // So many of those are written.
    // At its browser:
    uint64_t read;        // The last content that it has read.
    item_t last;          // What it has read last with an offset.
    uint64_t written;     // The last content that it has written,
    uint64_t answered;    // up to which it has all answers,
    uint64_t again;       // and which it sends again next, as its gateway has died.
    bool has_answer[CONTENTS_MOST + 2];
    uint64_t back_at;     // When it comes back,
    uint64_t speaks_at;   // and when it may write there.
    // What is checked:
    uint64_t died_at;
    uint64_t debt;        // What it had written when one of the two died last.
    uint64_t out_content; // The last content that was ever written to its browser.
    uint64_t arrived_at[CONTENTS_MOST + 1];  // When a content of the other came here,
    uint64_t arrived_to[CONTENTS_MOST + 1];  // and to which gateway.
    uint64_t answered_at[CONTENTS_MOST + 1]; // When one of its own was confirmed first,
    uint64_t answered_by[CONTENTS_MOST + 1]; // by which gateway as far as this one knew,
    bool unkept[CONTENTS_MOST + 1];          // and whether it was not even taken here.
    bool lost[CONTENTS_MOST + 1];            // Passed over, and may come late.
} end_t;

typedef struct {
    uint64_t due; // At which step it arrives.
    unsigned to;
    uint64_t to_gateway;
    uint64_t from_gateway;
    enum { MESSAGE, RECEIPT, MOVED, STANDS } kind;
    uint64_t number;
    uint64_t content; // MESSAGE.
    uint64_t seen;    // RECEIPT.
    uint64_t turn;    // MOVED.
    uint64_t first;   // STANDS.
    uint32_t heard[LINK_WINDOW]; // MOVED and STANDS.
    size_t heard_count;
} packet_t;

typedef struct {
    dice_t dice;
    storm_kind_t kind;
    uint64_t step;
    uint64_t loss, doubles, delay; // The first two of 100 packets; steps at most.
    uint64_t wanted;               // Contents that each of the two will write.
    uint64_t unanswered_most;      // Contents that a browser has no answer for.
    uint64_t pace;                 // A browser writes in one of so many steps,
    uint64_t sloth;                // reads in one of so many,
    uint64_t peace;                // and somebody dies in one of so many.
    uint64_t deaths;               // How many are still to come.
    uint64_t gateways;             // How many there were.
    unsigned died_last;            // Which of the two.
    end_t ends[2];
    packet_t packets[PACKETS_MOST];
    size_t count;
    const char *wrong; // What went wrong, or NULL.
} link_storm_t;

extern link_storm_t storm;

// True once in so many times.
bool
storm_one_in (uint64_t sides);

// 0 or 1.
unsigned
end_index (const end_t *end);

// The other one.
end_t *
end_partner (const end_t *end);

// Puts what a link sends on its way.
void
end_send (const end_t *from, const sending_t *sending);

// Says that the end is at another gateway now.
void
end_tell_moved (const end_t *end);

// Tells the browser that a content of its own has arrived. `kept`: its gateway had taken it.
void
end_answer (end_t *end, uint64_t content, bool kept);

// What a gateway does by itself in a step, or not.
void
end_tend (end_t *end);

// Brings whatever is due to where it was sent.
void
storm_bring_due (void);

#endif
