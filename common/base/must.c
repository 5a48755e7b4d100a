// must.c -- where a broken promise of our own ends the process.

#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Of blocks that the C library has at hand once they were freed. Its calloc passes over these, which takes a
// message 230 instructions.
#define AT_HAND_BYTES 1032

_Noreturn void
must_fail (const char *promise, const char *file, int line)
{
    fprintf (stderr, "broken promise: %s at %s:%d\n", promise, file, line);
    abort ();
}

void *
must_alloc (size_t bytes)
{
    if (bytes > AT_HAND_BYTES) {
        void *block = calloc (1, bytes);
        must (block != NULL);
        return block;
    }
    return memset (must_resize (NULL, bytes), 0, bytes);
}

void *
must_resize (void *block, size_t bytes)
{
    void *resized = realloc (block, bytes > 0 ? bytes : 1);
    must (resized != NULL);
    return resized;
}

char *
must_copy (const char *text, size_t bytes)
{
    char *copy = must_alloc (bytes + 1);
    if (bytes > 0) {
        memcpy (copy, text, bytes);
    }
    return copy;
}
