// browser.h -- a browser as Engine.IO's door would present it: WebSockets, GETs and POSTs.

#ifndef UNIT_BROWSER_H
#define UNIT_BROWSER_H

#include "gateway/engineio.h"

#define BROWSER_BEGIN_MS 1000000

// A WebSocket, a held GET or a POST.
typedef struct {
    eio_session_t *session; // NULL: none any more.
    unsigned wakes;         // How often it was told that something waits.
    bool finished;          // A WebSocket: it was closed,
    unsigned status;        // with this status.
    char rest[65536];       // And what still waited then: frames, one to a line.
    char answer;            // A GET: the packet that it was answered with; 0: none.
    eio_error_t refusal;    // A GET or a POST: the error that it was answered with.
} carrier_t;

// The sessions of a test, and their clock.
typedef struct {
    agenda_t *agenda;
    engineio_t *engineio;
    uint64_t now_ms;
} browser_t;

extern browser_t browser;

// Begins, with this application. Pings every 300 ms, waits 200 ms for an answer and 1000 ms for an
// upgrade; takes 1000 bytes at once; 4096 may wait.
void
browser_begin (const engineio_app_t *app, void *self);

// Closes all sessions and sees to it that nothing of them is left.
void
browser_end (void);

// Opens a session on a WebSocket, or, with NULL, for polling.
eio_session_t *
browser_open (carrier_t *websocket);

// A carrier that nothing has happened to.
void
carrier_begin (carrier_t *carrier, eio_session_t *session);

// The browser sends a text frame, or a binary one, on a WebSocket.
void
browser_sends (carrier_t *websocket, const char *text);

void
browser_sends_binary (carrier_t *websocket, const char *data, size_t bytes);

// What the WebSocket gets next, terminated; a binary frame has "b:" in front. NULL: nothing. Lasts
// until the next call.
const char *
browser_gets (carrier_t *websocket);

// The body that a held GET gets, terminated; NULL: none yet. Lasts until the next call.
const char *
browser_collects (carrier_t *get);

// Lets time pass, in ticks of 10 ms.
void
browser_waits (uint64_t ms);

#endif
