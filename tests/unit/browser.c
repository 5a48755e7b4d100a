// browser.c -- the door that Engine.IO sees in tests.

#include "unit/browser.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "support/cmocka_all.h"

browser_t browser;

static char received[65536]; // What browser_gets and browser_collects have got last.

// A frame as text, its room overwritten as a door does it.
static bool
take_frame (carrier_t *websocket)
{
    size_t place = 0;
    eio_packet_t packet;
    if (!eio_next (websocket->session, websocket, &place, &packet)) {
        return false;
    }
    size_t mark = packet.binary ? 2 : 0;
    must (packet.bytes + mark < sizeof received);
    memcpy (received, "b:", mark);
    memcpy (received + mark, packet.data, packet.bytes);
    received[mark + packet.bytes] = '\0';
    memset (packet.data - EIO_ROOM, 0xee, EIO_ROOM);
    eio_sent (websocket->session, websocket, place);
    return true;
}

static void
wake (void *self)
{
    carrier_t *carrier = self;
    carrier->wakes++;
}

static void
finish (void *self, unsigned status)
{
    carrier_t *carrier = self;
    assert_false (carrier->finished);
    while (carrier->session != NULL && take_frame (carrier)) {
        must (strlen (carrier->rest) + strlen (received) + 1 < sizeof carrier->rest);
        strcat (strcat (carrier->rest, received), "\n");
    }
    carrier->session = NULL;
    carrier->finished = true;
    carrier->status = status;
}

static void
answer (void *self, char packet)
{
    carrier_t *carrier = self;
    assert_int_equal (carrier->answer, 0);
    carrier->session = NULL;
    carrier->answer = packet;
}

static void
refuse (void *self, eio_error_t error)
{
    carrier_t *carrier = self;
    assert_int_equal (carrier->refusal, EIO_FINE);
    carrier->session = NULL;
    carrier->refusal = error;
}

static const engineio_door_t door = {wake, finish, answer, refuse};

void
browser_begin (const engineio_app_t *app, void *self)
{
    static const engineio_settings_t settings = {
        .ping_interval_ms = 300,
        .ping_timeout_ms = 200,
        .upgrade_timeout_ms = 1000,
        .max_payload = 1000,
        .queue_most = 4096,
    };
    browser.now_ms = BROWSER_BEGIN_MS;
    browser.agenda = agenda_new (browser.now_ms);
    browser.engineio = engineio_new (settings, app, self, &door, browser.agenda);
}

void
browser_end (void)
{
    engineio_close_all (browser.engineio, EIO_SERVER_STOP);
    assert_int_equal (engineio_sessions (browser.engineio), 0);
    engineio_destroy (&browser.engineio);
    agenda_destroy (&browser.agenda); // Which sees to it that no alarm is left.
}

eio_session_t *
browser_open (carrier_t *websocket)
{
    static const ident_t visitor = {{'v'}};
    if (websocket != NULL) {
        carrier_begin (websocket, NULL);
    }
    eio_session_t *session = eio_open (browser.engineio, &visitor, websocket, browser.now_ms);
    if (websocket != NULL) {
        websocket->session = session;
    }
    return session;
}

void
carrier_begin (carrier_t *carrier, eio_session_t *session)
{
    memset (carrier, 0, sizeof *carrier);
    carrier->session = session;
    carrier->refusal = EIO_FINE;
}

static void
send_frame (carrier_t *websocket, bool binary, const char *data, size_t bytes)
{
    char *copy = malloc (bytes > 0 ? bytes : 1); // So that a sanitizer sees its end.
    must (copy != NULL && websocket->session != NULL);
    memcpy (copy, data, bytes);
    eio_frame (websocket->session, websocket, binary, copy, bytes, browser.now_ms);
    free (copy);
}

void
browser_sends (carrier_t *websocket, const char *text)
{
    send_frame (websocket, false, text, strlen (text));
}

void
browser_sends_binary (carrier_t *websocket, const char *data, size_t bytes)
{
    send_frame (websocket, true, data, bytes);
}

const char *
browser_gets (carrier_t *websocket)
{
    if (websocket->session == NULL) {
        return NULL;
    }
    return take_frame (websocket) ? received : NULL;
}

const char *
browser_collects (carrier_t *get)
{
    writer_t writer = {0};
    if (get->session == NULL || get->wakes == 0) {
        return NULL;
    }
    eio_collect (get->session, &writer);
    get->session = NULL;
    must (writer.size < sizeof received);
    memcpy (received, writer.bytes, writer.size);
    received[writer.size] = '\0';
    writer_close (&writer);
    return received;
}

void
browser_waits (uint64_t ms)
{
    for (uint64_t end_ms = browser.now_ms + ms; browser.now_ms < end_ms;) {
        browser.now_ms += 10;
        agenda_tick (browser.agenda, browser.now_ms);
    }
}
