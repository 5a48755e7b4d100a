// address.h -- a literal IP address and a port, as sockets take them, and what kind it is.

#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t bytes; // Of the one that it is.
} address_t;

// Reads a literal such as 10.0.0.7 or fd00::7. False if it is none.
bool
address_read (const char *text, uint16_t port, address_t *address);

// Turns an address that a listener is bound to into one at which it can be reached from this
// machine: the loopback for "every address", else the same.
void
address_reach (address_t *address);

// Whether the world cannot reach it: loopback (RFC 1122, RFC 4291), private networks (RFC 1918, RFC
// 4193) and links (RFC 3927, RFC 4291). "Every address", such as 0.0.0.0, is not private.
bool
address_is_private (const address_t *address);

#endif
