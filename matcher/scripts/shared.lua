-- shared.lua -- what all scripts share. They are made one library with one Redis function when the matcher
-- is built: this first, then each script, which defines `run` and TOLD, how many texts it is told, in a
-- block of its own. What is local to a file outlives a call, so `run` sets anew whatever it is told.
--
-- A script runs alone, from the first line of `run` to its last: whatever it finds stays so until it
-- ends. Time is Redis's own, so that matchers need not agree on one. One call of the function runs as
-- many scripts as a matcher has to run, one after the other: what each call costs by itself is as much
-- as a third of a script.
--
-- The function is told: the only key, the prefix of all keys; as one text, LEASE_MS, AVOID_MS,
-- RECOVERY_WINDOW_MS, INTEREST_WAIT_MS, RECENT_PARTNERS; then for each script a text, its name and what
-- it is told, in `told`, a space before each. It answers what each script answers, or its error.
-- Keys, after the prefix:
--   waiting_users      ZSET    user -> since when it waits, ms
--   queue:{i}.{l}      ZSET    the same for those among them who may be met by who wants interest i
--                              and language l; either may be empty: any
--   chat:{user}        string  the partner, while the chat runs
--   session:{user}     string  the chat, while it runs
--   user:{user}        string  its row: what its requests were answered, and what its chat's record
--                              says; expires after it waits or chats
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
--   records            STREAM  the outbox: records on their way to a recorder, each one text, `record`:
--                              the fields of RECORD after the first, a space between each two
-- A row is texts in MessagePack, one after the other, in the order of pack_row; '' is nothing. To read
-- and write it whole takes Redis a third of the time that so many fields of a HASH take, and it is kept
-- or forgotten by the same command. To look at one:
--   EVAL "return {cmsgpack.unpack (redis.call ('GET', KEYS[1]))}" 1 user:{user}
-- state: waiting; chatting; parted (that chat is over); left; dropped (its gateway fell silent, or
-- lost it, while it waited; its place is kept). turn, asked: the last request. since: when it began to
-- wait, ms. recent: `partner ended_ms` of its last chats, newest first; last_chat: the chat that the
-- first of them was. browser, interests (sixteen digits each, one after the other), language: what it
-- last searched by. chat, partner, partner_gateway, side, story: of the chat, or of the last one; the
-- story is `started_ms waited_a_ms waited_b_ms shared undoes`, as MATCHED told them. reason, by_partner
-- (1: the partner ended it): how that ended. back: `resumed nonce ...`, of its last RESUMEs.
-- An earlier version had a HASH there, and record:{chat} beside it; and its outbox was `outbox`. Such a row
-- is read as it is, and written as a text. To matchers of that version a text is an error: while both are
-- at work they leave alone whom they know nothing of, and the gateway asks another one.
-- Answers: {verdict, ghosts dropped, entries appended to the outbox, the time, letter, ...}, a
-- letter being a text: gateway, wire message, field, ... as in wire.def, a space between each two;
-- nothing is nobody. To answer with as many values takes Redis and the matcher several times as long.

local KEEP_MS = 60000     -- How long a user's last answer is kept for late repeats.
local NOTICE_MS = 10000   -- How long a gateway is told an end that it cannot ask for.
local EPOCH_MS = 3600000  -- How long nobody may lease before the epoch is forgotten.
local BLOCK_MS = '86400000' -- How long somebody may be away before its blocks are forgotten.
local LEASE_STEP_MS = 50  -- A lease ends at a whole multiple of that.
local INTEREST_DIGITS = 16
-- How large all that Lua has may grow, of what was in use the last time, before it looks for what is not. It is
-- some 100 KB, and Lua's own 200 is a twentieth of a match.
local GARBAGE_PERCENT = 800

-- reason_t and side_t in wire.h, as texts, as what is told and what rows say is: a number that is
-- given to Redis is turned into a text in ten times the time that the command takes.
local SKIPPED, ENDED, DISCONNECTED, DRAINED, ORPHANED = '1', '2', '3', '4', '6'
local NOBODY, A, B = '0', '1', '2'

