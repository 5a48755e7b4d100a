// upgrade.test.mjs -- from polling to a WebSocket: every GET ends, nothing is lost, nothing comes
// twice.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { assertError, Poller, splitPackets, target } from './client.mjs';
import { compose, Line, request } from './line.mjs';
import { CALM, Server } from './server.mjs';
import { BINARY, CLOSE, WebSocket } from './websocket.mjs';

const UPGRADE_MS = 600;
const HOLD_MS = 40; // A GET is not ended sooner than that while the upgrade is under way.

describe('upgrade', () => {
    let server;
    let port;

    before(async () => {
        server = await Server.start('echo', CALM);
        port = server.port;
    });
    afterEach(() => Line.cutAll());
    after(() => server?.stop());

    const open = () => Poller.open(port);

    // A session, and the WebSocket that has been answered its probe.
    async function probed(poller) {
        const session = poller ?? (await open());
        const socket = await session.probe();
        socket.send('2probe');
        assert.equal(await socket.hears(), '3probe');
        return [session, socket];
    }

    async function echoes(socket, ...texts) {
        socket.send(...texts);
        for (const text of texts) {
            assert.deepEqual(await socket.hears(), text);
        }
    }

    // --- The way it goes ---

    test('a probe is answered, and a held GET ends with a noop', async () => {
        const poller = await open();
        const held = await poller.begin();
        await Poller.open(port);
        await probed(poller);
        assert.deepEqual(splitPackets(await held.answer()), ['6']);
    });

    test('a WebSocket that says nothing leaves a held GET alone', async () => {
        const poller = await open();
        const held = await poller.begin();
        await poller.probe();
        await Poller.open(port);
        assert.equal(held.received.length, 0);
        await poller.says('4a');
        assert.deepEqual(splitPackets(await held.answer()), ['4a']);
    });

    test('every GET during the upgrade ends with a noop, after a moment', async () => {
        const [poller] = await probed();
        for (let i = 0; i < 4; i++) {
            const begin = performance.now();
            assert.deepEqual(await poller.packets(), ['6']);
            assert.ok(performance.now() - begin >= HOLD_MS);
        }
    });

    test('after the upgrade packet the WebSocket carries the session', async () => {
        const [, socket] = await probed();
        socket.send('5');
        await echoes(socket, '4a', '4b', Buffer.from([1, 2, 3]), '4\u20ac');
    });

    test('until then messages come by polling', async () => {
        const [poller, socket] = await probed();
        await poller.says('4a');
        assert.deepEqual(await poller.packets(), ['4a']);
        assert.deepEqual(socket.heard, ['3probe']);
    });

    test('what waits when it is complete comes on the WebSocket, once and in order', async () => {
        const [poller, socket] = await probed();
        await poller.says('4a', 'bAQID', '4b');
        socket.send('5', '4c');
        for (const packet of ['4a', Buffer.from([1, 2, 3]), '4b', '4c']) {
            assert.deepEqual(await socket.hears(), packet);
        }
        await echoes(socket, '4d');
        assert.equal(socket.heard.length, 6);
    });

    for (const [what, ...messages] of [
        ['the upgrade packet', '2probe', '5'],
        ['the upgrade packet and messages', '2probe', '5', '4a', '4b'],
    ]) {
        test(`the probe and ${what} may come in one segment`, async () => {
            const socket = await (await open()).probe();
            socket.send(...messages);
            assert.equal(await socket.hears(), '3probe');
            for (const message of messages.slice(2)) {
                assert.equal(await socket.hears(), message);
            }
            await echoes(socket, '4c');
        });
    }

    // As clients do it: they talk on while they upgrade.
    test('who talks throughout loses nothing and hears nothing twice', async () => {
        const poller = await open();
        const said = Array.from({ length: 200 }, (_, i) => `4message ${i}`);
        const heard = [];
        const polling = (async () => {
            for (let done = false; !done;) {
                const packets = await poller.packets();
                heard.push(...packets.filter((packet) => packet !== '6'));
                done = packets.includes('6');
            }
        })();
        const posting = (async () => {
            for (let i = 0; i < 100; i += 4) {
                await poller.says(...said.slice(i, i + 4));
            }
        })();
        const socket = await poller.probe();
        await posting;
        socket.send('2probe');
        assert.equal(await socket.hears(), '3probe');
        await polling;
        socket.send('5', ...said.slice(100));
        while (heard.length < said.length) {
            heard.push(await socket.hears());
        }
        await echoes(socket, '4last');
        assert.deepEqual(heard, said);
    });

    test('what is posted while the upgrade completes is heard', async () => {
        const [poller, socket] = await probed();
        const post = await Line.dial(port);
        post.send(compose('POST', poller.target, { body: '4a', length: 6 }));
        await Poller.open(port);
        socket.send('5', '4direct');
        assert.equal(await socket.hears(), '4direct');
        post.send('\x1e4bc');
        assert.equal((await post.answer()).body, 'ok');
        assert.equal(await socket.hears(), '4a');
        assert.equal(await socket.hears(), '4bc');
    });

    // --- HTTP afterwards ---

    test('a GET that is held when it completes is refused', async () => {
        const [poller, socket] = await probed();
        const held = await poller.begin();
        await Poller.open(port);
        socket.send('5');
        assertError(await held.answer(), 3);
        await echoes(socket, '4a');
    });

    test('requests with the sid are refused, and the session goes on', async () => {
        const poller = await open();
        const socket = await poller.upgrades();
        await echoes(socket, '4a');
        const requests = [
            ['GET'],
            ['POST', { body: '4a' }],
            ['POST', { body: '' }],
            ['POST', { body: '4a', headers: { 'Content-Type': 'application/octet-stream' } }],
            ['PUT', { body: '4a' }],
        ];
        for (const [method, options] of requests) {
            assertError(await request(port, method, poller.target, options), 3);
            await echoes(socket, '4still here');
        }
        const large = { body: '', length: 1000001 };
        assert.equal((await request(port, 'POST', poller.target, large)).status, 413);
        await echoes(socket, '4still here');
    });

    test('a session that began as a WebSocket has no polling', async () => {
        const socket = await WebSocket.open(port, target('websocket'));
        const { sid } = JSON.parse((await socket.hears()).slice(1));
        assertError(await request(port, 'GET', target('polling', { sid })), 3);
        await echoes(socket, '4a');
    });

    // --- A second WebSocket: the handshake is taken, and the WebSocket closed ---

    test('a second WebSocket during the upgrade is closed, the first goes on', async () => {
        const [poller, first] = await probed();
        const second = await poller.probe();
        assert.equal(await second.closes(), 1000);
        assert.deepEqual(second.heard, []);
        first.send('5');
        await echoes(first, '4a');
    });

    test('a second WebSocket after the upgrade is closed, the first goes on', async () => {
        const poller = await open();
        const first = await poller.upgrades();
        const second = await poller.probe();
        second.send('2probe', '5', '4from the second');
        assert.equal(await second.closes(), 1000);
        assert.deepEqual(second.heard, []);
        await echoes(first, '4a');
    });

    test('a second WebSocket of a session that began as one is closed', async () => {
        const first = await WebSocket.open(port, target('websocket'));
        const { sid } = JSON.parse((await first.hears()).slice(1));
        const second = await WebSocket.open(port, target('websocket', { sid }));
        assert.equal(await second.closes(), 1000);
        await echoes(first, '4a');
    });

    // --- The ways it fails ---

    const wrong = [
        ['a probe of another name', (s) => s.send('2prob')],
        ['a ping', (s) => s.send('2')],
        ['a message', (s) => s.send('4a')],
        ['a binary message', (s) => s.send(Buffer.from('2probe'))],
        ['an upgrade packet before the probe', (s) => s.send('5')],
        ['an empty message', (s) => s.send('')],
        ['two probes', (s) => s.send('2probe', '2probe')],
        ['a message behind the probe', (s) => s.send('2probe', '4a')],
        [
            'an unfinished binary message',
            (s) => s.frame(BINARY, 'x'.repeat(1000001), { fin: false }),
        ],
    ];
    for (const [what, spoil] of wrong) {
        test(`${what}: the WebSocket is closed, polling goes on`, async () => {
            const poller = await open();
            const held = await poller.begin();
            const socket = await poller.probe();
            spoil(socket);
            assert.ok([1002, 1009].includes(await socket.closes()));
            await poller.says('4a');
            const packets = splitPackets(await held.answer());
            assert.deepEqual(packets[0] === '6' ? await poller.packets() : packets, ['4a']);
            const [, again] = await probed(poller);
            again.send('5');
            await echoes(again, '4b');
        });
    }

    for (const [what, say] of [
        ['before its probe', []],
        ['after its probe', ['2probe']],
    ]) {
        for (const [how, end] of [
            ['is cut off', (socket) => socket.cut()],
            ['is closed', (socket) => socket.frame(CLOSE, '')],
        ]) {
            test(`a WebSocket that ${how} ${what} ends nothing`, async () => {
                const poller = await open();
                const socket = await poller.probe();
                socket.send(...say);
                if (say.length > 0) {
                    await socket.hears();
                }
                end(socket);
                await poller.isThere();
                const [, again] = await probedAgain(poller);
                again.send('5');
                await echoes(again, '4b');
            });
        }
    }

    // The end of the first WebSocket may be noticed later than the second is asked for.
    async function probedAgain(poller) {
        for (;;) {
            const socket = await poller.probe();
            socket.send('2probe');
            if ((await socket.hears().catch(() => null)) === '3probe') {
                return [poller, socket];
            }
            assert.equal(socket.code, 1000);
        }
    }

    for (const [how, end] of [
        ['is cut off', (socket) => socket.cut()],
        ['is closed', (socket) => socket.frame(CLOSE, Buffer.from([3, 233]))],
    ]) {
        test(`a WebSocket that ${how} after the upgrade ends the session`, async () => {
            const poller = await open();
            const socket = await poller.upgrades();
            await echoes(socket, '4a');
            end(socket);
            await poller.isGone();
        });
    }
});

describe('upgrade time-out', () => {
    let server;
    before(async () => {
        server = await Server.start('echo', { ...CALM, UPGRADE_TIMEOUT_MS: UPGRADE_MS });
    });
    afterEach(() => Line.cutAll());
    after(() => server?.stop());

    for (const say of [[], ['2probe']]) {
        test(`an upgrade that stops ${say.length ? 'after' : 'before'} its probe is given up`, async () => {
            const begin = performance.now();
            const poller = await Poller.open(server.port);
            const socket = await poller.probe();
            socket.send(...say);
            assert.equal(await socket.closes(), 1000);
            assert.ok(performance.now() - begin >= UPGRADE_MS - 15);
            const held = await poller.begin();
            await Poller.open(server.port);
            await poller.says('4a');
            assert.deepEqual(splitPackets(await held.answer()), ['4a']);
            const again = await poller.upgrades();
            again.send('4b');
            assert.equal(await again.hears(), '4b');
        });
    }

    test('a complete upgrade has no time-out', async () => {
        const socket = await (await Poller.open(server.port)).upgrades();
        const other = await (await Poller.open(server.port)).probe();
        await other.closes(); // That time-out has passed.
        socket.send('4a');
        assert.equal(await socket.hears(), '4a');
    });
});
