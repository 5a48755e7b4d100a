// redis_url.c -- reads a Redis URL (RFC 3986; the scheme as registered with IANA).

#include "matcher/redis_url.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char wrong_form[] =
    "it must be unix:///path or redis[s]://[[user]:password@]host[:port][/db]";

// Copies `bytes` bytes and a terminator; false if they do not fit.
static bool
copy (char *to, size_t size, const char *from, size_t bytes)
{
    if (bytes >= size) {
        return false;
    }
    memcpy (to, from, bytes);
    to[bytes] = '\0';
    return true;
}

static int
hex_value (char digit)
{
    const char *digits = "0123456789abcdefABCDEF";
    const char *place = digit != '\0' ? strchr (digits, digit) : NULL;
    int value = place != NULL ? (int) (place - digits) : -1;
    return value > 15 ? value - 6 : value;
}

// Replaces %XX by the byte that it stands for (RFC 3986, 2.1). False if it is not well formed.
static bool
decode (char *text)
{
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        if (*in != '%') {
            *out++ = *in;
            continue;
        }
        int high = hex_value (in[1]);
        int low = high >= 0 ? hex_value (in[2]) : -1;
        if (low < 0 || high * 16 + low == 0) {
            return false;
        }
        *out++ = (char) (high * 16 + low);
        in += 2;
    }
    *out = '\0';
    return true;
}

static bool
is_number (const char *text, long most)
{
    return text[0] != '\0' && text[strspn (text, "0123456789")] == '\0'
           && strtol (text, NULL, 10) <= most;
}

// Reads [user]:password.
static bool
read_credentials (const char *at, size_t bytes, redis_url_t *url)
{
    const char *colon = memchr (at, ':', bytes);
    if (colon == NULL) {
        return false;
    }
    size_t user_bytes = (size_t) (colon - at);
    return copy (url->user, sizeof url->user, at, user_bytes)
           && copy (url->password, sizeof url->password, colon + 1, bytes - user_bytes - 1)
           && decode (url->user) && decode (url->password);
}

// Reads host[:port]; an IPv6 literal stands in brackets.
static bool
read_place (const char *at, size_t bytes, redis_url_t *url)
{
    const char *end = at + bytes;
    const char *host = at;
    const char *host_end;
    const char *rest;
    if (bytes > 0 && at[0] == '[') {
        host++;
        host_end = memchr (at, ']', bytes);
        rest = host_end != NULL ? host_end + 1 : NULL;
    }
    else {
        host_end = memchr (at, ':', bytes);
        host_end = host_end != NULL ? host_end : end;
        rest = host_end;
    }
    if (host_end == NULL || host_end == host
        || !copy (url->host, sizeof url->host, host, (size_t) (host_end - host))) {
        return false;
    }
    if (rest == end) {
        return copy (url->port, sizeof url->port, "6379", 4);
    }
    return *rest == ':'
           && copy (url->port, sizeof url->port, rest + 1, (size_t) (end - rest - 1))
           && is_number (url->port, 65535);
}

static bool
read_tcp (const char *at, redis_url_t *url)
{
    size_t bytes = strcspn (at, "/");
    const char *database = at[bytes] == '/' && at[bytes + 1] != '\0' ? at + bytes + 1 : "0";
    const char *sign = memrchr (at, '@', bytes);
    if (sign != NULL) {
        if (!read_credentials (at, (size_t) (sign - at), url)) {
            return false;
        }
        bytes -= (size_t) (sign + 1 - at);
        at = sign + 1;
    }
    return read_place (at, bytes, url)
           && copy (url->database, sizeof url->database, database, strlen (database))
           && is_number (url->database, 65535);
}

const char *
redis_url_read (const char *text, redis_url_t *url)
{
    static const char unix_scheme[] = "unix://";
    static const char tcp_scheme[] = "redis://", tls_scheme[] = "rediss://";
    *url = (redis_url_t){.database = "0"};
    if (strncmp (text, unix_scheme, sizeof unix_scheme - 1) == 0) {
        const char *path = text + sizeof unix_scheme - 1;
        if (path[0] != '/' || path[1] == '\0') {
            return wrong_form;
        }
        return copy (url->path, sizeof url->path, path, strlen (path))
                   ? NULL
                   : "the path of a Unix socket can have 107 bytes at most";
    }
    if (strncmp (text, tcp_scheme, sizeof tcp_scheme - 1) == 0) {
        return read_tcp (text + sizeof tcp_scheme - 1, url) ? NULL : wrong_form;
    }
    if (strncmp (text, tls_scheme, sizeof tls_scheme - 1) == 0) {
        url->tls = true;
        return read_tcp (text + sizeof tls_scheme - 1, url) ? NULL : wrong_form;
    }
    return wrong_form;
}
