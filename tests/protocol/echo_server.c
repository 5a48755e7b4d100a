// echo_server.c -- the gateway's protocol layer with an application that says back what it hears.
//
// On /engine.io/ every message is sent back as it came. On /socket.io/, in the namespaces / and
// /custom: `auth` with what CONNECT brought, right after its answer; `message` is answered by
// `message-back` with the same arguments, `message-with-ack` by an acknowledgement with them.
// Binary events are refused in the product's way. Anybody's protocol suite can be run against it.

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/log.h"
#include "base/must.h"
#include "base/settings.h"
#include "gateway/browser_door.h"
#include "gateway/socketio.h"
#include "support/values.h"

#define TICK_MS 10
#define STOP_MS 500          // How long a stopping server waits for its connections to end.
#define CONNECTIONS_MOST 10000

static const char *const namespaces[] = {"/", "/custom", NULL};

// clang-format off
static const setting_t settings[] = {
    NUMBER_SETTING ("PORT", "3000", 1, 65535, "The port to listen on.")
    NUMBER_SETTING ("PING_INTERVAL_MS", "300", 1, 3600000, "Silence before a ping.")
    NUMBER_SETTING ("PING_TIMEOUT_MS", "200", 1, 3600000, "How long a pong may take.")
    NUMBER_SETTING ("MAX_PAYLOAD", "1000000", 1024, 16777216, "Bytes that may be sent at once.")
    NUMBER_SETTING ("CONNECT_TIMEOUT_MS", "1400", 1, 3600000, "How long joining may take.")
    NUMBER_SETTING ("UPGRADE_TIMEOUT_MS", "10000", 1, 3600000, "How long an upgrade may take.")
    TEXT_SETTING ("CORS_ORIGINS", "*", 1, 4096, "Allowed origins, separated by commas, or *.")
#include "base/common_settings.def"
    SETTINGS_END,
};
// clang-format on

typedef struct {
    loop_t *loop;           // Owned.
    agenda_t *agenda;       // Owned.
    socketio_t *socketio;   // Owned.
    engineio_t *raw;        // Behind /engine.io/. Owned.
    engineio_t *events;     // Behind /socket.io/. Owned.
    browser_door_t *door;   // Owned.
    uv_timer_t tick;
    uv_signal_t signals[2];
    uint64_t stop_ms;       // When a stopping server ends at the latest; 0: it is not stopping.
} echo_t;

// --- /engine.io/ ---

static void *
raw_opened (void *self, eio_session_t *session, uint64_t now_ms)
{
    (void) self;
    (void) now_ms;
    return session;
}

static void
raw_message (void *above, bool binary, const char *data, size_t bytes)
{
    eio_send (above, binary, &(eio_part_t){data, bytes}, 1);
}

static void
raw_passed_over (void *above)
{
    (void) above;
}

static void
raw_closed (void *above, eio_reason_t reason)
{
    (void) above;
    (void) reason;
}

static const engineio_app_t raw_app = {raw_opened,   raw_message,  raw_passed_over,
                                       raw_passed_over, raw_passed_over, raw_closed};

// --- /socket.io/ ---

static void *
on_connected (void *self, sio_socket_t *socket, const value_t *auth)
{
    char sid[IDENT_SECRET_SIZE];
    char *json = auth != NULL ? value_write (auth) : must_copy ("{}", 2);
    (void) self;
    ident_secret (sid);
    sio_accept (socket, sid, NULL);
    sio_emit (socket, "auth", json, strlen (json));
    free (json);
    return socket;
}

static void
on_event (void *above, const char *name, const value_t *arguments, uint64_t ack)
{
    writer_t writer = {0};
    for (size_t i = 1; i < value_count (arguments); i++) {
        char *json = value_write (value_item (arguments, i));
        writer_text (&writer, i > 1 ? "," : "");
        writer_text (&writer, json);
        free (json);
    }
    const char *json = writer.size > 0 ? writer.bytes : "";
    if (strcmp (name, "message") == 0) {
        sio_emit (above, "message-back", json, writer.size);
    }
    else if (strcmp (name, "message-with-ack") == 0 && ack != SIO_NO_ACK) {
        sio_ack (above, ack, json, writer.size);
    }
    writer_close (&writer);
}

static void
on_binary (void *above, uint64_t ack)
{
    writer_t writer = {0};
    writer_text (&writer, "{\"error\":{\"message\":\"");
    writer_text (&writer, refusal_sentence (REFUSAL_BINARY));
    writer_text (&writer, "\",\"code\":\"");
    writer_text (&writer, refusal_code (REFUSAL_BINARY));
    writer_text (&writer, "\"}}");
    size_t outer = strlen ("{\"error\":");
    sio_emit (above, "error", writer.bytes + outer, writer.size - outer - 1);
    if (ack != SIO_NO_ACK) {
        sio_ack (above, ack, writer.bytes, writer.size);
    }
    writer_close (&writer);
}

static void
on_disconnected (void *above, sio_socket_t *socket, bool clean)
{
    (void) clean;
    must (above == socket);
}

static void
ignore_visitor (void *self, const ident_t *visitor)
{
    (void) self;
    (void) visitor;
}

