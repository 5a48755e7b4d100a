-- doubt.lua -- DOUBT: a chat is open on record; if nobody is in it, that is put on record.
--
-- Told: the fields of DOUBT.
-- Reads: the rows of both. Writes: outbox, epoch.
-- Promises: the record of a chat that does not run gets an end, as an orphan; any end that somebody
-- knows takes its place. While the memory of Redis is so young that gateways may still be saying
-- what they hold, nothing is done ('early').

local TOLD = 6

local function run ()
    local chat = told[1]

    if is_young (lease_ms + window_ms) then
        return done ('early')
    end
    if is_in (read_user (told[2]), chat) or is_in (read_user (told[3]), chat) then
        return done ('runs')
    end
    append (chat, {unpack (told, 2)}, now_digits, ORPHANED, NOBODY, '0', '0')
    return done ('orphaned')
end
