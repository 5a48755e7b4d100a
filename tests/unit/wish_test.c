// wish_test.c -- interests and languages: what is one, what is the same, what leaves the gateway.

#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "base/text.h"
#include "gateway/wish.h"
#include "support/cmocka_all.h"

static wish_t *
wish_of (const char *const interests[], size_t count, const char *language)
{
    wish_t *wish = wish_new ();
    for (size_t i = 0; i < count; i++) {
        assert_int_equal (wish_add (wish, interests[i], strlen (interests[i])), REFUSAL_NONE);
    }
    if (language != NULL) {
        assert_int_equal (wish_speak (wish, language, strlen (language)), REFUSAL_NONE);
    }
    return wish;
}

#define WISH(language, ...)                                                                  \
    wish_of ((const char *const[]){__VA_ARGS__},                                             \
             sizeof ((const char *const[]){__VA_ARGS__}) / sizeof (char *), language)

// Whether two people who spell an interest so share it.
static bool
are_one (const char *a, const char *b)
{
    wish_t *one = WISH (NULL, a);
    wish_t *other = WISH (NULL, b);
    bool same = wish_is_same (one, other);
    wish_destroy (&one);
    wish_destroy (&other);
    return same;
}

static void
test_case_form_and_space_make_no_difference (void **state)
{
    (void) state;
    assert_true (are_one ("Chess", "cHESS"));
    assert_true (are_one ("  board \t games ", "Board\xc2\xa0" "Games")); // A no-break space.
    assert_true (are_one ("caf\xc3\xa9", "cafe\xcc\x81"));              // Composed or not.
    assert_true (are_one ("STRASSE", "stra\xc3\x9f" "e"));
    assert_true (are_one ("\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
                          "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83")); // Both sigmas.
    assert_true (are_one ("\xef\xbc\xa3\xef\xbc\xb0\xef\xbc\xb5", "cpu")); // Full width.
    assert_true (are_one ("che\xe2\x80\x8bss", "chess"));                  // An unseen space within.
    assert_false (are_one ("chess", "chess club"));
    assert_false (are_one ("resume", "r\xc3\xa9sum\xc3\xa9"));
}

static void
test_what_is_no_interest_is_refused (void **state)
{
    (void) state;
    static const char *const none[] = {"", "   ", "\xe2\x80\x8b", "\xe2\xa0\x80", "\t\n"};
    char longest[] = "12345678901234567890123456789012";
    char longer[] = "123456789012345678901234567890123";
    wish_t *wish = wish_new ();
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal (wish_add (wish, none[i], strlen (none[i])), REFUSAL_INVALID_INTERESTS);
    }
    assert_int_equal (wish_add (wish, longer, strlen (longer)), REFUSAL_INVALID_INTERESTS);
    assert_int_equal (wish->count, 0);
    assert_int_equal (wish_add (wish, longest, strlen (longest)), REFUSAL_NONE);
    // Sixteen characters outside the basic plane are thirty-two units, as JavaScript counts.
    char emoji[17 * 4 + 1] = "";
    for (int i = 0; i < 16; i++) {
        strcat (emoji, "\xf0\x9f\x98\x80");
    }
    assert_int_equal (wish_add (wish, emoji, strlen (emoji)), REFUSAL_NONE);
    strcat (emoji, "\xf0\x9f\x98\x80");
    assert_int_equal (wish_add (wish, emoji, strlen (emoji)), REFUSAL_INVALID_INTERESTS);
    assert_int_equal (wish->count, 2);
    wish_destroy (&wish);
}

static void
test_ten_interests_are_enough_and_one_said_twice_is_one (void **state)
{
    (void) state;
    wish_t *wish = wish_new ();
    char text[] = "interest a";
    for (int round = 0; round < 2; round++) {
        for (char letter = 'a'; letter <= 'j'; letter++) {
            text[9] = (char) (round == 0 ? letter : letter - 'a' + 'A');
            assert_int_equal (wish_add (wish, text, 10), REFUSAL_NONE);
        }
    }
    assert_int_equal (wish->count, 10);
    assert_string_equal (wish->spellings[0], "interest a"); // As it was said first.
    assert_int_equal (wish_add (wish, "another", 7), REFUSAL_INVALID_INTERESTS);
    assert_int_equal (wish_digests (wish).bytes, INTERESTS_BYTES);
    wish_destroy (&wish);
}

static void
test_what_leaves_the_gateway_says_nothing_of_the_words (void **state)
{
    (void) state;
    wish_t *wish = WISH (NULL, "chess", "jazz");
    word_t digests = wish_digests (wish);
    assert_int_equal (digests.bytes, 2 * INTEREST_DIGITS);
    for (size_t i = 0; i < digests.bytes; i++) {
        assert_non_null (memchr ("0123456789abcdef", digests.text[i], 16));
    }
    assert_null (memmem (digests.text, digests.bytes, "chess", 5));
    assert_string_equal (wish_spelling (wish, digests.text + INTEREST_DIGITS), "jazz");
    assert_null (wish_spelling (wish, "0000000000000000"));
    assert_null (wish_spelling (NULL, digests.text));
    // A gateway that has it from a matcher knows the digests alone.
    word_t language = wish_language (wish);
    wish_t *read = wish_read (&digests, &language);
    assert_true (wish_is_same (wish, read));
    assert_null (wish_spelling (read, digests.text));
    wish_destroy (&read);
    wish_destroy (&wish);
    assert_null (wish_read (&(word_t){"", 0}, &(word_t){"", 0}));
}

