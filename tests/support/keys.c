// keys.c -- makes, lists and removes key files.

#include "support/keys.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/cmocka_all.h"

#define PAIRS_MOST 16

typedef struct {
    char name[32];
    char line[KEYRING_WRONG]; // Its line in a list.
} pair_t;

struct keys {
    char folder[32];
    pair_t pairs[PAIRS_MOST];
    size_t count;
};

keys_t *
keys_new (void)
{
    keys_t *keys = calloc (1, sizeof *keys);
    assert_non_null (keys);
    strcpy (keys->folder, "/tmp/keys-XXXXXX");
    assert_non_null (mkdtemp (keys->folder));
    return keys;
}

void
keys_destroy (keys_t **keys)
{
    struct dirent *entry;
    DIR *folder = opendir ((*keys)->folder);
    while (folder != NULL && (entry = readdir (folder)) != NULL) {
        unlink (keys_path (*keys, entry->d_name));
    }
    closedir (folder);
    rmdir ((*keys)->folder);
    free (*keys);
    *keys = NULL;
}

const char *
keys_path (const keys_t *keys, const char *file)
{
    static char paths[8][320];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf (path, sizeof paths[0], "%s/%s", keys->folder, file);
    return path;
}

static const char *
path_of_pair (const keys_t *keys, const char *name)
{
    char file[64];
    snprintf (file, sizeof file, "%s.key", name);
    return keys_path (keys, file);
}

void
keys_make (keys_t *keys, const char *name, role_t role)
{
    char wrong[KEYRING_WRONG];
    assert_true (keys->count < PAIRS_MOST);
    pair_t *pair = &keys->pairs[keys->count++];
    snprintf (pair->name, sizeof pair->name, "%s", name);
    if (!keyring_make (path_of_pair (keys, name), role, pair->line, wrong)) {
        fail_msg ("%s", wrong);
    }
}

static const pair_t *
find (const keys_t *keys, const char *name)
{
    size_t place = 0;
    while (place < keys->count && strcmp (keys->pairs[place].name, name) != 0) {
        place++;
    }
    assert_true (place < keys->count);
    return &keys->pairs[place];
}

void
keys_write (keys_t *keys, const char *file, const char *text, unsigned mode)
{
    // In one step, as who reads it meanwhile is to see all or nothing.
    const char *fresh = keys_path (keys, "fresh");
    FILE *out = fopen (fresh, "w");
    assert_non_null (out);
    fputs (text, out);
    assert_int_equal (fclose (out), 0);
    assert_int_equal (chmod (fresh, mode), 0);
    assert_int_equal (rename (fresh, keys_path (keys, file)), 0);
}

void
keys_list (keys_t *keys, const char *list, const char *const names[])
{
    char text[4096] = "# Keys of a test.\n\n";
    for (; *names != NULL; names++) {
        size_t length = strlen (text);
        snprintf (text + length, sizeof text - length, "%s\n", find (keys, *names)->line);
    }
    keys_write (keys, list, text, 0644);
}

keyring_t *
keys_ring (const keys_t *keys, const char *name, const char *list)
{
    char wrong[KEYRING_WRONG] = "";
    keyring_t *ring = keyring_new (path_of_pair (keys, name), keys_path (keys, list), wrong);
    if (ring == NULL) {
        fail_msg ("%s", wrong);
    }
    return ring;
}

const char *
keys_public (const keys_t *keys, const char *name)
{
    return strchr (find (keys, name)->line, ' ') + 1;
}
