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

local TOLD = 3

local TURN_MOST = 4294967295
local TURNS = 65536 -- No gateway makes so many requests for a user before it comes back again.
local NONCES_MOST = 3

-- doing_t in wire.h.
local UNKNOWN, IDLE, PARTED, SEARCHING, CHATTING = 0, 1, 2, 3, 4

local gateway, user, nonce

local function tell_nothing_of (doing, me, turn, waits_ms)
    tell (gateway, 'RESUMED', user, nonce, doing, turn, waits_ms, '', '', '', 0, NOBODY, 0, 0, 0,
          '', me.interests, me.language, '', '')
end

local function tell_chat (doing, me, reason)
    local there, partner_browser = partner_place (me)
    local started_ms, waited_a_ms, waited_b_ms, shared, undoes = story_of (me)
    tell (gateway, 'RESUMED', user, nonce, doing, me.turn, 0, me.chat, me.partner, there, reason,
          me.side, started_ms, waited_a_ms, waited_b_ms, partner_browser, me.interests, me.language,
          shared, undoes)
end

-- The turn that the last RESUME gave; and the nonces of the last ones, newest first.
local function read_back (me)
    local resumed, list = match_text (me.back, '^(%d+) (.*)$')
    local nonces = {}
    for known in string.gmatch (list or '', '%S+') do
        nonces[#nonces + 1] = known
    end
    return resumed, nonces
end

-- 1: the latest, and so on; 0: a new one.
local function nonce_place (nonces)
    for place, known in ipairs (nonces) do
        if known == nonce then
            return place
        end
    end
    return 0
end

-- Gives the user a new turn, after all those of the gateway before.
local function take_over (me, nonces)
    local turn = digits (min ((floor (me.turn / TURNS) + 1) * TURNS, TURN_MOST))
    if me.gateway ~= gateway then
        tell (me.gateway, 'TAKEN', user, me.turn)
    end
    me.gateway, me.turn, me.asked = gateway, turn, 'resume'
    me.back = concat ({turn, nonce, unpack (nonces, 1, NONCES_MOST - 1)}, ' ')
end

local function go_on_waiting (me, before)
    local since = tonumber (me.since) or now
    step_in (user, since, me.interests, me.language)
    me.state, me.since = 'waiting', digits (since)
    save (user, me)
    hold (gateway, user, before)
    tell_nothing_of (SEARCHING, me, me.turn, max (now - since, 0))
end

local function go_on_chatting (me, before)
    save (user, me)
    call ('ZREM', key ('away'), user)
    hold (gateway, user, before)
    note_place (me.partner, me.chat, gateway)
    tell_chat (CHATTING, me, 0)
end

local function run ()
    gateway, user, nonce = told[1], told[2], told[3]
    local me = read_user (user)
    local before = me.gateway
    if me.turn == '0' and is_young (lease_ms) then
        return done ('early')
    end
    if me.state == '' then
        tell_nothing_of (UNKNOWN, me, 0, 0)
        return done ('unknown')
    end
    local resumed, nonces = read_back (me)
    local place = nonce_place (nonces)
    if place > 1 or (place == 1 and (before ~= gateway or me.turn ~= resumed)) then
        return done ('stale')
    end
    if place == 0 then
        take_over (me, nonces)
    end
    if me.state == 'waiting' or me.state == 'dropped' then
        go_on_waiting (me, before)
        return done ('resumed')
    end
    if me.state == 'chatting' then
        go_on_chatting (me, before)
        return done ('resumed')
    end
    save (user, me)
    if me.state == 'parted' and me.by_partner == '1' then
        tell_chat (PARTED, me, me.reason)
    elseif me.state == 'parted' or me.reason == DISCONNECTED or me.reason == DRAINED then
        tell_nothing_of (UNKNOWN, me, me.turn, 0)
    else
        tell_nothing_of (IDLE, me, me.turn, 0)
    end
    return done ('resumed')
end
