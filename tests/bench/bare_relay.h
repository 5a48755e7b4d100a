// bare_relay.h -- the two halves of the bare relay: its wheel and frames, and its words.

#ifndef BARE_RELAY_H
#define BARE_RELAY_H

#include <stddef.h>

typedef struct person person_t;

struct person {
    int fd;
    size_t in_bytes;                    // Heard and not yet read.
    size_t out_bytes;                   // To be sent at the end of this turn.
    size_t chat;                        // The number of its chat.
    person_t *partner;                  // NULL: has none.
    enum { SHAKING, OPEN, OVER } state; // Of the connection.
    unsigned char *in;                  // ROOM bytes while there is half a frame. Owned.
    unsigned char *out; // OUT_MOST bytes while there is something to send. Owned.
};

// Ends the process if `holds` is 0.
void
bare_need (int holds, const char *what);

// Says a text; it leaves at the end of the turn.
void
bare_say (person_t *person, const char *text, size_t bytes);

// A packet of Engine.IO has come.
void
bare_hear (person_t *person, const char *text, size_t bytes);

// Searches no more, has no partner any more, who is told.
void
bare_part (person_t *person);

#endif
