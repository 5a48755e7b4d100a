// inspect.c -- what Redis holds, looked at in one moment.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

const char *
find_wrong (void)
{
    return redis_ask (
        fixture.redis, "EVAL %s 0",
        ROWS_IN_LUA
        "local function get (name, id) return redis.call ('GET', name .. id) end "
        "local wrong, chatting, rows, gateways = {}, 0, 0, 0 "
        "local function must (fact, what) if not fact then wrong[#wrong + 1] = what end end "
        "local function row_of (user) return unpack_row (get ('user:', user)) end "
        "local function wish (user) "
        "  local row, interests = row_of (user), {} "
        "  for interest in string.gmatch (row.interests, string.rep ('%x', 16)) do "
        "    interests[#interests + 1] = interest "
        "  end "
        "  return interests, row.language "
        "end "
        "local function look_at_queue (name, id) "
        "  local interest, tongue = string.match (id, '^(%x*)%.(%a*)$') "
        "  local line = redis.call ('ZRANGE', name, 0, -1, 'WITHSCORES') "
        "  for i = 1, #line, 2 do "
        "    local interests, language = wish (line[i]) "
        "    local wanted = interest == '' "
        "    for _, one in ipairs (interests) do wanted = wanted or one == interest end "
        "    must (wanted and (tongue == '' or tongue == language), 'in a foreign queue') "
        "    must (redis.call ('ZSCORE', 'waiting_users', line[i]) == line[i + 1], "
        "          'in a queue and not in line') "
        "  end "
        "end "
        "local function look_at_waiter (user) "
        "  local interests, language = wish (user) "
        "  must (row_of (user).state == 'waiting', 'not waiting') "
        "  if #interests == 0 then interests[1] = '' end "
        "  for _, one in ipairs (interests) do "
        "    must (redis.call ('ZSCORE', 'queue:' .. one .. '.' .. language, user), "
        "          'in line and in no queue') "
        "  end "
        "end "
        "for _, name in ipairs (redis.call ('KEYS', '*')) do "
        "  local kind, id = string.match (name, '^(%a+):(.*)$') "
        "  if kind == 'chat' then "
        "    local partner = get ('chat:', id) "
        "    chatting = chatting + 1 "
        "    must (partner ~= id, 'oneself') "
        "    must (get ('chat:', partner) == id, 'the partner has another partner') "
        "    must (get ('session:', partner) == get ('session:', id), 'two chats') "
        "    must (not redis.call ('ZSCORE', 'waiting_users', id), 'waits and chats') "
        "    local row, theirs = row_of (id), row_of (partner) "
        "    must (row.state == 'chatting' and row.chat == get ('session:', id), 'state') "
        "    must (row.partner == partner, 'the row has another partner') "
        "    must (row.side ~= theirs.side and row.story == theirs.story, 'two stories') "
        "    must (redis.call ('TTL', 'user:' .. id) == -1, 'will be forgotten') "
        "    must (row.partner_gateway == theirs.gateway, 'the partner is elsewhere') "
        "    must (redis.call ('SISMEMBER', 'held:' .. row.gateway, id) == 1 "
        "          or redis.call ('ZSCORE', 'away', id), 'nobody holds it') "
        "  elseif kind == 'queue' then look_at_queue (name, id) "
        "  elseif kind == 'user' and row_of (id).state == 'chatting' then "
        "    rows = rows + 1 "
        "  elseif kind == 'held' then "
        "    gateways = gateways + 1 "
        "    must (redis.call ('ZSCORE', 'gateways', id), 'no lease') "
        "    for _, user in ipairs (redis.call ('SMEMBERS', name)) do "
        "      local state = row_of (user).state "
        "      must (state == 'waiting' or state == 'chatting', 'held without need') "
        "    end "
        "  end "
        "end "
        "for _, user in ipairs (redis.call ('ZRANGE', 'waiting_users', 0, -1)) do "
        "  look_at_waiter (user) "
        "end "
        "for _, user in ipairs (redis.call ('ZRANGE', 'away', 0, -1)) do "
        "  must (row_of (user).state == 'chatting', 'away and idle') "
        "end "
        "must (chatting == rows, 'rows') "
        "must (gateways == redis.call ('ZCARD', 'gateways'), 'gateways') "
        "return wrong");
}

const char *
find_unfinished (void)
{
    return redis_ask (
        fixture.redis, "EVAL %s 0",
        RECORDS_IN_LUA
        "local opened, closed, wrong = {}, {}, {} "
        "for _, entry in ipairs (redis.call ('XRANGE', 'records', '-', '+')) do "
        "  local row = read_record (entry) "
        "  local of = row.ended_ms == '0' and opened or closed "
        "  of[row.chat] = (of[row.chat] or 0) + 1 "
        "end "
        "for chat, count in pairs (opened) do "
        "  if count ~= 1 or closed[chat] ~= 1 then wrong[#wrong + 1] = chat end "
        "end "
        "for chat in pairs (closed) do "
        "  if not opened[chat] then wrong[#wrong + 1] = chat end "
        "end "
        "return wrong");
}

ident_t
next_ident (const char **at)
{
    ident_t ident;
    *at += **at == ' ';
    assert_true (ident_parse (*at, IDENT_TEXT_SIZE - 1, &ident));
    *at += IDENT_TEXT_SIZE - 1;
    return ident;
}

static uint64_t
next_number (const char **at)
{
    char *end;
    uint64_t number = strtoull (*at, &end, 10);
    *at = end;
    return number;
}

bool
next_record (char entry[ENTRY_SIZE], wire_record_t *record)
{
    const char *at = redis_ask (
        fixture.redis, "EVAL %s 0 %s",
        RECORDS_IN_LUA
        "local entry = redis.call ('XRANGE', 'records', ARGV[1], '+', 'COUNT', 1)[1] "
        "local row, found = entry and read_record (entry) or {}, {} "
        "for _, name in ipairs ({'chat', 'user_a', 'user_b', 'started_ms', 'waited_a_ms', "
        "                        'waited_b_ms', 'ended_ms', 'interests'}) do "
        "  found[#found + 1] = row[name] "
        "end "
        "found[#found + 1] = entry and '(' .. entry[1] "
        "return found",
        entry);
    if (*at == '\0') {
        return false;
    }
    *record = (wire_record_t){.chat = next_ident (&at)};
    record->user_a = next_ident (&at);
    record->user_b = next_ident (&at);
    record->started_ms = next_number (&at);
    record->waited_a_ms = next_number (&at);
    record->waited_b_ms = next_number (&at);
    record->ended_ms = next_number (&at);
    record->interests = next_number (&at);
    snprintf (entry, ENTRY_SIZE, "%s", at + 1);
    return true;
}

const char *
lasting_keys (void)
{
    return redis_ask (fixture.redis, "EVAL %s 0",
                      "local lasting = {} "
                      "for _, name in ipairs (redis.call ('KEYS', '*')) do "
                      "  if name ~= 'records' and redis.call ('TTL', name) < 0 then "
                      "    lasting[#lasting + 1] = name "
                      "  end "
                      "end "
                      "return lasting");
}
