// steady_figures.h -- instructions a message: those that are kept in a file, and whether new ones are worse.

#ifndef STEADY_FIGURES_H
#define STEADY_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum {
    ONE_GATEWAY,        // One message on its way: the gateway's main thread.
    ONE_GATEWAY_ZEROMQ, // ZeroMQ's thread in it.
    ONE_GATEWAY_TURNS,  // Turns of its loop.
    ONE_RELAY,
    ONE_RELAY_ZEROMQ,
    ONE_RELAY_TURNS,
    MANY_GATEWAY, // Many on their way.
    MANY_RELAY,
    TURN_GATEWAY, // What a turn of the loop costs in which nothing happens.
    TURN_RELAY,
    STEADY_FIGURES,
} steady_figure_t;

typedef struct {
    char made_with[128]; // Machine, compiler and libraries.
    double of[STEADY_FIGURES];
} steady_figures_t;

// Reads the file. False, and a sentence, if it cannot be read or is not whole.
bool
steady_read (const char *path, steady_figures_t *figures, char wrong[256]);

// Writes it anew, with what it means at its head.
bool
steady_write (const char *path, const steady_figures_t *figures);

// Prints both beside each other, and a sentence for each figure that has grown or shrunk by more
// than it may. True if none has grown so much.
bool
steady_compare (FILE *out, const steady_figures_t *kept, const steady_figures_t *now);

#endif
