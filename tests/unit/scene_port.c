// scene_port.c -- the port that a user speaks through in tests: writes down what is said.

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "gateway/json.h"
#include "support/cmocka_all.h"
#include "support/values.h"
#include "unit/scene.h"
#include "wire/codec.h"

__attribute__ ((format (printf, 1, 2))) static void
note (const char *format, ...)
{
    size_t length = strlen (scene.said);
    va_list arguments;
    va_start (arguments, format);
    if (length > 0) {
        length += (size_t) snprintf (scene.said + length, sizeof scene.said - length, ", ");
    }
    vsnprintf (scene.said + length, sizeof scene.said - length, format, arguments);
    va_end (arguments);
    must (strlen (scene.said) < sizeof scene.said - 1);
}

// --- To the browser ---

static const char *
text_of (const value_t *value, const char *name)
{
    size_t bytes;
    const char *text = value_text (value_member (value, name), &bytes);
    return text != NULL ? text : "-";
}

static unsigned
chat_of (const value_t *value, const char *name)
{
    ident_t chat;
    const char *text = text_of (value, name);
    assert_true (ident_parse (text, strlen (text), &chat));
    assert_int_equal (chat.bytes[0], 'c');
    return chat.bytes[1];
}

// What is said to the browser: an object, and an offset behind it if the user may come back. To
// pages of the first version errors begin with the sentence alone.
static value_t *
keep (const char *json, size_t bytes)
{
    char whole[sizeof scene.json + 2];
    must (bytes < sizeof scene.json);
    memcpy (scene.json, json, bytes);
    scene.json[bytes] = '\0';
    int size = snprintf (whole, sizeof whole, "[%s]", scene.json);
    value_t *arguments = value_read (whole, (size_t) size);
    assert_true (value_is_object (value_item (arguments, 0)) || scene.users.legacy);
    return arguments;
}

static void
emit (void *self, user_t *user, const char *event, const char *json, size_t bytes)
{
    bool on = false;
    value_t *arguments = keep (json, bytes);
    bool is_error = strcmp (event, "error") == 0;
    const value_t *value = value_item (arguments, is_error && scene.users.legacy ? 1 : 0);
    assert_ptr_equal (self, &scene);
    assert_non_null (user->socket);
    if (is_error) {
        note ("error %s", text_of (value, "code"));
    }
    else if (strcmp (event, "state") == 0) {
        note (user->chat != NULL ? "state %s %u" : "state %s", text_of (value, "state"),
              user->chat != NULL ? chat_of (value, "chatId") : 0);
    }
    else if (strcmp (event, "message") == 0) {
        note ("message %u %s", chat_of (value, "chatId"), text_of (value, "text"));
    }
    else if (strcmp (event, "partner_left") == 0) {
        note ("partner_left %u %s", chat_of (value, "chatId"), text_of (value, "reason"));
    }
    else if (value_member (value, "waitedMs") != NULL) {
        note ("%s", event);
    }
    else if (value_member (value, "again") != NULL) {
        note ("%s %u again %u", event, chat_of (value, "chatId"), chat_of (value, "again"));
    }
    else if (value_truth (value_member (value, "on"), &on)) {
        note ("%s %u %s", event, chat_of (value, "chatId"), on ? "on" : "off");
    }
    else {
        note ("%s %u", event, chat_of (value, "chatId"));
    }
    value_free (&arguments);
}

static void
answer (void *self, user_t *user, uint64_t ack, const char *json, size_t bytes)
{
    value_t *arguments = keep (json, bytes);
    const value_t *value = value_item (arguments, 0);
    const value_t *error = value_member (value, "error");
    assert_ptr_equal (self, &scene);
    assert_non_null (user->socket);
    if (error != NULL) {
        note ("answer %" PRIu64 " error %s", ack, text_of (error, "code"));
    }
    else if (value_member (value, "status") != NULL) {
        note ("answer %" PRIu64 " %s", ack, text_of (value, "status"));
    }
    else {
        note ("answer %" PRIu64 " delivered %s", ack, text_of (value, "id"));
    }
    assert_int_equal (value_count (arguments), 1);
    value_free (&arguments);
}

// Whatever is said keeps to the table of wire messages: the codec would stop the process otherwise.
static void
keep_wire (const wire_t *wire, unsigned attempt)
{
    size_t bytes;
    codec_t *codec = codec_new ();
    assert_non_null (codec_encode (codec, wire, &bytes));
    codec_destroy (&codec);
    scene.wire = *wire;
    scene.attempt = attempt;
}

