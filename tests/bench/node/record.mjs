// record.mjs -- one row a chat in Postgres; rows of some milliseconds go together.

import pg from 'pg';

const BATCH_MS = 20;

const TABLE = `
    CREATE TABLE IF NOT EXISTS "ChatSession" (
        "id" TEXT NOT NULL PRIMARY KEY, "userA" TEXT NOT NULL, "userB" TEXT NOT NULL,
        "startedAt" TIMESTAMP(3) NOT NULL, "endedAt" TIMESTAMP(3))`;

// Complete in itself: whether the row is there already or not.
const UPSERT = {
    name: 'upsert',
    text: `
        INSERT INTO "ChatSession" ("id", "userA", "userB", "startedAt", "endedAt")
        SELECT id, a, b, to_timestamp(begun / 1000.0) AT TIME ZONE 'UTC',
               to_timestamp(ended / 1000.0) AT TIME ZONE 'UTC'
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
            AS row (id, a, b, begun, ended)
        ON CONFLICT ("id") DO UPDATE
        SET "endedAt" = COALESCE(EXCLUDED."endedAt", "ChatSession"."endedAt")`,
};

export class Record {
    #client;
    #rows = new Map(); // Chat -> its row, not yet written.
    #busy = false;

    // Two processes may find the table missing at the same time.
    static async open(url) {
        const record = new Record();
        record.#client = new pg.Client({ connectionString: url });
        await record.#client.connect();
        await record.#client.query(`SELECT pg_advisory_lock(1); ${TABLE}; SELECT pg_advisory_unlock(1)`);
        return record;
    }

    put(chat, userA, userB, begun, ended) {
        this.#rows.set(chat, [chat, userA, userB, begun, ended]);
        if (!this.#busy) {
            this.#busy = true;
            setTimeout(() => this.#write(), BATCH_MS);
        }
    }

    async #write() {
        // In one order, so that two processes do not wait for each other's rows.
        const rows = [...this.#rows.values()].sort(([a], [b]) => (a < b ? -1 : 1));
        this.#rows.clear();
        await this.#client.query(UPSERT, [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column])));
        if (this.#rows.size > 0) {
            setTimeout(() => this.#write(), BATCH_MS);
        } else {
            this.#busy = false;
        }
    }
}
