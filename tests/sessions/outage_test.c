// outage_test.c -- a recorder alone, with a real PostgreSQL: either of them stopped, killed, late.

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sessions/fixture.h"

#define CHATS 1000

static wire_t records[2 * CHATS]; // Each chat opened and closed, in a mixed order.

static void
make_records (void)
{
    for (size_t i = 0; i < CHATS; i++) {
        ident_t chat = ident_random ();
        records[i] = opened (&chat);
        records[2 * CHATS - 1 - i] = closed (&chat);
    }
}

// The test's own connection does not outlive the server.
static void
connect_again (void)
{
    postgres_client_destroy (&fixture.client);
    fixture.client = postgres_client_new (fixture.server, fixture.database);
}

static void
assert_one_complete_row_each (void)
{
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), CHATS);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\" WHERE \"endedAt\""
                                  "  = '2026-01-31 12:03:05.5' AND \"messagesB\" = 9"),
                      CHATS);
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
    // What was sent twice may still be in hand.
    WAIT_FOR (metric_value (fixture.admin_port, "recorder_pending") == 0);
}

static void
kill_the_server (void)
{
    postgres_server_kill (fixture.server);
    postgres_server_start (fixture.server);
}

static void
test_a_killed_server_loses_nothing (void **state)
{
    (void) state;
    make_records ();
    deliver (records, 2 * CHATS, kill_the_server);
    connect_again ();
    assert_one_complete_row_each ();
    assert_true (service_logged (fixture.recorder, "database_lost"));
}

static void
end_its_connection (void)
{
    assert_int_equal (ask_number ("SELECT count (pg_terminate_backend (pid)) FROM pg_stat_activity"
                                  "  WHERE application_name = 'sessions'"
                                  "  AND datname = current_database ()"),
                      1);
}

static void
test_an_ended_connection_loses_nothing (void **state)
{
    (void) state;
    make_records ();
    deliver (records, 2 * CHATS, end_its_connection);
    assert_one_complete_row_each ();
}

static void
test_a_connection_that_ends_at_rest_is_made_again (void **state)
{
    (void) state;
    end_its_connection ();
    WAIT_FOR (metric_value (fixture.admin_port, "recorder_database_errors_total") > 0);
    wait_ready (fixture.admin_port, true);
    ident_t chat = ident_random ();
    wire_t record = opened (&chat);
    put_on_record (&record, 0);
    assert_string_equal (row_text (&chat), OPENED_ROW);
}

static void
kill_the_recorder (void)
{
    service_kill (&fixture.recorder);
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    wait_ready (fixture.admin_port, true);
    WAIT_FOR (peer_count (fixture.matcher) == 0
              && metric_value (fixture.admin_port, "peers") == 1);
}

static void
test_a_killed_recorder_loses_nothing (void **state)
{
    (void) state;
    make_records ();
    deliver (records, 2 * CHATS, kill_the_recorder);
    assert_one_complete_row_each ();
}

static void
test_without_a_server_it_waits_and_refuses (void **state)
{
    (void) state;
    char page[1024];
    postgres_client_destroy (&fixture.client);
    postgres_server_kill (fixture.server);
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    WAIT_FOR (service_logged (fixture.recorder, "database_away"));
    assert_int_equal (http_get (fixture.admin_port, "/readyz", page, sizeof page), 503);
    assert_string_equal (page, "listening yes\ndatabase no\n");
    assert_int_equal (http_get (fixture.admin_port, "/healthz", NULL, 0), 200);

    fixture.matcher = peer_dial (fixture.bus_port, ROLE_MATCHER, ROLE_RECORDER);
    make_records ();
    for (size_t i = 0; i < CHATS; i++) {
        put_entry (&records[i], i);
        peer_send (fixture.matcher, &records[i]);
        const wire_t *refused = peer_expect (fixture.matcher, WIRE_REFUSED, NULL);
        assert_int_equal (refused->as.refused.reason, REFUSAL_BUSY);
    }
    assert_int_equal (metric_value (fixture.admin_port, "recorder_pending"), 0);

    postgres_server_start (fixture.server);
    wait_ready (fixture.admin_port, true);
    connect_again ();
    deliver (records, 2 * CHATS, NULL);
    assert_one_complete_row_each ();
}

static void
test_a_name_that_is_not_found_is_no_reason_to_end (void **state)
{
    (void) state;
    fixture.recorder = start_recorder ("postgresql://chat@no-such-host.invalid/chat",
                                       fixture.bus_port, fixture.admin_port);
    WAIT_FOR (service_logged (fixture.recorder, "database_away"));
    assert_int_equal (http_get (fixture.admin_port, "/readyz", NULL, 0), 503);
}

// --- A resolver that does not answer ---

