// heartbeat.test.mjs -- pings at their interval, pongs within their time-out, and joining within
// its own. Times are the server's promise: nothing may happen before them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../system/wait.mjs';
import { assertError, Client, Poller, target, TRANSPORTS } from './client.mjs';
import { Server } from './server.mjs';
import { PING, WebSocket } from './websocket.mjs';

const INTERVAL_MS = 300;
const TIMEOUT_MS = 200;
const CONNECT_MS = 1400;
const CLOCK_MS = 15; // Two clocks that tick differently may differ so much.

// Runs `act`, which must not come to its end before that time.
async function takes(leastMs, act) {
    const begin = performance.now();
    const found = await act();
    const ms = performance.now() - begin;
    assert.ok(ms >= leastMs - CLOCK_MS, `${ms} ms are less than ${leastMs}`);
    return found;
}

const passes = (ms) => {
    const end = performance.now() + ms;
    return until(`${ms} ms have passed`, () => performance.now() >= end);
};

describe('heartbeat', { concurrency: 8 }, () => {
    let server;
    let port;

    before(async () => {
        server = await Server.start('echo', {
            PING_INTERVAL_MS: INTERVAL_MS,
            PING_TIMEOUT_MS: TIMEOUT_MS,
            CONNECT_TIMEOUT_MS: CONNECT_MS,
        });
        port = server.port;
    });
    after(() => server?.stop());

    const open = async () => {
        const socket = await WebSocket.open(port, target('websocket'));
        assert.equal((await socket.hears())[0], '0');
        return socket;
    };

    // --- WebSocket ---

    test('websocket: a ping comes an interval after the handshake, and each pong', async () => {
        const socket = await open();
        for (let i = 0; i < 3; i++) {
            assert.equal(await takes(INTERVAL_MS, () => socket.hears()), '2');
            socket.send('3');
        }
    });

    test('websocket: without a pong it is closed after the time-out', async () => {
        const socket = await open();
        assert.equal(await socket.hears(), '2');
        assert.equal(await takes(TIMEOUT_MS, () => socket.closes()), 1000);
        assert.equal(socket.heard.length, 2);
    });

    test('websocket: nothing but a pong is a pong', async () => {
        const socket = await open();
        await socket.hears();
        const begin = performance.now();
        socket.onMessage = () => socket.send('4and on and on');
        socket.send('4still here', '6');
        socket.frame(PING, 'x');
        assert.equal(await socket.closes(), 1000);
        assert.ok(performance.now() - begin < INTERVAL_MS + TIMEOUT_MS + 5000);
        assert.ok(socket.heard.length > 2);
    });

    test('websocket: a pong that nobody asked for does not put off the next ping', async () => {
        const socket = await open();
        const begin = performance.now();
        const again = setInterval(() => socket.line.ended || socket.send('3'), 50);
        assert.equal(await socket.hears(), '2');
        clearInterval(again);
        assert.ok(performance.now() - begin < 6 * INTERVAL_MS);
    });

    // --- Polling ---

    test('polling: a held GET ends with a ping, after each interval', async () => {
        const poller = await Poller.open(port);
        for (let i = 0; i < 3; i++) {
            assert.deepEqual(await takes(INTERVAL_MS, () => poller.packets()), ['2']);
            await poller.says('3');
        }
    });

    test('polling: without a pong a held GET ends with a close packet', async () => {
        const poller = await Poller.open(port);
        assert.deepEqual(await poller.packets(), ['2']);
        assert.deepEqual(await takes(TIMEOUT_MS, () => poller.packets()), ['1']);
        assertError(await poller.get(), 1);
    });

    test('polling: a ping waits for the next GET', async () => {
        const poller = await Poller.open(port);
        await passes(INTERVAL_MS + 50);
        assert.deepEqual(await poller.packets(), ['2']);
        await poller.says('3');
        assert.deepEqual(await poller.packets(), ['2']);
    });

    test('polling: the time-out runs though nobody fetches the ping', async () => {
        const poller = await Poller.open(port);
        await passes(INTERVAL_MS + TIMEOUT_MS + 2 * CLOCK_MS);
        assertError(await poller.get(), 1);
    });

    test('polling: a pong that is late is too late, though it comes next', async () => {
        const poller = await Poller.open(port);
        assert.deepEqual(await poller.packets(), ['2']);
        await passes(TIMEOUT_MS + 2 * CLOCK_MS);
        assertError(await poller.post('3'), 1);
    });

    test('polling: a pong in one body with messages counts', async () => {
        const poller = await Poller.open(port);
        assert.deepEqual(await poller.packets(), ['2']);
        await poller.says('4a', '3', '4b');
        assert.deepEqual(await poller.packets(), ['4a', '4b']);
        assert.deepEqual(await takes(INTERVAL_MS - 50, () => poller.packets()), ['2']);
    });

    test('polling: messages are no pongs', async () => {
        const poller = await Poller.open(port);
        assert.deepEqual(await poller.packets(), ['2']);
        for (;;) {
            const answer = await poller.post('4still here');
            if (answer.status !== 200) {
                assertError(answer, 1);
                return;
            }
            await poller.get(); // The echo; or the end.
        }
    });

    test('the heartbeat goes on through an upgrade', async () => {
        const poller = await Poller.open(port);
        const socket = await poller.probe();
        socket.send('2probe');
        assert.equal(await socket.hears(), '3probe');
        const packets = [];
        while (!packets.includes('2')) {
            packets.push(...(await poller.packets())); // Noops, and then the ping.
        }
        await poller.says('3');
        socket.send('5');
        for (let i = 0; i < 2; i++) {
            assert.equal(await socket.hears(), '2');
            socket.send('3');
        }
    });

    test('a ping that waits for a GET comes on the WebSocket after an upgrade', async () => {
        const poller = await Poller.open(port);
        await passes(INTERVAL_MS + 50);
        const socket = await poller.upgrades();
        assert.equal(await socket.hears(), '2');
        socket.send('3');
        assert.equal(await takes(INTERVAL_MS, () => socket.hears()), '2');
    });

    // --- Joining ---

    for (const transport of TRANSPORTS) {
        test(`${transport}: who does not join in time is closed`, async () => {
            const client = await Client.open(port, transport);
            await takes(CONNECT_MS - 50, () => client.closes());
            assert.deepEqual(client.heard, []);
        });

        test(`${transport}: to be refused a namespace is not to join`, async () => {
            const client = await Client.open(port, transport);
            client.say('40/random,');
            assert.equal(await client.hears(), '44/random,{"message":"Invalid namespace"}');
            await takes(CONNECT_MS - 200, () => client.closes());
        });

        test(`${transport}: who has joined stays, who leaves again stays, too`, async () => {
            const [stays, leaves] = await Promise.all(
                [0, 1].map(() => Client.join(port, transport)),
            );
            leaves.say('41');
            await passes(CONNECT_MS + 300);
            await stays.hearsNothingMore();
            leaves.say('40');
            assert.match(await leaves.hears(), /^40\{"sid":"[^"]{20}"\}$/);
            assert.equal(leaves.isOver, false);
        });
    }

    test('raw Engine.IO has nothing to join', async () => {
        const client = await Client.open(port, 'websocket', '/engine.io/');
        await passes(CONNECT_MS + 300);
        client.say('4a');
        assert.equal(await client.hears(), '4a');
    });
});
