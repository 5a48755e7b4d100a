// codec.c -- walks the table of wire messages to write and to read them.

#include "wire/codec.h"

#include <msgpack.h>
#include <string.h>

#include "base/must.h"
#include "base/text.h"

#define DEPTH_MOST 4 // Of arrays and maps in a field that is only skipped.

struct codec {
    size_t bytes;               // Of the last message that was encoded.
    char data[WIRE_BYTES_MOST]; // The same.
};

typedef struct {
    const unsigned char *at;  // The next byte.
    const unsigned char *end; // Behind the last.
} cursor_t;

// One MessagePack item, read but for the bytes or the items that it holds.
typedef struct {
    enum { TOKEN_NUMBER, TOKEN_BIN, TOKEN_STR, TOKEN_ARRAY, TOKEN_MAP, TOKEN_OTHER } kind;
    uint64_t size; // TOKEN_NUMBER: the number; BIN, STR, OTHER: bytes that follow; ARRAY, MAP: items.
} token_t;

codec_t *
codec_new (void)
{
    return must_alloc (sizeof (codec_t));
}

void
codec_destroy (codec_t **codec)
{
    free (*codec);
    *codec = NULL;
}

// What the library writes to.
static int
append (void *self, const char *data, size_t bytes)
{
    codec_t *codec = self;
    must (bytes <= sizeof codec->data - codec->bytes);
    memcpy (codec->data + codec->bytes, data, bytes);
    codec->bytes += bytes;
    return 0;
}

static void
pack_field (msgpack_packer *packer, const field_t *field, const void *place)
{
    if (field->kind == FIELD_NUMBER) {
        uint64_t number = *(const uint64_t *) place;
        must (number >= field->least && number <= field->most);
        msgpack_pack_uint64 (packer, number);
    }
    else if (field->kind == FIELD_IDENT) {
        const ident_t *ident = place;
        msgpack_pack_bin (packer, IDENT_BYTES);
        msgpack_pack_bin_body (packer, ident->bytes, IDENT_BYTES);
    }
    else {
        const word_t *word = place;
        must (word->bytes <= field->most);
        msgpack_pack_str (packer, word->bytes);
        msgpack_pack_str_body (packer, word->bytes > 0 ? word->text : "", word->bytes);
    }
}

const char *
codec_encode (codec_t *codec, const wire_t *wire, size_t *bytes)
{
    const shape_t *shape = wire_shape (wire->kind);
    must (shape != NULL);
    msgpack_packer packer;
    codec->bytes = 0;
    msgpack_packer_init (&packer, codec, append);
    msgpack_pack_array (&packer, shape->field_count + 1);
    msgpack_pack_uint64 (&packer, wire->kind);
    for (size_t i = 0; i < shape->field_count; i++) {
        const field_t *field = &shape->fields[i];
        pack_field (&packer, field, (const char *) wire + field->offset);
    }
    *bytes = codec->bytes;
    return codec->data;
}

static uint64_t
left_in (const cursor_t *cursor)
{
    return (uint64_t) (cursor->end - cursor->at);
}

// Reads `width` bytes, high byte first.
static bool
read_big_endian (cursor_t *cursor, unsigned width, uint64_t *number)
{
    if (left_in (cursor) < width) {
        return false;
    }
    *number = 0;
    for (unsigned i = 0; i < width; i++) {
        *number = *number << 8 | *cursor->at++;
    }
    return true;
}

// Reads a token whose size stands in the `width` bytes behind its first one.
static bool
read_sized (cursor_t *cursor, token_t *token, int kind, unsigned width)
{
    token->kind = kind;
    return read_big_endian (cursor, width, &token->size);
}

