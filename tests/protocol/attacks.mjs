// attacks.mjs -- what the world sends that is none of the protocol, or almost: one attack is a
// connection or a few, and is over within a moment.

import { target } from './client.mjs';
import { compose, Line } from './line.mjs';
import { frame, shake } from './websocket.mjs';

const MOMENT_MS = 60;
const LINGERING = 40; // So many connections are left hanging.

const PACKETS = [
    '40',
    '40{"pid":"x","offset":"1"}',
    '41',
    '42["search"]',
    '42["skip"]',
    '42["end_chat"]',
    '421["message",{"text":"hello","id":"1"}]',
    '42["typing",{"on":true}]',
    '430[]',
    '40/custom,',
    '44/x,{}',
    '451-["message",{"_placeholder":true,"num":0}]',
    '4510-["a"]',
    '450-["a"]',
    '2',
    '3',
    '1',
    '5',
    '6',
    '0',
    '2probe',
    '42["message","text"]',
    '427["message-with-ack",[1,{"a":null}]]',
    '4',
    '',
    'bAQID',
    'b4',
    'b',
    `42["message",${'['.repeat(200)}${']'.repeat(200)}]`,
    `42["${'x'.repeat(3000)}"]`,
];

export class Attacker {
    counts = {};
    connections = 0;
    #lingering = [];

    constructor(chance, port, paths) {
        Object.assign(this, { chance, port, paths });
    }

    async attack() {
        const kinds = [
            'asks',
            'pipelines',
            'polls',
            'upgrades',
            'upgrades',
            'spoils',
            'trickles',
            'hangs',
        ];
        const kind = this.chance.of(kinds);
        this.counts[kind] = (this.counts[kind] ?? 0) + 1;
        try {
            await this[kind]();
        } catch (error) {
            if (
                !/connection ended|ECONNRESET|EPIPE|Not within|WebSocket ended/.test(
                    error.message,
                )
            ) {
                throw error;
            }
        }
    }

    // Ends what was left hanging.
    letGo() {
        this.#lingering.splice(0).forEach((line) => line.cut());
    }

    async dial() {
        this.connections++;
        return Line.dial(this.port);
    }

    // Whatever comes within a moment.
    async listens(line) {
        const before = line.received.length;
        await line
            .until('something', () => line.ended || line.received.length > before, MOMENT_MS)
            .catch(() => null);
    }

    async leaves(line) {
        const { chance } = this;
        if (chance.once(8) && this.#lingering.length < LINGERING) {
            this.#lingering.push(line);
        } else if (chance.once(4)) {
            line.socket.end();
            await this.listens(line);
            line.cut();
        } else if (chance.once(4)) {
            line.reset();
        } else {
            line.cut();
        }
    }

    // --- What is sent ---

    packet() {
        const { chance } = this;
        const packet = Buffer.from(chance.of(PACKETS));
        return chance.once(3) ? chance.spoil(packet) : packet;
    }

    payload() {
        const packets = this.chance.some(this.chance.once(10) ? 300 : 4, () => this.packet());
        return Buffer.concat(
            packets.flatMap((packet, i) => (i > 0 ? [Buffer.from('\x1e'), packet] : [packet])),
        );
    }

    where(sid) {
        const { chance } = this;
        const path = chance.of(this.paths);
        const some = ['AAAAAAAAAAAAAAAAAAAA', 'x', ''];
        const sids = [sid, sid, sid, chance.of(some)].filter((it) => it !== undefined);
        const whole = target(chance.of(['polling', 'polling', 'websocket', 'abc']), {
            path,
            sid: chance.once(2) ? undefined : chance.of(sids),
        });
        return chance.of([
            whole,
            whole,
            whole,
            `${whole}&t=${'x'.repeat(chance.below(9000))}`,
            '/',
            '/../etc/passwd',
        ]);
    }

    request(sid) {
        const { chance } = this;
        const method = chance.of([
            'GET',
            'GET',
            'GET',
            'POST',
            'POST',
            'OPTIONS',
            'PUT',
            'HEAD',
            'DELETE',
            'TRACE',
        ]);
        const headers = {
            ...(chance.once(5)
                ? { Origin: chance.of(['https://a.example', 'null', 'x y', 'x'.repeat(400)]) }
                : {}),
            ...(chance.once(8) ? { Cookie: 'x'.repeat(chance.below(20000)) } : {}),
            ...(chance.once(8)
                ? { Connection: 'Upgrade', Upgrade: chance.of(['foo', 'h2c', 'websocket']) }
                : {}),
            ...(chance.once(8) ? { 'Transfer-Encoding': 'chunked' } : {}),
            ...(chance.once(8) ? { 'Content-Type': 'application/octet-stream' } : {}),
            ...(chance.once(8) ? { Expect: '100-continue' } : {}),
            ...(chance.once(8)
                ? { 'X-Forwarded-For': '1.2.3.4, x'.repeat(chance.below(50)) }
                : {}),
        };
        const body = method === 'POST' || chance.once(8) ? this.payload() : undefined;
        const length = chance.once(5)
            ? chance.of([0, 1, 1000, 1000001, '-1', '99999999999999999999', 'x', null])
            : undefined;
        return compose(method, this.where(sid), {
            headers,
            body,
            length: body ? length : undefined,
        });
    }

