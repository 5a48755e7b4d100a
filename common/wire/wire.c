// wire.c -- wire.def as data that code can walk.

#include "wire/wire.h"

// The fields of each message, one array a message.
#define MESSAGE(NAME, name, number, sentence) static const field_t name##_fields[] = {
#define NUMBER(name, field, least, most, sentence) \
    {#field, FIELD_NUMBER, offsetof (wire_t, as.name.field), least, most, sentence, false},
#define ADDED_NUMBER(name, field, most, sentence) \
    {#field, FIELD_NUMBER, offsetof (wire_t, as.name.field), 0, most, sentence, true},
#define IDENT(name, field, sentence) \
    {#field, FIELD_IDENT, offsetof (wire_t, as.name.field), 0, 0, sentence, false},
#define WORD(name, field, most, sentence) \
    {#field, FIELD_WORD, offsetof (wire_t, as.name.field), 0, most, sentence, false},
#define ADDED_WORD(name, field, most, sentence) \
    {#field, FIELD_WORD, offsetof (wire_t, as.name.field), 0, most, sentence, true},
#define END(NAME, name) };
#include "wire/wire.def"

static const shape_t shapes[] = {
#define MESSAGE(NAME, name, number, sentence) \
    {WIRE_##NAME, #NAME, sentence, name##_fields, sizeof name##_fields / sizeof (field_t)},
#include "wire/wire.def"
};

// Where each message stands in `shapes`.
enum {
#define MESSAGE(NAME, name, number, sentence) PLACE_##NAME,
#include "wire/wire.def"
    PLACE_COUNT
};

const shape_t *
wire_shape (uint64_t kind)
{
    switch (kind) {
#define MESSAGE(NAME, name, number, sentence) \
    case WIRE_##NAME: return &shapes[PLACE_##NAME];
#include "wire/wire.def"
        default:
            return NULL;
    }
}

const shape_t *
wire_shape_at (size_t place)
{
    return place < PLACE_COUNT ? &shapes[place] : NULL;
}

const char *
wire_role_name (role_t role)
{
    static const char *const names[] = {"none", "gateway", "matcher", "relay", "recorder"};
    return (size_t) role < sizeof names / sizeof names[0] ? names[role] : "unknown";
}

const char *
wire_reason_name (reason_t reason)
{
    static const char *const names[] = {"none",    "skipped", "ended",   "disconnected",
                                        "drained", "timeout", "orphaned"};
    return (size_t) reason < sizeof names / sizeof names[0] ? names[reason] : "unknown";
}
