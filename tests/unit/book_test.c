// book_test.c -- who is where, against an oracle that is too simple to be wrong.

#include <string.h>

#include "base/book.h"
#include "support/cmocka_all.h"
#include "unit/dice.h"
#include "unit/promise.h"

#define KEYS 500     // Few enough that puts, takes and misses all happen often.
#define STEPS 10000
#define MANY 20000

// Item n of the oracle: the key, and whether the book has it.
typedef struct {
    ident_t key;
    bool inside;
} entry_t;

static entry_t entries[KEYS];

static void
fill_entries (void)
{
    for (size_t i = 0; i < KEYS; i++) {
        entries[i] = (entry_t){ident_random (), false};
    }
}

static size_t
inside (void)
{
    size_t count = 0;
    for (size_t i = 0; i < KEYS; i++) {
        count += entries[i].inside;
    }
    return count;
}

// Each item that the book has is met once, and no other.
static void
check_walk (const book_t *book)
{
    bool met[KEYS] = {false};
    size_t place = 0;
    size_t count = 0;
    entry_t *entry;
    while ((entry = book_next (book, &place)) != NULL) {
        assert_true (entry->inside);
        assert_false (met[entry - entries]);
        met[entry - entries] = true;
        count++;
    }
    assert_int_equal (count, inside ());
    assert_null (book_next (book, &place));
}

static void
test_random_puts_and_takes_agree_with_the_oracle (void **state)
{
    (void) state;
    book_t *book = book_new ();
    dice_t dice = dice_from (1);
    fill_entries ();
    for (int step = 0; step < STEPS; step++) {
        entry_t *entry = &entries[dice_throw (&dice, KEYS)];
        if (entry->inside) {
            assert_ptr_equal (book_take (book, &entry->key), entry);
            entry->inside = false;
        }
        else if (dice_throw (&dice, 3) == 0) {
            assert_null (book_take (book, &entry->key));
        }
        else {
            book_put (book, &entry->key, entry);
            entry->inside = true;
        }
        assert_int_equal (book_count (book), inside ());
        for (size_t i = 0; step % 100 == 0 && i < KEYS; i++) {
            void *expected = entries[i].inside ? &entries[i] : NULL;
            assert_ptr_equal (book_find (book, &entries[i].key), expected);
        }
        if (step % 500 == 0) {
            check_walk (book);
        }
    }
    book_destroy (&book);
}

static void
test_it_grows_and_loses_nobody (void **state)
{
    (void) state;
    static ident_t keys[MANY];
    book_t *book = book_new ();
    for (size_t i = 0; i < MANY; i++) {
        keys[i] = ident_timed (i / 100); // All alike in front, as user ids of one moment are.
        book_put (book, &keys[i], &keys[i]);
        assert_int_equal (book_count (book), i + 1);
    }
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal (book_find (book, &keys[i]), &keys[i]);
    }
    for (size_t i = MANY; i > 0; i--) {
        assert_ptr_equal (book_take (book, &keys[i - 1]), &keys[i - 1]);
        assert_null (book_find (book, &keys[i - 1]));
        assert_int_equal (book_count (book), i - 1);
    }
    book_destroy (&book);
}

static void
test_an_empty_book_has_nobody (void **state)
{
    (void) state;
    size_t place = 0;
    book_t *book = book_new ();
    assert_int_equal (book_count (book), 0);
    assert_null (book_find (book, &ident_nil));
    assert_null (book_take (book, &ident_nil));
    assert_null (book_next (book, &place));
    book_destroy (&book);
    assert_null (book);
    book_destroy (&book);
}

static void
test_nobody_is_a_key_like_others (void **state)
{
    (void) state;
    int item;
    book_t *book = book_new ();
    book_put (book, &ident_nil, &item);
    assert_ptr_equal (book_find (book, &ident_nil), &item);
    assert_ptr_equal (book_take (book, &ident_nil), &item);
    book_destroy (&book);
}

static void
put_twice (void)
{
    int item;
    book_t *book = book_new ();
    book_put (book, &ident_nil, &item);
    book_put (book, &ident_nil, &item);
}

static void
put_nothing (void)
{
    book_t *book = book_new ();
    book_put (book, &ident_nil, NULL);
}

static void
test_a_key_that_is_taken_and_a_missing_item_break_a_promise (void **state)
{
    (void) state;
    assert_true (breaks_a_promise (put_twice));
    assert_true (breaks_a_promise (put_nothing));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_random_puts_and_takes_agree_with_the_oracle),
        cmocka_unit_test (test_it_grows_and_loses_nobody),
        cmocka_unit_test (test_an_empty_book_has_nobody),
        cmocka_unit_test (test_nobody_is_a_key_like_others),
        cmocka_unit_test (test_a_key_that_is_taken_and_a_missing_item_break_a_promise),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
