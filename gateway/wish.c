// wish.c -- reads interests and languages, and makes digests of them.

#include "gateway/wish.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/must.h"
#include "base/text.h"

// What a digest is of, so that one thing's never is another's.
static const ident_t of_interests = {"interest"};
static const ident_t of_browsers = {"browser"};
static const ident_t of_wishes = {"wish"};

wish_t *
wish_new (void)
{
    return must_alloc (sizeof (wish_t));
}

wish_t *
wish_read (const word_t *digests, const word_t *language)
{
    if (digests->bytes == 0 && language->bytes == 0) {
        return NULL;
    }
    wish_t *wish = wish_new ();
    wish->count = digests->bytes / INTEREST_DIGITS;
    memcpy (wish->digests, digests->text, wish->count * INTEREST_DIGITS);
    memcpy (wish->language, language->text, language->bytes);
    return wish;
}

void
wish_destroy (wish_t **wish)
{
    if (*wish != NULL) {
        for (size_t i = 0; i < INTERESTS_MOST; i++) {
            free ((*wish)->spellings[i]);
        }
        free (*wish);
        *wish = NULL;
    }
}

// --- Interests ---

// The place of an interest; wish->count if it is not there.
static size_t
find (const wish_t *wish, const char digest[INTEREST_DIGITS])
{
    size_t place = 0;
    while (place < wish->count
           && memcmp (wish->digests + place * INTEREST_DIGITS, digest, INTEREST_DIGITS) != 0) {
        place++;
    }
    return place;
}

static void
digest_interest (const char *text, size_t bytes, char digest[INTEREST_DIGITS])
{
    size_t folded_bytes;
    char *folded = text_fold_case (text, bytes, &folded_bytes);
    ident_t ident = ident_digest (&of_interests, folded, folded_bytes);
    free (folded);
    hex_write (digest, ident.bytes, INTEREST_DIGITS / 2);
}

refusal_t
wish_add (wish_t *wish, const char *text, size_t bytes)
{
    char digest[INTEREST_DIGITS];
    char *spelling = must_copy (text, bytes);
    size_t size = text_squeeze (spelling, bytes);
    bool fits = text_is_visible (spelling, size)
             && text_utf16_units (spelling, size) <= WISH_INTEREST_UNITS;
    if (fits) {
        spelling[size] = '\0';
        digest_interest (spelling, size, digest);
    }
    size_t place = fits ? find (wish, digest) : INTERESTS_MOST;
    if (place == INTERESTS_MOST || place < wish->count) {
        free (spelling);
        return place == INTERESTS_MOST ? REFUSAL_INVALID_INTERESTS : REFUSAL_NONE;
    }
    memcpy (wish->digests + place * INTEREST_DIGITS, digest, INTEREST_DIGITS);
    wish->spellings[place] = spelling;
    wish->count++;
    return REFUSAL_NONE;
}

const char *
wish_spelling (const wish_t *wish, const char digest[INTEREST_DIGITS])
{
    size_t place = wish != NULL ? find (wish, digest) : 0;
    return wish != NULL && place < wish->count ? wish->spellings[place] : NULL;
}

word_t
wish_digests (const wish_t *wish)
{
    return wish != NULL ? (word_t){wish->digests, wish->count * INTEREST_DIGITS} : (word_t){"", 0};
}

// --- Languages ---

static bool
is_letter (char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

// The length of a subtag: up to eight letters and digits; 0 if there is none.
static size_t
subtag_bytes (const char *text, size_t bytes)
{
    size_t size = 0;
    while (size < bytes
           && (is_letter (text[size]) || (text[size] >= '0' && text[size] <= '9'))) {
        size++;
    }
    return size <= LANGUAGE_BYTES ? size : 0;
}

// True for subtags with dashes between (RFC 5646, 2.1).
static bool
is_tag (const char *tag, size_t bytes)
{
    size_t at = 0;
    while (at < bytes) {
        size_t size = subtag_bytes (tag + at, bytes - at);
        at += size;
        bool last = at == bytes;
        if (size == 0 || (!last && tag[at] != '-')) {
            return false;
        }
        if (last) {
            return true;
        }
        at++;
    }
    return false;
}

// Languages that say nothing about a language (RFC 5646, 4.1).
static bool
is_any (const char *language)
{
    return strcmp (language, "und") == 0 || strcmp (language, "mul") == 0
        || strcmp (language, "zxx") == 0;
}

refusal_t
wish_speak (wish_t *wish, const char *tag, size_t bytes)
{
    char language[LANGUAGE_BYTES + 1] = "";
    size_t size = 0;
    if (bytes > WISH_LANGUAGE_BYTES || !is_tag (tag, bytes)) {
        return REFUSAL_INVALID_LANGUAGE;
    }
    for (; size < bytes && tag[size] != '-'; size++) {
        if (!is_letter (tag[size])) {
            return REFUSAL_INVALID_LANGUAGE;
        }
        language[size] = (char) (tag[size] | 0x20); // Lower case.
    }
    if (size < 2) {
        return REFUSAL_INVALID_LANGUAGE; // Private use and the like name no language.
    }
    if (is_any (language)) {
        language[0] = '\0';
    }
    memcpy (wish->language, language, sizeof wish->language);
    return REFUSAL_NONE;
}

word_t
wish_language (const wish_t *wish)
{
    return wish != NULL ? (word_t){wish->language, strlen (wish->language)} : (word_t){"", 0};
}

// --- The whole ---

static bool
is_for_anybody (const wish_t *wish)
{
    return wish == NULL || (wish->count == 0 && wish->language[0] == '\0');
}

bool
wish_is_same (const wish_t *a, const wish_t *b)
{
    if (is_for_anybody (a) || is_for_anybody (b)) {
        return is_for_anybody (a) && is_for_anybody (b);
    }
    bool same = a->count == b->count && strcmp (a->language, b->language) == 0;
    for (size_t i = 0; i < a->count && same; i++) {
        same = find (b, a->digests + i * INTEREST_DIGITS) < b->count;
    }
    return same;
}

ident_t
wish_browser (const char *text, size_t bytes)
{
    return bytes > 0 ? ident_digest (&of_browsers, text, bytes) : ident_nil;
}

// Those who share all they wish for look in the same pool; of several interests the one with the
// least digest counts, so that those who share only some often do.
size_t
wish_pool (const wish_t *wish, const ident_t *user, size_t pools)
{
    char text[LANGUAGE_BYTES + INTEREST_DIGITS] = "";
    if (is_for_anybody (wish)) {
        return (size_t) (ident_hash (user, 0) % pools);
    }
    memcpy (text, wish->language, strlen (wish->language));
    for (size_t i = 0; i < wish->count; i++) {
        char *least = text + LANGUAGE_BYTES;
        const char *digest = wish->digests + i * INTEREST_DIGITS;
        if (i == 0 || memcmp (digest, least, INTEREST_DIGITS) < 0) {
            memcpy (least, digest, INTEREST_DIGITS);
        }
    }
    ident_t whole = ident_digest (&of_wishes, text, sizeof text);
    return (size_t) (ident_hash (&whole, 0) % pools);
}
