// storm_test.c -- two users chat over a network that loses, doubles, delays and reorders.
//
// In a quarter of the storms somebody leaves in the middle, in another both are cut off and come back
// again and again, in another they move from one gateway to another, which may have died. Whatever
// happens: what one writes the other reads once, in order and without a gap, everything is answered
// once, and whoever is told "delivered" was not lied to.
//
// With a seed as its argument it runs the storm of that seed alone; with two, all from one to the other.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "unit/storm.h"

#define SEEDS 5000
#define STEPS_MOST 60000 // Ten minutes: by then a storm has long ended, or is stuck.

// --- What the browsers do ---

static void
write_number (party_t *party, unsigned number)
{
    char text[32];
    int bytes = snprintf (text, sizeof text, "m%u", number);
    word_t word = {text, (size_t) bytes};
    uint64_t ack = storm_browser_request (&party->browser, number);
    request_t request = {.ack = ack, .id = word, .text = word}; // Its name is its text.
    user_step (party->here->user, USER_WROTE, &request);
}

// What has not been answered is written again, as the page does it.
static void
write_again (party_t *party)
{
    for (unsigned number = 1; number <= party->browser.written; number++) {
        if (!party->browser.answered[number]) {
            write_number (party, number);
        }
    }
}

// Reads some of what is written, or all.
static void
read_some (party_t *party, bool all)
{
    said_kind_t kind;
    while ((all || !storm_one_in (4))
           && (kind = storm_browser_read (&party->browser)) != SAID_NOTHING) {
        if (kind == SAID_PING && party->here != NULL) {
            party->here->pong_at = storm_soon ();
        }
        if (kind == SAID_STATE && party_is_connected (party)) {
            write_again (party);
        }
    }
}

static void
check_answers (party_t *party)
{
    const storm_browser_t *browser = &party->browser;
    for (unsigned number = 1; number <= browser->written; number++) {
        if (browser->delivered[number] && party_partner (party)->browser.out_shown < number) {
            storm.wrong = "delivered, but not written to the partner's browser";
        }
    }
    if (browser->wrong != NULL) {
        storm.wrong = browser->wrong;
    }
}

static void
be_cut_off (party_t *party)
{
    read_some (party, false);
    storm_browser_drop (&party->browser);
    party->here->pinged = false;
    party->here->user->socket = NULL;
    user_step (party->here->user, USER_CUT_OFF, NULL);
}

static void
come_back (party_t *party)
{
    user_t *user = party->here->user;
    uint64_t event = party->browser.offset.event;
    if (!recall_has (&user->recall, event)) {
        storm.wrong = "cannot be given what it has missed";
        return;
    }
    user->socket = party;
    user->connect = CONNECT_HELD;
    user->recall_from = event;
    user_step (user, USER_RETURNED, NULL);
}

static void
act (party_t *party)
{
    storm_browser_t *browser = &party->browser;
    if (storm_one_in (storm.sloth)) {
        read_some (party, false);
        check_answers (party);
    }
    if (browser->speaks && party_is_connected (party) && party->here->user->state == USER_CHATTING
        && browser->written < browser->wanted && storm_one_in (10)
        && storm_browser_unanswered (browser) < storm.unanswered_most) {
        write_number (party, ++browser->written);
    }
    bool moves = storm.kind == THEY_MOVE && party->here != NULL && party->left == NULL
              && party->here->user->state == USER_CHATTING;
    if (storm.kind == BOTH_COME_AND_GO ? storm_one_in (100) : moves && storm_one_in (300)) {
        party_is_connected (party) ? be_cut_off (party) : come_back (party);
    }
}

// --- Moving ---

// Nobody is on the way, their gateways have agreed, and whoever moved has got what was kept for it: from
// then on both gateways have whatever was answered and may not have been read.
static bool
is_settled (void)
{
    bool settled = true;
    for (unsigned i = 0; i < 2 && settled; i++) {
        const party_t *party = &storm.parties[i];
        const link_t *link = party_link (party);
        settled = party->left == NULL && link != NULL && link_is_agreed (link)
               && link_arrived (link) >= party->kept;
    }
    return settled;
}

// What was on its way when somebody moved last is brought and answered as well.
static bool
is_mended (void)
{
    bool mended = is_settled ();
    for (unsigned i = 0; i < 2 && mended; i++) {
        const party_t *party = &storm.parties[i];
        mended = party->browser.speaks && party_partner (party)->browser.shown >= party->debt;
        for (unsigned number = 1; mended && number <= party->debt; number++) {
            mended = party->browser.answered[number];
        }
    }
    return mended;
}

