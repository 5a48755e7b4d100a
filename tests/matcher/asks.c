// asks.c -- what the gateways of a test say, and what they hear.

#include <string.h>

#include "fixture.h"
#include "unit/wire_same.h"

// --- Gateways ask ---

void
send_search (peer_t *gateway, const wire_search_t *asked)
{
    wire_t wire = {.kind = WIRE_SEARCH, .as.search = *asked};
    peer_send (gateway, &wire);
}

void
search (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    send_search (gateway, &(wire_search_t){.user = *user, .turn = turn});
}

wire_search_t
leaving (const wire_matched_t *match, uint64_t turn)
{
    return (wire_search_t){
        .user = match->user, .turn = turn, .chat = match->chat, .partner = match->partner,
        .partner_gateway = match->partner_gateway, .sent = 3, .received = 4,
        .side = match->side, .started_ms = match->started_ms,
        .waited_a_ms = match->waited_a_ms, .waited_b_ms = match->waited_b_ms,
    };
}

void
search_leaving (peer_t *gateway, const wire_matched_t *match, uint64_t turn)
{
    wire_search_t asked = leaving (match, turn);
    send_search (gateway, &asked);
}

word_t
word_of (const char *text)
{
    return text != NULL ? (word_t){text, strlen (text)} : (word_t){NULL, 0};
}

void
search_for (peer_t *gateway, const ident_t *user, uint64_t turn, const wish_t *wish)
{
    wire_search_t asked = {
        .user = *user, .turn = turn, .interests = word_of (wish->interests),
        .language = word_of (wish->language),
        .browser = wish->browser != NULL ? *wish->browser : ident_nil,
    };
    send_search (gateway, &asked);
}

void
leave (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    wire_t wire = {
        .kind = WIRE_LEAVE,
        .as.leave = {.user = *user, .turn = turn, .reason = REASON_ENDED},
    };
    peer_send (gateway, &wire);
}

void
leave_chat (peer_t *gateway, const wire_matched_t *match, uint64_t turn, uint64_t sent,
            uint64_t received)
{
    wire_t wire = {
        .kind = WIRE_LEAVE,
        .as.leave = {match->user, turn, REASON_ENDED, match->chat, match->partner,
                     match->partner_gateway, sent, received, 0, match->side,
                     match->started_ms, match->waited_a_ms, match->waited_b_ms},
    };
    peer_send (gateway, &wire);
}

void
lose (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    wire_t wire = {
        .kind = WIRE_LEAVE,
        .as.leave = {.user = *user, .turn = turn, .reason = REASON_DISCONNECTED},
    };
    peer_send (gateway, &wire);
}

void
resume (peer_t *gateway, const ident_t *user, const ident_t *nonce)
{
    wire_t wire = {.kind = WIRE_RESUME, .as.resume = {*user, *nonce}};
    peer_send (gateway, &wire);
}

void
hold_chat (peer_t *gateway, const wire_matched_t *match)
{
    wire_t wire = {
        .kind = WIRE_HOLD,
        .as.hold = {match->user, match->turn, match->chat, match->partner,
                    match->partner_gateway, match->side, match->started_ms,
                    match->waited_a_ms, match->waited_b_ms},
    };
    peer_send (gateway, &wire);
}

void
lease (peer_t *gateway)
{
    wire_t wire = {.kind = WIRE_LEASE, .as.lease = {1, 0}};
    peer_send (gateway, &wire);
}

void
block (peer_t *gateway, const wire_block_t *pair)
{
    wire_t wire = {.kind = WIRE_BLOCK, .as.block = *pair};
    peer_send (gateway, &wire);
}

// --- Gateways hear ---

// What was heard is gone with the next letter; this is a copy.
static word_t
keep_word (const word_t *word)
{
    static char texts[16][INTERESTS_BYTES + 1];
    static unsigned next;
    char *text = texts[next++ % 16];
    assert_true (word->bytes <= INTERESTS_BYTES);
    memcpy (text, word->text, word->bytes);
    return (word_t){text, word->bytes};
}

wire_matched_t
expect_matched (peer_t *gateway, const ident_t *user)
{
    wire_matched_t matched = peer_expect (gateway, WIRE_MATCHED, NULL)->as.matched;
    assert_true (ident_equal (&matched.user, user));
    matched.shared = keep_word (&matched.shared);
    return matched;
}

wire_waiting_t
expect_waiting (peer_t *gateway, const ident_t *user)
{
    const wire_t *wire = peer_expect (gateway, WIRE_WAITING, NULL);
    assert_true (ident_equal (&wire->as.waiting.user, user));
    return wire->as.waiting;
}

void
expect_blocked (peer_t *gateway, const wire_block_t *pair)
{
    const wire_blocked_t *blocked = &peer_expect (gateway, WIRE_BLOCKED, NULL)->as.blocked;
    assert_true (ident_equal (&blocked->user, &pair->user));
    assert_true (ident_equal (&blocked->partner, &pair->partner));
    assert_int_equal (blocked->pool, pair->pool);
}

