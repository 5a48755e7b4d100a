// fixture.h -- what the suites on the recorder share: one server, and for each test a fresh
// database, a recorder on it, and a matcher that is the test.

#ifndef FIXTURE_H
#define FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "support/cmocka_all.h"
#include "support/peer.h"
#include "support/postgres.h"
#include "support/service.h"

typedef struct {
    postgres_server_t *server;  // For all tests of a suite.
    char database[32];          // The test's own.
    char url[256];              // Its DATABASE_URL.
    postgres_client_t *client;  // The test's own connection to it.
    uint16_t bus_port;
    uint16_t admin_port;
    const char *doubt_after_ms; // For recorders that are started from now on; NULL: 60000.
    const char *retention_days; // The same; NULL: 0, as the records here are of another year.
    service_t *recorder;        // NULL if the test has ended it.
    peer_t *matcher;            // NULL if there is none.
} fixture_t;

extern fixture_t fixture;

// For a suite: makes the server, and ends it.
int
set_up_server (void **state);

// The same with a server that takes five connections.
int
set_up_few_connections (void **state);

int
tear_down_server (void **state);

// For a test: an empty database, and nothing that runs.
int
set_up_database (void **state);

// For a test: the same, and a recorder that is ready, and a matcher that has said hello.
int
set_up_recorder (void **state);

int
tear_down (void **state);

#define WITH_DATABASE(test) cmocka_unit_test_setup_teardown (test, set_up_database, tear_down)
#define WITH_RECORDER(test) cmocka_unit_test_setup_teardown (test, set_up_recorder, tear_down)

// Starts a recorder with that DATABASE_URL on the ports of the test, or on two of its own.
service_t *
start_recorder (const char *url, uint16_t bus_port, uint16_t admin_port);

// Has a recorder bring the tables up to date, and ends it.
void
bring_up_to_date (void);

// RECORDs about one chat: that it began, and that it is over.
wire_t
opened (const ident_t *chat);

wire_t
closed (const ident_t *chat);

// Gives a RECORD its place in the outbox, which is sent back in RECORDED.
void
put_entry (wire_t *record, size_t entry);

// Sends a RECORD and waits for its RECORDED.
void
put_on_record (wire_t *record, size_t entry);

// Sends RECORDs with the entries 0 to count - 1, and those that are not confirmed again and again,
// until all are. `during` (may be NULL) is called once, after the first confirmation.
void
deliver (wire_t *records, size_t count, void (*during) (void));

// The number of the first field of the first row.
int64_t
ask_number (const char *sql);

const char *
ask_text (const char *sql);

// A row of "ChatSession" but for its ids, as one text.
const char *
row_text (const ident_t *chat);

// What row_text gives for a chat that is `opened`, and for one that is also `closed`.
#define OPENED_ROW "2026-01-31 12:00:00.123||||||1500|0"
#define CLOSED_ROW "2026-01-31 12:00:00.123|2026-01-31 12:03:05.5|skipped|B|7|9|1500|0"

#endif