-- What is global takes long to look up, and most of it is not there before the first call.
local function find_globals ()
    return redis.call, redis.pcall, string.format, string.find, string.match, string.sub, math.max,
           math.min, math.floor, ipairs, tonumber, type, pcall, unpack, table.concat, cmsgpack.unpack
end
local call, try, format, find, match_text, sub, max, min, floor, ipairs, tonumber, type, pcall, unpack,
      concat, unpack_row

local heads -- How MessagePack begins a text, by its bytes.
local few   -- Whole numbers that are often asked for, as Redis has them.

local function make_texts ()
    heads, few = {}, {}
    for number = 0, 255 do
        few[number] = format ('%d', number)
    end
    for bytes = 0, 255 do
        heads[bytes] = string.char (0xd9, bytes)
    end
    setmetatable (heads, {__index = function (_, bytes)
        return string.char (0xda, floor (bytes / 256), bytes % 256)
    end})
end

-- By its name: run, how many texts it is told, if that is always as many, and the pattern of these.
local scripts = {}

local function add_script (name, run, count)
    scripts[name] = {run = run, count = count}
end

local function make_patterns ()
    for _, script in pairs (scripts) do
        script.pattern = script.count and '^%l+' .. string.rep (' ([^ ]*)', script.count) .. '$'
    end
end

local prefix
local terms             -- The settings, as they were told last.
local lease_ms, avoid_ms, window_ms, interest_wait_ms, recent_partners
local kept_ms           -- How long the row of somebody who neither waits nor chats is kept, as a text.
local told              -- What the script is told.
local clock, now        -- When the call began; `now` in ms.
local now_digits
local answer            -- What the script answers.

local function key (name, id)
    return prefix .. name .. (id or '')
end

-- Those that nearly every call needs: made anew only when the prefix is another one.
local waiting_users, everybody, gateways, outbox, rows

-- A whole number as Redis has it.
local function digits (number)
    if number == now then
        return now_digits
    end
    return few[number] or format ('%d', number)
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
    waiting_users, gateways, outbox = key ('waiting_users'), key ('gateways'), key ('records')
    everybody, rows = key ('queue:', '.'), key ('user:')
end

-- Begins a call.
local function begin (keys, these)
    if not call then
        call, try, format, find, match_text, sub, max, min, floor, ipairs, tonumber, type, pcall,
            unpack, concat, unpack_row = find_globals ()
        make_texts ()
        make_patterns ()
        collectgarbage ('setpause', GARBAGE_PERCENT)
    end
    if prefix ~= keys[1] then
        know_prefix (keys[1])
    end
    if terms ~= these then
        know_terms (these)
    end
    clock = call ('TIME')
    now = clock[1] * 1000 + floor (clock[2] / 1000)
    now_digits = format ('%d', now)
end

