// link_storm_test.c -- each message once and in order, however bad the network is, and wherever its
// two ends are moved.
//
// Two links, each in a gateway that has a browser, and a network between them that loses, doubles,
// delays and reorders. In three quarters of the storms gateways die: an end comes back elsewhere, and
// knows what its browser knows. The ends say to each other what chat.c says.
//
// With a seed as its argument it runs the storm of that seed alone.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/link.h"
#include "gateway/offset.h"
#include "support/cmocka_all.h"
#include "unit/dice.h"

#define SEEDS 10000
#define CONTENTS_MOST 200 // Messages that each of the two writes.
#define PACKETS_MOST 4096
#define PIPE_MOST 2048
#define RESEND_EVERY 16
#define PROBE_EVERY 128
#define STEPS_MOST 40000 // By then a storm has long ended, or is stuck.

typedef enum {
    ALL_LIVE,
    ONE_BY_ONE,     // Machines die, the second one after the harm of the first is mended.
    PROCESSES_DIE,  // At any time, both at once too; what was written still reaches the browser.
    MACHINES_DIE,   // At any time, both at once too.
    KINDS
} storm_kind_t;

// What a gateway has for its browser.
typedef struct {
    enum { TEXT, ANSWER, NOTICE } kind;
    uint64_t content; // Of the text, or of what is answered.
    uint64_t number;  // The offset: all up to this one have arrived, and
    uint32_t prints[OFFSET_FINGERPRINTS]; // what of it is said again is known by these.
    size_t print_count;
} item_t;

// One of the two: its browser, and its half of the link, wherever that is.
typedef struct {
    // At its gateway:
    link_t *link;         // NULL: that has died.
    uint64_t gateway;     // Which one; each is used once.
    uint64_t partner_gateway;
    uint64_t partner_turn;
    uint64_t out;         // All up to this number are written to the browser.
    uint64_t seen;        // All up to this number have been read, as the browser's pong has said.
    item_t pipe[PIPE_MOST];
    size_t piped;
    size_t pipe_out;      // So many of those are written.
    // At its browser:
    uint64_t read;        // The last content that it has read.
    item_t last;          // What it has read last with an offset.
    uint64_t written;     // The last content that it has written,
    uint64_t answered;    // up to which it has all answers,
    uint64_t again;       // and which it sends again next, as its gateway has died.
    bool has_answer[CONTENTS_MOST + 2];
    uint64_t back_at;     // When it comes back,
    uint64_t speaks_at;   // and when it may write there.
    // What is checked:
    uint64_t died_at;
    uint64_t debt;        // What it had written when one of the two died last.
    uint64_t out_content; // The last content that was ever written to its browser.
    uint64_t arrived_at[CONTENTS_MOST + 1];  // When a content of the other came here,
    uint64_t arrived_to[CONTENTS_MOST + 1];  // and to which gateway.
    uint64_t answered_at[CONTENTS_MOST + 1]; // When one of its own was confirmed first,
    uint64_t answered_by[CONTENTS_MOST + 1]; // by which gateway as far as this one knew,
    bool unkept[CONTENTS_MOST + 1];          // and whether it was not even taken here.
    bool lost[CONTENTS_MOST + 1];            // Passed over, and may come late.
} end_t;

typedef struct {
    uint64_t due; // At which step it arrives.
    unsigned to;
    uint64_t to_gateway;
    uint64_t from_gateway;
    enum { MESSAGE, RECEIPT, MOVED, STANDS } kind;
    uint64_t number;
    uint64_t content; // MESSAGE.
    uint64_t seen;    // RECEIPT.
    uint64_t turn;    // MOVED.
    uint64_t first;   // STANDS.
    uint32_t heard[LINK_WINDOW]; // MOVED and STANDS.
    size_t heard_count;
} packet_t;

static struct {
    dice_t dice;
    storm_kind_t kind;
    uint64_t step;
    uint64_t loss, doubles, delay; // The first two of 100 packets; steps at most.
    uint64_t wanted;               // Contents that each of the two will write.
    uint64_t unanswered_most;      // Contents that a browser has no answer for.
    uint64_t pace;                 // A browser writes in one of so many steps,
    uint64_t sloth;                // reads in one of so many,
    uint64_t peace;                // and somebody dies in one of so many.
    uint64_t deaths;               // How many are still to come.
    uint64_t gateways;             // How many there were.
    unsigned died_last;            // Which of the two.
    end_t ends[2];
    packet_t packets[PACKETS_MOST];
    size_t count;
    const char *wrong; // What went wrong, or NULL.
} storm;

static bool
one_in (uint64_t sides)
{
    return dice_throw (&storm.dice, sides) == 0;
}

static unsigned
index_of (const end_t *end)
{
    return end != storm.ends;
}

