// user_test.c -- sentences of events, and what the user says to each.

#include <string.h>

#include "support/cmocka_all.h"
#include "unit/scene.h"

// How each state is reached; USER_RETURNING by coming with an offset of chat 1.
static const user_event_t ways[][2] = {
    [USER_SEARCHING] = {USER_SEARCHED},
    [USER_CHATTING] = {USER_SEARCHED, USER_MATCHED},
    [USER_GONE] = {USER_SEARCHED, USER_GIVEN_UP},
};
static const size_t steps[] = {
    [USER_IDLE] = 0, [USER_SEARCHING] = 1, [USER_CHATTING] = 2, [USER_GONE] = 2};

static void
reach (user_state_t state)
{
    if (state == USER_RETURNING) {
        scene_plays_returning ("7.3.00000000", NULL, 0);
    }
    else {
        scene_plays (ways[state], steps[state]);
    }
    assert_int_equal (scene.user->state, state);
}

#define DONE (-1) // Forgotten.

typedef struct {
    user_state_t in;
    user_event_t when;
    int then; // A user_state_t, or DONE.
    const char *says;
} sentence_t;

#define NO_CHAT(ack) "error not_in_chat, answer " ack " error not_in_chat"
#define OVER(ack) "error chat_over, answer " ack " error chat_over"
#define TOO_OFTEN(ack) "error too_many_searches, answer " ack " error too_many_searches"
#define NOBODY(ack) "error nobody_to_block, answer " ack " error nobody_to_block"
#define TOO_SOON(ack) "error block_pending, answer " ack " error block_pending"
#define NOTHING(ack) "error nothing_to_undo, answer " ack " error nothing_to_undo"
#define LEFT_1 " of 1 sent 0 received 0"

