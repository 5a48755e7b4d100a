// codec.h -- wire messages to bytes and back.
//
// Encoding: the MessagePack specification (msgpack/msgpack, spec.md), by way of its C library.
// Decoding reads the same format straight from the bytes, field by field, in the order of the
// table: nothing is allocated, nothing is sized by a number that somebody sent.

#ifndef CODEC_H
#define CODEC_H

#include "wire/wire.h"

typedef struct codec codec_t;

// A codec holds the buffer that messages are encoded into. Never NULL.
codec_t *
codec_new (void);

void
codec_destroy (codec_t **codec);

// Encodes `wire`, which must keep to its table (must() otherwise). The bytes are the codec's and
// last until the next call.
const char *
codec_encode (codec_t *codec, const wire_t *wire, size_t *bytes);

// Decodes `bytes` bytes at `data` (which need not be terminated and may be anything at all) into
// `wire`, whose words then point into `data`. Returns REFUSAL_NONE, or why not; then `wire` has
// the kind that was read, or WIRE_NONE, and nothing else.
refusal_t
codec_decode (const char *data, size_t bytes, wire_t *wire);

// The same for the first of several messages, one behind the other: *taken is how many bytes it has. It
// is refused alone if it can be seen where it ends, and otherwise with all that follows: then *taken is
// `bytes`. Never 0, but for no bytes at all.
refusal_t
codec_decode_first (const char *data, size_t bytes, wire_t *wire, size_t *taken);

#endif