// --- To a matcher ---

// Of a chat that is left the partner and its gateway are named, too.
static void
check_left (const ident_t *chat, const ident_t *partner, const ident_t *gateway)
{
    ident_t left = ident_is_nil (chat) ? ident_nil : partner_ident (chat->bytes[1]);
    ident_t there = ident_is_nil (chat) ? ident_nil : scene.there;
    assert_true (ident_equal (partner, &left));
    assert_true (ident_equal (gateway, &there));
}

// How its chat began is said to matchers as they have said it.
static void
check_origin (const ident_t *chat, uint64_t side, uint64_t started_ms, uint64_t waited_a_ms,
              uint64_t waited_b_ms)
{
    bool chats = !ident_is_nil (chat);
    assert_int_equal (side, chats ? SCENE_SIDE : SIDE_NONE);
    assert_int_equal (started_ms, chats ? SCENE_STARTED_MS : 0);
    assert_int_equal (waited_a_ms, chats ? SCENE_WAITED_A_MS : 0);
    assert_int_equal (waited_b_ms, chats ? SCENE_WAITED_B_MS : 0);
}

static void
note_left (const char *request, const ident_t *chat, uint64_t sent, uint64_t received)
{
    if (ident_is_nil (chat)) {
        assert_int_equal (sent + received, 0);
        note ("%s", request);
    }
    else {
        note ("%s of %u sent %" PRIu64 " received %" PRIu64, request, chat->bytes[1], sent,
              received);
    }
}

static void
note_search (const user_t *user, const wire_search_t *search)
{
    char request[96];
    char undo[24] = "";
    assert_true (ident_equal (&search->user, &user->id));
    check_left (&search->chat, &search->partner, &search->partner_gateway);
    check_origin (&search->chat, search->side, search->started_ms, search->waited_a_ms,
                  search->waited_b_ms);
    if (!ident_is_nil (&search->undo)) {
        snprintf (undo, sizeof undo, " undo %u", search->undo.bytes[1]);
    }
    snprintf (request, sizeof request, "SEARCH %" PRIu64 "%s", search->turn, undo);
    note_left (request, &search->chat, search->sent, search->received);
}

static void
note_leave (const user_t *user, const wire_leave_t *leave)
{
    char request[64];
    assert_true (ident_equal (&leave->user, &user->id));
    check_left (&leave->chat, &leave->partner, &leave->partner_gateway);
    check_origin (&leave->chat, leave->side, leave->started_ms, leave->waited_a_ms,
                  leave->waited_b_ms);
    snprintf (request, sizeof request, "LEAVE %" PRIu64 " %s", leave->turn,
              wire_reason_name ((reason_t) leave->reason));
    note_left (request, &leave->chat, leave->sent, leave->received);
}

static void
note_hold (const user_t *user, const wire_hold_t *hold)
{
    assert_true (ident_equal (&hold->user, &user->id));
    check_left (&hold->chat, &hold->partner, &hold->partner_gateway);
    check_origin (&hold->chat, hold->side, hold->started_ms, hold->waited_a_ms, hold->waited_b_ms);
    note ("HOLD %" PRIu64 " in %u", hold->turn, hold->chat.bytes[1]);
}

static bool
ask (void *self, user_t *user, size_t pool, const wire_t *wire, unsigned attempt)
{
    assert_ptr_equal (self, &scene);
    assert_true (pool < scene.users.pools);
    if (scene.no_matcher) {
        return false;
    }
    scene.asked_pool = pool;
    keep_wire (wire, attempt);
    switch (wire->kind) {
        case WIRE_SEARCH:
            note_search (user, &wire->as.search);
            break;
        case WIRE_LEAVE:
            note_leave (user, &wire->as.leave);
            break;
        case WIRE_HOLD:
            note_hold (user, &wire->as.hold);
            break;
        case WIRE_BLOCK:
            assert_true (ident_equal (&wire->as.block.user, &user->id));
            assert_int_equal (wire->as.block.pool, pool);
            note ("BLOCK %u at %zu", wire->as.block.partner.bytes[1], pool);
            break;
        default:
            assert_int_equal (wire->kind, WIRE_RESUME);
            assert_true (ident_equal (&wire->as.resume.user, &user->id));
            assert_true (ident_equal (&wire->as.resume.nonce, &user->nonce));
            note ("RESUME");
            break;
    }
    return true;
}

// --- To the partner's gateway ---

