-- leave.lua -- LEAVE: out of the line and out of the chat.
--
-- Told: the gateway; the fields of LEAVE.
-- Reads: user:{user}. Writes: the keys of both users, away, outbox.
-- Promises: afterwards the user neither waits nor chats, a match made meanwhile included; a chat
-- is put on record as ended once, however many leave it, even one that Redis has no memory of. A
-- repeat changes nothing and is told the same. Who waited and is disconnected is dropped: it has
-- its place again if it comes back; the next LEAVE takes it away. Whose partner ended the chat is
-- parted, and hears of that if it comes back.

local TOLD = 14

local user, reason
local left -- What is said of the chat.

local function tell_partner (chat, partner, partner_gateway)
    if chat ~= '' and partner ~= '' and partner_gateway ~= '' then
        post (partner_gateway .. ' ENDED ' .. partner .. ' ' .. chat .. ' ' .. reason)
    end
end

local function leave_chat (me)
    if me.chat == left.chat then
        end_chat (user, me, reason, left.by_partner, left.sent, left.received)
    else
        end_chat (user, me, reason, false, '0', '0') -- What is said is about another chat.
    end
end

-- Says of a user without a row what it has said of itself.
local function note_forgotten (me)
    if left.chat ~= '' then
        append_forgotten (user, left, reason)
    end
    me.chat, me.partner, me.partner_gateway = left.chat, left.partner, left.gateway
end

local function leave (me, gateway)
    local state = 'left'
    if me.state == 'waiting' or me.state == '' then
        step_out (user, me.interests, me.language)
    end
    if left.by_partner and left.chat ~= '' and left.chat == me.chat then
        state = 'parted'
    elseif me.state == 'waiting' and reason == DISCONNECTED and not left.by_partner then
        state = 'dropped' -- Had its partner been cut off, the reason would be about their chat.
    end
    if me.state == 'chatting' then
        leave_chat (me)
    else
        if me.state == '' then
            note_forgotten (me)
        end
        release (me.gateway ~= '' and me.gateway or gateway, user)
    end
    me.gateway, me.turn, me.asked, me.state, me.reason = gateway, told[3], 'leave', state, reason
    save (user, me)
end

local function run ()
    local gateway, turn = told[1], tonumber (told[3])
    user, reason = told[2], told[4]
    left = {
        chat = told[5], partner = told[6], gateway = told[7], sent = told[8], received = told[9],
        by_partner = told[10] == '1', side = told[11], started_ms = told[12],
        waited_a_ms = told[13], waited_b_ms = told[14],
    }
    local me = read_user (user)
    local latest, chat, partner, there = tonumber (me.turn), me.chat, me.partner, me.partner_gateway
    local again = turn == latest
    if turn < latest or (again and me.asked ~= 'leave') then
        return done ('stale')
    end
    if not again then
        leave (me, gateway)
    end
    tell_partner (chat, partner, there)
    if left.chat ~= chat then
        tell_partner (left.chat, left.partner, left.gateway)
    end
    post (gateway .. ' LEFT ' .. user .. ' ' .. told[3])
    return done (again and 'again' or 'left')
end