    frames() {
        const { chance } = this;
        return Buffer.concat(
            chance.some(6, () => {
                const opcode = chance.of([1, 1, 1, 1, 2, 0, 8, 9, 10, 3, 11]);
                const bytes = frame(opcode, chance.once(4) ? chance.bytes(300) : this.packet(), {
                    fin: !chance.once(5),
                    mask: chance.once(6)
                        ? null
                        : chance.bytes(8).length < 4
                          ? Buffer.alloc(4)
                          : undefined,
                    says: chance.once(12)
                        ? chance.of([0, 1, 125, 126, 65535, 65536, 2 ** 31, 2 ** 52])
                        : undefined,
                });
                if (chance.once(10)) {
                    bytes[0] |= chance.of([0x40, 0x20, 0x10]);
                }
                return chance.once(8) ? chance.spoil(bytes) : bytes;
            }),
        );
    }

    async sends(line, bytes) {
        for (const piece of this.chance.cut(bytes)) {
            line.send(piece);
            await new Promise(setImmediate);
        }
    }

    // --- Attacks ---

    async asks() {
        const line = await this.dial();
        for (let i = this.chance.below(4); i >= 0 && !line.ended; i--) {
            await this.sends(line, this.request());
            await this.listens(line);
        }
        await this.leaves(line);
    }

    async pipelines() {
        const line = await this.dial();
        const sid = await this.opens();
        const all = this.chance.some(6, () => this.request(sid));
        await this.sends(line, Buffer.concat(all));
        await this.listens(line);
        await this.leaves(line);
    }

    // The sid of a new session that polls.
    async opens(path = this.chance.of(this.paths)) {
        const line = await this.dial();
        line.send(compose('GET', target('polling', { path })));
        const { body } = await line.answer();
        line.cut();
        return JSON.parse(body.slice(1)).sid;
    }

    async polls() {
        const { chance } = this;
        const path = chance.of(this.paths);
        const sid = await this.opens(path);
        const where = target('polling', { path, sid });
        const lines = [];
        if (chance.once(2)) {
            lines.push(await this.dial());
            lines[0].send(compose('POST', where, { body: '40' }));
            await this.listens(lines[0]);
        }
        for (let i = chance.below(5); i >= 0; i--) {
            const line = await this.dial();
            const body = this.payload();
            const request = chance.once(2)
                ? compose('GET', where)
                : compose('POST', where, {
                      body,
                      length: chance.once(6) ? body.length + 9 : undefined,
                  });
            await this.sends(line, request);
            if (chance.once(2)) {
                await this.listens(line);
            }
            lines.push(line);
        }
        for (const line of lines) {
            await this.leaves(line);
        }
    }

    async webSocket(where) {
        const line = await this.dial();
        line.send(shake(where));
        return (await line.answer()).status === 101 ? line : (line.cut(), null);
    }

    async speaks(line) {
        for (let i = this.chance.below(4); i >= 0 && !line.ended; i--) {
            await this.sends(line, this.frames());
        }
        await this.listens(line);
        await this.leaves(line);
    }

    async upgrades() {
        const { chance } = this;
        const path = chance.of(this.paths);
        const sid = chance.once(3) ? undefined : await this.opens(path);
        const line = await this.webSocket(target('websocket', { path, sid }));
        if (line === null) {
            return;
        }
        const held = sid && chance.once(2) ? await this.dial() : null;
        held?.send(compose('GET', target('polling', { path, sid })));
        const first = sid ? chance.of([['2probe', '5'], ['2probe'], ['5'], []]) : ['40'];
        line.send(Buffer.concat(first.map((text) => frame(1, text))));
        await this.speaks(line);
        await (held && this.leaves(held));
    }

    async spoils() {
        const line = await this.dial();
        const sid = this.chance.once(2) ? await this.opens() : undefined;
        const bytes = this.chance.once(3) ? shake(this.where(sid)) : this.request(sid);
        await this.sends(line, this.chance.spoil(bytes));
        await this.listens(line);
        await this.leaves(line);
    }

    // Byte by byte, and not to its end.
    async trickles() {
        const line = await this.dial();
        const bytes = this.request();
        for (const byte of bytes.subarray(0, this.chance.below(Math.min(bytes.length, 200)))) {
            line.send(Buffer.from([byte]));
            await new Promise(setImmediate);
        }
        await this.leaves(line);
    }

    // Connects and leaves it at that.
    async hangs() {
        await this.leaves(await this.dial());
    }
}
