// agenda.h -- what is due when: a hashed timing wheel (Varghese and Lauck, 1987, scheme 6).
//
// Setting, moving and clearing an alarm cost the same however many there are. An alarm rings at a
// tick at or after its time, at most 8 ms later than it could, never before it. Alarms live inside whatever they belong to.

#ifndef AGENDA_H
#define AGENDA_H

#include <stdint.h>

typedef struct agenda agenda_t;

typedef struct alarm {
    struct alarm *previous; // NULL: the alarm is not set.
    struct alarm *next;
    uint64_t at_ms;         // When it is due.
    void (*ring) (void *self, uint64_t now_ms);
    void *self;             // Whose alarm it is. Not owned.
} alarm_t;

// A new agenda that begins at `now_ms`. Never NULL.
agenda_t *
agenda_new (uint64_t now_ms);

// Frees the agenda; no alarm may be set.
void
agenda_destroy (agenda_t **agenda);

// Sets an alarm, whose `ring` and `self` are filled in, or moves it if it is set.
void
agenda_set (agenda_t *agenda, alarm_t *alarm, uint64_t at_ms);

// Clears an alarm, if it is set.
void
agenda_clear (alarm_t *alarm);

// Rings what has become due, each alarm once; it is cleared before it rings and may set itself,
// set others, and clear others.
void
agenda_tick (agenda_t *agenda, uint64_t now_ms);

#endif
