// rounds.c -- what a recorder does all over again when its ledger has nothing to commit: it doubts
// chats that have long been open on record, and deletes what has been kept for long enough.

#include "base/log.h"
#include "sessions/recorder_inside.h"

#define DOUBT_FIRST_MS 2000   // From the first matcher to the first doubts.
#define DOUBT_EVERY_MS 5000   // From one page of doubts to the next.
#define DELETE_FIRST_MS 1000  // From the start to the first page of deleting,
#define DELETE_EVERY_MS 60000 // from the end of a round to the next round,
#define DELETE_PAUSE_MS 100   // from a page to the next: that long at least,
#define DELETE_PAUSES 4       // and so many times as long as the page has taken.

void
recorder_begin_rounds (recorder_t *recorder, const config_t *config)
{
    recorder->doubt_after_ms = (uint64_t) config_number (config, "DOUBT_AFTER_MS");
    recorder->retention_days = (uint64_t) config_number (config, "RETENTION_DAYS");
    recorder->delete_at_ms = actor_now_ms (recorder->actor) + DELETE_FIRST_MS;
    doubt_begin (&recorder->walk, recorder->doubt_after_ms);
    retention_begin (&recorder->retention, recorder->retention_days);
    log_event (LEVEL_INFO, "retention",
               LOG_FIELDS (LOG_NUMBER ("days", (int64_t) recorder->retention_days)));
}

// --- Doubts ---

void
recorder_on_peer_changed (void *self, role_t role, const ident_t *instance, bool present)
{
    recorder_t *recorder = self;
    if (role != ROLE_MATCHER) {
        return;
    }
    if (present && recorder->known_count == 0) {
        recorder->doubt_at_ms = actor_now_ms (recorder->actor) + DOUBT_FIRST_MS;
    }
    size_t place = 0;
    while (place < recorder->known_count && !ident_equal (&recorder->known[place], instance)) {
        place++;
    }
    if (present && place == recorder->known_count && place < MATCHERS_MOST) {
        recorder->known[recorder->known_count++] = *instance;
    }
    if (!present && place < recorder->known_count) {
        recorder->known[place] = recorder->known[--recorder->known_count];
    }
}

// A page is doubted. Whoever does not hear of it, or cannot say yet, is told again in the next
// round.
void
recorder_on_found (void *self, const char *page)
{
    recorder_t *recorder = self;
    uint64_t count = 0;
    wire_t doubt;
    while (doubt_read (&recorder->walk, &page, &doubt)) {
        count++;
        if (recorder->known_count > 0) {
            const ident_t *matcher = &recorder->known[recorder->turn++ % recorder->known_count];
            recorder->doubts +=
                mailbox_send (recorder->matchers, matcher, ROLE_MATCHER, &doubt);
        }
    }
    if (count > 0) {
        recorder->doubt_at_ms = actor_now_ms (recorder->actor) + DOUBT_EVERY_MS;
    }
    else {
        doubt_begin (&recorder->walk, recorder->doubt_after_ms);
    }
}

void
recorder_doubt_due (void *self, uint64_t now_ms)
{
    recorder_t *recorder = self;
    if (recorder->known_count > 0 && now_ms >= recorder->doubt_at_ms && recorder->stop_at_ms == 0
        && ledger_is_idle (recorder->ledger)) {
        recorder->doubt_at_ms = now_ms + recorder->doubt_after_ms / 2; // Unless there are more.
        ledger_look (recorder->ledger, &recorder->walk);
    }
}

// --- Retention ---

// Records that are still being collected may wait for a page; those that are to go may not. So what
// comes in without a pause does not keep old rows for ever, and a backlog does as long as it lasts.
void
recorder_delete_due (void *self, uint64_t now_ms)
{
    recorder_t *recorder = self;
    if (recorder->retention_days > 0 && now_ms >= recorder->delete_at_ms
        && recorder->stop_at_ms == 0 && ledger_is_idle (recorder->ledger)
        && !recorder_is_due (recorder, now_ms)) {
        recorder->asked_ms = now_ms;
        recorder->delete_at_ms = now_ms + DELETE_EVERY_MS; // Unless there are more.
        ledger_delete_old (recorder->ledger, &recorder->retention);
    }
}

void
recorder_on_deleted (void *self, const char *answer)
{
    recorder_t *recorder = self;
    uint64_t now_ms = actor_now_ms (recorder->actor);
    uint64_t pause_ms = (now_ms - recorder->asked_ms) * DELETE_PAUSES;
    if (retention_read (&recorder->retention, answer, &recorder->deleted)) {
        pause_ms = pause_ms > DELETE_PAUSE_MS ? pause_ms : DELETE_PAUSE_MS;
        recorder->delete_at_ms = now_ms + pause_ms;
        actor_hasten (recorder->actor, recorder_delete_due, pause_ms);
    }
    else {
        retention_begin (&recorder->retention, recorder->retention_days);
    }
}
