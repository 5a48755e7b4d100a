// model.h -- who may meet whom, and who is in which chat, by what a test itself knows. There are no
// queues here: a wish is content with somebody, or it is not.

#ifndef MODEL_H
#define MODEL_H

#include "fixture.h"
#include "unit/dice.h"

#define PERSONS 60
#define WISHES_KEPT 16
#define RECENT_KEPT 3   // RECENT_PARTNERS, as a setting too.
#define OPEN_MS 200     // INTEREST_WAIT_MS.
#define AVOIDED_MS 150  // AVOID_MS.
#define UNDO_MS 15000

typedef struct {
    const char *interests;
    const char *language;
} want_t;

typedef struct {
    ident_t id;
    ident_t browser;          // Nobody's: not known.
    uint64_t turn;            // Of its latest request.
    want_t wants[WISHES_KEPT]; // By turn.
    bool open;                // When it was last told to wait, it met anybody.
    int chat;                 // Where among the chats is the one that it is in; -1: in none.
    int recent[RECENT_KEPT];  // Its latest chats with different partners, newest first; -1: none.
} person_t;

typedef struct {
    ident_t id;
    int persons[2];         // Of side A and of side B.
    uint64_t ended_ms;      // 0: it goes on.
    bool opened;            // Its record has been seen.
    wire_matched_t told[2]; // What each was told first; turn 0: nothing yet.
    char shared[2][INTERESTS_BYTES + 1]; // The interests that each was told.
} chat_t;

extern person_t persons[PERSONS];

// People anew, some with one browser between them, some with none that is known.
void
model_begin (dice_t *dice);

void
model_end (void);

// The place of a person among `persons`.
int
model_place (const ident_t *user);

// A random wish, for the next turn of a person.
void
model_want (person_t *person, dice_t *dice);

// What it wants, by its latest request.
const want_t *
model_wants (const person_t *person);

// From the next round on these two are known to be blocked.
void
model_block (int one, int other);

// All that was said so far has been answered.
void
model_next_round (void);

// Whether two never meet.
bool
model_is_never (int one, int other);

// The latest chat of the two that either still remembers; NULL: none.
const chat_t *
model_recent_chat (int one, int other);

// Whether each gets from the other what it insists on.
bool
model_fits (const want_t *one, bool one_is_open, const want_t *other, bool other_is_open);

// A MATCHED has come. Fails the test if it does not agree with the chat that it names.
void
model_hear (const wire_matched_t *match);

// A record of the outbox, in its order. Fails the test if these two may not have met just then.
void
model_record (const wire_record_t *record);

#endif
