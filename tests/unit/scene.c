// scene.c -- the port that a user speaks through in tests.

#include "unit/scene.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "gateway/json_door.h"
#include "support/cmocka_all.h"
#include "support/values.h"

scene_t scene;

static const ident_t our_gateway = {{'g', 0}};

ident_t
chat_ident (unsigned n)
{
    return (ident_t){{'c', (uint8_t) n}};
}

ident_t
partner_ident (unsigned n)
{
    return (ident_t){{'p', (uint8_t) n}};
}

ident_t
partner_gateway_ident (unsigned n)
{
    return (ident_t){{'g', (uint8_t) n}};
}

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
chat_of (const value_t *value)
{
    ident_t chat;
    const char *text = text_of (value, "chatId");
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
              user->chat != NULL ? chat_of (value) : 0);
    }
    else if (strcmp (event, "message") == 0) {
        note ("message %u %s", chat_of (value), text_of (value, "text"));
    }
    else if (strcmp (event, "partner_left") == 0) {
        note ("partner_left %u %s", chat_of (value), text_of (value, "reason"));
    }
    else if (value_truth (value_member (value, "on"), &on)) {
        note ("%s %u %s", event, chat_of (value), on ? "on" : "off");
    }
    else {
        note ("%s %u", event, chat_of (value));
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

// --- To a matcher ---

// Of a chat that is left the partner and its gateway are named, too.
static void
check_left (const ident_t *chat, const ident_t *partner, const ident_t *gateway)
{
    ident_t left = ident_is_nil (chat) ? ident_nil : partner_ident (chat->bytes[1]);
    ident_t there = ident_is_nil (chat) ? ident_nil : partner_gateway_ident (chat->bytes[1]);
    assert_true (ident_equal (partner, &left));
    assert_true (ident_equal (gateway, &there));
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

static bool
ask (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    char request[64];
    assert_ptr_equal (self, &scene);
    if (scene.no_matcher) {
        return false;
    }
    scene.wire = *wire;
    scene.attempt = attempt;
    if (wire->kind == WIRE_SEARCH) {
        const wire_search_t *search = &wire->as.search;
        assert_true (ident_equal (&search->user, &user->id));
        check_left (&search->chat, &search->partner, &search->partner_gateway);
        snprintf (request, sizeof request, "SEARCH %" PRIu64, search->turn);
        note_left (request, &search->chat, search->sent, search->received);
    }
    else {
        const wire_leave_t *leave = &wire->as.leave;
        assert_int_equal (wire->kind, WIRE_LEAVE);
        assert_true (ident_equal (&leave->user, &user->id));
        check_left (&leave->chat, &leave->partner, &leave->partner_gateway);
        snprintf (request, sizeof request, "LEAVE %" PRIu64 " %s", leave->turn,
                  wire_reason_name ((reason_t) leave->reason));
        note_left (request, &leave->chat, leave->sent, leave->received);
    }
    return true;
}

// --- To the partner's gateway ---

// All that is said to it begins alike.
static unsigned
check_way (const user_t *user, const wire_receipt_t *way)
{
    unsigned n = way->chat.bytes[1];
    ident_t there = partner_gateway_ident (n);
    ident_t partner = partner_ident (n);
    assert_true (ident_equal (&way->to, &there));
    assert_true (ident_equal (&way->from, &our_gateway));
    assert_true (ident_equal (&way->user, &partner));
    assert_true (ident_equal (&way->partner, &user->id));
    return n;
}

static bool
tell (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    assert_ptr_equal (self, &scene);
    unsigned n = check_way (user, &wire->as.receipt);
    if (scene.no_relay) {
        return false;
    }
    scene.wire = *wire;
    scene.attempt = attempt;
    switch (wire->kind) {
        case WIRE_MESSAGE:
            note ("MESSAGE %u #%" PRIu64 " %.*s", n, wire->as.message.number,
                  (int) wire->as.message.text.bytes, wire->as.message.text.text);
            break;
        case WIRE_RECEIPT:
            note ("RECEIPT %u #%" PRIu64, n, wire->as.receipt.number);
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
        default:
            assert_int_equal (wire->kind, WIRE_GONE);
            note ("GONE %u %s", n, wire_reason_name ((reason_t) wire->as.gone.reason));
            break;
    }
    return true;
}

static void
done (void *self, user_t *user)
{
    assert_ptr_equal (self, &scene);
    assert_ptr_equal (user, scene.user);
    note ("done");
    user_destroy (&scene.user);
}

static const users_port_t port = {emit, answer, ask, tell, done};

// --- The stage ---

void
scene_open_with (uint64_t recovery_ms)
{
    scene_close (NULL);
    scene.users = (users_t){
        .port = &port,
        .self = &scene,
        .agenda = agenda_new (SCENE_BEGIN_MS),
        .gateway = our_gateway,
        .now_ms = SCENE_BEGIN_MS,
        .wall_ms = SCENE_WALL_MS,
        .text_most = 500,
        .messages_per_minute = 20,
        .searches_per_minute = 30,
        .recovery_ms = recovery_ms,
    };
    scene.user = user_new (&scene.users, &scene);
}

int
scene_close (void **state)
{
    (void) state;
    user_destroy (&scene.user);
    agenda_destroy (&scene.users.agenda);
    writer_close (&scene.users.writer);
    memset (&scene, 0, sizeof scene);
    return 0;
}

void
scene_waits (uint64_t ms)
{
    scene.said[0] = '\0';
    for (uint64_t end_ms = scene.users.now_ms + ms; scene.users.now_ms < end_ms;) {
        scene.users.now_ms += 10;
        scene.users.wall_ms += 10;
        agenda_tick (scene.users.agenda, scene.users.now_ms);
    }
}

const char *
scene_says (void)
{
    static char said[sizeof scene.said];
    memcpy (said, scene.said, sizeof said);
    scene.said[0] = '\0';
    return said;
}

// What a matcher or the partner's gateway says.
static wire_t
wire_for (user_event_t event)
{
    ident_t id = scene.user->id;
    ident_t chat = chat_ident (scene.chat);
    ident_t partner = partner_ident (scene.chat);
    ident_t there = partner_gateway_ident (scene.chat);
    uint64_t taken = scene.user->chat != NULL ? link_taken (scene.user->chat->link) : 0;
    uint64_t turn = scene.user->turn > 0 ? scene.user->turn : 1;
    switch (event) {
        case USER_WAITS:
            return (wire_t){WIRE_WAITING, .as.waiting = {id, turn, 0}};
        case USER_MATCHED:
            return (wire_t){WIRE_MATCHED, .as.matched = {id, turn, chat, partner, there}};
        case USER_LEFT:
            return (wire_t){WIRE_LEFT, .as.left = {id, turn}};
        case USER_HEARD:
            return (wire_t){WIRE_MESSAGE,
                            .as.message = {our_gateway, there, chat, id, partner, ++scene.heard,
                                           SCENE_WALL_MS - 5, {"p1", 2}, {"hi", 2}}};
        case USER_RECEIPTED:
            return (wire_t){WIRE_RECEIPT,
                            .as.receipt = {our_gateway, there, chat, id, partner, taken}};
        case USER_PARTNER_TYPED:
            return (wire_t){WIRE_TYPING, .as.typing = {our_gateway, there, chat, id, partner, 1}};
        case USER_PARTNER_AWAY:
            return (wire_t){WIRE_AWAY, .as.away = {our_gateway, there, chat, id, partner}};
        case USER_PARTNER_BACK:
            return (wire_t){WIRE_BACK, .as.back = {our_gateway, there, chat, id, partner}};
        default:
            return (wire_t){WIRE_GONE,
                            .as.gone = {our_gateway, there, chat, id, partner, REASON_SKIPPED}};
    }
}

void
scene_happens (user_event_t event)
{
    scene.said[0] = '\0';
    if (event <= USER_SEARCHED_TOO_OFTEN) {
        request_t request = {.ack = ++scene.ack, .text = {"hello", 5}, .on = true,
                             .retry_after_ms = 2000};
        user_step (scene.user, event, &request);
    }
    else if (event <= USER_GIVEN_UP || event == USER_PARTNER_LOST) {
        if (event == USER_QUIT || event == USER_CUT_OFF || event == USER_GIVEN_UP) {
            scene.user->socket = NULL; // As it is when the connection is gone.
        }
        if (event == USER_RETURNED) {
            scene.user->socket = &scene;
        }
        user_step (scene.user, event, NULL);
    }
    else {
        if (event == USER_MATCHED) {
            scene.chat++;
            scene.heard = 0;
        }
        wire_t wire = wire_for (event);
        user_step (scene.user, event, &wire);
    }
}

void
scene_plays (const user_event_t *events, size_t count)
{
    scene_open_with (0);
    for (size_t i = 0; i < count; i++) {
        must (scene.user != NULL);
        scene_happens (events[i]);
    }
}
