// browser_door_files.c -- the page's files.
//
// A browser that takes gzip gets `name.gz` in place of `name`, if it lies there. What is under
// assets/ has a name that changes with what is in it, so a browser may keep it for a year; of
// all else it keeps nothing.

#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "gateway/browser_door_inside.h"

#define ASSETS "/assets"
#define YEAR_SECONDS 31536000

// Opens what lies beside the file and says that it is compressed; NULL if there is none.
static lws_fop_fd_t
open_compressed (const struct lws_plat_file_ops *system, const char *path, lws_fop_flags_t *flags)
{
    char beside[PAGE_PATH_SIZE];
    int length = snprintf (beside, sizeof beside, "%s.gz", path);
    lws_fop_fd_t file = length < (int) sizeof beside ? system->open (system, beside, NULL, flags)
                                                     : NULL;
    if (file != NULL) {
        file->flags |= LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP | LWS_FOP_FLAG_COMPR_IS_GZIP;
        *flags |= LWS_FOP_FLAG_COMPR_IS_GZIP;
    }
    return file;
}

static lws_fop_fd_t
open_file (const struct lws_plat_file_ops *self, const char *path, const char *inside,
           lws_fop_flags_t *flags)
{
    const struct lws_plat_file_ops *system = ((const page_files_t *) self)->system;
    lws_fop_fd_t file = (*flags & LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP) != 0
                          ? open_compressed (system, path, flags)
                          : NULL;
    return file != NULL ? file : system->open (system, path, inside, flags);
}

void
door_mount_page (browser_door_t *door)
{
    const char *root = door->settings.web_root;
    int length = snprintf (door->assets, sizeof door->assets, "%s" ASSETS, root);
    door_mount (door, "/", root, LWSMPRO_FILE);
    if (length < (int) sizeof door->assets) {
        struct lws_http_mount *assets = door_mount (door, ASSETS "/", door->assets, LWSMPRO_FILE);
        assets->cache_max_age = YEAR_SECONDS;
        assets->cache_reusable = 1;
    }
}

void
door_serve_files (browser_door_t *door)
{
    page_files_t *files = &door->files;
    files->system = lws_get_fops (door->context);
    files->ops = *files->system;
    files->ops.open = open_file;
    lws_set_fops (door->context, &files->ops);
}