// clang-format off
static const sentence_t sentences[] = {
    { USER_IDLE, USER_SEARCHED,          USER_SEARCHING, "SEARCH 1" },
    { USER_IDLE, USER_WROTE,             USER_IDLE,      NO_CHAT ("1") },
    { USER_IDLE, USER_SKIPPED,           USER_SEARCHING, "SEARCH 1" },
    { USER_IDLE, USER_ENDED,             USER_IDLE,      "answer 1 idle" },
    { USER_IDLE, USER_TYPED,             USER_IDLE,      "" },
    { USER_IDLE, USER_BLOCKED, USER_IDLE, NOBODY ("1") },
    { USER_IDLE, USER_BLOCKED_LAST, USER_IDLE, NOBODY ("1") },
    { USER_IDLE, USER_BLOCKED_TOO_SOON, USER_IDLE, TOO_SOON ("1") },
    { USER_IDLE, USER_UNDID, USER_IDLE, NOTHING ("1") },
    { USER_IDLE, USER_NAMED_OLD_CHAT,    USER_IDLE,      OVER ("1") },
    { USER_IDLE, USER_TYPED_TOO_LATE,    USER_IDLE,      "" },
    { USER_IDLE, USER_SEARCHED_TOO_OFTEN, USER_IDLE,      TOO_OFTEN ("1") },
    { USER_IDLE, USER_QUIT,              DONE,           "done" },
    { USER_IDLE, USER_CUT_OFF,           USER_IDLE,      "" },
    { USER_IDLE, USER_RETURNED,          USER_IDLE,      "accept, state idle" },
    { USER_IDLE, USER_GIVEN_UP,          DONE,           "done" },
    { USER_IDLE, USER_WAITS,             USER_IDLE,      "" },
    { USER_IDLE, USER_MATCHED,           USER_IDLE,      "" },
    { USER_IDLE, USER_MATCHED_BLOCKED, USER_IDLE, "LEAVE 1 ended" LEFT_1 },
    { USER_IDLE, USER_REUNITED, USER_CHATTING, "RECEIPT 1 #0, matched 1 again 9" },
    { USER_IDLE, USER_LEFT,              USER_IDLE,      "" },
    { USER_IDLE, USER_HELD,              USER_IDLE,      "" },
    { USER_IDLE, USER_BLOCK_NOTED, USER_IDLE, "" },
    { USER_IDLE, USER_SEARCHED_TOO_LONG, USER_IDLE, "" },
    { USER_IDLE, USER_UNKNOWN_THERE, USER_IDLE, "" },
    { USER_IDLE, USER_WAS_UNKNOWN,       USER_IDLE,      "" },
    { USER_IDLE, USER_WAS_IDLE,          USER_IDLE,      "" },
    { USER_IDLE, USER_WAS_PARTED,        USER_IDLE,      "" },
    { USER_IDLE, USER_WAS_SEARCHING,     USER_IDLE,      "" },
    { USER_IDLE, USER_WAS_CHATTING,      USER_IDLE,      "" },
    { USER_IDLE, USER_WAS_LEAVING, USER_IDLE, "" },
    { USER_IDLE, USER_TAKEN_AWAY,        DONE,           "error taken_over, put_out, done" },
    { USER_IDLE, USER_HEARD,             USER_IDLE,      "" },
    { USER_IDLE, USER_RECEIPTED,         USER_IDLE,      "" },
    { USER_IDLE, USER_PARTNER_TYPED,     USER_IDLE,      "" },
    { USER_IDLE, USER_PARTNER_AWAY,      USER_IDLE,      "" },
    { USER_IDLE, USER_PARTNER_BACK,      USER_IDLE,      "" },
    { USER_IDLE, USER_PARTNER_GONE,      USER_IDLE,      "" },
    { USER_IDLE, USER_PARTNER_MOVED,     USER_IDLE,      "" },
    { USER_IDLE, USER_PARTNER_STANDS,    USER_IDLE,      "" },
    { USER_IDLE, USER_GIVEN_BACK,        USER_IDLE,      "" },
    { USER_IDLE, USER_PARTNER_UNREACHED, USER_IDLE,      "" },
    { USER_IDLE, USER_PARTNER_LOST,      USER_IDLE,      "" },

    { USER_SEARCHING, USER_SEARCHED,          USER_SEARCHING, "answer 1 waiting" },
    { USER_SEARCHING, USER_WROTE,             USER_SEARCHING, NO_CHAT ("2") },
    { USER_SEARCHING, USER_SKIPPED,           USER_SEARCHING, "answer 1 waiting" },
    { USER_SEARCHING, USER_ENDED,             USER_IDLE,      "answer 1 waiting, LEAVE 2 ended" },
    { USER_SEARCHING, USER_TYPED,             USER_SEARCHING, "" },
    { USER_SEARCHING, USER_BLOCKED, USER_SEARCHING, NOBODY ("2") },
    { USER_SEARCHING, USER_BLOCKED_LAST, USER_SEARCHING, NOBODY ("2") },
    { USER_SEARCHING, USER_BLOCKED_TOO_SOON, USER_SEARCHING, TOO_SOON ("2") },
    { USER_SEARCHING, USER_UNDID, USER_SEARCHING, NOTHING ("2") },
    { USER_SEARCHING, USER_NAMED_OLD_CHAT,    USER_SEARCHING, OVER ("2") },
    { USER_SEARCHING, USER_TYPED_TOO_LATE,    USER_SEARCHING, "" },
    { USER_SEARCHING, USER_SEARCHED_TOO_OFTEN, USER_SEARCHING, TOO_OFTEN ("2") },
    { USER_SEARCHING, USER_QUIT,              USER_GONE,      "LEAVE 2 ended" },
    { USER_SEARCHING, USER_CUT_OFF,           USER_SEARCHING, "LEAVE 2 disconnected" },
    { USER_SEARCHING, USER_RETURNED,          USER_SEARCHING, "accept, state searching, SEARCH 2" },
    { USER_SEARCHING, USER_GIVEN_UP,          USER_GONE,      "LEAVE 2 disconnected" },
    { USER_SEARCHING, USER_WAITS,             USER_SEARCHING, "answer 1 waiting, waiting" },
    { USER_SEARCHING, USER_MATCHED,           USER_CHATTING,  "answer 1 waiting, RECEIPT 1 #0, matched 1" },
    { USER_SEARCHING, USER_MATCHED_BLOCKED, USER_SEARCHING, "SEARCH 2" LEFT_1 },
    { USER_SEARCHING, USER_REUNITED, USER_CHATTING, "answer 1 waiting, RECEIPT 1 #0, matched 1 again 9" },
    { USER_SEARCHING, USER_LEFT,              USER_SEARCHING, "" },
    { USER_SEARCHING, USER_HELD,              USER_SEARCHING, "" },
    { USER_SEARCHING, USER_BLOCK_NOTED, USER_SEARCHING, "SEARCH 1" },
    { USER_SEARCHING, USER_SEARCHED_TOO_LONG, USER_IDLE, "answer 1 waiting, LEAVE 2 timeout, search_timeout" },
    { USER_SEARCHING, USER_UNKNOWN_THERE, USER_SEARCHING, "" },
    { USER_SEARCHING, USER_WAS_UNKNOWN,       USER_SEARCHING, "" },
    { USER_SEARCHING, USER_WAS_IDLE,          USER_SEARCHING, "" },
    { USER_SEARCHING, USER_WAS_PARTED,        USER_SEARCHING, "" },
    { USER_SEARCHING, USER_WAS_SEARCHING,     USER_SEARCHING, "" },
    { USER_SEARCHING, USER_WAS_CHATTING,      USER_SEARCHING, "" },
    { USER_SEARCHING, USER_WAS_LEAVING, USER_SEARCHING, "" },
    { USER_SEARCHING, USER_TAKEN_AWAY,        DONE,           "error taken_over, put_out, done" },
    { USER_SEARCHING, USER_HEARD,             USER_SEARCHING, "" },
    { USER_SEARCHING, USER_RECEIPTED,         USER_SEARCHING, "" },
    { USER_SEARCHING, USER_PARTNER_TYPED,     USER_SEARCHING, "" },
    { USER_SEARCHING, USER_PARTNER_AWAY,      USER_SEARCHING, "" },
    { USER_SEARCHING, USER_PARTNER_BACK,      USER_SEARCHING, "" },
    { USER_SEARCHING, USER_PARTNER_GONE,      USER_SEARCHING, "" },
    { USER_SEARCHING, USER_PARTNER_MOVED,     USER_SEARCHING, "" },
    { USER_SEARCHING, USER_PARTNER_STANDS,    USER_SEARCHING, "" },
    { USER_SEARCHING, USER_GIVEN_BACK,        USER_SEARCHING, "" },
    { USER_SEARCHING, USER_PARTNER_UNREACHED, USER_SEARCHING, "" },
    { USER_SEARCHING, USER_PARTNER_LOST,      USER_SEARCHING, "" },

    { USER_CHATTING, USER_SEARCHED,          USER_CHATTING,
      "error already_in_chat, answer 2 error already_in_chat" },
    { USER_CHATTING, USER_WROTE,             USER_CHATTING,  "MESSAGE 1 #1 hello" },
    { USER_CHATTING, USER_SKIPPED,           USER_SEARCHING,
      "GONE 1 skipped, SEARCH 2" LEFT_1 },
    { USER_CHATTING, USER_ENDED,             USER_IDLE,
      "GONE 1 ended, LEAVE 2 ended" LEFT_1 },
    { USER_CHATTING, USER_TYPED,             USER_CHATTING,  "TYPING 1 on" },
    { USER_CHATTING, USER_BLOCKED, USER_IDLE, 
      "GONE 1 ended, BLOCK 1 at 0, LEAVE 2 ended" LEFT_1 },
    { USER_CHATTING, USER_BLOCKED_LAST, USER_CHATTING, NOBODY ("2") },
    { USER_CHATTING, USER_BLOCKED_TOO_SOON, USER_CHATTING, TOO_SOON ("2") },
    { USER_CHATTING, USER_UNDID, USER_CHATTING, 
      "error already_in_chat, answer 2 error already_in_chat" },
    { USER_CHATTING, USER_NAMED_OLD_CHAT,    USER_CHATTING,  OVER ("2") },
    { USER_CHATTING, USER_TYPED_TOO_LATE,    USER_CHATTING,  "" },
    { USER_CHATTING, USER_SEARCHED_TOO_OFTEN, USER_CHATTING,  TOO_OFTEN ("2") },
    { USER_CHATTING, USER_QUIT,              USER_GONE,      "GONE 1 ended, LEAVE 2 ended" LEFT_1 },
    { USER_CHATTING, USER_CUT_OFF,           USER_CHATTING,  "AWAY 1" },
    { USER_CHATTING, USER_RETURNED,          USER_CHATTING,  "accept, state chatting 1, BACK 1" },
    { USER_CHATTING, USER_GIVEN_UP,          USER_GONE,
      "GONE 1 disconnected, LEAVE 2 disconnected" LEFT_1 },
    { USER_CHATTING, USER_WAITS,             USER_CHATTING,  "" },
    { USER_CHATTING, USER_MATCHED,           USER_CHATTING,  "" },
    { USER_CHATTING, USER_MATCHED_BLOCKED, USER_CHATTING, "" },
    { USER_CHATTING, USER_REUNITED, USER_CHATTING, "" },
    { USER_CHATTING, USER_LEFT,              USER_CHATTING,  "" },
    { USER_CHATTING, USER_HELD,              USER_CHATTING,  "" },
    { USER_CHATTING, USER_BLOCK_NOTED, USER_CHATTING, "" },
    { USER_CHATTING, USER_SEARCHED_TOO_LONG, USER_CHATTING, "" },
    { USER_CHATTING, USER_UNKNOWN_THERE, USER_CHATTING, "" },
    { USER_CHATTING, USER_WAS_UNKNOWN,       USER_CHATTING,  "" },
    { USER_CHATTING, USER_WAS_IDLE,          USER_CHATTING,  "" },
    { USER_CHATTING, USER_WAS_PARTED,        USER_CHATTING,  "" },
    { USER_CHATTING, USER_WAS_SEARCHING,     USER_CHATTING,  "" },
    { USER_CHATTING, USER_WAS_CHATTING,      USER_CHATTING,  "" },
    { USER_CHATTING, USER_WAS_LEAVING, USER_CHATTING, "" },
    { USER_CHATTING, USER_TAKEN_AWAY,        DONE,           "error taken_over, put_out, done" },
    { USER_CHATTING, USER_HEARD,             USER_CHATTING,  "message 1 hi" },
    { USER_CHATTING, USER_RECEIPTED,         USER_CHATTING,  "" },
    { USER_CHATTING, USER_PARTNER_TYPED,     USER_CHATTING,  "typing 1 on" },
    { USER_CHATTING, USER_PARTNER_AWAY,      USER_CHATTING,  "partner_away 1" },
    { USER_CHATTING, USER_PARTNER_BACK,      USER_CHATTING,  "" },
    { USER_CHATTING, USER_PARTNER_GONE,      USER_IDLE,      "partner_left 1 skipped" },
    { USER_CHATTING, USER_PARTNER_MOVED,     USER_CHATTING,  "STANDS 1 #0 first 1 taken 0" },
    { USER_CHATTING, USER_PARTNER_STANDS,    USER_CHATTING,  "" },
    { USER_CHATTING, USER_GIVEN_BACK,        USER_CHATTING,  "" },
    { USER_CHATTING, USER_PARTNER_UNREACHED, USER_CHATTING,  "" },
    { USER_CHATTING, USER_PARTNER_LOST,      USER_IDLE,
      "partner_left 1 timeout, LEAVE 2 timeout" LEFT_1 },

    { USER_RETURNING, USER_SEARCHED,          USER_RETURNING, "" },
    { USER_RETURNING, USER_WROTE,             USER_RETURNING, "answer 1 error not_in_chat" },
    { USER_RETURNING, USER_SKIPPED,           USER_RETURNING, "" },
    { USER_RETURNING, USER_ENDED,             USER_RETURNING, "" },
    { USER_RETURNING, USER_TYPED,             USER_RETURNING, "" },
    { USER_RETURNING, USER_BLOCKED, USER_RETURNING, "answer 1 error nobody_to_block" },
    { USER_RETURNING, USER_BLOCKED_LAST, USER_RETURNING, "answer 1 error nobody_to_block" },
    { USER_RETURNING, USER_BLOCKED_TOO_SOON, USER_RETURNING, "answer 1 error block_pending" },
    { USER_RETURNING, USER_UNDID, USER_RETURNING, "answer 1 error nothing_to_undo" },
    { USER_RETURNING, USER_NAMED_OLD_CHAT,    USER_RETURNING, "answer 1 error chat_over" },
    { USER_RETURNING, USER_TYPED_TOO_LATE,    USER_RETURNING, "" },
    { USER_RETURNING, USER_SEARCHED_TOO_OFTEN, USER_RETURNING, "answer 1 error too_many_searches" },
    { USER_RETURNING, USER_QUIT,              USER_RETURNING, "" },
    { USER_RETURNING, USER_CUT_OFF,           USER_RETURNING, "" },
    { USER_RETURNING, USER_RETURNED,          USER_RETURNING, "RESUME" },
    { USER_RETURNING, USER_GIVEN_UP,          USER_RETURNING, "" },
    { USER_RETURNING, USER_WAITS,             USER_RETURNING, "" },
    { USER_RETURNING, USER_MATCHED,           USER_RETURNING, "" },
    { USER_RETURNING, USER_MATCHED_BLOCKED, USER_RETURNING, "" },
    { USER_RETURNING, USER_REUNITED, USER_RETURNING, "" },
    { USER_RETURNING, USER_LEFT,              USER_RETURNING, "" },
    { USER_RETURNING, USER_HELD,              USER_RETURNING, "" },
    { USER_RETURNING, USER_BLOCK_NOTED, USER_RETURNING, "" },
    { USER_RETURNING, USER_SEARCHED_TOO_LONG, USER_RETURNING, "" },
    { USER_RETURNING, USER_UNKNOWN_THERE, USER_RETURNING, "RESUME" },
    { USER_RETURNING, USER_WAS_UNKNOWN,       USER_IDLE,      "renamed, accept, state idle" },
    { USER_RETURNING, USER_WAS_IDLE,          USER_IDLE,      "accept, state idle" },
    { USER_RETURNING, USER_WAS_PARTED,        USER_IDLE,
      "partner_left 1 skipped, accept, state idle" },
    { USER_RETURNING, USER_WAS_SEARCHING,     USER_SEARCHING,
      "accept, state searching, SEARCH 65537" },
    { USER_RETURNING, USER_WAS_CHATTING,      USER_CHATTING,  "MOVED 1 turn 65536 #3" },
    { USER_RETURNING, USER_WAS_LEAVING, USER_IDLE, 
      "LEAVE 65537 ended" LEFT_1 ", accept, state idle" },
    { USER_RETURNING, USER_TAKEN_AWAY,        DONE,           "error taken_over, put_out, done" },
    { USER_RETURNING, USER_HEARD,             USER_RETURNING, "" },
    { USER_RETURNING, USER_RECEIPTED,         USER_RETURNING, "" },
    { USER_RETURNING, USER_PARTNER_TYPED,     USER_RETURNING, "" },
    { USER_RETURNING, USER_PARTNER_AWAY,      USER_RETURNING, "" },
    { USER_RETURNING, USER_PARTNER_BACK,      USER_RETURNING, "" },
    { USER_RETURNING, USER_PARTNER_GONE,      USER_RETURNING, "" },
    { USER_RETURNING, USER_PARTNER_MOVED,     USER_RETURNING, "" },
    { USER_RETURNING, USER_PARTNER_STANDS,    USER_RETURNING, "" },
    { USER_RETURNING, USER_GIVEN_BACK,        USER_RETURNING, "" },
    { USER_RETURNING, USER_PARTNER_UNREACHED, USER_RETURNING, "" },
    { USER_RETURNING, USER_PARTNER_LOST,      USER_RETURNING, "" },

    { USER_GONE, USER_SEARCHED,          USER_GONE,      "" },
    { USER_GONE, USER_WROTE,             USER_GONE,      "" },
    { USER_GONE, USER_SKIPPED,           USER_GONE,      "" },
    { USER_GONE, USER_ENDED,             USER_GONE,      "" },
    { USER_GONE, USER_TYPED,             USER_GONE,      "" },
    { USER_GONE, USER_BLOCKED, USER_GONE, "" },
    { USER_GONE, USER_BLOCKED_LAST, USER_GONE, "" },
    { USER_GONE, USER_BLOCKED_TOO_SOON, USER_GONE, "" },
    { USER_GONE, USER_UNDID, USER_GONE, "" },
    { USER_GONE, USER_NAMED_OLD_CHAT,    USER_GONE,      "" },
    { USER_GONE, USER_TYPED_TOO_LATE,    USER_GONE,      "" },
    { USER_GONE, USER_SEARCHED_TOO_OFTEN, USER_GONE,      "" },
    { USER_GONE, USER_QUIT,              USER_GONE,      "" },
    { USER_GONE, USER_CUT_OFF,           USER_GONE,      "" },
    { USER_GONE, USER_RETURNED,          USER_GONE,      "" },
    { USER_GONE, USER_GIVEN_UP,          USER_GONE,      "" },
    { USER_GONE, USER_WAITS,             USER_GONE,      "" },
    { USER_GONE, USER_MATCHED,           USER_GONE,      "" },
    { USER_GONE, USER_MATCHED_BLOCKED, USER_GONE, "" },
    { USER_GONE, USER_REUNITED, USER_GONE, "" },
    { USER_GONE, USER_LEFT,              DONE,           "done" },
    { USER_GONE, USER_HELD,              USER_GONE,      "" },
    { USER_GONE, USER_BLOCK_NOTED, USER_GONE, "" },
    { USER_GONE, USER_SEARCHED_TOO_LONG, USER_GONE, "" },
    { USER_GONE, USER_UNKNOWN_THERE, USER_GONE, "" },
    { USER_GONE, USER_WAS_UNKNOWN,       USER_GONE,      "" },
    { USER_GONE, USER_WAS_IDLE,          USER_GONE,      "" },
    { USER_GONE, USER_WAS_PARTED,        USER_GONE,      "" },
    { USER_GONE, USER_WAS_SEARCHING,     USER_GONE,      "" },
    { USER_GONE, USER_WAS_CHATTING,      USER_GONE,      "" },
    { USER_GONE, USER_WAS_LEAVING, USER_GONE, "" },
    { USER_GONE, USER_TAKEN_AWAY,        DONE,           "done" },
    { USER_GONE, USER_HEARD,             USER_GONE,      "" },
    { USER_GONE, USER_RECEIPTED,         USER_GONE,      "" },
    { USER_GONE, USER_PARTNER_TYPED,     USER_GONE,      "" },
    { USER_GONE, USER_PARTNER_AWAY,      USER_GONE,      "" },
    { USER_GONE, USER_PARTNER_BACK,      USER_GONE,      "" },
    { USER_GONE, USER_PARTNER_GONE,      USER_GONE,      "" },
    { USER_GONE, USER_PARTNER_MOVED,     USER_GONE,      "" },
    { USER_GONE, USER_PARTNER_STANDS,    USER_GONE,      "" },
    { USER_GONE, USER_GIVEN_BACK,        USER_GONE,      "" },
    { USER_GONE, USER_PARTNER_UNREACHED, USER_GONE,      "" },
    { USER_GONE, USER_PARTNER_LOST,      USER_GONE,      "" },
};
// clang-format on

