// seek_test.c -- a user looks for a partner: wishes, waiting, its end, undo, blocks, pools.

#include <string.h>

#include "gateway/seek.h"
#include "support/cmocka_all.h"
#include "unit/scene.h"

#define LEFT_1 " of 1 sent 0 received 0"

static void
wish_for (const char *interest)
{
    scene.wish = wish_new ();
    assert_int_equal (wish_add (scene.wish, interest, strlen (interest)), REFUSAL_NONE);
}

// What the last SEARCH wished; forgotten by the next event.
static size_t
wished (void)
{
    return scene.wire.as.search.interests.bytes / INTEREST_DIGITS;
}

static void
waits_with (uint64_t waited_ms, uint64_t again_ms)
{
    wire_t waiting = {WIRE_WAITING, .as.waiting = {scene.user->id, scene.user->turn, waited_ms,
                                                   again_ms, SCENE_SEARCHING}};
    scene.said[0] = '\0';
    user_step (scene.user, USER_WAITS, &waiting);
}

static void
matched_again (uint64_t undoes)
{
    wire_t matched = {WIRE_MATCHED,
                      .as.matched = {scene.user->id, scene.user->turn, chat_ident (2),
                                     partner_ident (2), partner_gateway_ident (2), SCENE_SIDE,
                                     SCENE_STARTED_MS, SCENE_WAITED_A_MS, SCENE_WAITED_B_MS,
                                     .shared = {"", 0}}};
    matched.as.matched.undoes = undoes > 0 ? chat_ident ((unsigned) undoes) : ident_nil;
    scene.chat = 2;
    scene.there = partner_gateway_ident (2);
    scene.said[0] = '\0';
    user_step (scene.user, USER_MATCHED, &matched);
}

// --- Wishes ---

static void
test_a_skip_wishes_what_the_search_did_and_a_search_says_anew (void **state)
{
    (void) state;
    scene_open_with (0);
    wish_for ("chess");
    scene_happens (USER_SEARCHED);
    assert_int_equal (wished (), 1);
    scene_happens (USER_MATCHED);
    scene_happens (USER_SKIPPED);
    assert_int_equal (wished (), 1);
    scene_happens (USER_MATCHED);
    scene_happens (USER_ENDED);
    scene_happens (USER_SEARCHED);
    assert_int_equal (wished (), 0);
}

static void
test_a_search_may_be_changed_and_goes_on (void **state)
{
    (void) state;
    scene_open_with (0);
    scene_happens (USER_SEARCHED);
    scene_waits (400);
    wish_for ("chess");
    scene_happens (USER_SEARCHED);
    SAYS ("answer 1 waiting, SEARCH 2");
    assert_int_equal (wished (), 1);
    assert_in_range (scene.wire.as.search.waits_ms, 400, 410);
    wish_for ("CHESS");
    scene_happens (USER_SEARCHED);
    SAYS ("answer 2 waiting"); // The same: nothing is asked.
    assert_string_equal (scene.user->wish->spellings[0], "CHESS");
}

static void
test_both_are_told_what_they_share_as_they_spell_it (void **state)
{
    (void) state;
    char shared[2 * INTEREST_DIGITS];
    scene_open_with (0);
    wish_for ("Chess");
    scene_happens (USER_SEARCHED);
    memcpy (shared, scene.user->wish->digests, INTEREST_DIGITS);
    memset (shared + INTEREST_DIGITS, '0', INTEREST_DIGITS); // One that nobody here has spelled.
    wire_t matched = {WIRE_MATCHED,
                      .as.matched = {scene.user->id, 1, chat_ident (1), partner_ident (1),
                                     partner_gateway_ident (1), SIDE_A, 1, 0, 0, ident_nil,
                                     {shared, sizeof shared}, ident_nil}};
    scene.there = partner_gateway_ident (1);
    user_step (scene.user, USER_MATCHED, &matched);
    assert_non_null (strstr (scene.json, ",\"interests\":[\"Chess\"]}"));
}

static void
test_a_skip_while_it_searches_may_change_the_wish (void **state)
{
    (void) state;
    scene_open_with (0);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_SKIPPED);
    SAYS ("answer 1 waiting");
    wish_for ("chess");
    scene_happens (USER_SKIPPED);
    SAYS ("answer 2 waiting, SEARCH 2");
    assert_int_equal (wished (), 1);
}