#define RESOLVER "127.53.53.53"

static char resolving[64]; // Where its files are.

// Hears questions and gives no answer. -1 if only root may do that.
static int
resolve_in_silence (void)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons (53)};
    int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal (inet_pton (AF_INET, RESOLVER, &place.sin_addr), 1);
    if (bind (fd, (struct sockaddr *) &place, sizeof place) != 0) {
        close (fd);
        return -1;
    }
    return fd;
}

static const char *
write_file (const char *name, const char *text, mode_t mode)
{
    static char path[128];
    snprintf (path, sizeof path, "%s/%s", resolving, name);
    FILE *file = fopen (path, "w");
    assert_non_null (file);
    assert_true (fputs (text, file) >= 0);
    fclose (file);
    assert_int_equal (chmod (path, mode), 0);
    return path;
}

// A program that starts a recorder that asks that resolver, and no other. NULL if only root may.
static const char *
write_starter (void)
{
    char script[512];
    snprintf (resolving, sizeof resolving, "/tmp/resolver-XXXXXX");
    assert_non_null (mkdtemp (resolving));
    write_file ("resolv.conf", "nameserver " RESOLVER "\noptions timeout:4 attempts:1\n", 0644);
    snprintf (script, sizeof script,
              "#!/bin/sh\nexec unshare -m sh -c"
              " 'mount --bind %s/resolv.conf /etc/resolv.conf && exec %s'\n",
              resolving, SESSIONS_BINARY);
    return write_file ("start", script, 0755);
}

static int
remove_starter (void **state)
{
    char command[128];
    tear_down (state);
    snprintf (command, sizeof command, "rm -rf '%s'", resolving);
    return resolving[0] != '\0' ? system (command) : 0;
}

static void
test_a_resolver_that_does_not_answer_holds_nothing_up (void **state)
{
    (void) state;
    int silent = resolve_in_silence ();
    if (silent < 0 || system ("unshare -m true 2>/dev/null") != 0) {
        print_message ("skipped: only root can give a process a resolver of its own\n");
        skip ();
    }
    fixture.recorder = service_start (
        write_starter (), (const char *[]){"DATABASE_URL", "postgresql://chat@database.test/chat",
                                           "BUS_PORT", number_text (fixture.bus_port),
                                           "ADMIN_PORT", number_text (fixture.admin_port), NULL});
    WAIT_FOR (recv (silent, (char[512]){0}, 512, MSG_DONTWAIT) > 0);
    // From now on the look-up takes some seconds, and is begun again after that.
    fixture.matcher = peer_dial (fixture.bus_port, ROLE_MATCHER, ROLE_RECORDER);
    uint64_t begin_ms = now_ms ();
    make_records ();
    for (size_t i = 0; i < CHATS; i++) {
        put_entry (&records[i], i);
        peer_send (fixture.matcher, &records[i]);
        peer_expect (fixture.matcher, WIRE_REFUSED, NULL);
    }
    assert_int_equal (http_get (fixture.admin_port, "/healthz", NULL, 0), 200);
    assert_true (now_ms () - begin_ms < 3500);
    assert_false (service_logged (fixture.recorder, "database_away"));
    WAIT_FOR (service_logged (fixture.recorder, "database_away"));
    close (silent);
}

