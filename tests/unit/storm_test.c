// storm_test.c -- two users chat over a network that loses, doubles, delays and reorders.
//
// In a third of the storms somebody leaves in the middle, in another third both are cut off and
// come back again and again. Whatever happens: what one writes the other is shown once, in order
// and without a gap, and whoever is told "delivered" was not lied to.
//
// With a seed as its argument it runs the storm of that seed alone.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/json_door.h"
#include "gateway/user.h"
#include "support/cmocka_all.h"
#include "unit/dice.h"

#define SEEDS 1500
#define MESSAGES_MOST 100
#define PACKETS_MOST 4096
#define STEP_MS 10
#define STEPS_MOST 60000 // Ten minutes: by then a storm has long ended, or is stuck.

typedef enum { CALM, SOMEBODY_LEAVES, BOTH_COME_AND_GO, KINDS } storm_kind_t;

// What one of the two has done and seen.
typedef struct {
    users_t users;
    user_t *user;
    unsigned wanted;  // Messages to write.
    unsigned written;
    unsigned shown;   // Messages of the other that the browser was shown.
    unsigned answers[MESSAGES_MOST + 1]; // How often each message was answered,
    bool delivered[MESSAGES_MOST + 1];   // and how at last.
    unsigned left;    // How often it was told that the partner left.
} party_t;

typedef struct {
    uint64_t due; // At which step it arrives.
    unsigned to;
    wire_t wire;
    char words[64]; // Its words' bytes.
} packet_t;

static struct {
    dice_t dice;
    storm_kind_t kind;
    uint64_t step;
    uint64_t loss, doubles, delay;
    agenda_t *agenda;
    party_t sides[2];
    packet_t packets[PACKETS_MOST];
    size_t count;
    const char *wrong;
} storm;

static const ident_t the_chat = {{'c', 1}};

static unsigned
number_in (const char *text)
{
    return (unsigned) strtoul (text + 1, NULL, 10);
}

// --- What the users speak through ---

static const char *
text_of (const value_t *value, const char *name)
{
    size_t bytes;
    const char *text = value_text (value_member (value, name), &bytes);
    return text != NULL ? text : "";
}

static void
emit (void *self, user_t *user, const char *event, const char *json, size_t bytes)
{
    party_t *side = self;
    char whole[1024];
    (void) user;
    int size = snprintf (whole, sizeof whole, "[%.*s]", (int) bytes, json);
    value_t *arguments = value_read (whole, (size_t) size);
    if (strcmp (event, "message") == 0
        && number_in (text_of (value_item (arguments, 0), "text")) != ++side->shown) {
        storm.wrong = "shown out of order, twice, or with a gap";
    }
    side->left += strcmp (event, "partner_left") == 0;
    value_free (&arguments);
}

static void
answer (void *self, user_t *user, uint64_t ack, const char *json, size_t bytes)
{
    party_t *side = self;
    (void) user;
    if (ack <= MESSAGES_MOST) {
        value_t *value = value_read (json, bytes);
        side->answers[ack]++;
        side->delivered[ack] = value_member (value, "error") == NULL;
        if (side->delivered[ack] && storm.sides[side == storm.sides].shown < ack) {
            storm.wrong = "delivered, but not shown";
        }
        value_free (&value);
    }
}

static bool
ask (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    (void) self, (void) user, (void) wire, (void) attempt;
    return true;
}

static bool
tell (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    unsigned to = self == storm.sides;
    (void) user, (void) attempt;
    for (uint64_t i = dice_throw (&storm.dice, 100) < storm.doubles ? 2 : 1; i > 0; i--) {
        if (dice_throw (&storm.dice, 100) < storm.loss || storm.count == PACKETS_MOST) {
            continue;
        }
        packet_t *packet = &storm.packets[storm.count++];
        packet->due = storm.step + 1 + dice_throw (&storm.dice, storm.delay);
        packet->to = to;
        packet->wire = *wire;
        if (wire->kind == WIRE_MESSAGE) {
            const word_t *text = &wire->as.message.text;
            must (text->bytes < sizeof packet->words);
            memcpy (packet->words, text->text, text->bytes);
        }
    }
    return true;
}

