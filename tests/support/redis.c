// redis.c -- starts, asks and ends a Redis.

#include "support/redis.h"

#include <ftw.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_all.h"
#include "support/service.h"

struct redis_server {
    pid_t pid; // 0 while it does not run.
    bool keep;
    char folder[64];
    char path[96]; // Of its socket.
    char url[112];
    redisContext *link; // NULL while it is not connected. Owned.
};

// It never waits for the disk: while it does (everysec) it keeps back what it has answered already, and
// a kill takes that with it. Written to the file is enough here, as the machine stays.
static void
become (const redis_server_t *server)
{
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (chdir (server->folder) != 0 || freopen ("log", "a", stdout) == NULL) {
        _exit (127);
    }
    execlp ("redis-server", "redis-server", "--port", "0", "--unixsocket", server->path,
            "--save", "", "--appendonly", server->keep ? "yes" : "no", "--appendfsync",
            "no", "--loglevel", "warning", (char *) NULL);
    _exit (127);
}

static void
unlink_from (redis_server_t *server)
{
    if (server->link != NULL) {
        redisFree (server->link);
        server->link = NULL;
    }
}

static redisReply *
try_to_ask (redis_server_t *server, const char *format, va_list values)
{
    if (server->link == NULL) {
        server->link = redisConnectUnixWithTimeout (server->path, (struct timeval){2, 0});
        if (server->link != NULL && server->link->err == 0) {
            redisSetTimeout (server->link, (struct timeval){DEADLINE_MS / 1000, 0});
        }
    }
    redisReply *reply = NULL;
    if (server->link != NULL && server->link->err == 0) {
        reply = redisvCommand (server->link, format, values);
    }
    if (reply == NULL) {
        unlink_from (server);
    }
    return reply;
}

static redisReply *
ask_once (redis_server_t *server, const char *format, ...)
{
    va_list values;
    va_start (values, format);
    redisReply *reply = try_to_ask (server, format, values);
    va_end (values);
    return reply;
}

static bool
answers (redis_server_t *server)
{
    redisReply *reply = ask_once (server, "PING");
    bool fine = reply != NULL && reply->type == REDIS_REPLY_STATUS;
    freeReplyObject (reply);
    return fine;
}

void
redis_server_revive (redis_server_t *server)
{
    assert_int_equal (server->pid, 0);
    server->pid = fork ();
    assert_true (server->pid >= 0);
    if (server->pid == 0) {
        become (server);
    }
    WAIT_FOR (answers (server));
}

redis_server_t *
redis_server_start (bool keep)
{
    redis_server_t *server = calloc (1, sizeof *server);
    assert_non_null (server);
    server->keep = keep;
    strcpy (server->folder, "/tmp/redis-XXXXXX");
    assert_non_null (mkdtemp (server->folder));
    snprintf (server->path, sizeof server->path, "%s/socket", server->folder);
    snprintf (server->url, sizeof server->url, "unix://%s", server->path);
    redis_server_revive (server);
    return server;
}

void
redis_server_kill (redis_server_t *server)
{
    unlink_from (server);
    if (server->pid != 0) {
        kill (server->pid, SIGKILL);
        waitpid (server->pid, NULL, 0);
        server->pid = 0;
    }
}

static int
remove_one (const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status;
    (void) kind;
    (void) place;
    return remove (path);
}

void
redis_server_stop (redis_server_t **server)
{
    if (*server != NULL) {
        redis_server_kill (*server);
        nftw ((*server)->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        free (*server);
        *server = NULL;
    }
}

void
redis_server_signal (redis_server_t *server, int signal)
{
    assert_int_equal (kill (server->pid, signal), 0);
}

const char *
redis_server_url (const redis_server_t *server)
{
    return server->url;
}

// Writes a reply as text; returns how many bytes there would be.
static size_t
print (const redisReply *reply, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    switch (reply->type) {
        case REDIS_REPLY_INTEGER:
            return (size_t) snprintf (text, size, "%lld", reply->integer);
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_ERROR:
            return (size_t) snprintf (text, size, "%s", reply->str);
        case REDIS_REPLY_ARRAY:
            for (size_t i = 0; i < reply->elements && length + 2 < size; i++) {
                if (i > 0) {
                    text[length++] = ' ';
                }
                length += print (reply->element[i], text + length, size - length);
            }
            return length;
        default:
            return 0;
    }
}

static const char *
ask (redis_server_t *server, const char *format, va_list values)
{
    static char text[65536];
    redisReply *reply = try_to_ask (server, format, values);
    if (reply == NULL) {
        fail_msg ("Redis does not answer '%s'", format);
        return "";
    }
    print (reply, text, sizeof text);
    freeReplyObject (reply);
    return text;
}

const char *
redis_ask (redis_server_t *server, const char *format, ...)
{
    va_list values;
    va_start (values, format);
    const char *text = ask (server, format, values);
    va_end (values);
    return text;
}

long
redis_count (redis_server_t *server, const char *format, ...)
{
    va_list values;
    va_start (values, format);
    long count = strtol (ask (server, format, values), NULL, 10);
    va_end (values);
    return count;
}
