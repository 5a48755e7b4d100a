-- claim.lua -- a sign of life; takes over what a matcher that is gone had in hand.
--
-- Also brings over what an earlier version has left in its own outbox.
--
-- Told: this matcher; after how many ms without a sign a matcher is gone; how many entries at
-- most, 0 to 64. Reads: the consumers of the outbox; at most 500 entries of `outbox`. Writes: records,
-- outbox.
-- Promises: a consumer is removed only when nothing is pending for it, so no entry is lost.
-- Answers: the entries, each {entry, {field, value, ...}}.

local TOLD = 3

local EARLIER_MOST = 500
local FIELDS = {'chat', 'user_a', 'user_b', 'started_ms', 'waited_a_ms', 'waited_b_ms', 'ended_ms',
                'reason', 'ended_by', 'messages_a', 'messages_b', 'interests'}

-- An earlier version had a field of an entry for each of a record. Its matchers, while there are any,
-- find nothing to strike then, and what they have sent is sent again.
local function bring_over ()
    local earlier = key ('outbox')
    local entries = try ('XRANGE', earlier, '-', '+', 'COUNT', EARLIER_MOST)
    for _, entry in ipairs (entries) do
        local values, texts = {interests = '0'}, {}
        for i = 1, #entry[2], 2 do
            values[entry[2][i]] = entry[2][i + 1]
        end
        for i, field in ipairs (FIELDS) do
            texts[i] = values[field] or ''
        end
        call ('XADD', outbox, '*', 'record', concat (texts, ' '))
        call ('XDEL', earlier, entry[1])
    end
    if not entries.err and #entries < EARLIER_MOST then
        call ('DEL', earlier)
    end
end

local function run ()
    bring_over ()
    local matcher, gone_ms, most = told[1], tonumber (told[2]), tonumber (told[3])

    -- Fetching new entries when there are none is no sign of life before Redis 7.2; looking at one's
    -- own is.
    redis.pcall ('XREADGROUP', 'GROUP', 'recorders', matcher, 'COUNT', 1, 'STREAMS', outbox, '0')
    local consumers = redis.pcall ('XINFO', 'CONSUMERS', outbox, 'recorders')
    if consumers.err then
        return {}
    end
    for _, flat in ipairs (consumers) do
        local consumer = {}
        for i = 1, #flat, 2 do
            consumer[flat[i]] = flat[i + 1]
        end
        if consumer.name ~= matcher and consumer.idle > gone_ms then
            if consumer.pending == 0 then
                call ('XGROUP', 'DELCONSUMER', outbox, 'recorders', consumer.name)
            elseif most > 0 then
                local claim = {'XCLAIM', outbox, 'recorders', matcher, 0}
                local pending = call ('XPENDING', outbox, 'recorders', '-', '+', most,
                                      consumer.name)
                for _, entry in ipairs (pending) do
                    claim[#claim + 1] = entry[1]
                end
                return call (unpack (claim))
            end
        end
    end
    return {}
end
