// fuzz_offset.c -- whatever is read as an offset is written as something that is read as the same.

#include <stdint.h>
#include <string.h>

#include "base/must.h"
#include "gateway/offset.h"
#include "wire/wire.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes)
{
    offset_t offset;
    offset_t again;
    if (!offset_read ((const char *) data, bytes, &offset)) {
        return 0;
    }
    must (offset.event <= UINT64_C (1) << 53 && offset.message <= COUNT_MOST);
    must (offset.fingerprint_count <= OFFSET_FINGERPRINTS);
    must (!(offset.in_chat && offset.over));
    must (offset.in_chat || offset.over || offset.chat == 0);
    must (offset.in_chat || offset.message == 0);
    must (offset.in_chat || offset.fingerprint_count == 0);
    writer_t writer = {0};
    offset_write (&writer, &offset);
    must (writer.size <= bytes); // Leading zeros may be gone; all else is as it was.
    must (offset_read (writer.bytes, writer.size, &again));
    must (again.event == offset.event && again.in_chat == offset.in_chat);
    must (again.over == offset.over);
    must (again.message == offset.message && again.chat == offset.chat);
    must (again.fingerprint_count == offset.fingerprint_count);
    must (memcmp (again.fingerprints, offset.fingerprints, sizeof again.fingerprints) == 0);
    writer_close (&writer);
    return 0;
}