// All that is said to it begins alike.
static unsigned
check_way (const user_t *user, const wire_receipt_t *way)
{
    unsigned n = way->chat.bytes[1];
    ident_t partner = partner_ident (n);
    assert_true (ident_equal (&way->to, &scene.there));
    assert_true (ident_equal (&way->from, &scene.users.gateway));
    assert_true (ident_equal (&way->user, &partner));
    assert_true (ident_equal (&way->partner, &user->id));
    return n;
}

static void
note_receipt (unsigned n, const wire_receipt_t *receipt)
{
    if (receipt->seen > 0) {
        note ("RECEIPT %u #%" PRIu64 " seen %" PRIu64, n, receipt->number, receipt->seen);
    }
    else {
        note ("RECEIPT %u #%" PRIu64, n, receipt->number);
    }
}

static void
note_stands (unsigned n, const wire_stands_t *stands)
{
    char back[32] = "";
    char said[32] = "";
    if (stands->given_back > 0) {
        snprintf (back, sizeof back, " back %" PRIu64, stands->given_back);
    }
    if (stands->said.bytes > 0) {
        snprintf (said, sizeof said, " said %zu", stands->said.bytes / 8);
    }
    note ("STANDS %u #%" PRIu64 " first %" PRIu64 " taken %" PRIu64 "%s%s", n, stands->number,
          stands->first, stands->taken, back, said);
}

// A message goes back to where its writer is: it is said to be for this user, from the partner.
static bool
is_given_back (const user_t *user, const wire_t *wire)
{
    return wire->kind == WIRE_MESSAGE && ident_equal (&wire->as.message.user, &user->id);
}

static bool
tell (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    assert_ptr_equal (self, &scene);
    wire_receipt_t way = wire->as.receipt;
    if (is_given_back (user, wire)) {
        way.user = wire->as.message.partner;
        way.partner = wire->as.message.user;
    }
    unsigned n = check_way (user, &way);
    if (scene.no_relay) {
        return false;
    }
    keep_wire (wire, attempt);
    switch (wire->kind) {
        case WIRE_MESSAGE:
            note ("%s %u #%" PRIu64 " %.*s",
                  is_given_back (user, wire) ? "GIVES BACK" : "MESSAGE", n,
                  wire->as.message.number, (int) wire->as.message.text.bytes,
                  wire->as.message.text.text);
            break;
        case WIRE_RECEIPT:
            note_receipt (n, &wire->as.receipt);
            break;
        case WIRE_TYPING:
            note ("TYPING %u %s", n, wire->as.typing.on == 1 ? "on" : "off");
            break;
        case WIRE_AWAY:
            note ("AWAY %u", n);
            break;
        case WIRE_BACK:
            note ("BACK %u", n);
            break;
        case WIRE_MOVED:
            note ("MOVED %u turn %" PRIu64 " #%" PRIu64, n, wire->as.moved.turn,
                  wire->as.moved.number);
            break;
        case WIRE_STANDS:
            note_stands (n, &wire->as.stands);
            break;
        default:
            assert_int_equal (wire->kind, WIRE_GONE);
            note ("GONE %u %s", n, wire_reason_name ((reason_t) wire->as.gone.reason));
            break;
    }
    return true;
}

// --- The connection, and the end ---

static void
accept (void *self, user_t *user)
{
    assert_ptr_equal (self, &scene);
    assert_non_null (user->socket);
    note ("accept");
}

static void
ping (void *self, user_t *user)
{
    assert_ptr_equal (self, &scene);
    assert_non_null (user->socket);
    note ("ping");
}

// The connection is closed, and so the user is told that it is cut off, as the gateway does.
static void
dismiss (void *self, user_t *user)
{
    assert_ptr_equal (self, &scene);
    assert_non_null (user->socket);
    note ("dismiss");
    user->socket = NULL;
    user_step (user, USER_CUT_OFF, NULL);
}

static void
put_out (void *self, user_t *user)
{
    assert_ptr_equal (self, &scene);
    assert_non_null (user->socket);
    note ("put_out");
    user->socket = NULL;
}

static void
renamed (void *self, user_t *user, const ident_t *before)
{
    ident_t id = user_of_token (&user->token);
    assert_ptr_equal (self, &scene);
    assert_true (ident_equal (&user->id, &id));
    assert_false (ident_equal (&user->id, before));
    note ("renamed");
}

static void
done (void *self, user_t *user)
{
    assert_ptr_equal (self, &scene);
    assert_ptr_equal (user, scene.user);
    note ("done");
    user_destroy (&scene.user);
}

const users_port_t scene_port = {emit, answer,  ask,     tell,    accept,
                                 ping, dismiss, put_out, renamed, done};
