// chat_test.c -- a gateway alone: what it says to matchers, relays and browsers about chats.

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "fixture.h"

static void
test_a_search_is_asked_until_answered_with_the_same_turn (void **state)
{
    (void) state;
    browser_t *browser = browser_open (fixture.port);
    browser_send (browser, "420[\"search\"]");
    assert_string_equal (browser_expect (browser, "430"), "430[{\"status\":\"waiting\"}]");
    wire_search_t first = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    wire_search_t again = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    assert_true (ident_equal (&first.user, &again.user));
    assert_int_equal (first.turn, again.turn);
    assert_true (ident_is_nil (&first.chat));
    browser_close (&browser);
}

static void
test_an_answer_to_an_old_request_changes_nothing (void **state)
{
    (void) state;
    browser_t *browser = browser_open (fixture.port);
    browser_send (browser, "42[\"search\"]");
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    browser_send (browser, "421[\"end_chat\"]");
    browser_expect (browser, "431");
    peer_expect (fixture.matcher, WIRE_LEAVE, NULL);
    wire_t matched = {
        .kind = WIRE_MATCHED,
        .as.matched = {search.user, search.turn, ident_timed (1), ident_random (),
                       fixture.other_gateway, SIDE_A, 7, 0, 0},
    };
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &matched);
    // The leave is repeated, so the match that came before the next one was passed over.
    peer_expect (fixture.matcher, WIRE_LEAVE, NULL);
    browser_send (browser, "422[\"message\",{\"text\":\"hi\"}]");
    assert_non_null (strstr (browser_expect (browser, "432"), "not_in_chat"));
    browser_close (&browser);
}

// Found by a history of many people: its own gateway took what somebody had written to one who had gone
// for something that came back to it.
static void
test_whoever_writes_to_somebody_who_is_not_at_the_same_gateway_any_more_is_told (void **state)
{
    (void) state;
    ident_t partner = ident_random ();
    browser_t *browser = browser_open (fixture.port);
    browser_send (browser, "42[\"search\"]");
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    wire_t matched = {
        .kind = WIRE_MATCHED,
        .as.matched = {search.user, search.turn, ident_timed (1), partner, fixture.instance,
                       SIDE_B, 7, 5, 1},
    };
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &matched);
    browser_expect (browser, "42[\"matched\"");
    browser_send (browser, "425[\"message\",{\"text\":\"hi\"}]");
    wire_t message = *peer_expect (fixture.relay, WIRE_MESSAGE, NULL);
    message.as.message.id = (word_t){"m", 1};
    message.as.message.text = (word_t){"hi", 2};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &message); // As a relay does.
    wire_away_t away = peer_expect (fixture.relay, WIRE_AWAY, NULL)->as.away;
    assert_true (ident_equal (&away.to, &fixture.instance));
    assert_true (ident_equal (&away.user, &search.user));
    assert_true (ident_equal (&away.partner, &partner));
    browser_close (&browser);
}

static void
test_a_message_goes_again_until_its_receipt_and_is_then_acknowledged (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    browser_send (browser, "425[\"message\",{\"text\":\"h\\u00e9llo\",\"id\":\"x\"}]");
    const wire_message_t *message = &peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message;
    assert_true (ident_equal (&message->to, &fixture.other_gateway));
    assert_true (ident_equal (&message->from, &fixture.instance));
    assert_true (ident_equal (&message->user, &partner));
    assert_true (ident_equal (&message->partner, &user));
    assert_int_equal (message->number, 1);
    assert_memory_equal (message->text.text, "h\xc3\xa9llo", 6);
    message = &peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message;
    assert_int_equal (message->number, 1);
    assert_null (browser_hears (browser, "435", 20));
    relay_receipt (&user, &partner, &chat, 1);
    assert_non_null (strstr (browser_expect (browser, "435"), "\"id\":\"x\""));
    browser_close (&browser);
}

