// load.c -- turns the wheel of all lines (epoll), and says what everybody is to do, until when.

#include "bench/load.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bench/figures.h"
#include "bench/load_user.h"
#include "support/cmocka_all.h"

#define AT_ONCE 64  // Lines that are read in one turn; users who join at the same time.
#define SOURCES 200 // Addresses that people come from, beginning with 127.0.0.2.
#define DEADLINE_US 20000000 // For whatever is waited for.
#define TURN_US 5000         // A turn without anything to hear.

struct load {
    int epoll;
    company_t company;
    uint16_t ports[PORTS_MOST]; // Where the servers listen.
    size_t port_count;          // Of `ports`.
    size_t searched;            // Users who have searched so far, two after two.
    double rate;                // Of an open loop, messages a second; 0: there is none.
    uint64_t begin_us;          // Of the open loop.
    uint64_t begun;             // Messages that were due so far, in it.
};

typedef bool
fact_t (const load_t *load);

load_t *
load_new (size_t users, const uint16_t ports[], size_t port_count)
{
    load_t *load = calloc (1, sizeof *load);
    assert_non_null (load);
    assert_true (port_count > 0 && port_count <= PORTS_MOST);
    load->epoll = epoll_create1 (EPOLL_CLOEXEC);
    assert_true (load->epoll >= 0);
    memcpy (load->ports, ports, port_count * sizeof *ports);
    load->port_count = port_count;
    load->company.user_count = users;
    load->company.users = calloc (users, sizeof *load->company.users);
    load->company.waits_us = calloc (WAITS_MOST, sizeof *load->company.waits_us);
    assert_true (load->company.users != NULL && load->company.waits_us != NULL);
    for (size_t i = 0; i < users; i++) {
        load->company.users[i].company = &load->company;
        load->company.users[i].number = i;
    }
    return load;
}

void
load_destroy (load_t **load)
{
    if (*load != NULL) {
        load_leave (*load);
        close ((*load)->epoll);
        free ((*load)->company.users);
        free ((*load)->company.waits_us);
        free (*load);
        *load = NULL;
    }
}

// --- The wheel ---

static void
dial (load_t *load, load_user_t *user)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = user};
    // Of two servers, every second pair has one at each.
    size_t pair = user->number / 2;
    size_t place = (pair / 2 + user->number % 2 * (pair % 2)) % load->port_count;
    user->state = USER_JOINING;
    user->partner = NULL;
    line_dial (&user->line, load->ports[place], 2 + (uint32_t) (user->number % SOURCES));
    assert_int_equal (epoll_ctl (load->epoll, EPOLL_CTL_ADD, user->line.fd, &event), 0);
}

static void
hear (load_t *load, load_user_t *user)
{
    line_read (&user->line, load_user_hear, user);
    line_flush (&user->line);
    if (user->state == USER_OUT && load->company.aim == AIM_CHURN) {
        dial (load, user);
    }
}

// Says what is due in an open loop.
static void
drip (load_t *load)
{
    uint64_t now = now_us ();
    for (;;) {
        uint64_t due_us =
            load->begin_us + (uint64_t) ((double) load->begun * 1e6 / load->rate);
        load_user_t *user = &load->company.users[load->begun % load->company.user_count];
        if (due_us > now) {
            return;
        }
        if (user->sent - user->answered == WINDOW_MOST) {
            load->company.counts
                .late++; // It goes when there is room, and has been due all the time.
            return;
        }
        load_user_write (user, due_us);
        line_flush (&user->line);
        load->begun++;
    }
}

static uint64_t
turn_us (const load_t *load)
{
    if (load->rate <= 0) {
        return TURN_US;
    }
    uint64_t now = now_us ();
    uint64_t due_us = load->begin_us + (uint64_t) ((double) load->begun * 1e6 / load->rate);
    return due_us <= now ? 0 : due_us - now < TURN_US ? due_us - now : TURN_US;
}

static void
turn (load_t *load)
{
    struct epoll_event heard[AT_ONCE];
    struct timespec wait = {.tv_nsec = (long) turn_us (load) * 1000};
    int count = epoll_pwait2 (load->epoll, heard, AT_ONCE, &wait, NULL);
    assert_true (count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++) {
        hear (load, heard[i].data.ptr);
        if (load->rate > 0) {
            drip (load);
        }
    }
    if (load->rate > 0) {
        drip (load);
    }
}

static void
carry (load_t *load, uint64_t for_us)
{
    uint64_t end_us = now_us () + for_us;
    while (now_us () < end_us) {
        turn (load);
    }
}

static void
await (load_t *load, fact_t *fact, const char *name)
{
    uint64_t end_us = now_us () + DEADLINE_US;
    while (!fact (load)) {
        turn (load);
        if (now_us () > end_us) {
            fail_msg ("not in time: %s", name);
        }
    }
}

