// relay.c -- the message switch between gateways.
//
// Hears MESSAGE, RECEIPT, TYPING, GONE, AWAY, BACK, MOVED and STANDS from gateways and hands each,
// unchanged, to the gateway that is named on it. Says LOST when that gateway is not here. Keeps
// nothing, so it may die at any time.

#include "relay/relay.h"

#include "actor/actor.h"
#include "base/must.h"

typedef struct {
    actor_t *actor;     // Owned.
    mailbox_t *gateways; // ROUTER; a gateway's instance is its address. The actor's.
    uint64_t forwarded; // Wire messages passed on.
    uint64_t lost;      // Wire messages whose gateway was not here.
} relay_t;

// Whom a message between gateways is about: what all kinds begin with.
typedef struct {
    const ident_t *to;
    const ident_t *from;
    const ident_t *chat;
    const ident_t *partner; // Whose wire message it is.
} route_t;

static route_t
route_of (const wire_t *wire)
{
    switch (wire->kind) {
        case WIRE_MESSAGE:
            return (route_t){&wire->as.message.to, &wire->as.message.from, &wire->as.message.chat,
                             &wire->as.message.partner};
        case WIRE_RECEIPT:
            return (route_t){&wire->as.receipt.to, &wire->as.receipt.from, &wire->as.receipt.chat,
                             &wire->as.receipt.partner};
        case WIRE_TYPING:
            return (route_t){&wire->as.typing.to, &wire->as.typing.from, &wire->as.typing.chat,
                             &wire->as.typing.partner};
        case WIRE_GONE:
            return (route_t){&wire->as.gone.to, &wire->as.gone.from, &wire->as.gone.chat,
                             &wire->as.gone.partner};
        case WIRE_AWAY:
            return (route_t){&wire->as.away.to, &wire->as.away.from, &wire->as.away.chat,
                             &wire->as.away.partner};
        case WIRE_BACK:
            return (route_t){&wire->as.back.to, &wire->as.back.from, &wire->as.back.chat,
                             &wire->as.back.partner};
        case WIRE_MOVED:
            return (route_t){&wire->as.moved.to, &wire->as.moved.from, &wire->as.moved.chat,
                             &wire->as.moved.partner};
        case WIRE_STANDS:
            return (route_t){&wire->as.stands.to, &wire->as.stands.from, &wire->as.stands.chat,
                             &wire->as.stands.partner};
        default:
            must (!"only what has a duty arrives here");
            return (route_t){0};
    }
}

static void
say_lost (relay_t *relay, const route_t *route)
{
    relay->lost++;
    wire_t lost = {
        .kind = WIRE_LOST,
        .as.lost = {*route->to, *route->chat, *route->partner},
    };
    mailbox_send (relay->gateways, route->from, ROLE_GATEWAY, &lost);
}

static void
forward (void *self, const letter_t *letter)
{
    relay_t *relay = self;
    route_t route = route_of (&letter->wire);
    if (!ident_equal (route.from, &letter->from)) {
        mailbox_refuse (letter, REFUSAL_FALSE_SENDER, route.partner);
        return;
    }
    if (mailbox_forward (relay->gateways, route.to, ROLE_GATEWAY, letter)) {
        relay->forwarded++;
    }
    else {
        say_lost (relay, &route);
    }
}

// Not passed on after all. A LOST that its gateway does not get is nobody's loss: it is sent again.
static void
take_back (void *self, role_t role, const ident_t *to, const wire_t *wire)
{
    relay_t *relay = self;
    (void) role;
    (void) to;
    if (wire->kind != WIRE_LOST) {
        route_t route = route_of (wire);
        relay->forwarded--; // Before anybody has read it: all of this is within one turn's check.
        say_lost (relay, &route);
    }
}

static uint64_t
read_forwarded (const void *self)
{
    return ((const relay_t *) self)->forwarded;
}

static uint64_t
read_lost (const void *self)
{
    return ((const relay_t *) self)->lost;
}

static bool
listens (const void *self)
{
    return ((const relay_t *) self)->gateways != NULL;
}

// clang-format off
static const duty_t relay_duties[] = {
    { WIRE_MESSAGE, ROLE_GATEWAY, forward },
    { WIRE_RECEIPT, ROLE_GATEWAY, forward },
    { WIRE_TYPING,  ROLE_GATEWAY, forward },
    { WIRE_GONE,    ROLE_GATEWAY, forward },
    { WIRE_AWAY,    ROLE_GATEWAY, forward },
    { WIRE_BACK,    ROLE_GATEWAY, forward },
    { WIRE_MOVED,   ROLE_GATEWAY, forward },
    { WIRE_STANDS,  ROLE_GATEWAY, forward },
    { WIRE_NONE,    ROLE_NONE,    NULL },
};

static const chore_t relay_chores[] = {
    { 0, NULL },
};

static const condition_t relay_conditions[] = {
    { "listening", listens },
    { NULL, NULL },
};
// clang-format on

const metric_t relay_metrics[] = {
#include "relay/metrics.def"
    METRICS_END,
};

static const plan_t relay_plan = {
    .process = "relay",
    .role = ROLE_RELAY,
    .duties = relay_duties,
    .chores = relay_chores,
    .metrics = relay_metrics,
    .conditions = relay_conditions,
    .unsent = take_back,
    // So more has come when it begins its turn. At 8 000 messages a second it takes 0.6 of the CPU, and
    // the slowest of a hundred messages 0.7 of the time, as it pushes no gateway off its work.
    .patient = true,
};

int
relay_run (const config_t *config)
{
    relay_t relay = {0};
    int code = 1;
    relay.actor = actor_new (config, &relay_plan, &relay);
    if (relay.actor != NULL) {
        relay.gateways = actor_listen (relay.actor, config);
        if (relay.gateways != NULL) {
            code = actor_run (relay.actor);
        }
    }
    actor_destroy (&relay.actor);
    return code;
}
