// clients.test.mjs -- clients as their authors ship them, in Node, in a browser and in Python: over
// each transport, against the echo, a gateway alone, and the whole system.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Person } from '../system/person.mjs';
import { Stack } from '../system/stack.mjs';
import { until, within } from '../system/wait.mjs';
import { CALM, requireClient, Server } from './server.mjs';

const { io } = requireClient('socket.io-client');
const { chromium } = requireClient('playwright-core');

const CLIENT = fileURLToPath(
    new URL('../system/node_modules/socket.io-client/dist/socket.io.min.js', import.meta.url),
);
const BURST = 500;
const WAYS = [['polling', 'websocket'], ['polling'], ['websocket']];
const PYTHON = '/usr/bin/python3'; // Debian's, which has Debian's packages.

const open = new Set();

function connect(url, options = {}) {
    const socket = io(url, { forceNew: true, reconnection: false, ...options });
    socket.heard = [];
    socket.onAny((...what) => socket.heard.push(what));
    socket.ends = [];
    socket.on('disconnect', (reason) => socket.ends.push(reason));
    open.add(socket);
    return socket;
}

async function joined(url, options) {
    const socket = connect(url, options);
    await until('it is connected', () => socket.connected);
    return socket;
}

function refused(url, options) {
    const socket = connect(url, options);
    return within('connect_error', new Promise((tell) => socket.once('connect_error', tell)));
}

const ask = (socket, ...what) =>
    within(
        `an answer to ${what[0]}`,
        new Promise((tell) => socket.emit(...what, (...answers) => tell(answers))),
    );

const uses = (socket, transport) =>
    until(`${transport} is used`, () => socket.io.engine?.transport.name === transport);

function leaveAll() {
    open.forEach((socket) => socket.disconnect());
    open.clear();
}

