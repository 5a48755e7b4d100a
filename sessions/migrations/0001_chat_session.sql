-- The record of chats. The first statement is what Prisma's migration for the model ChatSession
-- makes, so that a table it has made stays as it is, rows included. What follows only adds.
-- All times are UTC.

CREATE TABLE IF NOT EXISTS "ChatSession" (
    "id" TEXT NOT NULL,
    "userA" TEXT NOT NULL,
    "userB" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMP(3),

    CONSTRAINT "ChatSession_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "ChatSession"
    ADD COLUMN IF NOT EXISTS "endReason" TEXT,    -- skipped ended disconnected drained timeout orphaned
    ADD COLUMN IF NOT EXISTS "endedBy" TEXT,      -- A, B, or NULL: neither
    ADD COLUMN IF NOT EXISTS "messagesA" BIGINT,  -- that userA sent
    ADD COLUMN IF NOT EXISTS "messagesB" BIGINT,
    ADD COLUMN IF NOT EXISTS "waitedMsA" BIGINT,  -- how long userA had waited, in ms
    ADD COLUMN IF NOT EXISTS "waitedMsB" BIGINT;

-- Records that could not become a row: why, and all that they said. Nothing reads it but people.
CREATE TABLE IF NOT EXISTS "chat_dead_letter" (
    "number" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "set_aside_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "chat" TEXT NOT NULL,
    "reason" TEXT NOT NULL,   -- SQLSTATE, or the word of the recorder
    "record" JSONB NOT NULL UNIQUE
);
