// bundle.c -- three lines of buffers: those that wait, those that were returned, and a few to spare.

#include "actor/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

#define SPARES_MOST 64 // Kept; what a turn needs beyond that is made and freed in it.

static void
append (bundle_line_t *line, bundle_t *bundle)
{
    bundle->before = line->last;
    bundle->behind = NULL;
    *(line->last != NULL ? &line->last->behind : &line->first) = bundle;
    line->last = bundle;
}

static void
take (bundle_line_t *line, bundle_t *bundle)
{
    *(bundle->before != NULL ? &bundle->before->behind : &line->first) = bundle->behind;
    *(bundle->behind != NULL ? &bundle->behind->before : &line->last) = bundle->before;
}

static void
clear (bundle_line_t *line)
{
    bundle_t *bundle;
    while ((bundle = line->first) != NULL) {
        take (line, bundle);
        free (bundle);
    }
}

void
bundles_clear (bundles_t *bundles)
{
    clear (&bundles->waiting);
    clear (&bundles->returned);
    clear (&bundles->spare);
    bundles->spares = 0;
}

bool
bundle_has_room (const bundle_t *bundle, size_t bytes)
{
    return bundle->bytes + bytes <= BUNDLE_BYTES;
}

static bundle_t *
new_bundle (bundles_t *bundles)
{
    bundle_t *bundle = bundles->spare.last;
    if (bundle == NULL) {
        return must_alloc (sizeof *bundle);
    }
    take (&bundles->spare, bundle);
    bundles->spares--;
    return bundle;
}

void
bundles_add (bundles_t *bundles, bundle_t **home, role_t role, const ident_t *to,
             const char *data, size_t bytes)
{
    if (*home == NULL) {
        *home = new_bundle (bundles);
        (*home)->home = home;
        (*home)->role = role;
        (*home)->to = *to;
        (*home)->count = 0;
        (*home)->bytes = 0;
        append (&bundles->waiting, *home);
    }
    bundle_t *bundle = *home;
    must (bytes <= sizeof bundle->data - bundle->bytes);
    memcpy (bundle->data + bundle->bytes, data, bytes);
    bundle->bytes += bytes;
    bundle->count++;
}

static void
keep (bundles_t *bundles, bundle_t *bundle)
{
    if (bundles->spares == SPARES_MOST) {
        free (bundle);
        return;
    }
    append (&bundles->spare, bundle);
    bundles->spares++;
}

void
bundles_settle (bundles_t *bundles, bundle_t *bundle, bool sent)
{
    take (&bundles->waiting, bundle);
    *bundle->home = NULL;
    bundle->home = NULL;
    if (sent) {
        keep (bundles, bundle);
    }
    else {
        append (&bundles->returned, bundle);
    }
}

void
bundles_forget (bundles_t *bundles, bundle_t *bundle)
{
    take (&bundles->returned, bundle);
    keep (bundles, bundle);
}
