// line.mjs -- one TCP connection to a server on this machine, and HTTP/1.1 on it, by hand: so that
// every byte in both directions is a test's own business.

import { connect } from 'node:net';
import { DEADLINE_MS, within } from '../system/wait.mjs';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

export class Line {
    static #open = new Set();

    received = Buffer.alloc(0); // What has come and was not yet taken.
    ended = false; // The server has closed its side, or cut the connection.
    #waiting = []; // Whoever wants to know that something has happened.

    static dial(port) {
        return new Promise((tell, fail) => {
            const line = new Line();
            line.socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => tell(line));
            line.socket.on('data', (bytes) => line.#take(bytes));
            line.socket.once('end', () => line.#end());
            line.socket.once('close', () => line.#end());
            line.socket.on('error', (error) => {
                line.#end();
                fail(error);
            });
            Line.#open.add(line);
        });
    }

    // Everything that a test has left open.
    static cutAll() {
        Line.#open.forEach((line) => line.cut());
    }

    static cutAllBut(line) {
        [...Line.#open].filter((other) => other !== line).forEach((other) => other.cut());
    }

    #take(bytes) {
        this.received = Buffer.concat([this.received, bytes]);
        this.#tellAll();
    }

    #end() {
        this.ended = true;
        Line.#open.delete(this);
        this.#tellAll();
    }

    #tellAll() {
        this.heard?.();
        this.#waiting.splice(0).forEach((tell) => tell());
    }

    // What `probe` gives, once that is true; it is asked whenever something has happened.
    async until(what, probe, limitMs = DEADLINE_MS) {
        const end = Date.now() + limitMs;
        for (;;) {
            const found = probe();
            if (found) {
                return found;
            }
            const happens = new Promise((tell) => this.#waiting.push(tell));
            await within(what, happens, end - Date.now());
        }
    }

    send(bytes) {
        this.socket.write(bytes);
        return this;
    }

    // Ends the connection without a word.
    cut() {
        this.socket.destroy();
        this.#end();
    }

    // The same, so that the server is told of an error, not of an end. (Node cannot do that to a
    // connection that is ending, and would never let go of it.)
    reset() {
        if (!this.ended && this.socket.writable) {
            this.socket.resetAndDestroy();
        }
        this.cut();
    }

    // No more is taken from the server until it is resumed.
    pause() {
        this.socket.pause();
    }

    take(bytes) {
        const taken = this.received.subarray(0, bytes);
        this.received = this.received.subarray(bytes);
        return taken;
    }

    async ends() {
        await this.until('the server ends the connection', () => this.ended);
    }

    // The next answer: {status, headers, body}; `bare` if it is one without a body (HEAD).
    async answer({ bare = false, limitMs } = {}) {
        const end = await this.until('an answer`s head', () => this.#sees(END_OF_HEAD), limitMs);
        const [first, ...lines] = this.take(end).toString('latin1').split('\r\n');
        this.take(END_OF_HEAD.length);
        const headers = {};
        for (const line of lines) {
            const colon = line.indexOf(':');
            headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
        }
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
        const none = bare || status === 101 || status === 204;
        const bytes = none ? 0 : Number(headers['content-length']);
        await this.until('an answer`s body', () => this.#has(bytes), limitMs);
        return { status, headers, body: this.take(bytes).toString() };
    }

    // Place of `bytes` in what has come, or 0.
    #sees(bytes) {
        const place = this.received.indexOf(bytes);
        if (place < 0 && this.ended) {
            throw new Error(
                `the connection ended after ${JSON.stringify(this.received.toString())}`,
            );
        }
        return Math.max(place, 0);
    }

    #has(bytes) {
        if (this.received.length < bytes && this.ended) {
            throw new Error('the connection ended in the middle of a body');
        }
        return this.received.length >= bytes;
    }
}

// The bytes of a request. A Content-Length is added to a body, unless `length` says what it is to
// be; null: none.
export function compose(method, target, { headers = {}, body, length } = {}) {
    const lines = [`${method} ${target} HTTP/1.1`];
    const all = { Host: 'localhost', ...headers };
    const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
    const says = length ?? (body === undefined || length === null ? null : bytes.length);
    if (says !== null) {
        all['Content-Length'] = says;
    }
    for (const [name, value] of Object.entries(all).filter(([, value]) => value !== undefined)) {
        lines.push(`${name}: ${value}`);
    }
    const head = Buffer.from(lines.join('\r\n') + '\r\n\r\n', 'latin1');
    return Buffer.concat([head, bytes]);
}

// A request on a connection of its own; returns the answer, with the `line` that brought it.
export async function request(port, method, target, options = {}) {
    const line = await Line.dial(port);
    line.send(compose(method, target, options));
    return { ...(await line.answer({ bare: method === 'HEAD', ...options })), line };
}
