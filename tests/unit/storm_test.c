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

#include "base/must.h"
#include "gateway/chat.h"
#include "gateway/user.h"
#include "support/cmocka_all.h"
#include "unit/storm_browser.h"
#include "unit/weather.h"

#define SEEDS 5000
#define GATEWAYS_MOST 32
#define STEP_MS 10
#define STEPS_MOST 60000 // Ten minutes: by then a storm has long ended, or is stuck.
#define LONG_MS 100000000
#define TURNS 65536      // By so many a matcher raises the turn of whoever comes back.
#define MATCHER 2        // To whom a packet is, that is to neither of the two.

typedef enum { CALM, SOMEBODY_LEAVES, BOTH_COME_AND_GO, THEY_MOVE, KINDS } storm_kind_t;

typedef struct party party_t;

// A user at a gateway.
typedef struct {
    party_t *party;
    users_t users;
    user_t *user;
    bool pinged;
    uint64_t pong_at; // When the answer to the ping comes; 0: it was not read yet.
} place_t;

// One of the two.
struct party {
    storm_browser_t browser;
    place_t *here;     // Where its browser is connected, or was; NULL: it is on its way.
    place_t *left;     // Where it was before, as long as that has not been told so.
    uint64_t back_at;  // When it comes.
    uint64_t taken_at; // When `left` is told.
    ident_t token, id;
    ident_t home;      // Where it is as matchers know it,
    ident_t nonce;     // the coming back that has told them,
    uint64_t turn;     // and its turn.
    unsigned debt;     // What it had written when one of the two moved last.
    uint64_t kept;     // What its partner's gateway had taken for it when it moved last.
};

static struct {
    weather_t weather;
    storm_kind_t kind;
    agenda_t *agenda;
    party_t parties[2];
    unsigned unanswered_most; // Messages that a browser has no answer for.
    uint64_t sloth;           // A browser reads in one of so many steps.
    uint64_t moves;           // How many are still to come,
    uint64_t peace;           // in one of so many steps,
    bool company;             // and that the two may be at the same gateway.
    const party_t *moved;     // Who of the two has moved last; NULL: both.
    uint8_t gateways;         // How many there were,
    bool dead[GATEWAYS_MOST]; // and which have died.
    const char *wrong;
} storm;

static const ident_t the_chat = {{'c', 1}};

static bool
one_in (uint64_t times)
{
    return weather_one_in (&storm.weather, times);
}

static uint64_t
soon (void)
{
    return storm.weather.step + 1 + dice_throw (&storm.weather.dice, 100);
}

static unsigned
index_of (const party_t *party)
{
    return party != storm.parties;
}

static party_t *
partner_of (const party_t *party)
{
    return &storm.parties[1 - index_of (party)];
}

// --- What the users speak through ---

static void
emit (void *self, user_t *user, const char *event, const char *json, size_t bytes)
{
    (void) user;
    storm_browser_event (&((place_t *) self)->party->browser, event, json, bytes);
}

static void
answer (void *self, user_t *user, uint64_t ack, const char *json, size_t bytes)
{
    (void) user;
    storm_browser_answer (&((place_t *) self)->party->browser, ack, json, bytes);
}

static bool
ask (void *self, user_t *user, size_t pool, const wire_t *wire, unsigned attempt)
{
    const place_t *place = self;
    (void) user, (void) pool, (void) attempt;
    if (wire->kind == WIRE_RESUME || wire->kind == WIRE_HOLD) {
        weather_post (&storm.weather, MATCHER, &place->users.gateway, wire);
    }
    return true;
}

// All that goes from gateway to gateway begins as GONE does.
static bool
tell (void *self, user_t *user, const wire_t *wire, unsigned attempt)
{
    const place_t *place = self;
    (void) user, (void) attempt;
    weather_post (&storm.weather, 1 - index_of (place->party), &wire->as.gone.to, wire);
    return true;
}

static void
accept (void *self, user_t *user)
{
    (void) user;
    storm_browser_say (&((place_t *) self)->party->browser, SAID_ACCEPTED);
}

