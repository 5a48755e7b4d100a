-- shared.lua -- what every script begins with. Put in front of each when the matcher is built.
--
-- A script runs alone, from its first line to its last: whatever it finds stays so until it ends.
-- Time is Redis's own, so that matchers need not agree on one.
--
-- Told: KEYS[1], the prefix of all keys; ARGV[1] LEASE_MS; ARGV[2] AVOID_MS; then its own.
-- Keys, after the prefix:
--   waiting_users      ZSET    user -> since when it waits, ms
--   chat:{user}        string  the partner, while the chat runs
--   session:{user}     string  the chat, while it runs
--   record:{chat}      HASH    a, b, started_ms, waited_a_ms, waited_b_ms, while the chat runs
--   user:{user}        HASH    what its requests were answered; expires after it waits or chats
--   held:{gateway}     SET     its users who wait or chat
--   gateways           ZSET    gateway -> when its lease runs out, ms; those that hold somebody
--   notices:{gateway}  LIST    ends of chats that it is told with its next leases; expires
--   outbox             STREAM  records on their way to a recorder
-- A user's state: waiting; chatting; parted (that chat is over); left; dropped (its gateway fell
-- silent while it waited).
-- Answers: {verdict, ghosts dropped, entries appended to the outbox, letter, ...}, a letter being
-- {gateway, wire message, field, ...} as in wire.def; '' is nobody.

local KEEP_MS = 60000     -- How long a user's last answer is kept for late repeats.
local NOTICE_MS = 10000   -- How long a gateway is told an end that it cannot ask for.

local lease_ms, avoid_ms = tonumber (ARGV[1]), tonumber (ARGV[2])
local clock = redis.call ('TIME')
local now = clock[1] * 1000 + math.floor (clock[2] / 1000)
local answer = {'', 0, 0}

local function key (name, id)
    return KEYS[1] .. name .. (id or '')
end

local function tell (gateway, kind, ...)
    answer[#answer + 1] = {gateway, kind, ...}
end

local function done (verdict)
    answer[1] = verdict
    return answer
end

local function read_user (user)
    local row = redis.call ('HMGET', key ('user:', user), 'gateway', 'turn', 'asked', 'state',
                            'since', 'chat', 'partner', 'partner_gateway', 'reason', 'last',
                            'last_until')
    return {
        gateway = row[1], turn = tonumber (row[2]) or 0, asked = row[3], state = row[4],
        since = tonumber (row[5]), chat = row[6] or '', partner = row[7] or '',
        partner_gateway = row[8] or '', reason = tonumber (row[9]) or 0, last = row[10],
        last_until = tonumber (row[11]) or 0,
    }
end

-- The user's answer will be forgotten, as it neither waits nor chats.
local function forget (user)
    redis.call ('PEXPIRE', key ('user:', user), math.max (KEEP_MS, avoid_ms))
end

-- A gateway has a lease while it holds somebody.
local function renew (gateway)
    if redis.call ('EXISTS', key ('held:', gateway)) == 1 then
        redis.call ('ZADD', key ('gateways'), now + lease_ms, gateway)
    end
end

local function release (gateway, user)
    redis.call ('SREM', key ('held:', gateway), user)
    if redis.call ('EXISTS', key ('held:', gateway)) == 0 then
        redis.call ('ZREM', key ('gateways'), gateway)
    end
end

local function hold (gateway, user, before)
    if before and before ~= gateway then
        release (before, user)
    end
    redis.call ('SADD', key ('held:', gateway), user)
    redis.call ('ZADD', key ('gateways'), now + lease_ms, gateway)
end

-- Takes a waiter whose gateway is silent out of the queue. Its place is kept for its return.
local function drop (user, gateway)
    redis.call ('ZREM', key ('waiting_users'), user)
    if gateway then
        redis.call ('HSET', key ('user:', user), 'state', 'dropped')
        forget (user)
        release (gateway, user)
    end
end

-- Appends a record, complete in itself. Sides: 0 nobody, 1 a, 2 b (side_t in wire.h).
local function append (chat, row, ended_ms, reason, ended_by, messages_a, messages_b)
    redis.call ('XADD', key ('outbox'), '*', 'chat', chat, 'user_a', row[1], 'user_b', row[2],
                'started_ms', row[3], 'waited_a_ms', row[4], 'waited_b_ms', row[5],
                'ended_ms', ended_ms, 'reason', reason, 'ended_by', ended_by,
                'messages_a', messages_a, 'messages_b', messages_b)
    answer[3] = answer[3] + 1
end

-- One side of a chat that ends.
local function part (user, partner, chat, reason)
    local row = redis.call ('HMGET', key ('user:', user), 'gateway', 'state', 'chat')
    if row[2] == 'chatting' and row[3] == chat then
        redis.call ('DEL', key ('chat:', user), key ('session:', user))
        redis.call ('HSET', key ('user:', user), 'state', 'parted', 'reason', reason,
                    'last', partner, 'last_until', now + avoid_ms)
        forget (user)
        release (row[1], user)
    end
end

-- Ends the chat of `user`, `me` being its row: both part, and a complete record is appended.
local function end_chat (user, me, reason, by_partner, sent, received)
    local chat, partner = me.chat, me.partner
    local row = redis.call ('HMGET', key ('record:', chat), 'a', 'b', 'started_ms', 'waited_a_ms',
                            'waited_b_ms')
    if row[1] == user then
        append (chat, row, now, reason, by_partner and 2 or 1, sent, received)
    elseif row[2] == user then
        append (chat, row, now, reason, by_partner and 1 or 2, received, sent)
    end
    redis.call ('DEL', key ('record:', chat))
    part (user, partner, chat, reason)
    part (partner, user, chat, reason)
end
