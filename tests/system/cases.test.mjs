// cases.test.mjs -- faults that systems of this kind have had: matching, the queue, who hears what.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join as pathTo } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { join, meet, pair, Person } from './person.mjs';
import { Process } from './process.mjs';
import { Stack } from './stack.mjs';
import { until } from './wait.mjs';

const AVOID_MS = 3000;
const SEARCH_LIMIT_MS = 2000;

let stack;

before(async () => {
    stack = await Stack.start({
        gateways: 3,
        matchers: 2,
        settings: { AVOID_MS: String(AVOID_MS) },
        // Whoever is on the second gateway must answer quickly.
        special: {
            'gateway-2': { PING_INTERVAL_MS: '1000', PING_TIMEOUT_MS: '1000' },
            'gateway-3': { SEARCH_LIMIT_MS: String(SEARCH_LIMIT_MS) },
        },
    });
});
afterEach(() => Person.allLeave(stack));
after(() => stack?.stop());

// Row 1.
test('a user who searches five times is not matched with himself', async () => {
    const [a, b] = await Person.arriveAll(stack.url(), 2);
    for (let i = 0; i < 5; i++) {
        a.say('search');
    }
    await until('one stands in line', async () => (await stack.waiting()) === 1);
    await a.catchesUp();
    assert.deepEqual(a.all('matched'), []);
    await join(b, a);
    await a.tells('one chat');
    assert.equal(a.all('matched').length, 1);
    assert.equal(b.all('matched').length, 1);
});

async function leavesNoGhost() {
    await until('nobody stands in line', async () => (await stack.waiting()) === 0);
    const [b, c] = await Person.arriveAll(stack.url(), 2);
    await stack.queues(b);
    assert.deepEqual(b.all('matched'), []);
    await join(c, b);
}

// Row 2.
test('the place in line dies with the connection', async () => {
    const a = await Person.arrive(stack.url());
    await stack.queues(a);
    a.breaks();
    await leavesNoGhost();
});

// Row 4.
test('a waiting client that is frozen leaves the line', async () => {
    const frozen = new Process({
        name: 'searcher',
        command: [
            ...['setpriv', '--pdeathsig', 'KILL', process.execPath],
            ...[fileURLToPath(new URL('searcher.mjs', import.meta.url)), stack.url(2)],
        ],
        log: pathTo(stack.folder, 'log', 'searcher.log'),
    });
    frozen.start();
    try {
        await until('it stands in line', async () => (await stack.waiting()) === 1);
        frozen.signal('SIGSTOP');
        await leavesNoGhost();
    } finally {
        await frozen.kill();
    }
});

// Row 3.
test('what stands in line and is nobody is dropped', async () => {
    const nobody = randomUUID();
    await stack.redis('zadd', 'waiting_users', '1', nobody, '2', 'not-a-user-at-all');
    const [b, c] = await Person.arriveAll(stack.url(), 2);
    await meet(b, c);
    await until('nobody stands in line', async () => (await stack.waiting()) === 0);
});

// Row 7.
test('a search in a chat is refused and changes nothing', async () => {
    const [a, b] = await pair(stack.url());
    const c = await Person.arrive(stack.url());
    assert.equal((await a.isRefused('search')).code, 'already_in_chat');
    await stack.queues(c);
    await a.tells('for b alone');
    assert.equal((await b.hears('message')).text, 'for b alone');
    await c.catchesUp();
    assert.deepEqual(c.all('matched'), []);
    assert.deepEqual(c.all('message'), []);
});

// Row 12.
test('three skips at once end one chat and begin one', async () => {
    const [a, b] = await pair(stack.url());
    const [{ chatId }] = a.all('matched');
    a.say('skip');
    a.say('skip');
    a.say('skip');
    await b.hears('partner_left');
    const c = await Person.arrive(stack.url());
    await join(c, a);
    await a.tells('hello c');
    await stack.record(chatId);
    await b.catchesUp();
    assert.equal(b.all('partner_left').length, 1);
    assert.equal(a.all('matched').length, 2);
});

