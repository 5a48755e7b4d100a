-- claim.lua -- a sign of life; takes over what a matcher that is gone had in hand.
--
-- Told: this matcher; after how many ms without a sign a matcher is gone; how many entries at
-- most, 0 to 64. Reads: the consumers of the outbox. Writes: outbox.
-- Promises: a consumer is removed only when nothing is pending for it, so no entry is lost.
-- Answers: the entries, each {entry, {field, value, ...}}.

local function run ()
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
