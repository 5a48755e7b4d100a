// model.c -- plays the records of the outbox again, one after the other.

#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/book.h"

#define CHATS_MOST 8000

static const char *const interests[] = {
    "", "", "00000000000000c1", "00000000000000d2", "00000000000000c100000000000000d2",
    "00000000000000b300000000000000c1", "00000000000000a400000000000000b300000000000000d2",
};
static const char *const languages[] = {"", "", "en", "fr"};

person_t persons[PERSONS];

static chat_t *chats;   // CHATS_MOST.
static int chat_count;
static book_t *by_id;   // Chats by their ids.
static int blocked_in[PERSONS][PERSONS]; // In which round, from 1; 0: not.
static int round_now;

// --- People ---

void
model_begin (dice_t *dice)
{
    memset (blocked_in, 0, sizeof blocked_in);
    round_now = 1;
    chat_count = 0;
    chats = calloc (CHATS_MOST, sizeof *chats);
    assert_non_null (chats);
    by_id = book_new ();
    for (int i = 0; i < PERSONS; i++) {
        persons[i] = (person_t){.id = ident_random (), .chat = -1};
        for (int k = 0; k < RECENT_KEPT; k++) {
            persons[i].recent[k] = -1;
        }
        if (i % 3 != 0) {
            persons[i].browser = ident_random ();
        }
        if (i % 6 == 5) {
            persons[i].browser = persons[i - 1].browser;
        }
        model_want (&persons[i], dice);
    }
}

void
model_end (void)
{
    book_destroy (&by_id);
    free (chats);
    chats = NULL;
}

int
model_place (const ident_t *user)
{
    for (int i = 0; i < PERSONS; i++) {
        if (ident_equal (&persons[i].id, user)) {
            return i;
        }
    }
    fail_msg ("nobody knows this user");
    return -1;
}

void
model_want (person_t *person, dice_t *dice)
{
    person->wants[(person->turn + 1) % WISHES_KEPT] =
        (want_t){interests[dice_throw (dice, sizeof interests / sizeof interests[0])],
                 languages[dice_throw (dice, sizeof languages / sizeof languages[0])]};
}

const want_t *
model_wants (const person_t *person)
{
    return &person->wants[person->turn % WISHES_KEPT];
}

void
model_next_round (void)
{
    round_now++;
}

// --- Who never meets ---

static bool
are_same (int one, int other)
{
    return one == other
        || (!ident_is_nil (&persons[one].browser)
            && ident_equal (&persons[one].browser, &persons[other].browser));
}

void
model_block (int one, int other)
{
    for (int i = 0; i < PERSONS; i++) {
        for (int k = 0; k < PERSONS; k++) {
            if (are_same (i, one) && are_same (k, other) && blocked_in[i][k] == 0) {
                blocked_in[i][k] = blocked_in[k][i] = round_now;
            }
        }
    }
}

bool
model_is_never (int one, int other)
{
    return are_same (one, other) || blocked_in[one][other] != 0;
}

static bool
remembers (int one, int other, int *chat)
{
    for (int i = 0; i < RECENT_KEPT && persons[one].recent[i] >= 0; i++) {
        const int *both = chats[persons[one].recent[i]].persons;
        if (both[0] == other || both[1] == other) {
            *chat = persons[one].recent[i];
            return true;
        }
    }
    return false;
}

const chat_t *
model_recent_chat (int one, int other)
{
    int chat;
    return remembers (one, other, &chat) || remembers (other, one, &chat) ? &chats[chat]
                                                                          : NULL;
}

static void
remember (int who, int chat)
{
    int *recent = persons[who].recent;
    const int *both = chats[chat].persons;
    int partner = both[0] == who ? both[1] : both[0];
    int old;
    int place = RECENT_KEPT - 1;
    if (remembers (who, partner, &old)) {
        for (place = 0; recent[place] != old; place++) {
        }
    }
    memmove (recent + 1, recent, (size_t) place * sizeof *recent);
    recent[0] = chat;
}

// --- Who fits whom ---

// The interests that two have in common, in the order of the first.
static void
share (const want_t *one, const want_t *other, char shared[INTERESTS_BYTES + 1])
{
    size_t bytes = 0;
    for (const char *at = one->interests; *at != '\0'; at += INTEREST_DIGITS) {
        char interest[INTEREST_DIGITS + 1];
        snprintf (interest, sizeof interest, "%s", at);
        if (strstr (other->interests, interest) != NULL) {
            memcpy (shared + bytes, interest, INTEREST_DIGITS);
            bytes += INTEREST_DIGITS;
        }
    }
    shared[bytes] = '\0';
}

static bool
is_content (const want_t *one, const want_t *other)
{
    char shared[INTERESTS_BYTES + 1];
    share (one, other, shared);
    return (one->interests[0] == '\0' || shared[0] != '\0')
        && (one->language[0] == '\0' || strcmp (one->language, other->language) == 0);
}

