// storm_test.c -- a recorder alone, with a real PostgreSQL, while chats come at a steady rate: both are
// killed, frozen, cut off and filled up, and in the end each chat has its one complete row.
//
// RECORDS_SECONDS and RECORDS_RATE (chats a second) make the storm longer and stronger.

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "sessions/courier.h"
#include "sessions/faults.h"
#include "sessions/fixture.h"

#define AT_ONCE 2000 // RECORDs.
#define SETTLE_MS 60000

static courier_t *courier;

static int
set_up_courier (void **state)
{
    set_up_recorder (state);
    peer_close (&fixture.matcher);
    return 0;
}

static int
tear_down_courier (void **state)
{
    courier_destroy (&courier);
    postgres_server_thaw (fixture.server);
    return tear_down (state);
}

// Carries on until a time that now_ms gives.
static void
carry_until (uint64_t end_ms)
{
    while (now_ms () < end_ms) {
        courier_step (courier);
    }
}

static void
carry_to_the_end (size_t chats)
{
    uint64_t end_ms = now_ms () + SETTLE_MS;
    courier_begin (courier, chats);
    while (courier_confirmed (courier) < 2 * chats) {
        if (courier_begun (courier) == chats) {
            courier_finish (courier);
        }
        courier_step (courier);
        if (now_ms () > end_ms) {
            fail_msg ("%zu RECORDs are not confirmed", courier_waiting (courier));
        }
    }
}

static void
assert_one_complete_row_each (size_t chats)
{
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), chats);
    assert_int_equal (ask_number (COURIER_SUM), courier_sum (courier));
    assert_int_equal (ask_number ("SELECT count (*) FROM chat_dead_letter"), 0);
    assert_int_equal (metric_value (fixture.admin_port, "recorder_pending"), 0);
}

// --- Faults: each one comes, lasts for a while, and is over ---

static const struct {
    void (*come) (void);
    void (*end) (void); // NULL: it is over at once.
} faults[] = {
    {faults_end_the_connection, NULL},
    {faults_freeze, faults_thaw},
    {faults_kill_the_recorder, NULL},
    {faults_fill_the_disk, faults_empty_the_disk},
    {faults_kill_the_server, faults_start_the_server},
};

#define FAULTS (sizeof faults / sizeof faults[0])

// A storm has a part for each fault: after a third of it the fault comes, after two it ends.
static void
test_each_chat_has_its_one_row_after_a_storm (void **state)
{
    (void) state;
    size_t seconds = faults_number ("RECORDS_SECONDS", 6);
    size_t rate = faults_number ("RECORDS_RATE", 300);
    size_t chats = seconds * rate;
    uint64_t begin_ms = now_ms ();
    uint64_t third_ms = 1000 * seconds / FAULTS / 3;
    size_t third = 0;
    courier = courier_new (fixture.bus_port, chats, AT_ONCE, rate / 4);
    while (third < 3 * FAULTS) {
        uint64_t end_ms = begin_ms + (third + 1) * third_ms;
        while (now_ms () < end_ms) {
            courier_begin (courier, (now_ms () - begin_ms) * rate / 1000);
            courier_step (courier);
        }
        if (third % 3 == 0) {
            faults[third / 3].come ();
        }
        else if (third % 3 == 1 && faults[third / 3].end != NULL) {
            faults[third / 3].end ();
        }
        third++;
    }
    size_t left = courier_waiting (courier);
    carry_to_the_end (chats);
    print_message (
        "%zu chats in %zu s, %zu RECORDs late, %u refused, all there after %u ms\n", chats,
        seconds, left, (unsigned) courier_refused (courier),
        (unsigned) (now_ms () - begin_ms));
    assert_one_complete_row_each (chats);
}

// --- A disk that is full indeed ---

static char disk[] = "/tmp/postgres-disk-XXXXXX"; // Where it is mounted.

static bool
mount_disk (void)
{
    const struct passwd *owner = getpwnam ("postgres");
    if (geteuid () != 0 || owner == NULL || mkdtemp (disk) == NULL) {
        return false;
    }
    if (mount ("disk", disk, "tmpfs", 0, "size=1m") != 0) {
        rmdir (disk);
        return false;
    }
    assert_int_equal (chown (disk, owner->pw_uid, owner->pw_gid), 0);
    return true;
}

static int
unmount_disk (void **state)
{
    tear_down_courier (state);
    umount2 (disk, MNT_DETACH);
    rmdir (disk);
    return 0;
}

static void
test_a_full_disk_is_waited_for (void **state)
{
    (void) state;
    char sql[256];
    size_t chats = 10000;
    if (!mount_disk ()) {
        print_message ("skipped: a file system can be mounted by root alone\n");
        skip ();
    }
    snprintf (sql, sizeof sql, "CREATE TABLESPACE disk_%s LOCATION '%s'", fixture.database,
              disk);
    ask_text (sql);
    snprintf (sql, sizeof sql, "ALTER TABLE \"ChatSession\" SET TABLESPACE disk_%s",
              fixture.database);
    ask_text (sql);
    courier = courier_new (fixture.bus_port, chats, AT_ONCE, 100);
    courier_begin (courier, chats);
    uint64_t end_ms = now_ms () + DEADLINE_MS;
    while (!service_logged (fixture.recorder, "database_failed sqlstate=53100")) {
        assert_true (now_ms () < end_ms);
        carry_until (now_ms () + 50);
    }
    assert_true (courier_confirmed (courier) < 2 * chats);
    assert_int_equal (mount ("disk", disk, "tmpfs", MS_REMOUNT, "size=64m"), 0);
    carry_to_the_end (chats);
    assert_one_complete_row_each (chats);
}

