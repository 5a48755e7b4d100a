// door.h -- what fuzzers put below Engine.IO: carriers that take everything at once.

#ifndef FUZZ_DOOR_H
#define FUZZ_DOOR_H

#include <stdint.h>

#include "gateway/engineio.h"

// A WebSocket, a held GET or a POST.
typedef struct {
    eio_session_t *session; // NULL: none any more.
} carrier_t;

extern const engineio_door_t fuzz_door;

// Takes all that a WebSocket can be given.
void
carrier_drain (carrier_t *websocket);

// Cuts the input into records, which end with 0xff. False if there is none left.
bool
next_record (const uint8_t **data, size_t *left, const char **record, size_t *bytes);

#endif
