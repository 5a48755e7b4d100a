// postgres_door.c -- libpq, in its asynchronous form.
//
// Keeps what DATABASE_URL says and one connection.

#include "sessions/postgres_door.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "sessions/database_url.h"

#define KEYWORDS_MOST 64 // libpq 15 knows 40.
#define WHY_SIZE 200

struct postgres {
    PQconninfoOption *options;         // What DATABASE_URL says. Owned.
    char schema[DATABASE_SCHEMA_SIZE]; // Where the tables are; empty: as the server has it.
    PGconn *connection;                // Owned.
    PGresult *result;                  // The answer so far, or the last one. Owned.
    bool asked;                        // An answer is to come.
    char why[WHY_SIZE];                // The last failure, in one line.
};

// The parameters of a connection, as libpq takes them.
typedef struct {
    const char *names[KEYWORDS_MOST];  // Ends with NULL.
    const char *values[KEYWORDS_MOST];
    size_t count;
} keywords_t;

// --- What DATABASE_URL says ---

static const char *
option_of (const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++) {
        if (strcmp (options->keyword, keyword) == 0) {
            return options->val;
        }
    }
    return NULL;
}

// NULL, with *wrong set, if the URL is not one.
static PQconninfoOption *
parse (const char *text, database_url_t *url, const char **wrong)
{
    *wrong = database_url_read (text, url);
    if (*wrong != NULL) {
        return NULL;
    }
    // What libpq would say about the mistake quotes the URL, and with it the password.
    PQconninfoOption *options = PQconninfoParse (url->url, NULL);
    if (options == NULL) {
        *wrong = "it must be like postgresql://user:password@host:port/database, with parameters "
                 "that libpq or Prisma knows";
        return NULL;
    }
    const char *host = option_of (options, "host");
    if (host != NULL && strchr (host, ',') != NULL) {
        *wrong = "it must name one host; all addresses behind the name are tried";
        PQconninfoFree (options);
        return NULL;
    }
    return options;
}

const char *
postgres_check (const char *url)
{
    database_url_t read;
    const char *wrong;
    PQconninfoFree (parse (url, &read, &wrong));
    return wrong;
}

postgres_t *
postgres_new (const char *url)
{
    database_url_t read;
    const char *wrong;
    postgres_t *postgres = must_alloc (sizeof *postgres);
    postgres->options = parse (url, &read, &wrong);
    must (postgres->options != NULL);
    memcpy (postgres->schema, read.schema, sizeof read.schema);
    return postgres;
}

void
postgres_destroy (postgres_t **postgres)
{
    if (*postgres != NULL) {
        postgres_disconnect (*postgres);
        PQconninfoFree ((*postgres)->options);
        free (*postgres);
        *postgres = NULL;
    }
}

const char *
postgres_host (const postgres_t *postgres)
{
    const char *host = option_of (postgres->options, "host");
    // A path, or an abstract name, is a socket of this machine.
    if (host == NULL || host[0] == '\0' || host[0] == '/' || host[0] == '@'
        || option_of (postgres->options, "hostaddr") != NULL) {
        return NULL;
    }
    return host;
}

// --- Connecting ---

static void
add (keywords_t *keywords, const char *name, const char *value)
{
    must (keywords->count + 1 < KEYWORDS_MOST);
    keywords->names[keywords->count] = name;
    keywords->values[keywords->count] = value;
    keywords->count++;
}

// Notes one line of what libpq says.
static postgres_need_t
fail (postgres_t *postgres)
{
    const char *why = PQerrorMessage (postgres->connection);
    snprintf (postgres->why, sizeof postgres->why, "%.*s", (int) strcspn (why, "\n"), why);
    return POSTGRES_FAILED;
}

static void
ignore_notice (void *self, const char *notice)
{
    (void) self;
    (void) notice;
}

// Of a keyword that comes twice the later one counts: what the URL says goes before our own.
static void
gather (const postgres_t *postgres, keywords_t *keywords)
{
    add (keywords, "application_name", "sessions");
    // A connection that nobody answers on is given up after so long.
    add (keywords, "tcp_user_timeout", "20000");
    add (keywords, "keepalives_idle", "10");
    add (keywords, "keepalives_interval", "3");
    add (keywords, "keepalives_count", "4");
    for (const PQconninfoOption *option = postgres->options; option->keyword != NULL; option++) {
        if (option->val != NULL) {
            add (keywords, option->keyword, option->val);
        }
    }
}

