// traps.test.mjs -- bytes that have hurt servers on this library: each must harm nobody but whoever
// sent them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { until } from '../system/wait.mjs';
import { assertError, Client, Poller, splitPackets, target } from './client.mjs';
import { compose, Line } from './line.mjs';
import { CALM, Server } from './server.mjs';
import { BINARY, frame, PONG, shake, TEXT, WebSocket } from './websocket.mjs';

describe('traps', () => {
    let server;
    let port;
    let witness; // Somebody who must not notice anything.

    before(async () => {
        server = await Server.start('echo', CALM);
        port = server.port;
        witness = await Client.open(port, 'websocket', '/engine.io/');
    });
    afterEach(async () => {
        witness.say('4still here');
        assert.equal(await witness.hears(), '4still here');
    });
    after(() => server?.stop());

    const get = compose('GET', target('polling'));

    // Sends everything at once and hears what comes until the end, or until all is answered.
    async function statuses(requests, count = requests.length) {
        const line = await Line.dial(port);
        line.send(Buffer.concat(requests));
        const found = [];
        while (found.length < count) {
            const { status } = await line.answer().catch(() => ({ status: 'end' }));
            found.push(status);
            if (status === 'end') {
                break;
            }
        }
        line.cut();
        return found;
    }

    // First what needs a connection that serves twice: after a misuse none does, for a minute.
    test('what belonged to one request is not there for the next', async () => {
        const line = await Line.dial(port);
        const poller = await Poller.open(port);
        line.send(
            compose('POST', poller.target, {
                body: '4a',
                headers: { Origin: 'http://a.example' },
            }),
        );
        assert.equal((await line.answer()).headers['access-control-allow-origin'], '*');
        line.send(compose('GET', '/nothing'));
        assert.equal((await line.answer()).status, 404);
        line.send(compose('POST', poller.target, { body: '4b' }));
        const { headers, body } = await line.answer();
        assert.deepEqual([headers['access-control-allow-origin'], body], [undefined, 'ok']);
        line.send(compose('GET', poller.target));
        assert.deepEqual(splitPackets(await line.answer()), ['4a', '4b']);
    });

    test('after a refused POST its connection serves the next request', async () => {
        const line = await Line.dial(port);
        line.send(compose('POST', target('polling', { sid: 'unknown' }), { body: '4a' }));
        assertError(await line.answer(), 1);
        line.send(get);
        assert.equal((await line.answer()).status, 200);
    });

    test('pipelined handshakes are all answered', async () => {
        assert.deepEqual(await statuses([get, get, get]), [200, 200, 200]);
    });

    test('a body behind another request of the same segment is cut off', async () => {
        const { target: where } = await Poller.open(port);
        const post = compose('POST', where, { body: '4a' });
        const put = compose('PUT', where, { body: '4a' });
        const chunked = compose('POST', where, {
            headers: { 'Transfer-Encoding': 'chunked' },
            body: '0\r\n\r\n',
            length: null,
        });
        const large = compose('POST', where, { body: '4', length: 900000 });
        for (const second of [post, put, chunked, large]) {
            for (const first of [
                get,
                post,
                compose('OPTIONS', where),
                compose('GET', '/nothing'),
            ]) {
                const [, ...rest] = await statuses([first, second, get]);
                assert.ok(
                    rest.length <= 2 && rest.every((status) => status !== 200),
                    rest.join(),
                );
            }
        }
    });

    test('while somebody pipelines, what others post on new connections is taken', async () => {
        for (let i = 0; i < 10; i++) {
            const [pollers, lines] = [[], []];
            for (let n = 0; n < 5; n++) {
                pollers.push(await Poller.open(port));
                lines.push(await Line.dial(port));
            }
            lines.forEach((line) => line.send(Buffer.concat(Array(20).fill(get))));
            await Promise.all(pollers.map((poller) => poller.isThere()));
            Line.cutAllBut(witness.socket.line);
        }
    });

    test('a GET with a body behind another request is cut off', async () => {
        const second = compose('GET', target('polling'), { body: 'GET / HTTP/1.1\r\n\r\n' });
        assert.deepEqual(await statuses([get, second, get]), [200, 'end']);
    });

    for (const Upgrade of ['websocket', 'foo', 'h2c']) {
        test(`a second request that wants to be ${Upgrade} does no harm`, async () => {
            const headers = { Connection: 'Upgrade', Upgrade };
            const upgrade =
                Upgrade === 'websocket'
                    ? shake(target('websocket'))
                    : compose('GET', target('polling'), { headers });
            await statuses([get, upgrade]);
            const line = await Line.dial(port);
            line.send(get);
            assert.equal((await line.answer()).status, 200);
            line.send(upgrade);
            const { status } = await line.answer().catch(() => ({ status: 'end' }));
            assert.ok([101, 403, 'end'].includes(status), `${status}`);
        });
    }

    test('a request behind a GET that is held ends both, and the session', async () => {
        for (const second of [get, compose('OPTIONS', target('polling'))]) {
            const poller = await Poller.open(port);
            const line = await poller.begin();
            await Poller.open(port);
            line.send(second);
            await line.ends();
            await poller.isGone();
        }
    });

    test('a request in the same segment as a GET that is held ends both', async () => {
        const poller = await Poller.open(port);
        const line = await Line.dial(port);
        line.send(Buffer.concat([compose('GET', poller.target), get]));
        await line.ends();
        await poller.isGone();
    });

    // Nothing of somebody who has gone is left: neither a descriptor, nor work.
    async function leavesNothing(descriptors) {
        Line.cutAllBut(witness.socket.line);
        await until('the descriptors are closed', () => server.descriptors <= descriptors);
        const ticks = processorTicks(server.pid);
        const end = performance.now() + 300;
        await until('some time has passed', () => performance.now() > end);
        assert.ok(processorTicks(server.pid) - ticks <= 10);
    }

    test('GETs that are cut off leave nothing behind', async () => {
        const before = server.descriptors;
        for (let i = 0; i < 50; i++) {
            const poller = await Poller.open(port);
            const held = await poller.begin();
            await Poller.open(port);
            held.cut();
        }
        await leavesNothing(before);
    });

    test('whoever asks and has gone before the answer leaves nothing behind', async () => {
        const before = server.descriptors;
        for (let i = 0; i < 30; i++) {
            const poller = await Poller.open(port);
            const requests = [
                get,
                compose('GET', target('polling', { sid: 'unknown' })),
                compose('GET', '/nothing'),
                compose('OPTIONS', target('polling')),
                compose('POST', poller.target, { body: '4a' }),
                compose('PUT', poller.target, { body: '4a' }),
                shake(target('websocket')),
                shake(target('websocket', { sid: 'unknown' })),
            ];
            const lines = await Promise.all(requests.map(() => Line.dial(port)));
            lines.forEach((line, n) => line.send(requests[n]).cut());
        }
        await leavesNothing(before);
    });

    test('whoever has gone while much is said back leaves nothing behind', async () => {
        const before = server.descriptors;
        for (let i = 0; i < 20; i++) {
            const socket = await WebSocket.open(port, target('websocket'));
            socket.send(Buffer.alloc(300000), ...Array(50).fill('4a'));
            socket.cut();
        }
        await leavesNothing(before);
    });

    const frames = [
        ['a reserved opcode', frame(3, '4a')],
        ['a reserved control opcode', frame(11, '')],
        ['a control frame that is too long', frame(PONG, 'x'.repeat(126))],
        ['a control frame in pieces', frame(9, 'x', { fin: false })],
        ['a continuation of nothing', frame(0, '4a')],
        [
            'a message within a message',
            Buffer.concat([frame(TEXT, '4', { fin: false }), frame(BINARY, 'a')]),
        ],
        [
            'a length beyond 2^63',
            Buffer.from([0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4]),
        ],
    ];
    for (const [what, bytes] of frames) {
        test(`${what} ends the WebSocket`, async () => {
            const socket = await WebSocket.open(port, target('websocket'));
            const { sid } = JSON.parse((await socket.hears()).slice(1));
            socket.line.send(bytes);
            await socket.isClosed();
            assert.ok([null, 1002, 1009].includes(socket.code), `${socket.code}`);
            socket.cut();
            const poller = new Poller(port, '/engine.io/');
            poller.sid = sid;
            await poller.isGone();
        });
    }

    for (const [what, wrong] of [
        ['no key', { 'Sec-WebSocket-Key': undefined }],
        ['an empty key', { 'Sec-WebSocket-Key': '' }],
        ['a key of kilobytes', { 'Sec-WebSocket-Key': 'x'.repeat(5000) }],
        [
            'extensions that are none',
            { 'Sec-WebSocket-Extensions': `\x01;;;${'x'.repeat(3000)}` },
        ],
    ]) {
        test(`a WebSocket handshake with ${what} is cut off, also for a session`, async () => {
            const poller = await Poller.open(port);
            for (const where of [target('websocket'), target('websocket', poller)]) {
                const line = await Line.dial(port);
                line.send(shake(where, wrong));
                await line.ends();
            }
            await poller.isThere();
        });
    }

    // The library does not insist on masks, which protect proxies, not servers (RFC 6455, 10.3).
    test('a frame without a mask is read, or ends the WebSocket', async () => {
        const socket = await WebSocket.open(port, target('websocket'));
        await socket.hears();
        socket.frame(TEXT, '4a', { mask: null });
        const heard = await socket.hears().catch(() => socket.code);
        assert.ok(['4a', 1002].includes(heard), `${heard}`);
    });

    test('a WebSocket that is half closed ends', async () => {
        const client = await Client.join(port, 'websocket');
        client.socket.line.socket.end();
        await client.socket.line.ends();
    });

    test('a sub-protocol that nobody knows is refused', async () => {
        const headers = { 'Sec-WebSocket-Protocol': 'unknown' };
        await assert.rejects(WebSocket.open(port, target('websocket'), headers));
    });

    test('requests that are none are cut off', async () => {
        for (const bytes of [
            '\r\n\r\n',
            'GET\r\n\r\n',
            'x'.repeat(70000),
            '\0'.repeat(500),
            '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
            'GET / HTTP/9.9\r\n: \r\n\r\n',
            `GET /${'a'.repeat(40000)} HTTP/1.1\r\n\r\n`,
            'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        ]) {
            const line = await Line.dial(port);
            line.send(Buffer.from(bytes, 'latin1'));
            line.socket.end();
            await line.ends();
        }
    });
});

function processorTicks(pid) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
}