// A matcher may have found somebody for the search that was ended, and not have heard of its end.
static void
test_what_a_search_that_was_ended_has_found_is_not_for_the_next_one (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_ENDED, USER_SEARCHED);
    SAYS ("answer 2 idle, SEARCH 3");
    assert_int_equal (scene.wire.as.search.anew, 1);
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_ENDED, USER_LEFT, USER_SEARCHED);
    assert_int_equal (scene.wire.as.search.anew, 0); // That was heard.
}

// Who is only away has not ended it.
static void
test_what_a_search_has_found_for_who_was_away_is_for_it (void **state)
{
    (void) state;
    scene_open_with (SCENE_RECOVERY_MS);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_CUT_OFF);
    assert_int_equal (scene.wire.as.leave.reason, REASON_DISCONNECTED);
    scene_happens (USER_RETURNED);
    assert_int_equal (scene.wire.kind, WIRE_SEARCH);
    assert_int_equal (scene.wire.as.search.anew, 0);
}

// --- In line ---

static void
test_a_search_is_asked_again_when_the_matcher_says (void **state)
{
    (void) state;
    scene_open_with (0);
    scene_happens (USER_SEARCHED);
    waits_with (0, 300);
    SAYS ("answer 1 waiting, waiting");
    assert_string_equal (scene.json, "{\"waitedMs\":0,\"searching\":3}");
    scene_waits (290);
    SAYS ("");
    scene_waits (20);
    SAYS ("SEARCH 1");
    waits_with (310, 5000);
    scene_waits (4990);
    SAYS ("");
    scene_waits (20);
    SAYS ("SEARCH 1");
}

static void
test_a_search_ends_with_a_notice_when_it_has_lasted_too_long (void **state)
{
    (void) state;
    scene_open_with (0);
    scene.users.search_limit_ms = 3000;
    scene_happens (USER_SEARCHED);
    waits_with (0, 60000);
    scene_waits (2990);
    SAYS ("");
    scene_waits (20);
    SAYS ("LEAVE 2 timeout, search_timeout");
    assert_int_equal (scene.user->state, USER_IDLE);
    scene_happens (USER_MATCHED); // That was too late; the turn has told, were it not for this scene.
    SAYS ("");
}

static void
test_a_search_that_no_matcher_answers_ends_too (void **state)
{
    (void) state;
    scene_open_with (0);
    scene.users.search_limit_ms = 1200;
    scene_happens (USER_SEARCHED);
    scene_waits (1190);
    assert_int_equal (scene.user->state, USER_SEARCHING);
    scene_waits (500);
    assert_int_equal (scene.user->state, USER_IDLE);
}

// --- Undo ---

static void
skip_the_first (void)
{
    scene_open_with (0);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    scene_happens (USER_SKIPPED);
}

static void
test_a_skip_can_be_undone_for_ten_seconds (void **state)
{
    (void) state;
    skip_the_first ();
    waits_with (0, 60000);
    scene_waits (9900);
    scene_happens (USER_UNDID);
    SAYS ("SEARCH 3 undo 1");
    matched_again (1);
    SAYS ("answer 3 matched, RECEIPT 2 #0, matched 2 again 1");
    skip_the_first ();
    waits_with (0, 60000);
    scene_waits (10010);
    scene_happens (USER_UNDID);
    SAYS ("error nothing_to_undo, answer 3 error nothing_to_undo");
}

static void
test_an_undo_that_comes_to_nothing_says_so_and_the_search_goes_on (void **state)
{
    (void) state;
    skip_the_first ();
    scene_happens (USER_UNDID);
    SAYS ("SEARCH 3 undo 1 of 1 sent 0 received 0");
    scene_waits (520);
    SAYS ("SEARCH 3 undo 1 of 1 sent 0 received 0"); // Until it is answered.
    waits_with (500, 2000);
    SAYS ("answer 2 waiting, error partner_taken, answer 3 error partner_taken, waiting");
    scene_waits (2020);
    SAYS ("SEARCH 3");
    scene_happens (USER_UNDID);
    SAYS ("error nothing_to_undo, answer 4 error nothing_to_undo"); // Once is enough.
    assert_int_equal (scene.user->state, USER_SEARCHING);
}

static void
test_an_undo_may_find_somebody_else (void **state)
{
    (void) state;
    skip_the_first ();
    scene_happens (USER_UNDID);
    matched_again (0);
    SAYS ("answer 2 waiting, error partner_taken, answer 3 error partner_taken, "
          "RECEIPT 2 #0, matched 2");
}

