// scene.h -- one user on a stage: a test says what happens, the scene writes down what is said.
//
// There are chats 1, 2, 3...: each MATCHED begins the next one, with a partner and a gateway of its
// own. What the user says is written as words, in order, separated by ", ":
//
//     matched 1 / message 1 hi / typing 1 on / partner_left 1 skipped / error chat_over
//                                              events to the browser; the number is the chat's
//     answer 7 waiting                         the answer to the request with acknowledgement 7
//     SEARCH 2 of 1 sent 3 received 0          to a matcher: turn 2, leaving chat 1
//     LEAVE 3 ended                            to a matcher: turn 3, leaving no chat
//     MESSAGE 1 #1 hello / RECEIPT 1 #0 / TYPING 1 on / AWAY 1 / BACK 1 / GONE 1 skipped
//                                              to the partner's gateway
//     done                                     forget the user

#ifndef SCENE_H
#define SCENE_H

#include "gateway/user.h"

#define SCENE_BEGIN_MS 1000000
#define SCENE_WALL_MS 1767225600000

typedef struct {
    users_t users;
    user_t *user;       // NULL once it is done.
    char said[32768];   // Since the last event that a test let happen.
    char json[16384];   // Of the last event or answer to the browser.
    wire_t wire;        // The last one that was said. Its words are gone.
    unsigned attempt;   // With which that was said.
    bool no_matcher;    // None is there.
    bool no_relay;      // None is there.
    uint64_t ack;       // Of the last request.
    unsigned chat;      // The latest chat.
    uint64_t heard;     // Messages of the partner in it.
} scene_t;

extern scene_t scene;

// Begins anew, with an idle user who may come back within so long.
void
scene_open_with (uint64_t recovery_ms);

// For cmocka, too.
int
scene_close (void **state);

// Lets an event happen with what belongs to it: the next acknowledgement for a request, "hello" for
// a text, the next chat for a MATCHED, the user's turn, the next number of the partner's messages,
// a receipt for all that was written.
void
scene_happens (user_event_t event);

// Lets time pass, in ticks of 10 ms.
void
scene_waits (uint64_t ms);

// The identities of chat n.
ident_t
chat_ident (unsigned n);

ident_t
partner_ident (unsigned n);

ident_t
partner_gateway_ident (unsigned n);

// What was said since the last event; forgets it.
const char *
scene_says (void);

// A new user who cannot come back, to whom these events happen one after the other; only what the
// last one says is kept.
void
scene_plays (const user_event_t *events, size_t count);

// Checks what was said last.
#define SAYS(text) assert_string_equal (scene_says (), text)

// Checks that a new user is in `end` after these events.
#define ENDS_IN(end, ...)                                                                    \
    do {                                                                                     \
        const user_event_t events_[] = {__VA_ARGS__};                                        \
        scene_plays (events_, sizeof events_ / sizeof events_[0]);                           \
        assert_non_null (scene.user);                                                        \
        assert_string_equal (user_state_name (scene.user->state), user_state_name (end));    \
    } while (0)

#endif
