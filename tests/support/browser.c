// browser.c -- one TCP connection and the frames on it.

#include "support/browser.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/cmocka_all.h"
#include "support/service.h"

#define BUFFER_BYTES (4 * 1024 * 1024)

struct browser {
    int fd;
    bool dead;          // Does not answer pings.
    bool ended;         // The connection is at its end.
    unsigned code;      // Of the close frame; 0: none came.
    unsigned char *in;  // What has come and is not taken yet.
    size_t in_bytes;
    char *text;         // The last text frame, terminated.
};

browser_t *
browser_dial (uint16_t port)
{
    browser_t *browser = calloc (1, sizeof *browser);
    assert_non_null (browser);
    browser->in = malloc (BUFFER_BYTES);
    browser->text = malloc (BUFFER_BYTES);
    struct sockaddr_in place = {
        .sin_family = AF_INET,
        .sin_port = htons (port),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    browser->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal (connect (browser->fd, (struct sockaddr *) &place, sizeof place), 0);
    return browser;
}

void
browser_raw (browser_t *browser, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t sent = send (browser->fd, data, bytes, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; // The other side has closed; browser_end tells.
        }
        data += sent;
        bytes -= (size_t) sent;
    }
}

void
browser_shake (browser_t *browser, const char *path, const char *headers)
{
    char request[2048];
    int bytes = snprintf (request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                          path, headers);
    assert_true (bytes > 0 && bytes < (int) sizeof request);
    browser_raw (browser, request, (size_t) bytes);
}

// Waits up to `wait_ms` for bytes and reads them. False if there were none.
static bool
fill (browser_t *browser, uint64_t wait_ms)
{
    struct pollfd wait = {.fd = browser->fd, .events = POLLIN};
    if (browser->ended || poll (&wait, 1, (int) wait_ms) != 1) {
        return false;
    }
    assert_true (browser->in_bytes < BUFFER_BYTES);
    ssize_t got =
        read (browser->fd, browser->in + browser->in_bytes, BUFFER_BYTES - browser->in_bytes);
    browser->ended = got <= 0;
    browser->in_bytes += got > 0 ? (size_t) got : 0;
    return got > 0;
}

static void
take (browser_t *browser, size_t bytes)
{
    browser->in_bytes -= bytes;
    memmove (browser->in, browser->in + bytes, browser->in_bytes);
}

int
browser_status (browser_t *browser)
{
    unsigned char *end = NULL;
    int status = 0;
    uint64_t end_ms = now_ms () + DEADLINE_MS;
    while (end == NULL && !browser->ended && now_ms () < end_ms) {
        fill (browser, 10);
        end = memmem (browser->in, browser->in_bytes, "\r\n\r\n", 4);
    }
    if (end != NULL) {
        sscanf ((char *) browser->in, "HTTP/1.1 %d", &status);
        take (browser, (size_t) (end + 4 - browser->in));
    }
    return status;
}

browser_t *
browser_open (uint16_t port)
{
    return browser_open_with (port, "");
}

browser_t *
browser_open_with (uint16_t port, const char *headers)
{
    browser_t *browser = browser_dial (port);
    browser_shake (browser, "/socket.io/?EIO=4&transport=websocket", headers);
    assert_int_equal (browser_status (browser), 101);
    browser_expect (browser, "0{");
    browser_send (browser, "40");
    browser_expect (browser, "40{\"sid\"");
    browser_expect (browser, "42[\"state\"");
    return browser;
}

void
browser_frame (browser_t *browser, unsigned char first, const char *data, size_t bytes)
{
    // The mask is there, as the protocol wants it, and changes nothing.
    unsigned char head[14] = {first};
    size_t size = 2;
    if (bytes < 126) {
        head[1] = (unsigned char) (0x80 | bytes);
    }
    else if (bytes < 65536) {
        head[1] = 0x80 | 126;
        head[2] = (unsigned char) (bytes >> 8);
        head[3] = (unsigned char) bytes;
        size = 4;
    }
    else {
        head[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++) {
            head[2 + i] = (unsigned char) ((uint64_t) bytes >> (8 * (7 - i)));
        }
        size = 10;
    }
    browser_raw (browser, (char *) head, size + 4);
    browser_raw (browser, data, bytes);
}

void
browser_send (browser_t *browser, const char *text)
{
    browser_frame (browser, 0x81, text, strlen (text));
}

// Takes the next whole frame from the buffer; answers a close frame with its own. False if it is not
// all there.
static bool
next_frame (browser_t *browser, unsigned *opcode)
{
    size_t head = 2;
    if (browser->in_bytes < head) {
        return false;
    }
    size_t bytes = browser->in[1] & 0x7f;
    if (bytes == 126 || bytes == 127) {
        size_t more = bytes == 126 ? 2 : 8;
        head += more;
        if (browser->in_bytes < head) {
            return false;
        }
        bytes = 0;
        for (size_t i = 0; i < more; i++) {
            bytes = bytes << 8 | browser->in[2 + i];
        }
    }
    if (browser->in_bytes < head + bytes) {
        return false;
    }
    *opcode = browser->in[0] & 0x0f;
    memcpy (browser->text, browser->in + head, bytes);
    browser->text[bytes] = '\0';
    if (*opcode == 8) {
        browser->code = bytes >= 2 ? (unsigned) browser->in[head] << 8 | browser->in[head + 1] : 0;
        browser_frame (browser, 0x88, "", 0);
    }
    take (browser, head + bytes);
    return true;
}

const char *
browser_hears (browser_t *browser, const char *start, uint64_t wait_ms)
{
    unsigned opcode;
    uint64_t end_ms = now_ms () + wait_ms;
    do {
        while (next_frame (browser, &opcode)) {
            if (opcode == 1 && strcmp (browser->text, "2") == 0 && !browser->dead) {
                browser_send (browser, "3");
            }
            if (opcode == 1 && strncmp (browser->text, start, strlen (start)) == 0) {
                return browser->text;
            }
        }
        fill (browser, 5);
    } while (now_ms () < end_ms && !browser->ended);
    return NULL;
}

const char *
browser_expect (browser_t *browser, const char *start)
{
    const char *text = browser_hears (browser, start, DEADLINE_MS);
    if (text == NULL) {
        fail_msg ("no frame in time that begins with %s", start);
    }
    return text;
}

void
browser_play_dead (browser_t *browser)
{
    browser->dead = true;
}

unsigned
browser_end (browser_t *browser)
{
    unsigned opcode;
    uint64_t end_ms = now_ms () + DEADLINE_MS;
    while (!browser->ended) {
        assert_true (now_ms () < end_ms);
        while (next_frame (browser, &opcode)) {
        }
        fill (browser, 10);
    }
    return browser->code;
}

void
browser_close (browser_t **browser)
{
    if (*browser != NULL) {
        close ((*browser)->fd);
        free ((*browser)->in);
        free ((*browser)->text);
        free (*browser);
        *browser = NULL;
    }
}