static void
test_messages_are_shown_once_and_in_order (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    relay_message (&user, &partner, &chat, 2, "two");
    relay_message (&user, &partner, &chat, 1, "one");
    relay_message (&user, &partner, &chat, 1, "one");
    relay_message (&user, &partner, &chat, 2, "two");
    relay_message (&user, &partner, &chat, 3, "three");
    assert_non_null (strstr (browser_expect (browser, "42[\"message\""), "\"one\""));
    assert_non_null (strstr (browser_expect (browser, "42[\"message\""), "\"two\""));
    assert_non_null (strstr (browser_expect (browser, "42[\"message\""), "\"three\""));
    // What is ahead or has been here is confirmed as far as the browser has it; what is shown is
    // confirmed when it is out, perhaps several at once.
    assert_int_equal (peer_expect (fixture.relay, WIRE_RECEIPT, NULL)->as.receipt.number, 0);
    for (uint64_t before = 0; before < 3;) {
        uint64_t number = peer_expect (fixture.relay, WIRE_RECEIPT, NULL)->as.receipt.number;
        assert_in_range (number, before, 3);
        before = number;
    }
    browser_close (&browser);
}

#define BURST 20 // As many as may come at once.

// Messages of many sizes in one piece, some larger than is read at once.
static void
send_burst (browser_t *browser)
{
    static char burst[BURST * 700];
    size_t bytes = 0;
    for (size_t i = 0; i < BURST; i++) {
        char text[700];
        int size = snprintf (text, sizeof text, "42[\"message\",{\"text\":\"%zu %0*d\"}]", i + 1,
                             (int) (i * 37 % 400), 0);
        const unsigned char small[] = {0x81, 0x80 | (unsigned char) size, 0, 0, 0, 0};
        const unsigned char large[] = {
            0x81, 0x80 | 126, (unsigned char) (size >> 8), (unsigned char) size, 0, 0, 0, 0};
        memcpy (burst + bytes, size < 126 ? small : large, size < 126 ? sizeof small : sizeof large);
        bytes += size < 126 ? sizeof small : sizeof large;
        memcpy (burst + bytes, text, (size_t) size);
        bytes += (size_t) size;
    }
    browser_raw (browser, burst, bytes);
}

// Some may come again, as no receipt comes.
static void
expect_burst (void)
{
    for (uint64_t next = 1; next <= BURST;) {
        const wire_message_t *message =
            &peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message;
        assert_in_range (message->number, 1, next);
        if (message->number == next) {
            assert_int_equal (strtoull (message->text.text, NULL, 10), next);
            next++;
        }
    }
}

static void
test_a_burst_is_heard_in_order (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    send_burst (browser);
    expect_burst ();
    relay_receipt (&user, &partner, &chat, BURST);
    browser_send (browser, "427[\"end_chat\"]");
    browser_expect (browser, "437");
    browser_close (&browser);
}

static void
test_a_burst_is_heard_of_who_leaves_right_behind_it (void **state)
{
    (void) state;
    for (int i = 0; i < 2; i++) {
        ident_t user, partner, chat;
        browser_t *browser = browser_open (fixture.port);
        match (browser, &user, &partner, &chat);
        send_burst (browser);
        if (i == 0) {
            browser_frame (browser, 0x88, "\x03\xe8", 2);
        }
        browser_close (&browser);
        expect_burst ();
        peer_expect (fixture.relay, WIRE_GONE, NULL);
    }
}

// Two who are both here are put into a chat.
static void
match_here (browser_t *browsers[2], ident_t *chat)
{
    wire_search_t searches[2];
    *chat = ident_timed (clock_wall_ms ());
    for (int i = 0; i < 2; i++) {
        browser_send (browsers[i], "42[\"search\"]");
        searches[i] = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    }
    for (int i = 0; i < 2; i++) {
        wire_t matched = {
            .kind = WIRE_MATCHED,
            .as.matched = {searches[i].user, searches[i].turn, *chat, searches[1 - i].user,
                           fixture.instance, i == 0 ? SIDE_A : SIDE_B, 7, 5, 1},
        };
        peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &matched);
        browser_expect (browsers[i], "42[\"matched\"");
    }
    assert_false (peer_hears (fixture.relay, WIRE_RECEIPT, 20)); // Each knows of the other.
}

