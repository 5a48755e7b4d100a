-- search.lua -- SEARCH: leave a chat, find a partner or wait for one, all at once.
--
-- Told: the gateway; the id of a chat to be made; the fields of SEARCH.
-- Reads: user:{user}; at most 64 rows of those in its queues (22 at most, and some 256 entries of
-- them), of each part those who have waited longest, with the leases of their gateways;
-- blocked:{who} of both; to undo, the row of the partner, and online. Writes: the keys of both
-- users, away, outbox.
-- Promises: a user is in one chat or in line, never both, and never with itself, its own browser
-- or anybody blocked. Whoever wants something meets for INTEREST_WAIT_MS only who shares it, and
-- then anybody, but those who share an interest first, then those of the language; of these the
-- one who has waited longest. The two of a chat do not meet again for AVOID_MS, and after that, for
-- the next RECENT_PARTNERS chats of either, only if nobody else is found. The chat that was skipped
-- just now is taken up again, as another one, if the partner is still free. A repeat (the same
-- turn) changes nothing but that somebody who still waits may now be matched; another turn may
-- change what a waiter wants, and it keeps its place. Whom Redis has no memory of keeps its place,
-- and the chat that it leaves is put on record, by what the gateway says.

local TOLD = 21

local CANDIDATES_MOST = 64 -- Rows that are looked at; a ghost counts for each of its interests, too.
local ENTRIES_MOST = 256   -- Entries of queues that are read; one who stands in many is read often.
local FIRST_SLICE, SLICE = 4, 16
local UNDO_MS = 15000
local AGAIN_LEAST_MS, AGAIN_MOST_MS = 2000, 300000

local gateway, new_chat, user, turn, browser, interests, language, undo
local who           -- By what the user is known to those who block it.
local me, since     -- Its row, and since when it waits, if it has to.
local has_left      -- It was in a chat until now.
local leases        -- gateway -> whether it is alive, as far as that was asked for.
local ghosts        -- Of those in line that were found to be none.
local entries       -- Of queues, that have been read.
local avoided_until -- When the first of those who are only avoided may be met.

-- --- What the user was in ---

-- Ends the chat that the user leaves, if it still runs, and tells the partner, unless it knows.
local function leave_behind (again)
    local left = {
        chat = told[5], partner = told[6], gateway = told[7], sent = told[8],
        received = told[9], by_partner = told[11] == '1', side = told[12],
        started_ms = told[13], waited_a_ms = told[14], waited_b_ms = told[15],
    }
    local reason = told[10]
    if reason == '0' then
        reason = SKIPPED -- By this very search.
    end
    if me.chat == left.chat then
        left.partner, left.gateway = me.partner, me.partner_gateway
        if me.state == 'chatting' and not again then
            leave_chat (user, me, reason, left.by_partner, left.sent, left.received)
            has_left = true
        elseif me.state == 'parted' and me.by_partner == '1' then
            left.gateway = ''
        end
    elseif me.state == '' then
        append_forgotten (user, left, reason)
    end
    if left.partner ~= '' and left.gateway ~= '' then
        tell (left.gateway, 'ENDED', left.partner, left.chat, reason)
    end
end

-- The user has ended a search, which nobody may have heard of: what that has found is not for this
-- one. The partner hears of it with each repeat.
local function leave_what_was_found (again)
    if again then
        local partner = match_text (me.recent, '^%S+')
        local there = partner and read_user (partner).gateway or ''
        if there ~= '' then
            tell (there, 'ENDED', partner, me.last_chat, ENDED)
        end
    elseif me.state == 'chatting' then
        tell (me.partner_gateway, 'ENDED', me.partner, me.chat, ENDED)
        leave_chat (user, me, ENDED, false, '0', '0')
        has_left = true
    end
end

-- The wish is the row's, from now on.
local function note_wish ()
    me.browser, me.interests, me.language = browser, interests, language
end

-- What the row says of this search.
local function note_search ()
    me.gateway, me.turn, me.asked = gateway, told[4], 'search'
    note_wish ()
