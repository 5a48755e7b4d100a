-- strike.lua -- takes entries that a recorder has confirmed off the outbox.
--
-- Told: the entries, at most 256. Writes: outbox. Promises: an entry is either still pending or
-- gone; striking it again does nothing.

local TOLD = nil -- Any number.

local function run ()
    if call ('EXISTS', outbox) == 1 then
        redis.pcall ('XACK', outbox, 'recorders', unpack (told))
        call ('XDEL', outbox, unpack (told))
    end
    return done ('struck')
end
