// redis_door_tls.h -- encrypted connections to Redis, where hiredis has them (1.1 and later: Debian 13).

#ifndef REDIS_DOOR_TLS_H
#define REDIS_DOOR_TLS_H

#include <stdbool.h>

struct redisContext;
typedef struct ssl_st tls_t; // Of a connection, and owned by it.

// Whether this matcher was built with them.
bool
redis_tls_is_there (void);

// Has a connection that is being made speak TLS, with whoever has a certificate for `host`, a name or a
// literal address, by an authority that OpenSSL trusts (SSL_CERT_FILE, SSL_CERT_DIR, or the system's).
// NULL if that cannot be, with the reason in `why`.
tls_t *
redis_tls_begin (struct redisContext *context, const char *host, const char **why);

// What is wrong with the other side's certificate; NULL: nothing, as far as is known.
const char *
redis_tls_wrong (const tls_t *tls);

#endif
