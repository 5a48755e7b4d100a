// offset.h -- how far a browser has read: the offset that every event carries and that a browser
// gives back when it returns (Socket.IO 4.6, connection state recovery). Pure.
//
// To browsers it is an opaque word. It says enough for a gateway that has never seen the user:
//
//     12                          the number of the event
//     12.3.1a2b3c4d               and the last message of the chat that the user is in, and which
//     12.3.1a2b3c4d.00112233...   and the fingerprints of the latest messages of that chat
//     12.x.1a2b3c4d               and a chat that is over, as the browser knows

#ifndef OFFSET_H
#define OFFSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ident.h"
#include "gateway/writer.h"

#define OFFSET_FINGERPRINTS 12

typedef struct {
    uint64_t event;   // The number of the event.
    bool over;        // `chat` is said, and is over.
    bool in_chat;     // The rest is said.
    uint64_t message; // The last message of the partner that was shown.
    uint32_t chat;    // offset_chat of the chat, or of the one that is over.
    uint32_t fingerprints[OFFSET_FINGERPRINTS]; // The latest first.
    size_t fingerprint_count;
} offset_t;

// What tells a chat from others in an offset: its last 32 bits, which are random.
uint32_t
offset_chat (const ident_t *chat);

// Writes fingerprints, eight hexadecimal digits each.
void
offset_write_fingerprints (writer_t *writer, const uint32_t fingerprints[], size_t count);

// Reads them, at most `most`. False if that is not what it is, or if there are more.
bool
offset_read_fingerprints (const char *text, size_t bytes, uint32_t fingerprints[], size_t most,
                          size_t *count);

// Writes an offset, without quotation marks.
void
offset_write (writer_t *writer, const offset_t *offset);

// Reads an offset. False if it is none; numbers that are out of all proportion are none.
bool
offset_read (const char *text, size_t bytes, offset_t *offset);

#endif
