-- shared.lua -- what all scripts share. They are made one library of Redis functions when the matcher
-- is built: this first, then each script, which defines `run`, in a block of its own. What is local to a
-- file outlives a call, so `run` sets anew whatever a call is told.
--
-- A script runs alone, from the first line of `run` to its last: whatever it finds stays so until it
-- ends. Time is Redis's own, so that matchers need not agree on one.
--
-- Told: the only key, the prefix of all keys; its own, in `told`; last, as one text, LEASE_MS,
-- AVOID_MS, RECOVERY_WINDOW_MS, INTEREST_WAIT_MS, RECENT_PARTNERS.
-- Keys, after the prefix:
--   waiting_users      ZSET    user -> since when it waits, ms
--   queue:{i}.{l}      ZSET    the same for those among them who may be met by who wants interest i
--                              and language l; either may be empty: any
--   chat:{user}        string  the partner, while the chat runs
--   session:{user}     string  the chat, while it runs
--   record:{chat}      HASH    a, b, started_ms, waited_a_ms, waited_b_ms, interests (how many both
--                              have), while the chat runs
--   user:{user}        HASH    what its requests were answered; expires after it waits or chats
--   held:{gateway}     SET     its users who wait or chat, but for those who are away
--   gateways           ZSET    gateway -> when its lease runs out, ms; those that hold somebody
--   online             HASH    gateway -> how many people it holds, and until when that is good,
--                              ms; expires with the last lease
--   blocked:{who}      ZSET    whom it never meets -> since when, ms; the latest 256; a browser's
--                              digest or, if that is not known, a user; expires
--   away               ZSET    user -> until when it may come back, ms: those who chat, and whom
--                              no gateway holds, as its lease ran out
--   swept:{gateway}    string  names the last sweep of that gateway; expires
--   epoch              string  names the memory of Redis, another one once it is emptied; begins
--                              with when it began, ms; expires after the last lease
--   notices:{gateway}  LIST    ends of chats that it is told with its next leases; expires
--   outbox             STREAM  records on their way to a recorder
-- A user's state: waiting; chatting; parted (that chat is over); left; dropped (its gateway fell
-- silent, or lost it, while it waited; its place is kept).
-- Its row also has what it last searched by: browser, interests (sixteen digits each, one after the
-- other), language; recent: `partner ended_ms` of its last chats, newest first; last_chat: the chat
-- that the first of them was; common: `chat shared undoes`, as MATCHED told them, if anything.
-- Answers: {verdict, ghosts dropped, entries appended to the outbox, the time, letter, ...}, a
-- letter being a text: gateway, wire message, field, ... as in wire.def, a space between each two;
-- nothing is nobody. To answer with as many values takes Redis and the matcher several times as long.

local KEEP_MS = 60000     -- How long a user's last answer is kept for late repeats.
local NOTICE_MS = 10000   -- How long a gateway is told an end that it cannot ask for.
local EPOCH_MS = 3600000  -- How long nobody may lease before the epoch is forgotten.
local BLOCK_MS = '86400000' -- How long somebody may be away before its blocks are forgotten.
local INTEREST_DIGITS = 16

-- reason_t and side_t in wire.h, as texts, as what is told and what rows say is: a number that is
-- given to Redis is turned into a text in ten times the time that the command takes.
local SKIPPED, ENDED, DISCONNECTED, DRAINED, ORPHANED = '1', '2', '3', '4', '6'
local NOBODY, A, B = '0', '1', '2'

-- What is global takes long to look up, and most of it is not there before the first call.
local function find_globals ()
    return redis.call, string.format, string.find, string.sub, math.max, math.min, math.floor, ipairs,
           tonumber, unpack, table.concat
end
local call, format, find, sub, max, min, floor, ipairs, tonumber, unpack, concat

local prefix
local terms             -- The settings, as they were told last.
local lease_ms, avoid_ms, window_ms, interest_wait_ms, recent_partners
local kept_ms           -- How long the row of somebody who neither waits nor chats is kept, as a text.
local told              -- What this call is told.
local clock, now        -- When it began; `now` in ms.
local now_digits
local answer            -- What it answers.

local function key (name, id)
    return prefix .. name .. (id or '')
end

-- Those that nearly every call needs: made anew only when the prefix is another one.
local waiting_users, everybody, gateways, outbox, rows

-- A whole number as Redis has it.
local function digits (number)
    return format ('%d', number)
end

