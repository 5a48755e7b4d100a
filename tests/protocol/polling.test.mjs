// polling.test.mjs -- long polling: what is held, what is answered, and what costs the session.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { assertError, Poller, splitPackets, target } from './client.mjs';
import { compose, Line, request } from './line.mjs';
import { CALM, Server } from './server.mjs';

const MAX_PAYLOAD = 1000000;

describe('polling', () => {
    let server;
    let port;

    before(async () => {
        server = await Server.start('echo', CALM);
        port = server.port;
    });
    afterEach(() => Line.cutAll());
    after(() => server?.stop());

    const open = () => Poller.open(port);

    // An answer to a request that is not held comes; nothing has come on `line` before it.
    async function assertHeld(line) {
        await Poller.open(port);
        assert.equal(line.received.length, 0);
        assert.ok(!line.ended);
    }

    async function assertClosed(poller, held) {
        assert.deepEqual(splitPackets(await held.answer()), ['1']);
        await poller.isGone();
    }

    // --- GET ---

    test('a GET is held until there is something to say', async () => {
        const poller = await open();
        const held = await poller.begin();
        await assertHeld(held);
        await poller.says('4hello');
        assert.deepEqual(splitPackets(await held.answer()), ['4hello']);
    });

    test('all that waits is in one answer, in order', async () => {
        const poller = await open();
        await poller.says('4a', '4b', 'bAQIDBA==', '4c');
        await poller.says('4d');
        assert.deepEqual(await poller.packets(), ['4a', '4b', 'bAQIDBA==', '4c', '4d']);
    });

    test('the length of an answer counts bytes', async () => {
        const poller = await open();
        await poller.says('4\u20ac\u{1f600}');
        const { headers, body } = await poller.get();
        assert.equal(body, '4\u20ac\u{1f600}');
        assert.equal(headers['content-length'], '8');
    });

    test('one connection serves a whole session', async () => {
        const poller = await open();
        const line = await Line.dial(port);
        for (let i = 0; i < 20; i++) {
            line.send(compose('POST', poller.target, { body: `4${i}` }));
            assert.equal((await line.answer()).body, 'ok');
            line.send(compose('GET', poller.target));
            assert.equal((await line.answer()).body, `4${i}`);
        }
    });

    test('an answer is at most as long as maxPayload; the next has the rest', async () => {
        const poller = await open();
        const long = `4${'x'.repeat(600000)}`;
        for (let i = 0; i < 3; i++) {
            await poller.says(long);
        }
        for (let i = 0; i < 3; i++) {
            const { headers, body } = await poller.get();
            assert.ok(Number(headers['content-length']) <= MAX_PAYLOAD);
            assert.equal(body, long);
        }
    });

    test('a second GET ends both, and the session', async () => {
        const poller = await open();
        const held = await poller.begin();
        await assertHeld(held);
        assertError(await poller.get(), 3);
        await assertClosed(poller, held);
        assertError(await poller.get(), 1);
    });

    test('a GET that is cut off ends the session at once', async () => {
        const poller = await open();
        const held = await poller.begin();
        await assertHeld(held);
        held.cut();
        await poller.isGone();
    });

    test('a GET that is half closed ends the session, too', async () => {
        const poller = await open();
        const held = await poller.begin();
        await assertHeld(held);
        held.socket.end();
        await poller.isGone();
    });

    // --- POST ---

    test('a POST is answered ok, once its packets are heard', async () => {
        const poller = await open();
        const { status, headers, body } = await poller.post('4a');
        assert.deepEqual([status, headers['content-type'], body], [200, 'text/html', 'ok']);
        assert.deepEqual(await poller.packets(), ['4a']);
    });

    test('499 packets in one POST are all heard', async () => {
        const poller = await open();
        const packets = Array.from({ length: 499 }, (_, i) => `4message ${i}`);
        await poller.says(...packets);
        assert.deepEqual(await poller.packets(), packets);
    });

    test('a body may come byte by byte', async () => {
        const poller = await open();
        const line = await Line.dial(port);
        for (const byte of compose('POST', poller.target, { body: '4slow\x1e4ly' })) {
            line.send(Buffer.from([byte]));
            await new Promise(setImmediate);
        }
        assert.equal((await line.answer()).body, 'ok');
        assert.deepEqual(await poller.packets(), ['4slow', '4ly']);
    });

    test('binary messages are bytes, whatever their base64 begins with', async () => {
        const poller = await open();
        const packets = ['bAQIDBA==', 'b4AAA', 'bNGFiYw==', 'b/+8=', 'b'];
        await poller.says(...packets);
        assert.deepEqual(await poller.packets(), packets);
    });

    test('open, upgrade and noop packets of a client are passed over', async () => {
        const poller = await open();
        await poller.says('0', '5', '6', '3', '4a');
        assert.deepEqual(await poller.packets(), ['4a']);
    });

    const broken = [
        ['an empty body', ''],
        ['an empty packet', '4a\x1e\x1e4b'],
        ['a separator in front', '\x1e4a'],
        ['a separator behind', '4a\x1e'],
        ['an unknown type', 'abc'],
        ['a type beyond the last', '7'],
        ['a ping', '2'],
        ['the framing of the third revision', '2:4a'],
        ['base64 that is none', 'bA'],
        ['base64 of other letters', 'bA*ID'],
        ['base64 with the padding in front', 'b=AID'],
    ];
    for (const [what, body] of broken) {
        test(`${what} is refused and ends the session`, async () => {
            const poller = await open();
            const held = await poller.begin();
            await assertHeld(held);
            assertError(await poller.post(body), 3);
            await assertClosed(poller, held);
        });
    }

    test('a second POST before the first has come ends both, and the session', async () => {
        const poller = await open();
        const held = await poller.begin();
        await assertHeld(held);
        const first = await Line.dial(port);
        first.send(compose('POST', poller.target, { body: '4a', length: 4 }));
        await assertHeld(first);
        assertError(await poller.post('4b'), 3);
        await assertClosed(poller, held);
        first.send('cd');
        assertError(await first.answer(), 3);
    });

    test('a POST that is cut off in the middle ends the session', async () => {
        const poller = await open();
        const held = await poller.begin();
        await assertHeld(held);
        const post = await Line.dial(port);
        post.send(compose('POST', poller.target, { body: '4a', length: 100 }));
        await assertHeld(post);
        post.cut();
        await assertClosed(poller, held);
    });

    test('a body of exactly maxPayload is taken', async () => {
        const poller = await open();
        const packet = `4${'x'.repeat(MAX_PAYLOAD - 1)}`;
        await poller.says(packet);
        assert.deepEqual(await poller.packets(), [packet]);
    });

    test('one byte more: 413, and the session ends', async () => {
        const poller = await open();
        const held = await poller.begin();
        const line = await Line.dial(port);
        line.send(compose('POST', poller.target, { body: '', length: MAX_PAYLOAD + 1 }));
        assert.equal((await line.answer()).status, 413);
        await line.ends();
        await assertClosed(poller, held);
    });

    test('binary data as the third revision posts it: 400, and the session ends', async () => {
        const poller = await open();
        const held = await poller.begin();
        assertError(await poller.post('4a', { 'Content-Type': 'application/octet-stream' }), 3);
        await assertClosed(poller, held);
    });

    test('a close packet is answered ok, a held GET with a noop', async () => {
        const poller = await open();
        const held = await poller.begin();
        await assertHeld(held);
        await poller.says('1');
        assert.deepEqual(splitPackets(await held.answer()), ['6']);
        assertError(await poller.get(), 1);
        assertError(await poller.post('4a'), 1);
    });

    test('a close packet behind others, without a GET', async () => {
        const poller = await open();
        await poller.says('4a', '1', '4never heard');
        assertError(await poller.get(), 1);
    });

    // --- Other requests ---

    for (const method of ['PUT', 'DELETE', 'PATCH']) {
        test(`${method} is refused and leaves the session`, async () => {
            const poller = await open();
            const answer = await request(port, method, poller.target, { body: '4a' });
            assertError(answer, 3);
            await answer.line.ends();
            await poller.isThere();
        });
    }

    test('a POST of unknown length is refused and leaves the session', async () => {
        const poller = await open();
        const chunked = { 'Transfer-Encoding': 'chunked' };
        const body = '2\r\n4a\r\n0\r\n\r\n';
        for (const headers of [chunked, {}]) {
            const answer = await request(port, 'POST', poller.target, {
                headers,
                body,
                length: null,
            });
            assert.equal(answer.status, 411);
            await answer.line.ends();
        }
        await poller.isThere();
    });

    test('a GET with a body is cut off', async () => {
        const poller = await open();
        const line = await Line.dial(port);
        line.send(compose('GET', poller.target, { body: '4a' }));
        await line.ends();
        assert.equal(line.received.length, 0);
        await poller.isThere();
    });

    test('a client that never fetches what it is sent is closed', async () => {
        const poller = await open();
        const packet = `4${'x'.repeat(900000)}`;
        let status = 200;
        for (let i = 0; status === 200; i++) {
            assert.ok(i < 20, 'its queue has a bound');
            ({ status } = await poller.post(packet));
        }
        assertError(await poller.get(), 1);
    });

    test('sessions do not hear each other', async () => {
        const [one, other] = [await open(), await open()];
        const held = await other.begin();
        await one.isThere();
        await assertHeld(held);
        await other.says('4mine');
        assert.deepEqual(splitPackets(await held.answer()), ['4mine']);
        assertError(await request(port, 'GET', target('polling', { sid: one.sid.slice(1) })), 1);
    });
});