static const char *
spoken (const char *tag)
{
    static char language[LANGUAGE_BYTES + 1];
    wish_t *wish = wish_new ();
    refusal_t refusal = wish_speak (wish, tag, strlen (tag));
    memcpy (language, wish->language, sizeof language);
    wish_destroy (&wish);
    assert_true (refusal == REFUSAL_NONE || refusal == REFUSAL_INVALID_LANGUAGE);
    return refusal == REFUSAL_NONE ? language : "refused";
}

static void
test_the_primary_subtag_of_a_language_counts (void **state)
{
    (void) state;
    static const char *const tags[][2] = {
        {"en", "en"},          {"EN-gb", "en"},      {"pt-BR", "pt"},
        {"zh-Hant-TW", "zh"},  {"ast", "ast"},       {"de-CH-1996", "de"},
        {"und", ""},           {"mul", ""},          {"zxx", ""},
        {"", "refused"},       {"e", "refused"},     {"x-klingon", "refused"},
        {"i-default", "refused"}, {"en-", "refused"}, {"-en", "refused"},
        {"en--gb", "refused"}, {"e1", "refused"},    {"en_GB", "refused"},
        {"abcdefghi", "refused"}, {"en-abcdefghi", "refused"}, {"d\xc3\xa9", "refused"},
        {"en-aaaaaaaa-bbbbbbbb-cccccccc-ddddddd", "refused"},
    };
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        assert_string_equal (spoken (tags[i][0]), tags[i][1]);
    }
}

static void
test_two_wishes_are_the_same_in_any_order (void **state)
{
    (void) state;
    wish_t *a = WISH ("de", "chess", "jazz");
    wish_t *b = WISH ("de-AT", "Jazz", "CHESS");
    wish_t *fewer = WISH ("de", "chess");
    wish_t *foreign = WISH ("en", "chess", "jazz");
    wish_t *anybody = wish_new ();
    assert_true (wish_is_same (a, b));
    assert_false (wish_is_same (a, fewer));
    assert_false (wish_is_same (fewer, a));
    assert_false (wish_is_same (a, foreign));
    assert_true (wish_is_same (anybody, NULL));
    assert_true (wish_is_same (NULL, NULL));
    assert_false (wish_is_same (NULL, fewer));
    ident_t user = ident_random ();
    ident_t other = ident_random ();
    assert_int_equal (wish_pool (a, &user, 7), wish_pool (b, &other, 7));
    wish_t *wishes[] = {a, b, fewer, foreign, anybody};
    for (size_t i = 0; i < 5; i++) {
        wish_destroy (&wishes[i]);
    }
}

static void
test_people_are_spread_over_all_pools (void **state)
{
    (void) state;
    size_t for_anybody[4] = {0};
    size_t for_some[4] = {0};
    for (unsigned i = 0; i < 4000; i++) {
        char interest[16];
        ident_t user = ident_random ();
        snprintf (interest, sizeof interest, "interest %u", i);
        wish_t *wish = WISH (NULL, interest);
        for_some[wish_pool (wish, &user, 4)]++;
        for_anybody[wish_pool (NULL, &user, 4)]++;
        wish_destroy (&wish);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_in_range (for_anybody[i], 800, 1200);
        assert_in_range (for_some[i], 800, 1200);
    }
}

static void
test_a_browser_is_known_by_a_digest_of_its_own_kind (void **state)
{
    (void) state;
    ident_t token = ident_random ();
    ident_t browser = wish_browser ((const char *) token.bytes, sizeof token.bytes);
    ident_t user = ident_digest (&ident_nil, token.bytes, sizeof token.bytes);
    assert_false (ident_equal (&browser, &user)); // Nobody's id follows from its browser's name.
    ident_t again = wish_browser ((const char *) token.bytes, sizeof token.bytes);
    assert_true (ident_equal (&browser, &again));
    ident_t none = wish_browser ("", 0);
    assert_true (ident_is_nil (&none));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_case_form_and_space_make_no_difference),
        cmocka_unit_test (test_what_is_no_interest_is_refused),
        cmocka_unit_test (test_ten_interests_are_enough_and_one_said_twice_is_one),
        cmocka_unit_test (test_what_leaves_the_gateway_says_nothing_of_the_words),
        cmocka_unit_test (test_the_primary_subtag_of_a_language_counts),
        cmocka_unit_test (test_two_wishes_are_the_same_in_any_order),
        cmocka_unit_test (test_people_are_spread_over_all_pools),
        cmocka_unit_test (test_a_browser_is_known_by_a_digest_of_its_own_kind),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
