// fuzz_codec.c -- whatever the codec takes it can write, and reads again as the same.

#include <stdlib.h>

#include "base/must.h"
#include "unit/wire_same.h"
#include "wire/codec.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes)
{
    wire_t wire;
    wire_t again;
    if (codec_decode ((const char *) data, bytes, &wire) == REFUSAL_NONE) {
        size_t size;
        codec_t *codec = codec_new ();
        const char *encoded = codec_encode (codec, &wire, &size);
        must (codec_decode (encoded, size, &again) == REFUSAL_NONE);
        must (wire_same (&wire, &again));
        codec_destroy (&codec);
    }
    return 0;
}
