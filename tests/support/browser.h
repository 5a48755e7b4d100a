// browser.h -- a browser's WebSocket (RFC 6455), driven by hand: for what a proper client never does.

#ifndef BROWSER_H
#define BROWSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct browser browser_t;

// Connects to a port of 127.0.0.1 and sends nothing.
browser_t *
browser_dial (uint16_t port);

// Sends bytes as they are.
void
browser_raw (browser_t *browser, const char *data, size_t bytes);

// Sends a WebSocket handshake for that path and query; `headers` (may be "") end with CR LF each.
void
browser_shake (browser_t *browser, const char *path, const char *headers);

// Reads an HTTP answer's head and returns its status; 0 if the connection ends before.
int
browser_status (browser_t *browser);

// The same as browser_open, with further headers.
browser_t *
browser_open_with (uint16_t port, const char *headers);

// Connects, opens a WebSocket, joins the namespace "/" and waits for the first `state` event.
browser_t *
browser_open (uint16_t port);

// Sends one masked frame: opcode and FIN bit as they stand in the first byte.
void
browser_frame (browser_t *browser, unsigned char first, const char *data, size_t bytes);

// Sends a text.
void
browser_send (browser_t *browser, const char *text);

// Waits for the next text frame that begins with `start`, answers pings, passes over others.
// Returns it, terminated, good until the next call. Fails the test if none comes in time.
const char *
browser_expect (browser_t *browser, const char *start);

// The same with a time of its own; NULL if none comes.
const char *
browser_hears (browser_t *browser, const char *start, uint64_t wait_ms);

// From now on Engine.IO pings are not answered.
void
browser_play_dead (browser_t *browser);

// Waits for the end of the connection; returns the close code, 0 if there was no close frame.
// Fails the test if it does not end in time.
unsigned
browser_end (browser_t *browser);

// Closes the connection without a word.
void
browser_close (browser_t **browser);

#endif
