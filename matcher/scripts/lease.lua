-- lease.lua -- LEASE: a gateway is here, and so are its users.
--
-- Told: the gateway.
-- Reads: held:{gateway}, swept:{gateway}, at most 256 of notices:{gateway}, and which run of Redis
-- this is. Writes: gateways, epoch.
-- Promises: the users whom the gateway holds are no ghosts for another LEASE_MS. It is told a
-- generation that is the same until Redis was begun anew or emptied, or this gateway was swept.
-- The ends of chats that only a sweep knew of are told again with each lease for some seconds, so
-- that they arrive even if a matcher dies on the way.

local gateway = told[1]

-- Not everybody may ask for it; then nobody knows.
local function run_of_redis ()
    local info = redis.pcall ('INFO', 'server')
    return type (info) == 'string' and string.match (info, 'run_id:(%x+)') or ''
end

local function generation ()
    local swept = redis.call ('GET', key ('swept:', gateway)) or ''
    local hash = redis.sha1hex (run_of_redis () .. ' ' .. epoch () .. ' ' .. swept)
    return string.format ('%s-%s-%s-%s-%s', string.sub (hash, 1, 8), string.sub (hash, 9, 12),
                          string.sub (hash, 13, 16), string.sub (hash, 17, 20),
                          string.sub (hash, 21, 32))
end

renew (gateway)
tell (gateway, 'LEASED', generation ())
for _, notice in ipairs (redis.call ('LRANGE', key ('notices:', gateway), 0, 255)) do
    local user, chat, reason = string.match (notice, '^(%S+) (%S+) (%d+)$')
    if user then
        tell (gateway, 'ENDED', user, chat, reason)
    end
end
return done ('renewed')
