// address_test.c -- which addresses the world cannot reach.

#include <arpa/inet.h>
#include <string.h>

#include "base/address.h"
#include "support/cmocka_all.h"

static bool
is_private (const char *text)
{
    address_t address;
    assert_true (address_read (text, 5701, &address));
    return address_is_private (&address);
}

static void
test_private_addresses (void **state)
{
    static const char *const texts[] = {
        "127.0.0.1",   "127.255.0.9",     "10.0.0.0",    "10.255.255.255", "172.16.0.1",
        "172.31.9.9",  "192.168.0.1",     "169.254.7.7", "::1",            "fc00::1",
        "fd12:3::4",   "fe80::1",         "febf::1",     "::ffff:10.0.0.1", NULL,
    };
    (void) state;
    for (size_t i = 0; texts[i] != NULL; i++) {
        if (!is_private (texts[i])) {
            fail_msg ("%s is taken for public", texts[i]);
        }
    }
}

static void
test_public_addresses (void **state)
{
    static const char *const texts[] = {
        "0.0.0.0",     "1.1.1.1",     "9.255.255.255", "11.0.0.0",  "172.15.255.255",
        "172.32.0.0",  "192.167.0.1", "192.169.0.1",   "169.253.1.1", "128.0.0.1",
        "::",          "2001:db8::1", "fe00::1",       "fec0::1",   "fb00::1",
        "::ffff:8.8.8.8", "::ffff:0.0.0.0", NULL,
    };
    (void) state;
    for (size_t i = 0; texts[i] != NULL; i++) {
        if (is_private (texts[i])) {
            fail_msg ("%s is taken for private", texts[i]);
        }
    }
}

static void
test_what_is_no_address_is_not_read (void **state)
{
    address_t address;
    (void) state;
    assert_false (address_read ("localhost", 1, &address));
    assert_false (address_read ("10.0.0.256", 1, &address));
    assert_false (address_read ("", 1, &address));
}

static const char *
reached (const char *text)
{
    static char reach[INET6_ADDRSTRLEN];
    address_t address;
    assert_true (address_read (text, 80, &address));
    address_reach (&address);
    const void *bytes = address.any.sa_family == AF_INET ? (const void *) &address.v4.sin_addr
                                                         : (const void *) &address.v6.sin6_addr;
    return inet_ntop (address.any.sa_family, bytes, reach, sizeof reach);
}

static void
test_every_address_is_reached_at_the_loopback (void **state)
{
    (void) state;
    assert_string_equal (reached ("0.0.0.0"), "127.0.0.1");
    assert_string_equal (reached ("::"), "::1");
    assert_string_equal (reached ("10.1.2.3"), "10.1.2.3");
    assert_string_equal (reached ("fd00::7"), "fd00::7");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_private_addresses),
        cmocka_unit_test (test_public_addresses),
        cmocka_unit_test (test_what_is_no_address_is_not_read),
        cmocka_unit_test (test_every_address_is_reached_at_the_loopback),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
