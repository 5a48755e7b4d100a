// json_same.h -- whether JSON is to us what it is to another reader of it.

#ifndef JSON_SAME_H
#define JSON_SAME_H

#include <stdbool.h>
#include <stddef.h>

// True if the text is refused by both, or is the same value to both. `read`, if not NULL: whether it
// was read.
bool
json_is_same (const char *text, size_t bytes, bool *read);

#endif
