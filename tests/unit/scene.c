// scene.c -- the stage of a user, and what happens on it.

#include "unit/scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "gateway/chat.h"
#include "support/cmocka_all.h"

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

ident_t
next_gateway_ident (unsigned n)
{
    return (ident_t){{'g', (uint8_t) n, 'n'}};
}

static void
open_stage (uint64_t recovery_ms)
{
    scene_close (NULL);
    scene.users = (users_t){
        .port = &scene_port,
        .self = &scene,
        .agenda = agenda_new (SCENE_BEGIN_MS),
        .gateway = our_gateway,
        .now_ms = SCENE_BEGIN_MS,
        .wall_ms = SCENE_WALL_MS,
        .text_most = 500,
        .messages_per_minute = 20,
        .searches_per_minute = 30,
        .pools = 1,
        .pool_wait_ms = SCENE_POOL_WAIT_MS,
        .recovery_ms = recovery_ms,
        .lost_ms = SCENE_LOST_MS,
    };
}

void
scene_open_with (uint64_t recovery_ms)
{
    open_stage (recovery_ms);
    scene.user = user_new (&scene.users, &scene);
}

void
scene_open_returning (uint64_t recovery_ms, const char *offset)
{
    ident_t token = ident_token ();
    offset_t came;
    assert_true (offset_read (offset, strlen (offset), &came));
    open_stage (recovery_ms);
    scene.chat = 1;
    scene.there = partner_gateway_ident (1);
    scene.user = user_resume (&scene.users, &scene, &token, &came);
}

int
scene_close (void **state)
{
    (void) state;
    user_destroy (&scene.user);
    wish_destroy (&scene.wish);
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

uint64_t
scene_refused (void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < REFUSAL_NUMBERS; i++) {
        sum += scene.users.refused[i];
    }
    return sum;
}

const char *
scene_says (void)
{
    static char said[sizeof scene.said];
    memcpy (said, scene.said, sizeof said);
    scene.said[0] = '\0';
    return said;
}

// What a matcher says of somebody who comes back.
static wire_t
resumed_for (user_event_t event)
{
    wire_resumed_t resumed = {
        .user = scene.user->id,
        .nonce = scene.user->nonce,
        .doing = event == USER_WAS_LEAVING ? DOING_CHATTING
                                           : (uint64_t) (DOING_UNKNOWN + (event - USER_WAS_UNKNOWN)),
        .interests = {"", 0},
        .language = {"", 0},
        .shared = {"", 0},
        .turn = SCENE_TURN,
        .waits_ms = event == USER_WAS_SEARCHING ? SCENE_WAITS_MS : 0,
    };
    if (event >= USER_WAS_CHATTING || event == USER_WAS_PARTED) {
        resumed.chat = chat_ident (scene.chat);
        resumed.partner = partner_ident (scene.chat);
        resumed.partner_gateway = scene.there;
        resumed.reason = event == USER_WAS_PARTED ? REASON_SKIPPED : REASON_NONE;
        resumed.side = SCENE_SIDE;
        resumed.started_ms = SCENE_STARTED_MS;
        resumed.waited_a_ms = SCENE_WAITED_A_MS;
        resumed.waited_b_ms = SCENE_WAITED_B_MS;
    }
    return (wire_t){WIRE_RESUMED, .as.resumed = resumed};
}