// --- Few connections ---

#define CLIENTS                                                                            \
    "SELECT count (*) FROM pg_stat_activity WHERE backend_type = 'client backend'"

static void
test_of_five_connections_a_recorder_takes_one (void **state)
{
    (void) state;
    postgres_client_t *others[4];
    assert_int_equal (ask_number ("SHOW max_connections"), 5);
    WAIT_FOR (ask_number (CLIENTS) == 2); // The test's own, and the recorder's.
    for (int i = 0; i < 3; i++) {
        others[i] = postgres_client_new (fixture.server, fixture.database);
    }
    courier = courier_new (fixture.bus_port, 1000, AT_ONCE, 100);
    carry_to_the_end (1000);
    courier_destroy (&courier);
    // While somebody else has the last one it waits, says so, and takes nothing.
    service_kill (&fixture.recorder);
    WAIT_FOR (ask_number (CLIENTS) == 4);
    others[3] = postgres_client_new (fixture.server, fixture.database);
    fixture.recorder = start_recorder (fixture.url, fixture.bus_port, fixture.admin_port);
    WAIT_FOR (service_logged (fixture.recorder, "too many clients"));
    wait_ready (fixture.admin_port, false);
    courier = courier_new (fixture.bus_port, 500, AT_ONCE, 100);
    courier_begin (courier, 500);
    WAIT_FOR ((courier_step (courier), courier_refused (courier) > 0));
    assert_int_equal (courier_confirmed (courier), 0);
    postgres_client_destroy (&others[0]);
    carry_to_the_end (500);
    assert_int_equal (ask_number ("SELECT count (*) FROM \"ChatSession\""), 1500);
    for (int i = 1; i < 4; i++) {
        postgres_client_destroy (&others[i]);
    }
}

// --- Memory ---

#ifdef __SANITIZE_ADDRESS__
#define MEMORY_IS_OURS 0 // The sanitizer keeps what is freed.
#else
#define MEMORY_IS_OURS 1
#endif

static long
resident_kb (void)
{
    char path[64];
    long pages = 0;
    snprintf (path, sizeof path, "/proc/%d/statm", (int) service_pid (fixture.recorder));
    FILE *file = fopen (path, "r");
    assert_non_null (file);
    assert_int_equal (fscanf (file, "%*d %ld", &pages), 1);
    fclose (file);
    return pages * (sysconf (_SC_PAGESIZE) / 1024);
}

// Sends and is refused, so many times.
static void
be_refused (uint64_t times)
{
    uint64_t end_ms = now_ms () + 3 * DEADLINE_MS;
    uint64_t before = courier_refused (courier);
    while (courier_refused (courier) - before < times) {
        assert_true (now_ms () < end_ms);
        courier_step (courier);
    }
}

static void
test_memory_stays_what_it_is_while_the_database_is_away (void **state)
{
    (void) state;
    size_t chats = 20000;
    courier = courier_new (fixture.bus_port, chats, chats, chats / 2);
    WAIT_FOR ((courier_step (courier), courier_is_ready (courier)));
    faults_kill_the_server ();
    wait_ready (fixture.admin_port, false);
    // ZeroMQ's queues are bounded, and have their size after this.
    courier_begin (courier, chats);
    be_refused (40000);
    long before_kb = resident_kb ();
    be_refused (60000);
    long more_kb = resident_kb () - before_kb;
    print_message ("%ld KB, %ld KB more after 60,000 RECORDs\n", before_kb, more_kb);
    if (MEMORY_IS_OURS) {
        assert_true (more_kb < 1024);
    }
    assert_int_equal (metric_value (fixture.admin_port, "recorder_pending"), 0);
    faults_start_the_server ();
    carry_to_the_end (chats);
    assert_one_complete_row_each (chats);
}

#define WITH_COURIER(test)                                                                 \
    cmocka_unit_test_setup_teardown (test, set_up_courier, tear_down_courier)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_COURIER (test_each_chat_has_its_one_row_after_a_storm),
        WITH_COURIER (test_memory_stays_what_it_is_while_the_database_is_away),
        // The last, as the server cannot be started again without its disk.
        cmocka_unit_test_setup_teardown (test_a_full_disk_is_waited_for, set_up_courier,
                                         unmount_disk),
    };
    const struct CMUnitTest few[] = {
        WITH_COURIER (test_of_five_connections_a_recorder_takes_one),
    };
    int failed = cmocka_run_group_tests (tests, set_up_server, tear_down_server);
    failed += cmocka_run_group_tests (few, set_up_few_connections, tear_down_server);
    return failed;
}
