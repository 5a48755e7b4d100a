// crowd.test.mjs -- two hundred at once, what is kept of them, and what is not.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pair, Person } from './person.mjs';
import { Stack } from './stack.mjs';
import { until } from './wait.mjs';

const CROWD = 200;
const CANARY = 'canary-4f1d9c';
const KEPT = 'canary-9c4f1d'; // Shows that the search for the other would find it.

let stack;
let people;

before(async () => {
    stack = await Stack.start({ gateways: 2, matchers: 2, relays: 2, recorders: 2 });
});
after(async () => {
    await Person.allLeave(stack);
    await stack?.stop();
});

test('two hundred who search within some 10 ms are all matched, each once', async (t) => {
    const halves = [1, 2].map((n) => Person.arriveAll(stack.url(n), CROWD / 2));
    people = (await Promise.all(halves)).flat();
    // The first requests of a client take their time in here.
    await Promise.all(people.map((who) => who.ask('end_chat')));

    const first = performance.now();
    people.forEach((who) => who.say('search'));
    const last = performance.now();
    await until('all are matched', () => people.every((who) => who.all('matched').length > 0));
    const times = people.map(({ heard }) => heard.find(({ event }) => event === 'matched').at);
    const took = Math.max(...times) - last;
    t.diagnostic(`all searched within ${(last - first).toFixed(1)} ms`);
    t.diagnostic(`all were matched ${took.toFixed(0)} ms after the last search`);

    assert.ok(took < 1000, `the last match came after ${took} ms`);
});

test('the two of a match agree on it, each has one partner, and all can talk', async () => {
    await Promise.all(people.map((who) => who.tells(CANARY)));
    await Promise.all(people.map((who) => who.catchesUp()));
    for (const who of people) {
        assert.equal(who.all('matched').length, 1);
        assert.equal(who.all('message').length, 1);
        assert.equal(who.all('message')[0].chatId, who.all('matched')[0].chatId);
    }
    const chats = people.map((who) => who.all('matched')[0].chatId);
    assert.equal(new Set(chats).size, CROWD / 2);
    assert.equal(new Set(people.map((who) => who.all('matched')[0].partnerId)).size, CROWD);
});

// Row 6.
test('Redis has each of them in one chat, and both sides of it agree', async () => {
    const keys = await stack.redis('keys', 'chat:*');
    const users = keys.map((key) => key.slice('chat:'.length));
    const partners = await stack.redis('mget', ...keys);
    const sessions = await stack.redis('mget', ...users.map((user) => `session:${user}`));
    const partnerOf = new Map(users.map((user, i) => [user, partners[i]]));
    const chatOf = new Map(users.map((user, i) => [user, sessions[i]]));
    assert.equal(users.length, CROWD);
    for (const user of users) {
        assert.notEqual(partnerOf.get(user), user);
        assert.equal(partnerOf.get(partnerOf.get(user)), user);
        assert.equal(chatOf.get(partnerOf.get(user)), chatOf.get(user));
    }
    assert.equal(new Set(sessions).size, CROWD / 2);
    assert.equal(await stack.waiting(), 0);
});

test('each chat leaves one row with both times and a reason', async () => {
    const chats = new Set(people.map((who) => who.all('matched')[0].chatId));
    people.forEach((who, i) => (i % 3 === 0 ? who.say('end_chat') : who.leaves()));
    await Person.allLeave(stack);
    const rows = await until('all rows are complete', async () => {
        const found = await stack.sql('select * from "ChatSession"');
        return found.length >= CROWD / 2 && found.every(({ endedAt }) => endedAt) && found;
    });
    assert.deepEqual(new Set(rows.map(({ id }) => id)), chats);
    assert.equal(rows.length, CROWD / 2);
    const users = rows.flatMap(({ userA, userB }) => [userA, userB]);
    assert.equal(new Set(users).size, CROWD);
    for (const row of rows) {
        assert.ok(row.startedAt <= row.endedAt);
        assert.equal(row.endReason, 'ended');
        assert.ok(['A', 'B'].includes(row.endedBy));
    }
    assert.deepEqual(await stack.sql('select * from "chat_dead_letter"'), []);
});

test('Redis keeps nothing but what expires, and an outbox with nothing in it', async () => {
    await until('the outbox is empty', async () => (await stack.redis('xlen', 'records')) === 0);
    assert.deepEqual(await stack.lastingKeys(), ['records']);
});

function* filesIn(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
            yield* filesIn(path);
        } else if (entry.isFile()) {
            yield path;
        }
    }
}

// Logs, what Redis holds and has ever held, tables, dead rows and the log of writes: all of it lies
// in the folder of the stack.
test('what people said is in no log, not in Redis and not in Postgres', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    await a.tells(`${CANARY} while a chat runs`, { id: CANARY });
    await b.hears('message');
    await a.isRefused('message', { text: CANARY.repeat(100) });
    await a.isRefused(CANARY, CANARY);
    a.say('message', { text: CANARY });
    a.say('skip');
    await a.isRefused('message', { text: CANARY });

    await stack.redis('set', 'kept', KEPT, 'PX', '60000');
    await stack.statement(`create table kept as select '${KEPT}' as kept`);
    await stack.statement('checkpoint');
    await stack.redis('save');
    const found = { [CANARY]: [], [KEPT]: [] };
    for (const path of filesIn(stack.folder)) {
        const bytes = readFileSync(path);
        for (const text of Object.keys(found)) {
            if (bytes.includes(text)) {
                found[text].push(path.slice(stack.folder.length + 1));
            }
        }
    }
    assert.deepEqual(found[CANARY], []);
    for (const place of [/^redis\/.*\.aof$/, /^redis\/.*\.rdb$/, /\/base\//, /\/pg_wal\//]) {
        assert.ok(found[KEPT].some((path) => place.test(path)), `${place} was searched`);
    }
    assert.ok([...filesIn(join(stack.folder, 'log'))].length > 8);
});
