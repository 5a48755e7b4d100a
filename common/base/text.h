// text.h -- what counts as a text that a person may send.
//
// Length is counted as the page counts it: UTF-16 code units, JavaScript's String.length. Rules on
// what can be seen come from the Unicode Character Database, by way of a library.

#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

// True if the bytes are well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong).
bool
text_is_utf8 (const char *text, size_t bytes);

// UTF-16 code units of a well-formed UTF-8 text.
size_t
text_utf16_units (const char *text, size_t bytes);

// True if some character of a well-formed UTF-8 text leaves a mark on a screen: white space,
// controls, default-ignorable characters and the blank Braille pattern do not.
bool
text_is_visible (const char *text, size_t bytes);

// Turns CR LF and CR into LF and folds runs of more than two LF into two, in place. Returns the
// new length in bytes, never more than `bytes`.
size_t
text_fold_newlines (char *text, size_t bytes);

// Turns runs of white space into one space each and takes those at the ends away, in place, of a
// well-formed UTF-8 text. Returns the new length in bytes, never more than `bytes`.
size_t
text_squeeze (char *text, size_t bytes);

// What two texts that say the same have in common, whatever their case and their form: caseless
// (Unicode 3.13, D147 NFKC_Casefold: compatibility forms, case folded, default-ignorable characters
// gone) and squeezed. Of a well-formed UTF-8 text; the caller frees it. Never NULL; not terminated.
char *
text_fold_case (const char *text, size_t bytes, size_t *folded_bytes);

#endif