static void
test_a_partner_who_is_here_too_hears_without_a_relay_that_the_chat_is_over (void **state)
{
    (void) state;
    ident_t chat;
    browser_t *browsers[] = {browser_open (fixture.port), browser_open (fixture.port)};
    match_here (browsers, &chat);
    browser_send (browsers[0], "42[\"end_chat\"]");
    assert_non_null (strstr (browser_expect (browsers[1], "42[\"partner_left\""), "\"ended\""));
    assert_false (peer_hears (fixture.relay, WIRE_GONE, 20));
    // But never before a message that is on its way.
    wire_leave_t leave = peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave;
    wire_t left = {.kind = WIRE_LEFT, .as.left = {leave.user, leave.turn}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &left);
    match_here (browsers, &chat);
    browser_send (browsers[0], "42[\"message\",{\"text\":\"bye\"}]");
    wire_message_t message = peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message;
    assert_true (ident_equal (&message.to, &fixture.instance));
    browser_send (browsers[0], "42[\"end_chat\"]");
    wire_gone_t gone = peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone;
    assert_null (browser_hears (browsers[1], "42[\"partner_left\"", 20));
    wire_t wire = {.kind = WIRE_GONE, .as.gone = gone};
    peer_send_to (fixture.relay, ROLE_GATEWAY, &fixture.instance, &wire);
    browser_expect (browsers[1], "42[\"partner_left\"");
    browser_close (&browsers[0]);
    browser_close (&browsers[1]);
}

static void
test_a_stranger_to_the_chat_reaches_nobody (void **state)
{
    (void) state;
    ident_t user, partner, chat, stranger = ident_random (), elsewhere = ident_timed (0);
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    relay_message (&user, &stranger, &chat, 1, "not for you");
    const wire_gone_t *gone = &peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone;
    assert_true (ident_equal (&gone->user, &stranger));
    relay_message (&user, &partner, &elsewhere, 1, "nor this");
    peer_expect (fixture.relay, WIRE_GONE, NULL);
    relay_message (&user, &partner, &chat, 1, "for you");
    assert_non_null (strstr (browser_expect (browser, "42[\"message\""), "\"for you\""));
    browser_close (&browser);
}

static void
test_the_partner_leaves_once_however_often_it_is_said (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    browser_send (browser, "427[\"message\",{\"text\":\"late\"}]");
    peer_expect (fixture.relay, WIRE_MESSAGE, NULL);
    relay_gone (&user, &partner, &chat);
    relay_gone (&user, &partner, &chat);
    wire_t ended = {.kind = WIRE_ENDED, .as.ended = {user, chat, REASON_SKIPPED}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &ended);
    assert_non_null (strstr (browser_expect (browser, "437"), "not_delivered"));
    browser_expect (browser, "42[\"partner_left\"");
    browser_send (browser, "428[\"search\"]");
    const wire_search_t *search = &peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    assert_true (ident_is_nil (&search->chat)); // Matchers know.
    while (browser_hears (browser, "4", 300) != NULL) {
        assert_null (browser_hears (browser, "42[\"partner_left\"", 20));
    }
    browser_close (&browser);
}

static void
test_a_skip_tells_the_partner_and_searches_with_the_old_chat (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    relay_message (&user, &partner, &chat, 1, "one");
    browser_expect (browser, "42[\"message\"");
    browser_send (browser, "42[\"skip\"]");
    const wire_gone_t *gone = &peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone;
    assert_true (ident_equal (&gone->user, &partner));
    assert_int_equal (gone->reason, REASON_SKIPPED);
    const wire_search_t *search = &peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    assert_true (ident_equal (&search->chat, &chat));
    assert_true (ident_equal (&search->partner, &partner));
    assert_true (ident_equal (&search->partner_gateway, &fixture.other_gateway));
    assert_int_equal (search->received, 1);
    assert_int_equal (search->sent, 0);
    browser_close (&browser);
}

