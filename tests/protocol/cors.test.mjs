// cors.test.mjs -- what pages of other origins may read (Fetch standard, CORS protocol): without
// these headers on errors too, a page is told nothing of an error.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { assertError, Poller, target } from './client.mjs';
import { compose, Line, request } from './line.mjs';
import { CALM, Server } from './server.mjs';

const ALLOWED = ['https://chat.example', 'http://other.example:8080'];
const STRANGERS = ['https://evil.example', 'https://chat.example:444', 'null'];
const UNKNOWN = target('polling', { sid: 'AAAAAAAAAAAAAAAAAAAA' });

// Every kind of answer: its status, and how it is asked for. `sid` is of a new session.
const answers = [
    ['a handshake', 200, () => ['GET', target('polling')]],
    ['an unknown transport', 400, () => ['GET', '/engine.io/?EIO=4']],
    ['an unknown sid', 400, () => ['GET', UNKNOWN]],
    ['an unknown sid of a POST', 400, () => ['POST', UNKNOWN, { body: '4a' }]],
    ['a wrong method', 400, () => ['PUT', target('polling'), { body: '4a' }]],
    ['a WebSocket without Upgrade', 400, () => ['GET', target('websocket')]],
    ['a wrong version', 400, () => ['GET', '/engine.io/?EIO=3&transport=polling']],
    ['a POST', 200, (sid) => ['POST', target('polling', { sid }), { body: '4a' }]],
    ['a payload that is none', 400, (sid) => ['POST', target('polling', { sid }), { body: 'x' }]],
    [
        'a body that is too large',
        413,
        (sid) => ['POST', target('polling', { sid }), { body: '', length: 1000001 }],
    ],
    [
        'a body of unknown length',
        411,
        (sid) => ['POST', target('polling', { sid }), { body: '4a', length: null }],
    ],
];

const cors = ({ headers }) => ({
    origin: headers['access-control-allow-origin'],
    credentials: headers['access-control-allow-credentials'],
    vary: headers.vary,
});

function preflight(port, Origin, more = {}) {
    const headers = { Origin, 'Access-Control-Request-Method': 'POST', ...more };
    return request(port, 'OPTIONS', target('polling'), { headers });
}

describe('every origin is allowed', () => {
    let server;
    let port;

    before(async () => {
        server = await Server.start('echo', { ...CALM, CORS_ORIGINS: '*' });
        port = server.port;
    });
    afterEach(() => Line.cutAll());
    after(() => server?.stop());

    for (const [what, status, ask] of answers) {
        test(`${what} may be read by all, without credentials`, async () => {
            const { sid } = await Poller.open(port);
            const [method, where, rest = {}] = ask(sid);
            const headers = { Origin: 'https://anybody.example' };
            const answer = await request(port, method, where, { headers, ...rest });
            assert.equal(answer.status, status);
            assert.deepEqual(cors(answer), {
                origin: '*',
                credentials: undefined,
                vary: undefined,
            });
        });
    }

    test('a held GET that is answered with an error may be read, too', async () => {
        const poller = await Poller.open(port);
        const headers = { Origin: 'https://anybody.example' };
        const held = await Line.dial(port);
        held.send(compose('GET', poller.target, { headers }));
        const second = await request(port, 'GET', poller.target, { headers });
        assertError(second, 3);
        const first = await held.answer();
        assert.equal(first.body, '1');
        for (const answer of [first, second]) {
            assert.equal(cors(answer).origin, '*');
        }
    });

    test('OPTIONS is answered with what is allowed', async () => {
        const wanted = { 'Access-Control-Request-Headers': 'content-type,x-mine' };
        const { status, headers, body } = await preflight(port, 'https://a.example', wanted);
        assert.equal(status, 204);
        assert.equal(body, '');
        assert.equal(headers['access-control-allow-methods'], 'GET,POST');
        assert.equal(headers['access-control-allow-headers'], 'content-type,x-mine');
        assert.equal(headers['access-control-allow-origin'], '*');
        assert.ok(Number(headers['access-control-max-age']) > 0);
    });

    test('after OPTIONS the connection serves further requests', async () => {
        const line = await Line.dial(port);
        for (let i = 0; i < 3; i++) {
            line.send(
                compose('OPTIONS', target('polling'), {
                    headers: { Origin: 'https://a.example' },
                }),
            );
            assert.equal((await line.answer()).status, 204);
            line.send(compose('GET', target('polling')));
            assert.equal((await line.answer()).status, 200);
        }
    });

    test('who is no page gets no such headers', async () => {
        const answer = await request(port, 'GET', target('polling'));
        assert.equal(cors(answer).origin, undefined);
    });
});

describe('some origins are allowed', () => {
    let server;
    let port;

    before(async () => {
        server = await Server.start('echo', { ...CALM, CORS_ORIGINS: ALLOWED.join() });
        port = server.port;
    });
    afterEach(() => Line.cutAll());
    after(() => server?.stop());

    for (const [what, status, ask] of answers) {
        test(`${what} may be read by those, with credentials`, async () => {
            for (const Origin of ALLOWED) {
                const { sid } = await Poller.open(port);
                const [method, where, rest = {}] = ask(sid);
                const answer = await request(port, method, where, {
                    headers: { Origin },
                    ...rest,
                });
                assert.equal(answer.status, status);
                assert.deepEqual(cors(answer), {
                    origin: Origin,
                    credentials: 'true',
                    vary: 'Origin',
                });
            }
        });
    }

    test('strangers are refused, and may not even read that', async () => {
        for (const Origin of STRANGERS) {
            const answer = await request(port, 'GET', target('polling'), { headers: { Origin } });
            assertError(answer, 4);
            const none = { origin: undefined, credentials: undefined, vary: 'Origin' };
            assert.deepEqual(cors(answer), none);
        }
    });

    test('a handshake of no page varies by Origin all the same', async () => {
        const answer = await request(port, 'GET', target('polling'));
        assert.deepEqual(cors(answer), {
            origin: undefined,
            credentials: undefined,
            vary: 'Origin',
        });
    });

    test('OPTIONS names the origin if it is one of those', async () => {
        const allowed = await preflight(port, ALLOWED[1]);
        assert.deepEqual(cors(allowed), {
            origin: ALLOWED[1],
            credentials: 'true',
            vary: 'Origin',
        });
        const strange = await preflight(port, STRANGERS[0]);
        assert.equal(strange.status, 204);
        assert.equal(cors(strange).origin, undefined);
    });
});
