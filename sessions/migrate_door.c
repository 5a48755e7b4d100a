// migrate_door.c -- a ledger on a loop of its own, until it is ready or time is up.
//
// Listens nowhere, so that it may run beside a recorder. A signal ends it at once: what a migration
// has not committed has not been.

#include "sessions/migrate_door.h"

#include <inttypes.h>
#include <uv.h>

#include "actor/loop.h"
#include "base/log.h"
#include "base/must.h"
#include "sessions/ledger.h"

#define TICK_MS 500

typedef struct {
    loop_t *loop;     // Owned.
    ledger_t *ledger; // Owned.
    uv_timer_t tick;
    uint64_t wait_ms; // The setting.
    uint64_t end_ms;  // When it has waited for long enough.
    int code;
} migrate_t;

static void
end (migrate_t *migrate, int code)
{
    migrate->code = code;
    uv_stop (loop_uv (migrate->loop));
}

static void
on_idle (void *self)
{
    log_event (LEVEL_INFO, "migrated", LOG_FIELDS (LOG_TEXT ("tables", "up to date")));
    end (self, 0);
}

// What works is not interrupted: the connection knows when that takes too long.
static void
on_tick (uv_timer_t *timer)
{
    migrate_t *migrate = timer->data;
    ledger_progress_t progress = ledger_progress (migrate->ledger);
    ledger_tick (migrate->ledger);
    if (uv_now (timer->loop) < migrate->end_ms || progress == LEDGER_MIGRATES
        || progress == LEDGER_IS_READY) {
        return;
    }
    config_wrong ("sessions",
                  progress == LEDGER_WAITS
                      ? "another recorder has been migrating the database for %" PRIu64
                        " ms (MIGRATE_WAIT_MS)."
                      : "the database of DATABASE_URL was away, or failed, for %" PRIu64
                        " ms (MIGRATE_WAIT_MS); the log says why.",
                  migrate->wait_ms);
    end (migrate, 1);
}

static void
start (migrate_t *migrate, const config_t *config)
{
    migrate->loop = loop_new ();
    uv_loop_t *uv = loop_uv (migrate->loop);
    uint64_t every_ms = migrate->wait_ms < TICK_MS ? migrate->wait_ms : TICK_MS;
    must (uv_timer_init (uv, &migrate->tick) == 0);
    migrate->tick.data = migrate;
    migrate->end_ms = uv_now (uv) + migrate->wait_ms;
    uv_timer_start (&migrate->tick, on_tick, every_ms, every_ms);
    migrate->ledger = ledger_new (migrate->loop, config_text (config, "DATABASE_URL"),
                                  (ledger_listener_t){.self = migrate, .idle = on_idle});
}

int
migrate_run (const config_t *config)
{
    migrate_t migrate = {.wait_ms = (uint64_t) config_number (config, "MIGRATE_WAIT_MS")};
    const char *wrong = ledger_check (config_text (config, "DATABASE_URL"));
    if (wrong != NULL) {
        config_wrong ("sessions", "DATABASE_URL is wrong: %s.", wrong);
        return 2;
    }
    log_start ("sessions", (log_level_t) config_choice (config, "LOG_LEVEL"),
               config_choice (config, "LOG_FORMAT") == 1);
    start (&migrate, config);
    uv_run (loop_uv (migrate.loop), UV_RUN_DEFAULT);
    ledger_destroy (&migrate.ledger);
    uv_close ((uv_handle_t *) &migrate.tick, NULL);
    loop_destroy (&migrate.loop);
    return migrate.code;
}
