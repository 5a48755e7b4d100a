-- sweep.lua -- clears up after a gateway whose lease has run out.
--
-- Told: why its chats ended.
-- Reads: the gateway whose lease ran out first, at most 16 of the users it holds. Writes: their
-- keys and their partners', record:{chat}, outbox, notices:{gateway} of the partners.
-- Promises: each user is cleared by one call only, whichever matcher makes it; 'swept' says that
-- there may be more, 'idle' that no lease has run out. How many messages the chats had is not
-- known and recorded as 0.

local USERS_MOST = 16

local reason = ARGV[3]

local function notify (gateway, user, chat)
    local notices = key ('notices:', gateway)
    redis.call ('RPUSH', notices, user .. ' ' .. chat .. ' ' .. reason)
    redis.call ('PEXPIRE', notices, NOTICE_MS)
    tell (gateway, 'ENDED', user, chat, reason)
end

local gateway = redis.call ('ZRANGEBYSCORE', key ('gateways'), '-inf', now, 'LIMIT', 0, 1)[1]
if not gateway then
    return done ('idle')
end
for _, user in ipairs (redis.call ('SRANDMEMBER', key ('held:', gateway), USERS_MOST)) do
    local me = read_user (user)
    if me.gateway == gateway and me.state == 'waiting' then
        drop (user, gateway)
    elseif me.gateway == gateway and me.state == 'chatting' then
        end_chat (user, me, reason, false, 0, 0)
        tell (gateway, 'ENDED', user, me.chat, reason)
        notify (me.partner_gateway, me.partner, me.chat)
    end
    release (gateway, user)
end
if redis.call ('EXISTS', key ('held:', gateway)) == 0 then
    redis.call ('ZREM', key ('gateways'), gateway)
end
return done ('swept')
