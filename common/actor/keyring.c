// keyring.c -- reads, checks and makes key files. Keeps the keys; says none of them.

#include "actor/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "base/log.h"
#include "base/must.h"

#define FILE_BYTES 65536

typedef struct {
    role_t role;
    char text[KEY_BYTES + 1]; // Terminated.
} listed_t;

struct keyring {
    char public[KEY_BYTES + 1];
    char secret[KEY_BYTES + 1];
    char *keys_path;     // Owned.
    struct stat read;    // BUS_KEYS, as it was when it was read last.
    listed_t keys[KEYS_MOST];
    size_t count;        // Of `keys`.
    unsigned readings;   // How often BUS_KEYS has been read.
};

__attribute__ ((format (printf, 2, 3))) static bool
say (char wrong[KEYRING_WRONG], const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (wrong, KEYRING_WRONG, format, arguments);
    va_end (arguments);
    return false;
}

// --- Files ---

// Whether a file's mode keeps others out, as far as it must.
static bool
check_mode (const char *setting, const char *path, mode_t mode, bool secret,
            char wrong[KEYRING_WRONG])
{
    if (!S_ISREG (mode)) {
        return say (wrong, "%s is '%s', which is not a file.", setting, path);
    }
    if (secret && (mode & S_IRWXO) != 0) {
        return say (wrong, "%s is '%s', a secret that everybody on this machine can reach: "
                           "chmod 600 it.", setting, path);
    }
    if ((mode & S_IWOTH) != 0 || (secret && (mode & S_IWGRP) != 0)) {
        return say (wrong, "%s is '%s', which others on this machine may write: chmod go-w it.",
                    setting, path);
    }
    return true;
}

// Reads a whole file, terminated. The caller frees it. NULL if that is not possible.
static char *
read_file (const char *setting, const char *path, bool secret, struct stat *state,
           char wrong[KEYRING_WRONG])
{
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat (fd, state) != 0) {
        say (wrong, "%s is '%s', which cannot be read: %s.", setting, path, strerror (errno));
        return NULL;
    }
    char *text = NULL;
    if (check_mode (setting, path, state->st_mode, secret, wrong)) {
        text = must_alloc (FILE_BYTES);
        ssize_t bytes = read (fd, text, FILE_BYTES - 1);
        if (bytes < 0) {
            say (wrong, "%s is '%s', which cannot be read: %s.", setting, path, strerror (errno));
            free (text);
            text = NULL;
        }
    }
    close (fd);
    return text;
}

// One line, "word key". Returns the text behind it; NULL with *word NULL if it is not well formed.
// Comments and empty lines are passed over; at the end of the text *word is empty.
static char *
read_line (char *at, char **word, char **key)
{
    at += strspn (at, "\r\n");
    while (at[0] == '#' && (at[1] == ' ' || at[1] == '\n')) {
        at += strcspn (at, "\n");
        at += strspn (at, "\r\n");
    }
    char *end = at + strcspn (at, "\r\n");
    *word = at;
    *key = at + strcspn (at, " \t\r\n");
    if (*at == '\0') {
        return at;
    }
    char *gap = *key;
    *key += strspn (*key, " \t");
    bool formed = gap > at && *key > gap && end - *key == KEY_BYTES;
    uint8_t binary[KEY_BYTES];
    bool more = *end != '\0';
    *gap = '\0';
    *end = '\0';
    if (!formed || zmq_z85_decode (binary, *key) == NULL) {
        *word = NULL;
        return NULL;
    }
    return end + more;
}

static role_t
role_of (const char *name)
{
    role_t role = ROLE_RECORDER;
    while (role != ROLE_NONE && strcmp (wire_role_name (role), name) != 0) {
        role--;
    }
    return role;
}

// --- BUS_KEYS ---

static bool
read_keys (keyring_t *keyring, const char *path, char *text, char wrong[KEYRING_WRONG])
{
    char *word;
    char *key;
    for (unsigned line = 1; (text = read_line (text, &word, &key)) != NULL && *word != '\0'; line++) {
        role_t role = role_of (word);
        if (role == ROLE_NONE) {
            return say (wrong, "BUS_KEYS is '%s'; its entry %u names none of gateway, matcher, "
                               "relay, recorder.", path, line);
        }
        if (keyring->count == KEYS_MOST) {
            return say (wrong, "BUS_KEYS is '%s'; it has more than %d keys.", path, KEYS_MOST);
        }
        listed_t *entry = &keyring->keys[keyring->count++];
        entry->role = role;
        memcpy (entry->text, key, KEY_BYTES + 1);
    }
    if (word == NULL) {
        return say (wrong, "BUS_KEYS is '%s'; its entry %zu is not a role and a key of %d "
                           "characters.", path, keyring->count + 1, KEY_BYTES);
    }
    return keyring->count > 0 || say (wrong, "BUS_KEYS is '%s'; there is no key in it.", path);
}

// Fills `into` with what the file has; leaves half of it there if it is wrong.
static bool
load_keys (keyring_t *into, const char *path, char wrong[KEYRING_WRONG])
{
    char *text = read_file ("BUS_KEYS", path, false, &into->read, wrong);
    bool read = text != NULL && read_keys (into, path, text, wrong);
    free (text);
    return read;
}

