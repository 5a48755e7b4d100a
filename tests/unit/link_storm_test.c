// link_storm_test.c -- each message once and in order, however bad the network is, and wherever its
// two ends are moved.
//
// In three quarters of the storms gateways die: an end comes back elsewhere, and knows what its browser
// knows. Here are the browsers, which judge what they read, and death.
//
// With a seed as its argument it runs the storm of that seed alone.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "unit/link_storm.h"

#define SEEDS 10000
#define STEPS_MOST 40000 // By then a storm has long ended, or is stuck.

// --- The browser ---

// A message that was confirmed is lost with the machine of its writer's gateway, which kept it, and
// with that of its reader's, which had not brought it yet. Nothing else is.
static bool
may_be_lost (const end_t *reader, uint64_t content)
{
    const end_t *writer = end_partner (reader);
    bool died_here = reader->arrived_at[content] > 0
                  && reader->died_at >= reader->arrived_at[content];
    bool died_there = writer->died_at >= writer->answered_at[content]
                   || (writer->unkept[content]
                       && writer->answered_by[content] == reader->arrived_to[content]);
    return storm.kind == MACHINES_DIE && writer->answered_at[content] > 0 && died_here
        && died_there;
}

static void
check_lost (end_t *reader, uint64_t before)
{
    for (uint64_t content = reader->read + 1; content < before; content++) {
        if (!may_be_lost (reader, content)) {
            storm.wrong = "out of order, or lost";
        }
        reader->lost[content] = true;
    }
}

// What was lost and is said again may be answered after what came behind it.
static void
note_answer (end_t *end, uint64_t content)
{
    if (end->has_answer[content]) {
        storm.wrong = "answered twice";
    }
    end->has_answer[content] = true;
    while (end->has_answer[end->answered + 1]) {
        end->answered++;
    }
    if (storm.kind != MACHINES_DIE && content != end->answered) {
        storm.wrong = "answered out of order";
    }
}

static void
read_first (end_t *end)
{
    item_t item = end->pipe[0];
    memmove (end->pipe, end->pipe + 1, --end->piped * sizeof item);
    end->pipe_out--;
    if (item.kind == ANSWER) {
        note_answer (end, item.content);
        return;
    }
    end->last = item;
    if (item.kind == TEXT && item.content > end->read) {
        check_lost (end, item.content);
        end->read = item.content;
    }
    else if (item.kind == TEXT) {
        if (!end->lost[item.content]) {
            storm.wrong = "shown twice";
        }
        end->lost[item.content] = false; // Its writer has said it again, not having the answer.
    }
}

// The one with that content is written, or again. False if it is refused.
static bool
write_content (end_t *end, uint64_t content)
{
    char text[32];
    int bytes = snprintf (text, sizeof text, "text %" PRIu64, content);
    word_t word = {text, (size_t) bytes};
    sending_t known;
    if (link_find (end->link, (word_t){"id", 2}, word, content, &known) == LINK_CONFIRMED) {
        end_answer (end, content, false);
        return true;
    }
    bool full = link_is_full (end->link);
    const sending_t *sending = link_take (end->link, 1000, content, (word_t){"id", 2}, word);
    if (full != (sending == NULL)) {
        storm.wrong = "refused although the window is open";
    }
    if (sending != NULL && link_is_agreed (end->link)) {
        end_send (end, sending);
    }
    return sending != NULL;
}

static void
browse (end_t *end)
{
    bool reads = storm_one_in (storm.sloth);
    while (reads && end->pipe_out > 0 && !storm_one_in (3)) {
        read_first (end);
    }
    if (storm.step < end->speaks_at || !storm_one_in (storm.pace)) {
        return;
    }
    if (end->again <= end->written) {
        end->again += end->has_answer[end->again] || write_content (end, end->again);
    }
    else if (end->written < storm.wanted
             && end->written - end->answered < storm.unanswered_most
             && write_content (end, end->written + 1)) {
        end->again = ++end->written + 1;
    }
}

// --- Death, and coming back ---

static void
die (end_t *end)
{
    while (storm.kind == PROCESSES_DIE && end->pipe_out > 0) {
        read_first (end);
    }
    end->piped = end->pipe_out = 0;
    link_destroy (&end->link);
    end->died_at = storm.step;
    end->back_at = storm.step + 1 + dice_throw (&storm.dice, 100);
    storm.ends[0].debt = storm.ends[0].written;
    storm.ends[1].debt = storm.ends[1].written;
    storm.died_last = end_index (end);
}

// What was on its way at the last death is brought and answered.
static bool
is_mended (void)
{
    bool mended = true;
    for (unsigned i = 0; i < 2; i++) {
        const end_t *end = &storm.ends[i];
        mended = mended && end->link != NULL && link_is_agreed (end->link)
              && end->answered >= end->debt && end_partner (end)->read >= end->debt;
    }
    return mended;
}

