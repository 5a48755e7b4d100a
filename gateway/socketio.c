// socketio.c -- Socket.IO connections and their sockets.
//
// The protocol is that of the public document "Socket.IO Protocol", revision 5. What breaks it
// closes the connection, as the reference implementation does.

#include "gateway/socketio.h"

#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "gateway/writer.h"

#define KICK_MS 3000 // How long somebody who was put out may take to close the connection.

struct socketio {
    const char *const *namespaces; // Ends with NULL. Not owned.
    uint64_t connect_timeout_ms;
    const socketio_app_t *app;     // Not owned.
    void *self;                    // For app->connected. Not owned.
    agenda_t *agenda;              // Not owned.
};

typedef struct connection connection_t;

struct sio_socket {
    connection_t *connection; // Not owned.
    const char *nsp;          // One of the namespaces. Not owned.
    void *above;              // What the application knows it by.
    sio_socket_t *next;       // The connection's next socket.
};

struct connection {
    socketio_t *socketio;        // Not owned.
    eio_session_t *session;      // Not owned.
    sio_socket_t *sockets;       // At most one for each namespace. Owned.
    alarm_t patience;            // Until when a namespace must be joined, or who was put out be gone.
    unsigned awaited;            // Binary messages that the last packet still lacks.
    uint64_t awaited_ack;        // The acknowledgement id of that packet.
    sio_socket_t *awaited_for;   // The socket of that packet; NULL if it was no event.
};

socketio_t *
socketio_new (const char *const *namespaces, uint64_t connect_timeout_ms,
              const socketio_app_t *app, void *self, agenda_t *agenda)
{
    socketio_t *socketio = must_alloc (sizeof *socketio);
    *socketio = (socketio_t){namespaces, connect_timeout_ms, app, self, agenda};
    return socketio;
}

void
socketio_destroy (socketio_t **socketio)
{
    free (*socketio);
    *socketio = NULL;
}

// --- Reading a packet's head ---

// Reads decimal digits, at most `most` of them. False if there are more.
static bool
read_digits (const char **at, const char *end, unsigned most, uint64_t *number, unsigned *digits)
{
    *number = 0;
    *digits = 0;
    while (*at < end && **at >= '0' && **at <= '9') {
        if (++*digits > most) {
            return false;
        }
        *number = *number * 10 + (uint64_t) (*(*at)++ - '0');
    }
    return true;
}

static bool
read_attachments (const char **at, const char *end, sio_packet_t *packet)
{
    uint64_t count;
    unsigned digits;
    if (packet->type != SIO_BINARY_EVENT && packet->type != SIO_BINARY_ACK) {
        return true;
    }
    if (!read_digits (at, end, 2, &count, &digits) || digits == 0 || *at == end || **at != '-'
        || count > SIO_ATTACHMENTS_MOST) {
        return false;
    }
    packet->attachments = (unsigned) count;
    (*at)++;
    return true;
}

static void
read_namespace (const char **at, const char *end, sio_packet_t *packet)
{
    packet->nsp = "/";
    packet->nsp_bytes = 1;
    if (*at < end && **at == '/') {
        const char *comma = memchr (*at, ',', (size_t) (end - *at));
        packet->nsp = *at;
        packet->nsp_bytes = (size_t) ((comma != NULL ? comma : end) - *at);
        *at = comma != NULL ? comma + 1 : end;
    }
}

bool
sio_read (const char *data, size_t bytes, sio_packet_t *packet)
{
    const char *at = data;
    const char *end = data + bytes;
    unsigned digits;
    *packet = (sio_packet_t){.ack = SIO_NO_ACK};
    if (at == end || *at < '0' || *at > '6') {
        return false;
    }
    packet->type = (sio_type_t) (*at++ - '0');
    if (!read_attachments (&at, end, packet)) {
        return false;
    }
    read_namespace (&at, end, packet);
    uint64_t ack;
    if (!read_digits (&at, end, SIO_ACK_DIGITS_MOST, &ack, &digits)) {
        return false;
    }
    if (digits > 0) {
        packet->ack = ack;
    }
    packet->body = at;
    packet->body_bytes = (size_t) (end - at);
    return true;
}

// --- Sending ---

// Writes the head of a packet: type, namespace if it is not "/", acknowledgement id if any. (A tenth of
// what snprintf takes.)
static size_t
write_head (char head[128], const sio_socket_t *socket, sio_type_t type, uint64_t ack)
{
    size_t bytes = 0;
    head[bytes++] = (char) ('0' + type);
    if (socket->nsp[1] != '\0') {
        size_t name = strlen (socket->nsp);
        must (name < 128 - WRITER_DIGITS - 2);
        memcpy (head + bytes, socket->nsp, name);
        bytes += name;
        head[bytes++] = ',';
    }
    if (ack != SIO_NO_ACK) {
        bytes += writer_digits (head + bytes, ack);
    }
    return bytes;
}

