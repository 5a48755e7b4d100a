// verdict.h -- what an SQLSTATE says about the rows that a statement was to put on record. Pure.

#ifndef VERDICT_H
#define VERDICT_H

typedef enum {
    VERDICT_FAULT,   // One of the rows is wrong.
    VERDICT_SUSPECT, // One of them is wrong, or nobody may write now: whether others go in will tell.
    VERDICT_WORLD,   // It has nothing to do with the rows.
} verdict_t;

// `sqlstate` has five letters, or is any other word.
verdict_t
verdict_of (const char *sqlstate);

#endif
