// callgrind.c -- runs valgrind and its helpers, and reads the files that they leave.

#include "bench/callgrind.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"

#define NAMES_MOST 16384 // Functions of one profile.
#define PRINTED 15       // Functions that are shown.
#define SETTINGS_MOST 40

// The functions that are looked for in profiles. Who renames one of them does it here, too.
#define TURN "drain_all" // common/actor/loop.c: once a turn.
static const char *const timers[] = {"on_alarm", "on_tick"}; // common/actor/actor.c.

// What the C library chooses by what the CPU can do is chosen the same everywhere.
#define SAME_EVERYWHERE                                                                    \
    "glibc.cpu.hwcaps=-AVX_Fast_Unaligned_Load,-AVX512F,-AVX512VL,-AVX2,-AVX,-ERMS,-BMI2"

void
callgrind_check (void)
{
    if (system ("valgrind --version >/dev/null 2>&1") != 0
        || system ("callgrind_control --version >/dev/null 2>&1") != 0) {
        fail_msg ("valgrind is not here, which counts instructions: 'deploy/packages test' "
                  "installs it");
    }
}

service_t *
callgrind_start (const char *folder, const char *name, const char *binary,
                 const char *const settings[])
{
    char out[256];
    const char *all[SETTINGS_MOST] = {"GLIBC_TUNABLES", SAME_EVERYWHERE};
    size_t count = 2;
    snprintf (out, sizeof out, "--callgrind-out-file=%s/%s", folder, name);
    for (size_t i = 0; settings[i] != NULL; i++) {
        assert_true (count + 1 < SETTINGS_MOST);
        all[count++] = settings[i];
    }
    const char *words[] = {"valgrind",
                           "-q",
                           "--tool=callgrind",
                           "--instr-atstart=no",
                           "--separate-threads=yes",
                           out,
                           binary,
                           NULL};
    return service_words (words, all);
}

static void
control (const char *word, pid_t pid)
{
    char line[128];
    snprintf (line, sizeof line, "callgrind_control %s %d >/dev/null 2>&1", word,
              (int) pid);
    if (system (line) != 0) {
        fail_msg ("'callgrind_control %s' does not reach process %d", word, (int) pid);
    }
}

void
callgrind_count (pid_t pid)
{
    control ("-i on", pid);
}

void
callgrind_part (pid_t pid)
{
    control ("-d", pid);
}

// --- Profiles ---

// A file of one thread: see "Callgrind Format Specification" in valgrind's manual. A name stands
// once, with its number; further on the number alone. The line after "calls=" has what the call cost.
typedef struct {
    char *names[NAMES_MOST]; // By number; NULL: not met. Owned.
    uint64_t total;          // Instructions.
    uint64_t timers;         // In calls of `timers`.
    uint64_t turns;          // Calls of TURN.
    size_t callee;           // Of the call that is being read.
    uint64_t calls;          // How often it was made; 0: none is being read.
} reading_t;

// "fn=(12) name" or "cfn=(12)".
static size_t
read_name (reading_t *reading, const char *text)
{
    char *rest;
    size_t number = strtoul (text + 1, &rest, 10);
    assert_true (text[0] == '(' && *rest == ')' && number < NAMES_MOST);
    if (rest[1] == ' ') {
        free (reading->names[number]);
        reading->names[number] = strndup (rest + 2, strcspn (rest + 2, "\n"));
    }
    return number;
}

static void
read_call (reading_t *reading, const char *line)
{
    const char *name = reading->names[reading->callee];
    const char *cost = strrchr (line, ' ');
    assert_true (name != NULL && cost != NULL);
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
        reading->timers += strcmp (name, timers[i]) == 0 ? strtoull (cost, NULL, 10) : 0;
    }
    reading->turns += strcmp (name, TURN) == 0 ? reading->calls : 0;
    reading->calls = 0;
}

static void
read_line (reading_t *reading, const char *line)
{
    if (reading->calls > 0) {
        read_call (reading, line);
    }
    else if (strncmp (line, "fn=", 3) == 0) {
        read_name (reading, line + 3);
    }
    else if (strncmp (line, "cfn=", 4) == 0) {
        reading->callee = read_name (reading, line + 4);
    }
    else if (strncmp (line, "calls=", 6) == 0) {
        reading->calls = strtoull (line + 6, NULL, 10);
    }
    else if (strncmp (line, "totals: ", 8) == 0) {
        reading->total = strtoull (line + 8, NULL, 10);
    }
}

