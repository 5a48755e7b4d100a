// start_test.c -- with what keys, at what addresses and with how many open files a service starts, and
// what it says when it does not.

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bus/stage.h"
#include "support/cmocka_all.h"

#define KEY_TEXT "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7" // From ZeroMQ RFC 26; anybody's.

// Starts a relay with those files of the folder ("" for none) at that address, which must not start,
// and say so.
static void
assert_refused (const char *address, const char *key, const char *list, const char *sentence)
{
    service_t *relay = service_start (RELAY_BINARY, (const char *[]){
        "BIND", address, "BUS_PORT", number_text (stage.bus_port),
        "ADMIN_PORT", number_text (stage.admin_port),
        "BUS_KEY", *key != '\0' ? keys_path (stage.keys, key) : "",
        "BUS_KEYS", *list != '\0' ? keys_path (stage.keys, list) : "", NULL});
    assert_int_not_equal (service_wait (relay), 0);
    if (!service_logged (relay, sentence)) {
        fail_msg ("it does not say '%s'", sentence);
    }
    assert_false (service_logged (relay, KEY_TEXT));
    service_kill (&relay);
}

static void
test_without_keys_no_public_address_is_listened_at (void **state)
{
    (void) state;
    assert_refused ("0.0.0.0", "", "", "BIND is 0.0.0.0, where anybody may reach BUS_PORT");
    assert_refused ("::", "", "", "BUS_KEY and BUS_KEYS (deploy/keys makes them)");
    assert_refused ("::", "", "", "BUS_INSECURE=1");
}

static void
start_at_every_address (const char *const more[4])
{
    service_t *relay = service_start (RELAY_BINARY, (const char *[]){
        "BIND", "0.0.0.0", "BUS_PORT", number_text (stage.bus_port),
        "ADMIN_PORT", number_text (stage.admin_port), more[0], more[1], more[2], more[3], NULL});
    wait_ready (stage.admin_port, true);
    service_stop (&relay);
}

static void
test_a_public_address_needs_keys_or_a_word (void **state)
{
    (void) state;
    start_at_every_address ((const char *[4]){"BUS_INSECURE", "1", NULL, NULL});
    start_at_every_address ((const char *[4]){"BUS_KEY", keys_path (stage.keys, "relay.key"),
                                              "BUS_KEYS", keys_path (stage.keys, "list")});
}

static void
test_keys_go_together (void **state)
{
    (void) state;
    assert_refused ("127.0.0.1", "relay.key", "", "relay: BUS_KEY and BUS_KEYS go together: "
                                                  "BUS_KEYS is not set.");
    assert_refused ("127.0.0.1", "", "list", "BUS_KEY is not set.");
}

static void
test_a_key_file_that_others_reach_is_refused (void **state)
{
    const char *key = keys_path (stage.keys, "relay.key");
    (void) state;
    chmod (key, 0604);
    assert_refused ("127.0.0.1", "relay.key", "list", "a secret that everybody on this machine can "
                                                      "reach: chmod 600 it.");
    chmod (key, 0620);
    assert_refused ("127.0.0.1", "relay.key", "list", "others on this machine may write");
    chmod (key, 0600);
    chmod (keys_path (stage.keys, "list"), 0646);
    assert_refused ("127.0.0.1", "relay.key", "list", "BUS_KEYS is '");
    chmod (keys_path (stage.keys, "list"), 0644);
}

static void
test_what_is_no_key_file_is_refused (void **state)
{
    static const char *const texts[] = {
        "",
        "secret " KEY_TEXT "\n",
        "public " KEY_TEXT "\n",
        "public " KEY_TEXT "\nsecret short\n",
        "public " KEY_TEXT "\nsecret " KEY_TEXT "7\n",
        "public " KEY_TEXT "\nsecret rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf \n",
        "public " KEY_TEXT "\nsecret\n" KEY_TEXT "\n",
        "public " KEY_TEXT "\nsecrets " KEY_TEXT "\n",
        KEY_TEXT "\n" KEY_TEXT "\n",
        "\n\n\n",
        NULL,
    };
    (void) state;
    assert_refused ("127.0.0.1", "nowhere.key", "list", "which cannot be read: No such file");
    assert_refused ("127.0.0.1", ".", "list", "which is not a file");
    for (size_t i = 0; texts[i] != NULL; i++) {
        keys_write (stage.keys, "own.key", texts[i], 0600);
        assert_refused ("127.0.0.1", "own.key", "list", "which is not a key pair");
    }
    keys_write (stage.keys, "own.key", "public " KEY_TEXT "\nsecret " KEY_TEXT "\n", 0600);
    assert_refused ("127.0.0.1", "own.key", "list", "whose two keys are not one pair");
}

