// handshake_test.c -- which requests are taken, in the order of the reference implementation.

#include "gateway/handshake.h"

#include <string.h>

#include "support/cmocka_all.h"

#define ALL "*"
#define SOME "https://a.example,https://b.example:8443"

static void
test_requests_are_refused_for_the_first_thing_that_is_wrong (void **state)
{
    (void) state;
    static const struct {
        handshake_t handshake;
        const char *origins;
        eio_error_t error;
    } rows[] = {
        {{METHOD_GET, false, "polling", NULL, "4", NULL, "h"}, ALL, EIO_FINE},
        {{METHOD_GET, true, "websocket", NULL, "4", NULL, "h"}, ALL, EIO_FINE},
        {{METHOD_POST, false, NULL, NULL, "3", NULL, "h"}, ALL, EIO_UNKNOWN_TRANSPORT},
        {{METHOD_GET, false, "tube", NULL, "4", NULL, "h"}, ALL, EIO_UNKNOWN_TRANSPORT},
        {{METHOD_GET, false, "polling", NULL, "4", "a b", "h"}, ALL, EIO_BAD_REQUEST},
        {{METHOD_GET, false, "polling", NULL, "4", "a\x7f", "h"}, ALL, EIO_BAD_REQUEST},
        {{METHOD_POST, false, "polling", NULL, "4", NULL, "h"}, ALL, EIO_BAD_METHOD},
        {{METHOD_OTHER, false, "polling", NULL, "4", NULL, "h"}, ALL, EIO_BAD_METHOD},
        {{METHOD_GET, false, "websocket", NULL, "4", NULL, "h"}, ALL, EIO_BAD_REQUEST},
        {{METHOD_GET, true, "polling", NULL, "4", NULL, "h"}, ALL, EIO_BAD_REQUEST},
        {{METHOD_GET, false, "polling", NULL, "3", NULL, "h"}, ALL, EIO_WRONG_VERSION},
        {{METHOD_GET, false, "polling", NULL, NULL, NULL, "h"}, ALL, EIO_WRONG_VERSION},
        {{METHOD_GET, false, "polling", NULL, "3", "https://c", "h"}, SOME, EIO_FORBIDDEN},
        {{METHOD_GET, false, "polling", NULL, "4", "https://a.example", "h"}, SOME, EIO_FINE},
        {{METHOD_GET, false, "polling", NULL, "4", "https://a.example.evil", "h"}, SOME,
         EIO_FORBIDDEN},
        {{METHOD_GET, false, "polling", NULL, "4", "https://h", "h"}, SOME, EIO_FINE},
        {{METHOD_GET, false, "polling", NULL, "4", "https://h", NULL}, SOME, EIO_FORBIDDEN},
        {{METHOD_GET, false, "polling", NULL, "4", "null", "h"}, SOME, EIO_FORBIDDEN},
        {{METHOD_GET, false, "polling", NULL, "4", NULL, "h"}, SOME, EIO_FINE},
        // With a sid the version is not looked at; a proxy that drops Upgrade costs no session.
        {{METHOD_POST, false, "polling", "s", NULL, NULL, "h"}, ALL, EIO_FINE},
        {{METHOD_GET, true, "websocket", "s", NULL, NULL, "h"}, ALL, EIO_FINE},
        {{METHOD_GET, false, "websocket", "s", "4", NULL, "h"}, ALL, EIO_BAD_REQUEST},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        eio_error_t error = handshake_check (&rows[i].handshake, rows[i].origins);
        if (error != rows[i].error) {
            fail_msg ("row %zu: %d, not %d", i, (int) error, (int) rows[i].error);
        }
    }
}

static void
test_an_origin_is_allowed_letter_for_letter (void **state)
{
    (void) state;
    assert_string_equal (handshake_allow_origin ("https://x", ALL), "*");
    assert_string_equal (handshake_allow_origin ("https://b.example:8443", SOME),
                         "https://b.example:8443");
    assert_null (handshake_allow_origin ("https://b.example", SOME));
    assert_null (handshake_allow_origin ("https://b.example:84430", SOME));
    assert_null (handshake_allow_origin ("", SOME));
    assert_null (handshake_allow_origin ("https://a.example,https://b.example:8443", SOME));
}

static void
test_an_address_is_what_our_outermost_proxy_says (void **state)
{
    (void) state;
    static const struct {
        const char *forwarded;
        unsigned hops;
        const char *address;
    } rows[] = {
        {NULL, 0, "peer"},       {NULL, 1, "peer"},      {"a", 0, "peer"},
        {"a", 1, "a"},           {"a, b", 1, "b"},       {"a, b", 2, "a"},
        {"a, b , c", 2, "b"},    {"a,b", 5, "a"},        {"", 1, ""},
        {"a,", 1, ""},           {",", 2, ""},           {"  a  ", 1, "a"},
        {"x, 2001:db8::1", 1, "2001:db8::1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char address[64];
        handshake_address ("peer", rows[i].forwarded, rows[i].hops, address, sizeof address);
        assert_string_equal (address, rows[i].address);
    }
}

static void
test_an_address_that_is_too_long_is_cut_off (void **state)
{
    (void) state;
    char address[8];
    handshake_address ("peer", "0123456789abcdef", 1, address, sizeof address);
    assert_string_equal (address, "0123456");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_requests_are_refused_for_the_first_thing_that_is_wrong),
        cmocka_unit_test (test_an_origin_is_allowed_letter_for_letter),
        cmocka_unit_test (test_an_address_is_what_our_outermost_proxy_says),
        cmocka_unit_test (test_an_address_that_is_too_long_is_cut_off),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
