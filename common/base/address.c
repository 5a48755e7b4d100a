// address.c -- reads addresses and compares their prefixes.

#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

typedef struct {
    unsigned bits; // Of the prefix that counts.
    uint8_t bytes[4];
} prefix_t;

// clang-format off
static const prefix_t private_v4[] = {
    {  8, {127} },
    {  8, {10} },
    { 12, {172, 16} },
    { 16, {192, 168} },
    { 16, {169, 254} },
    {  0, {0} },
};

static const prefix_t private_v6[] = {
    {  7, {0xfc} },
    { 10, {0xfe, 0x80} },
    {  0, {0} },
};
// clang-format on

bool
address_read (const char *text, uint16_t port, address_t *address)
{
    memset (address, 0, sizeof *address);
    if (inet_pton (AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons (port);
        address->bytes = sizeof address->v4;
        return true;
    }
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons (port);
    address->bytes = sizeof address->v6;
    return inet_pton (AF_INET6, text, &address->v6.sin6_addr) == 1;
}

void
address_reach (address_t *address)
{
    if (address->any.sa_family == AF_INET && address->v4.sin_addr.s_addr == htonl (INADDR_ANY)) {
        address->v4.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
    }
    if (address->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED (&address->v6.sin6_addr)) {
        address->v6.sin6_addr = in6addr_loopback;
    }
}

static bool
begins_with (const uint8_t *bytes, const prefix_t *prefix)
{
    bool equal = true;
    for (unsigned bit = 0; bit < prefix->bits && equal; bit++) {
        uint8_t mask = (uint8_t) (0x80 >> (bit % 8));
        equal = (bytes[bit / 8] & mask) == (prefix->bytes[bit / 8] & mask);
    }
    return equal;
}

static bool
is_one_of (const uint8_t *bytes, const prefix_t *prefixes)
{
    while (prefixes->bits > 0 && !begins_with (bytes, prefixes)) {
        prefixes++;
    }
    return prefixes->bits > 0;
}

bool
address_is_private (const address_t *address)
{
    if (address->any.sa_family == AF_INET) {
        return is_one_of ((const uint8_t *) &address->v4.sin_addr, private_v4);
    }
    const struct in6_addr *v6 = &address->v6.sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED (v6)) { // RFC 4291, 2.5.5.2
        return is_one_of (v6->s6_addr + 12, private_v4);
    }
    return IN6_IS_ADDR_LOOPBACK (v6) || is_one_of (v6->s6_addr, private_v6);
}
