// wire_same.c -- walks the shape of a wire message.

#include "unit/wire_same.h"

#include <string.h>

static bool
field_same (const field_t *field, const void *a, const void *b)
{
    if (field->kind == FIELD_NUMBER) {
        return *(const uint64_t *) a == *(const uint64_t *) b;
    }
    if (field->kind == FIELD_IDENT) {
        return ident_equal (a, b);
    }
    const word_t *one = a;
    const word_t *other = b;
    return one->bytes == other->bytes
        && (one->bytes == 0 || memcmp (one->text, other->text, one->bytes) == 0);
}

bool
wire_same (const wire_t *a, const wire_t *b)
{
    const shape_t *shape = wire_shape (a->kind);
    if (shape == NULL || a->kind != b->kind) {
        return a->kind == b->kind;
    }
    for (size_t i = 0; i < shape->field_count; i++) {
        const field_t *field = &shape->fields[i];
        if (!field_same (field, (const char *) a + field->offset,
                         (const char *) b + field->offset)) {
            return false;
        }
    }
    return true;
}
