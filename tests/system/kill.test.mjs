// kill.test.mjs -- what happens when a process dies, and when processes come in any order.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { join, meet, pair, Person } from './person.mjs';
import { Stack } from './stack.mjs';
import { Talk } from './talk.mjs';
import { until } from './wait.mjs';

const settings = { MESSAGES_PER_MINUTE: '0', LEASE_MS: '2000' };

describe('while two people talk on two gateways', () => {
    let stack;

    before(async () => {
        stack = await Stack.start({
            ...{ gateways: 2, matchers: 2, relays: 2, recorders: 2 },
            settings,
        });
    });
    afterEach(() => Person.allLeave(stack));
    after(() => stack?.stop());

    // Everything still works: two more meet, talk and part, and it is on record.
    async function servesOthers() {
        const [c, d] = await pair(stack.url(2), stack.url(1));
        const [{ chatId }] = c.all('matched');
        await c.tells('hello');
        await d.hears('message');
        d.say('end_chat');
        await c.hears('partner_left');
        assert.equal((await stack.record(chatId)).endReason, 'ended');
        c.leaves();
        d.leaves();
    }

    for (const kind of ['relay', 'matcher', 'sessions']) {
        test(`one ${kind} of two is killed: nobody waits for its return`, async () => {
            const [a, b] = await pair(stack.url(1), stack.url(2));
            const talk = new Talk(a, b);
            await talk.goesOn();
            await stack.kill(`${kind}-1`);
            await talk.goesOn();
            await servesOthers();
            await stack.revive(`${kind}-1`);
            await talk.goesOn();
            await talk.ends();
        });

        test(`one ${kind} of two is frozen: the other does its work`, async () => {
            const [a, b] = await pair(stack.url(1), stack.url(2));
            const talk = new Talk(a, b);
            await talk.goesOn();
            stack.get(`${kind}-1`).signal('SIGSTOP');
            await talk.goesOn();
            await servesOthers();
            stack.get(`${kind}-1`).signal('SIGCONT');
            await talk.goesOn();
            await talk.ends();
        });

        test(`every ${kind} is killed and comes back: nothing is lost or doubled`, async () => {
            const [a, b] = await pair(stack.url(1), stack.url(2));
            const [{ chatId }] = a.all('matched');
            const talk = new Talk(a, b);
            for (let round = 0; round < 2; round++) {
                await talk.goesOn();
                await Promise.all(stack.names(kind).map((name) => stack.kill(name)));
                await Promise.all(stack.names(kind).map((name) => stack.revive(name)));
                await talk.goesOn();
            }
            await servesOthers();
            await talk.ends(kind === 'relay' ? ['no_relay'] : []);
            const heard = [b, a].map((who) => who.all('message').length);
            a.say('end_chat');
            await b.hears('partner_left');
            const { endedBy, messagesA, messagesB } = await stack.record(chatId);
            assert.deepEqual(
                endedBy === 'A' ? [messagesA, messagesB] : [messagesB, messagesA],
                heard,
            );
        });
    }

    test('Redis is killed and comes back: the chat goes on, and others meet again', async () => {
        const [a, b] = await pair(stack.url(1), stack.url(2));
        const [{ chatId }] = a.all('matched');
        const talk = new Talk(a, b);
        await talk.goesOn();
        await stack.kill('redis-1');
        await talk.goesOn();
        const [c, d] = [await Person.arrive(stack.url(1)), await Person.arrive(stack.url(2))];
        c.say('search');
        await talk.goesOn();
        await stack.revive('redis-1');
        await join(d, c);
        await servesOthers();
        await talk.ends();
        b.say('end_chat');
        await a.hears('partner_left');
        assert.equal((await stack.record(chatId)).endReason, 'ended');
    });

    // Row 8.
    test('Postgres is killed and comes back: people meet, records come later', async () => {
        const [a, b] = await pair(stack.url(1), stack.url(2));
        const talk = new Talk(a, b);
        await talk.goesOn();
        await stack.kill('postgres-1');
        await talk.goesOn();
        const [c, d] = await pair(stack.url(1), stack.url(2));
        const [e, f] = await pair(stack.url(1), stack.url(2));
        await c.tells('no record yet');
        c.say('end_chat');
        await d.hears('partner_left');
        await stack.revive('postgres-1');
        assert.equal((await stack.record(c.all('matched')[0].chatId)).endReason, 'ended');
        f.say('end_chat');
        await e.hears('partner_left');
        assert.equal((await stack.record(e.all('matched')[0].chatId)).endReason, 'ended');
        await servesOthers();
        await talk.ends();
    });

    test('a gateway is killed: the partner there is told once and can search again', async () => {
        const [a, b] = await pair(stack.url(1), stack.url(2));
        const [{ chatId }] = a.all('matched');
        await a.tells('about to go');
        await stack.kill('gateway-1');
        assert.equal((await b.hears('partner_left')).chatId, chatId);
        await stack.record(chatId);
        const c = await Person.arrive(stack.url(2));
        await meet(b, c);
        await stack.revive('gateway-1');
        await servesOthers();
        await c.tells('hello');
        await b.catchesUp();
        assert.equal(b.all('partner_left').length, 1);
    });
});

describe('when processes come in any order', () => {
    let stack;

    before(async () => {
        stack = await Stack.prepare({ settings });
    });
    after(() => stack?.stop());

    const order = ['gateway-1', 'matcher-1', 'relay-1', 'sessions-1'];

    test('whoever lacks another says that it is not ready, and waits', async () => {
        for (const name of order) {
            stack.begin(name);
        }
        for (const name of ['matcher-1', 'sessions-1']) {
            await until(`${name} answers`, async () =>
                Number.isFinite(await stack.metric(name, 'peers')));
            assert.equal(await stack.isReady(name), false);
        }
        await stack.ready('gateway-1'); // What it needs is there, though it can match nobody.
    });

    test('all become ready when the stores come', async () => {
        await stack.revive('postgres-1');
        await stack.revive('redis-1');
        await Promise.all(order.map((name) => stack.ready(name)));
        const [a, b] = await pair(stack.url());
        await a.tells('at last');
        await b.hears('message');
        await Person.allLeave(stack);
    });

    test('who searches without a matcher is told so, and matched when it comes', async () => {
        await stack.kill('matcher-1');
        await until('the gateway has noticed', async () => !(await stack.isReady('gateway-1')));
        const [a, b] = await Person.arriveAll(stack.url(), 2);
        for (const who of [a, b]) {
            assert.deepEqual(await who.ask('search'), { status: 'waiting' });
            assert.equal((await who.hears('error')).code, 'no_matcher');
        }
        await stack.revive('matcher-1');
        await Promise.all([a.hears('matched'), b.hears('matched')]);
        await a.tells('found');
        await b.hears('message');
        for (const who of [a, b]) {
            assert.equal(who.all('error').length, 1);
            assert.equal(who.all('matched').length, 1);
        }
        await Person.allLeave(stack);
    });
});
