// recorder.c -- puts chats on record.
//
// Hears RECORD from matchers. Says RECORDED once the row is committed, or is set aside because
// nothing can be made of it. Says DOUBT of chats that have long been open on record, to one matcher
// or another, slowly, and all over again; deletes what has been kept for long enough. Keeps nothing
// that matters: what is not confirmed the matcher sends again, to this recorder or another.
//
// RECORDs wait in a ring of batches. While the database is away, or when the ring is full, a
// RECORD is refused as BUSY.

#include "sessions/recorder.h"

#include <stdio.h>

#include "base/must.h"
#include "sessions/recorder_inside.h"

#define TICK_MS 500
#define AGAIN_MS 1000     // From a batch that was tried in vain to the next attempt.
#define STOPPING_MS 5000  // How long a stop may wait for what is in hand.
#define PARTING_MS 100    // From the last RECORDED to the end: ZeroMQ drops what is not read then.

// The chore that ends a stop. Until there is one it does nothing.
static void
end (void *self, uint64_t now_ms)
{
    recorder_t *recorder = self;
    if (recorder->stop_at_ms != 0 && (recorder->count == 0 || now_ms >= recorder->stop_at_ms)) {
        actor_finish (recorder->actor);
    }
}

static batch_t *
batch_at (recorder_t *recorder, size_t place)
{
    return recorder->batches[(recorder->first + place) % BATCHES];
}

// --- To the ledger ---

bool
recorder_is_due (recorder_t *recorder, uint64_t now_ms)
{
    const batch_t *batch = batch_at (recorder, 0);
    return recorder->count > 0
        && (recorder->count > 1 || recorder->stop_at_ms != 0 || batch_is_sealed (batch)
            || batch_is_due (batch, now_ms));
}

// The batch that goes first becomes the last.
static void
turn_ring (recorder_t *recorder)
{
    size_t behind = (recorder->first + recorder->count) % BATCHES;
    batch_t *last = recorder->batches[recorder->first];
    recorder->batches[recorder->first] = recorder->batches[behind];
    recorder->batches[behind] = last;
    recorder->first = (recorder->first + 1) % BATCHES;
}

// Puts in front what has not been tried: what has been, and is still here, may not go in for a while,
// and is in nobody's way. False if there is nothing else, and the while is not over.
static bool
choose_batch (recorder_t *recorder, uint64_t now_ms)
{
    for (size_t i = 0; i < recorder->count && batch_is_sealed (batch_at (recorder, 0)); i++) {
        turn_ring (recorder);
    }
    return !batch_is_sealed (batch_at (recorder, 0)) || now_ms >= recorder->again_at_ms;
}

// Gives the ledger what is due, as soon as it has its hands free.
static void
commit_due (void *self, uint64_t now_ms)
{
    recorder_t *recorder = self;
    if (ledger_is_idle (recorder->ledger) && recorder_is_due (recorder, now_ms)
        && choose_batch (recorder, now_ms)) {
        batch_seal (batch_at (recorder, 0));
        ledger_commit (recorder->ledger, batch_at (recorder, 0));
    }
}

// No row of a batch that was tried now is taken, which may be over in a while.
static void
on_left (void *self)
{
    recorder_t *recorder = self;
    recorder->again_at_ms = actor_now_ms (recorder->actor) + AGAIN_MS;
    turn_ring (recorder);
}

static void
on_idle (void *self)
{
    recorder_t *recorder = self;
    batch_t *batch = recorder->count > 0 ? batch_at (recorder, 0) : NULL;
    if (batch != NULL && batch_is_sealed (batch) && batch_settled (batch) == batch_rows (batch)) {
        batch_clear (batch);
        recorder->first = (recorder->first + 1) % BATCHES;
        recorder->count--;
    }
    commit_due (recorder, actor_now_ms (recorder->actor));
    recorder_delete_due (recorder, actor_now_ms (recorder->actor));
    if (recorder->stop_at_ms != 0 && recorder->count == 0) {
        actor_hasten (recorder->actor, end, PARTING_MS);
    }
}

// Confirms every RECORD of a row.
static size_t
confirm (recorder_t *recorder, const batch_t *batch, size_t place)
{
    size_t confirmed = 0;
    const receipt_t *receipt = NULL;
    while ((receipt = batch_receipt (batch, place, receipt)) != NULL) {
        wire_t recorded = {
            .kind = WIRE_RECORDED,
            .as.recorded = {.entry = {receipt->entry, receipt->entry_bytes}},
        };
        // A matcher that is gone asks again, or another one does in its place.
        mailbox_send (recorder->matchers, &receipt->matcher, ROLE_MATCHER, &recorded);
        confirmed++;
    }
    return confirmed;
}

static void
on_settled (void *self, const batch_t *batch, size_t place, size_t count)
{
    recorder_t *recorder = self;
    for (size_t i = place; i < place + count; i++) {
        size_t confirmed = confirm (recorder, batch, i);
        if (batch_row (batch, i)->fault[0] == '\0') {
            recorder->committed += confirmed;
        }
        else {
            recorder->set_aside += confirmed;
            recorder->dead_letters++;
        }
    }
}

// --- From matchers ---