static void
ping (void *self, user_t *user)
{
    place_t *place = self;
    if (!place->pinged) {
        place->pinged = true;
        place->pong_at = 0;
        recall_pinged (&user->recall);
        chat_pinged (user);
        storm_browser_say (&place->party->browser, SAID_PING);
    }
}

static void
dismiss (void *self, user_t *user)
{
    (void) self, (void) user;
    storm.wrong = "sent away";
}

static void
renamed (void *self, user_t *user, const ident_t *before)
{
    (void) self, (void) user, (void) before;
    storm.wrong = "taken for somebody new";
}

static void
done (void *self, user_t *user)
{
    (void) user;
    user_destroy (&((place_t *) self)->user);
}

static const users_port_t port = {emit, answer, ask, tell, accept, ping, dismiss, dismiss, renamed,
                                  done};

// --- What gateways do with what arrives ---

// A message that comes to who wrote it.
static bool
is_given_back (const wire_t *wire, const ident_t *to)
{
    return wire->kind == WIRE_MESSAGE && ident_equal (&wire->as.message.partner, to);
}

static user_event_t
event_of (const user_t *user, const wire_t *wire)
{
    switch (wire->kind) {
        case WIRE_MESSAGE: return is_given_back (wire, &user->id) ? USER_GIVEN_BACK : USER_HEARD;
        case WIRE_RECEIPT: return USER_RECEIPTED;
        case WIRE_AWAY: return USER_PARTNER_AWAY;
        case WIRE_BACK: return USER_PARTNER_BACK;
        case WIRE_MOVED: return USER_PARTNER_MOVED;
        case WIRE_STANDS: return USER_PARTNER_STANDS;
        default: return USER_PARTNER_GONE;
    }
}

static place_t *
place_at (party_t *party, const ident_t *gateway)
{
    place_t *places[] = {party->here, party->left};
    for (size_t i = 0; i < 2; i++) {
        if (places[i] != NULL && ident_equal (&places[i]->users.gateway, gateway)) {
            return places[i];
        }
    }
    return NULL;
}

// There is nobody: says a relay, if the gateway is dead, or that gateway itself.
static void
tell_not_here (const packet_t *packet)
{
    const wire_gone_t *head = &packet->wire.as.gone;
    wire_t lost = {WIRE_LOST, .as.lost = {head->to, head->chat, head->partner}};
    wire_t away = {WIRE_AWAY, .as.away = {head->from, head->to, head->chat, head->partner,
                                          head->user}};
    wire_kind_t kind = packet->wire.kind;
    if (is_given_back (&packet->wire, &storm.parties[packet->to].id)) {
        return; // Nobody has sent that who is asked for the partner.
    }
    if (storm.dead[head->to.bytes[1]]) {
        weather_post (&storm.weather, 1 - packet->to, &head->from, &lost);
    }
    else if (kind == WIRE_MESSAGE || kind == WIRE_RECEIPT || kind == WIRE_MOVED) {
        weather_post (&storm.weather, 1 - packet->to, &head->from, &away);
    }
}

static bool
is_from_partner (const user_t *user, const ident_t *gateway)
{
    return ident_equal (&user->chat->partner_gateway, gateway);
}

// From a partner's gateway, or from a relay.
static void
hear_chat (user_t *user, const wire_t *wire)
{
    bool is_lost = wire->kind == WIRE_LOST;
    const ident_t *from = is_lost ? &wire->as.lost.gateway : &wire->as.gone.from;
    if (wire->kind != WIRE_MOVED && !is_from_partner (user, from)) {
        return;
    }
    user_step (user, is_lost ? USER_PARTNER_UNREACHED : event_of (user, wire),
               is_lost ? NULL : wire);
}

// From a matcher.
static void
hear_matcher (user_t *user, const wire_t *wire)
{
    if (wire->kind == WIRE_HELD && wire->as.held.turn == user->turn) {
        user_step (user, USER_HELD, wire);
    }
    if (wire->kind == WIRE_RESUMED && user->state == USER_RETURNING
        && ident_equal (&user->nonce, &wire->as.resumed.nonce)) {
        user_step (user, USER_WAS_CHATTING, wire);
    }
}

