// move.test.mjs -- people go on at another gateway: theirs was killed or stopped, or Redis forgot them.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { join, pair, Person } from './person.mjs';
import { Stack } from './stack.mjs';
import { until } from './wait.mjs';

let stack;

before(async () => {
    stack = await Stack.start({
        ...{ gateways: 2, matchers: 2, relays: 2 },
        settings: {
            ...{ RECOVERY_WINDOW_MS: '4000', LEASE_MS: '2000', DRAIN_MS: '8000' },
            ...{ MESSAGES_PER_MINUTE: '0', SEARCHES_PER_MINUTE: '0', AVOID_MS: '0' },
        },
    });
});
afterEach(async () => {
    const dead = stack.names('gateway').filter((name) => !stack.get(name).runs);
    await Promise.all(dead.map((name) => stack.revive(name)));
    await Person.allLeave(stack);
});
after(() => stack?.stop());

const texts = (who) => who.all('message').map(({ text }) => text);
const nobodyLeft = (...people) =>
    assert.deepEqual(people.flatMap((who) => who.all('partner_left')), []);

test('a gateway is killed: its people go on at another, with nothing missing and nothing twice',
    async () => {
        const [a, b] = await pair(stack.url(1), stack.url(2));
        const [{ chatId, partnerId }] = a.all('matched');
        await a.tells('from a', { id: 'a1' });
        await b.tells('from b', { id: 'b1' });
        await stack.kill('gateway-1');
        const meanwhile = ['one', 'two', 'three'].map((text) => b.tells(text, { id: text }));
        await b.hears('partner_away');
        assert.deepEqual(await a.comesBack(stack.url(2)), { state: 'chatting', chatId, partnerId });
        assert.equal(a.socket.recovered, true);
        await b.hears('partner_back');
        await Promise.all(meanwhile);
        await a.tells('and back', { id: 'a2' });
        await Promise.all([a.catchesUp(), b.catchesUp()]);
        assert.deepEqual(texts(a), ['from b', 'one', 'two', 'three']);
        assert.deepEqual(texts(b), ['from a', 'and back']);
        nobodyLeft(a, b);
        b.say('end_chat');
        await a.hears('partner_left');
        const { endedBy, messagesA, messagesB } = await stack.record(chatId);
        assert.deepEqual(endedBy === 'A' ? [messagesA, messagesB] : [messagesB, messagesA], [4, 2]);
    });

test('what was missed comes before the answer to CONNECT', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    a.socket.io.engine.transport.ws._socket.pause();
    const told = b.tells('you have not read this', { id: 'unread' });
    await told; // It is with the gateway's kernel, and will never be read.
    await stack.kill('gateway-1');
    a.breaks();
    const order = [];
    a.socket.on('message', () => order.push(a.socket.connected));
    await a.comesBack(stack.url(2));
    await a.catchesUp();
    assert.deepEqual(texts(a), ['you have not read this']);
    assert.deepEqual(order, [true]);
    assert.equal(a.heard.findLastIndex(({ event }) => event === 'state')
        > a.heard.findLastIndex(({ event }) => event === 'message'), true);
    nobodyLeft(a, b);
});

test('both were at the gateway that is killed: what was not answered is said again, and heard once',
    async () => {
        for (let round = 0; round < 3; round++) {
            const [a, b] = await pair(stack.url(1));
            await a.tells('first', { id: '1' });
            const unanswered = ['second', 'third'];
            for (const text of unanswered) {
                a.say('message', { text, id: text }, () => {});
            }
            if (round > 0) {
                await until('they are heard', () => texts(b).length === 3);
            }
            await stack.kill('gateway-1');
            await Promise.all([a.comesBack(stack.url(2)), b.comesBack(stack.url(2))]);
            await Promise.all(unanswered.map((text) => a.tells(text, { id: text })));
            await b.tells('still here', { id: 'b' });
            await Promise.all([a.catchesUp(), b.catchesUp()]);
            assert.deepEqual(texts(b), ['first', ...unanswered]);
            assert.deepEqual(texts(a), ['still here']);
            nobodyLeft(a, b);
            await stack.revive('gateway-1');
            await Person.allLeave(stack);
        }
    });

test('who searched goes on searching, and is found', async () => {
    const a = await Person.arrive(stack.url(1));
    await stack.queues(a);
    await stack.kill('gateway-1');
    assert.deepEqual(await a.comesBack(stack.url(2)), { state: 'searching' });
    await join(await Person.arrive(stack.url(2)), a);
});

