// arguments.h -- what a script is told, as texts. Pure.

#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "wire/wire.h"

#define ARGUMENTS_MOST 24
#define ARGUMENT_SIZE 168 // The longest word, INTERESTS_BYTES, and the terminator.

typedef struct {
    char texts[ARGUMENTS_MOST][ARGUMENT_SIZE];
    const char *list[ARGUMENTS_MOST]; // Points into `texts`.
    size_t count;                     // Of `list`; 0 to begin with.
} arguments_t;

// Adds an ident: its 36 characters, nothing for nobody.
void
arguments_ident (arguments_t *arguments, const ident_t *ident);

// Adds a number in decimal.
void
arguments_number (arguments_t *arguments, uint64_t number);

// Adds a word, which must be shorter than ARGUMENT_SIZE and have no byte that is 0.
void
arguments_word (arguments_t *arguments, const word_t *word);

// Adds all fields of a wire message, in the order of wire.def.
void
arguments_wire (arguments_t *arguments, const wire_t *wire);

#endif