end

-- The gateway that asks holds the user, who may have been away in the chat that it has left. `before`
-- is who has held it so far.
local function be_held (before)
    if hold (gateway, user, before) and has_left then
        call ('ZREM', key ('away'), user)
    end
end

local function tell_match ()
    local _, partner_browser = partner_place (me)
    local started_ms, waited_a_ms, waited_b_ms, shared, undoes = story_of (me)
    tell (gateway, 'MATCHED', user, turn, me.chat, me.partner, me.partner_gateway, me.side,
          started_ms, waited_a_ms, waited_b_ms, partner_browser, shared, undoes)
end

-- --- Who may be met ---

local function is_alive (of)
    if leases[of] == nil then
        leases[of] = tonumber (call ('ZSCORE', gateways, of) or 0) > now
    end
    return leases[of]
end

-- The interests among `one` that `other` has, too.
local function in_common (one, other)
    local shared = ''
    for i = 1, other ~= '' and #one or 0, INTEREST_DIGITS do
        local interest = sub (one, i, i + INTEREST_DIGITS - 1)
        for k = 1, #other, INTEREST_DIGITS do
            if sub (other, k, k + INTEREST_DIGITS - 1) == interest then
                shared = shared .. interest
                break
            end
        end
    end
    return shared
end

-- `has_list`: the searcher has blocked somebody, or was.
local function is_blocked (candidate, them, has_list)
    local other = who_of (candidate, them.browser)
    return (has_list and call ('ZSCORE', key ('blocked:', who), other))
        or call ('ZSCORE', key ('blocked:', other), who)
end

-- When the last chat with a recent partner ended; 0: it is none.
local function ended_with (recent, other)
    local count = 0
    if find (recent, other, 1, true) then
        for partner, ended_ms in string.gmatch (recent, '(%S+) (%S+)') do
            count = count + 1
            if partner == other and count <= recent_partners then
                return tonumber (ended_ms) or 0
            end
        end
    end
    return 0
end

-- Since when somebody waits, by its row.
local function since_of (them)
    return tonumber (them.since) or now
end

-- Whether a waiter stands in that queue rightly.
local function belongs (them, queue)
    if queue == '.' then
        return is_open (them.interests, them.language, since_of (them))
    end
    local interest, tongue = match_text (queue, '^(.*)%.(.*)$')
    return (interest == '' or in_common (interest, them.interests) ~= '')
        and (tongue == '' or tongue == them.language)
        and (is_open (them.interests, them.language, since_of (them))
             or (tongue == them.language and (interest ~= '' or them.interests == '')))
end

-- Whether a waiter of a queue will do: 'fits', 'recent' (if nobody else is found), 'avoided',
-- 'never', 'ghost', or 'misplaced' (in that queue).
local function judge (candidate, them, queue, has_list)
    if them.gateway == '' or them.state ~= 'waiting' or not is_alive (them.gateway) then
        return 'ghost'
    elseif not belongs (them, queue) then
        return 'misplaced'
    elseif (browser ~= '' and browser == them.browser) or is_blocked (candidate, them, has_list) then
        return 'never'
    end
    local ended_ms = max (ended_with (me.recent, candidate), ended_with (them.recent, user))
    if now < ended_ms + avoid_ms then
        avoided_until = min (avoided_until or ended_ms + avoid_ms, ended_ms + avoid_ms)
        return 'avoided'
    end
    return ended_ms > 0 and 'recent' or 'fits'
end

-- --- Finding ---

-- Reads on in a queue. Where there is only one it is no matter for how long its waiters wait.
local function read_on (walk, several)
    local step = walk.place == 0 and FIRST_SLICE or SLICE
    local from, to = digits (walk.place), digits (walk.place + step - 1)
    if several then
        walk.slice = call ('ZRANGE', key ('queue:', walk.queue), from, to, 'WITHSCORES')
    else
        walk.slice = call ('ZRANGE', key ('queue:', walk.queue), from, to)
    end
    walk.width, walk.at, walk.place = several and 2 or 1, 1, walk.place + step
    entries = entries + step
    walk.more = #walk.slice == walk.width * step
