-- lease.lua -- LEASE: a gateway is here, and so are its users.
--
-- Told: the gateway.
-- Reads: held:{gateway}, at most 256 of notices:{gateway}. Writes: gateways.
-- Promises: the users whom the gateway holds are no ghosts for another LEASE_MS. The ends of chats
-- that only a sweep knew of are told again with each lease for some seconds, so that they arrive
-- even if a matcher dies on the way.

local gateway = ARGV[3]

renew (gateway)
for _, notice in ipairs (redis.call ('LRANGE', key ('notices:', gateway), 0, 255)) do
    local user, chat, reason = string.match (notice, '^(%S+) (%S+) (%d+)$')
    if user then
        tell (gateway, 'ENDED', user, chat, reason)
    end
end
return done ('renewed')
