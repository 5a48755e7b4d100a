// storm_browser.h -- a browser in a storm: what is on its way to it, what it has read and written.
//
// It keeps the last offset that it has read. Whatever comes before the answer to its CONNECT it takes
// only together with that.

#ifndef STORM_BROWSER_H
#define STORM_BROWSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/offset.h"

#define MESSAGES_MOST 100
#define REQUESTS_MOST 8192
#define PIPE_MOST 1024
#define OFFSET_TEXT 160

typedef enum {
    SAID_NOTHING,
    SAID_MESSAGE,
    SAID_STATE,
    SAID_OTHER,
    SAID_ANSWER,
    SAID_ACCEPTED,
    SAID_PING,
} said_kind_t;

// What its gateway says.
typedef struct {
    said_kind_t kind;
    unsigned number; // Of the partner's message, or of the request that is answered.
    bool delivered;  // SAID_ANSWER.
    bool left;       // SAID_OTHER: the partner has left.
    char offset[OFFSET_TEXT]; // Of an event.
} said_t;

typedef struct {
    said_t pipe[PIPE_MOST];
    size_t piped;
    size_t out;         // So many of those are written.
    unsigned out_shown; // The last message of the partner that was ever written.
    bool accepted;      // CONNECT is answered.
    bool speaks;        // And it has read in what state it is.
    offset_t offset;    // Of the last event that it has read.
    unsigned shown;     // Messages of the partner that it has read.
    unsigned left;      // How often it has read that the partner left.
    unsigned wanted;    // Messages that it will write.
    unsigned written;
    unsigned requests;  // How often it has written, or written again.
    unsigned given_up;  // The requests up to this one were on connections that are lost.
    unsigned about[REQUESTS_MOST]; // Which message a request was about; 0: it is answered.
    bool answered[MESSAGES_MOST + 1];  // Whether a message was answered,
    bool delivered[MESSAGES_MOST + 1]; // and how at last.
    const char *wrong;  // What is wrong with what it has read, or NULL.
} storm_browser_t;

// Its gateway sends: an event, an answer, or something without content.
void
storm_browser_event (storm_browser_t *browser, const char *event, const char *json, size_t bytes);

void
storm_browser_answer (storm_browser_t *browser, uint64_t ack, const char *json, size_t bytes);

void
storm_browser_say (storm_browser_t *browser, said_kind_t kind);

// All that was sent is written.
void
storm_browser_written (storm_browser_t *browser);

// Reads the first that is written. SAID_NOTHING: there is nothing, or no answer to CONNECT.
said_kind_t
storm_browser_read (storm_browser_t *browser);

// The connection is lost, and what was on its way with it.
void
storm_browser_drop (storm_browser_t *browser);

// It writes a message, for the first time or again. Returns what the answer is to name.
uint64_t
storm_browser_request (storm_browser_t *browser, unsigned number);

// How many messages it has no answer for.
unsigned
storm_browser_unanswered (const storm_browser_t *browser);

#endif