// The formats from 0xc0 to 0xdf (spec.md, "Overview").
static bool
read_long_token (cursor_t *cursor, token_t *token, unsigned char first)
{
    switch (first) {
        case 0xc0: // nil
        case 0xc2: // false
        case 0xc3: // true
            *token = (token_t){TOKEN_OTHER, 0};
            return true;
        case 0xc4: case 0xc5: case 0xc6: // bin 8, 16, 32
            return read_sized (cursor, token, TOKEN_BIN, 1U << (first - 0xc4));
        case 0xc7: case 0xc8: case 0xc9: // ext 8, 16, 32: its type is one byte more
            if (!read_sized (cursor, token, TOKEN_OTHER, 1U << (first - 0xc7))) {
                return false;
            }
            token->size++;
            return true;
        case 0xca: case 0xcb: // float 32, 64
            *token = (token_t){TOKEN_OTHER, first == 0xca ? 4 : 8};
            return true;
        case 0xcc: case 0xcd: case 0xce: case 0xcf: // uint 8, 16, 32, 64
            return read_sized (cursor, token, TOKEN_NUMBER, 1U << (first - 0xcc));
        case 0xd0: case 0xd1: case 0xd2: case 0xd3: // int 8, 16, 32, 64
            *token = (token_t){TOKEN_OTHER, 1U << (first - 0xd0)};
            return true;
        case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8: // fixext 1, 2, 4, 8, 16
            *token = (token_t){TOKEN_OTHER, 1 + (1U << (first - 0xd4))};
            return true;
        case 0xd9: case 0xda: case 0xdb: // str 8, 16, 32
            return read_sized (cursor, token, TOKEN_STR, 1U << (first - 0xd9));
        case 0xdc: case 0xdd: // array 16, 32
            return read_sized (cursor, token, TOKEN_ARRAY, 2U << (first - 0xdc));
        case 0xde: case 0xdf: // map 16, 32
            return read_sized (cursor, token, TOKEN_MAP, 2U << (first - 0xde));
        default: // 0xc1 is never used
            return false;
    }
}

// Reads one token. False if the bytes end in it, if what it holds cannot be in the bytes that are
// left, or if there is no such format.
static bool
read_token (cursor_t *cursor, token_t *token)
{
    if (left_in (cursor) == 0) {
        return false;
    }
    unsigned char first = *cursor->at++;
    if (first <= 0x7f) {
        *token = (token_t){TOKEN_NUMBER, first};
    }
    else if (first <= 0x8f) {
        *token = (token_t){TOKEN_MAP, first & 0x0f};
    }
    else if (first <= 0x9f) {
        *token = (token_t){TOKEN_ARRAY, first & 0x0f};
    }
    else if (first <= 0xbf) {
        *token = (token_t){TOKEN_STR, first & 0x1f};
    }
    else if (first >= 0xe0) {
        *token = (token_t){TOKEN_OTHER, 0}; // A negative number of one byte.
    }
    else if (!read_long_token (cursor, token, first)) {
        return false;
    }
    // Each item of an array has a byte at least, each of a map two.
    uint64_t needed = token->kind == TOKEN_MAP ? 2 * token->size : token->size;
    return token->kind == TOKEN_NUMBER || needed <= left_in (cursor);
}

// Passes over one item of any kind, `depth` levels deep at most.
static bool
skip_item (cursor_t *cursor, int depth)
{
    token_t token;
    if (!read_token (cursor, &token)) {
        return false;
    }
    if (token.kind == TOKEN_ARRAY || token.kind == TOKEN_MAP) {
        uint64_t items = token.kind == TOKEN_MAP ? 2 * token.size : token.size;
        for (uint64_t i = 0; i < items; i++) {
            if (depth == 0 || !skip_item (cursor, depth - 1)) {
                return false;
            }
        }
    }
    else if (token.kind != TOKEN_NUMBER) {
        cursor->at += token.size;
    }
    return true;
}