// A page of another origin: {origin, close}.
async function elsewhere() {
    const server = createServer((_, answer) => {
        answer.setHeader('content-type', 'text/html');
        answer.end('<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title>');
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    const close = () => {
        server.closeAllConnections();
        server.close();
    };
    return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

describe('the JavaScript client and the echo', () => {
    let server;
    let url;
    const again = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 50 };

    before(async () => {
        const quick = { PING_INTERVAL_MS: 1000, PING_TIMEOUT_MS: 3000 };
        server = await Server.start('echo', { ...CALM, ...quick, MAX_PAYLOAD: 100000 });
        url = `http://127.0.0.1:${server.port}`;
    });
    afterEach(leaveAll);
    after(() => server?.stop());

    for (const transports of WAYS) {
        const way = transports.join(', then ');
        const join = (more) => joined(url, { transports, ...more });

        test(`${way}: it joins, with what it has to say for itself`, async () => {
            const socket = await join({ auth: { token: '\u20ac' } });
            await until('auth', () => socket.heard.length > 0);
            assert.deepEqual(socket.heard, [['auth', { token: '\u20ac' }]]);
            assert.match(socket.id, /^[A-Za-z0-9_-]{20}$/);
            await uses(socket, transports.at(-1));
            assert.equal(socket.io.engine.transport.name, transports.at(-1));
        });

        test(`${way}: ${BURST} events and as many answers come in order`, async () => {
            const socket = await join();
            const answers = [];
            for (let i = 0; i < BURST; i++) {
                socket.emit('message', i, { text: `\u20ac ${i}` });
                answers.push(ask(socket, 'message-with-ack', i));
            }
            assert.deepEqual(
                await Promise.all(answers),
                answers.map((_, i) => [i]),
            );
            await uses(socket, transports.at(-1));
            await ask(socket, 'message-with-ack');
            const back = socket.heard.filter(([event]) => event === 'message-back');
            assert.deepEqual(
                back,
                answers.map((_, i) => ['message-back', i, { text: `\u20ac ${i}` }]),
            );
            assert.deepEqual(socket.ends, []);
        });

        test(`${way}: a binary event is refused, and the connection stays`, async () => {
            const socket = await join();
            const [{ error }] = await ask(
                socket,
                'message-with-ack',
                new Uint8Array([1, 2]),
                Buffer.from('4'),
            );
            assert.equal(error.code, 'binary');
            assert.deepEqual(await ask(socket, 'message-with-ack', 'text'), ['text']);
            assert.deepEqual(socket.ends, []);
        });

        test(`${way}: two namespaces share one connection; a third is refused`, async () => {
            const main = await join({ forceNew: false });
            const custom = main.io.socket('/custom');
            await until('it has joined', () => custom.connected);
            const random = main.io.socket('/random');
            const error = new Promise((tell) => random.once('connect_error', tell));
            random.connect();
            assert.equal((await within('connect_error', error)).message, 'Invalid namespace');
            custom.disconnect();
            assert.deepEqual(await ask(main, 'message-with-ack', 1), [1]);
        });

        test(`${way}: pings are answered for some rounds`, async () => {
            const socket = await join();
            let pings = 0;
            socket.io.on('ping', () => pings++);
            await until('three pings', () => pings >= 3);
            assert.deepEqual(socket.ends, []);
        });

        test(`${way}: what is too large costs the connection, which comes again`, async () => {
            const socket = await join(again);
            await uses(socket, transports.at(-1));
            socket.emit('message', 'x'.repeat(150000));
            await until('it has noticed', () => socket.ends.length > 0);
            assert.match(socket.ends[0], /^transport (error|close)$/);
            await until('it has come again', () => socket.connected);
            assert.deepEqual(await ask(socket, 'message-with-ack', 1), [1]);
        });

        test(`${way}: it comes again when the server does`, async () => {
            const socket = await join(again);
            await uses(socket, transports.at(-1));
            await server.restart();
            await until('it has noticed', () => socket.ends.length > 0);
            assert.equal(socket.ends[0], 'transport close');
            await until('it has come again', () => socket.connected);
            assert.deepEqual(await ask(socket, 'message-with-ack', 1), [1]);
        });

        test(`${way}: it leaves, and may come again`, async () => {
            const socket = await join();
            const { id } = socket;
            socket.disconnect();
            assert.deepEqual(socket.ends, ['io client disconnect']);
            socket.connect();
            await until('it has come again', () => socket.connected);
            assert.notEqual(socket.id, id);
        });
    }
});

describe('a gateway alone', () => {
    let server;
    let url;
    let browser;
    let near;
    let far;

    before(async () => {
        [near, far] = [await elsewhere(), await elsewhere()];
        [server, browser] = await Promise.all([
            Server.start('gateway', { CORS_ORIGINS: `https://chat.example,${near.origin}` }),
            chromium.launch({
                executablePath: '/usr/bin/chromium',
                args: [
                    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'],
                    ...['--no-first-run', '--disable-background-networking'],
                    ...['--disable-component-update', '--disable-sync'],
                ],
            }),
        ]);
        url = `http://127.0.0.1:${server.port}`;
    });
    afterEach(leaveAll);
    after(async () => {
        near?.close();
        far?.close();
        await browser?.close();
        await server?.stop();
    });

    // What a page of that origin learns: the first event, and an answer; or why it cannot connect.
    async function fromPage({ origin }, transports) {
        const context = await browser.newContext();
        try {
            const page = await context.newPage();
            await page.goto(`${origin}/`);
            await page.addScriptTag({ path: CLIENT });
            return await within('the page', page.evaluate(talkFromPage, [url, transports]));
        } finally {
            await context.close();
        }
    }

    for (const transports of WAYS) {
        const way = transports.join(', then ');
        const told = {
            state: { state: 'idle' },
            code: 'not_in_chat',
            transport: transports.at(-1),
        };

        test(`${way}: it is told its state, and is answered`, async () => {
            const socket = await joined(url, { transports });
            await until('state', () => socket.heard.length > 0);
            assert.deepEqual(socket.heard[0].slice(0, 2), ['state', { state: 'idle' }]);
            const [{ error }] = await ask(socket, 'message', { text: 'to nobody' });
            assert.equal(error.code, 'not_in_chat');
        });

        test(`${way}: in Node, an origin that is not allowed is refused, another is not`, async () => {
            const from = (Origin) => ({ transports, extraHeaders: { Origin } });
            const error = await refused(url, from('https://evil.example'));
            assert.match(error.message, /^(xhr poll error|websocket error)$/);
            if (transports[0] === 'polling') {
                assert.equal(error.description, 403);
            }
            await joined(url, from('https://chat.example'));
        });

        test(`${way}: a flood is answered a few times, and then cut off`, async () => {
            const socket = await joined(url, { transports });
            for (let i = 0; i < 1200; i++) {
                socket.emit('typing', { on: true });
            }
            await until('it is cut off', () => socket.ends.length > 0);
            const codes = socket.heard
                .filter(([event]) => event === 'error')
                .map(([, e]) => e.code);
            const few = codes.filter((code) => code === 'too_many_packets').length;
            assert.ok(few <= 5 && codes.length <= 1100, `${few} of ${codes.length}`);
            await joined(url, { transports });
        });

        test(`${way}: an unknown namespace is refused`, async () => {
            assert.equal(
                (await refused(`${url}/nowhere`, { transports })).message,
                'Invalid namespace',
            );
        });

        test(`${way}: in a browser, a page of another port that is allowed talks`, async () => {
            assert.deepEqual(await fromPage(near, transports), told);
        });

        test(`${way}: in a browser, a page that is not allowed is refused`, async () => {
            const { error } = await fromPage(far, transports);
            assert.match(error, /^(xhr poll error|websocket error)$/);
        });
    }
});

// Runs in the page.
function talkFromPage([url, transports]) {
    return new Promise((tell) => {
        const socket = window.io(url, { transports, reconnection: false });
        socket.on('connect_error', (error) => tell({ error: error.message }));
        socket.on('state', (state) =>
            socket.emit('message', { text: 'to nobody' }, ({ error }) => {
                const { transport } = socket.io.engine;
                const end = () =>
                    tell({
                        state: { state: state.state },
                        code: error.code,
                        transport: socket.io.engine.transport.name,
                    });
                const done = transport.name === transports[transports.length - 1];
                return done ? end() : socket.io.engine.once('upgrade', end);
            }),
        );
    });
}

const hasPython = spawnSync(PYTHON, ['-c', 'import socketio, websocket']).status === 0;
const skip = hasPython ? false : 'python3-socketio or python3-websocket is not installed';

describe('the Python client and the whole system', { skip }, () => {
    let stack;
    before(async () => {
        stack = await Stack.start({ settings: { MESSAGES_PER_MINUTE: '0' } });
    });
    afterEach(() => Person.allLeave(stack));
    after(() => stack?.stop());

    for (const transports of WAYS) {
        test(`${transports.join(', then ')}: it meets somebody, talks, and leaves`, async () => {
            const python = new Python(stack.url(), transports);
            try {
                await python.hears('state');
                assert.deepEqual(await python.ask('search', {}), { status: 'waiting' });
                const other = await Person.arrive(stack.url());
                other.say('search');
                const [{ chatId }] = await python.hears('matched');
                assert.equal((await other.hears('matched')).chatId, chatId);
                for (let i = 0; i < 20; i++) {
                    const { id } = await python.ask('message', {
                        text: `\u20ac ${i}`,
                        id: `${i}`,
                    });
                    assert.equal(id, `${i}`);
                    assert.equal((await other.hears('message')).text, `\u20ac ${i}`);
                    await other.tells(`back ${i}`);
                    assert.equal((await python.hears('message'))[0].text, `back ${i}`);
                }
                assert.equal(
                    (await python.ask('message', { text: '' })).error.code,
                    'invalid_message',
                );
                python.leaves();
                assert.deepEqual(await python.hears('transport'), [transports.at(-1)]);
                await other.hears('partner_left');
            } finally {
                python.child.kill();
            }
        });
    }
});

class Python {
    heard = [];
    #taken = new Map();

    constructor(url, transports) {
        const script = fileURLToPath(new URL('python_client.py', import.meta.url));
        const stdio = ['pipe', 'pipe', 'inherit'];
        this.child = spawn(PYTHON, [script, url, ...transports], { stdio });
        createInterface({ input: this.child.stdout }).on('line', (line) =>
            this.heard.push(JSON.parse(line)),
        );
    }

    // The arguments of the next such event that was not yet waited for.
    async hears(event) {
        const place = this.#taken.get(event) ?? 0;
        this.#taken.set(event, place + 1);
        const all = () => this.heard.filter(([name]) => name === event);
        await until(`Python hears ${event}`, () => all().length > place);
        return all()[place].slice(1);
    }

    async ask(...what) {
        this.child.stdin.write(`${JSON.stringify(what)}\n`);
        return (await this.hears('answer'))[0];
    }

    leaves() {
        this.child.stdin.write('[]\n');
    }
}
