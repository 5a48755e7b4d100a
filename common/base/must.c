// must.c -- where a broken promise of our own ends the process.

#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void
must_fail (const char *promise, const char *file, int line)
{
    fprintf (stderr, "broken promise: %s at %s:%d\n", promise, file, line);
    abort ();
}

void *
must_alloc (size_t bytes)
{
    void *block = calloc (1, bytes > 0 ? bytes : 1);
    must (block != NULL);
    return block;
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
