// browsers.c -- what happens to the connection of a browser: a gateway's users come and go.
//
// Hears Socket.IO: CONNECT, events, the end. Makes users, or finds who comes back; lets events happen
// to them (client.c); puts out who sends too much.

#include "gateway/chat.h"
#include "gateway/client.h"
#include "gateway/gateway_inside.h"
#include "gateway/speech.h"

#define PACKET_SECONDS 10      // So many seconds' packets may come in a burst.
#define BROWSER_NAME_BYTES 64  // Of what a browser calls itself.
#define WARNINGS_MOST 5        // So often a browser is told that it sends too much; then it is put out.

static user_t *
enter (gateway_t *gateway, user_t *user)
{
    user->visitor = *sio_visitor (user->socket);
    user->budget = visitors_take_budget (gateway->visitors, &user->visitor);
    book_put (gateway->book, &user->id, user);
    return user;
}

// What the browser calls itself, the same in all its tabs; whatever is no name is passed over.
static void
note_browser (user_t *user, const value_t *auth)
{
    size_t bytes;
    const char *name = value_text (value_member (auth, "browser"), &bytes);
    if (name != NULL && bytes <= BROWSER_NAME_BYTES) {
        user->browser = wish_browser (name, bytes);
    }
}

static user_t *
welcome_stranger (gateway_t *gateway, sio_socket_t *socket)
{
    user_t *user = enter (gateway, user_new (&gateway->users, socket));
    gateway->users.port->accept (gateway, user);
    say_state (user, user->state);
    return user;
}

// What somebody who comes back has brought. False if it is nothing that was ever given out.
static bool
read_return (const value_t *auth, ident_t *token, offset_t *offset)
{
    size_t bytes;
    const char *pid = value_text (value_member (auth, "pid"), &bytes);
    if (pid == NULL || !ident_parse (pid, bytes, token) || ident_is_nil (token)) {
        return false;
    }
    const char *text = value_text (value_member (auth, "offset"), &bytes);
    *offset = (offset_t){0};
    return text == NULL || offset_read (text, bytes, offset);
}

// A connection that is only half dead must not be waited for: the new one takes its place. Should it
// live, somebody has copied the page, and must not come back and do the same again, and so on.
static void
welcome_back (user_t *user, sio_socket_t *socket, const offset_t *offset)
{
    if (user->socket != NULL) {
        say_aside (user, USER_NO_ACK, REFUSAL_TAKEN_OVER, 0);
        user->users->port->put_out (user->users->self, user);
    }
    user->socket = socket;
    user->connect = CONNECT_HELD;
    user->recall_from = offset->event;
    if (user->state == USER_RETURNING && offset->event >= user->came->event) {
        *user->came = *offset; // It may have read more by now.
    }
    user_step (user, USER_RETURNED, NULL);
}

static user_t *
welcome (gateway_t *gateway, sio_socket_t *socket, const value_t *auth)
{
    ident_t token;
    offset_t offset;
    if (gateway->users.recovery_ms == 0 || !read_return (auth, &token, &offset)) {
        return welcome_stranger (gateway, socket);
    }
    ident_t id = user_of_token (&token);
    user_t *user = book_find (gateway->book, &id);
    if (user != NULL && ident_is_nil (&user->token)) {
        gateway->users.port->done (gateway, user); // It was only taken to be here, and now is.
        user = NULL;
    }
    if (user == NULL) {
        return enter (gateway, user_resume (&gateway->users, socket, &token, &offset));
    }
    bool has_missed = user->state == USER_RETURNING || recall_has (&user->recall, offset.event);
    if (user->state != USER_GONE && has_missed) {
        welcome_back (user, socket, &offset);
        return user;
    }
    return welcome_stranger (gateway, socket);
}

static void *
on_connected (void *self, sio_socket_t *socket, const value_t *auth)
{
    gateway_t *gateway = self;
    gateway_stamp (gateway);
    user_t *user = welcome (gateway, socket, auth);
    note_browser (user, auth);
    if (gateway->users.drain_by_ms > 0) {
        user_drain (user, gateway->users.now_ms); // It has its connection from before, and is sent on.
    }
    return user;
}

