// courier.h -- brings the RECORDs of many chats to a recorder as a matcher's outbox does: so many at
// once, and again whatever is not confirmed in time.
//
// Each chat makes two: it has begun; it is over, when so many others have begun after it. The chats
// are all different, each with numbers of its own.

#ifndef COURIER_H
#define COURIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct courier courier_t;

// For `chats` chats, of which none has begun; `at_once` RECORDs are on their way at most, and a chat
// is over when `lag` more have begun. Dials a recorder on 127.0.0.1 again and again.
courier_t *
courier_new (uint16_t port, size_t chats, size_t at_once, size_t lag);

void
courier_destroy (courier_t **courier);

// From now on `begun` of the chats have begun; never fewer than before.
void
courier_begin (courier_t *courier, size_t begun);

// No more begin; those of which the recorder was told are over.
void
courier_finish (courier_t *courier);

// Sends what may be sent and hears what is there; waits a moment if that was nothing.
void
courier_step (courier_t *courier);

// The recorder is there.
bool
courier_is_ready (const courier_t *courier);

// RECORDs that are confirmed; two a chat in the end.
size_t
courier_confirmed (const courier_t *courier);

// RECORDs that may go and are not confirmed.
size_t
courier_waiting (const courier_t *courier);

// REFUSEDs heard so far.
uint64_t
courier_refused (const courier_t *courier);

// Chats that have begun, as far as the recorder was told.
size_t
courier_begun (const courier_t *courier);

// What the rows of all those come to, for COURIER_SUM: see there.
uint64_t
courier_sum (const courier_t *courier);

// The same as SQL gives it, over rows that are complete.
#define COURIER_SUM                                                                        \
    "SELECT coalesce (sum (\"messagesA\"), 0) FROM \"ChatSession\""                        \
    "  WHERE \"endReason\" = 'skipped' AND \"endedBy\" = 'A' AND \"messagesB\" = 1"        \
    "  AND \"endedAt\" - \"startedAt\" = \"messagesA\" * interval '1 ms'"                  \
    "  AND \"waitedMsA\" = 7 AND \"waitedMsB\" = 0"                                        \
    "  AND \"sharedInterests\" = \"messagesA\" % 11"                                       \
    "  AND right (\"userA\", 34) = right (\"id\", 34)"                                     \
    "  AND right (\"userB\", 34) = right (\"id\", 34)"

#endif