void
expect_ended (peer_t *gateway, const ident_t *user, const ident_t *chat, reason_t reason)
{
    const wire_t *wire = peer_expect (gateway, WIRE_ENDED, NULL);
    assert_true (ident_equal (&wire->as.ended.user, user));
    assert_true (ident_equal (&wire->as.ended.chat, chat));
    assert_int_equal (wire->as.ended.reason, reason);
}

void
expect_left (peer_t *gateway, const ident_t *user)
{
    const wire_t *wire = peer_expect (gateway, WIRE_LEFT, NULL);
    assert_true (ident_equal (&wire->as.left.user, user));
}

void
expect_refused (peer_t *gateway, const ident_t *user, refusal_t reason)
{
    const wire_t *wire = peer_expect (gateway, WIRE_REFUSED, NULL);
    assert_int_equal (wire->as.refused.reason, reason);
    assert_true (ident_equal (&wire->as.refused.user, user));
}

wire_resumed_t
expect_resumed (peer_t *gateway, const ident_t *user, const ident_t *nonce, doing_t doing)
{
    wire_resumed_t resumed = peer_expect (gateway, WIRE_RESUMED, NULL)->as.resumed;
    assert_true (ident_equal (&resumed.user, user));
    assert_true (ident_equal (&resumed.nonce, nonce));
    assert_int_equal (resumed.doing, doing);
    resumed.interests = keep_word (&resumed.interests);
    resumed.language = keep_word (&resumed.language);
    return resumed;
}

void
expect_held (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    const wire_t *wire = peer_expect (gateway, WIRE_HELD, NULL);
    assert_true (ident_equal (&wire->as.held.user, user));
    assert_int_equal (wire->as.held.turn, turn);
}

void
expect_taken (peer_t *gateway, const ident_t *user, uint64_t turn)
{
    const wire_t *wire = peer_expect (gateway, WIRE_TAKEN, NULL);
    assert_true (ident_equal (&wire->as.taken.user, user));
    assert_int_equal (wire->as.taken.turn, turn);
}

void
expect_away (peer_t *gateway, const wire_matched_t *match)
{
    const wire_away_t *away = &peer_expect (gateway, WIRE_AWAY, NULL)->as.away;
    assert_true (ident_equal (&away->to, peer_instance (gateway)));
    assert_true (ident_is_nil (&away->from));
    assert_true (ident_equal (&away->chat, &match->chat));
    assert_true (ident_equal (&away->user, &match->user));
    assert_true (ident_equal (&away->partner, &match->partner));
}

void
expect_back (peer_t *gateway, const wire_matched_t *match)
{
    const wire_back_t *back = &peer_expect (gateway, WIRE_BACK, NULL)->as.back;
    assert_true (ident_equal (&back->to, peer_instance (gateway)));
    assert_true (ident_is_nil (&back->from));
    assert_true (ident_equal (&back->chat, &match->chat));
    assert_true (ident_equal (&back->user, &match->user));
    assert_true (ident_equal (&back->partner, &match->partner));
}

void
assert_same_match (const wire_matched_t *match, const wire_matched_t *other)
{
    wire_t one = {.kind = WIRE_MATCHED, .as.matched = *match};
    wire_t another = {.kind = WIRE_MATCHED, .as.matched = *other};
    assert_true (wire_same (&one, &another));
}

void
assert_same_resumed (const wire_resumed_t *resumed, const wire_resumed_t *other)
{
    wire_t one = {.kind = WIRE_RESUMED, .as.resumed = *resumed};
    wire_t another = {.kind = WIRE_RESUMED, .as.resumed = *other};
    assert_true (wire_same (&one, &another));
}

void
assert_word (const word_t *word, const char *text)
{
    assert_int_equal (word->bytes, strlen (text));
    assert_memory_equal (word->text, text, word->bytes);
}

ident_t
generation_of (peer_t *gateway)
{
    lease (gateway);
    return peer_expect (gateway, WIRE_LEASED, NULL)->as.leased.generation;
}

wire_matched_t
other_side (const wire_matched_t *match, const ident_t *gateway, uint64_t turn)
{
    wire_matched_t other = *match;
    other.user = match->partner;
    other.partner = match->user;
    other.partner_gateway = *gateway;
    other.side = match->side == SIDE_A ? SIDE_B : SIDE_A;
    other.turn = turn;
    return other;
}

wire_matched_t
make_match (peer_t *gateway_a, const ident_t *user_a, peer_t *gateway_b,
            const ident_t *user_b)
{
    search (gateway_a, user_a, 1);
    expect_waiting (gateway_a, user_a);
    search (gateway_b, user_b, 1);
    expect_matched (gateway_b, user_b);
    return expect_matched (gateway_a, user_a);
}
