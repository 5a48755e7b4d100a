// client.mjs -- Engine.IO sessions by hand, over either transport.

import assert from 'node:assert/strict';
import { until } from '../system/wait.mjs';
import { compose, Line, request } from './line.mjs';
import { WebSocket } from './websocket.mjs';

const SEPARATOR = '\x1e';

export const TRANSPORTS = ['polling', 'websocket'];

export function target(transport, { path = '/engine.io/', sid } = {}) {
    return `${path}?EIO=4&transport=${transport}` + (sid ? `&sid=${sid}` : '');
}

// Fails unless an answer is the error with this number.
export function assertError(answer, code) {
    const sentences = [
        'Transport unknown',
        'Session ID unknown',
        'Bad handshake method',
        'Bad request',
        'Forbidden',
        'Unsupported protocol version',
    ];
    assert.deepEqual(
        [answer.status, answer.headers['content-type'], answer.body],
        [
            code === 4 ? 403 : 400,
            'application/json',
            JSON.stringify({ code, message: sentences[code] }),
        ],
    );
}

// A session that polls when told to.
export class Poller {
    constructor(port, path) {
        Object.assign(this, { port, path });
    }

    static async open(port, path = '/engine.io/') {
        const poller = new Poller(port, path);
        const { body, status } = await request(port, 'GET', target('polling', { path }));
        assert.equal(status, 200);
        poller.opened = JSON.parse(body.slice(1));
        poller.sid = poller.opened.sid;
        return poller;
    }

    get target() {
        return target('polling', this);
    }

    // Sends a GET and waits for nothing; `answer()` of what is returned does.
    async begin() {
        const line = await Line.dial(this.port);
        return line.send(compose('GET', this.target));
    }

    async get(options) {
        return (await this.begin()).answer(options);
    }

    // The packets of one GET, which must bring some.
    async packets(options) {
        return splitPackets(await this.get(options));
    }

    post(body, headers = {}) {
        const type = { 'Content-Type': 'text/plain;charset=UTF-8' };
        return request(this.port, 'POST', this.target, {
            headers: { ...type, ...headers },
            body,
        });
    }

    // Says packets, which must be taken.
    async says(...packets) {
        const { status, body } = await this.post(packets.join(SEPARATOR));
        assert.deepEqual([status, body], [200, 'ok']);
    }

    // The WebSocket of an upgrade, which has said nothing.
    probe() {
        return WebSocket.open(this.port, target('websocket', this));
    }

    // The WebSocket after a complete upgrade.
    async upgrades() {
        const socket = await this.probe();
        socket.send('2probe');
        assert.equal(await socket.hears(), '3probe');
        socket.send('5');
        return socket;
    }

    // The session is gone: nobody knows it any more. (A noop is asked with: it changes nothing.)
    async isGone(limitMs) {
        await until(
            'the session is gone',
            async () => {
                const { body, line } = await this.post('6');
                line.cut();
                return body === '{"code":1,"message":"Session ID unknown"}';
            },
            limitMs,
        );
    }

    // The session lives: what is said comes back.
    async isThere() {
        await this.says('4are you there?');
        assert.deepEqual(await this.packets(), ['4are you there?']);
    }
}

export function splitPackets({ status, headers, body }) {
    assert.deepEqual(
        [status, headers['content-type'], headers['cache-control']],
        [200, 'text/plain; charset=UTF-8', 'no-store'],
    );
    const packets = body.split(SEPARATOR);
    assert.ok(
        packets.every((packet) => packet.length > 0),
        'no packet is empty',
    );
    return packets;
}

// Somebody who says and hears packets over one transport, and answers pings.
export class Client {
    heard = []; // Strings, and Buffers for binary messages.
    ended = false; // The session is over.
    #taken = 0;

    static async open(port, transport, path = '/socket.io/') {
        const client = new Client();
        client.transport = transport;
        if (transport === 'websocket') {
            client.socket = await WebSocket.open(port, target('websocket', { path }));
            await client.socket.hears();
            client.socket.onMessage = (message) => client.#hear(message);
            client.socket.heard.slice(1).forEach((message) => client.#hear(message));
        } else {
            client.poller = await Poller.open(port, path);
            client.#poll();
        }
        return client;
    }

    // Somebody who has joined a namespace, and was told so.
    static async join(port, transport, nsp = '/') {
        const client = await Client.open(port, transport);
        client.say(nsp === '/' ? '40' : `40${nsp},`);
        await client.hears();
        await client.hears();
        return client;
    }

    async #poll() {
        while (!this.ended) {
            const line = await this.poller.begin();
            const answer = await line.answer({ limitMs: 60_000 }).catch(() => ({ status: 0 }));
            line.cut();
            if (answer.status !== 200) {
                this.ended = true;
                return;
            }
            splitPackets(answer).forEach((packet) =>
                this.#hear(packet[0] === 'b' ? Buffer.from(packet.slice(1), 'base64') : packet),
            );
        }
    }

    #hear(packet) {
        if (packet === '2') {
            this.say('3');
        } else if (packet === '1') {
            this.ended = true;
        } else if (packet !== '6') {
            this.heard.push(packet);
        }
    }

    // Says packets, one after the other. In polling each is a POST of its own.
    async say(...packets) {
        if (this.socket) {
            this.socket.send(...packets);
            return;
        }
        for (const packet of packets) {
            const text = typeof packet === 'string' ? packet : `b${packet.toString('base64')}`;
            this.posting = (this.posting ?? Promise.resolve())
                .then(() => this.poller.post(text))
                .then(({ line }) => line.cut());
        }
        await this.posting.catch(() => null);
    }

    async hears() {
        const place = this.#taken++;
        await until('a packet', () => {
            assert.ok(this.heard.length > place || !this.isOver, 'the session is over');
            return this.heard.length > place;
        });
        return this.heard[place];
    }

    get isOver() {
        return this.ended || (this.socket?.line.ended ?? false);
    }

    // Nothing was said that was not waited for, up to now; the session lives.
    async hearsNothingMore() {
        const before = this.#taken;
        this.say('42["message","nothing more"]');
        assert.equal(await this.hears(), '42["message-back","nothing more"]');
        assert.equal(this.#taken, before + 1);
        assert.equal(this.heard.length, this.#taken);
    }

    // The server closes the session; returns the WebSocket's code, or 1 for polling.
    async closes(limitMs) {
        if (this.socket) {
            return this.socket.closes(limitMs);
        }
        await until('the session is over', () => this.ended, limitMs);
        await this.poller.isGone();
        return 1;
    }
}
