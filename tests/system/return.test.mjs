// return.test.mjs -- connections that are lost, for a moment and for good.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { join, pair, Person } from './person.mjs';
import { Stack } from './stack.mjs';
import { until } from './wait.mjs';

let stack;

before(async () => {
    stack = await Stack.start({
        ...{ gateways: 2, matchers: 2, relays: 2 },
        settings: { RECOVERY_WINDOW_MS: '2500', MESSAGES_PER_MINUTE: '0' },
    });
});
afterEach(() => Person.allLeave(stack));
after(() => stack?.stop());

const texts = (who) => who.all('message').map(({ text }) => text);

// Rows 27 and 28.
test('a connection that is lost for a moment loses nothing and repeats nothing', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const [{ chatId, partnerId }] = a.all('matched');
    await b.tells('before');
    await a.hears('message');
    a.breaks();
    assert.deepEqual(await b.hears('partner_away'), { chatId });
    const meanwhile = ['one', 'two', 'three'];
    const delivered = meanwhile.map((text) => b.tells(text));

    assert.deepEqual(await a.comesBack(), { state: 'chatting', chatId, partnerId });
    assert.equal(a.socket.recovered, true);
    assert.deepEqual(await b.hears('partner_back'), { chatId });
    await Promise.all(delivered);
    await a.tells('back again');
    await Promise.all([a.catchesUp(), b.catchesUp()]);
    assert.deepEqual(texts(a), ['before', ...meanwhile]);
    assert.deepEqual(texts(b), ['back again']);
    assert.deepEqual([...a.all('partner_left'), ...b.all('partner_left')], []);
});

test('a connection that is lost again and again loses nothing', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const said = [];
    const delivered = [];
    for (let round = 0; round < 5; round++) {
        for (let i = 0; i < 5; i++) {
            said.push(`round ${round}, text ${i}`);
            delivered.push(b.tells(said.at(-1)));
        }
        a.breaks();
        await a.comesBack();
        assert.equal(a.socket.recovered, true);
    }
    await Promise.all(delivered);
    await a.catchesUp();
    assert.deepEqual(texts(a), said);
});

test('both can be away at once', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    a.breaks();
    b.breaks();
    await Promise.all([a.comesBack(), b.comesBack()]);
    await a.tells('here');
    await b.tells('here too');
    await Promise.all([a.catchesUp(), b.catchesUp()]);
    assert.deepEqual([texts(a), texts(b)], [['here too'], ['here']]);
});

// Row 28.
test('after the window the partner is told once, and who returns is idle', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const [{ chatId }] = a.all('matched');
    a.breaks();
    await b.hears('partner_away');
    const lost = b.ask('message', { text: 'to nobody' });
    assert.deepEqual(await b.hears('partner_left'), { chatId, reason: 'disconnected' });
    assert.equal((await lost).error.code, 'not_delivered');
    assert.deepEqual(await a.comesBack(), { state: 'idle' });
    assert.equal(a.socket.recovered, false);
    const c = await Person.arrive(stack.url(2));
    await stack.queues(c);
    await join(a, c);
    await stack.record(chatId);
    await b.catchesUp();
    assert.equal(b.all('partner_left').length, 1);
    assert.deepEqual(texts(a), []);
});

test('whoever is cut off leaves the line, and is back in it on return', async () => {
    const a = await Person.arrive(stack.url(1));
    await stack.queues(a);
    a.breaks();
    await until('nobody stands in line', async () => (await stack.waiting()) === 0);
    assert.deepEqual(await a.comesBack(), { state: 'searching' });
    await until('one stands in line', async () => (await stack.waiting()) === 1);
    await join(await Person.arrive(stack.url(2)), a);
});

test('a partner who ends the chat meanwhile is gone on return', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const [{ chatId }] = a.all('matched');
    a.breaks();
    await b.hears('partner_away');
    await b.ask('end_chat');
    await stack.record(chatId);
    await a.comesBack();
    assert.deepEqual(await a.hears('partner_left'), { chatId, reason: 'ended' });
    assert.equal((await a.isRefused('message', { text: 'late' })).code, 'not_in_chat');
});
