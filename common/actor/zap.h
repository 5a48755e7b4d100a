// zap.h -- answers ZeroMQ's question, for each connection to this process, whether the peer's key is
// on the list: ZAP (ZeroMQ RFC 27), on the loop, without a thread of its own. One in a process.

#ifndef ZAP_H
#define ZAP_H

#include <stdint.h>

#include "actor/keyring.h"
#include "actor/loop.h"

typedef struct zap zap_t;

// Lets in whose key the keyring has for one of the `roles` (bit 1 << role). What is let in carries
// its key, as text, as the "User-Id" of its messages. Borrows the keyring.
zap_t *
zap_new (loop_t *loop, const keyring_t *keyring, unsigned roles);

void
zap_destroy (zap_t **zap);

// Connections that were not let in.
uint64_t
zap_refused (const zap_t *zap);

#endif