static void
test_in_each_state_each_event_does_what_the_table_says (void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        const sentence_t *sentence = &sentences[i];
        reach (sentence->in);
        scene_happens (sentence->when);
        int then = scene.user != NULL ? (int) scene.user->state : DONE;
        const char *said = scene_says ();
        if (then != sentence->then || strcmp (said, sentence->says) != 0) {
            fail_msg ("%s, event %d: then %d, said \"%s\", not \"%s\"",
                      user_state_name (sentence->in), (int) sentence->when, then, said,
                      sentence->says);
        }
    }
}

static void
test_every_state_and_event_has_a_sentence (void **state)
{
    (void) state;
    for (user_state_t in = USER_IDLE; in <= USER_GONE; in++) {
        for (user_event_t when = USER_SEARCHED; when <= USER_PARTNER_LOST; when++) {
            size_t found = 0;
            for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
                found += sentences[i].in == in && sentences[i].when == when;
            }
            assert_int_equal (found, 1);
        }
    }
}

// --- Faults that systems of this kind had, as far as the user decides them ---

static void
test_five_searches_in_a_burst_are_one (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED);
    SAYS ("SEARCH 1");
    for (int i = 0; i < 4; i++) {
        scene_happens (USER_SEARCHED);
        assert_null (strstr (scene.said, "SEARCH"));
    }
    assert_int_equal (scene.user->turn, 1);
    scene_happens (USER_MATCHED);
    SAYS ("answer 5 waiting, RECEIPT 1 #0, matched 1");
    scene_happens (USER_MATCHED); // Told again: nothing new.
    SAYS ("");
}

