-- shared.lua -- what every script begins with. Put in front of each when the matcher is built.
--
-- A script runs alone, from its first line to its last: whatever it finds stays so until it ends.
-- Time is Redis's own, so that matchers need not agree on one.
--
-- Told: KEYS[1], the prefix of all keys; ARGV[1] LEASE_MS; ARGV[2] AVOID_MS; ARGV[3]
-- RECOVERY_WINDOW_MS; then its own, in `told`.
-- Keys, after the prefix:
--   waiting_users      ZSET    user -> since when it waits, ms
--   chat:{user}        string  the partner, while the chat runs
--   session:{user}     string  the chat, while it runs
--   record:{chat}      HASH    a, b, started_ms, waited_a_ms, waited_b_ms, while the chat runs
--   user:{user}        HASH    what its requests were answered; expires after it waits or chats
--   held:{gateway}     SET     its users who wait or chat
--   gateways           ZSET    gateway -> when its lease runs out, ms; those that hold somebody
--   away               ZSET    user -> until when it may come back, ms: those who chat, and whom
--                              no gateway holds, as its lease ran out
--   swept:{gateway}    string  names the last sweep of that gateway; expires
--   epoch              string  names the memory of Redis, another one once it is emptied; begins
--                              with when it began, ms; expires after the last lease
--   notices:{gateway}  LIST    ends of chats that it is told with its next leases; expires
--   outbox             STREAM  records on their way to a recorder
-- A user's state: waiting; chatting; parted (that chat is over); left; dropped (its gateway fell
-- silent, or lost it, while it waited; its place is kept).
-- Answers: {verdict, ghosts dropped, entries appended to the outbox, the time, letter, ...}, a
-- letter being {gateway, wire message, field, ...} as in wire.def; '' is nobody.

local KEEP_MS = 60000     -- How long a user's last answer is kept for late repeats.
local NOTICE_MS = 10000   -- How long a gateway is told an end that it cannot ask for.
local EPOCH_MS = 3600000  -- How long nobody may lease before the epoch is forgotten.

-- reason_t and side_t in wire.h.
local SKIPPED, ENDED, DISCONNECTED, DRAINED, ORPHANED = 1, 2, 3, 4, 6
local NOBODY, A, B = 0, 1, 2

local lease_ms, avoid_ms = tonumber (ARGV[1]), tonumber (ARGV[2])
local window_ms = tonumber (ARGV[3])
local told = {unpack (ARGV, 4)}
local clock = redis.call ('TIME')
local now = clock[1] * 1000 + math.floor (clock[2] / 1000)
local answer = {'', 0, 0, now}

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

-- What differs each time.
local function moment ()
    return now .. '.' .. clock[2]
end

-- The name of what Redis remembers.
local function epoch ()
    redis.call ('SET', key ('epoch'), moment (), 'NX')
    redis.call ('PEXPIRE', key ('epoch'), EPOCH_MS)
    return redis.call ('GET', key ('epoch'))
end

-- Whether Redis remembers no more than that long: gateways may still be saying what they hold.
local function is_young (ms)
    return now - (tonumber (string.match (epoch (), '^%d+')) or 0) <= ms
end

-- `known` says whether there is a row at all.
local function read_user (user)
    local row = redis.call ('HMGET', key ('user:', user), 'gateway', 'turn', 'asked', 'state',
                            'since', 'chat', 'partner', 'partner_gateway', 'reason', 'last',
                            'last_until', 'by_partner', 'side', 'started_ms', 'waited_a_ms',
                            'waited_b_ms', 'nonces', 'resumed')
    return {
        gateway = row[1], turn = tonumber (row[2]) or 0, asked = row[3], state = row[4],
        since = tonumber (row[5]), chat = row[6] or '', partner = row[7] or '',
        partner_gateway = row[8] or '', reason = tonumber (row[9]) or 0, last = row[10],
        last_until = tonumber (row[11]) or 0, by_partner = row[12] == '1',
        side = tonumber (row[13]) or A, started_ms = tonumber (row[14]) or now,
        waited_a_ms = tonumber (row[15]) or 0, waited_b_ms = tonumber (row[16]) or 0,
        nonces = row[17] or '', resumed = tonumber (row[18]) or 0, known = row[4] ~= false,
    }
end

-- The user's answer will be forgotten, as it neither waits nor chats. Whoever may still come back
-- finds it.
local function forget (user)
    redis.call ('PEXPIRE', key ('user:', user), math.max (KEEP_MS + window_ms, avoid_ms))
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