static void
test_who_stops_searching_gives_the_undo_up (void **state)
{
    (void) state;
    skip_the_first ();
    scene_happens (USER_UNDID);
    scene_happens (USER_ENDED);
    SAYS ("error partner_taken, answer 3 error partner_taken, answer 2 waiting, "
          "LEAVE 4 skipped" LEFT_1);
}

static void
test_who_was_skipped_and_waits_is_there_again (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED, USER_PARTNER_GONE, USER_REUNITED);
    SAYS ("RECEIPT 2 #0, matched 2 again 9");
}

static void
test_who_was_skipped_and_is_away_is_there_again_but_away (void **state)
{
    (void) state;
    scene_open_with (SCENE_RECOVERY_MS);
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    scene_happens (USER_PARTNER_GONE);
    scene_happens (USER_CUT_OFF);
    scene_happens (USER_REUNITED);
    SAYS ("RECEIPT 2 #0, AWAY 2");
    scene_happens (USER_RETURNED);
    SAYS ("matched 2 again 9, accept, state chatting 2, BACK 2");
}

// --- Blocks ---

static void
test_a_block_ends_the_chat_and_is_said_until_it_is_noted (void **state)
{
    (void) state;
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_MATCHED, USER_BLOCKED);
    SAYS ("GONE 1 ended, BLOCK 1 at 0, LEAVE 2 ended" LEFT_1);
    scene_happens (USER_LEFT);
    scene_waits (520);
    SAYS ("BLOCK 1 at 0");
    scene_happens (USER_BLOCK_NOTED);
    SAYS ("answer 2 blocked");
    scene_waits (2000);
    SAYS ("");
    scene_happens (USER_BLOCKED); // Once more, as the answer may have been lost.
    SAYS ("answer 3 blocked");
}

static void
test_who_is_taken_to_be_in_a_chat_asks_and_is_not_if_it_waits (void **state)
{
    (void) state;
    ident_t chat = chat_ident (5), other = chat_ident (6);
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_WAITS);
    scene_says ();
    assert_true (seek_may_learn_of (scene.user, &chat));
    scene_waits (1900);
    assert_true (seek_may_learn_of (scene.user, &chat));
    SAYS (""); // Word of it may be on its way.
    scene_waits (100);
    scene_says ();
    assert_true (seek_may_learn_of (scene.user, &chat));
    SAYS ("SEARCH 2");
    assert_true (seek_may_learn_of (scene.user, &chat));
    SAYS (""); // It is asked.
    scene_happens (USER_WAITS);
    assert_false (seek_may_learn_of (scene.user, &chat));
    assert_true (seek_may_learn_of (scene.user, &other));
    scene_happens (USER_MATCHED);
    SAYS ("RECEIPT 1 #0, matched 1");
}

static void
test_a_search_waits_until_a_block_is_noted (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_MATCHED, USER_BLOCKED, USER_SEARCHED);
    SAYS ("");
    scene_happens (USER_BLOCK_NOTED);
    SAYS ("answer 2 blocked, SEARCH 3" LEFT_1);
}

static void
test_the_last_partner_can_be_blocked_in_the_next_chat (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED, USER_SKIPPED, USER_MATCHED,
             USER_BLOCKED_LAST);
    SAYS ("BLOCK 1 at 0");
    scene.chat = 1;
    scene_happens (USER_BLOCK_NOTED);
    SAYS ("answer 3 blocked");
    assert_int_equal (scene.user->state, USER_CHATTING);
}

static void
test_every_pool_notes_a_block (void **state)
{
    (void) state;
    scene_open_with (0);
    scene.users.pools = 2;
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    scene_happens (USER_BLOCKED);
    scene_happens (USER_LEFT);
    scene_happens (USER_BLOCK_NOTED);
    SAYS ("BLOCK 1 at 1");
    scene_happens (USER_BLOCK_NOTED); // By the first, again.
    SAYS ("");
    scene.pool = 1;
    scene_happens (USER_BLOCK_NOTED);
    SAYS ("answer 2 blocked");
}

static void
test_who_has_gone_is_kept_until_its_block_is_noted (void **state)
{
    (void) state;
    ENDS_IN (USER_GONE, USER_SEARCHED, USER_MATCHED, USER_BLOCKED, USER_LEFT, USER_QUIT);
    scene_happens (USER_BLOCK_NOTED);
    SAYS ("done");
    assert_null (scene.user);
}

// --- Pools ---

