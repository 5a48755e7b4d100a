// keyring.h -- who a process is on the bus, and whose keys it trusts: CURVE keys (ZeroMQ RFC 26) in
// two small files, in the text form Z85 (RFC 32), 40 characters each.
//
// BUS_KEY, the process's own pair, is a secret:      BUS_KEYS, public, says what key is whose:
//
//     public KEY                                         gateway KEY
//     secret KEY                                         relay KEY
//
// A line that begins with "# " is a comment. A role may have several keys at once, so that keys can
// be changed while everything runs: who dials tries them in turn, who listens takes any of them.

#ifndef KEYRING_H
#define KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/wire.h"

#define KEY_BYTES 40        // Of a key's text.
#define KEYS_MOST 256       // In BUS_KEYS.
#define KEYRING_WRONG 512   // Bytes of the sentence that says what is wrong.

typedef struct keyring keyring_t;

// Reads both files. NULL, and a sentence in `wrong`, if one cannot be read, is not well formed, or
// is open to others on this machine: BUS_KEY to read, either to write.
keyring_t *
keyring_new (const char *key_path, const char *keys_path, char wrong[KEYRING_WRONG]);

// Forgets the secret, too.
void
keyring_destroy (keyring_t **keyring);

// Reads BUS_KEYS again. If it is not well formed, what was read last stays; that is logged.
void
keyring_reread (keyring_t *keyring);

// The same, if the file was changed since it was read.
void
keyring_reread_changed (keyring_t *keyring);

// The public half of the process's own pair; terminated.
const char *
keyring_public (const keyring_t *keyring);

// The secret half.
const char *
keyring_secret (const keyring_t *keyring);

// Whether that is a key of that role.
bool
keyring_trusts (const keyring_t *keyring, role_t role, const char *key);

// Differs from what it was when BUS_KEYS has been read again.
unsigned
keyring_readings (const keyring_t *keyring);

// A key of the role, the first for `turn` 0, and round again; terminated, good until the next
// reading. NULL if it has none.
const char *
keyring_pick (const keyring_t *keyring, role_t role, unsigned turn);

// Makes a new pair and writes it to the file, which must not be there yet and is readable for its
// owner alone. Leaves the line for BUS_KEYS in `line`. False, and a sentence in `wrong`, if that
// is not possible.
bool
keyring_make (const char *key_path, role_t role, char line[KEYRING_WRONG],
              char wrong[KEYRING_WRONG]);

#endif
