// browsers.c -- what happens to the connection of a browser: a gateway's users come and go.
//
// Hears Socket.IO: CONNECT, events, the end. Makes users, or finds who comes back; lets events happen
// to them (client.c); puts out who sends too much.

#include "gateway/client.h"
#include "gateway/gateway_inside.h"
#include "gateway/speech.h"

#define PACKET_SECONDS 10      // So many seconds' packets may come in a burst.
#define WARNINGS_MOST 5        // So often a browser is told that it sends too much; then it is put out.

static void
accept_socket (user_t *user)
{
    char token[IDENT_TEXT_SIZE];
    ident_print (&user->token, token);
    sio_accept (user->socket, user->sid, ident_is_nil (&user->token) ? NULL : token);
}

static user_t *
welcome_stranger (gateway_t *gateway, sio_socket_t *socket)
{
    user_t *user = user_new (&gateway->users, socket);
    user->visitor = *sio_visitor (socket);
    user->budget = visitors_take_budget (gateway->visitors, &user->visitor);
    book_put (gateway->book, &user->id, user);
    if (!ident_is_nil (&user->token)) {
        book_put (gateway->tokens, &user->token, user);
    }
    accept_socket (user);
    say_state (user);
    return user;
}

// The user who comes back: whom the token names, if what was missed since the offset is still there.
static user_t *
find_returned (gateway_t *gateway, const value_t *auth, uint64_t *offset)
{
    size_t bytes;
    ident_t token;
    const char *pid = value_text (value_member (auth, "pid"), &bytes);
    if (pid == NULL || !ident_parse (pid, bytes, &token)) {
        return NULL;
    }
    user_t *user = book_find (gateway->tokens, &token);
    const char *text = value_text (value_member (auth, "offset"), &bytes);
    *offset = 0;
    for (size_t i = 0; text != NULL && i < bytes && i < 18; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return NULL;
        }
        *offset = *offset * 10 + (uint64_t) (text[i] - '0');
    }
    bool fits = user != NULL && user->state != USER_GONE && recall_has (&user->recall, *offset);
    return fits ? user : NULL;
}

static void
give_missed (void *self, const char *event, const char *json, size_t bytes)
{
    sio_emit (self, event, json, bytes);
}

// A connection that is only half dead must not be waited for: the new one takes its place.
static void
welcome_back (user_t *user, sio_socket_t *socket, uint64_t offset)
{
    sio_socket_t *old = user->socket;
    user->socket = socket;
    if (old != NULL) {
        sio_close (old);
    }
    recall_give (&user->recall, offset, give_missed, socket);
    accept_socket (user);
    user_step (user, USER_RETURNED, NULL);
}

static void *
on_connected (void *self, sio_socket_t *socket, const value_t *auth)
{
    gateway_t *gateway = self;
    uint64_t offset;
    gateway_stamp (gateway);
    user_t *user = find_returned (gateway, auth, &offset);
    if (user != NULL) {
        welcome_back (user, socket, offset);
        return user;
    }
    return welcome_stranger (gateway, socket);
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
    if (is_bearable (user, ack)) {
        client_hear (user, name, arguments, ack);
    }
}

static void
on_binary (void *above, uint64_t ack)
{
    if (is_bearable (above, ack)) {
        say_refusal (above, ack, REFUSAL_BINARY, 0);
    }
}

static void
on_answered (void *above)
{
    recall_answered (&((user_t *) above)->recall);
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
    bool may_return = user->users->recovery_ms > 0 && gateway->stop_ms == 0;
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
    if (book_count (gateway->book) >= gateway->people_most) {
        *retry_after_ms = gateway->users.recovery_ms + 1000;
        return REFUSAL_TOO_MANY_PEOPLE;
    }
    return visitors_admit (gateway->visitors, visitor, now_ms, retry_after_ms);
}

const socketio_app_t gateway_browsers = {on_connected,    on_event,      on_binary,     on_answered,
                                         on_disconnected, count_session, uncount_session};