// What a matcher says to RESUME and HOLD.
static void
ask_matcher (const packet_t *packet)
{
    const wire_resume_t *resume = &packet->wire.as.resume; // HOLD begins with the user, too.
    party_t *party = &storm.parties[!ident_equal (&resume->user, &storm.parties[0].id)];
    wire_t reply = {WIRE_HELD, .as.held = {party->id, packet->wire.as.hold.turn}};
    if (packet->wire.kind == WIRE_RESUME) {
        if (party->here == NULL || !ident_equal (&party->here->user->nonce, &resume->nonce)) {
            return; // It has come back elsewhere since.
        }
        if (!ident_equal (&party->nonce, &resume->nonce)) {
            party->nonce = resume->nonce;
            party->turn += TURNS;
            party->home = packet->to_gateway;
            party->taken_at = soon ();
        }
        reply = (wire_t){WIRE_RESUMED,
                         .as.resumed = {.user = party->id, .nonce = resume->nonce,
                                        .doing = DOING_CHATTING, .turn = party->turn,
                                        .chat = the_chat, .partner = partner_of (party)->id,
                                        .partner_gateway = partner_of (party)->home}};
    }
    weather_post (&storm.weather, index_of (party), &packet->to_gateway, &reply);
}

static void
deliver (const packet_t *packet)
{
    wire_kind_t kind = packet->wire.kind;
    if (packet->to == MATCHER) {
        ask_matcher (packet);
        return;
    }
    place_t *place = place_at (&storm.parties[packet->to], &packet->to_gateway);
    if (kind == WIRE_RESUMED || kind == WIRE_HELD) {
        if (place != NULL) {
            hear_matcher (place->user, &packet->wire);
        }
    }
    else if (place == NULL) {
        if (kind != WIRE_LOST) {
            tell_not_here (packet);
        }
    }
    else if (user_is_in (place->user, &the_chat)) {
        hear_chat (place->user, &packet->wire);
    }
}

// --- What happens at a gateway ---

static place_t *
make_place (party_t *party, const ident_t *gateway)
{
    place_t *place = must_alloc (sizeof *place);
    uint64_t now_ms = 1 + storm.weather.step * STEP_MS;
    place->party = party;
    place->users = (users_t){.port = &port, .self = place, .agenda = storm.agenda,
                             .gateway = *gateway, .now_ms = now_ms, .wall_ms = now_ms,
                             .recovery_ms = LONG_MS, .lost_ms = LONG_MS, .pools = 1};
    return place;
}

static void
destroy_place (place_t **place)
{
    if (*place != NULL) {
        user_destroy (&(*place)->user);
        writer_close (&(*place)->users.writer);
        free (*place);
        *place = NULL;
    }
}

static ident_t
new_gateway (void)
{
    must (storm.gateways < GATEWAYS_MOST);
    return (ident_t){{'g', storm.gateways++}};
}

// NULL: it is on the way, or a matcher has not said yet that it is in the chat.
static const link_t *
link_of (const party_t *party)
{
    bool chats = party->here != NULL && party->here->user->chat != NULL;
    return chats ? party->here->user->chat->link : NULL;
}

static bool
is_connected (const party_t *party)
{
    return party->here != NULL && party->here->user->socket != NULL;
}

static void
note_written (place_t *place)
{
    storm_browser_written (&place->party->browser);
    if (place->user->chat != NULL && place->user->connect == CONNECT_ANSWERED) {
        chat_written (place->user);
    }
}

static void
tend (place_t *place)
{
    if (one_in (5)) {
        note_written (place);
    }
    if (place->user->chat != NULL && place->user->connect == CONNECT_ANSWERED && one_in (200)) {
        ping (place, place->user);
    }
    if (place->pinged && place->pong_at != 0 && storm.weather.step >= place->pong_at) {
        place->pinged = false;
        recall_answered (&place->user->recall);
        if (place->user->chat != NULL) {
            chat_answered (place->user);
        }
    }
}

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
    while ((all || !one_in (4))
           && (kind = storm_browser_read (&party->browser)) != SAID_NOTHING) {
        if (kind == SAID_PING && party->here != NULL) {
            party->here->pong_at = soon ();
        }
        if (kind == SAID_STATE && is_connected (party)) {
            write_again (party);
        }
    }
}