// Puts a record into the batch that is being filled, or into the next. False if the ring is full.
static bool
take (recorder_t *recorder, const letter_t *letter)
{
    uint64_t now_ms = actor_now_ms (recorder->actor);
    const wire_record_t *record = &letter->wire.as.record;
    if (recorder->count > 0
        && batch_add (batch_at (recorder, recorder->count - 1), &letter->from, record, now_ms)) {
        return true;
    }
    if (recorder->count == BATCHES) {
        return false;
    }
    recorder->count++;
    actor_hasten (recorder->actor, commit_due, BATCH_WAIT_MS);
    return batch_add (batch_at (recorder, recorder->count - 1), &letter->from, record, now_ms);
}

static void
on_record (void *self, const letter_t *letter)
{
    recorder_t *recorder = self;
    if (recorder->stop_at_ms != 0 || !ledger_is_ready (recorder->ledger)
        || !take (recorder, letter)) {
        mailbox_refuse (letter, REFUSAL_BUSY, NULL);
        return;
    }
    recorder->records++;
    commit_due (recorder, actor_now_ms (recorder->actor));
}

// --- Time and the end ---

static void
on_tick (void *self, uint64_t now_ms)
{
    recorder_t *recorder = self;
    (void) now_ms;
    ledger_tick (recorder->ledger);
}

static void
on_stop (void *self)
{
    recorder_t *recorder = self;
    uint64_t now_ms = actor_now_ms (recorder->actor);
    recorder->stop_at_ms = now_ms + STOPPING_MS;
    actor_hasten (recorder->actor, end, recorder->count == 0 ? 0 : STOPPING_MS);
    commit_due (recorder, now_ms);
}

// --- What an operator sees ---

static uint64_t
read_records (const void *self)
{
    return ((const recorder_t *) self)->records;
}

static uint64_t
read_committed (const void *self)
{
    return ((const recorder_t *) self)->committed;
}

static uint64_t
read_batches (const void *self)
{
    return ledger_batches (((const recorder_t *) self)->ledger);
}

static uint64_t
read_dead_letters (const void *self)
{
    return ((const recorder_t *) self)->dead_letters;
}

static uint64_t
read_errors (const void *self)
{
    return ledger_errors (((const recorder_t *) self)->ledger);
}

static uint64_t
read_doubts (const void *self)
{
    return ((const recorder_t *) self)->doubts;
}

static uint64_t
read_deleted (const void *self)
{
    return ((const recorder_t *) self)->deleted;
}

static uint64_t
read_pending (const void *self)
{
    const recorder_t *recorder = self;
    return recorder->records - recorder->committed - recorder->set_aside;
}

static const histogram_t *
read_database_time (const void *self)
{
    return ledger_time (((const recorder_t *) self)->ledger);
}

static bool
listens (const void *self)
{
    return ((const recorder_t *) self)->matchers != NULL;
}

static bool
has_database (const void *self)
{
    return ledger_is_ready (((const recorder_t *) self)->ledger);
}

// clang-format off
static const duty_t recorder_duties[] = {
    { WIRE_RECORD, ROLE_MATCHER, on_record },
    { WIRE_NONE,   ROLE_NONE,    NULL },
};

static const chore_t recorder_chores[] = {
    { TICK_MS, on_tick },
    { TICK_MS, commit_due },
    { TICK_MS, recorder_doubt_due },
    { TICK_MS, recorder_delete_due },
    { TICK_MS, end },
    { 0, NULL },
};

static const condition_t recorder_conditions[] = {
    { "listening", listens },
    { "database",  has_database },
    { NULL, NULL },
};
// clang-format on

const metric_t recorder_metrics[] = {
#include "sessions/metrics.def"
    METRICS_END,
};

static const plan_t recorder_plan = {
    .process = "sessions",
    .role = ROLE_RECORDER,
    .duties = recorder_duties,
    .chores = recorder_chores,
    .metrics = recorder_metrics,
    .conditions = recorder_conditions,
    .peer_changed = recorder_on_peer_changed,
    .stop = on_stop,
};

static int
run (recorder_t *recorder, const config_t *config)
{
    recorder->actor = actor_new (config, &recorder_plan, recorder);
    if (recorder->actor == NULL) {
        return 1;
    }
    recorder_begin_rounds (recorder, config);
    recorder->matchers = actor_listen (recorder->actor, config);
    if (recorder->matchers == NULL) {
        return 1;
    }
    recorder->ledger =
        ledger_new (actor_loop (recorder->actor), config_text (config, "DATABASE_URL"),
                    (ledger_listener_t){recorder, on_idle, on_settled, on_left,
                                        recorder_on_found, recorder_on_deleted});
    return actor_run (recorder->actor);
}

int
recorder_run (const config_t *config)
{
    recorder_t recorder = {0};
    const char *wrong = ledger_check (config_text (config, "DATABASE_URL"));
    if (wrong != NULL) {
        config_wrong ("sessions", "DATABASE_URL is wrong: %s.", wrong);
        return 2;
    }
    for (size_t i = 0; i < BATCHES; i++) {
        recorder.batches[i] = batch_new ();
    }
    int code = run (&recorder, config);
    ledger_destroy (&recorder.ledger);
    actor_destroy (&recorder.actor);
    for (size_t i = 0; i < BATCHES; i++) {
        batch_destroy (&recorder.batches[i]);
    }
    return code;
}
