-- leave.lua -- LEAVE: out of the queue and out of the chat.
--
-- Told: the gateway; the fields of LEAVE.
-- Reads: user:{user}. Writes: the keys of both users, record:{chat}, outbox.
-- Promises: afterwards the user neither waits nor chats, a match made meanwhile included; a chat
-- is put on record as ended once, however many leave it. A repeat changes nothing and is told the
-- same.

local gateway = ARGV[3]
local user, turn, reason = ARGV[4], tonumber (ARGV[5]), ARGV[6]
local left_chat, left_partner, left_gateway = ARGV[7], ARGV[8], ARGV[9]
local sent, received = ARGV[10], ARGV[11]
local by_partner = ARGV[12] == '1'

local function tell_partner (chat, partner, partner_gateway)
    if chat ~= '' and partner ~= '' and partner_gateway ~= '' then
        tell (partner_gateway, 'ENDED', partner, chat, reason)
    end
end

local me = read_user (user)
local again = turn == me.turn
if turn < me.turn or (again and me.asked ~= 'leave') then
    return done ('stale')
end
if not again then
    redis.call ('ZREM', key ('waiting_users'), user)
    if me.state == 'chatting' then
        if me.chat ~= left_chat then
            -- All this is about another chat.
            sent, received, by_partner = 0, 0, false
        end
        end_chat (user, me, reason, by_partner, sent, received)
    end
    redis.call ('HSET', key ('user:', user), 'gateway', gateway, 'turn', turn, 'asked', 'leave',
                'state', 'left')
    forget (user)
    release (gateway, user)
    if me.gateway and me.gateway ~= gateway then
        release (me.gateway, user)
    end
end
tell_partner (me.chat, me.partner, me.partner_gateway)
if left_chat ~= me.chat then
    tell_partner (left_chat, left_partner, left_gateway)
end
tell (gateway, 'LEFT', user, turn)
return done (again and 'again' or 'left')
