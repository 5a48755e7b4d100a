// websocket.mjs -- a WebSocket (RFC 6455) by hand: it can send what a proper client never sends.

import { createHash, randomBytes } from 'node:crypto';
import { compose, Line } from './line.mjs';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

// The bytes of a frame; `says` is the length that it claims to have.
export function frame(opcode, payload, { fin = true, mask = randomBytes(4), says } = {}) {
    const bytes = Buffer.from(payload);
    const length = says ?? bytes.length;
    const bit = mask ? 0x80 : 0;
    const first = (fin ? 0x80 : 0) | opcode;
    let head = Buffer.from([first, bit | length]);
    if (length > 65535) {
        head = Buffer.alloc(10);
        head.set([first, bit | 127]);
        head.writeBigUInt64BE(BigInt(length), 2);
    } else if (length > 125) {
        head = Buffer.alloc(4);
        head.set([first, bit | 126]);
        head.writeUInt16BE(length, 2);
    }
    return Buffer.concat([
        head,
        mask ?? Buffer.alloc(0),
        bytes.map((b, i) => b ^ (mask?.[i % 4] ?? 0)),
    ]);
}

export function shake(target, headers = {}, key = randomBytes(16).toString('base64')) {
    return compose('GET', target, {
        headers: {
            Connection: 'Upgrade',
            Upgrade: 'websocket',
            'Sec-WebSocket-Version': 13,
            'Sec-WebSocket-Key': key,
            ...headers,
        },
    });
}

export class WebSocket {
    heard = []; // Messages: strings, and Buffers; pings of the protocol above among them.
    pongs = []; // Payloads of pong frames.
    code = null; // Of the close frame; 1005 if it had none.
    #pieces = [];
    #opcode = 0;
    #taken = 0;

    // Asks for one; the answer may be anything.
    static async ask(port, target, headers) {
        const socket = new WebSocket();
        socket.line = await Line.dial(port);
        const key = randomBytes(16).toString('base64');
        socket.line.send(shake(target, headers, key));
        socket.answer = await socket.line.answer();
        if (socket.answer.status === 101) {
            const accept = createHash('sha1')
                .update(key + GUID)
                .digest('base64');
            if (socket.answer.headers['sec-websocket-accept'] !== accept) {
                throw new Error('the handshake was answered for another key');
            }
            socket.line.heard = () => socket.#read();
            socket.#read();
        }
        return socket;
    }

    static async open(port, target, headers) {
        const socket = await WebSocket.ask(port, target, headers);
        if (socket.answer.status !== 101) {
            throw new Error(`no WebSocket: ${JSON.stringify(socket.answer)}`);
        }
        return socket;
    }

    #read() {
        const { line } = this;
        for (;;) {
            const { received } = line;
            let [bytes, head] = [received[1] & 127, 2];
            if (received.length < 2 + (bytes === 127 ? 8 : bytes === 126 ? 2 : 0)) {
                return;
            }
            if (bytes === 126) {
                [bytes, head] = [received.readUInt16BE(2), 4];
            } else if (bytes === 127) {
                [bytes, head] = [Number(received.readBigUInt64BE(2)), 10];
            }
            if (received.length < head + bytes) {
                return;
            }
            const first = line.take(head)[0];
            this.#hear(first & 15, (first & 128) !== 0, Buffer.from(line.take(bytes)));
        }
    }

    #hear(opcode, fin, payload) {
        if (opcode === CLOSE) {
            this.code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
        } else if (opcode === PONG) {
            this.pongs.push(payload.toString());
        } else if (opcode <= BINARY) {
            this.#opcode = opcode || this.#opcode;
            this.#pieces.push(payload);
            if (fin) {
                const whole = Buffer.concat(this.#pieces.splice(0));
                this.heard.push(this.#opcode === TEXT ? whole.toString() : whole);
                this.onMessage?.(this.heard.at(-1));
            }
        }
    }

    send(...messages) {
        const frames = messages.map((what) =>
            frame(typeof what === 'string' ? TEXT : BINARY, what),
        );
        this.line.send(Buffer.concat(frames));
    }

    frame(opcode, payload, options) {
        this.line.send(frame(opcode, payload, options));
    }

    // The next message that was not yet waited for.
    async hears(limitMs) {
        const place = this.#taken++;
        await this.line.until('a message', () => this.#hasMessage(place), limitMs);
        return this.heard[place];
    }

    #hasMessage(place) {
        if (this.heard.length <= place && this.line.ended) {
            throw new Error(`the WebSocket ended (${this.code}) after ${this.heard.slice(-5)}`);
        }
        return this.heard.length > place;
    }

    // Waits for a close frame; returns its code, or null if the line was just cut.
    async isClosed(limitMs) {
        await this.line.until(
            'a close frame',
            () => this.code !== null || this.line.ended,
            limitMs,
        );
        return this.code;
    }

    // The same, answers it, and waits for the end of the line.
    async closes(limitMs) {
        await this.isClosed(limitMs);
        if (this.code !== null && !this.line.ended) {
            this.frame(CLOSE, Buffer.from([this.code >> 8, this.code & 255]));
        }
        await this.line.ends();
        return this.code;
    }

    cut() {
        this.line.cut();
    }
}