bool
model_fits (const want_t *one, bool one_is_open, const want_t *other, bool other_is_open)
{
    return (one_is_open || is_content (one, other))
        && (other_is_open || is_content (other, one));
}

// --- Chats ---

static chat_t *
chat_of (const ident_t *id)
{
    chat_t *chat = book_find (by_id, id);
    if (chat == NULL) {
        assert_true (chat_count < CHATS_MOST);
        chat = &chats[chat_count++];
        chat->id = *id;
        book_put (by_id, id, chat);
    }
    return chat;
}

void
model_hear (const wire_matched_t *match)
{
    chat_t *chat = chat_of (&match->chat);
    int side = match->side == SIDE_A ? 0 : 1;
    int person = model_place (&match->user);
    int partner = model_place (&match->partner);
    assert_true (ident_equal (&match->partner_browser, &persons[partner].browser));
    // What was said first need not come first.
    if (chat->told[side].turn == 0 || match->turn < chat->told[side].turn) {
        chat->persons[side] = person;
        chat->told[side] = *match;
        memcpy (chat->shared[side], match->shared.text, match->shared.bytes);
    }
    assert_int_equal (chat->persons[side], person);
    assert_true (ident_equal (&chat->told[side].partner, &match->partner));
    assert_true (ident_equal (&chat->told[side].undoes, &match->undoes));
    assert_int_equal (chat->told[side].started_ms, match->started_ms);
    assert_int_equal (strlen (chat->shared[side]), match->shared.bytes);
}

// What the person wanted when it was matched.
static const want_t *
wanted (const chat_t *chat, int side)
{
    return &persons[chat->persons[side]].wants[chat->told[side].turn % WISHES_KEPT];
}

static bool
is_open (const want_t *want, uint64_t waited_ms)
{
    return (want->interests[0] == '\0' && want->language[0] == '\0')
        || waited_ms >= OPEN_MS;
}

static void
check_undone (const chat_t *chat, uint64_t started_ms)
{
    const chat_t *before = book_find (by_id, &chat->told[0].undoes);
    assert_non_null (before);
    assert_true (before->persons[0] + before->persons[1]
                 == chat->persons[0] + chat->persons[1]);
    assert_true (started_ms - before->ended_ms <= UNDO_MS);
    for (int i = 0; i < 2; i++) {
        assert_ptr_equal (&chats[persons[chat->persons[i]].recent[0]], before);
    }
}

// They have met: may they?
static void
check_opened (const chat_t *chat, const wire_record_t *record)
{
    int one = chat->persons[0], other = chat->persons[1];
    assert_int_equal (persons[one].chat, -1);
    assert_int_equal (persons[other].chat, -1);
    assert_false (are_same (one, other));
    // Of what is said in one round nobody knows what came first.
    assert_true (blocked_in[one][other] == 0 || blocked_in[one][other] == round_now);
    const want_t *wants[] = {wanted (chat, 0), wanted (chat, 1)};
    char shared[INTERESTS_BYTES + 1];
    share (wants[1], wants[0], shared);
    assert_string_equal (chat->shared[0], shared);
    assert_string_equal (chat->shared[1], shared);
    if (!ident_is_nil (&chat->told[0].undoes)) {
        check_undone (chat, record->started_ms);
        return;
    }
    assert_true (model_fits (wants[0], is_open (wants[0], record->waited_a_ms), wants[1],
                             is_open (wants[1], record->waited_b_ms)));
    const chat_t *before = model_recent_chat (one, other);
    assert_true (before == NULL || record->started_ms >= before->ended_ms + AVOIDED_MS);
}

void
model_record (const wire_record_t *record)
{
    chat_t *chat = chat_of (&record->chat);
    int place = (int) (chat - chats);
    assert_true (chat->told[0].turn != 0 && chat->told[1].turn != 0);
    assert_int_equal (chat->persons[0], model_place (&record->user_a));
    assert_int_equal (chat->persons[1], model_place (&record->user_b));
    assert_int_equal (record->interests, strlen (chat->shared[0]) / INTEREST_DIGITS);
    if (record->ended_ms == 0) {
        assert_false (chat->opened);
        check_opened (chat, record);
        chat->opened = true;
    }
    else {
        assert_int_equal (chat->ended_ms, 0);
        chat->ended_ms = record->ended_ms;
    }
    for (int i = 0; i < 2; i++) {
        person_t *person = &persons[chat->persons[i]];
        assert_int_equal (person->chat, record->ended_ms == 0 ? -1 : place);
        person->chat = record->ended_ms == 0 ? place : -1;
        if (record->ended_ms != 0) {
            remember (chat->persons[i], place);
        }
    }
}