void
sio_accept (sio_socket_t *socket, const char *sid, const char *pid)
{
    char head[128];
    eio_part_t parts[] = {
        {head, write_head (head, socket, SIO_CONNECT, SIO_NO_ACK)},
        {"{\"sid\":\"", 8},
        {sid, strlen (sid)},
        {"\",\"pid\":\"", pid != NULL ? 9 : 0},
        {pid, pid != NULL ? strlen (pid) : 0},
        {"\"}", 2},
    };
    eio_send (socket->connection->session, false, parts, 6);
}

const ident_t *
sio_visitor (const sio_socket_t *socket)
{
    return eio_visitor (socket->connection->session);
}

void
sio_close (sio_socket_t *socket)
{
    eio_close (socket->connection->session, EIO_SERVER_CLOSE);
}

void
sio_dismiss (sio_socket_t *socket)
{
    eio_close (socket->connection->session, EIO_SERVER_STOP);
}

void
sio_ping (sio_socket_t *socket, uint64_t now_ms)
{
    eio_ping (socket->connection->session, now_ms);
}

void
sio_emit (sio_socket_t *socket, const char *name, const char *json, size_t bytes)
{
    char head[128];
    eio_part_t parts[] = {
        {head, write_head (head, socket, SIO_EVENT, SIO_NO_ACK)},
        {"[\"", 2},
        {name, strlen (name)},
        {"\",", bytes > 0 ? 2 : 1},
        {json, bytes},
        {"]", 1},
    };
    eio_send (socket->connection->session, false, parts, 6);
}

void
sio_ack (sio_socket_t *socket, uint64_t ack, const char *json, size_t bytes)
{
    char head[128];
    eio_part_t parts[] = {
        {head, write_head (head, socket, SIO_ACK, ack)},
        {"[", 1},
        {json, bytes},
        {"]", 1},
    };
    eio_send (socket->connection->session, false, parts, 4);
}

static void
refuse_namespace (connection_t *connection, const sio_packet_t *packet)
{
    eio_part_t parts[] = {
        {"4", 1},
        {packet->nsp, packet->nsp_bytes},
        {",{\"message\":\"Invalid namespace\"}", 32},
    };
    eio_send (connection->session, false, parts, 3);
}

// --- Receiving ---

static sio_socket_t **
find_socket (connection_t *connection, const sio_packet_t *packet)
{
    sio_socket_t **place = &connection->sockets;
    while (*place != NULL
           && (strlen ((*place)->nsp) != packet->nsp_bytes
               || memcmp ((*place)->nsp, packet->nsp, packet->nsp_bytes) != 0)) {
        place = &(*place)->next;
    }
    return place;
}

static const char *
find_namespace (const socketio_t *socketio, const sio_packet_t *packet)
{
    const char *const *nsp = socketio->namespaces;
    while (*nsp != NULL
           && (strlen (*nsp) != packet->nsp_bytes
               || memcmp (*nsp, packet->nsp, packet->nsp_bytes) != 0)) {
        nsp++;
    }
    return *nsp;
}

static bool
on_connect (connection_t *connection, const sio_packet_t *packet)
{
    const char *nsp = find_namespace (connection->socketio, packet);
    value_t *auth = packet->body_bytes > 0 ? value_read (packet->body, packet->body_bytes) : NULL;
    bool valid = (packet->body_bytes == 0 || value_is_object (auth))
              && text_is_utf8 (packet->nsp, packet->nsp_bytes);
    sio_socket_t **place = find_socket (connection, packet);
    if (valid && nsp == NULL) {
        refuse_namespace (connection, packet);
    }
    else if (valid && *place == NULL) {
        agenda_clear (&connection->patience);
        sio_socket_t *socket = must_alloc (sizeof *socket);
        *place = socket;
        socket->connection = connection;
        socket->nsp = nsp;
        socket->above = connection->socketio->app->connected (connection->socketio->self, socket,
                                                              auth);
        must (socket->above != NULL);
    }
    else {
        valid = false; // Joined already.
    }
    value_free (&auth);
    return valid;
}

