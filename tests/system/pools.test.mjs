// pools.test.mjs -- two pools of matchers, each with what it keeps for itself in Redis.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { join, meet, Person } from './person.mjs';
import { Stack } from './stack.mjs';
import { until } from './wait.mjs';

const POOL_WAIT_MS = 1500;

let stack;

before(async () => {
    stack = await Stack.start({
        gateways: 2,
        matchers: 4,
        pools: 2,
        settings: {
            POOL_WAIT_MS: String(POOL_WAIT_MS),
            INTEREST_WAIT_MS: '500',
            AVOID_MS: '500',
            DOUBT_AFTER_MS: '3000',
            LEASE_MS: '1000',
        },
    });
});
afterEach(() => Person.allLeave(stack));
after(() => stack?.stop());

// Somebody who begins to wait in that pool: with an interest that leads there.
async function waitsIn(pool, taken = []) {
    for (let n = 0; ; n++) {
        const interest = `interest ${n}`;
        const person = await Person.arrive(stack.url(1 + (n % 2)));
        if (!taken.includes(interest)) {
            person.say('search', { interests: [interest] });
            await person.hears('waiting');
            if ((await stack.waiting(pool)) > taken.length) {
                return { person, interest };
            }
        }
        await person.ask('end_chat');
        await until('it has left', async () =>
            (await stack.waiting(1 - pool)) === 0 && (await stack.waiting(pool)) === taken.length);
        person.leaves();
    }
}

test('people with the same interest meet in their pool, whichever it is', async () => {
    for (const pool of [0, 1]) {
        const { person, interest } = await waitsIn(pool);
        const other = await Person.arrive(stack.url(2));
        other.say('search', { interests: [interest.toUpperCase()] });
        const { interests } = await person.hears('matched');
        assert.deepEqual(interests, [interest]);
        await other.hears('matched');
        await other.tells('hello');
        assert.equal((await person.hears('message')).text, 'hello');
        person.leaves();
        other.leaves();
    }
});

test('whoever is alone in one pool meets who is alone in the other, and has kept its place', async () => {
    const one = await waitsIn(0);
    const other = await waitsIn(1);
    const [match] = await Promise.all([one.person.hears('matched'), other.person.hears('matched')]);
    assert.deepEqual(match.interests, []);
    const waits = one.person.all('waiting').map(({ waitedMs }) => waitedMs);
    assert.deepEqual(waits, [...waits].sort((a, b) => a - b));
    assert.equal((await stack.waiting(0)) + (await stack.waiting(1)), 0);
});

test('a block holds in every pool', async () => {
    const a = await Person.arrive(stack.url(1), { auth: { browser: 'one' } });
    const b = await Person.arrive(stack.url(2), { auth: { browser: 'two' } });
    await meet(a, b);
    assert.deepEqual(await a.ask('block'), { status: 'blocked' });
    await b.hears('partner_left');
    for (const prefix of [0, 1].map((pool) => stack.prefixOf(pool))) {
        assert.equal((await stack.redis('keys', `${prefix}blocked:*`)).length, 2);
    }
    // Both begin in one pool and end in the last one, and never meet.
    a.say('search');
    b.say('search');
    await until('both wait in the last pool', async () => (await stack.waiting(1)) === 2);
    await until('both have asked again', () =>
        [a, b].every((who) => who.all('waiting').at(-1).waitedMs > 2 * POOL_WAIT_MS));
    const c = await Person.arrive(stack.url(1));
    c.say('search');
    await c.hears('matched');
    assert.equal(a.all('matched').length + b.all('matched').length, 3);
});

test('who comes back at another gateway is found in its pool', async () => {
    const { person, interest } = await waitsIn(1);
    const other = await Person.arrive(stack.url(1));
    other.say('search', { interests: [interest] });
    const { chatId } = await person.hears('matched');
    await other.hears('matched');
    person.breaks();
    assert.deepEqual((await person.comesBack(stack.url(2))).chatId, chatId);
    await other.tells('still here?');
    assert.equal((await person.hears('message')).text, 'still here?');
});

test('a chat of one pool is no orphan to the matchers of the other', async () => {
    const { person, interest } = await waitsIn(1);
    const other = await Person.arrive(stack.url(1));
    await join(other, person, { interests: [interest] });
    const { chatId } = person.all('matched')[0];
    const doubts = async () =>
        (await Promise.all(stack.names('sessions').map((name) =>
            stack.metric(name, 'recorder_doubts_total')))).reduce((sum, n) => sum + n, 0);
    await until('the recorder has asked twice', async () => (await doubts()) >= 2, 60_000);
    assert.deepEqual(
        await stack.sql(`select "endedAt" from "ChatSession" where "id" = '${chatId}'`),
        [{ endedAt: null }],
    );
    await other.tells('it goes on');
    person.leaves();
    assert.equal((await stack.record(chatId)).endReason, 'ended');
});