static void
done (void *self, user_t *user)
{
    (void) user;
    user_destroy (&((party_t *) self)->user);
}

static const users_port_t port = {emit, answer, ask, tell, done};

// --- The network, and what a gateway does with what arrives ---

static user_event_t
event_of (wire_kind_t kind)
{
    switch (kind) {
        case WIRE_MESSAGE: return USER_HEARD;
        case WIRE_RECEIPT: return USER_RECEIPTED;
        case WIRE_AWAY: return USER_PARTNER_AWAY;
        case WIRE_BACK: return USER_PARTNER_BACK;
        default: return USER_PARTNER_GONE;
    }
}

static void
deliver (packet_t *packet)
{
    party_t *side = &storm.sides[packet->to];
    if (packet->wire.kind == WIRE_MESSAGE) {
        packet->wire.as.message.text.text = packet->words;
        packet->wire.as.message.id = (word_t){packet->words, 1};
    }
    if (side->user != NULL && user_is_in (side->user, &the_chat)) {
        user_step (side->user, event_of (packet->wire.kind), &packet->wire);
    }
}

static void
deliver_due (void)
{
    for (size_t i = 0; i < storm.count;) {
        if (storm.packets[i].due <= storm.step) {
            packet_t packet = storm.packets[i];
            storm.packets[i] = storm.packets[--storm.count];
            deliver (&packet);
        }
        else {
            i++;
        }
    }
}

// --- What the people do ---

static void
write_number (party_t *side, unsigned number)
{
    char text[32];
    int bytes = snprintf (text, sizeof text, "m%u", number);
    word_t word = {text, (size_t) bytes};
    request_t request = {.ack = number, .id = word, .text = word}; // Its name is its text.
    user_step (side->user, USER_WROTE, &request);
}

static void
be_cut_off (party_t *side)
{
    side->user->socket = NULL;
    user_step (side->user, USER_CUT_OFF, NULL);
}

// Comes back, and writes again what has not been answered, as the page does.
static void
come_back (party_t *side)
{
    side->user->socket = side;
    user_step (side->user, USER_RETURNED, NULL);
    for (unsigned number = 1; number <= side->written; number++) {
        if (side->answers[number] == 0) {
            write_number (side, number);
        }
    }
}

static void
act (party_t *side)
{
    bool chats = side->user != NULL && side->user->state == USER_CHATTING;
    if (chats && side->user->socket != NULL && side->written < side->wanted
        && dice_throw (&storm.dice, 10) == 0
        && link_unconfirmed (side->user->chat->link) < LINK_WINDOW) {
        write_number (side, ++side->written);
    }
    if (storm.kind == BOTH_COME_AND_GO && chats && dice_throw (&storm.dice, 100) == 0) {
        side->user->socket != NULL ? be_cut_off (side) : come_back (side);
    }
}

static void
leave (void)
{
    request_t request = {.ack = USER_NO_ACK};
    user_step (storm.sides[0].user, USER_SKIPPED, &request);
}

// Whoever the partner has left learns of it from the matcher in the end, if GONE was lost.
static void
tell_ended (party_t *side)
{
    wire_t ended = {WIRE_ENDED, .as.ended = {side->user->id, the_chat, REASON_SKIPPED}};
    if (user_is_in (side->user, &the_chat)) {
        user_step (side->user, USER_PARTNER_GONE, &ended);
    }
}

// --- The storm ---

