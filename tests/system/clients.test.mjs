// clients.test.mjs -- the unmodified client over each transport: as it is by default (polling, then
// a WebSocket), polling alone, a WebSocket alone.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { meet, Person } from './person.mjs';
import { Stack } from './stack.mjs';
import { Browser } from './visitor.mjs';
import { until, within } from './wait.mjs';

const BURST = 500;
const ways = [['polling', 'websocket'], ['polling'], ['websocket']];

let stack;
let browser;

before(async () => {
    browser = await Browser.open();
    stack = await Stack.start({
        gateways: 3,
        settings: { MESSAGES_PER_MINUTE: '0', SEARCHES_PER_MINUTE: '0' },
        special: { 'gateway-3': { MESSAGES_PER_MINUTE: '20' } },
    });
});
afterEach(() => Person.allLeave(stack));
after(async () => {
    await browser?.close();
    await stack?.stop();
});

const texts = (who) => who.all('message').map(({ text }) => text);

for (const transports of ways) {
    const way = transports.join(', then ');
    const arrive = (n, options) => Person.arrive(stack.url(n), { transports, ...options });

    test(`${way}: two meet, talk, skip and end`, async () => {
        const [a, b] = await Promise.all([arrive(1), arrive(2)]);
        await meet(a, b);
        const { id, timestamp } = await a.tells('hello');
        const heard = await b.hears('message');
        assert.deepEqual([heard.text, heard.id, heard.timestamp], ['hello', id, timestamp]);
        const last = transports.at(-1);
        await until(`${last} is used`, () =>
            [a, b].every((who) => who.socket.io.engine.transport.name === last));
        await b.tells('hello to you');
        await a.hears('message');
        a.say('skip');
        await b.hears('partner_left');
        const c = await arrive(1);
        c.say('search');
        await Promise.all([a.hears('matched'), c.hears('matched')]);
        await c.ask('end_chat');
        await a.hears('partner_left');
        assert.equal(a.all('partner_left').length, 1);
    });

    test(`${way}: whoever is far too quick loses nothing unknowingly`, async () => {
        const [a, b] = await Promise.all([arrive(1), arrive(2)]);
        await meet(a, b);
        const said = Array.from({ length: BURST }, (_, i) => `text ${i}`);
        const answers = await Promise.all(said.map((text) => a.ask('message', { text })));
        const codes = answers.filter(({ error }) => error).map(({ error }) => error.code);
        assert.ok(codes.every((code) => code === 'window_full'), codes.join());
        // What is delivered is kept until it is known to be read: for so long the window may be full.
        await until('there is room for one more', async () =>
            (await a.ask('message', { text: 'last' })).error === undefined);
        await b.catchesUp();
        const delivered = said.filter((_, i) => !answers[i].error);
        assert.ok(delivered.length >= 64);
        assert.deepEqual(texts(b), [...delivered, 'last']);
    });

    test(`${way}: ${BURST} texts, as quick as they are delivered, arrive in order`, async () => {
        const [a, b] = await Promise.all([arrive(1), arrive(2)]);
        await meet(a, b);
        const said = Array.from({ length: BURST }, (_, i) => `text ${i}`);
        for (let i = 0; i < BURST; i += 50) {
            await Promise.all(said.slice(i, i + 50).map((text) => a.tells(text)));
        }
        await b.catchesUp();
        assert.deepEqual(texts(b), said);
    });

    test(`${way}: beyond the limit a text is refused with a wait`, async () => {
        const [a, b] = await Promise.all([arrive(3), arrive(1)]);
        await meet(a, b);
        const said = Array.from({ length: 21 }, (_, i) => `text ${i}`);
        const answers = await Promise.all(said.map((text) => a.ask('message', { text })));
        assert.equal(answers[20].error.code, 'too_many_messages');
        assert.ok(answers[20].error.retryAfter > 0);
        await b.catchesUp();
        assert.deepEqual(texts(b), said.slice(0, 20));
    });

    // Engine.IO's close packet, which a polling client sends, is no good-bye: only DISCONNECT is.
    test(`${way}: the client comes back by itself, in the same chat`, async () => {
        const [a, b] = await Promise.all([
            arrive(1, { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 50 }),
            arrive(2),
        ]);
        const chatId = await meet(a, b);
        a.socket.io.engine.close();
        await until('it is back', () => a.all('state').length === 2);
        assert.equal(a.all('state')[1].chatId, chatId);
        assert.equal(a.socket.recovered, true);
        await b.tells('still here');
        assert.equal((await a.hears('message')).text, 'still here');
    });

    test(`${way}: whoever loads the page again is somebody new`, async () => {
        const [a, b] = await Promise.all([arrive(1), arrive(2)]);
        await meet(a, b);
        a.leaves();
        await b.hears('partner_left');
        const again = await arrive(1);
        assert.deepEqual(again.all('state'), [{ state: 'idle' }]);
    });

    test(`${way}: what cannot be connected to says why`, async () => {
        const refused = (url) => {
            const socket = io(url, { transports, reconnection: false, forceNew: true });
            const reason = new Promise((tell) => socket.once('connect_error', tell));
            return within('connect_error', reason).finally(() => socket.disconnect());
        };
        assert.equal((await refused(`${stack.url(1)}/nowhere`)).message, 'Invalid namespace');
        const { message } = await refused('http://127.0.0.1:1');
        assert.match(message, /websocket error|xhr poll error/);
    });

    test(`${way}: a page of another origin talks, in a browser`, async () => {
        const client = fileURLToPath(
            new URL('node_modules/socket.io-client/dist/socket.io.min.js', import.meta.url),
        );
        const server = createServer((_, answer) => {
            answer.setHeader('content-type', 'text/html');
            answer.end('<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title>');
        });
        await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
        const context = await browser.chromium.newContext();
        try {
            const page = await context.newPage();
            await page.goto(`http://127.0.0.1:${server.address().port}/`);
            await page.addScriptTag({ path: client });
            const b = await Person.arrive(stack.url(2));
            await stack.queues(b);
            const talk = page.evaluate(talkFromPage, [stack.url(1), transports]);
            const answer = await within('the page talks', talk);
            assert.equal(answer.id, 'from elsewhere');
            assert.equal((await b.hears('message')).text, 'hello');
            await b.hears('partner_left');
        } finally {
            await context.close();
            server.closeAllConnections?.();
            server.close();
        }
    });
}

// Runs in the page: meets somebody, says hello and goes once that is delivered.
function talkFromPage([url, transports]) {
    return new Promise((tell, fail) => {
        const socket = window.io(url, { transports });
        socket.on('connect_error', fail);
        socket.on('matched', () =>
            socket.emit('message', { text: 'hello', id: 'from elsewhere' }, (answer) => {
                socket.disconnect();
                tell(answer);
            }));
        socket.emit('search');
    });
}
