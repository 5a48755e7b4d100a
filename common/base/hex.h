// hex.h -- bytes as hexadecimal digits, lower case.

#ifndef HEX_H
#define HEX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The two digits of each byte.
extern const char hex_pairs[512];

// Writes two digits for each byte, not terminated. Returns what is behind them. It stands here because a
// message has twenty of them, of four bytes or a few: a third of what digit by digit takes.
static inline char *
hex_write (char *out, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memcpy (out + 2 * i, hex_pairs + 2 * bytes[i], 2);
    }
    return out + 2 * count;
}

#endif
