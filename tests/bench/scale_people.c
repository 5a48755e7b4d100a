// scale_people.c -- a few people meet where nobody is, then a great many, then a few more; then the few
// and the many take turns to write, through one relay and through more.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/people.h"
#include "bench/scale.h"
#include "bench/stage.h"
#include "support/cmocka_all.h"
#include "support/service.h"

#define LOOK_US 1000   // Between two looks whether all have met.
#define WARM_US 200000 // Not measured, at the beginning of a turn.
#define GRAIN_S 0.01   // Of the clock of CPU.
#define ROWS_MOST 16

typedef enum {
    MATCHES_S,
    MEET_REDIS_US,    // CPU a match.
    MEET_MATCHERS_US, // The same.
    MEET_THIS_US,     // The same.
    MEETING_COLUMNS,
} meeting_column_t;

// People who have met.
typedef struct {
    size_t matchers;
    size_t users;
    size_t before; // Who were in chats already.
    double of[MEETING_COLUMNS];
} meeting_t;

// What users take, in bytes each.
typedef struct {
    size_t matchers;
    size_t users;
    double redis;
    double matcher; // All of them.
    double relay;   // The same, with what they have passed on.
} weight_t;

typedef enum {
    MESSAGES_S,
    MESSAGES_CPU_S, // Of relays and matchers.
    RELAYS_US,      // CPU a message.
    TALK_THIS_US,   // The same.
    REST_BUSY,      // Redis and the matchers, of one core, per cent.
    TALK_COLUMNS,
} talk_column_t;

// People who write.
typedef struct {
    size_t matchers;
    size_t writers;
    size_t held;   // Who are in chats.
    size_t relays; // That are used.
    size_t base;   // The row that it is compared with.
    double of[TALK_COLUMNS][ROUNDS_MOST];
    size_t rounds; // So far.
} talk_t;

// What has been used so far, and when; or between two moments.
typedef struct {
    cpu_t stage;
    double relays; // Seconds of CPU.
    double at_s;
} moment_t;

static stage_t *stage;
static service_t *relays[RELAYS_MOST];
static size_t relay_count;
static people_t *few; // Both only while they are there.
static people_t *many;
static meeting_t meetings[ROWS_MOST];
static size_t meeting_count;
static weight_t weights[ROWS_MOST];
static size_t weight_count;
static talk_t talks[ROWS_MOST];
static size_t talk_count;

// --- The relays ---

static void
start_relays (size_t count)
{
    uint16_t ports[RELAYS_MOST];
    for (size_t i = 0; i < count; i++) {
        uint16_t admin_port = free_port ();
        ports[i] = free_port ();
        relays[i] = service_start (
            RELAY_BINARY, (const char *[]){"BUS_PORT", number_text (ports[i]), "ADMIN_PORT",
                                           number_text (admin_port), NULL});
        relay_count = i + 1;
        wait_ready (admin_port, true);
    }
    gateways_dial_relays (stage_gateways (stage), ports, count);
}

static void
stop_relays (void)
{
    while (relay_count > 0) {
        service_stop (&relays[--relay_count]);
    }
}

static size_t
relay_bytes (void)
{
    size_t bytes = 0;
    for (size_t i = 0; i < relay_count; i++) {
        bytes += memory_bytes (service_pid (relays[i]));
    }
    return bytes;
}

static moment_t
look (void)
{
    moment_t moment = {.stage = stage_cpu (stage), .at_s = (double) now_us () / 1e6};
    for (size_t i = 0; i < relay_count; i++) {
        moment.relays += cpu_seconds (service_pid (relays[i]));
    }
    return moment;
}

static moment_t
since (const moment_t *before)
{
    moment_t now = look ();
    now.stage.redis -= before->stage.redis;
    now.stage.matchers -= before->stage.matchers;
    now.stage.load -= before->stage.load;
    now.relays -= before->relays;
    now.at_s -= before->at_s;
    return now;
}

// --- They meet ---

// Fails the test when nobody has met for so long that nobody will.
static void
await_chats (people_t *people, size_t chats)
{
    callers_t callers = people_callers (people);
    size_t last = people_chats (people);
    uint64_t end_ms = now_ms () + DEADLINE_MS;
    while (people_chats (people) < chats) {
        gateways_run (stage_gateways (stage), &callers, LOOK_US);
        if (people_chats (people) > last) {
            last = people_chats (people);
            end_ms = now_ms () + DEADLINE_MS;
        }
        if (now_ms () > end_ms) {
            fail_msg ("%zu chats are to be, and there are %zu", chats, last);
        }
    }
}

// Until all chats are on record, so that nobody puts work off until nobody looks.
static bool
is_on_record (people_t *people)
{
    callers_t callers = people_callers (people);
    gateways_run (stage_gateways (stage), &callers, LOOK_US);
    return stage_records (stage) == 0;
}

