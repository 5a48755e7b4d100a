// redis_url.h -- where Redis is: unix:///path or redis://[[user]:password@]host[:port][/db]; with TLS:
// rediss://.

#ifndef REDIS_URL_H
#define REDIS_URL_H

#include <stdbool.h>

typedef struct {
    bool tls;           // The connection is encrypted.
    char path[108];     // Of a Unix socket (sockaddr_un has room for as much); empty: TCP.
    char host[256];     // A name, or a literal address without brackets.
    char port[6];       // Decimal.
    char user[128];     // Empty: the default user.
    char password[512]; // Empty: none.
    char database[6];   // Decimal.
} redis_url_t;

// Reads `text`. NULL if it is well formed, else a sentence that says what is wrong with it,
// without quoting it: it may hold a password.
const char *
redis_url_read (const char *text, redis_url_t *url);

#endif
