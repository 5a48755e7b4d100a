// view.c -- what an operator sees of a gateway.

#include "gateway/gateway_inside.h"

static uint64_t
read_users (const void *self)
{
    return book_count (((const gateway_t *) self)->book);
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
read_refused (const void *self)
{
    return ((const gateway_t *) self)->users.refused;
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

// clang-format off
const metric_t gateway_metrics[] = {
    { "gateway_users",                    METRIC_GAUGE,   "People who are connected, away, or just leaving.", read_users },
    { "gateway_sessions",                 METRIC_GAUGE,   "Engine.IO sessions.", read_sessions },
    { "gateway_connections",              METRIC_GAUGE,   "TCP connections of browsers.", read_connections },
    { "gateway_connections_total",        METRIC_COUNTER, "TCP connections accepted.", read_accepted },
    { "gateway_connections_turned_away_total", METRIC_COUNTER, "TCP connections closed because there were too many.", read_turned_away },
    { "gateway_http_refused_total",       METRIC_COUNTER, "Requests answered with an error.", read_http_refused },
    { "gateway_addresses",                METRIC_GAUGE,   "Addresses that budgets are kept for.", read_addresses },
    { "gateway_matches_total",            METRIC_COUNTER, "Chats that a user here began.", read_matches },
    { "gateway_messages_written_total",   METRIC_COUNTER, "Messages taken from browsers.", read_written },
    { "gateway_messages_delivered_total", METRIC_COUNTER, "Messages confirmed by the partner's gateway.", read_delivered },
    { "gateway_messages_resent_total",    METRIC_COUNTER, "Messages sent again.", read_resent },
    { "gateway_requests_refused_total",   METRIC_COUNTER, "Requests of browsers refused.", read_refused },
    { "gateway_wire_lost_total",          METRIC_COUNTER, "Wire messages that a relay could not pass on.", read_lost },
    { NULL, METRIC_GAUGE, NULL, NULL },
};

const condition_t gateway_conditions[] = {
    { "open",    is_open },
    { "matcher", has_matcher },
    { "relay",   has_relay },
    { NULL, NULL },
};
// clang-format on