static profile_t
read_thread (const char *path)
{
    static reading_t reading;
    char line[8192];
    FILE *file = fopen (path, "r");
    if (file == NULL) {
        fail_msg ("callgrind has not written %s", path);
    }
    reading = (reading_t){.total = 0};
    while (fgets (line, sizeof line, file) != NULL) {
        read_line (&reading, line);
    }
    fclose (file);
    for (size_t i = 0; i < NAMES_MOST; i++) {
        free (reading.names[i]);
    }
    return (profile_t){reading.total, reading.timers, reading.turns, 0};
}

static void
path_of (char path[256], const char *folder, const char *name, unsigned part,
         const char *thread)
{
    snprintf (path, 256, "%s/%s.%u-%s", folder, name, part, thread);
}

profile_t
callgrind_read (const char *folder, const char *name, unsigned part)
{
    char path[256];
    glob_t found;
    path_of (path, folder, name, part, "01");
    profile_t profile = read_thread (path);
    if (profile.turns == 0 || profile.timers == 0) {
        fail_msg ("%s has not called " TURN " or no timer: were they renamed, and not in "
                  "tests/bench/callgrind.c?",
                  name);
    }
    // The others look names up, or end sockets: what they do is nothing beside ZeroMQ's.
    path_of (path, folder, name, part, "*");
    assert_int_equal (glob (path, 0, NULL, &found), 0);
    for (size_t i = 1; i < found.gl_pathc; i++) { // Sorted; the first is the main thread.
        uint64_t total = read_thread (found.gl_pathv[i]).main;
        profile.zeromq = total > profile.zeromq ? total : profile.zeromq;
    }
    globfree (&found);
    return profile;
}

// --- For who wants to know where it goes ---

// "1,234 (12.3%)  folder/file.c:function [object]" as "123 function".
static void
print_function (const char *line, size_t messages)
{
    uint64_t cost = 0;
    const char *name = strstr (line, "%)");
    for (const char *at = line; *at != '(' && *at != '\0'; at++) {
        cost = *at >= '0' && *at <= '9' ? cost * 10 + (uint64_t) (*at - '0') : cost;
    }
    name += 2 + strspn (name + 2, " ");
    const char *object = strchr (name, '[');
    const char *short_name =
        name + (object != NULL ? (size_t) (object - name) : strlen (name));
    while (short_name > name && short_name[-1] != ':') {
        short_name--;
    }
    const char *last = object != NULL ? strrchr (object, '/') : NULL;
    printf ("%9" PRIu64 "  %.*s", cost / messages, (int) strcspn (short_name, " \n"),
            short_name);
    if (last != NULL) {
        printf (" in %.*s", (int) strcspn (last + 1, "]\n"), last + 1);
    }
    putchar ('\n');
}

static void
annotate (const char *path, const char *inclusive, size_t messages)
{
    char line[4096];
    size_t printed = 0;
    snprintf (line, sizeof line,
              "callgrind_annotate --inclusive=%s --threshold=100 --auto=no '%s' 2>&1",
              inclusive, path);
    FILE *output = popen (line, "r");
    assert_non_null (output);
    bool begun = false;
    while (fgets (line, sizeof line, output) != NULL) {
        // Without debug symbols a library's own functions have an address for a name: it calls them,
        // but says nothing.
        bool named = strstr (line, ":0x0000") == NULL || strcmp (inclusive, "no") == 0;
        if (begun && printed < PRINTED && named && strstr (line, "%)") != NULL) {
            print_function (line, messages);
            printed++;
        }
        begun = begun || strstr (line, "file:function") != NULL;
    }
    pclose (output);
}

void
callgrind_print (const char *folder, const char *name, unsigned part, size_t messages)
{
    char path[256];
    path_of (path, folder, name, part, "01");
    printf ("\n%s, instructions a message, with all that it calls:\n", name);
    annotate (path, "yes", messages);
    printf ("\n%s, by itself:\n", name);
    annotate (path, "no", messages);
}
