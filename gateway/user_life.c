// user_life.c -- how a user comes to be and is freed, and what is kept of one only once it is needed.

#include "gateway/user.h"

#include <stdlib.h>

#include "base/must.h"
#include "gateway/block.h"
#include "gateway/chat.h"
#include "gateway/errand.h"

ident_t
user_of_token (const ident_t *token)
{
    return ident_digest (&ident_nil, token->bytes, sizeof token->bytes);
}

static user_t *
make_user (users_t *users, void *socket, user_state_t state, connect_t connect)
{
    user_t *user = must_alloc (sizeof *user);
    user->state = state;
    user->connect = connect;
    user->users = users;
    user->socket = socket;
    user->alarm.ring = errand_repeat;
    user->alarm.self = user;
    user->absence.ring = user_wait_no_longer;
    user->absence.self = user;
    users->present += state != USER_GONE;
    users->in_state[state]++;
    ident_secret (user->sid);
    return user;
}

user_t *
user_new (users_t *users, void *socket)
{
    user_t *user = make_user (users, socket, USER_IDLE, CONNECT_ANSWERED);
    if (users->recovery_ms > 0) {
        user->token = ident_token ();
        user->id = user_of_token (&user->token);
    }
    else {
        user->id = ident_random ();
    }
    return user;
}

user_t *
user_resume (users_t *users, void *socket, const ident_t *token, const offset_t *came)
{
    user_t *user = make_user (users, socket, USER_RETURNING, CONNECT_HELD);
    user->token = *token;
    user->id = user_of_token (token);
    user->nonce = ident_random ();
    user->came = must_alloc (sizeof *came);
    *user->came = *came;
    user->give_up_ms = users->now_ms + users->recovery_ms;
    errand_begin (user, WIRE_RESUME);
    return user;
}

user_t *
user_leaving (users_t *users, const ident_t *id, uint64_t turn, size_t pool)
{
    user_t *user = make_user (users, NULL, USER_GONE, CONNECT_ANSWERED);
    user->id = *id;
    user->turn = turn;
    user->pool = pool;
    user_farewell_anew (user)->reason = REASON_DISCONNECTED;
    user->give_up_ms = users->now_ms + USER_GONE_MOST_MS;
    errand_begin (user, WIRE_LEAVE);
    return user;
}

void
user_destroy (user_t **user)
{
    if (*user != NULL) {
        if ((*user)->chat != NULL) {
            (*user)->socket = NULL;
            chat_end (*user, REASON_NONE);
        }
        (*user)->users->present -= (*user)->state != USER_GONE;
        (*user)->users->in_state[(*user)->state]--;
        block_drop (*user);
        wish_destroy (&(*user)->wish);
        agenda_clear (&(*user)->alarm);
        agenda_clear (&(*user)->absence);
        recall_clear (&(*user)->recall);
        free ((*user)->came);
        free ((*user)->last);
        free ((*user)->unlearnt);
        free ((*user)->farewell);
        free (*user);
        *user = NULL;
    }
}

// --- What most users do not have ---

const last_t *
user_last (const user_t *user)
{
    static const last_t none = {.ending = LAST_IS_OVER};
    return user->last != NULL ? user->last : &none;
}

last_t *
user_last_anew (user_t *user)
{
    if (user->last == NULL) {
        user->last = must_alloc (sizeof *user->last);
    }
    return user->last;
}

const farewell_t *
user_farewell (const user_t *user)
{
    static const farewell_t none = {.reason = REASON_NONE};
    return user->farewell != NULL ? user->farewell : &none;
}

farewell_t *
user_farewell_anew (user_t *user)
{
    if (user->farewell == NULL) {
        user->farewell = must_alloc (sizeof *user->farewell);
    }
    return user->farewell;
}

void
user_forget_farewell (user_t *user)
{
    free (user->farewell);
    user->farewell = NULL;
}
