// health_test.c -- what `NAME --healthcheck` says of services that are ready, are not, stand still or
// are not there.

#include <signal.h>

#include "support/cmocka_all.h"
#include "support/service.h"

#define ASKED_MS 2000 // A check takes no longer,
#define SLACK_MS 4000 // but for a machine that has much to do.

static uint16_t admin_port;
static uint16_t other_port;
static service_t *check;

static int
set_up (void **state)
{
    (void) state;
    admin_port = free_port ();
    do {
        other_port = free_port ();
    } while (other_port == admin_port);
    return 0;
}

// The exit code of a check, which is left in `check` for its sentence.
static int
ask (const char *binary, const char *address, uint16_t port)
{
    check = service_command (binary, "--healthcheck", (const char *[]){
        "BIND", address, "ADMIN_PORT", number_text (port), NULL});
    return service_wait (check);
}

static void
assert_says (int code, const char *sentence)
{
    assert_int_equal (code, 1);
    if (!service_logged (check, sentence)) {
        fail_msg ("it does not say '%s'", sentence);
    }
    service_kill (&check);
}

static service_t *
start_relay (void)
{
    service_t *relay = service_start (RELAY_BINARY, (const char *[]){
        "BUS_PORT", number_text (other_port), "ADMIN_PORT", number_text (admin_port), NULL});
    wait_ready (admin_port, true);
    return relay;
}

// Nobody listens where its neighbours would be.
static service_t *
start_gateway (const char *address)
{
    service_t *gateway = service_start (GATEWAY_BINARY, (const char *[]){
        "PORT", number_text (other_port), "ADMIN_PORT", number_text (admin_port), "BIND", address,
        "MATCHERS", "tcp://127.0.0.1:1", "RELAYS", "tcp://127.0.0.1:1", NULL});
    wait_ready (admin_port, false);
    return gateway;
}

static void
test_who_is_ready_is_healthy (void **state)
{
    (void) state;
    service_t *relay = start_relay ();
    assert_int_equal (ask (RELAY_BINARY, "127.0.0.1", admin_port), 0);
    service_kill (&check);
    service_stop (&relay);
}

static void
test_who_is_not_ready_says_what_it_lacks (void **state)
{
    (void) state;
    service_t *gateway = start_gateway ("127.0.0.1");
    assert_says (ask (GATEWAY_BINARY, "127.0.0.1", admin_port),
                 "gateway: is not ready; it lacks: matcher, relay.");
    service_stop (&gateway);
}

static void
test_every_address_is_asked_at_the_loopback (void **state)
{
    (void) state;
    service_t *gateway = start_gateway ("0.0.0.0");
    assert_says (ask (GATEWAY_BINARY, "0.0.0.0", admin_port), "it lacks: matcher, relay.");
    service_stop (&gateway);
}

static void
test_nobody_there (void **state)
{
    (void) state;
    assert_says (ask (SESSIONS_BINARY, "127.0.0.1", admin_port), "sessions: nobody answers");
    assert_says (ask (MATCHER_BINARY, "::1", admin_port), "matcher: nobody answers");
}

static void
test_who_stands_still_is_waited_for_two_seconds (void **state)
{
    (void) state;
    service_t *relay = start_relay ();
    service_signal (relay, SIGSTOP);
    uint64_t began_ms = now_ms ();
    assert_says (ask (RELAY_BINARY, "127.0.0.1", admin_port), "relay: nobody answers");
    assert_in_range (now_ms () - began_ms, ASKED_MS, ASKED_MS + SLACK_MS);
    service_signal (relay, SIGCONT);
    service_stop (&relay);
}

static void
test_something_else_there_is_not_healthy (void **state)
{
    (void) state;
    service_t *gateway = start_gateway ("127.0.0.1");
    assert_says (ask (GATEWAY_BINARY, "127.0.0.1", other_port), "is something else.");
    service_stop (&gateway);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup (test_who_is_ready_is_healthy, set_up),
        cmocka_unit_test_setup (test_who_is_not_ready_says_what_it_lacks, set_up),
        cmocka_unit_test_setup (test_every_address_is_asked_at_the_loopback, set_up),
        cmocka_unit_test_setup (test_nobody_there, set_up),
        cmocka_unit_test_setup (test_who_stands_still_is_waited_for_two_seconds, set_up),
        cmocka_unit_test_setup (test_something_else_there_is_not_healthy, set_up),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