// A listener that never answers: the kernel takes the connection, and that is all.
static int
listen_in_silence (uint16_t port)
{
    struct sockaddr_in place = {
        .sin_family = AF_INET,
        .sin_port = htons (port),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal (bind (fd, (struct sockaddr *) &place, sizeof place), 0);
    assert_int_equal (listen (fd, 8), 0);
    return fd;
}

static void
test_a_server_that_does_not_answer_is_given_up (void **state)
{
    (void) state;
    char url[128];
    uint16_t port = free_port ();
    int silent = listen_in_silence (port);
    snprintf (url, sizeof url, "postgresql://chat@localhost:%u/chat", port);
    fixture.recorder = start_recorder (url, fixture.bus_port, fixture.admin_port);
    WAIT_FOR (service_logged (fixture.recorder, "no connection in time"));
    assert_int_equal (http_get (fixture.admin_port, "/healthz", NULL, 0), 200);
    close (silent);
}

static void
test_a_failure_that_is_no_fault_of_a_row_is_waited_out (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    wire_t record = closed (&chat);
    put_entry (&record, 7);
    ask_text ("CREATE FUNCTION refuse () RETURNS trigger LANGUAGE plpgsql AS"
              "  'BEGIN RAISE disk_full; END';"
              "CREATE TRIGGER refuse BEFORE INSERT ON \"ChatSession\" FOR EACH ROW"
              "  EXECUTE FUNCTION refuse ()");
    peer_send (fixture.matcher, &record);
    WAIT_FOR (service_logged (fixture.recorder, "database_failed sqlstate=53100"));
    assert_false (peer_hears (fixture.matcher, WIRE_RECORDED, 50));
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
    ask_text ("DROP TRIGGER refuse ON \"ChatSession\"");
    // What is in hand goes by itself as soon as it can.
    peer_expect (fixture.matcher, WIRE_RECORDED, NULL);
    assert_string_equal (row_text (&chat), CLOSED_ROW);
}

static void
test_two_recorders_with_the_same_chats_do_not_lock_each_other_out (void **state)
{
    (void) state;
    uint16_t bus_port = free_port ();
    uint16_t admin_port = free_port ();
    service_t *second = start_recorder (fixture.url, bus_port, admin_port);
    wait_ready (admin_port, true);
    peer_t *other = peer_dial (bus_port, ROLE_MATCHER, ROLE_RECORDER);
    make_records ();
    // The other one gets them backwards, while the first is at work.
    for (size_t i = 2 * CHATS; i > 0; i--) {
        put_entry (&records[i - 1], i - 1);
        peer_send (other, &records[i - 1]);
    }
    deliver (records, 2 * CHATS, NULL);
    WAIT_FOR (metric_value (admin_port, "recorder_committed_total") == 2 * CHATS);
    assert_one_complete_row_each ();
    assert_false (service_logged (fixture.recorder, "database_failed"));
    assert_false (service_logged (second, "database_failed"));
    peer_close (&other);
    service_stop (&second);
}

static void
test_a_stop_finishes_what_is_in_hand (void **state)
{
    (void) state;
    make_records ();
    ask_text ("BEGIN; LOCK TABLE \"ChatSession\" IN EXCLUSIVE MODE");
    for (size_t i = 0; i < CHATS; i++) {
        put_entry (&records[i], i);
        peer_send (fixture.matcher, &records[i]);
    }
    WAIT_FOR (metric_value (fixture.admin_port, "recorder_pending") == CHATS);
    WAIT_FOR (ask_number ("SELECT count (*) FROM pg_locks WHERE NOT granted") == 1);
    service_signal (fixture.recorder, SIGTERM);
    WAIT_FOR (service_logged (fixture.recorder, "stopping"));
    put_entry (&records[CHATS], CHATS);
    peer_send (fixture.matcher, &records[CHATS]);
    const wire_t *refused = peer_expect (fixture.matcher, WIRE_REFUSED, NULL);
    assert_int_equal (refused->as.refused.reason, REFUSAL_BUSY);
    ask_text ("COMMIT");
    for (size_t i = 0; i < CHATS; i++) {
        peer_expect (fixture.matcher, WIRE_RECORDED, NULL);
    }
    assert_int_equal (service_wait (fixture.recorder), 0);
    service_stop (&fixture.recorder);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), CHATS);
}

static void
test_a_stop_does_not_wait_for_ever (void **state)
{
    (void) state;
    ident_t chat = ident_random ();
    wire_t record = closed (&chat);
    put_entry (&record, 0);
    ask_text ("BEGIN; LOCK TABLE \"ChatSession\" IN EXCLUSIVE MODE");
    peer_send (fixture.matcher, &record);
    WAIT_FOR (metric_value (fixture.admin_port, "recorder_pending") == 1);
    uint64_t begin_ms = now_ms ();
    service_stop (&fixture.recorder);
    assert_in_range (now_ms () - begin_ms, 4000, 6000);
    assert_false (peer_hears (fixture.matcher, WIRE_RECORDED, 50));
    ask_text ("COMMIT");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_RECORDER (test_a_killed_server_loses_nothing),
        WITH_RECORDER (test_an_ended_connection_loses_nothing),
        WITH_RECORDER (test_a_connection_that_ends_at_rest_is_made_again),
        WITH_RECORDER (test_a_killed_recorder_loses_nothing),
        WITH_DATABASE (test_without_a_server_it_waits_and_refuses),
        WITH_DATABASE (test_a_name_that_is_not_found_is_no_reason_to_end),
        cmocka_unit_test_setup_teardown (test_a_resolver_that_does_not_answer_holds_nothing_up,
                                         set_up_database, remove_starter),
        WITH_DATABASE (test_a_server_that_does_not_answer_is_given_up),
        WITH_RECORDER (test_a_failure_that_is_no_fault_of_a_row_is_waited_out),
        WITH_RECORDER (test_two_recorders_with_the_same_chats_do_not_lock_each_other_out),
        WITH_RECORDER (test_a_stop_finishes_what_is_in_hand),
        WITH_RECORDER (test_a_stop_does_not_wait_for_ever),
    };
    return cmocka_run_group_tests (tests, set_up_server, tear_down_server);
}
