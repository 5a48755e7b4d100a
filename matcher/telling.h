// telling.h -- what scripts write, read into wire messages. Pure.
//
// Redis holds what others may have put there by hand: everything is checked against wire.def.

#ifndef TELLING_H
#define TELLING_H

#include "matcher/redis_door.h"
#include "wire/wire.h"

// Reads a letter of a script, "gateway KIND field ...", fields in the order of wire.def, one space
// between each two. Words are borrowed from the reply. False if it is not well formed.
bool
telling_read (const reply_t *letter, ident_t *gateway, wire_t *wire);

// Reads an entry of the outbox, {entry, {field, value, ...}}, into a RECORD. Words are borrowed
// from the reply. False if it is not well formed.
bool
telling_read_record (const reply_t *entry, wire_t *wire);

#endif
