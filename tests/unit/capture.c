// capture.c -- puts a file without a name in the place of a descriptor for a while.

#include "unit/capture.h"

#include <stdio.h>
#include <unistd.h>

#include "base/must.h"

const char *
captured (int descriptor, void (*act) (void))
{
    static char text[CAPTURE_BYTES + 1];
    FILE *file = tmpfile ();
    must (file != NULL);
    fflush (NULL);
    int kept = dup (descriptor);
    must (kept >= 0 && dup2 (fileno (file), descriptor) >= 0);
    act ();
    fflush (stdout);
    must (dup2 (kept, descriptor) >= 0);
    close (kept);
    rewind (file);
    text[fread (text, 1, CAPTURE_BYTES, file)] = '\0';
    fclose (file);
    return text;
}
