// storm_browser.c -- reads in order, and looks whether it is shown all.

#include "unit/storm_browser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "gateway/json.h"

static const char *
text_of (const value_t *value)
{
    size_t bytes;
    const char *text = value_text (value, &bytes);
    return text != NULL ? text : "";
}

static said_t *
say (storm_browser_t *browser, said_kind_t kind)
{
    must (browser->piped < PIPE_MOST);
    said_t *said = &browser->pipe[browser->piped++];
    *said = (said_t){.kind = kind};
    return said;
}

void
storm_browser_event (storm_browser_t *browser, const char *event, const char *json, size_t bytes)
{
    char whole[1024];
    int size = snprintf (whole, sizeof whole, "[%.*s]", (int) bytes, json);
    must (size > 0 && (size_t) size < sizeof whole);
    value_t *arguments = value_read (whole, (size_t) size);
    const char *text = text_of (value_member (value_item (arguments, 0), "text"));
    const char *offset = text_of (value_item (arguments, 1));
    said_t *said = say (browser, strcmp (event, "message") == 0 ? SAID_MESSAGE
                               : strcmp (event, "state") == 0   ? SAID_STATE
                                                                : SAID_OTHER);
    said->left = strcmp (event, "partner_left") == 0;
    said->number = (unsigned) strtoul (*text != '\0' ? text + 1 : text, NULL, 10);
    must (strlen (offset) < sizeof said->offset);
    strcpy (said->offset, offset);
    value_free (&arguments);
}

void
storm_browser_answer (storm_browser_t *browser, uint64_t ack, const char *json, size_t bytes)
{
    must (ack > 0 && ack < REQUESTS_MOST);
    value_t *value = value_read (json, bytes);
    said_t *said = say (browser, SAID_ANSWER);
    said->number = (unsigned) ack;
    said->delivered = value_member (value, "error") == NULL;
    value_free (&value);
}

void
storm_browser_say (storm_browser_t *browser, said_kind_t kind)
{
    say (browser, kind);
}

void
storm_browser_written (storm_browser_t *browser)
{
    for (; browser->out < browser->piped; browser->out++) {
        const said_t *said = &browser->pipe[browser->out];
        if (said->kind == SAID_MESSAGE && said->number > browser->out_shown) {
            browser->out_shown = said->number;
        }
    }
}

static bool
may_read (const storm_browser_t *browser)
{
    bool may = browser->accepted && browser->out > 0;
    for (size_t i = 0; i < browser->out; i++) {
        may = may || browser->pipe[i].kind == SAID_ACCEPTED;
    }
    return may;
}

static void
note_answer (storm_browser_t *browser, const said_t *said)
{
    unsigned about = browser->about[said->number];
    if (said->number <= browser->given_up) {
        return; // Nobody waits for it any more.
    }
    if (about == 0) {
        browser->wrong = "answered twice";
    }
    browser->about[said->number] = 0;
    browser->answered[about] = true;
    browser->delivered[about] = said->delivered;
}

static void
note_event (storm_browser_t *browser, const said_t *said)
{
    offset_t before = browser->offset;
    if (!offset_read (said->offset, strlen (said->offset), &browser->offset)) {
        browser->wrong = "an event without an offset";
    }
    if (browser->offset.event != before.event + 1) {
        browser->wrong = "an event is missing";
    }
    if (said->kind == SAID_MESSAGE && said->number != ++browser->shown) {
        browser->wrong = said->number < browser->shown ? "shown twice, or out of order"
                                                       : "shown with a gap";
    }
    browser->speaks = browser->speaks || said->kind == SAID_STATE;
    browser->left += said->left;
}

said_kind_t
storm_browser_read (storm_browser_t *browser)
{
    if (!may_read (browser)) {
        return SAID_NOTHING;
    }
    said_t said = browser->pipe[0];
    memmove (browser->pipe, browser->pipe + 1, --browser->piped * sizeof said);
    browser->out--;
    if (said.kind == SAID_ANSWER) {
        note_answer (browser, &said);
    }
    else if (said.kind == SAID_ACCEPTED) {
        browser->accepted = true;
    }
    else if (said.kind != SAID_PING) {
        note_event (browser, &said);
    }
    return said.kind;
}

void
storm_browser_drop (storm_browser_t *browser)
{
    browser->piped = browser->out = 0;
    browser->accepted = browser->speaks = false;
    browser->given_up = browser->requests;
}

uint64_t
storm_browser_request (storm_browser_t *browser, unsigned number)
{
    must (browser->requests + 1 < REQUESTS_MOST);
    browser->about[++browser->requests] = number;
    return browser->requests;
}

unsigned
storm_browser_unanswered (const storm_browser_t *browser)
{
    unsigned count = 0;
    for (unsigned number = 1; number <= browser->written; number++) {
        count += !browser->answered[number];
    }
    return count;
}
