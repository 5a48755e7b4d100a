// closing.test.mjs -- how connections end, as the other side sees it; and what is too large.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { until } from '../system/wait.mjs';
import { Client, Poller, splitPackets, target } from './client.mjs';
import { compose, Line } from './line.mjs';
import { CALM, Server } from './server.mjs';
import { BINARY, CLOSE, TEXT, WebSocket } from './websocket.mjs';

const MAX_PAYLOAD = 1000000;

describe('closing', () => {
    let server;
    let port;

    before(async () => {
        server = await Server.start('echo', CALM);
        port = server.port;
    });
    afterEach(() => Line.cutAll());
    after(() => server?.stop());

    const open = async (path) => {
        const socket = await WebSocket.open(port, target('websocket', { path }));
        await socket.hears();
        return socket;
    };

    test('a close frame is answered by one with the same code', async () => {
        for (const code of [1000, 1001, 4000]) {
            const socket = await open();
            socket.frame(CLOSE, Buffer.from([code >> 8, code & 255]));
            assert.equal(await socket.closes(), code);
        }
    });

    test('a close frame without a code is answered', async () => {
        const socket = await open();
        socket.frame(CLOSE, '');
        await socket.closes();
        assert.ok([1000, 1005].includes(socket.code), `${socket.code}`);
    });

    test('a close packet is answered by a close frame', async () => {
        const socket = await open();
        socket.send('1', '4never heard');
        assert.equal(await socket.closes(), 1000);
        assert.equal(socket.heard.length, 1);
    });

    test('a good-bye in all its parts: DISCONNECT, then the close frame', async () => {
        const client = await Client.join(port, 'websocket');
        client.say('41');
        client.socket.frame(CLOSE, '');
        await client.closes();
        assert.equal(client.heard.length, 2);
        const poller = await Client.join(port, 'polling');
        await poller.say('41', '1');
        await poller.closes();
    });

    for (const [what, packet, code] of [
        ['an unknown type', 'abc', 1002],
        ['a ping', '2', 1002],
        ['an empty message', '', 1002],
    ]) {
        test(`${what} on a WebSocket closes it with ${code}`, async () => {
            const socket = await open();
            socket.send('4a', packet, '4never heard');
            assert.equal(await socket.hears(), '4a');
            assert.equal(await socket.closes(), code);
            assert.equal(socket.heard.length, 2);
        });
    }

    test('open, upgrade and noop packets on a WebSocket are passed over', async () => {
        const socket = await open();
        socket.send('0', '5', '6', '3', '4a');
        assert.equal(await socket.hears(), '4a');
    });

    // --- Too large ---

    test('a message of exactly maxPayload comes back whole', async () => {
        const socket = await open();
        const text = `4${'x'.repeat(MAX_PAYLOAD - 1)}`;
        socket.send(text, Buffer.alloc(MAX_PAYLOAD, 7), '4after');
        assert.equal(await socket.hears(), text);
        assert.ok((await socket.hears()).equals(Buffer.alloc(MAX_PAYLOAD, 7)));
        assert.equal(await socket.hears(), '4after');
    });

    test('one byte more closes with 1009', async () => {
        for (const message of [`4${'x'.repeat(MAX_PAYLOAD)}`, Buffer.alloc(MAX_PAYLOAD + 1)]) {
            const socket = await open();
            socket.send(message);
            assert.equal(await socket.closes(), 1009);
        }
    });

    test('all fragments together count', async () => {
        const socket = await open();
        const third = Buffer.alloc(400000, 'x');
        socket.frame(BINARY, third, { fin: false });
        socket.frame(0, third, { fin: false });
        socket.frame(0, third, { fin: true });
        assert.equal(await socket.isClosed(), 1009);
    });

    test('a frame that only claims to be huge is cut off when it is too much', async () => {
        const socket = await open();
        socket.frame(BINARY, Buffer.alloc(MAX_PAYLOAD + 5000), { says: 2 ** 40 });
        assert.equal(await socket.isClosed(), 1009);
    });

    test('ten thousand tiny fragments are one message', async () => {
        const socket = await open();
        socket.frame(TEXT, '4', { fin: false });
        for (let i = 0; i < 10000; i++) {
            socket.frame(0, 'x', { fin: false });
        }
        socket.frame(0, '', { fin: true });
        assert.equal(await socket.hears(), `4${'x'.repeat(10000)}`);
    });

    test('who does not read is closed; the server keeps no more than its bound', async () => {
        const socket = await open();
        const [memory, descriptors] = [server.memory, server.descriptors];
        socket.line.pause();
        for (let i = 0; i < 30; i++) {
            socket.send(Buffer.alloc(900000));
        }
        await until('it is closed', () => server.descriptors < descriptors);
        assert.ok(server.memory - memory < 64 * 1024, `${server.memory - memory} KiB`);
    });
});

describe('a server that stops', () => {
    afterEach(() => Line.cutAll());

    test('says so on every transport, and ends clean', async () => {
        const server = await Server.start('echo', CALM);
        const { port } = server;
        const socket = await WebSocket.open(port, target('websocket'));
        await socket.hears();
        const upgraded = await (await Poller.open(port)).upgrades();
        upgraded.send('4a');
        assert.equal(await upgraded.hears(), '4a');
        const probing = await (await Poller.open(port)).probe();
        const poller = await Poller.open(port);
        const held = await poller.begin();
        const posting = await Line.dial(port);
        posting.send(compose('POST', (await Poller.open(port)).target, { body: '4', length: 9 }));
        const idle = await Line.dial(port);
        await Poller.open(port);
        const ends = server.end();
        assert.equal(await socket.closes(), 1001);
        assert.equal(await upgraded.closes(), 1001);
        assert.equal(await probing.closes(), 1000);
        assert.deepEqual(splitPackets(await held.answer()), ['1']);
        await Promise.all([ends, idle.ends(), posting.ends()]);
    });

    test('with hundreds connected', async () => {
        const server = await Server.start('echo', CALM);
        const sockets = [];
        const held = [];
        for (let i = 0; i < 150; i++) {
            sockets.push(await WebSocket.open(server.port, target('websocket')));
            held.push(await (await Poller.open(server.port)).begin());
        }
        await Poller.open(server.port);
        const ends = server.end();
        for (const socket of sockets) {
            assert.equal(await socket.closes(), 1001);
        }
        for (const line of held) {
            assert.deepEqual(splitPackets(await line.answer()), ['1']);
        }
        await ends;
    });
});