// --- What they do ---

static bool
all_are_joined (const load_t *load)
{
    for (size_t i = 0; i < load->company.user_count; i++) {
        if (load->company.users[i].state == USER_JOINING) {
            return false;
        }
    }
    return true;
}

void
load_join (load_t *load)
{
    load->company.aim = AIM_REST;
    for (size_t i = 0; i < load->company.user_count; i++) {
        dial (load, &load->company.users[i]);
        if (i % AT_ONCE == AT_ONCE - 1) {
            await (load, all_are_joined, "a part of the users are joined");
        }
    }
    await (load, all_are_joined, "all users are joined");
}

static void
search (load_t *load, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        load_user_search (&load->company.users[i]);
        line_flush (&load->company.users[i].line);
    }
}

static bool
searchers_are_paired (const load_t *load)
{
    return load->company.paired == load->searched;
}

void
load_pair (load_t *load)
{
    load->company.aim = AIM_REST;
    for (load->searched = 2; load->searched <= load->company.user_count;
         load->searched += 2) {
        load_user_t *user = &load->company.users[load->searched - 2];
        search (load, load->searched - 2, load->searched);
        await (load, searchers_are_paired, "two who search alone have met");
        assert_ptr_equal (user->partner, user + 1);
    }
}

void
load_talk (load_t *load, size_t window, uint64_t for_us)
{
    load->company.aim = AIM_TALK;
    load->company.window = window;
    for (size_t i = 0; i < load->company.user_count; i++) {
        load_user_fill (&load->company.users[i]);
        line_flush (&load->company.users[i].line);
    }
    carry (load, for_us);
    load->company.aim = AIM_REST;
}

void
load_mix (load_t *load, size_t on_way, uint64_t for_us)
{
    load->company.aim = AIM_MIX;
    for (size_t i = 0; i < on_way; i++) {
        load_user_draw (&load->company);
    }
    carry (load, for_us);
    load->company.aim = AIM_REST;
}

void
load_drip (load_t *load, double rate, uint64_t for_us)
{
    load->company.aim = AIM_REST;
    load->rate = rate;
    load->begun = 0;
    load->begin_us = now_us ();
    carry (load, for_us);
    load->rate = 0;
}

static bool
all_is_said (const load_t *load)
{
    for (size_t i = 0; i < load->company.user_count; i++) {
        const load_user_t *user = &load->company.users[i];
        if (user->sent != user->answered || user->heard != user->partner->sent) {
            return false;
        }
    }
    return true;
}

void
load_settle (load_t *load)
{
    await (load, all_is_said, "all messages have arrived and are answered");
}

void
load_step (load_t *load, size_t window, size_t times)
{
    load->company.aim = AIM_REST;
    for (size_t i = 0; i < times * load->company.user_count; i++) {
        load_user_t *user = &load->company.users[i % load->company.user_count];
        for (size_t j = 0; j < window; j++) {
            load_user_write (user, now_us ());
        }
        line_flush (&user->line);
        load_settle (load);
    }
}

void
load_match (load_t *load, uint64_t for_us)
{
    load->company.aim = AIM_MATCH;
    search (load, 0, load->company.user_count);
    carry (load, for_us);
    load->company.aim = AIM_REST;
}

void
load_churn (load_t *load, uint64_t for_us)
{
    load->company.aim = AIM_CHURN;
    for (size_t i = 0; i < load->company.user_count; i++) {
        dial (load, &load->company.users[i]);
    }
    carry (load, for_us);
    load->company.aim = AIM_REST;
    await (load, all_are_joined, "who comes is joined");
    load_leave (load);
}

static bool
all_are_out (const load_t *load)
{
    for (size_t i = 0; i < load->company.user_count; i++) {
        if (load->company.users[i].state != USER_OUT) {
            return false;
        }
    }
    return true;
}

void
load_leave (load_t *load)
{
    load->company.aim = AIM_REST;
    for (size_t i = 0; i < load->company.user_count; i++) {
        load_user_t *user = &load->company.users[i];
        if (user->state != USER_OUT && user->state != USER_GOING) {
            load_user_leave (user);
        }
    }
    await (load, all_are_out, "all users are out");
}

// --- What became of it ---

void
load_count (load_t *load)
{
    load->company.counts = (counts_t){0};
    load->company.wait_count = 0;
}

counts_t
load_counts (const load_t *load)
{
    return load->company.counts;
}

uint32_t *
load_waits (load_t *load, size_t *count)
{
    uint64_t all = load->company.wait_count;
    *count = all < WAITS_MOST ? (size_t) all : WAITS_MOST;
    return load->company.waits_us;
}
