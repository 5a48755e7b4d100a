// storm_gateways.c -- the gateways of a storm: what the two users speak through, and what comes of each
// wire message that arrives at a gateway, or at a matcher.

#include "unit/storm.h"

#include <stdlib.h>

#include "base/must.h"
#include "gateway/chat.h"

#define LONG_MS 100000000
#define TURNS 65536      // By so many a matcher raises the turn of whoever comes back.
#define MATCHER 2        // To whom a packet is, that is to neither of the two.

storm_t storm;

const ident_t the_chat = {{'c', 1}};

bool
storm_one_in (uint64_t times)
{
    return weather_one_in (&storm.weather, times);
}

uint64_t
storm_soon (void)
{
    return storm.weather.step + 1 + dice_throw (&storm.weather.dice, 100);
}

static unsigned
index_of (const party_t *party)
{
    return party != storm.parties;
}

party_t *
party_partner (const party_t *party)
{
    return &storm.parties[1 - index_of (party)];
}

// --- What the users speak through ---

static void
emit (void *self, user_t *user, const char *event, const char *json, size_t bytes)
{
    (void) user;
    storm_browser_event (&((place_t *) self)->party->browser, event, json, bytes);
}

static void
answer (void *self, user_t *user, uint64_t ack, const char *json, size_t bytes)
{
    (void) user;
    storm_browser_answer (&((place_t *) self)->party->browser, ack, json, bytes);
}

static bool
ask (void *self, user_t *user, size_t pool, const wire_t *wire, unsigned attempt)
{
    const place_t *place = self;
    (void) user, (void) pool, (void) attempt;
    if (wire->kind == WIRE_RESUME || wire->kind == WIRE_HOLD) {
        weather_post (&storm.weather, MATCHER, &place->users.gateway, wire);
    }
    return true;
}

// All that goes from gateway to gateway begins as GONE does.
static bool
tell (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    const place_t *place = self;
    (void) user, (void) attempt;
    weather_post (&storm.weather, 1 - index_of (place->party), &wire->as.gone.to, wire);
    return true;
}

static void
accept (void *self, user_t *user)
{
    (void) user;
    storm_browser_say (&((place_t *) self)->party->browser, SAID_ACCEPTED);
}

static void
ping (void *self, user_t *user)
{
    place_t *place = self;
    if (!place->pinged) {
        place->pinged = true;
        place->pong_at = 0;
        recall_pinged (&user->recall);
        chat_pinged (user);
        storm_browser_say (&place->party->browser, SAID_PING);
    }
}

static void
dismiss (void *self, user_t *user)
{
    (void) self, (void) user;
    storm.wrong = "sent away";
}

static void
renamed (void *self, user_t *user, const ident_t *before)
{
    (void) self, (void) user, (void) before;
    storm.wrong = "taken for somebody new";
}

static void
done (void *self, user_t *user)
{
    (void) user;
    user_destroy (&((place_t *) self)->user);
}

static const users_port_t port = {emit, answer, ask, tell, accept, ping, dismiss, dismiss, renamed,
                                  done};

// --- What gateways do with what arrives ---

// A message that comes to who wrote it.
static bool
is_given_back (const wire_t *wire, const ident_t *to)
{
    return wire->kind == WIRE_MESSAGE && ident_equal (&wire->as.message.partner, to);
}

static user_event_t
event_of (const user_t *user, const wire_t *wire)
{
    switch (wire->kind) {
        case WIRE_MESSAGE: return is_given_back (wire, &user->id) ? USER_GIVEN_BACK : USER_HEARD;
        case WIRE_RECEIPT: return USER_RECEIPTED;
        case WIRE_AWAY: return USER_PARTNER_AWAY;
        case WIRE_BACK: return USER_PARTNER_BACK;
        case WIRE_MOVED: return USER_PARTNER_MOVED;
        case WIRE_STANDS: return USER_PARTNER_STANDS;
        default: return USER_PARTNER_GONE;
    }
}

static place_t *
place_at (party_t *party, const ident_t *gateway)
{
    place_t *places[] = {party->here, party->left};
    for (size_t i = 0; i < 2; i++) {
        if (places[i] != NULL && ident_equal (&places[i]->users.gateway, gateway)) {
            return places[i];
        }
    }
    return NULL;
}

// There is nobody: says a relay, if the gateway is dead, or that gateway itself.
static void
tell_not_here (const packet_t *packet)
{
    const wire_gone_t *head = &packet->wire.as.gone;
    wire_t lost = {WIRE_LOST, .as.lost = {head->to, head->chat, head->partner}};
    wire_t away = {WIRE_AWAY, .as.away = {head->from, head->to, head->chat, head->partner,
                                          head->user}};
    wire_kind_t kind = packet->wire.kind;
    if (is_given_back (&packet->wire, &storm.parties[packet->to].id)) {
        return; // Nobody has sent that who is asked for the partner.
    }
    if (storm.dead[head->to.bytes[1]]) {
        weather_post (&storm.weather, 1 - packet->to, &head->from, &lost);
    }
    else if (kind == WIRE_MESSAGE || kind == WIRE_RECEIPT || kind == WIRE_MOVED) {
        weather_post (&storm.weather, 1 - packet->to, &head->from, &away);
    }
}

