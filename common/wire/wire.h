// wire.h -- the wire messages as C types, made from wire.def.
//
// Read wire.def for what they mean. Words are borrowed: they point into the bytes that were
// decoded, or into whatever the sender of a message set them to; they have no terminator.

#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ident.h"
#include "wire/refusal.h"

#define WIRE_VERSION 2
#define WIRE_VERSION_LEAST 1    // Of a peer that is understood: it reads one wire message in a ZeroMQ message.
#define WIRE_BYTES_MOST 16384   // Of one encoded wire message.
#define TEXT_BYTES 12000        // Of one text: TEXT_MAX at its largest, in UTF-8.
#define MESSAGE_ID_BYTES 64     // Of a writer's name for a message.
#define FINGERPRINTS_BYTES 512  // Of the last messages of a direction: 64 of eight digits each.
#define INTERESTS_MOST 10       // Of a search.
#define INTEREST_DIGITS 16      // Of the digest of one interest.
#define INTERESTS_BYTES (INTERESTS_MOST * INTEREST_DIGITS)
#define LANGUAGE_BYTES 8        // Of a primary language subtag (RFC 5646, 2.2.1).
#define POOLS_MOST 16           // Of one gateway.
#define TURN_MOST UINT32_MAX    // A user's requests.
#define COUNT_MOST UINT32_MAX   // Messages of a direction.
#define GIVEN_BACK_MOST 256     // Of them, those that a gateway keeps until they are read.
#define TIME_MOST 253402300799999 // The last millisecond of the year 9999.

typedef enum { ROLE_NONE, ROLE_GATEWAY, ROLE_MATCHER, ROLE_RELAY, ROLE_RECORDER } role_t;

// Why a chat ended, as the record says.
typedef enum {
    REASON_NONE,         // It goes on.
    REASON_SKIPPED,      // Somebody skipped to the next.
    REASON_ENDED,        // Somebody ended it.
    REASON_DISCONNECTED, // Somebody's connection was lost for good.
    REASON_DRAINED,      // A gateway was stopped and nobody came back in time.
    REASON_TIMEOUT,      // Nothing was heard of it for too long.
    REASON_ORPHANED,     // Found without its people.
} reason_t;

// Who of the two ended it.
typedef enum { SIDE_NONE, SIDE_A, SIDE_B } side_t;

// What somebody who comes back was doing.
typedef enum {
    DOING_UNKNOWN,   // Nobody knows it any more: it has come too late.
    DOING_NOTHING,
    DOING_PARTED,    // Its partner has ended the chat meanwhile.
    DOING_SEARCHING,
    DOING_CHATTING,
} doing_t;

typedef enum {
    WIRE_NONE = 0,
#define MESSAGE(NAME, name, number, sentence) WIRE_##NAME = number,
#include "wire/wire.def"
} wire_kind_t;

typedef struct {
    const char *text; // Not terminated, not owned. NULL only if `bytes` is 0.
    size_t bytes;
} word_t;

#define MESSAGE(NAME, name, number, sentence) typedef struct {
#define NUMBER(name, field, least, most, sentence) uint64_t field;
#define IDENT(name, field, sentence) ident_t field;
#define WORD(name, field, most, sentence) word_t field;
#define END(NAME, name) } wire_##name##_t;
#include "wire/wire.def"

typedef struct {
    wire_kind_t kind;
    union {
#define MESSAGE(NAME, name, number, sentence) wire_##name##_t name;
#include "wire/wire.def"
    } as;
} wire_t;

typedef enum { FIELD_NUMBER, FIELD_IDENT, FIELD_WORD } field_kind_t;

// One field of a message, as data: where it is in wire_t and what it may hold.
typedef struct {
    const char *name;
    field_kind_t kind;
    size_t offset;        // In wire_t.
    uint64_t least;       // FIELD_NUMBER: the smallest.
    uint64_t most;        // FIELD_NUMBER: the largest; FIELD_WORD: most bytes.
    const char *sentence;
    bool added;           // Older senders do not say it: it is 0, or empty, then.
} field_t;

// One message, as data.
typedef struct {
    wire_kind_t kind;
    const char *name;
    const char *sentence;
    const field_t *fields;
    size_t field_count;
} shape_t;

// The shape of a kind of message, NULL if there is none.
const shape_t *
wire_shape (uint64_t kind);

// The shapes in the order of wire.def; NULL after the last.
const shape_t *
wire_shape_at (size_t place);

// "relay" for ROLE_RELAY, and so on.
const char *
wire_role_name (role_t role);

// "skipped" for REASON_SKIPPED, and so on; "none" for REASON_NONE.
const char *
wire_reason_name (reason_t reason);

#endif
