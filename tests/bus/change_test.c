// change_test.c -- keys are changed while everything runs, and nobody who is there is lost.

#include <signal.h>
#include <string.h>

#include "bus/stage.h"
#include "support/cmocka_all.h"

static const char *const both[] = {"gateway", "guest", "relay", NULL};

static peer_t *
arrive (const char *name, const char *list)
{
    peer_t *peer = stage_knock (relay_host, name, list);
    WAIT_FOR (peer_is_ready (peer));
    return peer;
}

static bool
hears_lost (peer_t *peer)
{
    static const ident_t nobody = {{1}};
    wire_t typing = {
        .kind = WIRE_TYPING,
        .as.typing = {.to = nobody, .from = *peer_instance (peer), .chat = nobody,
                      .user = nobody, .partner = nobody},
    };
    peer_send (peer, &typing);
    return peer_expect (peer, WIRE_LOST, NULL) != NULL;
}

static void
test_a_key_that_is_listed_later_is_let_in (void **state)
{
    (void) state;
    stage_start (relay_host);
    peer_t *gateway = arrive ("gateway", "list");
    peer_t *guest = stage_knock (relay_host, "guest", "list");
    WAIT_FOR (!peer_is_ready (guest) && stage_metric ("wire_keys_refused_total") > 0);
    keys_list (stage.keys, "list", both);
    service_signal (stage.service, SIGHUP);
    WAIT_FOR (peer_is_ready (guest) && peer_is_ready (gateway));
    assert_true (hears_lost (gateway));
    assert_true (hears_lost (guest));
    assert_false (service_logged (stage.service, "peer_left"));
    peer_close (&guest);
    peer_close (&gateway);
}

static void
test_a_changed_file_is_read_without_a_signal (void **state)
{
    (void) state;
    stage_start (relay_host);
    keys_list (stage.keys, "list", both);
    peer_t *guest = arrive ("guest", "list");
    peer_close (&guest);
}

static void
test_whose_key_has_gone_is_left (void **state)
{
    (void) state;
    keys_list (stage.keys, "list", both);
    stage_start (relay_host);
    peer_t *gateway = arrive ("gateway", "list");
    peer_t *guest = arrive ("guest", "list");
    keys_list (stage.keys, "list", (const char *[]){"gateway", "relay", NULL});
    service_signal (stage.service, SIGHUP);
    WAIT_FOR (peer_is_ready (gateway) && stage_metric ("peers") == 1);
    assert_true (hears_lost (gateway));
    uint64_t refused = stage_metric ("wire_refused_total");
    WAIT_FOR (peer_is_ready (gateway) && !peer_is_ready (guest)
              && stage_metric ("wire_refused_total") > refused);
    assert_int_equal (stage_metric ("peers"), 1);
    peer_close (&guest);
    peer_close (&gateway);
}

static void
test_a_list_that_is_wrong_changes_nothing (void **state)
{
    (void) state;
    stage_start (relay_host);
    peer_t *gateway = arrive ("gateway", "list");
    keys_list (stage.keys, "good", both);
    keys_write (stage.keys, "list", "gateway short\n", 0644);
    service_signal (stage.service, SIGHUP);
    WAIT_FOR (peer_is_ready (gateway) && service_logged (stage.service, "bus_keys_wrong"));
    peer_t *second = arrive ("gateway", "good");
    assert_true (hears_lost (gateway));
    peer_close (&second);
    peer_close (&gateway);
}

// Whoever dials knows both keys of the relay before it has the new one.
static void
test_a_service_that_comes_back_with_its_next_key_is_found (void **state)
{
    (void) state;
    keys_list (stage.keys, "pinned", (const char *[]){"relay", "relay_next", NULL});
    stage_start (relay_host);
    peer_t *gateway = arrive ("gateway", "pinned");
    service_stop (&stage.service);
    stage_start_as (relay_host, "relay_next");
    WAIT_FOR (!peer_is_ready (gateway));
    WAIT_FOR (peer_is_ready (gateway));
    assert_true (hears_lost (gateway));
    peer_close (&gateway);
}

static void
test_who_was_refused_comes_again (void **state)
{
    (void) state;
    keys_list (stage.keys, "list", (const char *[]){"relay", "guest", NULL});
    stage_start (relay_host);
    keys_list (stage.keys, "good", both);
    peer_t *gateway = stage_knock (relay_host, "gateway", "good");
    WAIT_FOR (!peer_is_ready (gateway) && stage_metric ("wire_keys_refused_total") > 2);
    keys_list (stage.keys, "list", both);
    service_signal (stage.service, SIGHUP);
    WAIT_FOR (peer_is_ready (gateway));
    peer_close (&gateway);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, stage_set_up, stage_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        TEST (test_a_key_that_is_listed_later_is_let_in),
        TEST (test_a_changed_file_is_read_without_a_signal),
        TEST (test_whose_key_has_gone_is_left),
        TEST (test_a_list_that_is_wrong_changes_nothing),
        TEST (test_a_service_that_comes_back_with_its_next_key_is_found),
        TEST (test_who_was_refused_comes_again),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
