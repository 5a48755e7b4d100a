-- reject.lua -- sets aside an entry of the outbox that is no record.
--
-- Told: the entry. Reads: the entry. Writes: outbox; outbox_rejected, the last 1000 or so of a
-- week, for an operator to look at. Promises: the entry no longer stands in anybody's way.

local TOLD = 1

local WEEK_MS = 7 * 24 * 3600 * 1000

local function run ()
    local entry = told[1]
    local rejected = key ('outbox_rejected')

    for _, found in ipairs (call ('XRANGE', outbox, entry, entry)) do
        call ('XADD', rejected, 'MAXLEN', '~', 1000, '*', 'entry', entry, unpack (found[2]))
        call ('PEXPIRE', rejected, WEEK_MS)
    end
    redis.pcall ('XACK', outbox, 'recorders', entry)
    call ('XDEL', outbox, entry)
    return done ('rejected')
end