// The library has time-outs of its own, of 5 and of 15 seconds.
describe('patience', { concurrency: 8 }, () => {
    const HELD_MS = 16000;
    const IDLE_MS = 6000;
    const SLOW_MS = 25000; // Within that a request must be complete.
    let server;
    let port;

    before(async () => {
        server = await Server.start('echo', CALM);
        port = server.port;
    });
    after(() => server?.stop());

    const passes = (ms) => {
        const end = performance.now() + ms;
        return until(`${ms} ms have passed`, () => performance.now() >= end, 2 * ms);
    };

    test('a GET is held longer than the library would', async () => {
        const poller = await Poller.open(port);
        const held = await poller.begin();
        await passes(HELD_MS);
        assert.equal(held.received.length, 0);
        await poller.says('4a');
        assert.deepEqual(splitPackets(await held.answer()), ['4a']);
    });

    test('a WebSocket is silent longer than the library would bear', async () => {
        const socket = await WebSocket.open(port, target('websocket'));
        await socket.hears();
        await passes(HELD_MS);
        socket.send('4a');
        assert.equal(await socket.hears(), '4a');
    });

    test('a connection that was idle serves another request', async () => {
        const line = await Line.dial(port);
        line.send(compose('GET', target('polling')));
        assert.equal((await line.answer()).status, 200);
        await passes(IDLE_MS);
        line.send(compose('GET', target('polling')));
        assert.equal((await line.answer()).status, 200);
    });

    for (const [what, bytes] of [
        ['nothing', ''],
        ['half a request', 'GET /engine.io/?EIO=4 HTTP/1.1\r\nHost: a\r\n'],
        ['half a body', compose('POST', '/engine.io/', { body: '4a', length: 50 })],
    ]) {
        test(`whoever sends ${what} is not waited for`, async () => {
            const line = await Line.dial(port);
            line.send(bytes);
            await until('it is cut off', () => line.ended, SLOW_MS);
        });
    }
});
