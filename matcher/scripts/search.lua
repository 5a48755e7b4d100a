-- search.lua -- SEARCH: leave a chat, find a partner or wait for one, all at once.
--
-- Told: the gateway; the id of a chat to be made; the fields of SEARCH.
-- Reads: user:{user}; at most 64 of waiting_users, those who have waited longest, with the leases
-- of their gateways. Writes: the keys of both users, record:{chat}, outbox.
-- Promises: a user is in one chat or in the queue, never both, and never with itself. The one who
-- has waited longest and fits is taken; the two of a chat do not meet again for AVOID_MS. A
-- repeat (the same turn) changes nothing but that somebody who still waits may now be matched.
-- Whom Redis has no memory of keeps its place, and the chat that it leaves is put on record, by
-- what the gateway says.

local CANDIDATES_MOST = 64
local SLICE = 16

local gateway, new_chat = told[1], told[2]
local user, turn = told[3], tonumber (told[4])
local left = {
    chat = told[5], partner = told[6], gateway = told[7], sent = told[8], received = told[9],
    by_partner = told[11] == '1', side = tonumber (told[12]), started_ms = tonumber (told[13]),
    waited_a_ms = told[14], waited_b_ms = told[15],
}
local reason, waits_ms = tonumber (told[10]), tonumber (told[16])
if reason == 0 then
    reason = SKIPPED -- By this very search.
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
    tell (gateway, 'MATCHED', user, turn, me.chat, me.partner, me.partner_gateway, me.side,
          me.started_ms, me.waited_a_ms, me.waited_b_ms)
end

local function match (me, since, partner, row, partner_since)
    local record = {partner, user, now, waited (partner_since), waited (since)}
    redis.call ('ZREM', key ('waiting_users'), user, partner)
    open_chat (new_chat, record)
    enter_chat (partner, new_chat, record, A, gateway)
    enter_chat (user, new_chat, record, B, row[1])
    redis.call ('HSET', key ('user:', user), 'gateway', gateway, 'turn', turn,
                'asked', 'search')
    hold (gateway, user, me.gateway)
    tell (row[1], 'MATCHED', partner, tonumber (row[2]), new_chat, user, gateway, A,
          unpack (record, 3))
    tell (gateway, 'MATCHED', user, turn, new_chat, partner, row[1], B, unpack (record, 3))
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

-- Since when it waits, if it has to.
local function place_of (me)
    if not me.known then
        return math.max (now - waits_ms, 0)
    end
    return (me.state == 'waiting' or me.state == 'dropped') and me.since or now
end

local me = read_user (user)
local again = turn == me.turn
if turn < me.turn or (again and me.asked ~= 'search') then
    return done ('stale')
end
local since = place_of (me)
if left.chat ~= '' then
    if me.chat == left.chat then
        left.partner, left.gateway = me.partner, me.partner_gateway
        if me.state == 'chatting' and not again then
            end_chat (user, me, reason, left.by_partner, left.sent, left.received)
            me = read_user (user)
        end
    elseif not me.known then
        append_forgotten (user, left, reason)
    end
    if left.partner ~= '' and left.gateway ~= '' then
        tell (left.gateway, 'ENDED', left.partner, left.chat, reason)
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
local partner, row, partner_since = pick (me)
if partner then
    return match (me, since, partner, row, partner_since)
end
return wait (me, since)
