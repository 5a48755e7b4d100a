-- hold.lua -- HOLD: a gateway has this user in this chat, whatever Redis remembers.
--
-- Told: the gateway; the fields of HOLD.
-- Reads: the rows of both. Writes: the keys of both, away, outbox.
-- Promises: a chat that Redis has no memory of is made again, the same; its partner, if unknown,
-- is away until its own gateway holds it, with a turn of 0: its own is not known. What the two
-- searched by is not known either, until they search again. A user who was
-- taken to be away is there again, and the partner's gateway is told. Of a chat that was taken up again
-- the partner's gateway is told, too, as it may never have heard of it. A chat that is over stays so, and
-- that is told. A repeat changes nothing.

local TOLD = 10

local gateway, user, turn, chat, partner, partner_gateway, side, record

-- The user is back in the chat that Redis knows, too.
local function go_on (me)
    local was_away, before, latest = call ('ZREM', key ('away'), user) == 1, me.gateway, tonumber (me.turn)
    me.gateway, me.turn = gateway, told[3]
    if turn > latest then
        me.asked = 'search' -- It led here.
    end
    save (user, me)
    hold (gateway, user, before)
    note_place (partner, chat, gateway)
    -- Whom only the partner's HOLD has brought back, at turn 0, nobody was told to be away.
    if was_away and latest > 0 then
        local there = partner_place (me)
        tell (there, 'BACK', there, '', chat, partner, user)
    end
    tell_undone (user, me, gateway, me.browser)
end

-- Whether the chat is over, by all that Redis remembers of the two.
local function is_over (me, them)
    if partner == '' or partner == user or me.state == 'chatting' then
        return true -- Nobody chats with nobody; or the user is in another chat.
    elseif me.state == 'waiting' or me.state == 'dropped' then
        if tonumber (me.turn) == turn then
            return true
        end
    elseif me.state ~= '' and me.chat == chat then
        return true
    end
    return them.state ~= '' and not is_in (them, chat)
end

local function reason_of (me, them)
    for _, row in ipairs ({me, them}) do
        if row.chat == chat and row.state ~= 'chatting' and row.reason ~= '0' then
            return row.reason
        end
    end
    return ENDED
end

local function make_again (me, them)
    step_out (user, me.interests, me.language)
    local before, is_there = me.gateway, them.state ~= ''
    me.gateway, me.turn, me.asked = gateway, told[3], 'search'
    enter_chat (me, chat, record, side, partner_gateway, '', '')
    if is_there then
        them.partner_gateway = gateway
    else
        them.gateway, them.turn = partner_gateway, '0'
        enter_chat (them, chat, record, side == A and B or A, gateway, '', '')
        call ('ZADD', key ('away'), digits (now + lease_ms + window_ms), partner)
    end
    if side == A then
        open_chat (chat, record, me, them)
    else
        open_chat (chat, record, them, me)
    end
    hold (gateway, user, before)
end

local function run ()
    gateway, user, turn = told[1], told[2], tonumber (told[3])
    chat, partner, partner_gateway, side = told[4], told[5], told[6], told[7]
    record = {user, partner, told[8], told[9], told[10]}
    if side == B then
        record[1], record[2] = record[2], record[1]
    end
    local me = read_user (user)
    if turn < tonumber (me.turn) then
        return done ('stale')
    end
    local verdict = 'held'
    if is_in (me, chat) then
        go_on (me)
    else
        local them = read_user (partner)
        if is_over (me, them) then
            tell (gateway, 'ENDED', user, chat, reason_of (me, them))
            verdict = 'over'
        else
            make_again (me, them)
            verdict = 'made'
        end
    end
    tell (gateway, 'HELD', user, turn)
    return done (verdict)
end
