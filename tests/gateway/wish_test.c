// wish_test.c -- a gateway alone: what its users wish, whom they block, whom they want back, and how
// many people there are.

#include <stdio.h>

#include "base/clock.h"
#include "person.h"

static void
say (const wire_t *wire)
{
    peer_send_to (fixture.matcher, ROLE_GATEWAY, &fixture.instance, wire);
}

static void
enter_as (person_t *person, const char *auth)
{
    person_knock (person, auth);
    person_enter (person);
    person_state (person);
}

static wire_search_t
search_with (person_t *person, const char *payload, char interests[INTERESTS_BYTES])
{
    char frame[256];
    snprintf (frame, sizeof frame, "42[\"search\",%s]", payload);
    browser_send (person->browser, frame);
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    memcpy (interests, search.interests.text, search.interests.bytes);
    assert_true (search.language.bytes == 0
                 || (search.language.bytes == 2 && memcmp (search.language.text, "pt", 2) == 0));
    wire_t waiting = {WIRE_WAITING, .as.waiting = {search.user, search.turn, 0, 60000, 5}};
    say (&waiting);
    browser_expect (person->browser, "42[\"waiting\",{\"waitedMs\":0,\"searching\":5}]");
    return search;
}

static void
test_a_search_says_what_is_wished_and_whose_browser_it_is (void **state)
{
    (void) state;
    person_t one;
    person_t other;
    char of_one[INTERESTS_BYTES];
    char of_other[INTERESTS_BYTES];
    enter_as (&one, "{\"browser\":\"one and the same\"}");
    enter_as (&other, "{\"browser\":\"one and the same\"}");
    wire_search_t first =
        search_with (&one, "{\"interests\":[\"Chess\",\"jazz\"],\"language\":\"pt-BR\"}", of_one);
    wire_search_t second =
        search_with (&other, "{\"interests\":[\"JAZZ\"],\"language\":\"PT\"}", of_other);
    assert_int_equal (first.interests.bytes, 2 * INTEREST_DIGITS);
    assert_int_equal (second.interests.bytes, INTEREST_DIGITS);
    assert_memory_equal (of_one + INTEREST_DIGITS, of_other, INTEREST_DIGITS);
    assert_true (!ident_is_nil (&first.browser) && ident_equal (&first.browser, &second.browser));
    person_leave (&one);
    person_leave (&other);
}

static void
test_what_is_no_name_of_a_browser_is_passed_over (void **state)
{
    (void) state;
    static const char *const auths[] = {
        "", "{}", "{\"browser\":\"\"}", "{\"browser\":7}", "{\"browser\":{\"a\":1}}",
        "{\"browser\":\"12345678901234567890123456789012345678901234567890123456789012345\"}",
    };
    for (size_t i = 0; i < sizeof auths / sizeof auths[0]; i++) {
        person_t person;
        char interests[INTERESTS_BYTES];
        enter_as (&person, auths[i]);
        wire_search_t search = search_with (&person, "{}", interests);
        assert_true (ident_is_nil (&search.browser));
        assert_int_equal (search.interests.bytes, 0);
        person_leave (&person);
    }
}

static void
test_a_block_names_both_and_is_answered_when_it_is_noted (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    browser_send (browser, "427[\"block\"]");
    assert_true (ident_equal (&peer_expect (fixture.relay, WIRE_GONE, NULL)->as.gone.user, &partner));
    wire_block_t block = peer_expect (fixture.matcher, WIRE_BLOCK, NULL)->as.block;
    assert_true (ident_equal (&block.user, &user) && ident_equal (&block.partner, &partner));
    block = peer_expect (fixture.matcher, WIRE_BLOCK, NULL)->as.block; // Until it is answered.
    assert_null (browser_hears (browser, "437", 20));
    wire_t blocked = {WIRE_BLOCKED, .as.blocked = {user, partner, block.pool}};
    say (&blocked);
    assert_string_equal (browser_expect (browser, "437"), "437[{\"status\":\"blocked\"}]");
    browser_close (&browser);
}

// What a matcher says of a chat that takes `undone` up again.
static wire_t
matched_again (const ident_t *user, uint64_t turn, const ident_t *undone)
{
    return (wire_t){WIRE_MATCHED,
                    .as.matched = {*user, turn, ident_timed (2), ident_random (),
                                   fixture.other_gateway, SIDE_A, 7, 0, 0, .undoes = *undone}};
}

static void
test_who_was_skipped_and_does_nothing_is_in_the_chat_again (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    char text[IDENT_TEXT_SIZE];
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    relay_gone (&user, &partner, &chat);
    browser_expect (browser, "42[\"partner_left\"");
    wire_t another = matched_again (&user, 1, &partner); // That chat was never its own.
    say (&another);
    wire_t matched = matched_again (&user, 1, &chat);
    say (&matched);
    const char *event = browser_expect (browser, "42[\"matched\"");
    ident_print (&chat, text);
    assert_non_null (strstr (event, "\"again\":\""));
    assert_non_null (strstr (event, text));
    browser_send (browser, "421[\"search\"]");
    assert_non_null (strstr (browser_expect (browser, "431"), "already_in_chat"));
    browser_close (&browser);
}