static void
test_a_lost_connection_tells_the_partner_and_leaves_until_confirmed (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    browser_close (&browser);
    assert_int_equal (peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone.reason,
                      REASON_DISCONNECTED);
    wire_leave_t leave = peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave;
    assert_int_equal (leave.reason, REASON_DISCONNECTED);
    assert_true (ident_equal (&leave.chat, &chat));
    assert_int_equal (peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave.turn, leave.turn);
    assert_int_equal (metric_value (fixture.admin_port, "gateway_users"), 1);
    wire_t left = {.kind = WIRE_LEFT, .as.left = {user, leave.turn}};
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, &left);
    WAIT_FOR (metric_value (fixture.admin_port, "gateway_users") == 0);
}

static void
test_without_a_matcher_the_searcher_is_told_and_served_later (void **state)
{
    (void) state;
    browser_t *browser = browser_open (fixture.port);
    peer_close (&fixture.matcher);
    wait_ready (fixture.admin_port, false);
    browser_send (browser, "42[\"search\"]");
    browser_expect (browser, "42[\"error\",{\"message\":\"Nobody can be found");
    fixture.matcher = peer_listen (fixture.matcher_port, ROLE_MATCHER);
    peer_expect (fixture.matcher, WIRE_SEARCH, NULL);
    wait_ready (fixture.admin_port, true);
    browser_close (&browser);
}

static void
test_what_people_write_is_not_in_the_log (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    browser_send (browser, "42[\"message\",{\"text\":\"canary\"}]");
    peer_expect (fixture.relay, WIRE_MESSAGE, NULL);
    browser_send (browser, "42[\"canary\",{\"canary\":\"canary\"}]");
    browser_expect (browser, "42[\"error\"");
    assert_true (service_logged (fixture.gateway, "started"));
    assert_false (service_logged (fixture.gateway, "canary"));
    browser_close (&browser);
}

static void
test_a_page_of_the_first_version_is_served_in_its_own_words (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    browser_send (browser, "42[\"message\",{\"message\":\"hi\"}]");
    assert_memory_equal (peer_expect (fixture.relay, WIRE_MESSAGE, NULL)->as.message.text.text,
                         "hi", 2);
    relay_message (&user, &partner, &chat, 1, "ho");
    browser_expect (browser, "42[\"message\",{\"message\":\"ho\"");
    browser_send (browser, "42[\"message\",{\"message\":\"\"}]");
    browser_expect (browser, "42[\"error\",\"Invalid message\",{\"message\":");
    browser_close (&browser);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_GATEWAY (test_a_search_is_asked_until_answered_with_the_same_turn),
        WITH_GATEWAY (test_an_answer_to_an_old_request_changes_nothing),
        WITH_GATEWAY (test_whoever_writes_to_somebody_who_is_not_at_the_same_gateway_any_more_is_told),
        WITH_GATEWAY (test_a_message_goes_again_until_its_receipt_and_is_then_acknowledged),
        WITH_GATEWAY (test_messages_are_shown_once_and_in_order),
        WITH_GATEWAY (test_a_burst_is_heard_in_order),
        WITH_GATEWAY (test_a_burst_is_heard_of_who_leaves_right_behind_it),
        WITH_GATEWAY (test_a_partner_who_is_here_too_hears_without_a_relay_that_the_chat_is_over),
        WITH_GATEWAY (test_a_stranger_to_the_chat_reaches_nobody),
        WITH_GATEWAY (test_the_partner_leaves_once_however_often_it_is_said),
        WITH_GATEWAY (test_a_skip_tells_the_partner_and_searches_with_the_old_chat),
        WITH_GATEWAY (test_a_lost_connection_tells_the_partner_and_leaves_until_confirmed),
        WITH_GATEWAY (test_without_a_matcher_the_searcher_is_told_and_served_later),
        WITH_GATEWAY (test_what_people_write_is_not_in_the_log),
        WITH_LEGACY_GATEWAY (test_a_page_of_the_first_version_is_served_in_its_own_words),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