static end_t *
partner_of (const end_t *end)
{
    return &storm.ends[1 - index_of (end)];
}

// --- The network ---

static void
post (const end_t *from, packet_t packet)
{
    packet.to = 1 - index_of (from);
    packet.to_gateway = from->partner_gateway;
    packet.from_gateway = from->gateway;
    uint64_t copies = dice_throw (&storm.dice, 100) < storm.doubles ? 2 : 1;
    for (uint64_t i = 0; i < copies; i++) {
        packet.due = storm.step + 1 + dice_throw (&storm.dice, storm.delay);
        if (dice_throw (&storm.dice, 100) >= storm.loss && storm.count < PACKETS_MOST) {
            storm.packets[storm.count++] = packet;
        }
    }
}

static void
post_sending (const end_t *from, const sending_t *sending)
{
    char text[32] = "";
    memcpy (text, sending->text.text, sending->text.bytes);
    post (from, (packet_t){.kind = MESSAGE, .number = sending->number,
                           .content = strtoull (text + strlen ("text "), NULL, 10)});
}

static void
confirm (const end_t *end)
{
    post (end, (packet_t){.kind = RECEIPT, .number = end->out, .seen = end->seen});
}

static void
send_again (const end_t *end)
{
    for (size_t i = 0; link_is_agreed (end->link) && i < link_unconfirmed (end->link); i++) {
        post_sending (end, link_sending (end->link, i));
    }
}

// What is not written yet is not heard: it may be lost with this gateway.
static void
post_heard (const end_t *end, packet_t packet)
{
    size_t count = link_fingerprints (end->link, packet.heard, LINK_WINDOW);
    size_t unwritten = (size_t) (link_arrived (end->link) - end->out);
    packet.heard_count = count > unwritten ? count - unwritten : 0;
    memmove (packet.heard, packet.heard + count - packet.heard_count,
             packet.heard_count * sizeof *packet.heard);
    post (end, packet);
}

static void
tell_moved (const end_t *end)
{
    post_heard (end, (packet_t){.kind = MOVED, .number = link_arrived (end->link),
                                .turn = end->gateway});
}

// --- The gateway ---

static void
emit (end_t *end, int kind, uint64_t content)
{
    must (end->piped < PIPE_MOST);
    item_t *item = &end->pipe[end->piped++];
    *item = (item_t){.kind = kind, .content = content, .number = link_arrived (end->link)};
    item->print_count = link_fingerprints (end->link, item->prints, OFFSET_FINGERPRINTS);
}

static void
hear_message (end_t *end, const packet_t *packet)
{
    char text[32];
    int bytes = snprintf (text, sizeof text, "text %" PRIu64, packet->content);
    switch (link_arrive (end->link, packet->number, (word_t){"id", 2},
                         (word_t){text, (size_t) bytes})) {
        case LINK_NEXT:
            emit (end, TEXT, packet->content);
            end->arrived_at[packet->content] = storm.step;
            end->arrived_to[packet->content] = end->gateway;
            break;
        case LINK_KNOWN:
            if (end->out + 1 == packet->number) {
                end->out = packet->number;
            }
            confirm (end);
            break;
        case LINK_DOUBLE:
        case LINK_AHEAD:
            confirm (end);
            break;
    }
}

static void
answer (end_t *end, uint64_t content, bool kept)
{
    if (content > partner_of (end)->out_content) {
        storm.wrong = "confirmed what was not brought";
    }
    if (end->answered_at[content] == 0) {
        end->answered_at[content] = storm.step;
        end->answered_by[content] = end->partner_gateway;
        end->unkept[content] = !kept;
    }
    emit (end, ANSWER, content);
}

// The oldest `count` on their way have arrived.
static void
deliver (end_t *end, size_t count, bool kept)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t content = link_sending (end->link, i)->ack;
        if (content != LINK_NO_ACK) {
            answer (end, content, kept);
        }
    }
    link_pass (end->link, count);
}

static void
agree (end_t *end, const packet_t *packet)
{
    deliver (end, link_confirm (end->link, packet->number), true);
    if (!link_is_agreed (end->link)) {
        deliver (end, link_heard_there (end->link, packet->number, packet->heard,
                                        packet->heard_count), false);
    }
    link_agree (end->link, packet->number);
}

static void
hear_moved (end_t *end, const packet_t *packet)
{
    if (packet->turn < end->partner_turn) {
        return;
    }
    bool again = packet->turn == end->partner_turn;
    end->partner_turn = packet->turn;
    end->partner_gateway = packet->from_gateway;
    if (!again || !link_is_agreed (end->link)) {
        agree (end, packet);
    }
    post_heard (end, (packet_t){.kind = STANDS, .number = link_arrived (end->link),
                                .first = link_first (end->link)});
    send_again (end);
}