static void
strike (void)
{
    end_t *end = &storm.ends[dice_throw (&storm.dice, 2)];
    if (storm.deaths == 0 || !storm_one_in (storm.peace) || end->link == NULL) {
        return;
    }
    if (storm.kind == ONE_BY_ONE && end_index (end) != storm.died_last && !is_mended ()) {
        return;
    }
    storm.deaths--;
    die (end);
    if (storm.kind != ONE_BY_ONE && end_partner (end)->link != NULL && storm_one_in (2)) {
        die (end_partner (end));
    }
}

static void
come_back (end_t *end)
{
    const item_t *last = &end->last;
    end->link = link_resume (last->number, last->prints, last->print_count);
    end->gateway = ++storm.gateways;
    end->partner_gateway = end_partner (end)->gateway;
    end->partner_turn = 0;
    end->out = end->seen = last->number;
    end->again = end->answered + 1;
    end->speaks_at = storm.step + dice_throw (&storm.dice, 200);
    end_tell_moved (end);
}

// --- The storm ---

static bool
is_over (void)
{
    bool over = storm.deaths == 0;
    for (unsigned i = 0; i < 2 && over; i++) {
        const end_t *end = &storm.ends[i];
        over = end->link != NULL && link_is_agreed (end->link) && end->answered == storm.wanted
            && link_unconfirmed (end->link) == 0 && end->piped == 0
            && (end->read == storm.wanted || storm.kind == MACHINES_DIE);
    }
    return over;
}

static void
pass_step (void)
{
    strike ();
    for (unsigned i = 0; i < 2; i++) {
        end_t *end = &storm.ends[i];
        if (end->link == NULL && end->back_at <= storm.step) {
            come_back (end);
        }
        if (end->link != NULL) {
            browse (end);
            end_tend (end);
        }
    }
    storm_bring_due ();
}

static void
begin (uint64_t seed)
{
    memset (storm.ends, 0, sizeof storm.ends);
    storm.step = storm.count = storm.gateways = 0;
    storm.died_last = 0;
    storm.wrong = NULL;
    storm.dice = dice_from (seed);
    storm.kind = (storm_kind_t) (seed % KINDS);
    storm.loss = dice_throw (&storm.dice, 60);
    storm.doubles = dice_throw (&storm.dice, 50);
    storm.delay = 1 + dice_throw (&storm.dice, 30);
    storm.wanted = dice_throw (&storm.dice, seed / KINDS % 20 == 0 ? CONTENTS_MOST : 30);
    storm.pace = 1 + dice_throw (&storm.dice, 10);
    storm.sloth = 1 + dice_throw (&storm.dice, 30);
    storm.peace = 10 + dice_throw (&storm.dice, 100);
    storm.deaths = storm.kind == ALL_LIVE ? 0 : dice_throw (&storm.dice, 8);
    storm.unanswered_most = storm.kind == PROCESSES_DIE || storm.kind == MACHINES_DIE
                          ? OFFSET_FINGERPRINTS : LINK_WINDOW;
    for (unsigned i = 0; i < 2; i++) {
        storm.ends[i].link = link_new ();
        storm.ends[i].gateway = ++storm.gateways;
        storm.ends[i].again = 1;
    }
    storm.ends[0].partner_gateway = storm.ends[1].gateway;
    storm.ends[1].partner_gateway = storm.ends[0].gateway;
}

// What went wrong in the storm of that seed, or NULL.
static const char *
rage (uint64_t seed)
{
    begin (seed);
    while (storm.wrong == NULL && !is_over ()) {
        if (++storm.step > STEPS_MOST) {
            storm.wrong = "stuck";
        }
        pass_step ();
    }
    for (unsigned i = 0; i < 2; i++) {
        if (storm.wrong == NULL) {
            check_lost (&storm.ends[i], storm.wanted + 1);
        }
        link_destroy (&storm.ends[i].link);
    }
    return storm.wrong;
}

static uint64_t first_seed = 1;
static uint64_t last_seed = SEEDS;

static void
test_in_every_storm_all_arrive_once_and_in_order (void **state)
{
    (void) state;
    for (uint64_t seed = first_seed; seed <= last_seed; seed++) {
        const char *wrong = rage (seed);
        if (wrong != NULL) {
            fail_msg ("seed %" PRIu64 ", step %" PRIu64 ": %s", seed, storm.step, wrong);
        }
    }
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_in_every_storm_all_arrive_once_and_in_order),
    };
    if (argc > 1) {
        first_seed = last_seed = strtoull (argv[1], NULL, 10);
    }
    return cmocka_run_group_tests (tests, NULL, NULL);
}
