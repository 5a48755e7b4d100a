// postgres.c -- makes, starts, ends and asks a PostgreSQL server.

#include "support/postgres.h"

#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_all.h"
#include "support/service.h"

#define PATH_SIZE 256
#define SETTINGS_MOST 4
#define ARGUMENTS_MOST 32

struct postgres_server {
    pid_t pid;             // 0 while it does not run.
    uint16_t port;
    char folder[32];       // Temporary; the data and the socket are in it.
    char programs[PATH_SIZE]; // Where initdb and postgres are.
    unsigned databases;    // Made so far.
    char name[32];         // Of the last one.
    char url[PATH_SIZE];   // The last one asked for.
    char settings[SETTINGS_MOST][64]; // Of postgres_server_set.
    size_t setting_count;
};

struct postgres_client {
    PGconn *connection; // Owned.
    PGresult *result;   // The last one. Owned.
};

// --- Processes ---

// The user to run as: PostgreSQL refuses to run as root.
static const struct passwd *
server_user (void)
{
    return geteuid () == 0 ? getpwnam ("postgres") : NULL;
}

static void
become (const postgres_server_t *server, char *const arguments[])
{
    char program[PATH_SIZE + 16];
    char log[PATH_SIZE];
    snprintf (program, sizeof program, "%s/%s", server->programs, arguments[0]);
    snprintf (log, sizeof log, "%s/log", server->folder);
    const struct passwd *user = server_user ();
    if (user != NULL
        && (initgroups (user->pw_name, user->pw_gid) != 0 || setgid (user->pw_gid) != 0
            || setuid (user->pw_uid) != 0)) {
        _exit (126);
    }
    // After the change of user, which would take it back.
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    int fd = open (log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2 (fd, STDOUT_FILENO);
    dup2 (fd, STDERR_FILENO);
    if (chdir (server->folder) == 0) {
        execv (program, arguments);
    }
    _exit (127);
}

static pid_t
start (const postgres_server_t *server, char *const arguments[])
{
    pid_t pid = fork ();
    assert_true (pid >= 0);
    if (pid == 0) {
        become (server, arguments);
    }
    return pid;
}

static void
find_programs (postgres_server_t *server)
{
    glob_t found;
    if (glob ("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) != 0) {
        fail_msg ("PostgreSQL is not installed");
        return;
    }
    const char *last = found.gl_pathv[found.gl_pathc - 1];
    snprintf (server->programs, sizeof server->programs, "%.*s",
              (int) (strrchr (last, '/') - last), last);
    globfree (&found);
}

postgres_server_t *
postgres_server_new (void)
{
    postgres_server_t *server = calloc (1, sizeof *server);
    assert_non_null (server);
    find_programs (server);
    snprintf (server->folder, sizeof server->folder, "/tmp/postgres-XXXXXX");
    assert_non_null (mkdtemp (server->folder));
    const struct passwd *user = server_user ();
    if (user != NULL) {
        assert_int_equal (chown (server->folder, user->pw_uid, user->pw_gid), 0);
    }
    char *const arguments[] = {"initdb",         "-D",     "data", "--no-sync",  "-U",  "chat",
                               "--auth=trust",   "-E",     "UTF8", "--locale=C", NULL};
    int status;
    pid_t pid = start (server, arguments);
    assert_int_equal (waitpid (pid, &status, 0), pid);
    assert_int_equal (status, 0);
    server->port = free_port ();
    postgres_server_start (server);
    return server;
}

static bool
takes_connections (postgres_server_t *server)
{
    PGconn *connection = PQconnectdb (postgres_server_socket_url (server, "postgres"));
    bool taken = PQstatus (connection) == CONNECTION_OK;
    PQfinish (connection);
    return taken;
}

// Starts it if it does not run: after a kill it refuses until the last of its children is gone.
static bool
has_started (postgres_server_t *server)
{
    if (server->pid != 0 && waitpid (server->pid, NULL, WNOHANG) == server->pid) {
        server->pid = 0;
    }
    if (server->pid == 0) {
        char port[8];
        snprintf (port, sizeof port, "%u", server->port);
        char *arguments[ARGUMENTS_MOST] = {
            "postgres", "-D", "data", "-p", port, "-k", server->folder,
            "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "full_page_writes=off",
            "-c", "shared_buffers=16MB", "-c", "max_connections=20", "-c", "autovacuum=off", NULL};
        size_t count = 0;
        while (arguments[count] != NULL) {
            count++;
        }
        // Of what is named twice the last counts.
        for (size_t i = 0; i < server->setting_count; i++) {
            arguments[count++] = "-c";
            arguments[count++] = server->settings[i];
        }
        assert_true (count < ARGUMENTS_MOST);
        server->pid = start (server, arguments);
    }
    return takes_connections (server);
}

void
postgres_server_start (postgres_server_t *server)
{
    WAIT_FOR (has_started (server));
}

// The parent of a process that /proc lists; 0 if it is none, or has just ended.
static pid_t
parent_of (const char *process)
{
    char path[PATH_SIZE];
    int parent = 0;
    snprintf (path, sizeof path, "/proc/%s/stat", process);
    FILE *file = fopen (path, "r");
    if (file != NULL) {
        // The name, in brackets, has no bracket in it: it is postgres.
        if (fscanf (file, "%*d (%*[^)]) %*c %d", &parent) != 1) {
            parent = 0;
        }
        fclose (file);
    }
    return parent;
}

size_t
postgres_server_processes (const postgres_server_t *server, pid_t pids[], size_t most)
{
    size_t count = 0;
    glob_t found;
    assert_true (server->pid != 0 && most > 0);
    pids[count++] = server->pid;
    assert_int_equal (glob ("/proc/[0-9]*", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *process = found.gl_pathv[i] + strlen ("/proc/");
        if (parent_of (process) == server->pid) {
            assert_true (count < most);
            pids[count++] = (pid_t) strtol (process, NULL, 10);
        }
    }
    globfree (&found);
    return count;
}

// Those that end meanwhile are passed over.
static void
signal_all (const postgres_server_t *server, int signal)
{
    pid_t pids[64];
    if (server->pid == 0) {
        return;
    }
    size_t count = postgres_server_processes (server, pids, sizeof pids / sizeof pids[0]);
    for (size_t i = 0; i < count; i++) {
        kill (pids[i], signal);
    }
}

void
postgres_server_freeze (postgres_server_t *server)
{
    signal_all (server, SIGSTOP);
}

void
postgres_server_thaw (postgres_server_t *server)
{
    signal_all (server, SIGCONT);
}

void
postgres_server_set (postgres_server_t *server, const char *setting)
{
    assert_true (server->setting_count < SETTINGS_MOST);
    snprintf (server->settings[server->setting_count], sizeof server->settings[0], "%s", setting);
    server->setting_count++;
}

static void
end (postgres_server_t *server, int signal)
{
    if (server->pid != 0) {
        signal_all (server, SIGCONT);
        assert_int_equal (kill (server->pid, signal), 0);
        assert_int_equal (waitpid (server->pid, NULL, 0), server->pid);
        server->pid = 0;
    }
}

void
postgres_server_kill (postgres_server_t *server)
{
    end (server, SIGKILL);
}

static int
remove_entry (const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status;
    (void) kind;
    (void) place;
    return remove (path);
}

void
postgres_server_destroy (postgres_server_t **server)
{
    if (*server != NULL) {
        end (*server, SIGQUIT);
        nftw ((*server)->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        free (*server);
        *server = NULL;
    }
}

// --- Databases ---

const char *
postgres_server_database (postgres_server_t *server)
{
    char sql[64];
    postgres_client_t *client = postgres_client_new (server, "postgres");
    snprintf (server->name, sizeof server->name, "chat_%u", ++server->databases);
    snprintf (sql, sizeof sql, "CREATE DATABASE %s", server->name);
    postgres_client_text (client, sql);
    postgres_client_destroy (&client);
    return server->name;
}

uint16_t
postgres_server_port (const postgres_server_t *server)
{
    return server->port;
}

const char *
postgres_server_url (postgres_server_t *server, const char *database)
{
    snprintf (server->url, sizeof server->url, "postgresql://chat@localhost:%u/%s", server->port,
              database);
    return server->url;
}

const char *
postgres_server_socket_url (postgres_server_t *server, const char *database)
{
    snprintf (server->url, sizeof server->url, "postgresql://chat@/%s?host=%s&port=%u", database,
              server->folder, server->port);
    return server->url;
}

postgres_client_t *
postgres_client_new (postgres_server_t *server, const char *database)
{
    postgres_client_t *client = calloc (1, sizeof *client);
    assert_non_null (client);
    client->connection = PQconnectdb (postgres_server_socket_url (server, database));
    if (PQstatus (client->connection) != CONNECTION_OK) {
        fail_msg ("%s", PQerrorMessage (client->connection));
    }
    return client;
}

void
postgres_client_destroy (postgres_client_t **client)
{
    if (*client != NULL) {
        PQclear ((*client)->result);
        PQfinish ((*client)->connection);
        free (*client);
        *client = NULL;
    }
}

const char *
postgres_client_text (postgres_client_t *client, const char *sql)
{
    PQclear (client->result);
    client->result = PQexec (client->connection, sql);
    ExecStatusType status = PQresultStatus (client->result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg ("%s: %s", sql, PQerrorMessage (client->connection));
    }
    return PQntuples (client->result) > 0 ? PQgetvalue (client->result, 0, 0) : "";
}

int64_t
postgres_client_number (postgres_client_t *client, const char *sql)
{
    return strtoll (postgres_client_text (client, sql), NULL, 10);
}
