// online.c -- tells browsers how many people are here, at all gateways.
//
// Matchers say it with each LEASED. Browsers are told when it has changed by a hundredth or more, each
// at most every two seconds, and not all in one turn of the loop.

#include "gateway/gateway_inside.h"
#include "gateway/speech.h"

#define TELL_A_TICK 256 // So many browsers are told in one turn.

// Whether browsers that know of `told` people are better told that there are `now`.
static bool
is_news (uint64_t told, uint64_t now)
{
    uint64_t change = told > now ? told - now : now - told;
    return change > 0 && change >= told / 100;
}

void
gateway_count_people (void *self, uint64_t now_ms)
{
    gateway_t *gateway = self;
    (void) now_ms;
    if (gateway->online > 0 && is_news (gateway->users.online, gateway->online)) {
        gateway->users.online = gateway->online;
        gateway->online_place = 1;
    }
}

void
gateway_tell_people (gateway_t *gateway)
{
    if (gateway->online_place == 0) {
        return;
    }
    size_t place = gateway->online_place - 1;
    user_t *user = NULL;
    for (int i = 0; i < TELL_A_TICK && (user = book_next (gateway->book, &place)) != NULL; i++) {
        if (user->online_told != gateway->users.online) {
            say_online (user);
        }
    }
    gateway->online_place = user != NULL ? place + 1 : 0;
}
