// keys.h -- a folder with key pairs and lists of them, for tests.

#ifndef KEYS_H
#define KEYS_H

#include "actor/keyring.h"

typedef struct keys keys_t;

// A new folder under /tmp without keys.
keys_t *
keys_new (void);

// Removes the folder.
void
keys_destroy (keys_t **keys);

// Makes the pair NAME.key of a process of that role.
void
keys_make (keys_t *keys, const char *name, role_t role);

// Writes LIST with the public keys of the pairs that are named, ended by NULL, in the place of what
// it was.
void
keys_list (keys_t *keys, const char *list, const char *const names[]);

// Puts `text` into a file of the folder, with that mode.
void
keys_write (keys_t *keys, const char *file, const char *text, unsigned mode);

// The path of a file of the folder, good until the eighth next call.
const char *
keys_path (const keys_t *keys, const char *file);

// The keyring of the process that has NAME.key and trusts LIST; the caller destroys it.
keyring_t *
keys_ring (const keys_t *keys, const char *name, const char *list);

// The public key of a pair.
const char *
keys_public (const keys_t *keys, const char *name);

#endif
