// chat.test.mjs -- strangers who use unmodified clients meet, talk and part.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { join, meet, pair, Person } from './person.mjs';
import { Stack } from './stack.mjs';
import { until } from './wait.mjs';

let stack;

before(async () => {
    stack = await Stack.start({ gateways: 2, matchers: 2, relays: 2, recorders: 2 });
});
afterEach(() => Person.allLeave(stack));
after(() => stack?.stop());

const texts = (who) => who.all('message').map(({ text }) => text);

test('two strangers meet, talk both ways, and know what was delivered', async () => {
    const [a, b] = await pair(stack.url());
    const [{ chatId }] = a.all('matched');

    const answer = await a.tells('hello', { id: 'my-own-name', chatId });
    const heard = await b.hears('message');
    assert.equal(answer.id, 'my-own-name');
    assert.deepEqual(heard, { text: 'hello', ...answer, chatId });
    assert.ok(Math.abs(heard.timestamp - Date.now()) < 60_000);

    const back = await b.tells('hello yourself');
    assert.deepEqual(await a.hears('message'), { text: 'hello yourself', ...back, chatId });
    assert.equal(a.all('message').length, 1);
    assert.equal(b.all('message').length, 1);
});

test('a client that knows nothing but the documented events does', async () => {
    const [a, b] = await Promise.all([Person.arrive(stack.url()), Person.arrive(stack.url())]);
    a.say('search');
    b.say('search');
    assert.equal(typeof (await a.hears('matched')).partnerId, 'string');
    await b.hears('matched');
    a.say('message', { text: 'plain' });
    const { text, timestamp } = await b.hears('message');
    assert.equal(text, 'plain');
    assert.equal(typeof timestamp, 'number');
    b.say('end_chat');
    await a.hears('partner_left');
});

test('many texts arrive once and in order, while both talk at once', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const said = Array.from({ length: 20 }, (_, i) => `text ${i}`);
    await Promise.all([a, b].flatMap((who) => said.map((text) => who.tells(text))));
    await Promise.all([a.catchesUp(), b.catchesUp()]);
    for (const who of [a, b]) {
        assert.deepEqual(texts(who), said);
    }
});

test('whatever a gateway has to say goes by the same relay', async () => {
    const forwarded = () => Promise.all(
        stack.names('relay').map((name) => stack.metric(name, 'relay_forwarded_total')));
    const resent = () => stack.metric('gateway-1', 'gateway_messages_resent_total');
    // What is not answered in time, as on a busy machine, goes by the other one, and that is right.
    await until('nothing is sent again', async () => {
        const [before, again] = [await forwarded(), await resent()];
        for (let n = 0; n < 8; n++) {
            const [a, b] = await pair(stack.url(1), stack.url(1));
            await Promise.all([a.tells('by which one?'), b.tells('who knows')]);
        }
        const grown = (await forwarded()).map((count, i) => count - before[i]);
        const isCalm = (await resent()) === again;
        assert.ok(!isCalm || grown.filter((count) => count > 0).length === 1, `${grown}`);
        return isCalm;
    });
});

test('a partner id is of one chat only and is nobody`s user id', async () => {
    const people = await Promise.all([1, 2, 1].map((n) => Person.arrive(stack.url(n))));
    const [a, b, c] = people;
    const first = await meet(a, b);
    a.say('end_chat');
    await b.hears('partner_left');
    const second = await meet(a, c);
    c.say('end_chat');
    await a.hears('partner_left');

    const aliases = people.flatMap((who) => who.all('matched').map(({ partnerId }) => partnerId));
    assert.equal(new Set(aliases).size, 4);
    const records = await Promise.all([first, second].map((chatId) => stack.record(chatId)));
    const users = records.flatMap(({ userA, userB }) => [userA, userB]);
    assert.equal(new Set(users).size, 3);
    assert.ok(aliases.every((alias) => !users.includes(alias)));
});

for (const [one, other] of [[1, 2], [2, 1], [1, 1], [2, 2]]) {
    test(`somebody on gateway ${one} and somebody on gateway ${other} talk`, async () => {
        const [a, b] = await pair(stack.url(one), stack.url(other));
        await a.tells('from here');
        assert.equal((await b.hears('message')).text, 'from here');
        await b.tells('from there');
        assert.equal((await a.hears('message')).text, 'from there');
    });
}

// How one leaves, what the partner is told and what is recorded.
const partings = {
    end_chat: { leave: (who) => who.say('end_chat'), reason: 'ended' },
    skip: { leave: (who) => who.say('skip'), reason: 'skipped' },
    'a good-bye': { leave: (who) => who.leaves(), reason: 'ended' },
    'a lost connection': { leave: (who) => who.breaks(), reason: 'disconnected' },
};

