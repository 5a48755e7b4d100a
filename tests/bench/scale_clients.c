// scale_clients.c -- two sides run at the same time and take turns: one with few connections, or with
// one gateway and one relay, and one with more.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/figures.h"
#include "bench/scale.h"
#include "bench/side.h"
#include "support/cmocka_all.h"
#include "support/service.h"

#define FEW 100          // Clients that others are compared with.
#define DOUBLE_USERS 200 // Clients of those with one and with two of each.
#define STEPS_MOST 8
#define SPARE 400 // Descriptors for all else, in the gateway and here.

typedef enum {
    MESSAGES_S,
    MESSAGES_CPU_S,
    ALL_US, // CPU a message.
    GATEWAYS_US,
    RELAYS_US,
    IDLE_BUSY, // While nobody writes, of one core, per cent.
    COLUMNS,
} column_t;

// A side with its clients.
typedef struct {
    size_t clients;
    size_t each;  // Gateways, and relays; 0: a bare relay instead of all.
    side_t *side; // Owned.
    load_t *load; // Owned.
    double of[COLUMNS][ROUNDS_MOST];
    size_t rounds; // So far.
} group_t;

static group_t groups[2]; // That take turns: the first is what the second is compared with.

static void
open_group (group_t *group, size_t clients, size_t each)
{
    size_t count;
    memset (group, 0, sizeof *group);
    group->clients = clients;
    group->each = each;
    group->side = each > 0 ? side_start_ours (each, NULL) : side_start (SIDE_BARE);
    const uint16_t *ports = side_ports (group->side, &count);
    group->load = load_new (clients, ports, count);
    load_join (group->load);
    load_pair (group->load);
}

static void
close_group (group_t *group)
{
    load_destroy (&group->load);
    side_stop (&group->side);
}

// Seconds of CPU that processes of that name have used; NULL: all of our own.
static double
used (const usage_t *before, const usage_t *after, const char *name)
{
    double sum = 0;
    for (size_t i = 0; i < after->count; i++) {
        bool ours = strcmp (after->names[i], "Redis") != 0
                    && strcmp (after->names[i], "Postgres") != 0;
        if (name != NULL ? strcmp (after->names[i], name) == 0 : ours) {
            sum += after->seconds[i] - before->seconds[i];
        }
    }
    return sum;
}

// What the connections themselves take, such as heartbeats.
static void
rest (group_t *group, double seconds)
{
    usage_t before = side_usage (group->side);
    load_mix (group->load, 0, (uint64_t) (seconds * 1e6));
    usage_t after = side_usage (group->side);
    group->of[IDLE_BUSY][group->rounds] = used (&before, &after, NULL) * 100 / seconds;
}

static void
take_turn (group_t *group, size_t on_way, double seconds)
{
    rest (group, seconds);
    load_mix (group->load, on_way, (uint64_t) (seconds * 1e6 / 8));
    load_settle (group->load);
    load_count (group->load);
    usage_t before = side_usage (group->side);
    uint64_t start_us = now_us ();
    load_mix (group->load, on_way, (uint64_t) (seconds * 1e6));
    load_settle (group->load);
    double took = (double) (now_us () - start_us) / 1e6;
    usage_t after = side_usage (group->side);
    double count = (double) load_counts (group->load).messages;
    double all = used (&before, &after, NULL);
    size_t round = group->rounds++;
    assert_true (count > 0);
    all = all > 0 ? all : 0.01; // The clock's grain.
    group->of[MESSAGES_S][round] = count / took;
    group->of[MESSAGES_CPU_S][round] = count / all;
    group->of[GATEWAYS_US][round] = used (&before, &after, "gateway") * 1e6 / count;
    group->of[RELAYS_US][round] = used (&before, &after, "relay") * 1e6 / count;
    group->of[ALL_US][round] = all * 1e6 / count;
}

static void
take_turns (const scale_t *scale)
{
    for (size_t round = 0; round < scale->rounds; round++) {
        // Who goes first changes, too.
        take_turn (&groups[round % 2], scale->on_way, scale->seconds);
        take_turn (&groups[1 - round % 2], scale->on_way, scale->seconds);
    }
}

// --- Tables ---

// CPU of a message, of what it takes in another group in the same round.
static double
compared (const group_t *group, const group_t *with)
{
    double ratios[ROUNDS_MOST];
    for (size_t i = 0; i < group->rounds; i++) {
        ratios[i] = group->of[ALL_US][i] / with->of[ALL_US][i];
    }
    return median_of (ratios, group->rounds);
}

