// ident.c -- making, printing and reading 128-bit identities.

#include "base/ident.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/random.h>

#include "base/hex.h"
#include "base/must.h"

const ident_t ident_nil = {{0}};

// The kernel gives up to 256 bytes at once and, once seeded, never less (getrandom(2)).
static void
fill_random (void *bytes, size_t count)
{
    must (count <= 256);
    ssize_t got;
    do {
        got = getrandom (bytes, count, 0);
    } while (got < 0 && errno == EINTR);
    must (got == (ssize_t) count);
}

static void
mark_version (ident_t *ident, uint8_t version)
{
    ident->bytes[6] = (uint8_t) ((ident->bytes[6] & 0x0f) | (version << 4));
    ident->bytes[8] = (uint8_t) ((ident->bytes[8] & 0x3f) | 0x80);
}

ident_t
ident_random (void)
{
    ident_t ident;
    fill_random (ident.bytes, sizeof ident.bytes);
    mark_version (&ident, 4);
    return ident;
}

ident_t
ident_token (void)
{
    ident_t ident;
    fill_random (ident.bytes, sizeof ident.bytes);
    return ident;
}

ident_t
ident_timed (uint64_t wall_ms)
{
    ident_t ident;
    fill_random (ident.bytes, sizeof ident.bytes);
    for (int i = 0; i < 6; i++) {
        ident.bytes[i] = (uint8_t) (wall_ms >> (8 * (5 - i)));
    }
    mark_version (&ident, 7);
    return ident;
}

uint64_t
ident_time_ms (const ident_t *ident)
{
    uint64_t time_ms = 0;
    for (int i = 0; i < 6; i++) {
        time_ms = time_ms << 8 | ident->bytes[i];
    }
    return time_ms;
}

void
ident_set_mark (ident_t *ident, unsigned mark)
{
    must (mark <= IDENT_MARK_MOST);
    ident->bytes[8] = (uint8_t) ((ident->bytes[8] & ~IDENT_MARK_MOST) | mark);
}

unsigned
ident_mark (const ident_t *ident)
{
    return ident->bytes[8] & IDENT_MARK_MOST;
}

bool
ident_equal (const ident_t *a, const ident_t *b)
{
    return memcmp (a->bytes, b->bytes, IDENT_BYTES) == 0;
}

bool
ident_is_nil (const ident_t *ident)
{
    return ident_equal (ident, &ident_nil);
}

void
ident_print (const ident_t *ident, char text[IDENT_TEXT_SIZE])
{
    static const size_t groups[] = {4, 2, 2, 2, 6}; // Bytes.
    const uint8_t *bytes = ident->bytes;
    char *out = text;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        out = hex_write (out, bytes, groups[i]);
        bytes += groups[i];
        *out++ = '-';
    }
    out[-1] = '\0'; // In the place of the last dash.
}

static int
hex_value (char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

bool
ident_parse (const char *text, size_t bytes, ident_t *ident)
{
    if (bytes != IDENT_TEXT_SIZE - 1) {
        return false;
    }
    ident_t parsed;
    size_t at = 0;
    for (int i = 0; i < IDENT_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text[at++] != '-') {
                return false;
            }
        }
        int high = hex_value (text[at]);
        int low = hex_value (text[at + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        parsed.bytes[i] = (uint8_t) (high * 16 + low);
        at += 2;
    }
    *ident = parsed;
    return true;
}

void
ident_secret (char text[IDENT_SECRET_SIZE])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    uint8_t bits[IDENT_SECRET_SIZE - 1];
    fill_random (bits, sizeof bits);
    for (size_t i = 0; i < sizeof bits; i++) {
        text[i] = letters[bits[i] & 63];
    }
    text[sizeof bits] = '\0';
}

ident_t
ident_digest (const ident_t *key, const void *data, size_t bytes)
{
    ident_t digest;
    must (crypto_generichash (digest.bytes, sizeof digest.bytes, data, bytes, key->bytes,
                              sizeof key->bytes)
          == 0);
    return digest;
}

uint64_t
ident_hash (const ident_t *ident, uint64_t seed)
{
    uint64_t halves[2];
    memcpy (halves, ident->bytes, sizeof halves);
    uint64_t hash = seed;
    for (int i = 0; i < 2; i++) {
        // The finalizer of MurmurHash3: every bit of the input reaches every bit of the result.
        hash ^= halves[i];
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdULL;
        hash ^= hash >> 33;
        hash *= 0xc4ceb9fe1a85ec53ULL;
        hash ^= hash >> 33;
    }
    return hash;
}
