// handshake.test.mjs -- how a session begins, and every way in which it does not.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { assertError, Poller, target } from './client.mjs';
import { compose, Line, request } from './line.mjs';
import { CALM, Server } from './server.mjs';
import { shake, WebSocket } from './websocket.mjs';

const UNKNOWN = 'AAAAAAAAAAAAAAAAAAAA';

describe('handshake', () => {
    let server;
    let port;

    before(async () => {
        server = await Server.start('echo', { ...CALM, CORS_ORIGINS: 'https://chat.example' });
        port = server.port;
    });
    afterEach(() => Line.cutAll());
    after(() => server?.stop());

    const get = (where, headers) => request(port, 'GET', where, { headers });
    const open = (upgrades) => ({
        upgrades,
        pingInterval: 25000,
        pingTimeout: 20000,
        maxPayload: 1000000,
    });

    function assertOpen(packet, upgrades) {
        assert.equal(packet[0], '0');
        const { sid, ...rest } = JSON.parse(packet.slice(1));
        assert.match(sid, /^[A-Za-z0-9_-]{20}$/);
        assert.deepEqual(rest, open(upgrades));
        const keys = ['sid', 'upgrades', 'pingInterval', 'pingTimeout', 'maxPayload'];
        assert.deepEqual(Object.keys(JSON.parse(packet.slice(1))), keys);
    }

    test('polling is answered at once with the open packet alone', async () => {
        const { status, headers, body } = await get(target('polling'));
        assert.equal(status, 200);
        assert.equal(headers['content-type'], 'text/plain; charset=UTF-8');
        assert.equal(headers['cache-control'], 'no-store');
        assert.equal(headers['set-cookie'], undefined);
        assertOpen(body, ['websocket']);
    });

    test('a WebSocket begins with the open packet, without upgrades', async () => {
        const socket = await WebSocket.open(port, target('websocket'));
        assertOpen(await socket.hears(), []);
    });

    test('the path may lack its last slash', async () => {
        for (const path of ['/engine.io', '/socket.io']) {
            assert.equal((await get(target('polling', { path }))).status, 200);
            const socket = await WebSocket.open(port, target('websocket', { path }));
            assertOpen(await socket.hears(), []);
        }
    });

    test('the query has any order, further keys, and encoded values', async () => {
        const queries = [
            'transport=polling&EIO=4',
            't=abc123&EIO=4&b64=1&transport=polling&x=',
            'EIO=%34&transport=%70olling',
            'x=%26EIO%3D3&transport=polling&EIO=4',
        ];
        for (const query of queries) {
            const { status, body } = await get(`/engine.io/?${query}`);
            assert.equal(status, 200, query);
            assertOpen(body, ['websocket']);
        }
    });

    test('a key of some kilobytes in front of the others is passed over', async () => {
        const { status } = await get(
            `/engine.io/?token=${'x'.repeat(4000)}&EIO=4&transport=polling`,
        );
        assert.equal(status, 200);
        const sid = (await Poller.open(port)).sid;
        const where = `/engine.io/?token=${'x'.repeat(4000)}&EIO=4&transport=websocket&sid=${sid}`;
        assert.equal((await WebSocket.ask(port, where)).answer.status, 101);
    });

    test('no two sessions have the same sid', async () => {
        const sids = new Set();
        const line = await Line.dial(port);
        for (let i = 0; i < 200; i++) {
            line.send(compose('GET', target('polling')));
            sids.add(JSON.parse((await line.answer()).body.slice(1)).sid);
        }
        assert.equal(sids.size, 200);
    });

    test('a request may arrive byte by byte', async () => {
        const line = await Line.dial(port);
        for (const byte of compose('GET', target('polling'))) {
            line.send(Buffer.from([byte]));
            await new Promise(setImmediate);
        }
        assertOpen((await line.answer()).body, ['websocket']);
    });

    for (const kilobytes of [6, 14]) {
        test(`a cookie of ${kilobytes} KB does no harm`, async () => {
            const headers = { Cookie: `a=${'x'.repeat(1024 * kilobytes)}` };
            assert.equal((await get(target('polling'), headers)).status, 200);
            const socket = await WebSocket.open(port, target('websocket'), headers);
            assertOpen(await socket.hears(), []);
        });
    }

    const refused = [
        ['no transport', 0, 'GET', '/engine.io/?EIO=4'],
        ['an unknown transport', 0, 'GET', '/engine.io/?EIO=4&transport=abc'],
        [
            'a transport that only begins like one',
            0,
            'GET',
            '/engine.io/?EIO=4&transport=pollingx',
        ],
        [
            'an unknown transport, before all else',
            0,
            'POST',
            '/engine.io/?EIO=3&transport=abc&sid=x',
        ],
        ['an unknown sid', 1, 'GET', target('polling', { sid: UNKNOWN })],
        ['a sid of another length', 1, 'GET', target('polling', { sid: 'x' })],
        ['a sid far too long', 1, 'GET', target('polling', { sid: 'x'.repeat(500) })],
        ['an empty sid', 1, 'GET', `${target('polling')}&sid=`],
        ['an unknown sid, with a body', 1, 'POST', target('polling', { sid: UNKNOWN }), '4a'],
        ['POST without sid', 2, 'POST', target('polling'), '4a'],
        ['PUT without sid', 2, 'PUT', target('polling'), '4a'],
        ['DELETE without sid', 2, 'DELETE', target('polling')],
        [
            'POST without sid, before the version',
            2,
            'POST',
            '/engine.io/?EIO=3&transport=polling',
            '',
        ],
        ['a WebSocket without Upgrade', 3, 'GET', target('websocket')],
        ['the third revision', 5, 'GET', '/engine.io/?EIO=3&transport=polling'],
        ['no version', 5, 'GET', '/engine.io/?transport=polling'],
        ['a version that only begins right', 5, 'GET', '/engine.io/?EIO=40&transport=polling'],
    ];
    for (const [what, code, method, where, body] of refused) {
        test(`${what}: error ${code}`, async () => {
            assertError(await request(port, method, where, { body }), code);
        });
    }

    test('HEAD is an error without a body', async () => {
        const { status, line } = await request(port, 'HEAD', target('polling'));
        assert.equal(status, 400);
        await line.ends();
        assert.equal(line.received.length, 0);
    });

    test('an Origin that is not allowed: error 4, before the version', async () => {
        const headers = { Origin: 'https://chat.example.evil.example' };
        assertError(await get(target('polling'), headers), 4);
        assertError(await get('/engine.io/?EIO=3&transport=polling', headers), 4);
    });

    test('an Origin of invalid bytes: error 3', async () => {
        for (const Origin of ['https://chat example', 'https://chat.example\x01', 'a\tb']) {
            assertError(await get(target('polling'), { Origin }), 3);
        }
    });

    test('a sid of one path is unknown on the other', async () => {
        const poller = await Poller.open(port, '/engine.io/');
        const where = target('polling', { path: '/socket.io/', sid: poller.sid });
        assertError(await get(where), 1);
        await poller.isThere();
    });

    test('with a sid the version is not looked at', async () => {
        const poller = await Poller.open(port);
        await poller.says('4a');
        const { body } = await get(`/engine.io/?transport=polling&sid=${poller.sid}`);
        assert.equal(body, '4a');
    });

    // A proxy that drops Upgrade headers makes such a request; it must cost nobody the session.
    test('a WebSocket without Upgrade does not touch the session it names', async () => {
        const poller = await Poller.open(port);
        const held = await poller.begin();
        assertError(await get(target('websocket', poller)), 3);
        await poller.says('4a');
        assert.equal((await held.answer()).body, '4a');
    });

    const refusedSockets = [
        ['an unknown transport', 400, 'Transport unknown', '/engine.io/?EIO=4&transport=abc'],
        ['an unknown sid', 400, 'Session ID unknown', target('websocket', { sid: UNKNOWN })],
        ['polling', 400, 'Bad request', target('polling')],
        [
            'the third revision',
            400,
            'Unsupported protocol version',
            '/engine.io/?EIO=3&transport=websocket',
        ],
        ['another path', 400, 'Bad request', '/other/?EIO=4&transport=websocket'],
        [
            'another Origin',
            403,
            'Forbidden',
            target('websocket'),
            { Origin: 'https://evil.example' },
        ],
    ];
    for (const [what, status, sentence, where, headers] of refusedSockets) {
        test(`an upgrade with ${what}: ${status}, a sentence, and the end`, async () => {
            const { answer, line } = await WebSocket.ask(port, where, headers);
            assert.deepEqual([answer.status, answer.body], [status, sentence]);
            assert.equal(answer.headers.connection, 'close');
            await line.ends();
        });
    }

    test('an upgrade from an Origin that is allowed, from this host, or from no page', async () => {
        for (const headers of [
            { Origin: 'https://chat.example' },
            { Origin: 'http://localhost' },
            {},
        ]) {
            const socket = await WebSocket.open(port, target('websocket'), headers);
            assertOpen(await socket.hears(), []);
        }
    });

    for (const Upgrade of ['h2c', 'foo']) {
        test(`an upgrade to ${Upgrade} is cut off`, async () => {
            const line = await Line.dial(port);
            line.send(
                compose('GET', target('polling'), {
                    headers: { Connection: 'Upgrade', Upgrade },
                }),
            );
            await line.ends();
        });
    }

    test('permessage-deflate is offered in vain', async () => {
        const socket = await WebSocket.open(port, target('websocket'), {
            'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
        });
        assert.equal(socket.answer.headers['sec-websocket-extensions'], undefined);
        assertOpen(await socket.hears(), []);
    });

    test('whoever speaks before the handshake is answered is heard', async () => {
        const line = await Line.dial(port);
        const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x61]); // "4a"
        line.send(Buffer.concat([shake(target('websocket')), frame]));
        assert.equal((await line.answer()).status, 101);
        await line.until('the echo', () => line.received.includes('4a'));
    });

    test('what is not there is not found', async () => {
        assert.equal((await get('/')).status, 404);
        assert.equal((await get('/engine.iox/?EIO=4&transport=polling')).status, 404);
        assert.equal((await request(port, 'PUT', '/nothing', { body: 'x' })).status, 405);
    });
});
