// app.h -- an application on Engine.IO that writes down what it is told.

#ifndef APP_H
#define APP_H

#include "gateway/engineio.h"

typedef struct {
    char heard[65536];      // "text hello, binary 3 abc, answered, closed ping timeout".
    eio_session_t *session; // The latest.
    unsigned open;
    bool closes;            // Closes a session that it gets a message from,
    bool speaks;            // and sends something when it is closed.
} app_t;

extern app_t app;
extern const engineio_app_t app_functions;

void
app_begin (void);

// What it was told since the last call. Lasts until the next.
const char *
app_heard (void);

// Sends a message, or a binary one.
void
app_sends (const char *text);

void
app_sends_binary (const char *data, size_t bytes);

#endif