static void
test_who_is_wanted_back_before_it_knows_that_it_was_skipped_is_told_both (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    wire_t matched = matched_again (&user, 1, &chat);
    say (&matched);
    browser_expect (browser, "42[\"partner_left\"");
    browser_expect (browser, "42[\"matched\"");
    browser_close (&browser);
}

static void
test_who_searches_is_there_again_even_if_it_forgot_the_chat (void **state)
{
    (void) state;
    ident_t forgotten = ident_random (); // It was in that chat at another gateway.
    browser_t *browser = browser_open (fixture.port);
    browser_send (browser, "42[\"search\"]");
    wire_search_t search = peer_expect (fixture.matcher, WIRE_SEARCH, NULL)->as.search;
    wire_t matched = matched_again (&search.user, search.turn, &forgotten);
    say (&matched);
    browser_expect (browser, "42[\"matched\"");
    browser_close (&browser);
}

// What the partner says in the new chat may come before the word of the matcher.
static void
test_who_may_be_wanted_back_does_not_say_that_the_new_chat_is_over (void **state)
{
    (void) state;
    ident_t user, partner, chat;
    ident_t next = ident_timed (clock_wall_ms ());
    browser_t *browser = browser_open (fixture.port);
    match (browser, &user, &partner, &chat);
    relay_gone (&user, &partner, &chat);
    browser_expect (browser, "42[\"partner_left\"");
    relay_receipt (&user, &partner, &next, 0);
    browser_send (browser, "425[\"end_chat\"]");
    browser_expect (browser, "435");
    assert_false (peer_hears (fixture.relay, WIRE_GONE, 100));
    browser_close (&browser);
}

static void
test_for_who_has_gone_meanwhile_the_chat_is_left (void **state)
{
    (void) state;
    ident_t user = ident_random ();
    ident_t undone = ident_random ();
    wire_t matched = matched_again (&user, 41, &undone);
    say (&matched);
    wire_leave_t leave = peer_expect (fixture.matcher, WIRE_LEAVE, NULL)->as.leave;
    assert_true (ident_equal (&leave.user, &user));
    assert_int_equal (leave.turn, 42);
    assert_int_equal (leave.reason, REASON_DISCONNECTED);
    peer_expect (fixture.matcher, WIRE_LEAVE, NULL); // Until it is heard.
    wire_t left = {WIRE_LEFT, .as.left = {user, 42}};
    say (&left);
    assert_false (peer_hears (fixture.matcher, WIRE_LEAVE, 700));
}

static void
say_online (uint64_t online)
{
    wire_t leased = {WIRE_LEASED, .as.leased = {fixture.instance, online, 3, 0}};
    say (&leased);
}

static void
test_browsers_are_told_how_many_people_there_are (void **state)
{
    (void) state;
    browser_t *browser = browser_open (fixture.port);
    say_online (1000);
    browser_expect (browser, "42[\"online\",{\"count\":1000}]");
    say_online (1009); // That is hardly news, and is not told alone.
    say_online (1010);
    browser_expect (browser, "42[\"online\",{\"count\":1010}]");
    browser_t *late = browser_open (fixture.port);
    browser_expect (late, "42[\"online\",{\"count\":1010}]"); // At once.
    browser_close (&browser);
    browser_close (&late);
}

static void
test_a_lease_says_how_many_people_are_here (void **state)
{
    (void) state;
    browser_t *one = browser_open (fixture.port);
    browser_t *other = browser_open (fixture.port);
    WAIT_FOR (peer_expect (fixture.matcher, WIRE_LEASE, NULL)->as.lease.users == 2);
    browser_close (&one);
    WAIT_FOR (peer_expect (fixture.matcher, WIRE_LEASE, NULL)->as.lease.users == 1);
    browser_close (&other);
    WAIT_FOR (peer_expect (fixture.matcher, WIRE_LEASE, NULL)->as.lease.users == 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        WITH_GATEWAY (test_a_search_says_what_is_wished_and_whose_browser_it_is),
        WITH_GATEWAY (test_what_is_no_name_of_a_browser_is_passed_over),
        WITH_GATEWAY (test_a_block_names_both_and_is_answered_when_it_is_noted),
        WITH_GATEWAY (test_who_was_skipped_and_does_nothing_is_in_the_chat_again),
        WITH_GATEWAY (test_who_is_wanted_back_before_it_knows_that_it_was_skipped_is_told_both),
        WITH_GATEWAY (test_who_searches_is_there_again_even_if_it_forgot_the_chat),
        WITH_GATEWAY (test_who_may_be_wanted_back_does_not_say_that_the_new_chat_is_over),
        WITH_GATEWAY (test_for_who_has_gone_meanwhile_the_chat_is_left),
        WITH_GATEWAY (test_browsers_are_told_how_many_people_there_are),
        WITH_GATEWAY (test_a_lease_says_how_many_people_are_here),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