void
keyring_reread (keyring_t *keyring)
{
    char wrong[KEYRING_WRONG] = "";
    keyring_t *fresh = must_alloc (sizeof *fresh);
    if (load_keys (fresh, keyring->keys_path, wrong)) {
        memcpy (keyring->keys, fresh->keys, sizeof keyring->keys);
        keyring->count = fresh->count;
        keyring->readings++;
        log_event (LEVEL_INFO, "bus_keys_read", LOG_FIELDS (LOG_NUMBER ("keys", fresh->count)));
    }
    else {
        log_event (LEVEL_WARN, "bus_keys_wrong", LOG_FIELDS (LOG_TEXT ("why", wrong)));
    }
    keyring->read = fresh->read;
    free (fresh);
}

void
keyring_reread_changed (keyring_t *keyring)
{
    struct stat now;
    // While somebody puts another file in its place there may be none.
    if (stat (keyring->keys_path, &now) == 0
        && (now.st_ino != keyring->read.st_ino || now.st_size != keyring->read.st_size
            || now.st_mtim.tv_sec != keyring->read.st_mtim.tv_sec
            || now.st_mtim.tv_nsec != keyring->read.st_mtim.tv_nsec)) {
        keyring_reread (keyring);
    }
}

// --- BUS_KEY ---

static bool
take_half (keyring_t *keyring, const char *word, const char *key)
{
    char *half = strcmp (word, "public") == 0   ? keyring->public
               : strcmp (word, "secret") == 0 ? keyring->secret
                                              : NULL;
    if (half != NULL) {
        memcpy (half, key, KEY_BYTES + 1);
    }
    return half != NULL;
}

static bool
read_pair (keyring_t *keyring, const char *path, char *text, char wrong[KEYRING_WRONG])
{
    char *word;
    char *key;
    char belongs[KEY_BYTES + 1];
    while ((text = read_line (text, &word, &key)) != NULL && *word != '\0') {
        if (!take_half (keyring, word, key)) {
            break;
        }
    }
    if (word == NULL || *word != '\0' || keyring->public[0] == '\0' || keyring->secret[0] == '\0') {
        return say (wrong, "BUS_KEY is '%s', which is not a key pair: a line 'public' and a line "
                           "'secret', each with a key of %d characters.", path, KEY_BYTES);
    }
    if (zmq_curve_public (belongs, keyring->secret) != 0
        || strcmp (belongs, keyring->public) != 0) {
        return say (wrong, "BUS_KEY is '%s', whose two keys are not one pair.", path);
    }
    return true;
}

static bool
load_pair (keyring_t *keyring, const char *path, char wrong[KEYRING_WRONG])
{
    struct stat state;
    char *text = read_file ("BUS_KEY", path, true, &state, wrong);
    bool read = text != NULL && read_pair (keyring, path, text, wrong);
    if (text != NULL) {
        explicit_bzero (text, FILE_BYTES);
        free (text);
    }
    return read;
}

keyring_t *
keyring_new (const char *key_path, const char *keys_path, char wrong[KEYRING_WRONG])
{
    keyring_t *keyring = must_alloc (sizeof *keyring);
    keyring->keys_path = must_copy (keys_path, strlen (keys_path));
    if (!load_pair (keyring, key_path, wrong) || !load_keys (keyring, keys_path, wrong)) {
        keyring_destroy (&keyring);
    }
    return keyring;
}

void
keyring_destroy (keyring_t **keyring)
{
    if (*keyring != NULL) {
        free ((*keyring)->keys_path);
        explicit_bzero (*keyring, sizeof **keyring);
        free (*keyring);
        *keyring = NULL;
    }
}

// --- Asking ---

const char *
keyring_public (const keyring_t *keyring)
{
    return keyring->public;
}

const char *
keyring_secret (const keyring_t *keyring)
{
    return keyring->secret;
}

bool
keyring_trusts (const keyring_t *keyring, role_t role, const char *key)
{
    size_t place = 0;
    while (place < keyring->count
           && (keyring->keys[place].role != role
               || strcmp (keyring->keys[place].text, key) != 0)) {
        place++;
    }
    return place < keyring->count;
}

unsigned
keyring_readings (const keyring_t *keyring)
{
    return keyring->readings;
}

const char *
keyring_pick (const keyring_t *keyring, role_t role, unsigned turn)
{
    const char *of_role[KEYS_MOST];
    unsigned count = 0;
    for (size_t i = 0; i < keyring->count; i++) {
        if (keyring->keys[i].role == role) {
            of_role[count++] = keyring->keys[i].text;
        }
    }
    return count > 0 ? of_role[turn % count] : NULL;
}

// --- Making ---

static bool
write_pair (int fd, const char *public, const char *secret)
{
    char text[256];
    int bytes = snprintf (text, sizeof text,
                          "# The key pair of one process: a secret. BUS_KEYS has its public half.\n"
                          "public %s\nsecret %s\n",
                          public, secret);
    bool written = write (fd, text, (size_t) bytes) == bytes && fsync (fd) == 0;
    explicit_bzero (text, sizeof text);
    return written;
}

bool
keyring_make (const char *key_path, role_t role, char line[KEYRING_WRONG],
              char wrong[KEYRING_WRONG])
{
    char public[KEY_BYTES + 1];
    char secret[KEY_BYTES + 1];
    int fd = open (key_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return say (wrong, "BUS_KEY is '%s', which cannot be made: %s.", key_path, strerror (errno));
    }
    must (zmq_curve_keypair (public, secret) == 0);
    bool written = write_pair (fd, public, secret);
    int reason = errno;
    explicit_bzero (secret, sizeof secret);
    close (fd);
    if (!written) {
        unlink (key_path);
        return say (wrong, "BUS_KEY is '%s', which cannot be written: %s.", key_path,
                    strerror (reason));
    }
    snprintf (line, KEYRING_WRONG, "%s %s", wire_role_name (role), public);
    return true;
}