static void
check_answers (party_t *party)
{
    const storm_browser_t *browser = &party->browser;
    for (unsigned number = 1; number <= browser->written; number++) {
        if (browser->delivered[number] && partner_of (party)->browser.out_shown < number) {
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
    if (one_in (storm.sloth)) {
        read_some (party, false);
        check_answers (party);
    }
    if (browser->speaks && is_connected (party) && party->here->user->state == USER_CHATTING
        && browser->written < browser->wanted && one_in (10)
        && storm_browser_unanswered (browser) < storm.unanswered_most) {
        write_number (party, ++browser->written);
    }
    bool moves = storm.kind == THEY_MOVE && party->here != NULL && party->left == NULL
              && party->here->user->state == USER_CHATTING;
    if (storm.kind == BOTH_COME_AND_GO ? one_in (100) : moves && one_in (300)) {
        is_connected (party) ? be_cut_off (party) : come_back (party);
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
        const link_t *link = link_of (party);
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
        mended = party->browser.speaks && partner_of (party)->browser.shown >= party->debt;
        for (unsigned number = 1; mended && number <= party->debt; number++) {
            mended = party->browser.answered[number];
        }
    }
    return mended;
}

static void
leave_place (party_t *party)
{
    const link_t *link = link_of (partner_of (party));
    storm_browser_drop (&party->browser);
    party->here = NULL;
    party->back_at = soon ();
    party->kept = link != NULL ? link_taken (link) : 0;
    party->debt = party->browser.written;
    partner_of (party)->debt = partner_of (party)->browser.written;
}

// Its process dies: what was written is still read. Or its machine.
static void
die (party_t *party, bool process)
{
    place_t *place = party->here;
    storm.dead[place->users.gateway.bytes[1]] = true;
    party->here = NULL;
    read_some (party, process);
    destroy_place (&place);
    leave_place (party);
}

// It is sent elsewhere by whatever is in between; its gateway lives, and waits for it.
static void
go (party_t *party)
{
    if (is_connected (party)) {
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
    party_t *partner = partner_of (party);
    if (party->here == NULL || party->left != NULL || (party != storm.moved && !is_settled ())) {
        return;
    }
    bool together = partner->here != NULL
                 && ident_equal (&party->here->users.gateway, &partner->here->users.gateway);
    if (one_in (3) && party->here->user->state == USER_CHATTING) {
        go (party);
    }
    else if (!together) {
        die (party, one_in (2));
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
    destroy_place (&party->left);
}

static void
arrive (party_t *party)
{
    party_t *partner = partner_of (party);
    bool joins = storm.company && partner->here != NULL && one_in (2)
              && (partner->left == NULL || storm.moved != partner);
    ident_t gateway = joins ? partner->here->users.gateway : new_gateway ();
    bool returns = party->left != NULL && ident_equal (&party->left->users.gateway, &gateway);
    if (returns && one_in (2)) {
        party->here = party->left; // That gateway still has it, and knows its token.
        party->left = NULL;
        come_back (party);
        return;
    }
    if (returns) {
        let_go (party); // It was elsewhere for a moment, and its partner has not heard of that.
    }
    party->here = make_place (party, &gateway);
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
    ident_t gateway = new_gateway ();
    for (unsigned i = 0; i < 2; i++) {
        party_t *party = &storm.parties[i];
        party->home = i == 1 && !storm.company ? new_gateway () : gateway;
        party->here = make_place (party, &party->home);
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
        over = party->left == NULL && is_connected (party) && party->browser.speaks
            && party->browser.written == party->browser.wanted
            && partner_of (party)->browser.shown == party->browser.wanted
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
        deliver (&packet);
    }
    if (storm.moves > 0 && one_in (storm.peace)) {
        move_somebody ();
    }
    for (unsigned i = 0; i < 2; i++) {
        party_t *party = &storm.parties[i];
        travel (party);
        act (party);
        if (is_connected (party)) {
            tend (party->here);
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
        note_written (party->here);
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
    storm.company = one_in (2);
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
        destroy_place (&storm.parties[i].here);
        destroy_place (&storm.parties[i].left);
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