postgres_need_t
postgres_connect (postgres_t *postgres, const char *hosts, const char *addresses)
{
    char options[DATABASE_URL_SIZE + DATABASE_SCHEMA_SIZE + 32];
    keywords_t keywords = {.count = 0};
    gather (postgres, &keywords);
    if (addresses != NULL) {
        add (&keywords, "host", hosts);
        add (&keywords, "hostaddr", addresses);
    }
    if (postgres->schema[0] != '\0') {
        const char *more = option_of (postgres->options, "options");
        snprintf (options, sizeof options, "%s -csearch_path=\"%s\"", more != NULL ? more : "",
                  postgres->schema);
        add (&keywords, "options", options);
    }
    postgres_disconnect (postgres);
    postgres->connection = PQconnectStartParams (keywords.names, keywords.values, 0);
    must (postgres->connection != NULL);
    PQsetNoticeProcessor (postgres->connection, ignore_notice, NULL);
    return PQstatus (postgres->connection) != CONNECTION_BAD ? POSTGRES_WRITES : fail (postgres);
}

postgres_need_t
postgres_shake_hands (postgres_t *postgres)
{
    switch (PQconnectPoll (postgres->connection)) {
        case PGRES_POLLING_READING:
            return POSTGRES_READS;
        case PGRES_POLLING_WRITING:
            return POSTGRES_WRITES;
        case PGRES_POLLING_OK:
            must (PQsetnonblocking (postgres->connection, 1) == 0);
            return POSTGRES_DONE;
        default:
            return fail (postgres);
    }
}

void
postgres_disconnect (postgres_t *postgres)
{
    PQclear (postgres->result);
    PQfinish (postgres->connection);
    postgres->result = NULL;
    postgres->connection = NULL;
    postgres->asked = false;
}

int
postgres_socket (const postgres_t *postgres)
{
    return PQsocket (postgres->connection);
}

const char *
postgres_why (postgres_t *postgres)
{
    return postgres->why;
}

// --- Asking ---

postgres_need_t
postgres_send (postgres_t *postgres)
{
    int left = PQflush (postgres->connection);
    if (left < 0) {
        return fail (postgres);
    }
    return left > 0 ? POSTGRES_WRITES : POSTGRES_DONE;
}

static postgres_need_t
begin (postgres_t *postgres, int sent)
{
    PQclear (postgres->result);
    postgres->result = NULL;
    postgres->asked = true;
    return sent == 1 ? postgres_send (postgres) : fail (postgres);
}

postgres_need_t
postgres_ask (postgres_t *postgres, const char *sql)
{
    must (!postgres->asked);
    return begin (postgres, PQsendQuery (postgres->connection, sql));
}

postgres_need_t
postgres_run (postgres_t *postgres, const char *statement, int count, const char *const values[])
{
    must (!postgres->asked);
    return begin (postgres, PQsendQueryPrepared (postgres->connection, statement, count, values,
                                                 NULL, NULL, 0));
}

static bool
is_error (const PGresult *result)
{
    ExecStatusType status = PQresultStatus (result);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
}

// Of several results the first error counts, else the last one with rows, else any. An error may
// come after a good result: what is checked at the commit is checked last.
static void
keep (postgres_t *postgres, PGresult *result)
{
    PGresult *had = postgres->result;
    if (had == NULL || (!is_error (had) && (is_error (result) || PQntuples (result) > 0))) {
        postgres->result = result;
        result = had;
    }
    PQclear (result);
}

static void
read_answer (postgres_t *postgres, answer_t *answer)
{
    PGresult *result = postgres->result;
    *answer = (answer_t){NULL, NULL, 0};
    must (result != NULL);
    answer->rows = (size_t) strtoull (PQcmdTuples (result), NULL, 10);
    if (is_error (result)) {
        const char *sqlstate = PQresultErrorField (result, PG_DIAG_SQLSTATE);
        answer->sqlstate = sqlstate != NULL ? sqlstate : "unknown";
    }
    else if (PQntuples (result) > 0 && !PQgetisnull (result, 0, 0)) {
        answer->value = PQgetvalue (result, 0, 0);
    }
    postgres->asked = false;
}

postgres_need_t
postgres_receive (postgres_t *postgres, answer_t *answer)
{
    if (PQconsumeInput (postgres->connection) == 0) {
        return fail (postgres);
    }
    while (postgres->asked && PQisBusy (postgres->connection) == 0) {
        PGresult *result = PQgetResult (postgres->connection);
        if (PQstatus (postgres->connection) == CONNECTION_BAD) {
            PQclear (result);
            return fail (postgres);
        }
        if (result == NULL) {
            read_answer (postgres, answer);
            return POSTGRES_DONE;
        }
        keep (postgres, result);
    }
    return POSTGRES_READS;
}
