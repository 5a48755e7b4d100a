// block.c -- says BLOCK to one pool after the other until each has said BLOCKED.

#include "gateway/block.h"

#include <stdlib.h>

#include "base/must.h"
#include "gateway/chat.h"
#include "gateway/errand.h"
#include "gateway/speech.h"
#include "gateway/tell.h"

#define ANSWER_MS 500     // How long to wait for a matcher before another one is asked.
#define GIVE_UP_MS 600000 // How long a block is kept that no matcher notes.

typedef struct block {
    ident_t partner;         // Who is blocked.
    ident_t partner_browser; // A digest; nobody: not known.
    uint64_t ack;            // How to answer.
    size_t pool;             // Which one has not noted it.
    unsigned attempt;        // Chooses the matcher: rises with each repeat.
    uint64_t give_up_ms;     // When it is of no use any more.
    alarm_t alarm;           // When to say it again.
} block_t;

static void
say (user_t *user)
{
    users_t *users = user->users;
    block_t *block = user->block;
    wire_t wire = {
        .kind = WIRE_BLOCK,
        .as.block = {user->id, user->browser, block->partner, block->partner_browser, block->pool},
    };
    users->port->ask (users->self, user, block->pool, &wire, block->attempt++);
    agenda_set (users->agenda, &block->alarm, users->now_ms + ANSWER_MS);
}

void
block_expect_no_ack (user_t *user)
{
    if (user->block != NULL) {
        user->block->ack = USER_NO_ACK;
    }
}

void
block_drop (user_t *user)
{
    if (user->block != NULL) {
        agenda_clear (&user->block->alarm);
        free (user->block);
        user->block = NULL;
    }
}

static void
say_again (void *self, uint64_t now_ms)
{
    user_t *user = self;
    user->users->now_ms = now_ms;
    if (now_ms < user->block->give_up_ms) {
        say (user);
        return;
    }
    uint64_t ack = user->block->ack;
    block_drop (user);
    say_refusal (user, ack, REFUSAL_NO_MATCHER, 0);
    user_step (user, USER_BLOCK_NOTED, NULL);
}

static void
begin (user_t *user, const ident_t *partner, const ident_t *partner_browser, uint64_t ack)
{
    block_t *block = must_alloc (sizeof *block);
    *block = (block_t){
        .partner = *partner,
        .partner_browser = *partner_browser,
        .ack = ack,
        .give_up_ms = user->users->now_ms + GIVE_UP_MS,
        .alarm = {.ring = say_again, .self = user},
    };
    user->block = block;
    user->last->ending = LAST_WAS_BLOCKED;
    say (user);
}

void
block_refuse (void *self, const void *what)
{
    say_refusal (self, ((const request_t *) what)->ack, REFUSAL_BLOCK_PENDING, 1000);
}

void
block_last (void *self, const void *what)
{
    user_t *user = self;
    uint64_t ack = ((const request_t *) what)->ack;
    if (ident_is_nil (&user_last (user)->chat)) {
        say_refusal (user, ack, REFUSAL_NOBODY_TO_BLOCK, 0);
    }
    else if (user->last->ending == LAST_WAS_BLOCKED) {
        say_status (user, ack, "blocked"); // It was noted; the answer may have been lost.
    }
    else {
        must (user->block == NULL);
        begin (user, &user->last->partner, &user->last->partner_browser, ack);
    }
}

void
block_partner (void *self, const void *what)
{
    user_t *user = self;
    tell_gone (user, REASON_ENDED);
    chat_end (user, REASON_ENDED);
    block_last (user, what);
    errand_begin (user, WIRE_LEAVE);
}

void
block_noted (void *self, const void *what)
{
    user_t *user = self;
    block_t *block = user->block;
    if (what != NULL && block != NULL) {
        const wire_blocked_t *blocked = &((const wire_t *) what)->as.blocked;
        if (blocked->pool != block->pool || !ident_equal (&blocked->partner, &block->partner)) {
            return;
        }
        block->attempt = 0;
        if (++block->pool < user->users->pools) {
            say (user);
            return;
        }
        uint64_t ack = block->ack;
        block_drop (user);
        errand_answer (user, ack, "blocked");
    }
    if (user->pending == WIRE_SEARCH) {
        errand_ask (user); // It has waited for this.
    }
}
