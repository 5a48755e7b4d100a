-- search.lua -- SEARCH: leave a chat, find a partner or wait for one, all at once.
--
-- Told: the gateway; the id of a chat to be made; the fields of SEARCH.
-- Reads: user:{user}; at most 64 of waiting_users, those who have waited longest, with the leases
-- of their gateways. Writes: the keys of both users, record:{chat}, outbox.
-- Promises: a user is in one chat or in the queue, never both, and never with itself. The one who
-- has waited longest and fits is taken; the two of a chat do not meet again for AVOID_MS. A
-- repeat (the same turn) changes nothing but that somebody who still waits may now be matched.

local CANDIDATES_MOST = 64
local SLICE = 16

local gateway, new_chat = ARGV[3], ARGV[4]
local user, turn = ARGV[5], tonumber (ARGV[6])
local left_chat, left_partner, left_gateway = ARGV[7], ARGV[8], ARGV[9]
local sent, received = ARGV[10], ARGV[11]
local reason, by_partner = ARGV[12], ARGV[13] == '1'
if reason == '0' then
    reason = '1' -- Skipped, by this very search.
end
local leases = {}

local function is_alive (of)
    if leases[of] == nil then
        leases[of] = tonumber (redis.call ('ZSCORE', key ('gateways'), of) or 0) > now
    end
    return leases[of]
end

-- Whether a waiter will do: 'fits', 'avoided' or 'ghost'; and its row.
local function judge (candidate, me)
    local row = redis.pcall ('HMGET', key ('user:', candidate), 'gateway', 'turn', 'last',
                             'last_until', 'state')
    if row.err or not row[1] or row[5] ~= 'waiting' then
        return 'ghost', {}
    end
    if not is_alive (row[1]) then
        return 'ghost', row
    end
    if (me.last == candidate and me.last_until > now)
        or (row[3] == user and (tonumber (row[4]) or 0) > now) then
        return 'avoided', row
    end
    return 'fits', row
end

-- The longest waiting user that fits, with its row and since when it waits. Drops the ghosts that
-- it meets; looks at so many waiters and no more.
local function pick (me)
    local looked, place = 0, 0
    while looked < CANDIDATES_MOST do
        local slice = redis.call ('ZRANGE', key ('waiting_users'), place, place + SLICE - 1,
                                  'WITHSCORES')
        for i = 1, #slice, 2 do
            local candidate = slice[i]
            local verdict, row = 'oneself', nil
            if candidate ~= user then
                verdict, row = judge (candidate, me)
            end
            if verdict == 'fits' then
                return candidate, row, math.floor (tonumber (slice[i + 1]))
            elseif verdict == 'ghost' then
                drop (candidate, row[1])
                answer[2] = answer[2] + 1
            else
                place = place + 1
            end
        end
        looked = looked + SLICE
        if #slice < 2 * SLICE then
            break
        end
    end
end

-- Clocks may be set back.
local function waited (since)
    return math.max (now - since, 0)
end

local function tell_match (me)
    tell (gateway, 'MATCHED', user, turn, me.chat, me.partner, me.partner_gateway)
end

local function match (me, since, partner, row, partner_since)
    local record = {partner, user, now, waited (partner_since), waited (since)}
    redis.call ('ZREM', key ('waiting_users'), user, partner)
    redis.call ('HSET', key ('record:', new_chat), 'a', partner, 'b', user, 'started_ms', now,
                'waited_a_ms', record[4], 'waited_b_ms', record[5])
    redis.call ('MSET', key ('chat:', user), partner, key ('session:', user), new_chat,
                key ('chat:', partner), user, key ('session:', partner), new_chat)
    redis.call ('HSET', key ('user:', partner), 'state', 'chatting', 'chat', new_chat,
                'partner', user, 'partner_gateway', gateway)
    redis.call ('HSET', key ('user:', user), 'gateway', gateway, 'turn', turn, 'asked', 'search',
                'state', 'chatting', 'chat', new_chat, 'partner', partner,
                'partner_gateway', row[1])
    redis.call ('PERSIST', key ('user:', user))
    hold (gateway, user, me.gateway)
    append (new_chat, record, 0, 0, 0, 0, 0)
    tell (row[1], 'MATCHED', partner, tonumber (row[2]), new_chat, user, gateway)
    tell (gateway, 'MATCHED', user, turn, new_chat, partner, row[1])
    return done ('matched')
end

local function wait (me, since)
    redis.call ('ZADD', key ('waiting_users'), 'NX', since, user)
    redis.call ('HSET', key ('user:', user), 'gateway', gateway, 'turn', turn, 'asked', 'search',
                'state', 'waiting', 'since', since, 'chat', '', 'partner', '',
                'partner_gateway', '')
    redis.call ('PERSIST', key ('user:', user))
    hold (gateway, user, me.gateway)
    tell (gateway, 'WAITING', user, turn, waited (since))
    return done ('waiting')
end

local me = read_user (user)
local again = turn == me.turn
if turn < me.turn or (again and me.asked ~= 'search') then
    return done ('stale')
end
if left_chat ~= '' then
    if me.chat == left_chat then
        left_partner, left_gateway = me.partner, me.partner_gateway
        if me.state == 'chatting' and not again then
            end_chat (user, me, reason, by_partner, sent, received)
            me = read_user (user)
        end
    end
    if left_partner ~= '' and left_gateway ~= '' then
        tell (left_gateway, 'ENDED', left_partner, left_chat, reason)
    end
end
if me.state == 'chatting' then
    redis.call ('HSET', key ('user:', user), 'turn', turn, 'asked', 'search')
    renew (gateway)
    tell_match (me)
    return done ('again')
end
if again and me.state == 'parted' then
    tell_match (me)
    tell (gateway, 'ENDED', user, me.chat, me.reason)
    return done ('again')
end
local since = now
if me.state == 'waiting' or me.state == 'dropped' then
    since = me.since or now
end
local partner, row, partner_since = pick (me)
if partner then
    return match (me, since, partner, row, partner_since)
end
return wait (me, since)
