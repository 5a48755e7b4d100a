// hex.c -- the digits of each byte.

#include "base/hex.h"

#define SIXTEEN(high)                                                                       \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9" \
    high "a" high "b" high "c" high "d" high "e" high "f"

const char hex_pairs[512] =
    SIXTEEN ("0") SIXTEEN ("1") SIXTEEN ("2") SIXTEEN ("3") SIXTEEN ("4") SIXTEEN ("5")
    SIXTEEN ("6") SIXTEEN ("7") SIXTEEN ("8") SIXTEEN ("9") SIXTEEN ("a") SIXTEEN ("b")
    SIXTEEN ("c") SIXTEEN ("d") SIXTEEN ("e") SIXTEEN ("f");
