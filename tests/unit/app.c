// app.c -- the application that Engine.IO sees in tests.

#include "unit/app.h"

#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "support/cmocka_all.h"

app_t app;

static char *
end_of_heard (void)
{
    char *end = app.heard + strlen (app.heard);
    must ((size_t) (end - app.heard) + 2048 < sizeof app.heard);
    return end > app.heard ? stpcpy (end, ", ") : end;
}

static void *
opened (void *self, eio_session_t *session, uint64_t now_ms)
{
    (void) now_ms;
    assert_ptr_equal (self, &app);
    app.session = session;
    app.open++;
    return &app;
}

static void
message (void *above, bool binary, const char *data, size_t bytes)
{
    assert_ptr_equal (above, &app);
    if (binary) {
        snprintf (end_of_heard (), 2048, "binary %zu %.*s", bytes, (int) bytes, data);
    }
    else {
        snprintf (end_of_heard (), 2048, "text %.*s", (int) bytes, data);
    }
    if (app.closes) {
        eio_close (app.session, EIO_SERVER_CLOSE);
    }
}

// What happens all the time; tests of it look at the carrier.
static void
note_nothing (void *above)
{
    assert_ptr_equal (above, &app);
}

static void
answered (void *above)
{
    assert_ptr_equal (above, &app);
    strcpy (end_of_heard (), "answered");
}

static void
closed (void *above, eio_reason_t reason)
{
    assert_ptr_equal (above, &app);
    snprintf (end_of_heard (), 2048, "closed %s", eio_reason_name (reason));
    app.open--;
    if (app.speaks) {
        app_sends ("too late");
        eio_close (app.session, EIO_SERVER_CLOSE);
    }
}

const engineio_app_t app_functions = {opened,   message,      note_nothing,
                                      answered, note_nothing, closed};

void
app_begin (void)
{
    memset (&app, 0, sizeof app);
}

const char *
app_heard (void)
{
    static char heard[sizeof app.heard];
    memcpy (heard, app.heard, sizeof heard);
    app.heard[0] = '\0';
    return heard;
}

void
app_sends (const char *text)
{
    eio_send (app.session, false, &(eio_part_t){text, strlen (text)}, 1);
}

void
app_sends_binary (const char *data, size_t bytes)
{
    eio_send (app.session, true, &(eio_part_t){data, bytes}, 1);
}
