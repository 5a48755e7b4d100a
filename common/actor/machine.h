// machine.h -- states as a table that one can read aloud.
//
// A rule says: in this state, when this happens, do that, then be in that state. The first rule
// that fits wins; the last one must fit everything, so that nothing passes in silence.

#ifndef MACHINE_H
#define MACHINE_H

#define MACHINE_ANY (-1)  // In `in` and `when`: fits every state, every event.
#define MACHINE_STAY (-1) // In `then`: the state stays what it is.

typedef struct {
    int in;
    int when;
    void (*act) (void *self, const void *what); // NULL: nothing is done.
    int then;
} rule_t;

// Does what the first fitting rule says with `self` and `what`, which the event's sender chose,
// and returns the state that follows. The action runs while the machine is still in `state`, and
// must not step the same machine.
int
machine_step (const rule_t *rules, int state, int event, void *self, const void *what);

#endif