static bool
is_from_partner (const user_t *user, const ident_t *gateway)
{
    return ident_equal (&user->chat->partner_gateway, gateway);
}

// From a partner's gateway, or from a relay.
static void
hear_chat (user_t *user, const wire_t *wire)
{
    bool is_lost = wire->kind == WIRE_LOST;
    const ident_t *from = is_lost ? &wire->as.lost.gateway : &wire->as.gone.from;
    if (wire->kind != WIRE_MOVED && !is_from_partner (user, from)) {
        return;
    }
    user_step (user, is_lost ? USER_PARTNER_UNREACHED : event_of (user, wire),
               is_lost ? NULL : wire);
}

// From a matcher.
static void
hear_matcher (user_t *user, const wire_t *wire)
{
    if (wire->kind == WIRE_HELD && wire->as.held.turn == user->turn) {
        user_step (user, USER_HELD, wire);
    }
    if (wire->kind == WIRE_RESUMED && user->state == USER_RETURNING
        && ident_equal (&user->nonce, &wire->as.resumed.nonce)) {
        user_step (user, USER_WAS_CHATTING, wire);
    }
}

// What a matcher says to RESUME and HOLD.
static void
ask_matcher (const packet_t *packet)
{
    const wire_resume_t *resume = &packet->wire.as.resume; // HOLD begins with the user, too.
    party_t *party = &storm.parties[!ident_equal (&resume->user, &storm.parties[0].id)];
    wire_t reply = {WIRE_HELD, .as.held = {party->id, packet->wire.as.hold.turn}};
    if (packet->wire.kind == WIRE_RESUME) {
        if (party->here == NULL || !ident_equal (&party->here->user->nonce, &resume->nonce)) {
            return; // It has come back elsewhere since.
        }
        if (!ident_equal (&party->nonce, &resume->nonce)) {
            party->nonce = resume->nonce;
            party->turn += TURNS;
            party->home = packet->to_gateway;
            party->taken_at = storm_soon ();
        }
        reply = (wire_t){WIRE_RESUMED,
                         .as.resumed = {.user = party->id, .nonce = resume->nonce,
                                        .doing = DOING_CHATTING, .turn = party->turn,
                                        .chat = the_chat, .partner = party_partner (party)->id,
                                        .partner_gateway = party_partner (party)->home}};
    }
    weather_post (&storm.weather, index_of (party), &packet->to_gateway, &reply);
}

void
storm_deliver (const packet_t *packet)
{
    wire_kind_t kind = packet->wire.kind;
    if (packet->to == MATCHER) {
        ask_matcher (packet);
        return;
    }
    place_t *place = place_at (&storm.parties[packet->to], &packet->to_gateway);
    if (kind == WIRE_RESUMED || kind == WIRE_HELD) {
        if (place != NULL) {
            hear_matcher (place->user, &packet->wire);
        }
    }
    else if (place == NULL) {
        if (kind != WIRE_LOST) {
            tell_not_here (packet);
        }
    }
    else if (user_is_in (place->user, &the_chat)) {
        hear_chat (place->user, &packet->wire);
    }
}

// --- What happens at a gateway ---

place_t *
place_new (party_t *party, const ident_t *gateway)
{
    place_t *place = must_alloc (sizeof *place);
    uint64_t now_ms = 1 + storm.weather.step * STEP_MS;
    place->party = party;
    place->users = (users_t){.port = &port, .self = place, .agenda = storm.agenda,
                             .gateway = *gateway, .now_ms = now_ms, .wall_ms = now_ms,
                             .recovery_ms = LONG_MS, .lost_ms = LONG_MS, .pools = 1};
    return place;
}

void
place_destroy (place_t **place)
{
    if (*place != NULL) {
        user_destroy (&(*place)->user);
        writer_close (&(*place)->users.writer);
        free (*place);
        *place = NULL;
    }
}

ident_t
storm_new_gateway (void)
{
    must (storm.gateways < GATEWAYS_MOST);
    return (ident_t){{'g', storm.gateways++}};
}

const link_t *
party_link (const party_t *party)
{
    bool chats = party->here != NULL && party->here->user->chat != NULL;
    return chats ? party->here->user->chat->link : NULL;
}

bool
party_is_connected (const party_t *party)
{
    return party->here != NULL && party->here->user->socket != NULL;
}

void
place_written (place_t *place)
{
    storm_browser_written (&place->party->browser);
    if (place->user->chat != NULL && place->user->connect == CONNECT_ANSWERED) {
        chat_written (place->user);
    }
}

void
place_tend (place_t *place)
{
    if (storm_one_in (5)) {
        place_written (place);
    }
    if (place->user->chat != NULL && place->user->connect == CONNECT_ANSWERED && storm_one_in (200)) {
        ping (place, place->user);
    }
    if (place->pinged && place->pong_at != 0 && storm.weather.step >= place->pong_at) {
        place->pinged = false;
        recall_answered (&place->user->recall);
        if (place->user->chat != NULL) {
            chat_answered (place->user);
        }
    }
}
