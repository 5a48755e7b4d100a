// faults.c -- signals, SQL, and a trigger that says that the disk is full.

#include "sessions/faults.h"

#include <stdlib.h>

#include "sessions/fixture.h"

void
faults_end_the_connection (void)
{
    ask_number ("SELECT count (pg_terminate_backend (pid)) FROM pg_stat_activity"
                "  WHERE application_name = 'sessions' AND datname = current_database ()");
}

void
faults_freeze (void)
{
    postgres_server_freeze (fixture.server);
}

void
faults_thaw (void)
{
    postgres_server_thaw (fixture.server);
}

void
faults_fill_the_disk (void)
{
    ask_text ("CREATE FUNCTION refuse () RETURNS trigger LANGUAGE plpgsql AS"
              "  'BEGIN RAISE disk_full; END';"
              "CREATE TRIGGER refuse BEFORE INSERT ON \"ChatSession\" FOR EACH ROW"
              "  EXECUTE FUNCTION refuse ()");
}

void
faults_empty_the_disk (void)
{
    ask_text ("DROP TRIGGER refuse ON \"ChatSession\"; DROP FUNCTION refuse");
}

void
faults_kill_the_recorder (void)
{
    service_kill (&fixture.recorder);
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
}

void
faults_kill_the_server (void)
{
    postgres_client_destroy (&fixture.client);
    postgres_server_kill (fixture.server);
}

void
faults_start_the_server (void)
{
    postgres_server_start (fixture.server);
    fixture.client = postgres_client_new (fixture.server, fixture.database);
}

size_t
faults_number (const char *name, size_t standard)
{
    const char *text = getenv (name);
    return text != NULL ? (size_t) strtoull (text, NULL, 10) : standard;
}
