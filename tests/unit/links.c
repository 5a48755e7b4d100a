// links.c -- lets links take, confirm and hear many messages.

#include "unit/links.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support/cmocka_all.h"

const sending_t *
links_take (link_t *link, uint64_t n)
{
    char text[32];
    snprintf (text, sizeof text, "text %" PRIu64, n);
    return link_take (link, 1000 + n, n, WORD_OF ("id"), (word_t){text, strlen (text)});
}

link_verdict_t
links_arrive (link_t *link, uint64_t number, const char *text)
{
    return link_arrive (link, number, WORD_OF ("id"), (word_t){text, strlen (text)});
}

void
links_take_many (link_t *link, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        assert_non_null (links_take (link, link_taken (link) + 1));
    }
}

void
links_confirm_to (link_t *link, uint64_t number)
{
    link_pass (link, link_confirm (link, number));
}

link_t *
links_after (uint64_t count, uint64_t read)
{
    link_t *link = link_new ();
    for (uint64_t i = 0; i < count; i++) {
        links_take_many (link, 1);
        links_confirm_to (link, link_taken (link));
        link_forget (link, read < link_taken (link) ? read : link_taken (link));
    }
    return link;
}

void
links_expect_sending (const link_t *link, uint64_t first, uint64_t last)
{
    assert_int_equal (link_unconfirmed (link), last + 1 - first);
    for (uint64_t number = first; number <= last; number++) {
        assert_int_equal (link_sending (link, (size_t) (number - first))->number, number);
    }
}

void
links_hear_many (link_t *link, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        char text[32];
        snprintf (text, sizeof text, "text %" PRIu64, link_arrived (link) + 1);
        assert_int_equal (links_arrive (link, link_arrived (link) + 1, text), LINK_NEXT);
    }
}

size_t
links_tell_heard (link_t *link, const link_t *partner)
{
    uint32_t prints[LINK_WINDOW];
    size_t count = link_fingerprints (partner, prints, LINK_WINDOW);
    return link_heard_there (link, link_arrived (partner), prints, count);
}
