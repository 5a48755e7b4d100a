// line.c -- frames (RFC 6455), Engine.IO 4 and Socket.IO 5, as far as a load needs them.

#include "bench/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/cmocka_all.h"

#define FRAME_TEXT 0x81
#define FRAME_PING 0x89
#define FRAME_PONG 0x8a
#define FRAME_CLOSE 0x88

static const char shake[] =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

static struct sockaddr_in
place_of (uint32_t source, uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons (port),
        .sin_addr.s_addr = htonl (0x7f000000U + source),
    };
}

void
line_dial (line_t *line, uint16_t port, uint32_t source)
{
    int on = 1;
    struct sockaddr_in here = place_of (source, 0);
    struct sockaddr_in there = place_of (1, port);
    line->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true (line->fd >= 0);
    // The port is chosen at connect: so many for each pair of addresses.
    setsockopt (line->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt (line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    assert_int_equal (bind (line->fd, (struct sockaddr *) &here, sizeof here), 0);
    assert_int_equal (connect (line->fd, (struct sockaddr *) &there, sizeof there), 0);
    assert_int_equal (fcntl (line->fd, F_SETFL, O_NONBLOCK), 0);
    line->state = LINE_SHAKING;
    line->mask = 0x9e3779b9U * (uint32_t) (line->fd + 1) | 1;
    line->in_bytes = 0;
    memcpy (line->out, shake, sizeof shake - 1);
    line->out_bytes = sizeof shake - 1;
    line_flush (line);
}

static void
put_frame (line_t *line, unsigned first, const char *text, size_t bytes)
{
    unsigned char mask[4];
    assert_true (line->out_bytes + bytes + 8 <= sizeof line->out && bytes < 65536);
    unsigned char *at = (unsigned char *) line->out + line->out_bytes;
    // xorshift: never zero, so that nobody may leave the mask out.
    line->mask ^= line->mask << 13;
    line->mask ^= line->mask >> 17;
    line->mask ^= line->mask << 5;
    memcpy (mask, &line->mask, sizeof mask);
    *at++ = (unsigned char) first;
    if (bytes < 126) {
        *at++ = (unsigned char) (0x80 | bytes);
    }
    else {
        *at++ = 0x80 | 126;
        *at++ = (unsigned char) (bytes >> 8);
        *at++ = (unsigned char) (bytes & 0xff);
    }
    memcpy (at, mask, sizeof mask);
    at += sizeof mask;
    for (size_t i = 0; i < bytes; i++) {
        at[i] = (unsigned char) text[i] ^ mask[i % sizeof mask];
    }
    line->out_bytes = (size_t) (at + bytes - (unsigned char *) line->out);
}

void
line_say (line_t *line, const char *text, size_t bytes)
{
    put_frame (line, FRAME_TEXT, text, bytes);
}

void
line_flush (line_t *line)
{
    if (line->out_bytes > 0 && line->state != LINE_CLOSED) {
        // A user has so little on its way that a socket has room for it.
        assert_int_equal (send (line->fd, line->out, line->out_bytes, MSG_NOSIGNAL),
                          (ssize_t) line->out_bytes);
    }
    line->out_bytes = 0;
}

static void
hang_up (line_t *line)
{
    close (line->fd);
    line->state = LINE_CLOSED;
    line->in_bytes = 0;
    line->out_bytes = 0;
}

void
line_leave (line_t *line)
{
    line_say (line, "41", 2);
    put_frame (line, FRAME_CLOSE, "\x03\xe8", 2);
    line_flush (line);
    line->state = LINE_LEAVING;
}

static void
tell_end (said_kind_t kind, line_hear_t *hear, void *owner)
{
    hear (owner, &(said_t){.kind = kind, .number = NO_NUMBER, .body = ""});
}

// What comes while we leave is not looked at.
static void
await_end (line_t *line, line_hear_t *hear, void *owner)
{
    ssize_t got = read (line->fd, line->in, sizeof line->in);
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
        hang_up (line);
        tell_end (SAID_GONE, hear, owner);
    }
}

// A packet of Socket.IO: its type, a number if it has one, and what it says.
static void
read_packet (const char *text, size_t bytes, line_hear_t *hear, void *owner)
{
    size_t at = 1;
    said_t said = {.kind = text[0] == '0'   ? SAID_JOINED
                           : text[0] == '2' ? SAID_EVENT
                           : text[0] == '3' ? SAID_ANSWER
                                            : SAID_END,
                   .number = NO_NUMBER};
    while (at < bytes && text[at] >= '0' && text[at] <= '9') {
        uint64_t before = said.number == NO_NUMBER ? 0 : said.number;
        said.number = before * 10 + (uint64_t) (text[at++] - '0');
    }
    said.body = text + at;
    said.bytes = bytes - at;
    hear (owner, &said);
}

static void
read_text (line_t *line, const char *text, size_t bytes, line_hear_t *hear, void *owner)
{
    if (bytes > 1 && text[0] == '4') {
        read_packet (text + 1, bytes - 1, hear, owner);
    }
    else if (bytes > 0 && text[0] == '2') {
        line_say (line, "3", 1);
    }
    else if (bytes > 0 && text[0] == '0') {
        line_say (line, "40", 2);
    }
}

static void
read_frame (line_t *line, unsigned first, const char *data, size_t bytes, line_hear_t *hear,
            void *owner)
{
    if (first == FRAME_TEXT) {
        read_text (line, data, bytes, hear, owner);
    }
    else if (first == FRAME_PING) {
        put_frame (line, FRAME_PONG, data, bytes);
    }
    else {
        tell_end (SAID_END, hear, owner);
    }
}

// Reads one frame at `at`. Returns the bytes that it takes, 0 if it is not whole.
static size_t
take_frame (line_t *line, size_t at, line_hear_t *hear, void *owner)
{
    const unsigned char *head = (const unsigned char *) line->in + at;
    size_t left = line->in_bytes - at;
    size_t bytes = left >= 2 ? head[1] : 0;
    size_t start = 2;
    if (left < 2 || (bytes == 126 && left < 4)) {
        return 0;
    }
    assert_true (bytes <= 126); // Servers do not mask, and have nothing so long to say.
    if (bytes == 126) {
        bytes = (size_t) head[2] << 8 | head[3];
        start = 4;
    }
    assert_true (start + bytes < sizeof line->in);
    if (left < start + bytes) {
        return 0;
    }
    read_frame (line, head[0], line->in + at + start, bytes, hear, owner);
    return start + bytes;
}

// Returns where the answer to the handshake ends, 0 if it does not yet.
static size_t
take_shake (line_t *line)
{
    static const char yes[] = "HTTP/1.1 101";
    const char *end = memmem (line->in, line->in_bytes, "\r\n\r\n", 4);
    if (end == NULL) {
        return 0;
    }
    assert_memory_equal (line->in, yes, sizeof yes - 1);
    line->state = LINE_OPEN;
    return (size_t) (end + 4 - line->in);
}

void
line_read (line_t *line, line_hear_t *hear, void *owner)
{
    size_t at = 0;
    size_t taken = 1;
    if (line->state == LINE_LEAVING) {
        await_end (line, hear, owner);
        return;
    }
    ssize_t got =
        read (line->fd, line->in + line->in_bytes, sizeof line->in - line->in_bytes);
    if (got < 0 && errno == EAGAIN) {
        return;
    }
    if (got <= 0) {
        tell_end (SAID_END, hear, owner);
        return;
    }
    line->in_bytes += (size_t) got;
    if (line->state == LINE_SHAKING) {
        at = take_shake (line);
    }
    while (line->state == LINE_OPEN && taken > 0) {
        taken = take_frame (line, at, hear, owner);
        at += taken;
    }
    line->in_bytes -= at;
    memmove (line->in, line->in + at, line->in_bytes);
}
