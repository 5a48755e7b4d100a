// person.mjs -- somebody with an unmodified socket.io-client, who remembers everything heard.

import { randomBytes } from 'node:crypto';
import { io } from 'socket.io-client';
import { DEADLINE_MS, until, within } from './wait.mjs';

function makeAddress() {
    return ['10', ...randomBytes(3)].join('.');
}

export class Person {
    static #present = new Set();

    heard = []; // {event, payload, at} in the order of arrival.
    #taken = new Map(); // How many of each event have been waited for.

    // Everybody has an address of their own, unless it is given: what one may do in a minute is
    // remembered by it.
    constructor(url, { address = makeAddress(), ...options } = {}) {
        this.socket = io(url, {
            transports: ['websocket'],
            reconnection: false,
            forceNew: true,
            extraHeaders: { 'X-Forwarded-For': address },
            ...options,
        });
        this.socket.onAny((event, payload) =>
            this.heard.push({ event, payload, at: performance.now() }));
        Person.#present.add(this);
    }

    // Somebody who is connected and has been told the state.
    static async arrive(url, options) {
        const person = new Person(url, options);
        await person.hears('state');
        return person;
    }

    static arriveAll(url, count) {
        return Promise.all(Array.from({ length: count }, () => Person.arrive(url)));
    }

    // Everybody goes; returns when the gateways have forgotten them, so that a test begins alone.
    static async allLeave(stack) {
        Person.#present.forEach((person) => person.leaves());
        Person.#present.clear();
        await Promise.all(stack.names('gateway').map((name) =>
            until(`${name} is deserted`, async () =>
                (await stack.metric(name, 'gateway_users')) === 0)));
    }

    // Payloads of all such events so far.
    all(event) {
        return this.heard.filter((what) => what.event === event).map(({ payload }) => payload);
    }

    // Payload of the next such event that was not yet waited for.
    async hears(event, limitMs = DEADLINE_MS) {
        const place = this.#taken.get(event) ?? 0;
        this.#taken.set(event, place + 1);
        try {
            await until(event, () => this.all(event).length > place, limitMs);
        } catch (error) {
            const heard = JSON.stringify(this.heard.slice(-12)).slice(-2000);
            throw new Error(`${error.message}; heard until then: ${heard}`);
        }
        return this.all(event)[place];
    }

    say(event, ...payload) {
        this.socket.emit(event, ...payload);
    }

    // What the gateway answers.
    ask(event, ...payload) {
        const answer = new Promise((tell, fail) => {
            this.socket.once('disconnect', (why) => fail(new Error(`disconnected: ${why}`)));
            this.socket.emit(event, ...payload, tell);
        });
        return within(`an answer to ${event}`, answer);
    }

    // Says a text; returns when it is delivered.
    async tells(text, more = {}) {
        const answer = await this.ask('message', { text, ...more });
        if (answer.error) {
            throw new Error(`not delivered: ${JSON.stringify(answer)}`);
        }
        return answer;
    }

    // The refusal that a request meets, which both the answer and an `error` event bring.
    async isRefused(event, ...payload) {
        const answer = await this.ask(event, ...payload);
        const error = await this.hears('error');
        if (JSON.stringify(answer) !== JSON.stringify({ error })) {
            throw new Error(`${JSON.stringify(answer)} is not ${JSON.stringify({ error })}`);
        }
        return error;
    }

    // Everything that the gateway had said before this has been heard when it returns.
    async catchesUp() {
        await this.ask('typing', { on: 'neither' });
        await this.hears('error');
    }

    // A clean good-bye.
    leaves() {
        this.socket.disconnect();
    }

    // The connection ends without a word. For clients that use a WebSocket.
    breaks() {
        this.socket.io.engine.transport.ws._socket.destroy();
    }

    // Connects again, as the client does by itself when it is let, perhaps to another gateway. Returns
    // the state.
    async comesBack(url) {
        if (url) {
            this.socket.io.uri = url;
        }
        await until('the client has noticed', () => !this.socket.connected);
        this.#taken.set('state', this.all('state').length);
        this.socket.connect();
        return this.hears('state');
    }
}

// The two of a new chat: both search, and nobody else does.
export async function pair(urlA, urlB = urlA) {
    const [a, b] = await Promise.all([Person.arrive(urlA), Person.arrive(urlB)]);
    await meet(a, b);
    return [a, b];
}

export async function meet(a, b) {
    a.say('search');
    return join(b, a);
}

// Somebody searches and meets the one who does already.
export async function join(comer, waiter, ...wish) {
    comer.say('search', ...wish);
    const [one, other] = await Promise.all([comer.hears('matched'), waiter.hears('matched')]);
    if (one.chatId !== other.chatId) {
        throw new Error('they were matched, but not with each other');
    }
    return one.chatId;
}
