// fuzz_text.c -- the rules for texts hold for every text.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/text.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

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
    free (text);
    return 0;
}