static refusal_t
read_field (cursor_t *cursor, const field_t *field, void *place)
{
    token_t token;
    // As they are written, without a look at what else could stand there: half of all fields are identities.
    if (field->kind == FIELD_IDENT && left_in (cursor) >= 2 + IDENT_BYTES && cursor->at[0] == 0xc4
        && cursor->at[1] == IDENT_BYTES) {
        memcpy (place, cursor->at + 2, IDENT_BYTES);
        cursor->at += 2 + IDENT_BYTES;
        return REFUSAL_NONE;
    }
    if (!read_token (cursor, &token)) {
        return REFUSAL_MALFORMED;
    }
    if (field->kind == FIELD_NUMBER) {
        if (token.kind != TOKEN_NUMBER) {
            return REFUSAL_FIELD_KIND;
        }
        *(uint64_t *) place = token.size;
        bool fits = token.size >= field->least && token.size <= field->most;
        return fits ? REFUSAL_NONE : REFUSAL_FIELD_RANGE;
    }
    if (token.kind != (field->kind == FIELD_IDENT ? TOKEN_BIN : TOKEN_STR)) {
        return REFUSAL_FIELD_KIND;
    }
    const char *body = (const char *) cursor->at;
    cursor->at += token.size;
    if (field->kind == FIELD_IDENT) {
        if (token.size != IDENT_BYTES) {
            return REFUSAL_FIELD_RANGE;
        }
        memcpy (place, body, IDENT_BYTES);
        return REFUSAL_NONE;
    }
    *(word_t *) place = (word_t){body, (size_t) token.size};
    bool fits = token.size <= field->most && text_is_utf8 (body, (size_t) token.size);
    return fits ? REFUSAL_NONE : REFUSAL_FIELD_RANGE;
}

static refusal_t
read_fields (cursor_t *cursor, uint64_t items, wire_t *wire)
{
    token_t kind;
    if (items == 0 || !read_token (cursor, &kind) || kind.kind != TOKEN_NUMBER) {
        return REFUSAL_MALFORMED;
    }
    const shape_t *shape = wire_shape (kind.size);
    if (shape == NULL) {
        return REFUSAL_UNKNOWN_KIND;
    }
    wire->kind = shape->kind;
    for (size_t i = 0; i < shape->field_count; i++) {
        const field_t *field = &shape->fields[i];
        void *place = (char *) wire + field->offset;
        if (i < items - 1) {
            refusal_t refusal = read_field (cursor, field, place);
            if (refusal != REFUSAL_NONE) {
                return refusal;
            }
        }
        else if (field->added) {
            memset (place, 0, field->kind == FIELD_WORD ? sizeof (word_t) : sizeof (uint64_t));
        }
        else {
            return REFUSAL_FIELD_MISSING;
        }
    }
    for (uint64_t i = shape->field_count + 1; i < items; i++) {
        if (!skip_item (cursor, DEPTH_MOST)) {
            return REFUSAL_MALFORMED;
        }
    }
    return REFUSAL_NONE;
}

refusal_t
codec_decode_first (const char *data, size_t bytes, wire_t *wire, size_t *taken)
{
    wire->kind = WIRE_NONE;
    *taken = bytes;
    if (bytes > WIRE_BYTES_MOST) {
        return REFUSAL_TOO_LONG;
    }
    const cursor_t start = {(const unsigned char *) data, (const unsigned char *) data + bytes};
    cursor_t cursor = start;
    token_t array;
    if (!read_token (&cursor, &array) || array.kind != TOKEN_ARRAY) {
        return REFUSAL_MALFORMED;
    }
    refusal_t refusal = read_fields (&cursor, array.size, wire);
    bool is_whole = refusal == REFUSAL_NONE;
    if (!is_whole && refusal != REFUSAL_MALFORMED) {
        // It is an array of something else: what is behind it can still be read.
        cursor = start;
        is_whole = skip_item (&cursor, 1 + DEPTH_MOST);
    }
    if (is_whole) {
        *taken = (size_t) (cursor.at - start.at);
    }
    return refusal;
}

refusal_t
codec_decode (const char *data, size_t bytes, wire_t *wire)
{
    size_t taken;
    refusal_t refusal = codec_decode_first (data, bytes, wire, &taken);
    return refusal == REFUSAL_NONE && taken < bytes ? REFUSAL_MALFORMED : refusal;
}