// What a matcher or the partner's gateway says.
static wire_t
wire_for (user_event_t event)
{
    static char name[32];
    ident_t there = scene.there;
    ident_t id = scene.user->id;
    ident_t chat = chat_ident (scene.chat);
    ident_t partner = partner_ident (scene.chat);
    uint64_t taken = scene.user->chat != NULL ? link_taken (scene.user->chat->link) : 0;
    uint64_t turn = scene.user->turn > 0 ? scene.user->turn : 1;
    switch (event) {
        case USER_WAITS:
            return (wire_t){WIRE_WAITING, .as.waiting = {id, turn, 0, SCENE_AGAIN_MS, SCENE_SEARCHING}};
        case USER_MATCHED:
        case USER_MATCHED_BLOCKED:
            return (wire_t){WIRE_MATCHED,
                            .as.matched = {id, turn, chat, partner, there, SCENE_SIDE,
                                           SCENE_STARTED_MS, SCENE_WAITED_A_MS,
                                           SCENE_WAITED_B_MS}};
        case USER_REUNITED:
            return (wire_t){WIRE_MATCHED,
                            .as.matched = {id, turn, chat, partner, there, SCENE_SIDE,
                                           SCENE_STARTED_MS, SCENE_WAITED_A_MS,
                                           SCENE_WAITED_B_MS, .undoes = chat_ident (9)}};
        case USER_BLOCK_NOTED:
            return (wire_t){WIRE_BLOCKED, .as.blocked = {id, partner, scene.pool}};
        case USER_LEFT:
            return (wire_t){WIRE_LEFT, .as.left = {id, turn}};
        case USER_HELD:
            return (wire_t){WIRE_HELD, .as.held = {id, turn}};
        case USER_WAS_UNKNOWN:
        case USER_WAS_IDLE:
        case USER_WAS_PARTED:
        case USER_WAS_SEARCHING:
        case USER_WAS_CHATTING:
        case USER_WAS_LEAVING:
            return resumed_for (event);
        case USER_HEARD:
            snprintf (name, sizeof name, "p%" PRIu64, ++scene.heard);
            return (wire_t){WIRE_MESSAGE,
                            .as.message = {our_gateway, there, chat, id, partner, scene.heard,
                                           SCENE_WALL_MS - 5, {name, strlen (name)}, {"hi", 2}}};
        case USER_RECEIPTED:
            return (wire_t){WIRE_RECEIPT,
                            .as.receipt = {our_gateway, there, chat, id, partner, taken}};
        case USER_PARTNER_TYPED:
            return (wire_t){WIRE_TYPING, .as.typing = {our_gateway, there, chat, id, partner, 1}};
        case USER_PARTNER_AWAY:
            return (wire_t){WIRE_AWAY, .as.away = {our_gateway, there, chat, id, partner}};
        case USER_PARTNER_BACK:
            return (wire_t){WIRE_BACK, .as.back = {our_gateway, there, chat, id, partner}};
        case USER_PARTNER_MOVED:
            return (wire_t){WIRE_MOVED,
                            .as.moved = {our_gateway, there, chat, id, partner, SCENE_TURN, taken}};
        case USER_PARTNER_STANDS:
            return (wire_t){WIRE_STANDS,
                            .as.stands = {our_gateway, there, chat, id, partner, taken, 1,
                                          scene.heard}};
        case USER_GIVEN_BACK:
            return (wire_t){WIRE_MESSAGE,
                            .as.message = {our_gateway, there, chat, partner, id, 1,
                                           SCENE_WALL_MS - 5, {"w1", 2}, {"hello", 5}}};
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
                             .wish = &scene.wish, .retry_after_ms = 2000};
        user_step (scene.user, event, &request);
    }
    else if (event <= USER_GIVEN_UP) {
        // As it is when the connection is gone, or there again.
        if (event != USER_RETURNED) {
            scene.user->recall_from = scene.user->recall.emitted; // It had read all until then.
        }
        scene.user->socket = event == USER_RETURNED ? &scene : NULL;
        scene.user->connect = event == USER_RETURNED ? CONNECT_HELD : scene.user->connect;
        user_step (scene.user, event, NULL);
    }
    else if (event == USER_SEARCHED_TOO_LONG || event == USER_UNKNOWN_THERE
             || event == USER_TAKEN_AWAY || event >= USER_PARTNER_UNREACHED) {
        scene.users.pools = event == USER_UNKNOWN_THERE ? 2 : scene.users.pools;
        user_step (scene.user, event, NULL);
    }
    else {
        if (event == USER_MATCHED || event == USER_MATCHED_BLOCKED || event == USER_REUNITED) {
            scene.chat++;
            scene.heard = 0;
            scene.there = partner_gateway_ident (scene.chat);
        }
        if (event == USER_PARTNER_MOVED) {
            scene.there = next_gateway_ident (scene.chat);
        }
        wire_t wire = wire_for (event);
        user_step (scene.user, event, &wire);
    }
}

void
scene_is_written (void)
{
    scene.said[0] = '\0';
    chat_written (scene.user);
}

static void
play (const user_event_t *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        must (scene.user != NULL);
        scene_happens (events[i]);
    }
}

void
scene_plays (const user_event_t *events, size_t count)
{
    scene_open_with (0);
    play (events, count);
}

void
scene_plays_returning (const char *offset, const user_event_t *events, size_t count)
{
    scene_open_returning (SCENE_RECOVERY_MS, offset);
    play (events, count);
}