static void
test_a_search_in_a_chat_is_refused_and_the_chat_goes_on (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED, USER_SEARCHED);
    SAYS ("error already_in_chat, answer 2 error already_in_chat");
    scene_happens (USER_WROTE);
    SAYS ("MESSAGE 1 #1 hello");
}

static void
test_a_triple_skip_leaves_once (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_MATCHED, USER_SKIPPED);
    SAYS ("GONE 1 skipped, SEARCH 2" LEFT_1);
    scene_happens (USER_SKIPPED);
    SAYS ("answer 2 waiting");
    scene_happens (USER_SKIPPED);
    SAYS ("answer 3 waiting");
    scene_happens (USER_MATCHED);
    SAYS ("answer 4 waiting, RECEIPT 2 #0, matched 2");
}

static void
test_a_fresh_user_may_skip_end_write_and_search (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SKIPPED);
    SAYS ("SEARCH 1");
    scene_happens (USER_ENDED);
    SAYS ("answer 1 waiting, LEAVE 2 ended");
    scene_happens (USER_WROTE);
    SAYS ("error not_in_chat, answer 3 error not_in_chat");
    scene_happens (USER_SEARCHED);
    SAYS ("answer 2 idle, SEARCH 3");
}

static void
test_who_leaves_is_not_told_that_the_partner_left (void **state)
{
    (void) state;
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_MATCHED, USER_ENDED);
    assert_null (strstr (scene_says (), "partner_left"));
    scene_happens (USER_PARTNER_GONE); // What the other side said at the same time.
    SAYS ("");
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_MATCHED, USER_SKIPPED, USER_PARTNER_GONE);
    SAYS ("");
}