for (const [how, { leave, reason }] of Object.entries(partings)) {
    test(`after ${how} the partner is told once, who left is not, and it is recorded`, async () => {
        const began = Date.now();
        const [a, b] = await pair(stack.url(1), stack.url(2));
        const [{ chatId }] = a.all('matched');
        await a.tells('one');
        await a.tells('two');
        await b.tells('three');
        leave(a);
        if (reason === 'disconnected') {
            assert.deepEqual(await b.hears('partner_away'), { chatId });
        }
        assert.deepEqual(await b.hears('partner_left'), { chatId, reason });

        const record = await stack.record(chatId);
        const ended = Date.parse(`${record.endedAt}Z`);
        assert.equal(record.endReason, reason);
        assert.ok(['A', 'B'].includes(record.endedBy));
        const [byA, byB] = record.endedBy === 'A' ? [2, 1] : [1, 2];
        assert.deepEqual([record.messagesA, record.messagesB], [byA, byB]);
        assert.ok(Date.parse(`${record.startedAt}Z`) >= began - 5);
        assert.ok(ended >= Date.parse(`${record.startedAt}Z`) && ended <= Date.now() + 5);
        // The matcher has told everybody by now, for the second time.
        await b.catchesUp();
        assert.equal(b.all('partner_left').length, 1);
        if (a.socket.connected) {
            await a.catchesUp();
        }
        assert.equal(a.all('partner_left').length, 0);
    });
}

test('whoever was left can search at once', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    a.say('end_chat');
    await b.hears('partner_left');
    const c = await Person.arrive(stack.url());
    await meet(b, c);
    await c.tells('welcome');
    assert.equal((await b.hears('message')).text, 'welcome');
    assert.deepEqual(a.all('message'), []);
});

test('a search can be cancelled', async () => {
    const [a, b, c] = await Person.arriveAll(stack.url(), 3);
    await stack.queues(a);
    assert.deepEqual(await a.ask('end_chat'), { status: 'idle' });
    await until('the queue is empty', async () => (await stack.waiting()) === 0);
    await stack.queues(b);
    await join(c, b);
    assert.deepEqual(a.all('matched'), []);
});

test('a search that is cancelled and begun again in one breath stands in line', async () => {
    const [a, b] = await Person.arriveAll(stack.url(), 2);
    for (let i = 0; i < 10; i++) {
        a.say('search');
        a.say('end_chat');
    }
    a.say('search');
    await until('the last of 21 requests stands in line', async () => {
        const [user] = await stack.redis('zrange', 'waiting_users', '0', '-1');
        const row = `return {cmsgpack.unpack (redis.call ('get', KEYS[1]))}`;
        return user && (await stack.redis('eval', row, '1', `user:${user}`))[1] === '21';
    });
    await join(b, a);
    await b.tells('found you');
    assert.equal(a.all('matched').length, 1);
});

// Row 33: typing stays in its chat.
test('typing is shown to the partner and does not follow into the next chat', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const [{ chatId }] = a.all('matched');
    a.say('typing', { on: true });
    assert.deepEqual(await b.hears('typing'), { chatId, on: true });
    a.say('typing', { on: false });
    assert.deepEqual(await b.hears('typing'), { chatId, on: false });

    a.say('typing', { on: true });
    a.say('skip');
    a.say('typing', { on: true });
    await b.hears('partner_left');
    const c = await Person.arrive(stack.url());
    await join(c, a);
    a.say('typing', { on: true, chatId });
    await a.tells('a message');
    await Promise.all([a.catchesUp(), c.catchesUp()]);
    assert.deepEqual(texts(c), ['a message']);
    assert.deepEqual([...a.all('typing'), ...c.all('typing')], []);
});

test('Redis knows who talks to whom while they do, and forgets it', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const [{ chatId }] = a.all('matched');
    const sessions = await stack.redis('keys', 'session:*');
    assert.equal(sessions.length, 2);
    const [one, other] = sessions.map((key) => key.slice('session:'.length));
    assert.equal(await stack.redis('get', `session:${one}`), chatId);
    assert.equal(await stack.redis('get', `session:${other}`), chatId);
    assert.equal(await stack.redis('get', `chat:${one}`), other);
    assert.equal(await stack.redis('get', `chat:${other}`), one);

    b.say('end_chat');
    await a.hears('partner_left');
    const { userA, userB } = await stack.record(chatId);
    assert.deepEqual([userA, userB].sort(), [one, other].sort());
    assert.deepEqual(await stack.redis('keys', 'session:*'), []);
    assert.deepEqual(await stack.redis('keys', 'chat:*'), []);
});