// So many of them have met in the end.
static void
meet (people_t *people, size_t count, size_t matchers, size_t elsewhere)
{
    size_t before = people_chats (people);
    size_t matches = count / 2 - before;
    assert_true (meeting_count < ROWS_MOST && matches > 0);
    meeting_t *meeting = &meetings[meeting_count++];
    *meeting = (meeting_t){matchers, matches * 2, before * 2 + elsewhere, {0}};
    moment_t start = look ();
    people_search (people, count);
    await_chats (people, count / 2);
    meeting->of[MATCHES_S] = (double) matches / since (&start).at_s;
    WAIT_FOR (is_on_record (people));
    moment_t used = since (&start);
    meeting->of[MEET_REDIS_US] = used.stage.redis * 1e6 / (double) matches;
    meeting->of[MEET_MATCHERS_US] = used.stage.matchers * 1e6 / (double) matches;
    meeting->of[MEET_THIS_US] = used.stage.load * 1e6 / (double) matches;
    fprintf (stderr, "  %zu have met, %.0f matches/s; searches said again so far: %zu\n",
             matches * 2, meeting->of[MATCHES_S], (size_t) people_repeats (people));
}

// --- They write ---

static size_t
plan_talk (size_t matchers, size_t writers, size_t held, size_t relays_used, size_t base)
{
    assert_true (talk_count < ROWS_MOST);
    talk_t *talk = &talks[talk_count];
    talk->matchers = matchers;
    talk->writers = writers;
    talk->held = held;
    talk->relays = relays_used;
    talk->base = base;
    return talk_count++;
}

static void
run_talk (talk_t *talk, people_t *people, double seconds)
{
    callers_t callers = people_callers (people);
    gateways_t *gateways = stage_gateways (stage);
    gateways_use_relays (gateways, talk->relays);
    people_talk (people, true);
    gateways_run (gateways, &callers, WARM_US);
    moment_t start = look ();
    uint64_t messages = people_messages (people);
    gateways_run (gateways, &callers, (uint64_t) (seconds * 1e6));
    double count = (double) (people_messages (people) - messages);
    moment_t used = since (&start);
    people_talk (people, false);
    gateways_settle (gateways, &callers);
    assert_true (count > 0);
    double served = used.relays + used.stage.matchers;
    size_t round = talk->rounds++;
    talk->of[MESSAGES_S][round] = count / used.at_s;
    talk->of[MESSAGES_CPU_S][round] = count / (served > GRAIN_S ? served : GRAIN_S);
    talk->of[RELAYS_US][round] = used.relays * 1e6 / count;
    talk->of[TALK_THIS_US][round] = used.stage.load * 1e6 / count;
    talk->of[REST_BUSY][round] = (used.stage.redis + used.stage.matchers) * 100 / used.at_s;
}

static void
run_talks (const scale_t *scale, size_t first)
{
    size_t count = talk_count - first;
    for (size_t round = 0; round < scale->rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            // Who goes first changes, too.
            talk_t *talk = &talks[first + (i + round) % count];
            run_talk (talk, talk->writers == scale->beside ? few : many, scale->seconds);
        }
    }
}

// --- One number of matchers ---

static double
each (size_t after, size_t before, size_t users)
{
    return ((double) after - (double) before) / (double) users;
}

static void
meet_and_weigh (const scale_t *scale, size_t matchers, people_t *people, size_t elsewhere,
                size_t count)
{
    size_t redis = stage_redis_bytes (stage);
    size_t matcher = stage_matcher_bytes (stage);
    if (count > scale->beside) {
        meet (people, count - scale->beside, matchers, elsewhere);
    }
    meet (people, count, matchers, elsewhere);
    assert_true (weight_count < ROWS_MOST);
    weights[weight_count++] =
        (weight_t){matchers, count, each (stage_redis_bytes (stage), redis, count),
                   each (stage_matcher_bytes (stage), matcher, count), 0};
}

static void
run_few (const scale_t *scale, size_t matchers)
{
    size_t first = talk_count;
    size_t relays_before = relay_bytes ();
    meet_and_weigh (scale, matchers, few, 0, scale->beside);
    for (size_t i = 1; i <= scale->relays; i++) {
        plan_talk (matchers, scale->beside, scale->beside, i, talk_count);
    }
    run_talks (scale, first);
    weights[weight_count - 1].relay = each (relay_bytes (), relays_before, scale->beside);
}

// The few are there, and in chats.
static void
run_many (const scale_t *scale, size_t matchers)
{
    size_t first = talk_count;
    size_t held = scale->users + scale->beside;
    size_t relays_before = relay_bytes ();
    meet_and_weigh (scale, matchers, many, scale->beside, scale->users);
    for (size_t i = 1; i <= scale->relays; i++) {
        size_t base = plan_talk (matchers, scale->beside, held, i, talk_count);
        plan_talk (matchers, scale->users, held, i, base);
    }
    run_talks (scale, first);
    weights[weight_count - 1].relay = each (relay_bytes (), relays_before, scale->users);
}

