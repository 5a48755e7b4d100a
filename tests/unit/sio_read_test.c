// sio_read_test.c -- which packets there are in Socket.IO, and what their heads say.

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/socketio.h"
#include "support/cmocka_all.h"

typedef struct {
    const char *packet;
    sio_type_t type;
    unsigned attachments;
    const char *nsp;
    uint64_t ack;
    const char *body;
} row_t;

// clang-format off
static const row_t good[] = {
    { "0",                       SIO_CONNECT,       0,  "/",       SIO_NO_ACK, "" },
    { "0{\"a\":1}",              SIO_CONNECT,       0,  "/",       SIO_NO_ACK, "{\"a\":1}" },
    { "0/custom",                SIO_CONNECT,       0,  "/custom", SIO_NO_ACK, "" },
    { "0/custom,",               SIO_CONNECT,       0,  "/custom", SIO_NO_ACK, "" },
    { "0/custom,{\"a\":1}",      SIO_CONNECT,       0,  "/custom", SIO_NO_ACK, "{\"a\":1}" },
    { "0/,{}",                   SIO_CONNECT,       0,  "/",       SIO_NO_ACK, "{}" },
    { "0/a{}",                   SIO_CONNECT,       0,  "/a{}",    SIO_NO_ACK, "" },
    { "0/a,/b,",                 SIO_CONNECT,       0,  "/a",      SIO_NO_ACK, "/b," },
    { "1",                       SIO_DISCONNECT,    0,  "/",       SIO_NO_ACK, "" },
    { "1/custom,",               SIO_DISCONNECT,    0,  "/custom", SIO_NO_ACK, "" },
    { "2[\"a\"]",                SIO_EVENT,         0,  "/",       SIO_NO_ACK, "[\"a\"]" },
    { "20[\"a\"]",               SIO_EVENT,         0,  "/",       0,          "[\"a\"]" },
    { "212[\"a\"]",              SIO_EVENT,         0,  "/",       12,         "[\"a\"]" },
    { "2007[\"a\"]",             SIO_EVENT,         0,  "/",       7,          "[\"a\"]" },
    { "2/custom,12[\"a\"]",      SIO_EVENT,         0,  "/custom", 12,         "[\"a\"]" },
    { "2999999999999999[]",      SIO_EVENT,         0,  "/",       999999999999999, "[]" },
    { "2[\"a/b,c\"]",            SIO_EVENT,         0,  "/",       SIO_NO_ACK, "[\"a/b,c\"]" },
    { "2",                       SIO_EVENT,         0,  "/",       SIO_NO_ACK, "" },
    { "2-1",                     SIO_EVENT,         0,  "/",       SIO_NO_ACK, "-1" },
    { "2 [\"a\"]",               SIO_EVENT,         0,  "/",       SIO_NO_ACK, " [\"a\"]" },
    { "35[]",                    SIO_ACK,           0,  "/",       5,          "[]" },
    { "3/custom,5[1]",           SIO_ACK,           0,  "/custom", 5,          "[1]" },
    { "4{\"message\":\"x\"}",    SIO_CONNECT_ERROR, 0,  "/",       SIO_NO_ACK,
      "{\"message\":\"x\"}" },
    { "51-[\"a\"]",              SIO_BINARY_EVENT,  1,  "/",       SIO_NO_ACK, "[\"a\"]" },
    { "52-/custom,12[\"a\"]",    SIO_BINARY_EVENT,  2,  "/custom", 12,         "[\"a\"]" },
    { "50-[\"a\"]",              SIO_BINARY_EVENT,  0,  "/",       SIO_NO_ACK, "[\"a\"]" },
    { "510-[\"a\"]",             SIO_BINARY_EVENT,  10, "/",       SIO_NO_ACK, "[\"a\"]" },
    { "501-[\"a\"]",             SIO_BINARY_EVENT,  1,  "/",       SIO_NO_ACK, "[\"a\"]" },
    { "61-3[1]",                 SIO_BINARY_ACK,    1,  "/",       3,          "[1]" },
};
// clang-format on

static const char *const bad[] = {
    "",
    "7",
    "9[\"a\"]",
    "a",
    " 2[\"a\"]",
    "-1",
    "/custom,2[\"a\"]",
    "[\"a\"]",
    "2" "1234567890123456[\"a\"]", // 16 digits: it may be more than 2^53.
    "2" "99999999999999999999999[\"a\"]",
    "3/custom,1234567890123456[]",
    "5[\"a\"]",      // Without a count,
    "5",
    "5-[\"a\"]",
    "51",            // without its end,
    "51[\"a\"]",
    "51/custom,[\"a\"]",
    "511-[\"a\"]",   // more than ten,
    "599-[\"a\"]",
    "5100-[\"a\"]",
    "5001-[\"a\"]",
    "5-1-[\"a\"]",
    "5 1-[\"a\"]",
    "599999999999999999999-[\"a\"]",
    "6[1]",
    "611-[1]",
};

// Reads from memory of the very size, so that a sanitizer sees who reads beyond it.
static bool
reads (const char *text, char **copy, sio_packet_t *packet)
{
    size_t bytes = strlen (text);
    *copy = malloc (bytes > 0 ? bytes : 1);
    must (*copy != NULL);
    memcpy (*copy, text, bytes);
    return sio_read (*copy, bytes, packet);
}

static void
test_heads_are_read (void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char *copy;
        sio_packet_t packet;
        const row_t *row = &good[i];
        if (!reads (row->packet, &copy, &packet)) {
            fail_msg ("%s is refused", row->packet);
        }
        assert_int_equal (packet.type, row->type);
        assert_int_equal (packet.attachments, row->attachments);
        assert_int_equal (packet.nsp_bytes, strlen (row->nsp));
        assert_memory_equal (packet.nsp, row->nsp, packet.nsp_bytes);
        assert_int_equal (packet.ack, row->ack);
        assert_int_equal (packet.body_bytes, strlen (row->body));
        assert_memory_equal (packet.body, row->body, packet.body_bytes);
        free (copy);
    }
}

static void
test_what_is_no_packet_is_refused (void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *copy;
        sio_packet_t packet;
        if (reads (bad[i], &copy, &packet)) {
            fail_msg ("%s is read", bad[i]);
        }
        free (copy);
    }
}

static void
test_a_packet_may_be_cut_anywhere (void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        for (size_t bytes = 0; bytes < strlen (good[i].packet); bytes++) {
            char *copy;
            sio_packet_t packet;
            char *cut = must_copy (good[i].packet, bytes);
            if (reads (cut, &copy, &packet)) {
                assert_true (packet.body >= copy);
                assert_true (packet.body + packet.body_bytes <= copy + bytes);
            }
            free (cut);
            free (copy);
        }
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_heads_are_read),
        cmocka_unit_test (test_what_is_no_packet_is_refused),
        cmocka_unit_test (test_a_packet_may_be_cut_anywhere),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