-- Appends a record, complete in itself. Clocks may be set back.
local function append (chat, row, ended_ms, reason, ended_by, messages_a, messages_b)
    if ended_ms > 0 then
        ended_ms = math.max (ended_ms, tonumber (row[3]))
    end
    redis.call ('XADD', key ('outbox'), '*', 'chat', chat, 'user_a', row[1], 'user_b', row[2],
                'started_ms', row[3], 'waited_a_ms', row[4], 'waited_b_ms', row[5],
                'ended_ms', ended_ms, 'reason', reason, 'ended_by', ended_by,
                'messages_a', messages_a, 'messages_b', messages_b)
    answer[3] = answer[3] + 1
end

-- Appends the end of a chat that the user on `side` tells of.
local function append_end (chat, row, side, reason, by_partner, sent, received)
    local other = side == A and B or A
    local messages_a, messages_b = sent, received
    if side == B then
        messages_a, messages_b = received, sent
    end
    append (chat, row, now, reason, by_partner and other or side, messages_a, messages_b)
end

-- Puts a chat down as running: `row` is its record. The users' own rows are another matter.
local function open_chat (chat, row)
    redis.call ('HSET', key ('record:', chat), 'a', row[1], 'b', row[2], 'started_ms', row[3],
                'waited_a_ms', row[4], 'waited_b_ms', row[5])
    redis.call ('MSET', key ('chat:', row[1]), row[2], key ('session:', row[1]), chat,
                key ('chat:', row[2]), row[1], key ('session:', row[2]), chat)
    append (chat, row, 0, 0, NOBODY, 0, 0)
end

-- Puts the user on `side` of a chat into it.
local function enter_chat (user, chat, row, side, partner_gateway)
    redis.call ('HSET', key ('user:', user), 'state', 'chatting', 'chat', chat,
                'partner', side == A and row[2] or row[1], 'partner_gateway', partner_gateway,
                'side', side, 'started_ms', row[3], 'waited_a_ms', row[4],
                'waited_b_ms', row[5])
    redis.call ('PERSIST', key ('user:', user))
end

-- Where the partner of somebody who chats is: its own row knows best.
local function partner_place (me)
    local row = redis.call ('HMGET', key ('user:', me.partner), 'gateway', 'chat')
    return row[1] and row[2] == me.chat and row[1] or me.partner_gateway
end

-- Tells the partner's row, too, where the user of a chat is now.
local function note_place (user, me, gateway)
    local row = redis.call ('HMGET', key ('user:', me.partner), 'state', 'chat')
    if row[1] == 'chatting' and row[2] == me.chat then
        redis.call ('HSET', key ('user:', me.partner), 'partner_gateway', gateway)
    end
end

-- One side of a chat that ends.
local function part (user, partner, chat, reason, by_partner)
    local row = redis.call ('HMGET', key ('user:', user), 'gateway', 'state', 'chat')
    if row[2] == 'chatting' and row[3] == chat then
        redis.call ('DEL', key ('chat:', user), key ('session:', user))
        redis.call ('ZREM', key ('away'), user)
        redis.call ('HSET', key ('user:', user), 'state', 'parted', 'reason', reason,
                    'by_partner', by_partner and 1 or 0,
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
        append_end (chat, row, A, reason, by_partner, sent, received)
    elseif row[2] == user then
        append_end (chat, row, B, reason, by_partner, sent, received)
    end
    redis.call ('DEL', key ('record:', chat))
    part (user, partner, chat, reason, by_partner)
    part (partner, user, chat, reason, not by_partner)
end

-- Puts the end of a chat that Redis has no memory of on record, from what the gateway of a user
-- without a row says of the chat that it leaves; unless its partner has done so already.
local function append_forgotten (user, left, reason)
    local partner = redis.call ('HMGET', key ('user:', left.partner), 'state', 'chat')
    local on_record = partner[1] and partner[1] ~= 'chatting' and partner[2] == left.chat
    if left.side == NOBODY or left.started_ms == 0 or left.partner == '' or on_record
        or redis.call ('EXISTS', key ('record:', left.chat)) == 1 then
        return
    end
    local row = {user, left.partner, left.started_ms, left.waited_a_ms, left.waited_b_ms}
    if left.side == B then
        row[1], row[2] = row[2], row[1]
    end
    append_end (left.chat, row, left.side, reason, left.by_partner, left.sent, left.received)
end