// Row 13.
test('the same two are not matched again while somebody else is there', async () => {
    const [a, b] = await pair(stack.url());
    await a.ask('skip');
    await b.hears('partner_left');
    await b.ask('search');
    await until('both stand in line', async () => (await stack.waiting()) === 2);
    const c = await Person.arrive(stack.url());
    c.say('search');
    const { chatId } = await c.hears('matched');
    const found = [a, b].filter((who) => who.all('matched').some((m) => m.chatId === chatId));
    assert.ok(found.length <= 1);
    await until('one of them is matched', () =>
        [a, b].some((who) => who.all('matched').some((m) => m.chatId === chatId)));
    assert.equal(await stack.waiting(), 1);
});

// Row 14.
test('when nobody else comes, the same two are matched again, but not too early', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const skippedAt = performance.now();
    await a.ask('skip');
    await b.hears('partner_left');
    b.say('search');
    const [one, other] = await Promise.all([a.hears('matched'), b.hears('matched')]);
    assert.equal(one.chatId, other.chatId);
    assert.notEqual(one.partnerId, a.all('matched')[0].partnerId);
    const again = [a, b].map((who) => who.heard.findLast(({ event }) => event === 'matched').at);
    assert.ok(Math.min(...again) - skippedAt >= AVOID_MS);
});

// Row 17.
test('a search without a partner ends with a notice', async () => {
    const alone = await Person.arrive(stack.url(3));
    alone.say('search');
    const { waitedMs } = await alone.hears('search_timeout');
    assert.ok(waitedMs >= SEARCH_LIMIT_MS);
    await until('nobody stands in line', async () => (await stack.waiting()) === 0);
    assert.equal(alone.all('error').length, 0);
    const [b, c] = await Person.arriveAll(stack.url(3), 2);
    await meet(b, c);
    assert.equal(alone.all('matched').length, 0);
    await stack.queues(alone); // It may search again.
});

// Row 69.
test('two tabs of one browser never meet', async () => {
    const tab = () => Person.arrive(stack.url(), { auth: { browser: 'of both tabs' } });
    const [one, other] = [await tab(), await tab()];
    await stack.queues(one);
    await stack.queues(other);
    await until('both have asked again', () =>
        [one, other].every((who) => who.all('waiting').length >= 2));
    const c = await Person.arrive(stack.url(2));
    c.say('search');
    await c.hears('matched');
    await one.hears('matched'); // Who has waited longest.
    assert.equal(other.all('matched').length, 0);
});

// Row 74.
test('a skip can be undone while the partner is free', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const { chatId } = a.all('matched')[0];
    await a.ask('skip');
    await b.hears('partner_left');
    assert.deepEqual(await a.ask('undo', { chatId }), { status: 'matched' });
    await Promise.all([a.hears('matched'), b.hears('matched')]);
    const [one, other] = [a, b].map((who) => who.all('matched').at(-1));
    assert.equal(one.chatId, other.chatId);
    assert.deepEqual([one.again, other.again], [chatId, chatId]);
    await b.tells('you again');
    assert.equal((await a.hears('message')).text, 'you again');
    assert.equal((await stack.record(chatId)).endReason, 'skipped');
    // Once more, but now somebody else has come.
    await a.ask('skip');
    const c = await Person.arrive(stack.url());
    c.say('search');
    await c.hears('matched');
    assert.equal((await a.ask('undo')).error.code, 'already_in_chat');
    assert.equal((await b.isRefused('undo')).code, 'nothing_to_undo');
});