static void
test_who_is_left_is_told_once (void **state)
{
    (void) state;
    ENDS_IN (USER_IDLE, USER_SEARCHED, USER_MATCHED, USER_PARTNER_GONE);
    SAYS ("partner_left 1 skipped");
    scene_happens (USER_PARTNER_GONE); // The matcher's ENDED says it again.
    SAYS ("");
}

static void
test_a_late_message_after_a_skip_is_refused (void **state)
{
    (void) state;
    ENDS_IN (USER_SEARCHING, USER_SEARCHED, USER_MATCHED, USER_SKIPPED, USER_WROTE);
    SAYS ("error not_in_chat, answer 3 error not_in_chat");
    scene_happens (USER_MATCHED);
    scene_happens (USER_NAMED_OLD_CHAT); // The same, but too late, and it names the old chat.
    SAYS ("error chat_over, answer 4 error chat_over");
}

static void
test_a_message_reaches_the_current_partner_only (void **state)
{
    (void) state;
    ENDS_IN (USER_CHATTING, USER_SEARCHED, USER_MATCHED, USER_WROTE, USER_SKIPPED, USER_MATCHED,
             USER_WROTE);
    SAYS ("MESSAGE 2 #1 hello");
    assert_false (user_is_in (scene.user, &(ident_t){{'c', 1}}));
    assert_true (user_is_in (scene.user, &(ident_t){{'c', 2}}));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_in_each_state_each_event_does_what_the_table_says),
        cmocka_unit_test (test_every_state_and_event_has_a_sentence),
        cmocka_unit_test (test_five_searches_in_a_burst_are_one),
        cmocka_unit_test (test_a_search_in_a_chat_is_refused_and_the_chat_goes_on),
        cmocka_unit_test (test_a_triple_skip_leaves_once),
        cmocka_unit_test (test_a_fresh_user_may_skip_end_write_and_search),
        cmocka_unit_test (test_who_leaves_is_not_told_that_the_partner_left),
        cmocka_unit_test (test_who_is_left_is_told_once),
        cmocka_unit_test (test_a_late_message_after_a_skip_is_refused),
        cmocka_unit_test (test_a_message_reaches_the_current_partner_only),
    };
    return cmocka_run_group_tests (tests, NULL, scene_close);
}
