-- sweep.lua -- clears up after gateways whose lease has run out, after those who were away too
-- long, and after what stands in line and is nobody.
--
-- Told: why chats end; until when this sweep is good.
-- Reads: the gateway whose lease ran out first, at most 16 of the users it holds; at most 16 of
-- those away whose time is up; the 16 who have waited longest. Writes: their keys and their
-- partners', away, outbox, swept:{gateway}, notices:{gateway} of the partners.
-- Promises: each user is cleared by one call only, whichever matcher makes it; 'swept' says that
-- there may be more, 'idle' that nothing was to be done. Who waited is dropped; who chats is away,
-- and has RECOVERY_WINDOW_MS to come back before the chat ends, by its side. How many messages the
-- chats had is not known and recorded as 0. A sweep that Redis comes to late is not made ('late'):
-- Redis has stood still, and nobody could renew a lease.

local TOLD = 2

local USERS_MOST = 16
local SWEPT_MS = 3600000 -- How long a gateway may be silent and still learn that it was swept.

local reason

local function notify (gateway, user, chat)
    local notices = key ('notices:', gateway)
    call ('RPUSH', notices, user .. ' ' .. chat .. ' ' .. reason)
    call ('PEXPIRE', notices, NOTICE_MS)
    tell (gateway, 'ENDED', user, chat, reason)
end

local function end_absent (user, me)
    local there = partner_place (me)
    end_chat (user, me, reason, false, '0', '0')
    save (user, me)
    tell (me.gateway, 'ENDED', user, me.chat, reason)
    notify (there, me.partner, me.chat)
end

local function send_away (user, me)
    local there = partner_place (me)
    call ('ZADD', key ('away'), now + window_ms, user)
    tell (there, 'AWAY', there, '', me.chat, me.partner, user)
end

local function sweep_gateway (gateway)
    call ('SET', key ('swept:', gateway), moment (), 'PX', SWEPT_MS)
    for _, user in ipairs (call ('SRANDMEMBER', key ('held:', gateway), USERS_MOST)) do
        local me = read_user (user)
        if me.gateway == gateway and me.state == 'waiting' then
            drop (user, me)
        elseif me.gateway == gateway and me.state == 'chatting' then
            if window_ms > 0 then
                send_away (user, me)
            else
                end_absent (user, me)
            end
        end
        release (gateway, user)
    end
    if call ('EXISTS', key ('held:', gateway)) == 0 then
        call ('ZREM', gateways, gateway)
    end
end

local function sweep_away (users)
    for _, user in ipairs (users) do
        local me = read_user (user)
        if me.state == 'chatting' then
            end_absent (user, me)
        end
        call ('ZREM', key ('away'), user)
    end
end

-- Who stands in line and does not wait, by its row, is nobody. Returns whether there was one.
local function sweep_line ()
    local found = false
    for _, user in ipairs (call ('ZRANGE', waiting_users, 0, USERS_MOST - 1)) do
        local row = read_user (user)
        if row.state ~= 'waiting' then
            step_out (user, row.interests, row.language)
            answer[2] = answer[2] + 1
            found = true
        end
    end
    return found
end

local function run ()
    local good_until_ms = tonumber (told[2])
    reason = told[1]
    if now > good_until_ms then
        return done ('late')
    end
    local gateway = call ('ZRANGEBYSCORE', gateways, '-inf', now, 'LIMIT', 0, 1)[1]
    local absent = call ('ZRANGEBYSCORE', key ('away'), '-inf', now, 'LIMIT', 0, USERS_MOST)
    if gateway then
        sweep_gateway (gateway)
    end
    sweep_away (absent)
    return done ((sweep_line () or gateway or absent[1]) and 'swept' or 'idle')
end