local function know_terms (these)
    local numbers = {}
    for number in string.gmatch (these, '%d+') do
        numbers[#numbers + 1] = tonumber (number)
    end
    terms = these
    lease_ms, avoid_ms, window_ms, interest_wait_ms, recent_partners = unpack (numbers)
    kept_ms = digits (max (KEEP_MS + window_ms, avoid_ms))
end

local function know_prefix (this)
    prefix = this
    waiting_users, gateways, outbox = key ('waiting_users'), key ('gateways'), key ('outbox')
    everybody, rows = key ('queue:', '.'), key ('user:')
end

-- Begins a call.
local function begin (keys, arguments)
    if not call then
        call, format, find, sub, max, min, floor, ipairs, tonumber, unpack, concat = find_globals ()
    end
    if prefix ~= keys[1] then
        know_prefix (keys[1])
    end
    local last = #arguments
    if terms ~= arguments[last] then
        know_terms (arguments[last])
    end
    arguments[last], told = nil, arguments
    clock = call ('TIME')
    now = clock[1] * 1000 + floor (clock[2] / 1000)
    now_digits = digits (now)
    answer = {'', 0, 0, now}
end

local function tell (...)
    local letter = {...}
    for i = 1, #letter do
        if not letter[i] then
            letter[i] = '' -- A row does not have it.
        end
    end
    answer[#answer + 1] = concat (letter, ' ')
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
    call ('SET', key ('epoch'), moment (), 'NX')
    call ('PEXPIRE', key ('epoch'), EPOCH_MS)
    return call ('GET', key ('epoch'))
end

-- Whether Redis remembers no more than that long: gateways may still be saying what they hold.
local function is_young (ms)
    return now - (tonumber (string.match (epoch (), '^%d+')) or 0) <= ms
end

-- `known` says whether there is a row at all.
local function read_user (user)
    local row = call ('HMGET', rows .. user, 'gateway', 'turn', 'asked', 'state',
                      'since', 'chat', 'partner', 'partner_gateway', 'recent', 'browser',
                      'interests', 'language', 'by_partner')
    return {
        user = user, gateway = row[1], turn = tonumber (row[2]) or 0, asked = row[3],
        state = row[4], since = tonumber (row[5]), chat = row[6] or '', partner = row[7] or '',
        partner_gateway = row[8] or '', recent = row[9] or '', browser = row[10] or '',
        interests = row[11] or '', language = row[12] or '', by_partner = row[13] == '1',
        known = row[4] ~= false,
    }
end

-- Adds to what read_user has read the rest of what the row says of the chat, or of the last one.
local function read_chat (me)
    local row = call ('HMGET', rows .. me.user, 'reason', 'side', 'started_ms',
                      'waited_a_ms', 'waited_b_ms', 'last_chat', 'common')
    local chat, shared, undoes = string.match (row[7] or '', '^(%S*) (%S*) (%S*)$')
    me.reason, me.side, me.started_ms = row[1] or '0', row[2] or A, row[3] or now_digits
    me.waited_a_ms, me.waited_b_ms = row[4] or '0', row[5] or '0'
    me.last_chat, me.shared, me.undoes = me.last_chat or row[6] or '', '', ''
    if chat == me.chat then
        me.shared, me.undoes = shared, undoes
    end
    return me
end

-- The user's answer will be forgotten, as it neither waits nor chats. Whoever may still come back
-- finds it.
local function forget (user)
    call ('PEXPIRE', rows .. user, kept_ms)
end

-- The row of somebody who now waits or chats stays; `before` is what it was.
local STAYS = {waiting = true, chatting = true, leaving = true}
local function keep (user, before)
    if before.known and not STAYS[before.state] then
        call ('PERSIST', rows .. user)
    end
end

-- A gateway has a lease while it holds somebody.
local function renew (gateway)
    if call ('EXISTS', key ('held:', gateway)) == 1 then
        call ('ZADD', gateways, digits (now + lease_ms), gateway)
    end
end

-- Whoever waits or chats is held by the gateway of its row, or else is away. Returns how many of one
-- or more users the gateway held.
local function release (gateway, ...)
    local held = key ('held:', gateway)
    local count = call ('SREM', held, ...)
    if count > 0 and call ('EXISTS', held) == 0 then
        call ('ZREM', gateways, gateway)
    end
    return count
end

-- Returns whether it has not held the user before.
local function hold (gateway, user, before)
    if before and before ~= gateway then
        release (before, user)
    end
    local is_new = call ('SADD', key ('held:', gateway), user) == 1
    if is_new then
        call ('ZADD', gateways, digits (now + lease_ms), gateway)
    end
    return is_new
end

-- Whether somebody who wants that, and has waited since then, meets anybody by now.
local function is_open (interests, language, since)
    return (interests == '' and language == '') or now - since >= interest_wait_ms
end

-- The queues that somebody who wants that stands in, without `open` those only in which all share
-- what it asked for; in up to three parts, in the order of preference: those of its interests, that
-- of its language alone, that of everybody.
local function queues_of (interests, language, open)
    if interests == '' and language == '' then
        return {{'.'}}
    end
    local by_interest, by_language = {}, {}
    for i = 1, #interests, INTEREST_DIGITS do
        local interest = sub (interests, i, i + INTEREST_DIGITS - 1)
        by_interest[#by_interest + 1] = interest .. '.' .. language
        if open and language ~= '' then
            by_interest[#by_interest + 1] = interest .. '.'
        end
    end
    if language ~= '' and (open or interests == '') then
        by_language[1] = '.' .. language
    end
    return {by_interest, by_language, open and {'.'} or nil}
end

local function step_in (user, since, interests, language)
    local open, score = is_open (interests, language, since), digits (since)
    call ('ZADD', waiting_users, score, user)
    if interests == '' and language == '' then
        call ('ZADD', everybody, score, user)
        return
    end
    for _, part in ipairs (queues_of (interests, language, open)) do
        for _, queue in ipairs (part) do
            call ('ZADD', key ('queue:', queue), score, user)
        end
    end
end

-- `interests` and `language` are those of the user's row.
local function step_out (user, interests, language)
    if call ('ZREM', waiting_users, user) == 0 then
        return
    elseif interests == '' and language == '' then
        call ('ZREM', everybody, user)
    else
        for _, part in ipairs (queues_of (interests, language, true)) do
            for _, queue in ipairs (part) do
                call ('ZREM', key ('queue:', queue), user)
            end
        end
    end
end

-- Takes a waiter whose gateway is silent out of line. Its place is kept for its return.
local function drop (user, me)
    step_out (user, me.interests, me.language)
    call ('HSET', rows .. user, 'state', 'dropped')
    forget (user)
    release (me.gateway, user)
end

-- By what somebody is known to those who block it, and who are blocked.
local function who_of (user, browser)
    return browser ~= '' and browser or user
end

-- Appends a record, complete in itself. Clocks may be set back.
local function append (chat, row, ended_ms, reason, ended_by, messages_a, messages_b)
    if ended_ms ~= '0' then
        ended_ms = digits (max (now, tonumber (row[3])))
    end
    call ('XADD', outbox, '*', 'chat', chat, 'user_a', row[1], 'user_b', row[2],
          'started_ms', row[3], 'waited_a_ms', row[4], 'waited_b_ms', row[5],
          'ended_ms', ended_ms, 'reason', reason, 'ended_by', ended_by,
          'messages_a', messages_a, 'messages_b', messages_b, 'interests', row[6] or '0')
    answer[3] = answer[3] + 1
end

-- Appends the end of a chat that the user on `side` tells of.
local function append_end (chat, row, side, reason, by_partner, sent, received)
    local other = side == A and B or A
    local messages_a, messages_b = sent, received
    if side == B then
        messages_a, messages_b = received, sent
    end
    append (chat, row, now_digits, reason, by_partner and other or side, messages_a, messages_b)
end

-- Puts a chat down as running: `row` is its record. The users' own rows are another matter.
local function open_chat (chat, row)
    call ('HSET', key ('record:', chat), 'a', row[1], 'b', row[2], 'started_ms', row[3],
          'waited_a_ms', row[4], 'waited_b_ms', row[5], 'interests', row[6] or '0')
    call ('MSET', key ('chat:', row[1]), row[2], key ('session:', row[1]), chat,
          key ('chat:', row[2]), row[1], key ('session:', row[2]), chat)
    append (chat, row, '0', '0', NOBODY, '0', '0')
end

-- Puts the user on `side` of a chat into it; its row gets the further fields, too.
local function enter_chat (user, chat, row, side, partner_gateway, ...)
    call ('HSET', rows .. user, 'state', 'chatting', 'chat', chat,
          'partner', side == A and row[2] or row[1], 'partner_gateway', partner_gateway,
          'side', side, 'started_ms', row[3], 'waited_a_ms', row[4],
          'waited_b_ms', row[5], ...)
end

-- Where the partner of somebody who chats is: its own row knows best; and its browser.
local function partner_place (me)
    local row = call ('HMGET', rows .. me.partner, 'gateway', 'chat', 'browser')
    return row[1] and row[2] == me.chat and row[1] or me.partner_gateway, row[3] or ''
end

-- The partner in a chat that was taken up again has asked for nothing, and would not ask again: it is told
-- of the chat, as all that `me` and `read_chat` know of it says.
local function tell_undone (me, gateway, browser)
    if me.undoes == '' then
        return
    end
    local row = call ('HMGET', rows .. me.partner, 'gateway', 'state', 'chat', 'turn')
    if row[2] == 'chatting' and row[3] == me.chat then
        tell (row[1], 'MATCHED', me.partner, row[4], me.chat, me.user, gateway,
              me.side == A and B or A, me.started_ms, me.waited_a_ms, me.waited_b_ms, browser,
              me.shared, me.undoes)
    end
end

-- Tells the partner's row, too, where the user of a chat is now.
local function note_place (user, me, gateway)
    local row = call ('HMGET', rows .. me.partner, 'state', 'chat')
    if row[1] == 'chatting' and row[2] == me.chat then
        call ('HSET', rows .. me.partner, 'partner_gateway', gateway)
    end
end

-- A row's list of recent partners, with one more. All entries are of one length.
local function add_recent (recent, partner)
    local entry = partner .. ' ' .. now_digits
    if recent == '' then
        return entry
    end
    local place = find (recent, partner, 1, true)
    if place then
        recent = sub (recent, 1, max (place - 2, 0))
                 .. sub (recent, place + #entry + (place == 1 and 1 or 0))
    end
    local list = recent == '' and entry or entry .. ' ' .. recent
    return sub (list, 1, max (recent_partners, 1) * (#entry + 1) - 1)
end

-- One side of a chat that has ended; its row gets the further fields, too.
local function note_parted (user, recent, partner, chat, by_partner, ...)
    call ('HSET', rows .. user, 'by_partner', by_partner and '1' or '0',
          'recent', add_recent (recent, partner), 'last_chat', chat, ...)
    forget (user)
end

-- Appends a complete record of the chat of `user`, `me` being its row, takes all its keys away, and
-- parts the partner. Returns the partner's gateway, which still holds it unless it is away; nil: the
-- partner is not in the chat.
local function close_chat (user, me, reason, by_partner, sent, received)
    local chat, partner = me.chat, me.partner
    local row = call ('HMGET', key ('record:', chat), 'a', 'b', 'started_ms', 'waited_a_ms',
                      'waited_b_ms', 'interests')
    if row[1] == user then
        append_end (chat, row, A, reason, by_partner, sent, received)
    elseif row[2] == user then
        append_end (chat, row, B, reason, by_partner, sent, received)
    end
    local theirs = call ('HMGET', rows .. partner, 'gateway', 'state', 'chat', 'recent')
    if theirs[2] ~= 'chatting' or theirs[3] ~= chat then
        call ('DEL', key ('record:', chat), key ('chat:', user), key ('session:', user))
        return nil
    end
    call ('DEL', key ('record:', chat), key ('chat:', user), key ('session:', user),
          key ('chat:', partner), key ('session:', partner))
    note_parted (partner, theirs[4] or '', user, chat, not by_partner, 'state', 'parted',
                 'reason', reason)
    return theirs[1]
end

-- Releases somebody whose chat is over.
local function release_parted (gateway, user)
    if release (gateway, user) == 0 then
        call ('ZREM', key ('away'), user)
    end
end

-- Ends that chat: both part. The row of the user gets the further fields, too, `state` among them.
local function end_chat (user, me, reason, by_partner, sent, received, ...)
    local there = close_chat (user, me, reason, by_partner, sent, received)
    note_parted (user, me.recent, me.partner, me.chat, by_partner, 'reason', reason, ...)
    if there ~= me.gateway then
        release_parted (me.gateway, user)
        if there then
            release_parted (there, me.partner)
        end
    elseif release (there, user, me.partner) < 2 then
        call ('ZREM', key ('away'), user, me.partner)
    end
end

-- Ends that chat for somebody whose row is written next, with `me.more`, a list of fields, and who
-- is then held again.
local function leave_chat (user, me, reason, by_partner, sent, received)
    local there = close_chat (user, me, reason, by_partner, sent, received)
    if there then
        release_parted (there, me.partner)
    end
    me.state, me.last_chat, me.recent = 'leaving', me.chat, add_recent (me.recent, me.partner)
    me.more = {'recent', me.recent, 'last_chat', me.chat}
end

-- Puts the end of a chat that Redis has no memory of on record, from what the gateway of a user
-- without a row says of the chat that it leaves; unless its partner has done so already.
local function append_forgotten (user, left, reason)
    local partner = call ('HMGET', rows .. left.partner, 'state', 'chat')
    local on_record = partner[1] and partner[1] ~= 'chatting' and partner[2] == left.chat
    if left.side == NOBODY or left.started_ms == '0' or left.partner == '' or on_record
        or call ('EXISTS', key ('record:', left.chat)) == 1 then
        return
    end
    local row = {user, left.partner, left.started_ms, left.waited_a_ms, left.waited_b_ms}
    if left.side == B then
        row[1], row[2] = row[2], row[1]
    end
    append_end (left.chat, row, left.side, reason, left.by_partner, left.sent, left.received)
end
