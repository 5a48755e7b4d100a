-- Chats that are open on record, the oldest first: those that this service has made. A row of another
-- application has no waiting times.

CREATE INDEX IF NOT EXISTS "ChatSession_open_idx" ON "ChatSession" ("startedAt", "id")
    WHERE "endedAt" IS NULL AND "waitedMsA" IS NOT NULL AND "waitedMsB" IS NOT NULL;