// True if a browser may send what it has sent. If not, it is told so a few times, and then put out.
static bool
is_bearable (user_t *user, uint64_t ack)
{
    uint64_t retry_after_ms;
    uint64_t per_second = user->users->packets_per_second;
    uint64_t most = PACKET_SECONDS * per_second;
    gateway_stamp (user->users->self);
    if (bucket_take (&user->packets, most, 60 * per_second, user->users->now_ms,
                     &retry_after_ms)) {
        if (bucket_is_half_full (&user->packets, most)) {
            user->warnings = 0; // It has been quiet for a while.
        }
        return true;
    }
    if (++user->warnings <= WARNINGS_MOST) {
        say_refusal (user, ack, REFUSAL_TOO_MANY_PACKETS, retry_after_ms);
    }
    else {
        sio_kick (user->socket, user->users->now_ms);
    }
    return false;
}

static void
on_event (void *above, const char *name, const value_t *arguments, uint64_t ack)
{
    user_t *user = above;
    if (!is_bearable (user, ack)) {
        return;
    }
    if (user->connect == CONNECT_HELD) {
        say_aside (user, ack, REFUSAL_RETURNING, 1000);
        return;
    }
    client_hear (user, name, arguments, ack);
}

static void
on_binary (void *above, uint64_t ack)
{
    if (is_bearable (above, ack)) {
        say_refusal (above, ack, REFUSAL_BINARY, 0);
    }
}

static void
on_pinged (void *above)
{
    user_t *user = above;
    if (user->connect == CONNECT_HELD) {
        return; // Nothing was emitted yet.
    }
    recall_pinged (&user->recall);
    if (user->chat != NULL) {
        chat_pinged (user);
    }
}

static void
on_answered (void *above)
{
    user_t *user = above;
    recall_answered (&user->recall);
    if (user->chat != NULL) {
        gateway_stamp (user->users->self);
        chat_answered (user);
    }
}

static void
on_written (void *above)
{
    user_t *user = above;
    if (user->chat != NULL && user->connect == CONNECT_ANSWERED) {
        gateway_stamp (user->users->self);
        chat_written (user);
    }
}

static void
on_disconnected (void *above, sio_socket_t *socket, bool clean)
{
    user_t *user = above;
    gateway_t *gateway = user->users->self;
    if (user->socket != socket) {
        return; // Another connection has taken its place.
    }
    gateway_stamp (gateway);
    user->socket = NULL;
    // Nobody comes back to a gateway that stops, but to a chat, or into the line, at another.
    bool stops = gateway->users.drain_by_ms > 0;
    bool may_return = user->users->recovery_ms > 0
                   && !(stops && (user->state == USER_IDLE || gateway->stop_ms > 0));
    user_step (user, clean ? USER_QUIT : may_return ? USER_CUT_OFF : USER_GIVEN_UP, NULL);
}

static void
count_session (void *self, const ident_t *visitor)
{
    visitors_enter (((gateway_t *) self)->visitors, visitor);
}

static void
uncount_session (void *self, const ident_t *visitor)
{
    visitors_leave (((gateway_t *) self)->visitors, visitor);
}

ident_t
gateway_name_visitor (void *self, const char *address)
{
    return visitors_name (((gateway_t *) self)->visitors, address);
}

// Those who are away or just leaving are people, too: there is a bound to all together, and who comes
// then is told to try again.
refusal_t
gateway_admit_visitor (void *self, const ident_t *visitor, uint64_t now_ms, uint64_t *retry_after_ms)
{
    gateway_t *gateway = self;
    if (gateway->users.drain_by_ms > 0) { // On a connection that was there before.
        *retry_after_ms = 1000;
        return REFUSAL_STOPPING;
    }
    if (book_count (gateway->book) >= gateway->people_most) {
        *retry_after_ms = gateway->users.recovery_ms + 1000;
        return REFUSAL_TOO_MANY_PEOPLE;
    }
    return visitors_admit (gateway->visitors, visitor, now_ms, retry_after_ms);
}

const socketio_app_t gateway_browsers = {on_connected,  on_event,        on_binary,
                                         on_pinged,     on_answered,     on_written,
                                         on_disconnected, count_session, uncount_session};