local function split (text)
    local list = {}
    for one in string.gmatch (text, ' ([^ ]*)') do
        list[#list + 1] = one
    end
    return list
end

-- What fails leaves the others of its call alone.
local function run_script (text)
    local script = scripts[match_text (text, '^%l+')]
    told = script.pattern and {match_text (text, script.pattern)} or split (text)
    answer = {'', 0, 0, now}
    local fine, said = pcall (script.run)
    if not fine then
        return {err = find (said, '^%u+ ') and said or 'ERR ' .. said}
    end
    return said
end

local function serve (keys, arguments)
    begin (keys, arguments[1])
    local answers = {}
    for i = 2, #arguments do
        answers[i - 1] = run_script (arguments[i])
    end
    return answers
end

-- A letter as it is: to join a few texts takes half of the time of a list of them.
local function post (letter)
    answer[#answer + 1] = letter
end

local function tell (...)
    post (concat ({...}, ' '))
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
    return now - (tonumber (match_text (epoch (), '^%d+')) or 0) <= ms
end

-- The row that an earlier version has left, as HGETALL tells it; of nothing, an empty one.
local function adopt (flat)
    local old = {}
    for i = 1, #flat, 2 do
        old[flat[i]] = flat[i + 1]
    end
    local of, shared, undoes = match_text (old.common or '', '^(%S*) (%S*) (%S*)$')
    if not of or of ~= old.chat then
        shared, undoes = '', ''
    end
    local story = old.started_ms and concat ({
        old.started_ms, old.waited_a_ms or '0', old.waited_b_ms or '0', shared, undoes}, ' ')
    return {
        state = old.state or '', turn = old.turn or '0', asked = old.asked or '',
        gateway = old.gateway or '', since = old.since or '', recent = old.recent or '',
        last_chat = old.last_chat or '', browser = old.browser or '',
        interests = old.interests or '', language = old.language or '', chat = old.chat or '',
        partner = old.partner or '', partner_gateway = old.partner_gateway or '',
        side = old.side or A, story = story or '', reason = old.reason or '0',
        by_partner = old.by_partner or '0',
        back = old.nonces and old.resumed .. ' ' .. old.nonces or '',
    }
end

-- The row of a user, to be changed and saved. Without a state there is none, or none that can be read.
local function read_user (user)
    local text = try ('GET', rows .. user)
    if type (text) == 'string' then
        local _, state, turn, asked, gateway, since, recent, last_chat, browser, interests, language,
              chat, partner, partner_gateway, side, story, reason, by_partner, back
            = pcall (unpack_row, text)
        if type (back) == 'string' then
            return {
                state = state, turn = turn, asked = asked, gateway = gateway, since = since,
                recent = recent, last_chat = last_chat, browser = browser, interests = interests,
                language = language, chat = chat, partner = partner,
                partner_gateway = partner_gateway, side = side, story = story, reason = reason,
                by_partner = by_partner, back = back,
            }
        end
    end
    local flat = text and try ('HGETALL', rows .. user) or {}
    return adopt (flat.err and {} or flat)
end

-- cmsgpack.pack takes twice as long.
local function pack_row (row)
    local turn, gateway, since, recent, last_chat, browser, interests, language, chat, partner,
          partner_gateway, story, back
        = row.turn, row.gateway, row.since, row.recent, row.last_chat, row.browser, row.interests,
          row.language, row.chat, row.partner, row.partner_gateway, row.story, row.back
    return heads[#row.state] .. row.state .. heads[#turn] .. turn .. heads[#row.asked] .. row.asked
        .. heads[#gateway] .. gateway .. heads[#since] .. since .. heads[#recent] .. recent
        .. heads[#last_chat] .. last_chat .. heads[#browser] .. browser .. heads[#interests] .. interests
        .. heads[#language] .. language .. heads[#chat] .. chat .. heads[#partner] .. partner
        .. heads[#partner_gateway] .. partner_gateway .. heads[#row.side] .. row.side
        .. heads[#story] .. story .. heads[#row.reason] .. row.reason
        .. heads[#row.by_partner] .. row.by_partner .. heads[#back] .. back
end

-- Of the chat of a row, or the last one: started_ms, waited_a_ms, waited_b_ms, shared, undoes.
local function story_of (row)
    if row.story == '' then
        return now_digits, '0', '0', '', ''
    end
    return match_text (row.story, '^(%S*) (%S*) (%S*) (%S*) (%S*)$')
end

-- Whoever neither waits nor chats will be forgotten; whoever may still come back finds its row.
local STAYS = {waiting = true, chatting = true}
local function save (user, row)
    if STAYS[row.state] then
        call ('SET', rows .. user, pack_row (row))
    else
        call ('SET', rows .. user, pack_row (row), 'PX', kept_ms)
    end
end

-- Until when a lease is good that begins now. It is the same for some time, as to say again what Redis has
-- already takes it a third of the time.
local lease_end, lease_end_digits
local function good_until ()
    local ms = now + lease_ms
    ms = ms + LEASE_STEP_MS - ms % LEASE_STEP_MS
    if ms ~= lease_end then
        lease_end, lease_end_digits = ms, format ('%d', ms)
    end
    return lease_end_digits
end

-- A gateway has a lease while it holds somebody.
local function renew (gateway)
    if call ('EXISTS', key ('held:', gateway)) == 1 then
        call ('ZADD', gateways, good_until (), gateway)
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

-- `before`: who has held the user so far, or ''. Returns whether it has not held the user before.
local function hold (gateway, user, before)
    if before ~= '' and before ~= gateway then
        release (before, user)
    end
    local is_new = call ('SADD', key ('held:', gateway), user) == 1
    if is_new then
        call ('ZADD', gateways, good_until (), gateway)
    end
    return is_new
end

-- Whether somebody who wants that, and has waited since then, meets anybody by now.
local function is_open (interests, language, since)
    return (interests == '' and language == '') or now - since >= interest_wait_ms
end

local EVERYBODY = {{'.'}}

-- The queues that somebody who wants that stands in, without `open` those only in which all share
-- what it asked for; in up to three parts, in the order of preference: those of its interests, that
-- of its language alone, that of everybody.
local function queues_of (interests, language, open)
    if interests == '' and language == '' then
        return EVERYBODY
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
    me.state = 'dropped'
    save (user, me)
    release (me.gateway, user)
end

-- By what somebody is known to those who block it, and who are blocked.
local function who_of (user, browser)
    return browser ~= '' and browser or user
end

-- Appends a record, complete in itself: `record` is its two users, A and B, when the chat was made,
-- how long each had waited, and how many interests both have. Clocks may be set back.
local function append (chat, record, ended_ms, reason, ended_by, messages_a, messages_b)
    if ended_ms ~= '0' then
        ended_ms = digits (max (now, tonumber (record[3])))
    end
    call ('XADD', outbox, '*', 'record',
          chat .. ' ' .. record[1] .. ' ' .. record[2] .. ' ' .. record[3] .. ' ' .. record[4] .. ' '
          .. record[5] .. ' ' .. ended_ms .. ' ' .. reason .. ' ' .. ended_by .. ' ' .. messages_a
          .. ' ' .. messages_b .. ' ' .. (record[6] or '0'))
    answer[3] = answer[3] + 1
end

-- Appends the end of a chat that the user on `side` tells of.
local function append_end (chat, record, side, reason, by_partner, sent, received)
    local other = side == A and B or A
    local messages_a, messages_b = sent, received
    if side == B then
        messages_a, messages_b = received, sent
    end
    append (chat, record, now_digits, reason, by_partner and other or side, messages_a, messages_b)
end

-- What the row of somebody who chats says of the chat.
local function record_of (user, me)
    local a, b = user, me.partner
    if me.side == B then
        a, b = b, a
    end
    local started_ms, waited_a_ms, waited_b_ms, shared = story_of (me)
    return {a, b, started_ms, waited_a_ms, waited_b_ms,
            shared == '' and '0' or digits (#shared / INTEREST_DIGITS)}
end

-- Puts a row into a chat, on that side of its record. It is saved by open_chat.
local function enter_chat (me, chat, record, side, partner_gateway, shared, undoes)
    me.state, me.chat, me.side, me.partner_gateway = 'chatting', chat, side, partner_gateway
    me.partner = side == A and record[2] or record[1]
    me.story = record[3] .. ' ' .. record[4] .. ' ' .. record[5] .. ' ' .. shared .. ' ' .. undoes
end

-- Puts a chat down as running, and saves the rows of A and B, which are in it. By the same command both
-- rows stay.
local function open_chat (chat, record, row_a, row_b)
    local a, b = record[1], record[2]
    call ('MSET', rows .. a, pack_row (row_a), rows .. b, pack_row (row_b),
          key ('chat:', a), b, key ('session:', a), chat, key ('chat:', b), a, key ('session:', b), chat)
    append (chat, record, '0', '0', NOBODY, '0', '0')
end

-- Whether a row says that its user is in that chat.
local function is_in (row, chat)
    return row.state == 'chatting' and row.chat == chat
end

-- Where the partner of somebody who chats is: its own row knows best; and its browser.
local function partner_place (me)
    local them = read_user (me.partner)
    local is_known = them.gateway ~= '' and them.chat == me.chat
    return is_known and them.gateway or me.partner_gateway, them.browser
end

-- The partner in a chat that was taken up again has asked for nothing, and would not ask again: it is told
-- of the chat, as all that the row of `user` says of it.
local function tell_undone (user, me, gateway, browser)
    local started_ms, waited_a_ms, waited_b_ms, shared, undoes = story_of (me)
    local them = undoes ~= '' and read_user (me.partner)
    if them and is_in (them, me.chat) then
        tell (them.gateway, 'MATCHED', me.partner, them.turn, me.chat, user, gateway,
              me.side == A and B or A, started_ms, waited_a_ms, waited_b_ms, browser, shared,
              undoes)
    end
end

-- Tells the partner's row, too, where the user of a chat is now.
local function note_place (partner, chat, gateway)
    local them = read_user (partner)
    if is_in (them, chat) then
        them.partner_gateway = gateway
        save (partner, them)
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

-- One side of a chat that has ended.
local function part (me, partner, reason, by_partner)
    me.state, me.reason, me.by_partner = 'parted', reason, by_partner and '1' or '0'
    me.recent, me.last_chat = add_recent (me.recent, partner), me.chat
end

-- Appends a complete record of the chat of `user`, whose row says that it is in it, takes the chat's
-- keys away, and parts both; the partner's row is saved, that of the user is not. Returns the partner's
-- gateway, which still holds it unless it is away; nil: the partner is not in the chat.
local function close_chat (user, me, reason, by_partner, sent, received)
    local chat, partner = me.chat, me.partner
    append_end (chat, record_of (user, me), me.side, reason, by_partner, sent, received)
    local them = read_user (partner)
    part (me, partner, reason, by_partner)
    if not is_in (them, chat) then
        call ('DEL', key ('chat:', user), key ('session:', user), key ('record:', chat))
        return nil
    end
    call ('DEL', key ('chat:', user), key ('session:', user),
          key ('chat:', partner), key ('session:', partner), key ('record:', chat))
    part (them, user, reason, not by_partner)
    save (partner, them)
    return them.gateway
end

-- Releases somebody whose chat is over.
local function release_parted (gateway, user)
    if release (gateway, user) == 0 then
        call ('ZREM', key ('away'), user)
    end
end

-- Ends that chat: both part, and are held by nobody. The row of the user is saved by the caller.
local function end_chat (user, me, reason, by_partner, sent, received)
    local partner = me.partner
    local there = close_chat (user, me, reason, by_partner, sent, received)
    if there ~= me.gateway then
        release_parted (me.gateway, user)
        if there then
            release_parted (there, partner)
        end
    elseif release (there, user, partner) < 2 then
        call ('ZREM', key ('away'), user, partner)
    end
end

-- Ends that chat for somebody whose row is saved with what it does next, and who is then held again.
local function leave_chat (user, me, reason, by_partner, sent, received)
    local partner = me.partner
    local there = close_chat (user, me, reason, by_partner, sent, received)
    if there then
        release_parted (there, partner)
    end
    me.state = 'leaving'
end

-- Puts the end of a chat that Redis has no memory of on record, from what the gateway of a user
-- without a row says of the chat that it leaves; unless its partner has done so already, or is in it.
local function append_forgotten (user, left, reason)
    if left.side == NOBODY or left.started_ms == '0' or left.partner == ''
        or read_user (left.partner).chat == left.chat then
        return
    end
    local record = {user, left.partner, left.started_ms, left.waited_a_ms, left.waited_b_ms}
    if left.side == B then
        record[1], record[2] = record[2], record[1]
    end
    append_end (left.chat, record, left.side, reason, left.by_partner, left.sent, left.received)
end