static void
meet (void)
{
    for (unsigned i = 0; i < 2; i++) {
        party_t *side = &storm.sides[i];
        side->users = (users_t){.port = &port, .self = side, .agenda = storm.agenda,
                                .gateway = {{'g', (uint8_t) i}}, .now_ms = 1, .wall_ms = 1,
                                .recovery_ms = 100000000};
        side->user = user_new (&side->users, side);
        side->wanted = (unsigned) dice_throw (&storm.dice, 40);
    }
    for (unsigned i = 0; i < 2; i++) {
        party_t *side = &storm.sides[i];
        const party_t *other = &storm.sides[1 - i];
        request_t request = {.ack = USER_NO_ACK};
        wire_t matched = {WIRE_MATCHED, .as.matched = {side->user->id, 1, the_chat,
                                                       other->user->id, other->users.gateway}};
        user_step (side->user, USER_SEARCHED, &request);
        user_step (side->user, USER_MATCHED, &matched);
    }
}

static bool
is_over (void)
{
    const party_t *a = &storm.sides[0];
    const party_t *b = &storm.sides[1];
    return a->shown == b->wanted && b->shown == a->wanted
        && link_unconfirmed (a->user->chat->link) == 0
        && link_unconfirmed (b->user->chat->link) == 0;
}

static void
pass_step (void)
{
    storm.step++;
    for (unsigned i = 0; i < 2; i++) {
        storm.sides[i].users.now_ms = 1 + storm.step * STEP_MS;
        storm.sides[i].users.wall_ms = 1 + storm.step * STEP_MS;
    }
    agenda_tick (storm.agenda, 1 + storm.step * STEP_MS);
    deliver_due ();
    act (&storm.sides[0]);
    act (&storm.sides[1]);
}

// Until all has arrived; or until somebody leaves, and all that was said after that has arrived.
static void
rage_on (void)
{
    uint64_t end = storm.kind == SOMEBODY_LEAVES ? dice_throw (&storm.dice, 600) : STEPS_MOST;
    while (storm.wrong == NULL && storm.step < end
           && (storm.kind == SOMEBODY_LEAVES || !is_over ())) {
        pass_step ();
    }
    if (storm.step == STEPS_MOST) {
        storm.wrong = "stuck";
    }
    if (storm.kind == SOMEBODY_LEAVES) {
        leave ();
        for (uint64_t i = 0; i <= storm.delay; i++) {
            pass_step ();
        }
        tell_ended (&storm.sides[1]);
    }
}

// Afterwards everybody knows what became of each message.
static void
check_answers (void)
{
    for (unsigned i = 0; i < 2 && storm.wrong == NULL && storm.kind != BOTH_COME_AND_GO; i++) {
        const party_t *side = &storm.sides[i];
        for (unsigned number = 1; number <= side->written; number++) {
            if (side->answers[number] != 1) {
                storm.wrong = "not answered once";
            }
            if (storm.kind == CALM && !side->delivered[number]) {
                storm.wrong = "not delivered";
            }
        }
    }
    if (storm.sides[0].left != 0 || storm.sides[1].left != (storm.kind == SOMEBODY_LEAVES)) {
        storm.wrong = "told wrongly that the partner left";
    }
}

static const char *
rage (uint64_t seed)
{
    storm.dice = dice_from (seed);
    storm.kind = (storm_kind_t) (seed % KINDS);
    storm.step = storm.count = 0;
    storm.wrong = NULL;
    storm.loss = dice_throw (&storm.dice, 50);
    storm.doubles = dice_throw (&storm.dice, 50);
    storm.delay = 1 + dice_throw (&storm.dice, 60);
    storm.agenda = agenda_new (1);
    memset (storm.sides, 0, sizeof storm.sides);
    meet ();
    rage_on ();
    check_answers ();
    for (unsigned i = 0; i < 2; i++) {
        user_destroy (&storm.sides[i].user);
        writer_close (&storm.sides[i].users.writer);
    }
    agenda_destroy (&storm.agenda);
    return storm.wrong;
}

static uint64_t first_seed = 1;
static uint64_t last_seed = SEEDS;

static void
test_in_every_storm_a_chat_keeps_its_word (void **state)
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
        cmocka_unit_test (test_in_every_storm_a_chat_keeps_its_word),
    };
    if (argc > 1) {
        first_seed = last_seed = strtoull (argv[1], NULL, 10);
    }
    return cmocka_run_group_tests (tests, NULL, NULL);
}
