// view.c -- what an operator sees of a gateway.

#include "gateway/gateway.h"
#include "gateway/gateway_inside.h"

static const char *
name_state (const void *self, size_t place)
{
    (void) self;
    return place < USER_STATES ? user_state_name ((user_state_t) place) : NULL;
}

static uint64_t
read_users (const void *self, size_t place)
{
    return ((const gateway_t *) self)->users.in_state[place];
}

static const char *
name_reason (const void *self, size_t place)
{
    (void) self;
    return place < EIO_REASONS ? eio_reason_name ((eio_reason_t) place) : NULL;
}

static uint64_t
read_closed (const void *self, size_t place)
{
    return engineio_closed (((const gateway_t *) self)->engineio, (eio_reason_t) place);
}

static uint64_t
read_queue (const void *self)
{
    return engineio_queued (((const gateway_t *) self)->engineio);
}

static uint64_t
read_connections_most (const void *self)
{
    return ((const gateway_t *) self)->people_most / PEOPLE_A_CONNECTION;
}

static uint64_t
read_sessions (const void *self)
{
    return engineio_sessions (((const gateway_t *) self)->engineio);
}

static uint64_t
read_connections (const void *self)
{
    return browser_door_counts (((const gateway_t *) self)->door)->connections;
}

static uint64_t
read_accepted (const void *self)
{
    return browser_door_counts (((const gateway_t *) self)->door)->accepted;
}

static uint64_t
read_turned_away (const void *self)
{
    return browser_door_counts (((const gateway_t *) self)->door)->turned_away;
}

static uint64_t
read_http_refused (const void *self)
{
    return browser_door_counts (((const gateway_t *) self)->door)->refused;
}

static uint64_t
read_addresses (const void *self)
{
    return visitors_count (((const gateway_t *) self)->visitors);
}

static uint64_t
read_matches (const void *self)
{
    return ((const gateway_t *) self)->users.matches;
}

static uint64_t
read_written (const void *self)
{
    return ((const gateway_t *) self)->users.written;
}

static uint64_t
read_delivered (const void *self)
{
    return ((const gateway_t *) self)->users.delivered;
}

static uint64_t
read_resent (const void *self)
{
    return ((const gateway_t *) self)->users.resent;
}

static uint64_t
read_refused (const void *self, size_t place)
{
    return ((const gateway_t *) self)->users.refused[refusal_at (place)];
}

static const histogram_t *
read_match_time (const void *self)
{
    return &((const gateway_t *) self)->users.match_time;
}

static const histogram_t *
read_delivery_time (const void *self)
{
    return &((const gateway_t *) self)->users.delivery_time;
}

static uint64_t
read_lost (const void *self)
{
    return ((const gateway_t *) self)->lost;
}

static bool
is_open (const void *self)
{
    return ((const gateway_t *) self)->users.drain_by_ms == 0;
}

static bool
has_matcher (const void *self)
{
    const gateway_t *gateway = self;
    bool ready = true;
    for (size_t i = 0; i < gateway->users.pools && ready; i++) {
        ready = replicas_ready (gateway->pools[i].matchers) > 0;
    }
    return ready;
}

static bool
has_relay (const void *self)
{
    return replicas_ready (((const gateway_t *) self)->relays) > 0;
}

const metric_t gateway_metrics[] = {
#include "gateway/metrics.def"
    METRICS_END,
};

// clang-format off
const condition_t gateway_conditions[] = {
    { "open",    is_open },
    { "matcher", has_matcher },
    { "relay",   has_relay },
    { NULL, NULL },
};
// clang-format on
