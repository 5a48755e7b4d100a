// migrations.c -- holds the SQL files that migrations.def names.
//
// The assembler puts each file, and a terminator, into the program as it is.

#include "sessions/migrations.h"

#include <stddef.h>

#define MIGRATION(number, file)                              \
    __asm__ (".pushsection .rodata\n"                        \
             ".globl migration_" #number "\n"                \
             "migration_" #number ":\n"                      \
             ".incbin \"" MIGRATIONS_FOLDER "/" file "\"\n"  \
             ".byte 0\n"                                     \
             ".popsection\n");                               \
    extern const char migration_##number[];
#include "sessions/migrations.def"
#undef MIGRATION

typedef struct {
    int64_t number;
    const char *sql; // Terminated.
} migration_t;

static const migration_t migrations[] = {
#define MIGRATION(number, file) {number, migration_##number},
#include "sessions/migrations.def"
#undef MIGRATION
};

#define MIGRATION_COUNT (sizeof migrations / sizeof migrations[0])

int64_t
migrations_newest (void)
{
    return migrations[MIGRATION_COUNT - 1].number;
}

const char *
migrations_after (int64_t number, int64_t *next)
{
    for (size_t i = 0; i < MIGRATION_COUNT; i++) {
        if (migrations[i].number > number) {
            *next = migrations[i].number;
            return migrations[i].sql;
        }
    }
    return NULL;
}