static const socketio_app_t events_app = {on_connected,    on_event,       on_binary,
                                          raw_passed_over,    raw_passed_over,   raw_passed_over,
                                          on_disconnected, ignore_visitor, ignore_visitor};

// --- What the door asks ---

static ident_t
name_visitor (void *self, const char *address)
{
    (void) self;
    (void) address;
    return (ident_t){{0}};
}

static refusal_t
admit_all (void *self, const ident_t *visitor, uint64_t now_ms, uint64_t *retry_after_ms)
{
    (void) self;
    (void) visitor;
    (void) now_ms;
    *retry_after_ms = 0;
    return REFUSAL_NONE;
}

// --- Life cycle ---

static void
on_tick (uv_timer_t *tick)
{
    echo_t *echo = tick->data;
    uint64_t now_ms = uv_now (loop_uv (echo->loop));
    agenda_tick (echo->agenda, now_ms);
    if (echo->stop_ms != 0
        && (browser_door_counts (echo->door)->connections == 0 || now_ms > echo->stop_ms)) {
        uv_stop (loop_uv (echo->loop));
    }
}

static void
on_signal (uv_signal_t *signal, int number)
{
    echo_t *echo = signal->data;
    (void) number;
    if (echo->stop_ms == 0) {
        echo->stop_ms = uv_now (loop_uv (echo->loop)) + STOP_MS;
        browser_door_close_port (echo->door);
        engineio_close_all (echo->raw, EIO_SERVER_STOP);
        engineio_close_all (echo->events, EIO_SERVER_STOP);
    }
}

static void
start_handles (echo_t *echo)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    uv_loop_t *uv = loop_uv (echo->loop);
    uv_timer_init (uv, &echo->tick);
    echo->tick.data = echo;
    uv_timer_start (&echo->tick, on_tick, 0, TICK_MS);
    for (int i = 0; i < 2; i++) {
        uv_signal_init (uv, &echo->signals[i]);
        echo->signals[i].data = echo;
        uv_signal_start (&echo->signals[i], on_signal, numbers[i]);
    }
    signal (SIGPIPE, SIG_IGN);
}

static bool
open_door (echo_t *echo, const config_t *config)
{
    size_t max_payload = (size_t) config_number (config, "MAX_PAYLOAD");
    engineio_settings_t engineio = {
        .ping_interval_ms = (uint64_t) config_number (config, "PING_INTERVAL_MS"),
        .ping_timeout_ms = (uint64_t) config_number (config, "PING_TIMEOUT_MS"),
        .upgrade_timeout_ms = (uint64_t) config_number (config, "UPGRADE_TIMEOUT_MS"),
        .max_payload = max_payload,
        .queue_most = 4 * max_payload,
    };
    uint64_t connect_timeout_ms = (uint64_t) config_number (config, "CONNECT_TIMEOUT_MS");
    echo->socketio =
        socketio_new (namespaces, connect_timeout_ms, &events_app, echo, echo->agenda);
    echo->raw = engineio_new (engineio, &raw_app, echo, &browser_engine_door, echo->agenda);
    echo->events = engineio_new (engineio, &socketio_engine_app, echo->socketio,
                                 &browser_engine_door, echo->agenda);
    browser_settings_t door = {
        .paths = {{"/engine.io/", echo->raw}, {"/socket.io/", echo->events}},
        .path_count = 2,
        .name = name_visitor,
        .admit = admit_all,
        .self = echo,
        .address = config_text (config, "BIND"),
        .port = (uint16_t) config_number (config, "PORT"),
        .tls_cert = "",
        .tls_key = "",
        .web_root = "",
        .origins = config_text (config, "CORS_ORIGINS"),
        .max_payload = max_payload,
        .connections_most = CONNECTIONS_MOST,
        .descriptors_most = SIZE_MAX,
    };
    echo->door = browser_door_new (echo->loop, door, "echo_server");
    return echo->door != NULL;
}

int
main (int argc, char **argv)
{
    int code;
    echo_t echo = {0};
    config_t *config = config_start (argc, argv, "echo_server",
                                     "Says back what it hears, over the gateway's protocol layer.",
                                     settings, &code);
    if (config == NULL) {
        return code;
    }
    log_start ("echo_server", (log_level_t) config_choice (config, "LOG_LEVEL"),
               config_choice (config, "LOG_FORMAT") == 1);
    echo.loop = loop_new ();
    echo.agenda = agenda_new (uv_now (loop_uv (echo.loop)));
    start_handles (&echo);
    bool open = open_door (&echo, config);
    if (open) {
        uv_run (loop_uv (echo.loop), UV_RUN_DEFAULT);
    }
    browser_door_destroy (&echo.door);
    uv_close ((uv_handle_t *) &echo.tick, NULL);
    uv_close ((uv_handle_t *) &echo.signals[0], NULL);
    uv_close ((uv_handle_t *) &echo.signals[1], NULL);
    loop_destroy (&echo.loop);
    engineio_destroy (&echo.raw);
    engineio_destroy (&echo.events);
    socketio_destroy (&echo.socketio);
    agenda_destroy (&echo.agenda);
    config_destroy (&config);
    return open ? 0 : 1;
}
