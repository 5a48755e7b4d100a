// line.h -- a browser's connection as the load has it: Socket.IO by WebSocket, and cheap.

#ifndef LINE_H
#define LINE_H

#include <stddef.h>
#include <stdint.h>

#define LINE_ROOM 16384
#define NO_NUMBER UINT64_MAX

typedef enum { LINE_CLOSED, LINE_SHAKING, LINE_OPEN, LINE_LEAVING } line_state_t;

typedef enum {
    SAID_JOINED, // The namespace is open.
    SAID_EVENT,  // An event.
    SAID_ANSWER, // The answer to an event of ours.
    SAID_END,    // The server has closed, or does not want us.
    SAID_GONE,   // The server has closed after we had left.
} said_kind_t;

// What the server has said.
typedef struct {
    said_kind_t kind;
    uint64_t number;  // Of the answer, or that the event wants one under; NO_NUMBER: none.
    const char *body; // A JSON array, not terminated.
    size_t bytes;     // Of the body.
} said_t;

typedef struct {
    int fd;
    line_state_t state;
    uint32_t mask;    // Of the last frame; another one each time.
    size_t in_bytes;  // Heard and not yet read.
    size_t out_bytes; // Said and not yet sent.
    char in[LINE_ROOM];
    char out[LINE_ROOM];
} line_t;

typedef void
line_hear_t (void *owner, const said_t *said);

// Connects to a port of 127.0.0.1 from the address 127.0.0.0 + source, and asks for a WebSocket.
// Joins the namespace by itself. Fails the test if there is no way.
void
line_dial (line_t *line, uint16_t port, uint32_t source);

// Says a text; it leaves with line_flush.
void
line_say (line_t *line, const char *text, size_t bytes);

// Sends what was said. Fails the test if the server does not take it.
void
line_flush (line_t *line);

// Reads what has come, once, and lets `hear` know. Answers pings.
void
line_read (line_t *line, line_hear_t *hear, void *owner);

// Leaves as socket.disconnect () does: says so, and waits for the server to close. To close at once
// would throw away what is not read yet, on both sides (RFC 1122, 4.2.2.13).
void
line_leave (line_t *line);

#endif