// Names that an event may not have: the reference implementation keeps them for itself.
static bool
is_reserved (const char *name)
{
    static const char *const names[] = {"connect",    "connect_error", "disconnect",
                                        "disconnecting", "newListener", "removeListener"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i][0] == name[0] && strcmp (name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

// An event's body: a non-empty array that begins with a name, or with a number, which the
// protocol allows and which is passed on as an event without a name.
static bool
is_event_body (const value_t *body, const char **name)
{
    size_t bytes;
    const value_t *first = value_item (body, 0);
    *name = value_text (first, &bytes);
    if (value_is_number (first)) {
        *name = "";
        return true;
    }
    return *name != NULL && strlen (*name) == bytes && !is_reserved (*name);
}

static bool
on_event (connection_t *connection, sio_socket_t *socket, const sio_packet_t *packet)
{
    const char *name;
    value_t *body = value_read (packet->body, packet->body_bytes);
    bool valid = is_event_body (body, &name);
    if (valid && packet->type == SIO_EVENT) {
        connection->socketio->app->event (socket->above, name, body, packet->ack);
    }
    else if (valid && packet->attachments == 0) {
        connection->socketio->app->binary (socket->above, packet->ack);
    }
    else if (valid) {
        connection->awaited = packet->attachments;
        connection->awaited_ack = packet->ack;
        connection->awaited_for = socket;
    }
    value_free (&body);
    return valid;
}

// An acknowledgement of an event of ours. We ask for none, so it answers nothing that we know.
static bool
on_ack (connection_t *connection, const sio_packet_t *packet)
{
    value_t *body = value_read (packet->body, packet->body_bytes);
    bool valid = value_is_array (body) && packet->ack != SIO_NO_ACK;
    connection->awaited = packet->attachments;
    connection->awaited_for = NULL;
    value_free (&body);
    return valid;
}

static void
drop_socket (connection_t *connection, sio_socket_t **place, bool clean)
{
    sio_socket_t *socket = *place;
    *place = socket->next;
    if (connection->awaited_for == socket) {
        connection->awaited_for = NULL;
    }
    connection->socketio->app->disconnected (socket->above, socket, clean);
    free (socket);
}

static bool
on_text (connection_t *connection, const char *data, size_t bytes)
{
    sio_packet_t packet;
    if (connection->awaited > 0 || !sio_read (data, bytes, &packet)) {
        return false;
    }
    sio_socket_t **place = find_socket (connection, &packet);
    if (packet.type == SIO_CONNECT) {
        return packet.ack == SIO_NO_ACK && on_connect (connection, &packet);
    }
    if (*place == NULL) {
        return false; // Of a namespace that has not been joined.
    }
    switch (packet.type) {
        case SIO_DISCONNECT:
            if (packet.body_bytes > 0) {
                return false;
            }
            drop_socket (connection, place, true);
            return true;
        case SIO_EVENT:
        case SIO_BINARY_EVENT:
            return on_event (connection, *place, &packet);
        case SIO_ACK:
        case SIO_BINARY_ACK:
            return on_ack (connection, &packet);
        default:
            return false; // Only servers send CONNECT_ERROR.
    }
}

static bool
on_attachment (connection_t *connection)
{
    if (connection->awaited == 0) {
        return false;
    }
    if (--connection->awaited == 0 && connection->awaited_for != NULL) {
        connection->socketio->app->binary (connection->awaited_for->above,
                                           connection->awaited_ack);
    }
    return true;
}

void
sio_kick (sio_socket_t *socket, uint64_t now_ms)
{
    connection_t *connection = socket->connection;
    char head[128];
    eio_part_t part = {head, write_head (head, socket, SIO_DISCONNECT, SIO_NO_ACK)};
    sio_socket_t **place = &connection->sockets;
    while (*place != socket) {
        place = &(*place)->next;
    }
    eio_send (connection->session, false, &part, 1);
    agenda_set (connection->socketio->agenda, &connection->patience, now_ms + KICK_MS);
    drop_socket (connection, place, true);
}

// --- The application that Engine.IO sees ---

static void
lose_patience (void *self, uint64_t now_ms)
{
    (void) now_ms;
    eio_close (((connection_t *) self)->session, EIO_SERVER_CLOSE);
}

static void *
engine_opened (void *self, eio_session_t *session, uint64_t now_ms)
{
    socketio_t *socketio = self;
    connection_t *connection = must_alloc (sizeof *connection);
    connection->socketio = socketio;
    connection->session = session;
    connection->patience.ring = lose_patience;
    connection->patience.self = connection;
    agenda_set (socketio->agenda, &connection->patience, now_ms + socketio->connect_timeout_ms);
    socketio->app->begun (socketio->self, eio_visitor (session));
    return connection;
}

static void
engine_message (void *above, bool binary, const char *data, size_t bytes)
{
    connection_t *connection = above;
    bool valid = binary ? on_attachment (connection) : on_text (connection, data, bytes);
    if (!valid) {
        eio_close (connection->session, EIO_PARSE_ERROR);
    }
}

// Each socket's application is told.
static void
tell_sockets (const connection_t *connection, void (*tell) (void *above))
{
    for (sio_socket_t *socket = connection->sockets; socket != NULL; socket = socket->next) {
        if (socket->above != NULL) { // It is being told of the connection right now.
            tell (socket->above);
        }
    }
}

static void
engine_pinged (void *above)
{
    tell_sockets (above, ((connection_t *) above)->socketio->app->pinged);
}

static void
engine_answered (void *above)
{
    tell_sockets (above, ((connection_t *) above)->socketio->app->answered);
}

static void
engine_written (void *above)
{
    tell_sockets (above, ((connection_t *) above)->socketio->app->written);
}

static void
engine_closed (void *above, eio_reason_t reason)
{
    connection_t *connection = above;
    log_event (LEVEL_DEBUG, "session_closed",
               LOG_FIELDS (LOG_TEXT ("reason", eio_reason_name (reason))));
    agenda_clear (&connection->patience);
    while (connection->sockets != NULL) {
        drop_socket (connection, &connection->sockets, false); // Only DISCONNECT is a good-bye.
    }
    connection->socketio->app->ended (connection->socketio->self,
                                      eio_visitor (connection->session));
    free (connection);
}

const engineio_app_t socketio_engine_app = {engine_opened,   engine_message, engine_pinged,
                                           engine_answered, engine_written, engine_closed};
