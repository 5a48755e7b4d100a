// fuzz_text.c -- the rules for texts hold for every text.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/text.h"
#include "gateway/wish.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

// What is folded stays so when it is folded again.
static void
check_folded (const char *text, size_t bytes)
{
    size_t once_bytes;
    size_t twice_bytes;
    char *once = text_fold_case (text, bytes, &once_bytes);
    char *twice = text_fold_case (once, once_bytes, &twice_bytes);
    must (text_is_utf8 (once, once_bytes));
    must (once_bytes == twice_bytes && memcmp (once, twice, once_bytes) == 0);
    free (once);
    free (twice);
}

// Any text is an interest and a language, or is refused.
static void
wish (const char *text, size_t bytes)
{
    wish_t *wish = wish_new ();
    bool taken = wish_add (wish, text, bytes) == REFUSAL_NONE;
    must (wish->count == (taken ? 1 : 0));
    must (wish_speak (wish, text, bytes) == REFUSAL_NONE || wish->language[0] == '\0');
    must (wish_digests (wish).bytes == wish->count * INTEREST_DIGITS);
    wish_destroy (&wish);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes)
{
    if (!text_is_utf8 ((const char *) data, bytes)) {
        return 0;
    }
    char *text = malloc (bytes > 0 ? bytes : 1); // Not terminated.
    must (text != NULL);
    memcpy (text, data, bytes);
    size_t units = text_utf16_units (text, bytes);
    bool visible = text_is_visible (text, bytes);
    must (units <= bytes && 3 * units >= bytes);
    size_t folded = text_fold_newlines (text, bytes);
    must (folded <= bytes && text_is_utf8 (text, folded));
    must (text_is_visible (text, folded) == visible);
    must (memchr (text, '\r', folded) == NULL && memmem (text, folded, "\n\n\n", 3) == NULL);
    must (text_fold_newlines (text, folded) == folded);
    size_t squeezed = text_squeeze (text, folded);
    must (squeezed <= folded && text_is_utf8 (text, squeezed));
    must (text_is_visible (text, squeezed) == visible && text_squeeze (text, squeezed) == squeezed);
    check_folded (text, squeezed);
    wish (text, squeezed);
    free (text);
    return 0;
}
