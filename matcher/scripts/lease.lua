-- lease.lua -- LEASE: a gateway is here, and so are its users.
--
-- Told: the gateway; the fields of LEASE.
-- Reads: held:{gateway}, swept:{gateway}, at most 256 of notices:{gateway}, how many wait, and
-- which run of Redis this is. Writes: gateways, epoch, and online, which has an entry for each
-- gateway with a lease.
-- Promises: the users whom the gateway holds are no ghosts for another LEASE_MS. It is told a
-- generation that is the same until Redis was begun anew or emptied, or this gateway was swept.
-- The ends of chats that only a sweep knew of are told again with each lease for some seconds, so
-- that they arrive even if a matcher dies on the way. It is told how many people all gateways hold
-- whose leases are good, whether or not these people search or chat.

local TOLD = 3

local gateway, users

-- Not everybody may ask for it; then nobody knows.
local function run_of_redis ()
    local info = redis.pcall ('INFO', 'server')
    return type (info) == 'string' and string.match (info, 'run_id:(%x+)') or ''
end

local function generation ()
    local swept = call ('GET', key ('swept:', gateway)) or ''
    local hash = redis.sha1hex (run_of_redis () .. ' ' .. epoch () .. ' ' .. swept)
    return format ('%s-%s-%s-%s-%s', sub (hash, 1, 8), sub (hash, 9, 12),
                          sub (hash, 13, 16), sub (hash, 17, 20),
                          sub (hash, 21, 32))
end

-- Forgets gateways that have not said for a whole lease how many they hold.
local function count_online ()
    local online = key ('online')
    call ('HSET', online, gateway, users .. ' ' .. now + lease_ms)
    call ('PEXPIRE', online, lease_ms)
    local flat, sum = call ('HGETALL', online), 0
    for i = 1, #flat, 2 do
        local count, until_ms = string.match (flat[i + 1], '^(%d+) (%d+)$')
        if until_ms and tonumber (until_ms) > now then
            sum = sum + count
        else
            call ('HDEL', online, flat[i])
        end
    end
    return sum
end

local function run ()
    local pool
    gateway, users, pool = told[1], told[2], told[3]
    renew (gateway)
    tell (gateway, 'LEASED', generation (), count_online (),
          call ('ZCARD', waiting_users), pool)
    for _, notice in ipairs (call ('LRANGE', key ('notices:', gateway), 0, 255)) do
        local user, chat, reason = string.match (notice, '^(%S+) (%S+) (%d+)$')
        if user then
            tell (gateway, 'ENDED', user, chat, reason)
        end
    end
    return done ('renewed')
end
