-- What retention deletes by, and what views for operators read. Alone, as an index keeps only writers
-- waiting while it reads the table: with a new column in the same transaction readers would wait, too.

-- Chats that are over, by their end: for retention, and for the views below. Chats that go on are
-- not in it. The name is the one that Prisma gives to an index on "endedAt": if there is one, it serves.
--
-- CREATE INDEX keeps writers waiting until it has read the table. Where that takes too long (some
-- ten million rows and more), make it beforehand, while everything runs, under the same name:
--
--     CREATE INDEX CONCURRENTLY "ChatSession_endedAt_idx" ON "ChatSession" ("endedAt")
--         WHERE "endedAt" IS NOT NULL;
--
-- Then there is nothing left to do here. If that fails it leaves an index behind that is not valid:
-- drop it, and begin again.
CREATE INDEX IF NOT EXISTS "ChatSession_endedAt_idx" ON "ChatSession" ("endedAt")
    WHERE "endedAt" IS NOT NULL;

CREATE INDEX IF NOT EXISTS "chat_dead_letter_set_aside_at_idx"
    ON "chat_dead_letter" ("set_aside_at");
