// ident.h -- 128-bit identities: users, chats, gateways, secrets.
//
// On the wire an ident is its 16 bytes; in Redis, Postgres and the browser it is the 36 characters
// of RFC 9562 (UUID), lower case.

#ifndef IDENT_H
#define IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENT_BYTES 16
#define IDENT_TEXT_SIZE 37   // 36 characters and the terminator.
#define IDENT_SECRET_SIZE 21 // 20 characters and the terminator.
#define IDENT_MARK_MOST 63u  // Six bits.

typedef struct {
    uint8_t bytes[IDENT_BYTES];
} ident_t;

// Nobody and nothing: all bits zero (RFC 9562, 5.9).
extern const ident_t ident_nil;

// A new version 4 UUID from the kernel's random numbers: cannot be guessed.
ident_t
ident_random (void);

// 128 random bits, none of them fixed: a token, which is a secret. Printed and read as all idents.
ident_t
ident_token (void);

// A new version 7 UUID: sorts by `wall_ms` (Unix time in ms), 74 random bits.
ident_t
ident_timed (uint64_t wall_ms);

// When a version 7 UUID was made, Unix time in ms; of others it is any time.
uint64_t
ident_time_ms (const ident_t *ident);

// Puts a number of 0 to IDENT_MARK_MOST into a UUID, in the place of six of its random bits (the low
// ones of byte 8).
void
ident_set_mark (ident_t *ident, unsigned mark);

// The number that those bits are; of a UUID that was not marked it is any.
unsigned
ident_mark (const ident_t *ident);

// True if all 128 bits are the same.
bool
ident_equal (const ident_t *a, const ident_t *b);

// True for ident_nil.
bool
ident_is_nil (const ident_t *ident);

// Writes the 36 characters and a terminator.
void
ident_print (const ident_t *ident, char text[IDENT_TEXT_SIZE]);

// Reads exactly 36 characters, either case. False, and `ident` untouched, for anything else.
bool
ident_parse (const char *text, size_t bytes, ident_t *ident);

// Writes 20 characters of [A-Za-z0-9_-] that carry 120 random bits, and a terminator: a bearer
// secret, as Engine.IO's and Socket.IO's session ids are.
void
ident_secret (char text[IDENT_SECRET_SIZE]);

// 128 bits of a keyed digest (BLAKE2b, RFC 7693): tells things apart and says nothing about them.
ident_t
ident_digest (const ident_t *key, const void *data, size_t bytes);

// A 64-bit hash of an ident with a seed. For choosing places and replicas, not for secrecy.
uint64_t
ident_hash (const ident_t *ident, uint64_t seed);

#endif
