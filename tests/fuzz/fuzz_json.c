// fuzz_json.c -- JSON is to us what it is to another reader, and can be written and read again.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/json.h"
#include "gateway/writer.h"
#include "support/values.h"
#include "unit/json_same.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

// What our own writer makes of a string is the same string, without any raw control character.
static void
check_string (const char *text, size_t bytes)
{
    writer_t writer = {0};
    size_t size;
    writer_string (&writer, text, bytes);
    for (size_t i = 0; i < writer.size; i++) {
        must ((unsigned char) writer.bytes[i] >= 0x20);
    }
    value_t *again = value_read (writer.bytes, writer.size);
    const char *read = value_text (again, &size);
    must (read != NULL && size == bytes && memcmp (read, text, bytes) == 0);
    value_free (&again);
    writer_close (&writer);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes)
{
    size_t size;
    value_t *value = value_read ((const char *) data, bytes);
    must (json_is_same ((const char *) data, bytes, NULL));
    if (value == NULL) {
        return 0;
    }
    char *written = value_write (value);
    value_t *again = value_read (written, strlen (written));
    must (again != NULL);
    const char *text = value_text (value, &size);
    if (text != NULL) {
        check_string (text, size);
    }
    value_free (&again);
    free (written);
    value_free (&value);
    return 0;
}
