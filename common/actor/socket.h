// socket.h -- how ZeroMQ sockets of the bus are set: bounds, time-outs, keys.

#ifndef SOCKET_H
#define SOCKET_H

#include <czmq.h>

#include "actor/keyring.h"

// A socket that is neither bound nor connected; never NULL.
zsock_t *
socket_new (int type);

// Before it is bound: whoever connects must have a key, about which zap.c is asked. Were that not
// there, what arrives would come under no key.
void
socket_demand_keys (zsock_t *sock, const keyring_t *keyring);

// Before it connects: only to who has the key `key`.
void
socket_trust (zsock_t *sock, const keyring_t *keyring, const char *key);

#endif