static void
test_who_is_alone_in_a_pool_goes_on_in_the_next_and_stays_in_the_last (void **state)
{
    (void) state;
    scene_open_with (0);
    scene.users.pools = 2;
    scene.users.pool_wait_ms = 3000;
    wish_for ("a"); // Which of the two pools is its own is no matter: it is put into the first.
    scene_happens (USER_SEARCHED);
    scene.user->pool = 0;
    scene.user->pool_ms = scene.users.now_ms;
    waits_with (0, 60000);
    scene_waits (3010);
    SAYS ("SEARCH 1");
    waits_with (3000, 60000);
    SAYS ("waiting, LEAVE 2 drained");
    assert_int_equal (scene.asked_pool, 0);
    scene_happens (USER_LEFT);
    SAYS ("SEARCH 3");
    assert_int_equal (scene.asked_pool, 1);
    assert_in_range (scene.wire.as.search.waits_ms, 3000, 3020); // It keeps its place.
    waits_with (3010, 60000);
    scene_waits (30000);
    SAYS ("");
    assert_int_equal (scene.user->state, USER_SEARCHING);
}

static void
test_a_chat_is_left_in_its_own_pool_first (void **state)
{
    (void) state;
    scene_open_with (0);
    scene.users.pools = 2;
    scene_happens (USER_SEARCHED);
    scene_happens (USER_MATCHED);
    scene_happens (USER_PARTNER_GONE);
    size_t before = scene.user->pool;
    for (char interest[] = "a"; scene.wish == NULL; interest[0]++) { // One of the other pool.
        wish_for (interest);
        if (wish_pool (scene.wish, &scene.user->id, 2) == before) {
            wish_destroy (&scene.wish);
        }
    }
    scene_happens (USER_SEARCHED);
    SAYS ("LEAVE 2 skipped" LEFT_1);
    assert_int_equal (scene.asked_pool, before);
    scene_happens (USER_LEFT);
    SAYS ("SEARCH 3");
    assert_int_equal (scene.asked_pool, 1 - before);
}

static void
test_who_comes_back_is_looked_for_in_every_pool (void **state)
{
    (void) state;
    scene_open_returning (SCENE_RECOVERY_MS, "1");
    scene.users.pools = 2;
    ident_t nonce = scene.user->nonce;
    scene_happens (USER_UNKNOWN_THERE);
    SAYS ("RESUME");
    assert_int_equal (scene.asked_pool, 1);
    assert_false (ident_equal (&nonce, &scene.user->nonce));
    scene_happens (USER_WAS_SEARCHING);
    SAYS ("accept, state searching, SEARCH 65537");
    assert_int_equal (scene.asked_pool, 1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown (name, scene_close)
        TEST (test_a_skip_wishes_what_the_search_did_and_a_search_says_anew),
        TEST (test_a_search_may_be_changed_and_goes_on),
        TEST (test_a_skip_while_it_searches_may_change_the_wish),
        TEST (test_what_a_search_that_was_ended_has_found_is_not_for_the_next_one),
        TEST (test_what_a_search_has_found_for_who_was_away_is_for_it),
        TEST (test_both_are_told_what_they_share_as_they_spell_it),
        TEST (test_a_search_is_asked_again_when_the_matcher_says),
        TEST (test_a_search_ends_with_a_notice_when_it_has_lasted_too_long),
        TEST (test_a_search_that_no_matcher_answers_ends_too),
        TEST (test_a_skip_can_be_undone_for_ten_seconds),
        TEST (test_an_undo_that_comes_to_nothing_says_so_and_the_search_goes_on),
        TEST (test_an_undo_may_find_somebody_else),
        TEST (test_who_stops_searching_gives_the_undo_up),
        TEST (test_who_was_skipped_and_waits_is_there_again),
        TEST (test_who_was_skipped_and_is_away_is_there_again_but_away),
        TEST (test_a_block_ends_the_chat_and_is_said_until_it_is_noted),
        TEST (test_a_search_waits_until_a_block_is_noted),
        TEST (test_who_is_taken_to_be_in_a_chat_asks_and_is_not_if_it_waits),
        TEST (test_the_last_partner_can_be_blocked_in_the_next_chat),
        TEST (test_every_pool_notes_a_block),
        TEST (test_who_has_gone_is_kept_until_its_block_is_noted),
        TEST (test_who_is_alone_in_a_pool_goes_on_in_the_next_and_stays_in_the_last),
        TEST (test_a_chat_is_left_in_its_own_pool_first),
        TEST (test_who_comes_back_is_looked_for_in_every_pool),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
