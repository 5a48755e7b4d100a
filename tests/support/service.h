// service.h -- a process under test: started, watched, ended by its id.

#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DEADLINE_MS 10000 // How long a test waits for a fact before it fails.

typedef struct service service_t;

// Starts `binary` with the environment of the test and the settings (name, value, ..., NULL)
// beside it; its log goes to a file. It dies when the test does. Fails the test if it cannot start.
service_t *
service_start (const char *binary, const char *const settings[]);

// The same with one word on the command line; NULL: with none.
service_t *
service_command (const char *binary, const char *word, const char *const settings[]);

// The same with all words of the command line (..., NULL); the first is a program, found by PATH.
service_t *
service_words (const char *const words[], const char *const settings[]);

// Sends a signal.
void
service_signal (service_t *service, int signal);

// Waits for the end of the process and returns its exit code, 128 + n if signal n ended it.
int
service_wait (service_t *service);

// SIGTERM, then fails the test unless it ends with code 0 in time. Forgets the service.
void
service_stop (service_t **service);

// SIGKILL, waits, forgets the service.
void
service_kill (service_t **service);

// True once the process has ended.
bool
service_ended (service_t *service);

pid_t
service_pid (const service_t *service);

// True if the log so far has `text` in it.
bool
service_logged (const service_t *service, const char *text);

// A port of 127.0.0.1 that nobody listens on, and that no other test is given while this one runs.
uint16_t
free_port (void);

// A decimal number as text, good until the eighth next call.
const char *
number_text (uint64_t number);

// GETs a page from a port of 127.0.0.1. Returns its status, 0 if there was no answer. `body` (may
// be NULL) gets up to size - 1 bytes and a terminator.
int
http_get (uint16_t port, const char *path, char *body, size_t size);

// Waits until /readyz of that port says yes (or, with `ready` false, no). Fails the test if not.
void
wait_ready (uint16_t admin_port, bool ready);

// The value of a metric on the /metrics page of that port, over all values of its labels. Fails the
// test if it is not there.
uint64_t
metric_value (uint16_t admin_port, const char *name);

// The same of a metric in seconds, in ms.
uint64_t
metric_ms (uint16_t admin_port, const char *name);

// Monotonic milliseconds, for deadlines.
uint64_t
now_ms (void);

// Lets other processes run for a moment between two looks at a fact.
void
breathe (void);

// Waits for a fact with a deadline; fails the test, naming the fact, when it does not come true.
#define WAIT_FOR(fact)                                                        \
    for (uint64_t end_ms_ = now_ms () + DEADLINE_MS; !(fact); breathe ()) {   \
        if (now_ms () > end_ms_) {                                            \
            fail_msg ("%s:%d: not true in time: %s", __FILE__, __LINE__, #fact); \
        }                                                                     \
    }

#endif