static void
leave_place (party_t *party)
{
    const link_t *link = party_link (party_partner (party));
    storm_browser_drop (&party->browser);
    party->here = NULL;
    party->back_at = storm_soon ();
    party->kept = link != NULL ? link_taken (link) : 0;
    party->debt = party->browser.written;
    party_partner (party)->debt = party_partner (party)->browser.written;
}

// Its process dies: what was written is still read. Or its machine.
static void
die (party_t *party, bool process)
{
    place_t *place = party->here;
    storm.dead[place->users.gateway.bytes[1]] = true;
    party->here = NULL;
    read_some (party, process);
    place_destroy (&place);
    leave_place (party);
}

// It is sent elsewhere by whatever is in between; its gateway lives, and waits for it.
static void
go (party_t *party)
{
    if (party_is_connected (party)) {
        be_cut_off (party);
    }
    party->left = party->here;
    party->taken_at = UINT64_MAX;
    leave_place (party);
}

static void
move_somebody (void)
{
    party_t *party = &storm.parties[dice_throw (&storm.weather.dice, 2)];
    party_t *partner = party_partner (party);
    if (party->here == NULL || party->left != NULL || (party != storm.moved && !is_settled ())) {
        return;
    }
    bool together = partner->here != NULL
                 && ident_equal (&party->here->users.gateway, &partner->here->users.gateway);
    if (storm_one_in (3) && party->here->user->state == USER_CHATTING) {
        go (party);
    }
    else if (!together) {
        die (party, storm_one_in (2));
    }
    else if (is_mended ()) {
        die (party, true);
        die (partner, true);
        party = NULL;
    }
    else {
        return;
    }
    storm.moved = party;
    storm.moves--;
}

// A matcher tells the gateway that it has left.
static void
let_go (party_t *party)
{
    user_step (party->left->user, USER_TAKEN_AWAY, NULL);
    if (party->left->user != NULL) {
        storm.wrong = "kept by a gateway that it has left";
    }
    place_destroy (&party->left);
}

static void
arrive (party_t *party)
{
    party_t *partner = party_partner (party);
    bool joins = storm.company && partner->here != NULL && storm_one_in (2)
              && (partner->left == NULL || storm.moved != partner);
    ident_t gateway = joins ? partner->here->users.gateway : storm_new_gateway ();
    bool returns = party->left != NULL && ident_equal (&party->left->users.gateway, &gateway);
    if (returns && storm_one_in (2)) {
        party->here = party->left; // That gateway still has it, and knows its token.
        party->left = NULL;
        come_back (party);
        return;
    }
    if (returns) {
        let_go (party); // It was elsewhere for a moment, and its partner has not heard of that.
    }
    party->here = place_new (party, &gateway);
    party->here->user = user_resume (&party->here->users, party, &party->token,
                                     &party->browser.offset);
}

static void
travel (party_t *party)
{
    if (party->here == NULL && storm.weather.step >= party->back_at) {
        arrive (party);
    }
    if (party->left != NULL && storm.weather.step >= party->taken_at) {
        let_go (party);
    }
}

// --- The storm ---

static void
meet (void)
{
    ident_t gateway = storm_new_gateway ();
    for (unsigned i = 0; i < 2; i++) {
        party_t *party = &storm.parties[i];
        party->home = i == 1 && !storm.company ? storm_new_gateway () : gateway;
        party->here = place_new (party, &party->home);
        party->here->user = user_new (&party->here->users, party);
        // Chance has no part in who they are: how long they wait depends on it.
        party->token = party->here->user->token = (ident_t){{'t', (uint8_t) (i + 1)}};
        party->id = party->here->user->id = user_of_token (&party->token);
        party->browser.wanted = (unsigned) dice_throw (&storm.weather.dice, 40);
        party->browser.accepted = party->browser.speaks = true;
    }
    for (unsigned i = 0; i < 2; i++) {
        const party_t *partner = &storm.parties[1 - i];
        user_t *user = storm.parties[i].here->user;
        wish_t *wish = NULL;
        request_t request = {.ack = USER_NO_ACK, .wish = &wish};
        wire_t matched = {WIRE_MATCHED, .as.matched = {user->id, 1, the_chat, partner->id,
                                                       partner->home, .shared = {"", 0}}};
        user_step (user, USER_SEARCHED, &request);
        user_step (user, USER_MATCHED, &matched);
    }
}

static bool
is_over (void)
{
    bool over = storm.moves == 0;
    for (unsigned i = 0; i < 2 && over; i++) {
        const party_t *party = &storm.parties[i];
        over = party->left == NULL && party_is_connected (party) && party->browser.speaks
            && party->browser.written == party->browser.wanted
            && party_partner (party)->browser.shown == party->browser.wanted
            && storm_browser_unanswered (&party->browser) == 0
            && link_unconfirmed (party->here->user->chat->link) == 0;
    }
    return over;
}

