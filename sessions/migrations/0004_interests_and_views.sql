-- How many interests both people of a chat had named; and views for operators. Nothing here looks at a
-- row that is there: the column is empty, the views are not stored.

ALTER TABLE "ChatSession"
    ADD COLUMN IF NOT EXISTS "sharedInterests" BIGINT; -- 0, too, if that was not known

-- Each hour asks for its own chats by "ChatSession_endedAt_idx". So a question with a condition on "hour"
-- reads the chats of those hours and no others.
CREATE OR REPLACE VIEW "chat_per_hour" AS
SELECT hours."hour", chats."chats", chats."median_length", chats."skips", chats."quick_skips",
       round (chats."quick_skips"::numeric / nullif (chats."skips", 0), 4) AS "quick_skip_share"
FROM (
    SELECT "hour"
    FROM generate_series (
        date_trunc ('hour', now () AT TIME ZONE 'UTC'),
        (SELECT date_trunc ('hour', greatest (coalesce (min ("endedAt"), now () AT TIME ZONE 'UTC'),
                                              (now () AT TIME ZONE 'UTC') - interval '10 years'))
         FROM "ChatSession"),
        interval '-1 hour') AS "hour") AS hours
CROSS JOIN LATERAL (
    SELECT count (*) AS "chats",
           percentile_cont (0.5) WITHIN GROUP (ORDER BY "endedAt" - "startedAt") AS "median_length",
           count (*) FILTER (WHERE "endReason" = 'skipped') AS "skips",
           count (*) FILTER (WHERE "endReason" = 'skipped'
                             AND "endedAt" - "startedAt" < interval '5 s') AS "quick_skips"
    FROM "ChatSession"
    WHERE "endedAt" >= hours."hour" AND "endedAt" < hours."hour" + interval '1 hour') AS chats;

COMMENT ON VIEW "chat_per_hour" IS
    'Chats by the hour (UTC) in which they ended, the latest first: how many, how long the median was, how many were skipped, how many of those in less than 5 s, and which part that is. The last day: WHERE hour > (now() AT TIME ZONE ''UTC'') - interval ''1 day''; "ChatSession_endedAt_idx" serves.';

CREATE OR REPLACE VIEW "chat_end_per_hour" AS
SELECT hours."hour", ends."reason", ends."chats", ends."share"
FROM (
    SELECT "hour"
    FROM generate_series (
        date_trunc ('hour', now () AT TIME ZONE 'UTC'),
        (SELECT date_trunc ('hour', greatest (coalesce (min ("endedAt"), now () AT TIME ZONE 'UTC'),
                                              (now () AT TIME ZONE 'UTC') - interval '10 years'))
         FROM "ChatSession"),
        interval '-1 hour') AS "hour") AS hours
CROSS JOIN LATERAL (
    SELECT coalesce ("endReason", 'unknown') AS "reason", count (*) AS "chats",
           round (count (*) / sum (count (*)) OVER (), 4) AS "share"
    FROM "ChatSession"
    WHERE "endedAt" >= hours."hour" AND "endedAt" < hours."hour" + interval '1 hour'
    GROUP BY 1) AS ends;

COMMENT ON VIEW "chat_end_per_hour" IS
    'How the chats of an hour (UTC, by their end) ended, the latest hour first: how many for each reason, and which part of the hour''s chats that is; unknown: of another application. The last day: WHERE hour > (now() AT TIME ZONE ''UTC'') - interval ''1 day''; "ChatSession_endedAt_idx" serves.';