static void
hear_stands (end_t *end, const packet_t *packet)
{
    if (!link_is_agreed (end->link)) {
        agree (end, packet);
        link_skip (end->link, packet->first);
        send_again (end);
    }
}

// What is for a gateway that has died, or from one where the partner is no more, is passed over.
static void
hear (const packet_t *packet)
{
    end_t *end = &storm.ends[packet->to];
    bool from_partner = packet->from_gateway == end->partner_gateway;
    if (end->link == NULL || end->gateway != packet->to_gateway) {
        return;
    }
    if (packet->kind == MOVED) {
        hear_moved (end, packet);
    }
    else if (packet->kind == MESSAGE && from_partner) {
        hear_message (end, packet);
    }
    else if (packet->kind == STANDS && from_partner) {
        hear_stands (end, packet);
    }
    else if (from_partner) {
        deliver (end, link_confirm (end->link, packet->number), true);
        link_forget (end->link, packet->seen);
    }
}

static void
hear_due (void)
{
    for (size_t i = 0; i < storm.count;) {
        if (storm.packets[i].due <= storm.step) {
            packet_t packet = storm.packets[i];
            storm.packets[i] = storm.packets[--storm.count];
            hear (&packet);
        }
        else {
            i++;
        }
    }
}

// All that the browser was sent is out.
static void
note_written (end_t *end)
{
    for (; end->pipe_out < end->piped; end->pipe_out++) {
        const item_t *item = &end->pipe[end->pipe_out];
        if (item->kind == TEXT && item->content > end->out_content) {
            end->out_content = item->content;
        }
    }
    if (end->out < link_arrived (end->link)) {
        end->out = link_arrived (end->link);
        confirm (end);
    }
}

static void
tend (end_t *end)
{
    if (one_in (4)) {
        note_written (end);
    }
    if (one_in (30)) {
        end->seen = end->last.number; // A pong, late.
    }
    if (one_in (40)) {
        emit (end, NOTICE, 0);
    }
    if (storm.step % RESEND_EVERY == 0) {
        link_is_agreed (end->link) ? send_again (end) : tell_moved (end);
    }
    if (storm.step % PROBE_EVERY == 0) {
        confirm (end);
    }
}

// --- The browser ---

// A message that was confirmed is lost with the machine of its writer's gateway, which kept it, and
// with that of its reader's, which had not brought it yet. Nothing else is.
static bool
may_be_lost (const end_t *reader, uint64_t content)
{
    const end_t *writer = partner_of (reader);
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
        answer (end, content, false);
        return true;
    }
    bool full = link_is_full (end->link);
    const sending_t *sending = link_take (end->link, 1000, content, (word_t){"id", 2}, word);
    if (full != (sending == NULL)) {
        storm.wrong = "refused although the window is open";
    }
    if (sending != NULL && link_is_agreed (end->link)) {
        post_sending (end, sending);
    }
    return sending != NULL;
}

static void
browse (end_t *end)
{
    bool reads = one_in (storm.sloth);
    while (reads && end->pipe_out > 0 && !one_in (3)) {
        read_first (end);
    }
    if (storm.step < end->speaks_at || !one_in (storm.pace)) {
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
    storm.died_last = index_of (end);
}

// What was on its way at the last death is brought and answered.
static bool
is_mended (void)
{
    bool mended = true;
    for (unsigned i = 0; i < 2; i++) {
        const end_t *end = &storm.ends[i];
        mended = mended && end->link != NULL && link_is_agreed (end->link)
              && end->answered >= end->debt && partner_of (end)->read >= end->debt;
    }
    return mended;
}

static void
strike (void)
{
    end_t *end = &storm.ends[dice_throw (&storm.dice, 2)];
    if (storm.deaths == 0 || !one_in (storm.peace) || end->link == NULL) {
        return;
    }
    if (storm.kind == ONE_BY_ONE && index_of (end) != storm.died_last && !is_mended ()) {
        return;
    }
    storm.deaths--;
    die (end);
    if (storm.kind != ONE_BY_ONE && partner_of (end)->link != NULL && one_in (2)) {
        die (partner_of (end));
    }
}

static void
come_back (end_t *end)
{
    const item_t *last = &end->last;
    end->link = link_resume (last->number, last->prints, last->print_count);
    end->gateway = ++storm.gateways;
    end->partner_gateway = partner_of (end)->gateway;
    end->partner_turn = 0;
    end->out = end->seen = last->number;
    end->again = end->answered + 1;
    end->speaks_at = storm.step + dice_throw (&storm.dice, 200);
    tell_moved (end);
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
            tend (end);
        }
    }
    hear_due ();
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
