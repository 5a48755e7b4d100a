// lean.mjs -- a client of which thousands fit into a process: Socket.IO by hand over a WebSocket, as
// socket.io-client does it. It connects again by itself, to another gateway each time, and resumes
// with its token and the last offset that it has seen.

import { requireClient } from '../protocol/server.mjs';

const { WebSocket } = requireClient('ws');

const RETRY_MS = 200; // At least; and up to ten times as much, so that not all come at once.
const OPEN_MOST_MS = 5000;

export class Lean {
    state = 'away'; // Or idle, searching, chatting, as it was told.
    chat = null;
    heard = []; // Texts.
    lostAt = null;
    backMs = null; // How long the last return took.
    tries = 0;
    #turn;
    #urls;
    #address;
    #token = null;
    #offset = '';
    #acks = new Map();
    #nextAck = 0;

    constructor(urls, number) {
        this.#urls = urls.map((url) => url.replace('http', 'ws'));
        this.#turn = 0;
        this.#address = `10.2.${number >> 8}.${number & 255}`;
        this.#connect();
    }

    #connect() {
        const url = this.#urls[this.#turn++ % this.#urls.length];
        this.tries++;
        const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, {
            perMessageDeflate: false,
            handshakeTimeout: OPEN_MOST_MS,
            headers: { 'X-Forwarded-For': this.#address },
        });
        this.socket = socket;
        socket.on('message', (data) => this.#onPacket(data.toString()));
        socket.on('error', () => {}); // And then it closes.
        socket.on('close', () => this.#onClose());
    }

    #onClose() {
        if (this.state === 'gone') {
            return;
        }
        if (this.state !== 'away') {
            this.lostAt = performance.now();
            this.backMs = null;
            this.tries = 0;
        }
        this.state = 'away';
        this.#acks.clear();
        setTimeout(() => this.state !== 'gone' && this.#connect(),
            RETRY_MS * (1 + 9 * Math.random()));
    }

    #onPacket(packet) {
        if (packet === '2') {
            this.socket.send('3');
        } else if (packet.startsWith('0')) {
            const auth = this.#token && { pid: this.#token, offset: this.#offset };
            this.socket.send(`40${auth ? JSON.stringify(auth) : ''}`);
        } else if (packet.startsWith('40')) {
            this.#token = JSON.parse(packet.slice(2)).pid ?? null;
        } else if (packet.startsWith('42')) {
            this.#onEvent(...JSON.parse(packet.slice(2)));
        } else if (packet.startsWith('43')) {
            const [, id, answer] = /^43(\d+)(.*)$/s.exec(packet);
            this.#acks.get(Number(id))?.(JSON.parse(answer)[0]);
            this.#acks.delete(Number(id));
        } else if (packet.startsWith('44')) {
            this.socket.close();
        }
    }

    #onEvent(event, payload, ...rest) {
        const last = rest.at(-1);
        if (this.#token && typeof last === 'string') {
            this.#offset = last;
        }
        if (event === 'state') {
            this.backMs = this.lostAt && performance.now() - this.lostAt;
            this.#enters(payload.state, payload);
        } else if (event === 'matched') {
            this.#enters('chatting', payload);
        } else if (event === 'partner_left' && payload.chatId === this.chat) {
            this.#enters('idle', {});
        } else if (event === 'message') {
            this.heard.push(payload.text);
        }
    }

    #enters(state, { chatId = null }) {
        Object.assign(this, { state, chat: chatId });
    }

    // Says it, and gives the answer to `hear`.
    say(event, payload, hear = () => {}) {
        const id = this.#nextAck++;
        this.#acks.set(id, hear);
        this.socket.send(`42${id}${JSON.stringify(payload ? [event, payload] : [event])}`);
    }

    search() {
        this.state = 'searching';
        this.say('search');
    }

    go() {
        this.state = 'gone';
        this.socket.close();
    }
}
