// postgres.h -- a real PostgreSQL server of the test's own: small, private, gone with the test.
//
// Its data are in a temporary folder; it listens on a free port of 127.0.0.1 and on a socket in
// that folder. When the test runs as root the server runs as the user postgres.

#ifndef SUPPORT_POSTGRES_H
#define SUPPORT_POSTGRES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct postgres_server postgres_server_t;
typedef struct postgres_client postgres_client_t;

// Makes a server and starts it. Fails the test if that is not possible.
postgres_server_t *
postgres_server_new (void);

// Ends it and removes its data.
void
postgres_server_destroy (postgres_server_t **server);

// SIGKILL, and waits for its end.
void
postgres_server_kill (postgres_server_t *server);

// Starts a server that was killed and waits until it takes connections.
void
postgres_server_start (postgres_server_t *server);

// Stops all its processes where they stand (SIGSTOP), until it is thawed. Neither does anything to
// a server that does not run.
void
postgres_server_freeze (postgres_server_t *server);

void
postgres_server_thaw (postgres_server_t *server);

// What it is set to from its next start on, as name=value; one thing more each time.
void
postgres_server_set (postgres_server_t *server, const char *setting);

// Its processes, itself first. Fails the test if there are more than `most`.
size_t
postgres_server_processes (const postgres_server_t *server, pid_t pids[], size_t most);

// Makes an empty database and returns its name, good until the next one.
const char *
postgres_server_database (postgres_server_t *server);

// Where it listens on 127.0.0.1.
uint16_t
postgres_server_port (const postgres_server_t *server);

// A DATABASE_URL for a database, over TCP and by the name localhost. Good until the next call.
const char *
postgres_server_url (postgres_server_t *server, const char *database);

// The same over the socket in the temporary folder.
const char *
postgres_server_socket_url (postgres_server_t *server, const char *database);

// Connects the test itself.
postgres_client_t *
postgres_client_new (postgres_server_t *server, const char *database);

void
postgres_client_destroy (postgres_client_t **client);

// Runs SQL and returns the first field of its first row, "" if there is none, good until the next
// call. Fails the test if the SQL fails.
const char *
postgres_client_text (postgres_client_t *client, const char *sql);

// The same as a number.
int64_t
postgres_client_number (postgres_client_t *client, const char *sql);

#endif
