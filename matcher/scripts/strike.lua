-- strike.lua -- takes entries that a recorder has confirmed off the outbox.
--
-- Told: the entries, at most 256. Writes: outbox. Promises: an entry is either still pending or
-- gone; striking it again does nothing.

local entries = {}
for i = 3, #ARGV do
    entries[#entries + 1] = ARGV[i]
end
if redis.call ('EXISTS', key ('outbox')) == 1 then
    redis.pcall ('XACK', key ('outbox'), 'recorders', unpack (entries))
    redis.call ('XDEL', key ('outbox'), unpack (entries))
end
return done ('struck')
