// client.h -- what browsers may ask for: the table of events and the reading of their payloads.

#ifndef CLIENT_H
#define CLIENT_H

#include "gateway/json.h"
#include "gateway/user.h"

// An event that browsers may send.
typedef struct {
    const char *name;
    user_event_t event;
    // Reads the payload (NULL if there is none) into the request; REFUSAL_NONE, or why not.
    refusal_t (*read) (const value_t *payload, const users_t *users, request_t *request);
    const char *sentence;
} client_event_t;

// The table; the last row has no name.
extern const client_event_t client_events[];

// A browser sent an event: checks it, and lets it happen to the user, or refuses it. `arguments`
// has the event's name at place 0.
void
client_hear (user_t *user, const char *name, const value_t *arguments, uint64_t ack);

#endif
