// plain.h -- what stands for itself within a JSON string (RFC 8259, section 7). Pure.

#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>

// How many bytes there are before the first quote, backslash or control character; all, if there is none.
size_t
plain_bytes (const char *text, size_t bytes);

#endif
