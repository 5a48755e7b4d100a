// fuzz_codec.c -- whatever the codec takes of a bundle it can write, and reads again as the same; and it
// comes to the end of every bundle.

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "unit/wire_same.h"
#include "wire/codec.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

// A message that was taken out of a bundle, with the bytes that it has there.
static void
try_again (const char *data, size_t bytes, const wire_t *wire)
{
    wire_t again;
    size_t size;
    char *alone = must_alloc (bytes); // So that a sanitizer sees who reads beyond it.
    memcpy (alone, data, bytes);
    must (codec_decode (alone, bytes, &again) == REFUSAL_NONE);
    must (wire_same (wire, &again));
    codec_t *codec = codec_new ();
    const char *encoded = codec_encode (codec, wire, &size);
    must (codec_decode (encoded, size, &again) == REFUSAL_NONE);
    must (wire_same (wire, &again));
    codec_destroy (&codec);
    free (alone);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes)
{
    const char *at = (const char *) data;
    size_t count = 0;
    wire_t wire;
    bool is_one = codec_decode (at, bytes, &wire) == REFUSAL_NONE;
    while (bytes > 0) {
        size_t taken;
        refusal_t refusal = codec_decode_first (at, bytes, &wire, &taken);
        must (taken > 0 && taken <= bytes);
        must (refusal != REFUSAL_MALFORMED || taken == bytes);
        if (refusal == REFUSAL_NONE) {
            try_again (at, taken, &wire);
        }
        must (count > 0 || is_one == (refusal == REFUSAL_NONE && taken == bytes));
        count++;
        at += taken;
        bytes -= taken;
    }
    return 0;
}
