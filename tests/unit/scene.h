// scene.h -- one user on a stage: a test says what happens, the scene writes down what is said.
//
// There are chats 1, 2, 3...: each MATCHED begins the next one, with a partner and a gateway of its
// own. What the user says is written as words, in order, separated by ", ":
//
//     matched 1 / message 1 hi / typing 1 on / partner_left 1 skipped / error chat_over
//                                              events to the browser; the number is the chat's
//     matched 2 again 1 / waiting / search_timeout
//                                              chat 2 takes chat 1 up again; a wait; its end
//     answer 7 waiting                         the answer to the request with acknowledgement 7
//     SEARCH 2 of 1 sent 3 received 0          to a matcher: turn 2, leaving chat 1
//     LEAVE 3 ended                            to a matcher: turn 3, leaving no chat
//     HOLD 3 in 1 / RESUME                     to a matcher: turn 3, being in chat 1
//     SEARCH 4 undo 1                          taking chat 1 up again
//     BLOCK 1 at 0                             to a matcher of pool 0: never again the partner of chat 1
//     MESSAGE 1 #1 hello / RECEIPT 1 #3 seen 2 / TYPING 1 on / AWAY 1 / BACK 1 / GONE 1 skipped
//     MOVED 1 turn 5 #3 / STANDS 1 #3 first 1 taken 2 back 1 said 4
//                                              to the partner's gateway; "seen", "back" and "said" (how
//                                              many fingerprints) if they are not 0
//     GIVES BACK 1 #2 hi                       the same: a message that the partner has written
//     accept / ping / dismiss / put_out        to the connection
//     renamed                                  the user has another token and another id
//     done                                     forget the user

#ifndef SCENE_H
#define SCENE_H

#include "gateway/user.h"

#define SCENE_BEGIN_MS 1000000
#define SCENE_WALL_MS 1767225600000
#define SCENE_LOST_MS 31000
#define SCENE_RECOVERY_MS 30000

// What matchers say of how every chat began, and of somebody who comes back.
#define SCENE_SIDE SIDE_B
#define SCENE_STARTED_MS 1767225500000
#define SCENE_WAITED_A_MS 1200
#define SCENE_WAITED_B_MS 34
#define SCENE_TURN 65536
#define SCENE_WAITS_MS 7000

// What they say of somebody who stands in line.
#define SCENE_AGAIN_MS 2000
#define SCENE_SEARCHING 3
#define SCENE_POOL_WAIT_MS 10000

typedef struct {
    users_t users;
    user_t *user;       // NULL once it is done.
    char said[32768];   // Since the last event that a test let happen.
    char json[16384];   // Of the last event or answer to the browser.
    wire_t wire;        // The last one that was said. Its words are gone.
    unsigned attempt;   // With which that was said.
    size_t asked_pool;  // Of whose matchers one was asked last.
    bool no_matcher;    // None is there.
    bool no_relay;      // None is there.
    wish_t *wish;       // What the next search or skip wishes; the user takes it.
    uint64_t pool;      // Which one says that a block is noted.
    uint64_t ack;       // Of the last request.
    unsigned chat;      // The latest chat.
    ident_t there;      // Where the partner in it is.
    uint64_t heard;     // Messages of the partner in it.
} scene_t;

extern scene_t scene;

// scene_port.c: writes down what the user says.
extern const users_port_t scene_port;

// Begins anew, with an idle user who may come back within so long.
void
scene_open_with (uint64_t recovery_ms);

// Begins anew, with a user who has come back with that offset to a gateway that does not know it. If
// it was chatting, then in chat 1.
void
scene_open_returning (uint64_t recovery_ms, const char *offset);

// For cmocka, too.
int
scene_close (void **state);

// Lets an event happen with what belongs to it: the next acknowledgement for a request, "hello" for
// a text, the next chat for a MATCHED, the user's turn, the next number n of the partner's messages,
// whose name is "pn", a receipt for all that was written, the next gateway for a MOVED; a STANDS for all that was written
// and heard; "hello" as given back number 1.
void
scene_happens (user_event_t event);

// All that was said to the browser is out.
void
scene_is_written (void);

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

// Where the partner of chat n goes.
ident_t
next_gateway_ident (unsigned n);

// How many requests were refused, for whatever reason.
uint64_t
scene_refused (void);

// What was said since the last event; forgets it.
const char *
scene_says (void);

// A new user who cannot come back, to whom these events happen one after the other; only what the
// last one says is kept.
void
scene_plays (const user_event_t *events, size_t count);

// The same of one who has come to another gateway with that offset.
void
scene_plays_returning (const char *offset, const user_event_t *events, size_t count);

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

// Checks that somebody who has come with that offset is in `end` after these events.
#define COMES_TO(end, offset, ...)                                                           \
    do {                                                                                     \
        const user_event_t events_[] = {__VA_ARGS__};                                        \
        scene_plays_returning (offset, events_, sizeof events_ / sizeof events_[0]);         \
        assert_non_null (scene.user);                                                        \
        assert_string_equal (user_state_name (scene.user->state), user_state_name (end));    \
    } while (0)

#endif