static void
run_with (const scale_t *scale, size_t matchers)
{
    fprintf (stderr, "bench_scale: %zu users, %zu matcher%s\n", scale->users, matchers,
             matchers > 1 ? "s" : "");
    // To empty a Redis of so many takes longer than to start another.
    stage = stage_open ();
    const ident_t *gateways = stage_gateway_ids (stage);
    stage_start_matchers (stage, matchers, (scale->users + scale->beside) / GATEWAYS, true);
    start_relays (scale->relays);
    few = people_new (scale->beside, gateways, GATEWAYS);
    many = people_new (scale->users, gateways, GATEWAYS);
    run_few (scale, matchers);
    run_many (scale, matchers);
    people_check (few);
    people_check (many);
    people_destroy (&few);
    people_destroy (&many);
    stop_relays ();
    stage_close (&stage);
}

// --- Tables ---

// clang-format off
static const char meeting_head[] =
    "\n"
    "| matchers | users meet | in chats | matches/s | matches a | of the | us of CPU a match       |\n"
    "|          |            | already  |           | CPU s     | first  | Redis | matchers | this |\n"
    "|---------:|-----------:|---------:|----------:|----------:|-------:|------:|---------:|-----:|";

static const char weight_head[] =
    "\n"
    "| matchers | users   | bytes a user: Redis | matchers | relays |\n"
    "|---------:|--------:|--------------------:|---------:|-------:|";

static const char talk_head[] =
    "\n"
    "| matchers | relays | users write | in chats | messages/s | messages a CPU s of | of few | us of CPU a    | Redis and |\n"
    "|          |        |             |          |            | relays and matchers |        | message: relays | this | matchers |\n"
    "|---------:|-------:|------------:|---------:|-----------:|--------------------:|-------:|------:|-----:|----------:|";
// clang-format on

static double
a_cpu_second (const meeting_t *meeting)
{
    double us = meeting->of[MEET_REDIS_US] + meeting->of[MEET_MATCHERS_US];
    return us > 0 ? 1e6 / us : 0;
}

static void
print_meetings (void)
{
    const meeting_t *first = meetings;
    puts (meeting_head);
    for (size_t i = 0; i < meeting_count; i++) {
        const meeting_t *meeting = &meetings[i];
        first = meeting->before == 0 ? meeting : first;
        double whole = a_cpu_second (first);
        printf ("| %8zu | %10zu | %8zu | %9.0f | %9.0f | %6.2f | %5.0f | %8.0f | %4.0f |\n",
                meeting->matchers, meeting->users, meeting->before, meeting->of[MATCHES_S],
                a_cpu_second (meeting), whole > 0 ? a_cpu_second (meeting) / whole : 0,
                meeting->of[MEET_REDIS_US], meeting->of[MEET_MATCHERS_US],
                meeting->of[MEET_THIS_US]);
    }
}

static void
print_weights (void)
{
    puts (weight_head);
    for (size_t i = 0; i < weight_count; i++) {
        const weight_t *weight = &weights[i];
        printf ("| %8zu | %7zu | %19.0f | %8.1f | %6.1f |\n", weight->matchers,
                weight->users, weight->redis, weight->matcher, weight->relay);
    }
}

// Of what the row cost that took turns with it.
static double
compared (const talk_t *talk)
{
    double ratios[ROUNDS_MOST];
    const talk_t *base = &talks[talk->base];
    for (size_t i = 0; i < talk->rounds; i++) {
        ratios[i] = talk->of[MESSAGES_CPU_S][i] / base->of[MESSAGES_CPU_S][i];
    }
    return median_of (ratios, talk->rounds);
}

static void
print_talks (void)
{
    puts (talk_head);
    for (size_t i = 0; i < talk_count; i++) {
        const talk_t *talk = &talks[i];
        double of[TALK_COLUMNS];
        for (size_t j = 0; j < TALK_COLUMNS; j++) {
            of[j] = median_of (talk->of[j], talk->rounds);
        }
        printf ("| %8zu | %6zu | %11zu | %8zu | %10.0f | %19.0f | %6.2f | %5.1f | %4.1f | "
                "%8.1f%% |\n",
                talk->matchers, talk->relays, talk->writers, talk->held, of[MESSAGES_S],
                of[MESSAGES_CPU_S], compared (talk), of[RELAYS_US], of[TALK_THIS_US],
                of[REST_BUSY]);
    }
}

static void
run_and_print (const scale_t *scale, size_t matchers)
{
    meeting_count = weight_count = talk_count = 0;
    memset (talks, 0, sizeof talks);
    run_with (scale, matchers);
    print_meetings ();
    print_weights ();
    print_talks ();
    fflush (stdout); // Else each process that is started says it, too.
}

void
scale_people (const scale_t *scale)
{
    printf ("\nUsers at %d simulated gateways; messages: medians of %zu turns of %.3g s\n",
            GATEWAYS, scale->rounds, scale->seconds);
    fflush (stdout);
    for (size_t i = 1; i < scale->matchers; i *= 2) {
        run_and_print (scale, i);
    }
    run_and_print (scale, scale->matchers);
}

void
scale_people_end (void)
{
    people_destroy (&few);
    people_destroy (&many);
    stop_relays ();
    stage_close (&stage);
}