// Row 16.
test('every request is answered in every state', async () => {
    const a = await Person.arrive(stack.url());
    assert.deepEqual(await a.ask('end_chat'), { status: 'idle' });
    assert.equal((await a.isRefused('message', { text: 'to nobody' })).code, 'not_in_chat');
    assert.deepEqual(await a.ask('skip'), { status: 'waiting' });
    assert.deepEqual(await a.ask('search'), { status: 'waiting' });
    assert.deepEqual(await a.ask('skip'), { status: 'waiting' });
    assert.equal((await a.isRefused('message', { text: 'to nobody' })).code, 'not_in_chat');
    const b = await Person.arrive(stack.url());
    await join(b, a);
    assert.deepEqual(await b.ask('end_chat'), { status: 'idle' });
    assert.deepEqual(await b.ask('end_chat'), { status: 'idle' });
    assert.equal(b.all('error').length, 0);
});

// Row 19.
test('nobody in line is lost when a pair breaks off', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const waiter = await Person.arrive(stack.url());
    await stack.queues(waiter);
    const line = await stack.redis('zrange', 'waiting_users', '0', '-1');
    const [{ chatId }] = a.all('matched');
    a.breaks();
    b.breaks();
    await stack.record(chatId);
    assert.deepEqual(await stack.redis('zrange', 'waiting_users', '0', '-1'), line);
    await join(await Person.arrive(stack.url(2)), waiter);
});

// Row 21.
test('what a former partner does later does not touch the chat that followed', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const [{ chatId }] = a.all('matched');
    await a.ask('end_chat');
    await b.hears('partner_left');
    const c = await Person.arrive(stack.url());
    await meet(b, c);
    assert.equal((await a.isRefused('end_chat', { chatId })).code, 'chat_over');
    assert.equal((await a.isRefused('skip', { chatId })).code, 'chat_over');
    a.leaves();
    await stack.record(chatId);
    await b.tells('still here');
    await c.tells('so am I');
    await Promise.all([b.catchesUp(), c.catchesUp()]);
    assert.equal(b.all('partner_left').length, 1);
    assert.deepEqual(c.all('partner_left'), []);
});

// Row 22.
test('a message right behind a skip reaches nobody', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    const [{ chatId }] = a.all('matched');
    a.say('skip');
    assert.equal((await a.isRefused('message', { text: 'late' })).code, 'not_in_chat');
    await b.hears('partner_left');
    const c = await Person.arrive(stack.url());
    await join(c, a);
    assert.equal((await a.isRefused('message', { text: 'late', chatId })).code, 'chat_over');
    await a.tells('in time');
    await Promise.all([b.catchesUp(), c.catchesUp()]);
    assert.deepEqual(b.all('message'), []);
    assert.deepEqual(c.all('message').map(({ text }) => text), ['in time']);
});

// Row 23.
test('after a skip only the new partner hears', async () => {
    const [a, b] = await pair(stack.url(1), stack.url(2));
    a.say('skip');
    await b.hears('partner_left');
    const [c, d] = await Person.arriveAll(stack.url(), 2);
    await join(c, a);
    await meet(b, d);
    await a.tells('secret');
    assert.equal((await c.hears('message')).text, 'secret');
    await Promise.all([b.catchesUp(), d.catchesUp()]);
    assert.deepEqual([...b.all('message'), ...d.all('message')], []);
});

// Row 35.
test('a payload cannot say who speaks to whom', async () => {
    const [[a, b], [c, d]] = [await pair(stack.url()), await pair(stack.url())];
    const [{ chatId, partnerId }] = c.all('matched');
    const record = { senderId: partnerId, userId: partnerId, to: partnerId, room: chatId };
    await a.tells('mine', record);
    const other = await a.isRefused('message', { text: 'theirs', chatId });
    assert.equal(other.code, 'chat_over');
    assert.deepEqual(await b.hears('message').then(({ text }) => text), 'mine');
    await Promise.all([b, c, d].map((who) => who.catchesUp()));
    assert.equal(b.all('message').length, 1);
    assert.deepEqual([...c.all('message'), ...d.all('message')], []);
});