end

-- The queue whose next waiter has waited longest; nil: all have been walked through. Passes over
-- whom another queue had, too.
local function longest (walks, seen)
    local several, found = #walks > 1, nil
    for _, walk in ipairs (walks) do
        while seen[walk.slice[walk.at]]
            or (walk.at > #walk.slice and walk.more and entries < ENTRIES_MOST) do
            if walk.at > #walk.slice then
                read_on (walk, several)
            else
                walk.at = walk.at + walk.width
            end
            walk.since = nil
        end
        if several and walk.slice[walk.at] and not walk.since then
            walk.since = tonumber (walk.slice[walk.at + 1])
        end
        if walk.slice[walk.at] and (not found or walk.since < found.since) then
            found = walk
        end
    end
    return found
end

-- The partner of the chat that was skipped just now, and its row, if it can be had back. Somebody idle is
-- then held again, for as long as its gateway's lease says.
local function take_back ()
    local partner, ended_ms = match_text (me.recent, '^(%S+) (%d+)')
    if not partner or now - ended_ms > UNDO_MS or me.last_chat ~= undo then
        return nil
    end
    local them = read_user (partner)
    if them.gateway == '' or them.last_chat ~= undo or is_blocked (partner, them, true) then
        return nil
    end
    if them.state == 'waiting' then
        return is_alive (them.gateway) and partner or nil, them
    end
    local online = call ('HGET', key ('online'), them.gateway) or ''
    local until_ms = match_text (online, '%d+$')
    if them.state ~= 'parted' or them.by_partner ~= '1' or (tonumber (until_ms) or 0) <= now then
        return nil
    end
    them.since = now_digits
    call ('SADD', key ('held:', them.gateway), partner)
    call ('ZADD', gateways, 'NX', until_ms, them.gateway)
    return partner, them
end

-- The waiter to be met, and its row. Notes the ghosts that it comes upon: they go later, so that places stand.
local function pick ()
    -- Also says that the user still cares for those whom it has blocked.
    local has_list = call ('PEXPIRE', key ('blocked:', who), BLOCK_MS) == 1
    local looked, seen, recent, recent_row = 0, {[user] = true}, nil, nil
    local open = is_open (interests, language, since)
    for _, part in ipairs (queues_of (interests, language, open)) do
        local walks = {}
        for i, queue in ipairs (part) do
            walks[i] = {queue = queue, place = 0, slice = {}, at = 1, more = true}
        end
        local walk = longest (walks, seen)
        while walk and looked < CANDIDATES_MOST do
            local candidate = walk.slice[walk.at]
            local them = read_user (candidate)
            local verdict = judge (candidate, them, walk.queue, has_list)
            walk.at, walk.since, looked = walk.at + walk.width, nil, looked + 1
            seen[candidate] = verdict ~= 'misplaced'
            if verdict == 'fits' then
                return candidate, them
            elseif verdict == 'recent' and not recent then
                recent, recent_row = candidate, them
            elseif verdict == 'ghost' or verdict == 'misplaced' then
                ghosts[#ghosts + 1] = {candidate, them, walk.queue, verdict}
                looked = looked + #them.interests / INTEREST_DIGITS
            end
            walk = longest (walks, seen)
        end
    end
    return recent, recent_row
end

local function drop_ghosts ()
    for _, ghost in ipairs (ghosts) do
        local candidate, them, queue, verdict = unpack (ghost)
        call ('ZREM', key ('queue:', queue), candidate)
        if verdict == 'ghost' then
            if them.state == 'waiting' and them.gateway ~= '' then
                drop (candidate, them)
            else
                step_out (candidate, them.interests, them.language)
            end
            answer[2] = answer[2] + 1
        end
    end
end

-- --- What comes of it ---

-- Clocks may be set back.
local function waited (since)
    return digits (max (now - since, 0))
end

local function match (partner, them, undoes)
    local shared, before = in_common (interests, them.interests), me.gateway
    local record = {partner, user, now_digits, waited (since_of (them)), waited (since),
                    digits (#shared / INTEREST_DIGITS)}
    step_out (partner, them.interests, them.language)
    if me.state == 'waiting' then
        step_out (user, me.interests, me.language)
    end
    note_search ()
    enter_chat (them, new_chat, record, A, gateway, shared, undoes)
    enter_chat (me, new_chat, record, B, them.gateway, shared, undoes)
    open_chat (new_chat, record, them, me)
    be_held (before)
    local times = record[3] .. ' ' .. record[4] .. ' ' .. record[5] .. ' '
    post (them.gateway .. ' MATCHED ' .. partner .. ' ' .. them.turn .. ' ' .. new_chat .. ' ' .. user
          .. ' ' .. gateway .. ' ' .. A .. ' ' .. times .. browser .. ' ' .. shared .. ' ' .. undoes)
    post (gateway .. ' MATCHED ' .. user .. ' ' .. told[4] .. ' ' .. new_chat .. ' ' .. partner .. ' '
          .. them.gateway .. ' ' .. B .. ' ' .. times .. them.browser .. ' ' .. shared .. ' ' .. undoes)
    return done (undoes == '' and 'matched' or 'undone')
end

-- When the SEARCH is to be repeated. The more there are in line, the less often each asks.
local function again_ms (searching)
    local ms = max (AGAIN_LEAST_MS, min (AGAIN_MOST_MS, floor (searching / 2)))
    if not is_open (interests, language, since) then
        ms = min (ms, since + interest_wait_ms - now)
    end
    return max (min (ms, (avoided_until or now + ms) - now), 1)
end

local function wait ()
    local before = me.gateway
    if me.state == 'waiting' and (me.interests ~= interests or me.language ~= language) then
        step_out (user, me.interests, me.language)
    end
    step_in (user, since, interests, language)
    note_search ()
    me.state, me.since = 'waiting', digits (since)
    me.chat, me.partner, me.partner_gateway, me.story = '', '', '', ''
    save (user, me)
    be_held (before)
    local searching = call ('ZCARD', waiting_users)
    post (gateway .. ' WAITING ' .. user .. ' ' .. told[4] .. ' ' .. waited (since) .. ' '
          .. digits (again_ms (searching)) .. ' ' .. digits (searching))
    return done ('waiting')
end

-- Finds somebody, or waits.
local function search ()
    local partner, them, undoes = nil, nil, ''
    if undo ~= '' then
        partner, them = take_back ()
        undoes = undo
    end
    if not partner then
        partner, them = pick ()
        undoes = ''
        drop_ghosts ()
    end
    return partner and match (partner, them, undoes) or wait ()
end

local function begin_search ()
    gateway, new_chat, user, turn = told[1], told[2], told[3], tonumber (told[4])
    browser, interests, language, undo = told[17], told[18], told[19], told[20]
    who = who_of (user, browser)
    leases, ghosts, entries, avoided_until = {[gateway] = true}, {}, 0, nil -- Who asks is alive.
    me, since, has_left = read_user (user), now, false
    if me.state == '' then
        since = max (now - tonumber (told[16]), 0)
    elseif me.state == 'waiting' or me.state == 'dropped' then
        since = since_of (me)
    end
end

local function run ()
    begin_search ()
    local latest = tonumber (me.turn)
    local again = turn == latest
    if turn < latest or (again and me.asked ~= 'search') then
        return done ('stale')
    end
    if told[5] ~= '' then
        leave_behind (again)
    end
    if told[21] == '1' then
        leave_what_was_found (again)
        since = again and since or now
    end
    if me.state == 'chatting' then
        me.turn, me.asked = told[4], 'search'
        note_wish ()
        save (user, me)
        renew (gateway)
        tell_match ()
        tell_undone (user, me, gateway, browser)
        return done ('again')
    end
    if again and me.state == 'parted' then
        tell_match ()
        tell (gateway, 'ENDED', user, me.chat, me.reason)
        return done ('again')
    end
    return search ()
end