test('who has come too late is somebody new, and the partner was told once', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const [{ chatId }] = a.all('matched');
    await stack.kill('gateway-1');
    const left = await b.hears('partner_left', 15_000);
    assert.deepEqual(left, { chatId, reason: 'disconnected' });
    assert.deepEqual(await a.comesBack(stack.url(2)), { state: 'idle' });
    assert.equal(a.socket.recovered, false);
    assert.equal((await stack.record(chatId)).endReason, 'disconnected');
    assert.equal(b.all('partner_left').length, 1);
});

test('a partner who ends the chat meanwhile is gone on return', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const [{ chatId }] = a.all('matched');
    await stack.kill('gateway-1');
    assert.deepEqual(await b.ask('end_chat'), { status: 'idle' });
    await until('the chat is over', async () => (await stack.redis('keys', 'chat:*')).length === 0);
    assert.deepEqual(await a.comesBack(stack.url(2)), { state: 'idle' });
    assert.deepEqual(a.all('partner_left'), [{ chatId, reason: 'ended' }]);
});

test('a gateway that is told to stop sends its people away one by one, and ends when all have moved',
    async () => {
        const pairs = [];
        for (let i = 0; i < 5; i++) {
            pairs.push(await pair(stack.url(1), stack.url(2)));
        }
        const searcher = await Person.arrive(stack.url(1));
        await stack.queues(searcher);
        const stopped = stack.get('gateway-1').stop();
        await until('it is not ready', async () => !(await stack.isReady('gateway-1')));
        await Promise.all(pairs.map(([a]) => a.comesBack(stack.url(2))));
        assert.deepEqual(await searcher.comesBack(stack.url(2)), { state: 'searching' });
        await stopped; // Within far less than the window.
        for (const [a, b] of pairs) {
            assert.equal(a.all('state').at(-1).state, 'chatting');
            await Promise.all([a.tells('here'), b.tells('there')]);
            nobodyLeft(a, b);
        }
    });

test('a page that is copied: the first connection is put out with a word, and does not fight',
    async () => {
        const [a, b] = await pair(stack.url(1), stack.url(2));
        const [{ chatId, partnerId }] = a.all('matched');
        for (const url of [stack.url(1), stack.url(2)]) {
            const copy = new Person(url, { auth: { pid: a.socket._pid, offset: a.socket._lastOffset } });
            assert.deepEqual(await copy.hears('state'), { state: 'chatting', chatId, partnerId });
            await until('the first is put out', () => !a.socket.connected);
            assert.equal(a.all('error').at(-1).code, 'taken_over');
            assert.equal(a.socket.active, false);
            await b.tells(`to whoever is there at ${url}`);
            await copy.hears('message');
            nobodyLeft(b, copy);
            a.socket = copy.socket;
            a.heard = copy.heard;
        }
    });

test('Redis is emptied: who chats and who waits are there again, and the chat comes on record',
    async () => {
        const [a, b] = await pair(stack.url(1), stack.url(2));
        const [{ chatId }] = a.all('matched');
        const waiter = await Person.arrive(stack.url(1));
        await stack.queues(waiter);
        const keysNow = async () => (await stack.redis('keys', '*'))
            .filter((key) => /^(chat|session|record|waiting)/.test(key)).sort();
        const keys = await keysNow();
        await stack.redis('flushall');
        await until('all is there again', async () => `${await keysNow()}` === `${keys}`);
        await a.tells('we talk on');
        await join(await Person.arrive(stack.url(2)), waiter);
        b.say('end_chat');
        await a.hears('partner_left');
        assert.equal((await stack.record(chatId)).endReason, 'ended');
    });

test('without Redis a search waits and is told so; without relays a message does', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const c = await Person.arrive(stack.url(1));
    await stack.kill('redis-1');
    await c.ask('search');
    assert.equal((await c.hears('error')).code, 'no_matcher');
    await a.tells('a chat needs no Redis');
    await Promise.all(stack.names('relay').map((name) => stack.kill(name)));
    const told = a.tells('this will take a while');
    assert.equal((await a.hears('error')).code, 'no_relay');
    await Promise.all([...stack.names('relay'), 'redis-1'].map((name) => stack.revive(name)));
    await told;
    await join(await Person.arrive(stack.url(2)), c);
    nobodyLeft(a, b);
});
