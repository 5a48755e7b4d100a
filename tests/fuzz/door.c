// door.c -- the door of the fuzzers.

#include "fuzz/door.h"

#include <string.h>

void
carrier_drain (carrier_t *websocket)
{
    eio_packet_t packet;
    size_t place = 0;
    while (websocket->session != NULL
           && eio_next (websocket->session, websocket, &place, &packet)) {
        memset (packet.data - EIO_ROOM, 0xee, EIO_ROOM);
        eio_sent (websocket->session, websocket, place);
        place = 0;
    }
}

static void
wake (void *carrier)
{
    (void) carrier; // It is drained later, as a door does it.
}

static void
finish (void *carrier, unsigned status)
{
    (void) status;
    carrier_drain (carrier);
    ((carrier_t *) carrier)->session = NULL;
}

static void
answer (void *carrier, char packet)
{
    (void) packet;
    ((carrier_t *) carrier)->session = NULL;
}

static void
refuse (void *carrier, eio_error_t error)
{
    (void) error;
    ((carrier_t *) carrier)->session = NULL;
}

const engineio_door_t fuzz_door = {wake, finish, answer, refuse};

bool
next_record (const uint8_t **data, size_t *left, const char **record, size_t *bytes)
{
    if (*left == 0) {
        return false;
    }
    const uint8_t *end = memchr (*data, 0xff, *left);
    *record = (const char *) *data;
    *bytes = end != NULL ? (size_t) (end - *data) : *left;
    size_t used = *bytes + (end != NULL);
    *data += used;
    *left -= used;
    return true;
}