static void
test_what_is_no_list_is_refused (void **state)
{
    (void) state;
    assert_refused ("127.0.0.1", "relay.key", "nowhere", "BUS_KEYS is '");
    keys_write (stage.keys, "list", "# Nobody.\n", 0644);
    assert_refused ("127.0.0.1", "relay.key", "list", "there is no key in it");
    keys_write (stage.keys, "list", "gateway " KEY_TEXT "\nbrowser " KEY_TEXT "\n", 0644);
    assert_refused ("127.0.0.1", "relay.key", "list", "its entry 2 names none of gateway");
    keys_write (stage.keys, "list", "gateway " KEY_TEXT "\nrelay\n", 0644);
    assert_refused ("127.0.0.1", "relay.key", "list", "its entry 2 is not a role and a key");
    keys_write (stage.keys, "list", "gateway " KEY_TEXT " trailing\n", 0644);
    assert_refused ("127.0.0.1", "relay.key", "list", "its entry 1 is not a role and a key");
}

static void
test_who_dials_needs_a_key_of_whom_it_dials (void **state)
{
    (void) state;
    keys_list (stage.keys, "list", (const char *[]){"gateway", "matcher", NULL});
    service_t *gateway = service_start (GATEWAY_BINARY, (const char *[]){
        "PORT", number_text (stage.bus_port), "ADMIN_PORT", number_text (stage.admin_port),
        "BUS_KEY", keys_path (stage.keys, "gateway.key"),
        "BUS_KEYS", keys_path (stage.keys, "list"), NULL});
    assert_int_not_equal (service_wait (gateway), 0);
    assert_true (service_logged (gateway, "gateway: BUS_KEYS has no key of a relay."));
    service_kill (&gateway);
}

static void
test_made_keys_are_of_use_and_for_nobody_else (void **state)
{
    struct stat made;
    (void) state;
    service_t *maker = service_command (RELAY_BINARY, "--make-key", (const char *[]){
        "BUS_KEY", keys_path (stage.keys, "made.key"), NULL});
    assert_int_equal (service_wait (maker), 0);
    assert_true (service_logged (maker, "relay "));
    service_kill (&maker);
    assert_int_equal (stat (keys_path (stage.keys, "made.key"), &made), 0);
    assert_int_equal (made.st_mode & 07777, 0600);
    stage_start_as (relay_host, "made");
    maker = service_command (RELAY_BINARY, "--make-key", (const char *[]){
        "BUS_KEY", keys_path (stage.keys, "made.key"), NULL});
    assert_int_equal (service_wait (maker), 1);
    assert_true (service_logged (maker, "which cannot be made: File exists."));
    service_kill (&maker);
}

static void
test_too_few_open_files_are_refused (void **state)
{
    static const char *const binaries[] = {GATEWAY_BINARY, MATCHER_BINARY, RELAY_BINARY,
                                           SESSIONS_BINARY};
    static const char *const limits[] = {"8", "16", "63"};
    (void) state;
    for (size_t i = 0; i < 12; i++) {
        service_t *service = service_words (
            (const char *[]){"sh", "-c", "ulimit -n $0 && exec \"$1\"", limits[i % 3],
                             binaries[i / 3], NULL},
            (const char *[]){
                "BUS_PORT", number_text (stage.bus_port), "PORT", number_text (stage.bus_port),
                "ADMIN_PORT", number_text (stage.admin_port),
                "DATABASE_URL", "postgresql://127.0.0.1:1/none", NULL});
        assert_int_equal (service_wait (service), 1);
        assert_true (service_logged (service, "and 64 are needed at least: raise the hard limit"));
        service_kill (&service);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, stage_set_up, stage_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_without_keys_no_public_address_is_listened_at),
        TEST (test_a_public_address_needs_keys_or_a_word),
        TEST (test_keys_go_together),
        TEST (test_a_key_file_that_others_reach_is_refused),
        TEST (test_what_is_no_key_file_is_refused),
        TEST (test_what_is_no_list_is_refused),
        TEST (test_who_dials_needs_a_key_of_whom_it_dials),
        TEST (test_made_keys_are_of_use_and_for_nobody_else),
        TEST (test_too_few_open_files_are_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