static void
stamp (place_t *place)
{
    if (place != NULL) {
        place->users.now_ms = place->users.wall_ms = 1 + storm.weather.step * STEP_MS;
    }
}

static void
pass_step (void)
{
    storm.weather.step++;
    for (unsigned i = 0; i < 2; i++) {
        stamp (storm.parties[i].here);
        stamp (storm.parties[i].left);
    }
    agenda_tick (storm.agenda, 1 + storm.weather.step * STEP_MS);
    for (packet_t packet; weather_take (&storm.weather, &packet);) {
        storm_deliver (&packet);
    }
    if (storm.moves > 0 && storm_one_in (storm.peace)) {
        move_somebody ();
    }
    for (unsigned i = 0; i < 2; i++) {
        party_t *party = &storm.parties[i];
        travel (party);
        act (party);
        if (party_is_connected (party)) {
            place_tend (party->here);
        }
    }
}

// Somebody leaves. Whoever is left learns of it from the matcher in the end, if GONE was lost.
static void
part (void)
{
    wish_t *wish = NULL;
    request_t request = {.ack = USER_NO_ACK, .wish = &wish};
    user_t *other = storm.parties[1].here->user;
    wire_t ended = {WIRE_ENDED, .as.ended = {other->id, the_chat, REASON_SKIPPED}};
    user_step (storm.parties[0].here->user, USER_SKIPPED, &request);
    for (uint64_t i = 0; i <= storm.weather.delay; i++) {
        pass_step ();
    }
    if (user_is_in (other, &the_chat)) {
        user_step (other, USER_PARTNER_GONE, &ended);
    }
}

// Until all has arrived; or until somebody leaves, and all that was said after that has arrived.
static void
rage_on (void)
{
    bool parts = storm.kind == SOMEBODY_LEAVES;
    uint64_t end = parts ? dice_throw (&storm.weather.dice, 600) : STEPS_MOST;
    while (storm.wrong == NULL && storm.weather.step < end && (parts || !is_over ())) {
        pass_step ();
    }
    if (storm.wrong == NULL && storm.weather.step == STEPS_MOST) {
        storm.wrong = "stuck";
    }
    if (parts) {
        part ();
    }
}

// Afterwards everybody knows what became of each message.
static void
look_back (void)
{
    for (unsigned i = 0; i < 2 && storm.wrong == NULL; i++) {
        party_t *party = &storm.parties[i];
        storm_browser_t *browser = &party->browser;
        place_written (party->here);
        read_some (party, true);
        check_answers (party);
        for (unsigned number = 1; number <= browser->written; number++) {
            if (!browser->answered[number]) {
                storm.wrong = "not answered";
            }
            if (storm.kind != SOMEBODY_LEAVES && !browser->delivered[number]) {
                storm.wrong = "not delivered";
            }
        }
        if (browser->left != (storm.kind == SOMEBODY_LEAVES && i == 1)) {
            storm.wrong = "told wrongly that the partner left";
        }
    }
}

static const char *
rage (uint64_t seed)
{
    memset (storm.parties, 0, sizeof storm.parties);
    memset (storm.dead, 0, sizeof storm.dead);
    weather_begin (&storm.weather, seed);
    dice_t *dice = &storm.weather.dice;
    storm.kind = (storm_kind_t) (seed % KINDS);
    storm.agenda = agenda_new (1);
    storm.sloth = 1 + dice_throw (dice, 30);
    storm.company = storm_one_in (2);
    storm.unanswered_most =
        storm.kind == THEY_MOVE && storm.company ? OFFSET_FINGERPRINTS : LINK_WINDOW;
    storm.moves = storm.kind == THEY_MOVE ? dice_throw (dice, 8) : 0;
    storm.peace = 20 + dice_throw (dice, 300);
    storm.moved = NULL;
    storm.gateways = 0;
    storm.wrong = NULL;
    meet ();
    rage_on ();
    look_back ();
    for (unsigned i = 0; i < 2; i++) {
        place_destroy (&storm.parties[i].here);
        place_destroy (&storm.parties[i].left);
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
            fail_msg ("seed %" PRIu64 ", step %" PRIu64 ": %s", seed, storm.weather.step, wrong);
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
    if (argc > 2) {
        last_seed = strtoull (argv[2], NULL, 10);
    }
    return cmocka_run_group_tests (tests, NULL, NULL);
}
