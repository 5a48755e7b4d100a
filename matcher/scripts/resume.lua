-- resume.lua -- RESUME: a user comes back, perhaps to another gateway, which takes it over.
--
-- Told: the gateway; the fields of RESUME.
-- Reads: user:{user}, gateway and browser of the partner. Writes: the user's keys, away, the
-- partner's row, epoch.
-- Promises: from here on the gateway that asks holds the user, whatever it was doing goes on, and
-- what the gateway before asks is stale, as the user's turn has gone far up; that gateway is told.
-- Nobody is matched by it: a SEARCH follows. The last three nonces are kept: a repeat changes
-- nothing and is told what holds now; once the user has asked for more, or come back elsewhere, it
-- is stale. Of a user without a row nothing is made. While gateways may still be saying what they
-- hold, somebody whose own gateway has said nothing yet is asked to come again ('early').

local TURN_MOST = 4294967295
local TURNS = 65536 -- No gateway makes so many requests for a user before it comes back again.
local NONCES_MOST = 3

-- doing_t in wire.h.
local UNKNOWN, NOTHING, PARTED, SEARCHING, CHATTING = 0, 1, 2, 3, 4

local gateway, user, nonce

local function tell_nothing_of (doing, me, turn, waits_ms)
    tell (gateway, 'RESUMED', user, nonce, doing, turn, waits_ms, '', '', '', 0, NOBODY, 0, 0, 0,
          '', me.interests, me.language, '', '')
end

local function tell_chat (doing, me, turn, reason)
    local there, partner_browser = partner_place (me)
    tell (gateway, 'RESUMED', user, nonce, doing, turn, 0, me.chat, me.partner, there, reason,
          me.side, me.started_ms, me.waited_a_ms, me.waited_b_ms, partner_browser, me.interests,
          me.language, me.shared, me.undoes)
end

local function read_back ()
    local me = read_chat (read_user (user))
    local row = call ('HMGET', rows .. user, 'nonces', 'resumed')
    me.nonces, me.resumed = row[1] or '', tonumber (row[2]) or 0
    return me
end

-- 1: the latest, and so on; 0: a new one.
local function nonce_place (me)
    local place = 0
    for known in string.gmatch (me.nonces, '%S+') do
        place = place + 1
        if known == nonce then
            return place
        end
    end
    return 0
end

-- The new turn of the user, after all those of the gateway before.
local function take_over (me)
    local turn = min ((floor (me.turn / TURNS) + 1) * TURNS, TURN_MOST)
    local nonces = {nonce}
    for known in string.gmatch (me.nonces, '%S+') do
        if #nonces < NONCES_MOST then
            nonces[#nonces + 1] = known
        end
    end
    call ('HSET', rows .. user, 'gateway', gateway, 'turn', turn,
          'asked', 'resume', 'resumed', turn, 'nonces', table.concat (nonces, ' '))
    if me.gateway ~= gateway then
        tell (me.gateway, 'TAKEN', user, me.turn)
    end
    return turn
end

local function go_on_waiting (me, turn)
    local since = me.since or now
    step_in (user, since, me.interests, me.language)
    call ('HSET', rows .. user, 'state', 'waiting', 'since', since)
    keep (user, me)
    hold (gateway, user, me.gateway)
    tell_nothing_of (SEARCHING, me, turn, max (now - since, 0))
end

local function go_on_chatting (me, turn)
    call ('ZREM', key ('away'), user)
    hold (gateway, user, me.gateway)
    note_place (user, me, gateway)
    tell_chat (CHATTING, me, turn, 0)
end

local function run ()
    gateway, user, nonce = told[1], told[2], told[3]
    local me = read_back ()
    if me.turn == 0 and is_young (lease_ms) then
        return done ('early')
    end
    if not me.known then
        tell_nothing_of (UNKNOWN, me, 0, 0)
        return done ('unknown')
    end
    local place = nonce_place (me)
    if place > 1 or (place == 1 and (me.gateway ~= gateway or me.turn ~= me.resumed)) then
        return done ('stale')
    end
    local turn = place == 1 and me.turn or take_over (me)
    if me.state == 'waiting' or me.state == 'dropped' then
        go_on_waiting (me, turn)
        return done ('resumed')
    end
    if me.state == 'chatting' then
        go_on_chatting (me, turn)
        return done ('resumed')
    end
    forget (user)
    if me.state == 'parted' and me.by_partner then
        tell_chat (PARTED, me, turn, me.reason)
    elseif me.state == 'parted' or me.reason == DISCONNECTED or me.reason == DRAINED then
        tell_nothing_of (UNKNOWN, me, turn, 0)
    else
        tell_nothing_of (NOTHING, me, turn, 0)
    end
    return done ('resumed')
end
