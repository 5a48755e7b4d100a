-- block.lua -- BLOCK: two never meet again.
--
-- Told: the gateway; the fields of BLOCK.
-- Writes: blocked:{who} of both, to each the other.
-- Promises: from here on no SEARCH brings the two together, whatever users their browsers are by
-- then, for as long as either searches at least every BLOCK_MS. Of each the latest 256 are kept. A
-- repeat changes nothing. Whatever the two are in goes on: a LEAVE ends it.

local TOLD = 6

local KEPT = 256

local function note (who, other)
    local blocked = key ('blocked:', who)
    call ('ZADD', blocked, now, other)
    call ('ZREMRANGEBYRANK', blocked, 0, -1 - KEPT)
    call ('PEXPIRE', blocked, BLOCK_MS)
end

local function run ()
    local gateway, user, partner, pool = told[1], told[2], told[4], told[6]
    local one, other = who_of (user, told[3]), who_of (partner, told[5])
    if one ~= '' and other ~= '' then
        note (one, other)
        note (other, one)
    end
    tell (gateway, 'BLOCKED', user, partner, pool)
    return done ('blocked')
end
