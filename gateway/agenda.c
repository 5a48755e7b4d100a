// agenda.c -- a timing wheel of 1024 slots of 8 ms: one turn of it is 8 s.
//
// An alarm that is further away stays in its slot and is passed over until its time has come.

#include "gateway/agenda.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/must.h"

#define SLOTS 1024
#define SLOT_MS 8

struct agenda {
    uint64_t done;        // The last slot time (ms / SLOT_MS) that has been looked at.
    uint64_t until;       // The last one that the latest tick looks at.
    alarm_t slots[SLOTS]; // Heads of rings of alarms.
};

agenda_t *
agenda_new (uint64_t now_ms)
{
    agenda_t *agenda = must_alloc (sizeof *agenda);
    agenda->done = agenda->until = now_ms / SLOT_MS;
    for (size_t i = 0; i < SLOTS; i++) {
        agenda->slots[i].previous = agenda->slots[i].next = &agenda->slots[i];
    }
    return agenda;
}

void
agenda_destroy (agenda_t **agenda)
{
    if (*agenda != NULL) {
        for (size_t i = 0; i < SLOTS; i++) {
            must ((*agenda)->slots[i].next == &(*agenda)->slots[i]);
        }
        free (*agenda);
        *agenda = NULL;
    }
}

static void
insert (alarm_t *head, alarm_t *alarm)
{
    alarm->previous = head->previous;
    alarm->next = head;
    head->previous->next = alarm;
    head->previous = alarm;
}

void
agenda_set (agenda_t *agenda, alarm_t *alarm, uint64_t at_ms)
{
    agenda_clear (alarm);
    alarm->at_ms = at_ms;
    // Rounded up, so that the slot is looked at when the time has come; never one that is done,
    // or that will be in this tick: what rings and sets itself rings again in the next one.
    uint64_t slot = (at_ms + SLOT_MS - 1) / SLOT_MS;
    if (slot <= agenda->until) {
        slot = agenda->until + 1;
    }
    insert (&agenda->slots[slot % SLOTS], alarm);
}

void
agenda_clear (alarm_t *alarm)
{
    if (alarm->previous != NULL) {
        alarm->previous->next = alarm->next;
        alarm->next->previous = alarm->previous;
        alarm->previous = alarm->next = NULL;
    }
}

static void
ring_slot (alarm_t *head, uint64_t now_ms)
{
    // What is due is moved to a ring of its own first: ringing may change every other ring.
    alarm_t due = {.previous = &due, .next = &due};
    for (alarm_t *alarm = head->next, *next; alarm != head; alarm = next) {
        next = alarm->next;
        if (alarm->at_ms <= now_ms) {
            agenda_clear (alarm);
            insert (&due, alarm);
        }
    }
    while (due.next != &due) {
        alarm_t *alarm = due.next;
        agenda_clear (alarm);
        alarm->ring (alarm->self, now_ms);
    }
}

void
agenda_tick (agenda_t *agenda, uint64_t now_ms)
{
    uint64_t now = now_ms / SLOT_MS;
    if (now <= agenda->until) {
        return;
    }
    agenda->until = now;
    if (now > agenda->done + SLOTS) {
        agenda->done = now - SLOTS; // The loop stood still for more than a turn: each slot once.
    }
    while (agenda->done < now) {
        agenda->done++;
        ring_slot (&agenda->slots[agenda->done % SLOTS], now_ms);
    }
}
