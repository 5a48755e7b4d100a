// database_url.c -- takes Prisma's parameters out of a URL.

#include "sessions/database_url.h"

#include <stdbool.h>
#include <string.h>

#include "base/must.h"

static const char *const of_prisma[] = {
    "connection_limit", "pool_timeout", "pgbouncer",   "socket_timeout", "statement_cache_size",
    "sslaccept",        "sslidentity",  "sslpassword", "schema",
};

// True if a parameter, name=value, has that name.
static bool
is_named (const char *parameter, size_t bytes, const char *name)
{
    size_t length = strlen (name);
    return bytes > length && parameter[length] == '=' && memcmp (parameter, name, length) == 0;
}

static bool
is_of_prisma (const char *parameter, size_t bytes)
{
    for (size_t i = 0; i < sizeof of_prisma / sizeof of_prisma[0]; i++) {
        if (is_named (parameter, bytes, of_prisma[i])) {
            return true;
        }
    }
    return false;
}

// The name goes into a parameter of libpq as it is, so only plain ones are taken.
static bool
read_schema (const char *name, size_t bytes, char schema[DATABASE_SCHEMA_SIZE])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (bytes == 0 || bytes >= DATABASE_SCHEMA_SIZE || strspn (name, plain) < bytes) {
        return false;
    }
    memcpy (schema, name, bytes);
    schema[bytes] = '\0';
    return true;
}

const char *
database_url_read (const char *text, database_url_t *url)
{
    *url = (database_url_t){.schema = ""};
    size_t bytes = strlen (text);
    must (bytes < sizeof url->url);
    const char *query = strchr (text, '?');
    if (strstr (text, "://") == NULL || query == NULL) {
        memcpy (url->url, text, bytes + 1);
        return NULL;
    }
    size_t length = (size_t) (query - text);
    memcpy (url->url, text, length);
    char mark = '?';
    for (const char *at = query; *at != '\0';) {
        at++;
        size_t size = strcspn (at, "&");
        if (is_named (at, size, "schema") && !read_schema (at + 7, size - 7, url->schema)) {
            return "its schema must be a name of 1 to 63 letters, digits, _ and -";
        }
        if (size > 0 && !is_of_prisma (at, size)) {
            url->url[length++] = mark;
            memcpy (url->url + length, at, size);
            length += size;
            mark = '&';
        }
        at += size;
    }
    url->url[length] = '\0';
    return NULL;
}
