// bus.c -- what encrypted links cost.
//
// Two real relays, one with keys and one without, take turns in one run: a gateway sends messages to
// another through each, and the table shows medians of what a message costs, so that what it compares
// has met the same machine. Every message is checked. See --help.

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures.h"
#include "support/cmocka_all.h"
#include "support/keys.h"
#include "support/peer.h"
#include "support/service.h"

#define ROUNDS_HERE 30 // At most.
#define AT_ONCE 64     // Messages on their way.
#define TEXT_HERE "What one says to another in a chat is about as long as this sentence is, or shorter."

typedef enum { BARE, ENCRYPTED, WAYS } way_t;
typedef enum { MESSAGES_S, MESSAGES_CPU_S, RELAY_US, GATEWAYS_US, COLUMNS } column_t;

// A relay and two gateways.
typedef struct {
    service_t *relay;
    peer_t *here;
    peer_t *there;
    uint64_t number; // Of the last message.
} line_t;

static size_t rounds = 5;
static double seconds = 1;
static line_t lines[WAYS];
static double figures[WAYS][COLUMNS][ROUNDS_HERE];
static keys_t *keys;
static keyring_t *ring;

static void
make_keys (void)
{
    keys = keys_new ();
    keys_make (keys, "gateway", ROLE_GATEWAY);
    keys_make (keys, "relay", ROLE_RELAY);
    keys_list (keys, "list", (const char *[]){"gateway", "relay", NULL});
    ring = keys_ring (keys, "gateway", "list");
}

static void
start_line (way_t way)
{
    line_t *line = &lines[way];
    uint16_t bus_port = free_port ();
    uint16_t admin_port = free_port ();
    bool encrypted = way == ENCRYPTED;
    line->relay = service_start (RELAY_BINARY, (const char *[]){
        "BUS_PORT", number_text (bus_port), "ADMIN_PORT", number_text (admin_port),
        "BUS_KEY", encrypted ? keys_path (keys, "relay.key") : "",
        "BUS_KEYS", encrypted ? keys_path (keys, "list") : "", NULL});
    wait_ready (admin_port, true);
    peer_use_keys (encrypted ? ring : NULL);
    line->here = peer_dial (bus_port, ROLE_GATEWAY, ROLE_RELAY);
    line->there = peer_dial (bus_port, ROLE_GATEWAY, ROLE_RELAY);
}

static void
end_line (way_t way)
{
    peer_close (&lines[way].here);
    peer_close (&lines[way].there);
    service_stop (&lines[way].relay);
}

static void
send_one (line_t *line)
{
    wire_t message = {
        .kind = WIRE_MESSAGE,
        .as.message = {
            .to = *peer_instance (line->there),
            .from = *peer_instance (line->here),
            .chat = ident_timed (1),
            .user = ident_random (),
            .partner = ident_random (),
            .number = ++line->number,
            .at_ms = 1,
            .id = {"id", 2},
            .text = {TEXT_HERE, sizeof TEXT_HERE - 1},
        },
    };
    peer_send (line->here, &message);
}

static void
take_one (line_t *line, uint64_t number)
{
    const wire_t *wire = peer_expect (line->there, WIRE_MESSAGE, NULL);
    assert_int_equal (wire->as.message.number, number);
    assert_int_equal (wire->as.message.text.bytes, sizeof TEXT_HERE - 1);
}

static void
run (way_t way, size_t round)
{
    line_t *line = &lines[way];
    double relay = cpu_seconds (service_pid (line->relay));
    double gateways = cpu_seconds_here ();
    uint64_t start_us = now_us ();
    uint64_t first = line->number;
    while (now_us () - start_us < (uint64_t) (seconds * 1e6)) {
        uint64_t taken = line->number;
        for (int i = 0; i < AT_ONCE; i++) {
            send_one (line);
        }
        while (taken < line->number) {
            take_one (line, ++taken);
        }
    }
    double took = (double) (now_us () - start_us) / 1e6;
    double count = (double) (line->number - first);
    relay = cpu_seconds (service_pid (line->relay)) - relay;
    gateways = cpu_seconds_here () - gateways;
    figures[way][MESSAGES_S][round] = count / took;
    figures[way][MESSAGES_CPU_S][round] = relay > 0 ? count / relay : 0;
    figures[way][RELAY_US][round] = relay * 1e6 / count;
    figures[way][GATEWAYS_US][round] = gateways * 1e6 / count;
}

static int
compare (const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;
    return (x > y) - (x < y);
}

static double
median (way_t way, column_t column)
{
    double sorted[ROUNDS_HERE];
    memcpy (sorted, figures[way][column], sizeof sorted);
    qsort (sorted, rounds, sizeof sorted[0], compare);
    return sorted[rounds / 2];
}

static double
ratio (column_t column)
{
    double bare = median (BARE, column);
    return bare > 0 ? median (ENCRYPTED, column) / bare : 0;
}

static void
print_row (const char *name, double (*figure) (way_t way, column_t column), way_t way)
{
    printf ("%-12s %12.0f %18.0f %16.2f %19.2f\n", name, figure (way, MESSAGES_S),
            figure (way, MESSAGES_CPU_S), figure (way, RELAY_US), figure (way, GATEWAYS_US));
}

static void
print_table (void)
{
    printf ("%-12s %12s %18s %16s %19s\n", "links", "messages/s", "a CPU s of relay",
            "us in the relay", "us in both gateways");
    print_row ("bare", median, BARE);
    print_row ("encrypted", median, ENCRYPTED);
    printf ("%-12s %11.2fx %17.2fx %15.2fx %18.2fx\n", "ratio", ratio (MESSAGES_S),
            ratio (MESSAGES_CPU_S), ratio (RELAY_US), ratio (GATEWAYS_US));
}

static void
test_messages_pass (void **state)
{
    (void) state;
    make_keys ();
    start_line (BARE);
    start_line (ENCRYPTED);
    for (size_t round = 0; round < rounds; round++) {
        // Who goes first changes, too.
        run (round % 2 == 0 ? BARE : ENCRYPTED, round);
        run (round % 2 == 0 ? ENCRYPTED : BARE, round);
    }
    print_table ();
    end_line (BARE);
    end_line (ENCRYPTED);
    keyring_destroy (&ring);
    keys_destroy (&keys);
}

static bool
read_options (int argc, char **argv)
{
    static const struct option known[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long (argc, argv, "", known, NULL)) != -1) {
        if (option == 'r') {
            rounds = strtoul (optarg, NULL, 10);
        }
        else if (option == 's') {
            seconds = strtod (optarg, NULL);
        }
        else {
            return false;
        }
    }
    return rounds > 0 && rounds <= ROUNDS_HERE && seconds > 0;
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test (test_messages_pass)};
    if (!read_options (argc, argv)) {
        printf ("usage: bench_bus [--rounds N (5, at most %d)] [--seconds S (1), of each run]\n",
                ROUNDS_HERE);
        return 2;
    }
    return cmocka_run_group_tests (tests, NULL, NULL);
}