// clang-format off
static const char head[] =
    "| clients | gateways, | messages/s | messages a | us of CPU a message         | CPU a message, | CPU while |\n"
    "|         | relays    |            | CPU s      | all   | gateways | relays   | of the first   | at rest   |\n"
    "|--------:|----------:|-----------:|-----------:|------:|---------:|---------:|---------------:|----------:|";
// clang-format on

static void
print_head (const scale_t *scale, const char *what)
{
    printf (
        "\n%zu messages on their way, whosever; medians of %zu turns of %.3g s; CPU of our "
        "processes; %s\n\n",
        scale->on_way, scale->rounds, scale->seconds, what);
    puts (head);
}

static void
print_group (const group_t *group, const group_t *with)
{
    double of[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        of[i] = median_of (group->of[i], group->rounds);
    }
    printf (
        "| %7zu | %9s | %10.0f | %10.0f | %5.1f | %8.1f | %8.1f | %14.2f | %8.1f%% |\n",
        group->clients, group->each > 0 ? number_text (group->each) : "bare",
        of[MESSAGES_S], of[MESSAGES_CPU_S], of[ALL_US], of[GATEWAYS_US], of[RELAYS_US],
        compared (group, with), of[IDLE_BUSY]);
}

// --- Many connections ---

// The most that descriptors allow: a gateway has one for each, and so has this process.
static size_t
clients_most (void)
{
    struct rlimit limit;
    assert_int_equal (getrlimit (RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur > SPARE + FEW ? ((size_t) limit.rlim_cur - SPARE - FEW) / 2 * 2
                                        : 0;
}

static size_t
allowed (size_t clients)
{
    size_t most = clients_most ();
    if (clients > most) {
        printf (
            "\n%zu clients need some %zu descriptors, and a process may have %zu here (ulimit "
            "-n): %zu instead.\n",
            clients, clients + SPARE + FEW, most + SPARE + FEW, most);
        fflush (stdout); // Else each process that is started says it, too.
        clients = most;
    }
    assert_true (clients > 0);
    return clients;
}

static void
compare_clients (const scale_t *scale, size_t clients, size_t each, group_t done[2])
{
    fprintf (stderr, "bench_scale: %zu clients%s\n", clients, each > 0 ? "" : ", bare");
    // First, as it takes longer than heartbeats of the few may wait.
    open_group (&groups[1], clients, each);
    open_group (&groups[0], FEW, each);
    take_turns (scale);
    close_group (&groups[0]);
    close_group (&groups[1]);
    memcpy (done, groups, sizeof groups);
}

// Ours, and a bare relay: what the kernel and the caches take for many connections, that takes, too.
static void
compare_both (const scale_t *scale, size_t clients, group_t done[2][2])
{
    compare_clients (scale, clients, 1, done[0]);
    compare_clients (scale, clients, 0, done[1]);
}

void
scale_clients (const scale_t *scale)
{
    static const size_t steps[] = {1000, 5000, 20000, 60000};
    static group_t done[STEPS_MOST][2][2];
    size_t count = 0;
    sides_open ();
    for (size_t i = 0; i < sizeof steps / sizeof *steps && steps[i] < scale->clients; i++) {
        compare_both (scale, allowed (steps[i]), done[count++]);
    }
    compare_both (scale, allowed (scale->clients), done[count++]);
    print_head (scale, "each row is below that of the few clients that took turns with it");
    for (size_t i = 0; i < 2 * count; i++) {
        const group_t *pair = done[i / 2][i % 2];
        print_group (&pair[0], &pair[0]);
        print_group (&pair[1], &pair[0]);
    }
}

// --- Two of each ---

void
scale_double (const scale_t *scale)
{
    fprintf (stderr, "bench_scale: two gateways and two relays\n");
    sides_open ();
    open_group (&groups[0], DOUBLE_USERS, 1);
    open_group (&groups[1], DOUBLE_USERS, 2);
    take_turns (scale);
    print_head (scale, "at most 1.15 is wanted");
    print_group (&groups[0], &groups[0]);
    print_group (&groups[1], &groups[0]);
    close_group (&groups[1]);
    close_group (&groups[0]);
}

void
scale_clients_end (void)
{
    for (size_t i = 0; i < 2; i++) {
        if (groups[i].side != NULL) {
            side_kill (groups[i].side);
        }
    }
    sides_close ();
    for (size_t i = 0; i < 2; i++) {
        side_stop (
            &groups[i].side); // Prints the log of a process that had ended by itself.
    }
}
